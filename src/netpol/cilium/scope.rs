//! Which pods a policy is about.

use super::identity::{Identity, Value};
use super::key::Meaning;
use super::policy::{Section, Spec, Specs, Subject};
use super::selector::{Asked, EndpointSelector};
use super::truth::{all, any};
use crate::netpol::{Direction, Labels, PodEnd, Requirement, Selector};

/// A policy where it is.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Its namespace; `None` for a `CiliumClusterwideNetworkPolicy`.
    pub home: Option<&'a str>,
    /// What it says.
    pub specs: &'a Specs,
}

/// The pods of one namespace that a spec is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scoped {
    /// Those with labels that the selector matches.
    Pods(Selector),
    /// None, whatever its labels.
    Nobody,
    /// It depends on more than labels, or on what is not known.
    Undecided,
}

impl<'a> Placed<'a> {
    /// Whether it is about `pod`: one of its specs, in any direction.
    pub fn selects(&self, pod: &PodEnd<'_>) -> Option<bool> {
        any(self.specs.specs.iter().map(|spec| self.selects_by(spec, pod)))
    }

    /// Whether it isolates `pod` in `direction`: it may do only what is allowed.
    pub fn isolates(&self, pod: &PodEnd<'_>, direction: Direction) -> Option<bool> {
        let isolating = self.isolating(direction);
        self.doubted(any(isolating.map(|spec| self.selects_by(spec, pod))))
    }

    /// Which pods of `namespace` it isolates in `direction`: one item for each of its specs that isolates somebody.
    pub fn isolated_in(
        &self,
        namespace: &str,
        namespace_labels: &Labels,
        direction: Direction,
    ) -> Vec<Scoped> {
        let scoped = self.isolating(direction).map(|spec| {
            let scoped = self.scope(spec, namespace, namespace_labels);
            let is_doubtful = self.specs.is_doubtful && scoped != Scoped::Nobody;
            if is_doubtful { Scoped::Undecided } else { scoped }
        });
        scoped.collect()
    }

    /// Which pods of `namespace` it is about, whatever it says of them: one item for each of its specs.
    pub fn selectors_in(&self, namespace: &str, namespace_labels: &Labels) -> Vec<Scoped> {
        self.specs.specs.iter().map(|spec| self.scope(spec, namespace, namespace_labels)).collect()
    }

    /// The sections of `direction` that are, or may be, about `pod`, and whether they surely are.
    pub(super) fn sections(
        self,
        pod: &PodEnd<'_>,
        direction: Direction,
    ) -> impl Iterator<Item = (&'a Section, bool)> {
        let specs = self.specs.specs.iter().filter_map(move |spec| {
            let section = spec.section(direction);
            let selected = self.doubted(self.selects_by(spec, pod));
            (selected != Some(false) && section.has_rules())
                .then_some((section, selected == Some(true)))
        });
        specs.collect::<Vec<_>>().into_iter()
    }

    fn isolating(&self, direction: Direction) -> impl Iterator<Item = &'a Spec> {
        let isolates = move |spec: &&Spec| spec.section(direction).isolates();
        self.specs.specs.iter().filter(isolates)
    }

    /// What may be refused as a whole is never certain.
    fn doubted(&self, truth: Option<bool>) -> Option<bool> {
        truth.filter(|truth| !truth || !self.specs.is_doubtful)
    }

    fn selects_by(&self, spec: &Spec, pod: &PodEnd<'_>) -> Option<bool> {
        match &spec.subject {
            Subject::Pods(selector) if !pod.host_network => {
                selector.selects_subject(&Identity::Pod(pod), self.home)
            }
            Subject::Pods(_) | Subject::Nodes => Some(false),
        }
    }

    fn scope(&self, spec: &Spec, namespace: &str, namespace_labels: &Labels) -> Scoped {
        let selector = match &spec.subject {
            Subject::Nodes => return Scoped::Nobody,
            Subject::Pods(_) if self.home.is_some_and(|home| home != namespace) => {
                return Scoped::Nobody;
            }
            Subject::Pods(EndpointSelector::Unreadable) => return Scoped::Undecided,
            Subject::Pods(selector) => selector,
        };
        let mut requirements = Vec::new();
        let mut rest = Vec::new();
        for asked in selector.asked_of_subject(self.home) {
            match asked.key.meaning() {
                Meaning::PodLabel(key) => requirements.push(asked.of_label(key)),
                meaning => rest.push(asked.holds_in(meaning, namespace, namespace_labels)),
            }
        }
        match all(rest) {
            Some(true) => Scoped::Pods(Selector { requirements }),
            Some(false) => Scoped::Nobody,
            None => Scoped::Undecided,
        }
    }
}

impl Asked {
    fn of_label(&self, key: &str) -> Requirement {
        Requirement { key: key.to_owned(), operator: self.operator.clone() }
    }

    /// Whether every pod of the namespace fulfils it, whatever its labels, or none does.
    fn holds_in(
        &self,
        meaning: Meaning<'_>,
        namespace: &str,
        namespace_labels: &Labels,
    ) -> Option<bool> {
        let value = match meaning {
            Meaning::Namespace => Value::Is(namespace),
            Meaning::NamespaceLabel(key) => {
                namespace_labels.value(key).map_or(Value::Absent, Value::Is)
            }
            Meaning::ServiceAccount | Meaning::Cluster => Value::Present,
            Meaning::Reserved(_) => Value::Absent,
            Meaning::PodLabel(_) | Meaning::LeftOut(_) | Meaning::Unknown => Value::Unknown,
        };
        self.operator_holds(value)
    }
}
