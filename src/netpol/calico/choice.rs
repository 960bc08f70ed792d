//! What tells pods apart as peers: the selectors of the rules that govern a pod, and the names of ports in them.

use super::chain::Chain;
use super::labels::{NAME, NAMESPACE, OF_NAMESPACE, Pod};
use super::rule::{Entity, PortEntry};
use super::steps::Prepared;
use super::{Expression, Governing};
use crate::netpol::{Direction, Operator, PodEnd, Requirement, Selector, Where};

/// What a rule chooses peers by, or leaves peers out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice<'a> {
    /// The selectors of an entity, in a policy of this namespace or of the cluster.
    Chosen(&'a Entity, Option<&'a str>),
    /// Its `notSelector`.
    Excluded(&'a Expression),
}

impl<'a> Governing<'a> {
    /// What the rules choose peers by: two pods that all of them treat alike are alike, but for their addresses and the names of
    /// their ports.
    pub fn choices(&self) -> impl Iterator<Item = Choice<'a>> {
        self.peers().flat_map(|(entity, namespace)| {
            let chosen = entity.has_selector().then_some(Choice::Chosen(entity, namespace));
            chosen.into_iter().chain(entity.not_selector.as_ref().map(Choice::Excluded))
        })
    }

    /// The names of ports that the rules ask of the end that is connected to, when that is the peer.
    pub fn port_names(&self) -> impl Iterator<Item = &'a str> {
        let is_egress = self.direction() == Direction::Egress;
        let peers = self.peers().filter(move |_| is_egress);
        let entries = peers.flat_map(|(entity, _)| entity.ports.iter().chain(&entity.not_ports));
        entries.filter_map(|entry| match entry {
            PortEntry::Name(name) => Some(name.as_str()),
            PortEntry::Range(..) | PortEntry::Unknown => None,
        })
    }

    /// The entities that peers are held against, each with the namespace of its policy.
    fn peers(&self) -> impl Iterator<Item = (&'a Entity, Option<&'a str>)> {
        let direction = self.direction();
        let policies = self.tiers.iter().flat_map(Chain::policies).chain(&self.lost);
        policies.flat_map(move |policy: &Prepared<'a>| {
            let namespace = policy.policy.namespace;
            policy.rules().map(move |rule| match direction {
                Direction::Ingress => (&rule.source, namespace),
                Direction::Egress => (&rule.destination, namespace),
            })
        })
    }
}

impl<'a> Choice<'a> {
    /// Whether it selects `pod`, which is not in the network of its node.
    pub fn selects(&self, pod: &PodEnd<'_>) -> Option<bool> {
        match self {
            Self::Chosen(entity, namespace) => entity.chooses(*namespace, &Pod(pod)),
            Self::Excluded(selector) => selector.matches(&Pod(pod)),
        }
    }

    /// Where the pods can be that it selects, or may select; those left out that write labels of their own under the prefix of
    /// namespaces.
    pub fn within(&self) -> Where<'a> {
        let mut asked = Vec::new();
        match self {
            Self::Chosen(entity, namespace) => {
                if let (Some(namespace), None) = (namespace, &entity.namespaces) {
                    return Where::At(namespace);
                }
                let parts = [&entity.selector, &entity.namespaces, &entity.service_accounts];
                parts.into_iter().flatten().for_each(|part| conjuncts(part, &mut asked));
            }
            Self::Excluded(selector) => conjuncts(selector, &mut asked),
        }
        let names = asked.iter().find_map(|part| match part {
            Expression::In(key, names) if is_name(key) => Some(names),
            _ => None,
        });
        if let Some(names) = names {
            return Where::In(names);
        }
        let requirements: Vec<Requirement> = asked.into_iter().filter_map(requirement).collect();
        if requirements.is_empty() {
            return Where::Everywhere;
        }
        Where::Labelled(Selector { requirements })
    }
}

/// The expressions that must all hold.
fn conjuncts<'a>(expression: &'a Expression, found: &mut Vec<&'a Expression>) {
    match expression {
        Expression::And(operands) => operands.iter().for_each(|one| conjuncts(one, found)),
        one => found.push(one),
    }
}

/// Whether the label is the name of the namespace.
fn is_name(key: &str) -> bool {
    key == NAMESPACE || key.strip_prefix(OF_NAMESPACE) == Some(NAME)
}

/// What it asks of the labels of namespaces, where it does.
fn requirement(expression: &Expression) -> Option<Requirement> {
    let of = |key: &str, operator| {
        let key = key.strip_prefix(OF_NAMESPACE).filter(|key| *key != NAME)?;
        Some(Requirement { key: key.to_owned(), operator })
    };
    match expression {
        Expression::Has(key) => of(key, Operator::Exists),
        Expression::In(key, values) => of(key, Operator::In(values.clone())),
        Expression::NotIn(key, values) => of(key, Operator::NotIn(values.clone())),
        Expression::Not(operand) => match operand.as_ref() {
            Expression::Has(key) => of(key, Operator::DoesNotExist),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a pod writes labels as if its namespace had them.
pub fn poses_as_namespace(pod: &PodEnd<'_>) -> bool {
    pod.labels.iter().any(|(key, _)| key.starts_with(OF_NAMESPACE))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Choice;
    use crate::netpol::Where;
    use crate::netpol::calico::rule::Entity;
    use crate::netpol::calico::{Expression, parse};

    #[test]
    fn selectors_say_where_the_pods_are() {
        let parsed = |text: &str| parse(text).unwrap();
        let entity = |selector: &str, namespaces: Option<&str>| Entity {
            selector: Some(parsed(selector)),
            namespaces: namespaces.map(|text| parsed(text).prefixed("pcns.").of_namespaces()),
            ..Entity::default()
        };
        let names = BTreeSet::from(["shop".to_owned()]);
        let selector = |text: &str| Where::Labelled(serde_json::from_str(text).unwrap());
        let team = r#"{"matchExpressions": [{"key": "team", "operator": "In", "values": ["a"]}]}"#;
        let none = r#"{"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}"#;
        for (text, namespaces, home, expected) in [
            ("app == 'web'", None, Some("shop"), Where::At("shop")),
            ("app == 'web'", None, None, Where::Everywhere),
            ("app == 'web'", Some("team == 'a'"), Some("shop"), selector(team)),
            ("app == 'web' && !has(pcns.team)", None, None, selector(none)),
            ("app == 'web' || pcns.team == 'a'", None, None, Where::Everywhere),
            (
                "projectcalico.org/namespace == 'shop' && has(pcns.team)",
                None,
                None,
                Where::In(&names),
            ),
            ("has(app)", Some("projectcalico.org/name == 'shop'"), Some("x"), Where::In(&names)),
        ] {
            let entity = entity(text, namespaces);
            assert_eq!(Choice::Chosen(&entity, home).within(), expected, "{text} {namespaces:?}");
        }
        let excluded: Expression = parsed("pcns.team == 'a'");
        assert_eq!(Choice::Excluded(&excluded).within(), selector(team));
    }
}
