//! What a change of settings means for those who write.

use std::collections::BTreeSet;

use crate::engine::inspect;
use crate::model::{Finding, Mode, Now, RuleLevel, Settings, World};
use crate::netpol::Direction;
use crate::object::ObjectRef;

use super::Refused;

/// Who is refused from now on, and who is not any more: what is there already, judged as if it were created now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switched {
    /// Refused by the new settings, and not by the old ones.
    pub refused: Refused,
    /// Refused by the old settings, and not by the new ones.
    pub released: Refused,
}

impl Switched {
    /// What `new` settings change in `world` for whom the `old` ones held.
    pub fn new(old: &Settings, new: &Settings, world: &World, now: Now) -> Self {
        let [old, new] = [old, new].map(|settings| enforced(settings, world, now));
        Self { refused: without(&new, &old), released: without(&old, &new) }
    }
}

/// The findings that refuse: those that deny, where that is enforced.
fn enforced(settings: &Settings, world: &World, now: Now) -> Vec<Finding> {
    let mut findings = inspect(settings, world, now);
    findings.retain(|it| {
        it.level == RuleLevel::Deny && it.mode == Mode::Enforce && it.exempted.is_none()
    });
    findings
}

fn without(findings: &[Finding], others: &[Finding]) -> Refused {
    let others: BTreeSet<Key<'_>> = others.iter().map(key).collect();
    Refused::of(findings.iter().filter(|finding| !others.contains(&key(finding))))
}

type Key<'a> = (&'static str, Option<&'a ObjectRef>, Option<Direction>, &'a str);

/// What makes two findings the same ([`Finding::is_same`]).
fn key(finding: &Finding) -> Key<'_> {
    (finding.rule.name, finding.subject.as_ref(), finding.direction, &finding.key)
}

#[cfg(test)]
mod tests {
    use super::Switched;
    use crate::sample::{now, settings, world};

    const STATE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: billing, labels: {stage: prod}}}\n---\n\
        {apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n\
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, \
        spec: {template: {metadata: {labels: {app: web}}, spec: {}}}}\n";
    const AUDIT: &str = "mode: audit";
    const PRODUCTION: &str = "mode: audit\noverrides: [{namespaceSelector: {matchLabels: {stage: prod}}, mode: enforce}]";
    const BILLING: &str = "billing: missing-default-deny 1, undeclared-namespace 1";
    const SHOP: &str = "shop: missing-default-deny 1, uncovered-workload 1, undeclared-namespace 1";

    /// Who is refused from now on, and who no more.
    fn switched(old: &str, new: &str) -> (String, String) {
        let Switched { refused, released } =
            Switched::new(&settings(old), &settings(new), &world(STATE), now());
        (refused.line(9), released.line(9))
    }

    #[test]
    fn enforcing_refuses_what_was_only_counted() {
        let all = format!("{BILLING}; {SHOP}");
        assert_eq!(switched(AUDIT, ""), (all.clone(), String::new()));
        assert_eq!(switched("", AUDIT), (String::new(), all));
        assert_eq!(switched("mode: warn", AUDIT), (String::new(), String::new()));
    }

    #[test]
    fn only_the_difference_is_told() {
        assert_eq!(switched(AUDIT, PRODUCTION), (BILLING.to_owned(), String::new()));
        assert_eq!(switched(PRODUCTION, ""), (SHOP.to_owned(), String::new()));
        let lenient = "rules: {uncovered-workload: warn}";
        let web = "shop: uncovered-workload 1".to_owned();
        assert_eq!(switched("", lenient), (String::new(), web.clone()));
        assert_eq!(switched(lenient, ""), (web, String::new()));
    }

    #[test]
    fn another_profile_can_refuse_more() {
        let restricted = "profile: {enforce: restricted}";
        let (refused, released) = switched("", restricted);
        // The rules speak about a direction, and it is another one.
        let expected =
            "billing: missing-default-deny 1; shop: missing-default-deny 1, uncovered-workload 1";
        assert_eq!((refused.as_str(), released.as_str()), (expected, ""));
    }
}
