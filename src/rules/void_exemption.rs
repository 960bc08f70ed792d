//! `void-exemption`: an exemption that does not count.

use crate::model::{
    Check, Depends, EXEMPT, EXEMPT_UNTIL, Problem, Rule, RuleLevel, Scope, Void, exempt_rules,
    exemptions,
};
use crate::object::{Meta, ObjectRef};

use super::rule;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "void-exemption",
    level: RuleLevel::Warn,
    summary: "an exemption that does not count: it has no reason, has ended, or names no rule",
    page: include_str!("void_exemption.md"),
    depends: Depends::Alone,
    check: Check::Object(check),
};

fn check(subject: &ObjectRef, meta: &Meta, scope: &Scope<'_>) -> Vec<Problem> {
    let name = meta.display_name();
    let tell = |key: &str, annotation: &str, why: &str| {
        let message = format!("{} {name}: the exemption does not count: {why}", subject.kind);
        Problem::new(message).at(path(annotation)).key(key)
    };
    if let Err(void) = exemptions(&meta.annotations, scope.now) {
        return vec![tell("", annotation(&void), &void.to_string())];
    }
    let named = meta.annotations.get(EXEMPT).map(String::as_str).unwrap_or_default();
    let unknown = exempt_rules(named).filter(|name| rule(name).is_none());
    let why = |name: &str| {
        let shown: String = name.chars().take(40).collect();
        format!("{shown:?} is no rule; `portcullis rules` lists them")
    };
    unknown.map(|name| tell(name, EXEMPT, &why(name))).collect()
}

fn annotation(void: &Void) -> &'static str {
    match void {
        Void::Empty | Void::NoReason => EXEMPT,
        Void::Expired(_) | Void::UnreadableEnd(_) => EXEMPT_UNTIL,
    }
}

/// The JSON pointer of an annotation.
fn path(annotation: &str) -> String {
    format!("/metadata/annotations/{}", annotation.replace('~', "~0").replace('/', "~1"))
}
