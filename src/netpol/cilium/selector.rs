//! Label selectors of Cilium: what they ask of an identity, beside the namespace that goes without saying.

use super::identity::{Identity, Value};
use super::key::{Key, Meaning, Source};
use super::truth::all;
use crate::netpol::{Operator, Requirement, Selector};

/// The label that names a namespace.
const NAME: &str = "kubernetes.io/metadata.name";

/// A label selector over identities.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum EndpointSelector {
    /// All must hold.
    All(Vec<Asked>),
    /// One that cannot be read, or that Cilium refuses.
    Unreadable,
}

/// What a selector asks of one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) key: Key,
    pub(super) operator: Operator,
    /// Written in `matchLabels`.
    pub(super) is_match_label: bool,
}

impl EndpointSelector {
    /// What it asks; nothing of one that cannot be read.
    pub(super) fn asked(&self) -> &[Asked] {
        match self {
            Self::All(asked) => asked,
            Self::Unreadable => &[],
        }
    }

    /// What it asks of the labels of namespaces: their name is the label that the API server gives all of them.
    pub(super) fn namespaces(&self) -> Selector {
        let requirements = self.asked().iter().filter_map(|asked| {
            let key = match asked.key.meaning() {
                Meaning::Namespace => NAME,
                Meaning::NamespaceLabel(key) => key,
                _ => return None,
            };
            Some(Requirement { key: key.to_owned(), operator: asked.operator.clone() })
        });
        Selector { requirements: requirements.collect() }
    }

    /// Whether a policy of the namespace `home`, or of the whole cluster, means `identity` by it as a peer: pods of its own
    /// namespace, or of any, unless the selector says which (`getEndpointSelector`).
    pub(super) fn selects_peer(&self, identity: &Identity<'_>, home: Option<&str>) -> Option<bool> {
        let Self::All(asked) = self else { return None };
        if !self.is_anywhere(home) && !identity.is_pod_of(home) {
            return Some(false);
        }
        all(asked.iter().map(|asked| asked.holds(identity)))
    }

    /// Whether it says itself where the peers of a policy of `home` are.
    pub(super) fn is_anywhere(&self, home: Option<&str>) -> bool {
        let asked = self.asked();
        let asks =
            |meant: fn(Meaning<'_>) -> bool| asked.iter().any(|asked| meant(asked.key.meaning()));
        asked.iter().any(|asked| asked.key.source == Source::Reserved)
            || asks(|meaning| meaning == Meaning::Namespace)
            || home.is_some() && asks(|meaning| matches!(meaning, Meaning::NamespaceLabel(_)))
    }

    /// The same for the pods that a policy is about: always those of its own namespace, whatever it says
    /// (`ParseToCiliumRule`).
    pub(super) fn selects_subject(
        &self,
        identity: &Identity<'_>,
        home: Option<&str>,
    ) -> Option<bool> {
        if home.is_some() && !identity.is_pod_of(home) {
            return Some(false);
        }
        if *self == Self::Unreadable {
            return None;
        }
        all(self.asked_of_subject(home).map(|asked| asked.holds(identity)))
    }

    /// What it asks of the pods that a policy of `home` is about: Cilium takes away another namespace in `matchLabels`.
    pub(super) fn asked_of_subject(&self, home: Option<&str>) -> impl Iterator<Item = &Asked> {
        let is_taken_away = move |asked: &&Asked| {
            home.is_some()
                && asked.is_match_label
                && asked.key.source == Source::Kubernetes
                && asked.key.meaning() == Meaning::Namespace
        };
        self.asked().iter().filter(move |asked| !is_taken_away(asked))
    }
}

impl Asked {
    fn holds(&self, identity: &Identity<'_>) -> Option<bool> {
        self.operator_holds(identity.value(self.key.meaning()))
    }

    /// Whether `value` fulfils it.
    pub(super) fn operator_holds(&self, value: Value<'_>) -> Option<bool> {
        match (&self.operator, value) {
            (_, Value::Unknown) | (Operator::In(_) | Operator::NotIn(_), Value::Present) => None,
            (Operator::DoesNotExist, value) => Some(value == Value::Absent),
            (Operator::Exists, value) => Some(value != Value::Absent),
            (Operator::In(_), Value::Absent) => Some(false),
            (Operator::NotIn(_), Value::Absent) => Some(true),
            (Operator::In(values), Value::Is(value)) => Some(values.contains(value)),
            (Operator::NotIn(values), Value::Is(value)) => Some(!values.contains(value)),
        }
    }
}
