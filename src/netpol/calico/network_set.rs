//! Addresses that have labels: selectors of rules match them like endpoints.

use std::net::IpAddr;

use ipnet::IpNet;

use super::expression::Expression;
use super::labels::{LabelSource, NAMESPACE, OF_NAMESPACE, Value, known, of_namespace};
use super::rule::Entity;
use crate::netpol::{AddressSet, Labels, cidr};

/// A `NetworkSet`, a `GlobalNetworkSet` or a `HostEndpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSet {
    /// The name and the labels of its namespace; `None` for what is in none.
    pub namespace: Option<(String, Labels)>,
    /// Its labels.
    pub labels: Labels,
    /// Its addresses.
    pub addresses: AddressSet,
    /// It is a `HostEndpoint` that names ports; which ones is not kept.
    pub names_ports: bool,
}

impl LabelSource for NetworkSet {
    fn value(&self, key: &str) -> Value<'_> {
        let namespace = self.namespace.as_ref();
        match (namespace, key.strip_prefix(OF_NAMESPACE)) {
            (Some((name, _)), None) if key == NAMESPACE => Value::Is(name),
            (Some((name, labels)), Some(inherited)) if self.labels.value(key).is_none() => {
                of_namespace(inherited, name, labels)
            }
            _ => known(self.labels.value(key)),
        }
    }
}

/// The addresses of a list of ranges like `10.9.8.0/24` and of single addresses; `None` when one of them cannot be read.
pub fn read_nets(texts: &[String]) -> Option<AddressSet> {
    let read =
        |text: &String| cidr::parse(text).or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    texts.iter().map(|text| read(text).map(AddressSet::from)).collect()
}

/// The addresses that a selector gets from sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FromSets {
    /// Those that it matches for certain.
    pub(super) certain: AddressSet,
    /// Those that it may match, the certain ones included.
    pub(super) possible: AddressSet,
}

impl FromSets {
    /// What `matches` says of each of `sets`.
    fn of(sets: &[NetworkSet], matches: impl Fn(&NetworkSet) -> Option<bool>) -> Self {
        let union = |wanted: fn(Option<bool>) -> bool| {
            let sets = sets.iter().filter(|set| wanted(matches(set)));
            sets.map(|set| set.addresses.clone()).collect()
        };
        Self {
            certain: union(|matches| matches == Some(true)),
            possible: union(|matches| matches != Some(false)),
        }
    }

    /// What the selectors of `entity`, in a policy of `namespace`, get.
    pub(super) fn chosen(entity: &Entity, namespace: Option<&str>, sets: &[NetworkSet]) -> Self {
        Self::of(sets, |set| entity.chooses(namespace, set))
    }

    /// What one selector gets.
    pub(super) fn matched(expression: &Expression, sets: &[NetworkSet]) -> Self {
        Self::of(sets, |set| expression.matches(set))
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelSource, NetworkSet, Value};
    use crate::netpol::{AddressSet, Labels};

    #[test]
    fn a_set_in_a_namespace_inherits_its_labels() {
        let set = |namespace| NetworkSet {
            namespace,
            labels: Labels::from_iter([("role", "db"), ("pcns.env", "mine")]),
            addresses: AddressSet::everything(),
            names_ports: false,
        };
        let labels = Labels::from_iter([("team", "blue"), ("env", "prod")]);
        let own = set(Some(("shop".to_owned(), labels)));
        let global = set(None);
        for (key, in_shop, in_none) in [
            ("role", Value::Is("db"), Value::Is("db")),
            ("projectcalico.org/namespace", Value::Is("shop"), Value::Absent),
            ("pcns.team", Value::Is("blue"), Value::Absent),
            ("pcns.env", Value::Is("mine"), Value::Is("mine")),
            ("pcns.projectcalico.org/name", Value::Is("shop"), Value::Absent),
            ("pcsa.role", Value::Absent, Value::Absent),
        ] {
            assert_eq!((own.value(key), global.value(key)), (in_shop, in_none), "{key}");
        }
    }
}
