//! Asks the rules about one subject in one state.

use crate::model::{
    Check, Depends, Finding, Now, Problem, Rule, RuleLevel, Scope, Settings, Transition, World,
    exempting,
};
use crate::object::{Kind, Meta, ObjectRef, Policy, Workload};
use crate::rules::RULES;

use exempt::{exempt, problems};

mod exempt;

/// The findings about the cluster as a whole; nothing exempts it from a rule but the settings.
pub(super) fn cluster(settings: &Settings, world: &World) -> Vec<Finding> {
    let (mut findings, levels) = (Vec::new(), settings.levels());
    for rule in RULES.iter().copied() {
        let is_asked = levels.of(rule) > RuleLevel::Off;
        if let (Check::PolicyAndCluster(_, check), true) = (rule.check, is_asked) {
            let problems = check(settings, world).into_iter();
            findings.extend(problems.map(|problem| Finding::new(rule, &levels, None, problem)));
        }
    }
    findings
}

/// The findings about the namespace of the scope.
pub(super) fn namespace(scope: &Scope<'_>) -> Vec<Finding> {
    let name = scope.namespace.name.clone();
    let reference = ObjectRef { kind: Kind::Namespace, namespace: None, name };
    let own = scope.namespace.object.as_ref().map(|namespace| &namespace.meta);
    ask(scope, &Subject { reference, own }, |check, scope| match check {
        Check::Namespace(check) => check(scope),
        _ => Vec::new(),
    })
}

/// The findings about one policy of the scope's namespace, by the rules that depend on `depends` or on anything.
pub(super) fn policy(policy: &Policy, scope: &Scope<'_>, depends: Option<Depends>) -> Vec<Finding> {
    let reference = reference(Kind::NetworkPolicy, scope, &policy.meta.name);
    let subject = Subject { reference, own: Some(&policy.meta) };
    let rules =
        RULES.iter().copied().filter(|rule| depends.is_none_or(|depends| rule.depends == depends));
    ask_rules(rules, scope, &subject, |check, scope| match check {
        Check::AnyPolicy(check, _)
        | Check::Policy(check)
        | Check::PolicyAndCluster(check, _)
        | Check::PolicyAndWorkload(check, _) => check(policy, scope),
        Check::Object(check) => check(&subject.reference, &policy.meta, scope),
        _ => Vec::new(),
    })
}

/// The findings of one rule about one policy of the scope's namespace.
pub(super) fn policy_by(rule: &'static Rule, policy: &Policy, scope: &Scope<'_>) -> Vec<Finding> {
    let reference = reference(Kind::NetworkPolicy, scope, &policy.meta.name);
    let subject = Subject { reference, own: Some(&policy.meta) };
    ask_rules(std::iter::once(rule), scope, &subject, |check, scope| match check {
        Check::AnyPolicy(check, _) => check(policy, scope),
        _ => Vec::new(),
    })
}

/// The findings about a policy of another engine. Nothing but its namespace exempts it: its own annotations are not guarded.
pub(super) fn other_policy(
    reference: &ObjectRef,
    settings: &Settings,
    world: &World,
    now: Now,
) -> Vec<Finding> {
    let home = reference.namespace.as_deref().and_then(|name| world.namespace(name));
    let levels = home.map_or_else(|| settings.levels(), |view| settings.levels_of(view));
    let mut findings = Vec::new();
    for rule in RULES.iter().copied() {
        let is_asked = levels.of(rule) > RuleLevel::Off;
        if let (Check::AnyPolicy(_, check), true) = (rule.check, is_asked) {
            let problems = check(reference, settings, world).into_iter();
            let about = || reference.clone();
            findings.extend(problems.map(|problem| Finding::new(rule, &levels, about(), problem)));
        }
    }
    let home = home.and_then(|view| view.object.as_ref());
    exempt(&mut findings, home.map(|namespace| &namespace.meta), now);
    findings
}

/// The findings about a change of the object with the metadata `own`.
pub(super) fn change(transition: &Transition<'_>, own: Option<&Meta>) -> Vec<Finding> {
    let subject = Subject { reference: transition.subject.clone(), own };
    let kind = subject.reference.kind;
    ask_rules(RULES.iter().copied(), &transition.after, &subject, |check, _| match check {
        Check::Change(of, check) if of == kind => check(transition),
        _ => Vec::new(),
    })
}

/// The findings about one workload of the scope's namespace.
pub(super) fn workload(workload: &Workload, scope: &Scope<'_>) -> Vec<Finding> {
    let subject = Subject::of(workload, scope);
    ask(scope, &subject, |check, scope| match check {
        Check::Workload(check) | Check::PolicyAndWorkload(_, check) => check(workload, scope),
        _ => Vec::new(),
    })
}

/// The findings of one rule about one workload.
pub(super) fn workload_by(
    rule: &'static Rule,
    workload: &Workload,
    scope: &Scope<'_>,
) -> Vec<Finding> {
    let subject = Subject::of(workload, scope);
    ask_rules(std::iter::once(rule), scope, &subject, |check, scope| match check {
        Check::Workload(check) => check(workload, scope),
        _ => Vec::new(),
    })
}

/// What is judged, and the metadata whose annotations exempt it.
struct Subject<'a> {
    reference: ObjectRef,
    /// `None` when nothing but its namespace can exempt it.
    own: Option<&'a Meta>,
}

impl<'a> Subject<'a> {
    fn of(workload: &'a Workload, scope: &'a Scope<'_>) -> Self {
        let reference = reference(workload.kind, scope, &workload.meta.name);
        Self { reference, own: exempting(workload, scope.namespace).map(|source| &source.meta) }
    }

    /// Whether the exemptions are its own, and not those of a controller.
    fn speaks_for_itself(&self) -> bool {
        self.own.is_some_and(|own| own.name == self.reference.name)
    }
}

fn reference(kind: Kind, scope: &Scope<'_>, name: &str) -> ObjectRef {
    ObjectRef { kind, namespace: Some(scope.namespace.name.clone()), name: name.to_owned() }
}

fn ask(
    scope: &Scope<'_>,
    subject: &Subject<'_>,
    judge: impl Fn(Check, &Scope<'_>) -> Vec<Problem>,
) -> Vec<Finding> {
    ask_rules(RULES.iter().copied(), scope, subject, |check, scope| match (check, subject.own) {
        (Check::Object(check), Some(own)) if subject.speaks_for_itself() => {
            check(&subject.reference, own, scope)
        }
        (check, _) => judge(check, scope),
    })
}

fn ask_rules(
    rules: impl Iterator<Item = &'static Rule>,
    scope: &Scope<'_>,
    subject: &Subject<'_>,
    judge: impl Fn(Check, &Scope<'_>) -> Vec<Problem>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules {
        if scope.levels().of(rule) == RuleLevel::Off {
            continue;
        }
        let problems = problems(rule, scope, |scope| judge(rule.check, scope)).into_iter();
        findings.extend(problems.map(|(problem, exempted)| {
            let finding = Finding::new(rule, scope.levels(), subject.reference.clone(), problem);
            Finding { exempted, ..finding }
        }));
    }
    findings.retain(|finding| finding.level > RuleLevel::Off);
    if !findings.is_empty() {
        let home = scope.namespace.object.as_ref().map(|namespace| &namespace.meta);
        exempt(&mut findings, subject.own.into_iter().chain(home), scope.now);
    }
    findings
}
