//! A Calico policy as the engine reads it.

use std::net::IpAddr;

use super::labels::{LabelSource, NAMESPACE, OF_NAMESPACE, Pod};
use super::rule::{Entity, Rule};
use super::{AnyPod, Expression, NetworkSet, Order, Selection};
use crate::netpol::truth::all;
use crate::netpol::{AddressSet, Direction, Families, PodEnd};

/// The tier of policies that name none.
pub const DEFAULT_TIER: &str = "default";

/// A `NetworkPolicy` or a `GlobalNetworkPolicy` of Calico.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The namespace of a `NetworkPolicy`; `None` for a `GlobalNetworkPolicy`.
    pub namespace: Option<&'a str>,
    /// `metadata.name`.
    pub name: &'a str,
    /// What it says.
    pub spec: &'a Spec,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name of its tier.
    pub tier: String,
    /// Where it stands in its tier.
    pub order: Order,
    /// `selector`.
    pub selector: Expression,
    /// `namespaceSelector` of a `GlobalNetworkPolicy`, asked of pods.
    pub namespaces: Expression,
    /// `serviceAccountSelector`, asked of pods.
    pub service_accounts: Expression,
    /// `types` has `Ingress`; `None` when that is not known.
    pub governs_ingress: Option<bool>,
    /// `types` has `Egress`; `None` when that is not known.
    pub governs_egress: Option<bool>,
    /// It governs host endpoints alone (`doNotTrack`, `preDNAT`), never pods. `applyOnForward` alone does not matter to pods.
    pub hosts_only: bool,
    /// `ingress` in its order.
    pub ingress: Vec<Rule>,
    /// `egress` in its order.
    pub egress: Vec<Rule>,
    /// What of it cannot be read: of these parts nothing is known.
    pub unreadable: Vec<Unreadable>,
}

/// A part of a policy that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unreadable {
    /// The field, as `spec.ingress[0].source.selector`.
    pub field: String,
    /// Why.
    pub reason: String,
}

impl Default for Spec {
    /// `spec: {}`: selects everything and denies its ingress.
    fn default() -> Self {
        Self {
            tier: DEFAULT_TIER.to_owned(),
            order: Order::LAST,
            selector: Expression::All,
            namespaces: Expression::All,
            service_accounts: Expression::All,
            governs_ingress: Some(true),
            governs_egress: Some(false),
            hosts_only: false,
            ingress: Vec::new(),
            egress: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl<'a> Policy<'a> {
    /// Its name without its tier, which stored names begin with (`default.deny-all`).
    pub fn bare_name(&self) -> &'a str {
        let after_tier = self.name.strip_prefix(&self.spec.tier);
        after_tier.and_then(|rest| rest.strip_prefix('.')).unwrap_or(self.name)
    }

    /// The rules of `direction`.
    pub fn rules(&self, direction: Direction) -> &'a [Rule] {
        match direction {
            Direction::Ingress => &self.spec.ingress,
            Direction::Egress => &self.spec.egress,
        }
    }

    /// Whether it governs pods in `direction`; `None` when that is not known.
    pub fn governs(&self, direction: Direction) -> Option<bool> {
        let written = match direction {
            Direction::Ingress => self.spec.governs_ingress,
            Direction::Egress => self.spec.governs_egress,
        };
        if self.spec.hosts_only { Some(false) } else { written }
    }

    /// Whether it selects `pod`; `None` when that depends on something unknown.
    pub fn selects(&self, pod: &PodEnd<'_>) -> Option<bool> {
        if pod.host_network || self.spec.hosts_only {
            return Some(false);
        }
        self.matches(&Pod(pod))
    }

    /// The pods of a namespace that it selects.
    pub fn pods(&self, of: &AnyPod<'_>) -> Selection {
        let is_elsewhere = self.namespace.is_some_and(|namespace| namespace != of.namespace);
        if is_elsewhere || self.spec.hosts_only {
            return Selection::nothing();
        }
        let Spec { selector, namespaces, service_accounts, .. } = self.spec;
        Selection::of([selector, namespaces, service_accounts], of)
    }

    fn matches(&self, labels: &impl LabelSource) -> Option<bool> {
        let is_in_namespace =
            self.namespace.is_none_or(|namespace| labels.is(NAMESPACE, namespace));
        if !is_in_namespace {
            return Some(false);
        }
        let Spec { selector, namespaces, service_accounts, .. } = self.spec;
        all([selector, namespaces, service_accounts].map(|part| part.matches(labels)))
    }

    /// The addresses that its rules name.
    pub fn blocks(&self) -> impl Iterator<Item = &'a AddressSet> + use<'a> {
        self.spec.ingress.iter().chain(&self.spec.egress).flat_map(Rule::nets)
    }

    /// The first addresses of the parts into which its rules cut the address space, perhaps more than once.
    pub fn edges(&self) -> impl Iterator<Item = IpAddr> + use<'a> {
        let mut rules = self.spec.ingress.iter().chain(&self.spec.egress);
        let v6 = AddressSet::of(Families { v4: false, v6: true });
        let of_families = rules.any(|rule| rule.family.is_some()).then(|| v6.edges());
        self.blocks().flat_map(AddressSet::edges).chain(of_families.into_iter().flatten())
    }

    /// Whether its rules choose ends by their labels: then sets of addresses may be among them.
    pub fn chooses_by_labels(&self) -> bool {
        self.entities().any(Entity::has_selector)
    }

    /// Whether its rules may choose, or leave out, addresses of `set` by its labels.
    pub fn may_choose(&self, set: &NetworkSet) -> bool {
        self.entities().any(|entity| entity.may_choose(self.namespace, set))
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = &'a Entity> + use<'a> {
        let rules = self.spec.ingress.iter().chain(&self.spec.egress);
        rules.flat_map(|rule| [&rule.source, &rule.destination])
    }

    /// The label keys that its selectors ask namespaces for, perhaps more than once.
    pub fn namespace_keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.label_keys().filter_map(|key| key.strip_prefix(OF_NAMESPACE))
    }

    /// The label keys that its selectors ask pods for, perhaps more than once.
    pub fn label_keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let Spec { selector, namespaces, service_accounts, ingress, egress, .. } = self.spec;
        let rules = ingress.iter().chain(egress).flat_map(Rule::expressions);
        [selector, namespaces, service_accounts].into_iter().chain(rules).flat_map(Expression::keys)
    }
}

#[cfg(test)]
mod tests {
    use super::{Policy, Spec};
    use crate::netpol::calico::{AnyPod, Expression, parse};
    use crate::netpol::{Direction, Labels, PodEnd};

    fn selector(text: &str) -> Spec {
        Spec { selector: parse(text).unwrap(), ..Spec::default() }
    }

    fn selects(policy: &Policy<'_>, namespace: &str, labels: &[(&str, &str)]) -> Option<bool> {
        let namespace_labels = Labels::from_iter([("team", "blue")]);
        let labels = labels.iter().copied().collect();
        policy.selects(&PodEnd {
            namespace,
            namespace_labels: &namespace_labels,
            labels: &labels,
            service_account: "robot",
            ports: &[],
            addresses: &[],
            host_network: false,
        })
    }

    #[test]
    fn a_namespaced_policy_selects_pods_of_its_namespace() {
        let spec = selector("app == 'web'");
        let policy = Policy { namespace: Some("shop"), name: "a", spec: &spec };
        assert_eq!(selects(&policy, "shop", &[("app", "web")]), Some(true));
        assert_eq!(selects(&policy, "shop", &[]), Some(false));
        assert_eq!(selects(&policy, "other", &[("app", "web")]), Some(false));
        let global = Policy { namespace: None, ..policy };
        assert_eq!(selects(&global, "other", &[("app", "web")]), Some(true));
    }

    #[test]
    fn what_is_not_known_of_the_service_account_decides_only_where_it_matters() {
        let role = parse("role == 'x'").unwrap().prefixed("pcsa.");
        let spec = Spec { service_accounts: role, ..selector("app == 'web'") };
        let policy = Policy { namespace: None, name: "a", spec: &spec };
        assert_eq!(selects(&policy, "shop", &[("app", "web")]), None);
        assert_eq!(selects(&policy, "shop", &[("app", "api")]), Some(false));
    }

    #[test]
    fn the_pods_of_a_namespace() {
        let namespace_labels = Labels::from_iter([("team", "blue")]);
        let shop = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        let of = |spec: &Spec, namespace| {
            let selection = Policy { namespace, name: "a", spec }.pods(&shop);
            let certain: Vec<String> = selection.certain.iter().map(ToString::to_string).collect();
            (certain.join(" or "), selection.exact)
        };
        let blue = parse("team == 'blue'").unwrap().prefixed("pcns.");
        let red = parse("team == 'red'").unwrap().prefixed("pcns.");
        let web = selector("app == 'web'");
        let text = |text: &str, exact| (text.to_owned(), exact);
        assert_eq!(of(&web, None), text("app=web", true));
        assert_eq!(of(&web, Some("shop")), text("app=web", true));
        assert_eq!(of(&web, Some("other")), text("", true));
        assert_eq!(of(&Spec { namespaces: blue, ..Spec::default() }, None), text("{}", true));
        assert_eq!(of(&Spec { namespaces: red, ..Spec::default() }, None), text("", true));
        let unread = Spec { selector: Expression::Unknown, ..Spec::default() };
        assert_eq!(of(&unread, None), text("", false));
        assert_eq!(of(&Spec { hosts_only: true, ..web }, None), text("", true));
    }

    #[test]
    fn policies_of_hosts_govern_no_pod() {
        let spec = Spec { hosts_only: true, ..Spec::default() };
        let policy = Policy { namespace: None, name: "a", spec: &spec };
        assert_eq!(policy.governs(Direction::Ingress), Some(false));
        assert_eq!(selects(&policy, "shop", &[]), Some(false));
    }

    #[test]
    fn stored_names_begin_with_the_tier() {
        let spec = Spec { tier: "security".into(), ..Spec::default() };
        let name = |name| Policy { namespace: None, name, spec: &spec }.bare_name();
        assert_eq!(name("security.deny"), "deny");
        assert_eq!(name("deny"), "deny");
        assert_eq!(name("securityx.deny"), "securityx.deny");
    }
}
