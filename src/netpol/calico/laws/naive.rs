//! SEMANTICS 7.3, word for word: one connection, one port at a time, with everything known.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::cluster::{Cluster, Entity, Pod, Policy, Rule, Set};
use super::written::Written;
use crate::netpol::{Direction, Protocol};

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End<'a> {
    Pod(&'a Pod),
    Address(IpAddr),
}

/// One connection, seen from the pod that is governed.
#[derive(Clone, Copy)]
pub(crate) struct Flow<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) subject: &'a Pod,
    pub(crate) peer: End<'a>,
    pub(crate) direction: Direction,
    pub(crate) protocol: Protocol,
    pub(crate) port: u16,
    /// What Kubernetes' own policies say of it; `None` where they do not isolate the pod.
    pub(crate) standard: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    Allowed,
    Denied,
    Passed,
}

impl Flow<'_> {
    /// Tiers in their order; what the last one leaves open, the profile allows.
    pub(crate) fn is_allowed(&self) -> bool {
        let mut decided = self.outcomes().into_iter().map(|(_, outcome)| outcome);
        decided.find(|outcome| *outcome != Outcome::Passed) != Some(Outcome::Denied)
    }

    /// What each tier does with it, by their order.
    pub(crate) fn outcomes(&self) -> Vec<(f64, Outcome)> {
        let mut tiers = self.cluster.tiers.clone();
        let order = |order: Option<f64>| order.unwrap_or(1_000_000.0);
        tiers.sort_by(|one, other| {
            (order(one.1), one.0).partial_cmp(&(order(other.1), other.0)).unwrap()
        });
        let outcome = |(name, at, action)| (order(at), self.tier(name, action));
        tiers.into_iter().map(outcome).collect()
    }

    fn tier(&self, tier: &str, default_action: &str) -> Outcome {
        let mut policies: Vec<&Policy> = self
            .cluster
            .policies
            .iter()
            .filter(|policy| policy.tier == tier && self.governs(policy))
            .collect();
        let order = |policy: &Policy| policy.order.unwrap_or(f64::INFINITY);
        policies.sort_by(|one, other| {
            let by = order(one).partial_cmp(&order(other)).unwrap_or(Ordering::Equal);
            by.then_with(|| (one.name, one.namespace).cmp(&(other.name, other.namespace)))
        });
        let standard = self.standard.filter(|_| tier == "default");
        let is_before = |policy: &&Policy| order(policy) < 1000.0;
        let (before, after): (Vec<&Policy>, Vec<&Policy>) =
            policies.iter().copied().partition(is_before);
        if let Some(outcome) = self.first(&before) {
            return outcome;
        }
        if standard == Some(true) {
            return Outcome::Allowed;
        }
        if let Some(outcome) = self.first(&after) {
            return outcome;
        }
        let is_selected = !policies.is_empty() || standard.is_some();
        if is_selected && default_action == "Deny" { Outcome::Denied } else { Outcome::Passed }
    }

    fn first(&self, policies: &[&Policy]) -> Option<Outcome> {
        for policy in policies {
            let rules = match self.direction {
                Direction::Ingress => &policy.ingress,
                Direction::Egress => &policy.egress,
            };
            for rule in rules {
                if rule.action != "Log" && self.matches(rule, policy) {
                    return Some(match rule.action {
                        "Allow" => Outcome::Allowed,
                        "Deny" => Outcome::Denied,
                        _ => Outcome::Passed,
                    });
                }
            }
        }
        None
    }

    fn governs(&self, policy: &Policy) -> bool {
        let has_type = match (policy.types.is_empty(), self.direction) {
            (false, Direction::Ingress) => policy.types.contains(&"Ingress"),
            (false, Direction::Egress) => policy.types.contains(&"Egress"),
            (true, Direction::Ingress) => policy.egress.is_empty() || !policy.ingress.is_empty(),
            (true, Direction::Egress) => !policy.egress.is_empty(),
        };
        let pod = self.subject;
        let is_in =
            policy.namespace.is_none_or(|name| name == self.cluster.namespaces[pod.namespace].0);
        has_type
            && is_in
            && holds(policy.selector.as_ref(), true, &|key| self.label(pod, key))
            && holds(policy.namespaces.as_ref(), true, &|key| {
                self.namespace_label(pod.namespace, key)
            })
    }

    fn matches(&self, rule: &Rule, policy: &Policy) -> bool {
        let subject = End::Pod(self.subject);
        let (from, to) = match self.direction {
            Direction::Ingress => (self.peer, subject),
            Direction::Egress => (subject, self.peer),
        };
        let is = |name: &str| name == self.protocol.to_string();
        let has = |ports: &[Value]| ports.iter().any(|port| self.is_port(port, to));
        rule.protocol.is_none_or(is)
            && !rule.not_protocol.is_some_and(is)
            && (rule.ports.is_empty() || has(&rule.ports))
            && !has(&rule.not_ports)
            && self.is_about(&rule.source, from, policy)
            && self.is_about(&rule.destination, to, policy)
    }

    fn is_port(&self, written: &Value, to: End<'_>) -> bool {
        let number = |text: &str| text.parse::<u16>().ok();
        match written {
            Value::String(text) => match (text.split_once(':'), number(text), to) {
                (Some((first, last)), ..) => {
                    (number(first).unwrap()..=number(last).unwrap()).contains(&self.port)
                }
                (None, Some(port), _) => port == self.port,
                (None, None, End::Pod(pod)) if !pod.host_network => {
                    pod.ports.iter().any(|declared| {
                        declared.name == *text
                            && declared.protocol == self.protocol
                            && declared.port == self.port
                    })
                }
                _ => false,
            },
            written => written.as_u64() == Some(u64::from(self.port)),
        }
    }

    fn is_about(&self, entity: &Entity, end: End<'_>, policy: &Policy) -> bool {
        let address = match end {
            End::Pod(pod) => pod.address,
            End::Address(address) => address,
        };
        let is_in = |nets: &[&str]| nets.iter().any(|net| is_within(net, address));
        let has_selector = entity.selector.is_some()
            || entity.not_selector.is_some()
            || entity.namespaces.is_some()
            || !entity.service_accounts.is_empty();
        let is_excluded = entity.not_selector.is_some()
            && self.any(end, &|labels| holds(entity.not_selector.as_ref(), true, labels));
        (entity.nets.is_empty() || is_in(&entity.nets))
            && !is_in(&entity.not_nets)
            && (!has_selector || self.any(end, &|labels| chooses(entity, policy, labels)))
            && !is_excluded
    }

    /// Whether it holds of the end as an endpoint, or of a set that has its address.
    fn any(&self, end: End<'_>, test: &dyn Fn(LabelsOf<'_>) -> bool) -> bool {
        let (endpoint, address) = match end {
            End::Pod(pod) => (Some(pod).filter(|pod| !pod.host_network), pod.address),
            End::Address(address) => (None, address),
        };
        let mut sets = self.cluster.sets.iter().filter(|set| is_within(set.net, address));
        endpoint.is_some_and(|pod| test(&|key| self.label(pod, key)))
            || sets.any(|set| test(&|key| self.set_label(set, key)))
    }

    fn label(&self, pod: &Pod, key: &str) -> Option<String> {
        match (key, key.strip_prefix("pcns.")) {
            ("projectcalico.org/namespace", _) => {
                Some(self.cluster.namespaces[pod.namespace].0.into())
            }
            ("projectcalico.org/serviceaccount", _) => Some(pod.service_account.into()),
            (_, Some(key)) => self.namespace_label(pod.namespace, key),
            (key, None) => pod.labels.value(key).map(Into::into),
        }
    }

    fn namespace_label(&self, namespace: usize, key: &str) -> Option<String> {
        let (name, labels) = &self.cluster.namespaces[namespace];
        let own = labels.value(key).map(Into::into);
        if key == "projectcalico.org/name" { Some((*name).into()) } else { own }
    }

    fn set_label(&self, set: &Set, key: &str) -> Option<String> {
        match (set.namespace, key.strip_prefix("pcns.")) {
            (Some(namespace), Some(key)) => self.namespace_label(namespace, key),
            (Some(namespace), None) if key == "projectcalico.org/namespace" => {
                Some(self.cluster.namespaces[namespace].0.into())
            }
            _ => set.labels.value(key).map(Into::into),
        }
    }
}

type LabelsOf<'a> = &'a dyn Fn(&str) -> Option<String>;

fn holds(written: Option<&Written>, all: bool, labels: LabelsOf<'_>) -> bool {
    written.is_none_or(|written| written.holds(all, labels))
}

fn chooses(entity: &Entity, policy: &Policy, labels: LabelsOf<'_>) -> bool {
    let namespace = labels("projectcalico.org/namespace");
    let of_namespace = |key: &str| labels(&format!("pcns.{key}"));
    let in_namespace = match (&entity.namespaces, policy.namespace) {
        (Some(written), _) => written.holds(namespace.is_some(), &of_namespace),
        (None, Some(name)) => namespace.as_deref() == Some(name),
        (None, None) => true,
    };
    let account = labels("projectcalico.org/serviceaccount");
    let is_of_account = |account: String| entity.service_accounts.contains(&account.as_str());
    in_namespace
        && (entity.service_accounts.is_empty() || account.is_some_and(is_of_account))
        && holds(entity.selector.as_ref(), true, labels)
}

fn is_within(net: &str, address: IpAddr) -> bool {
    match net.parse::<IpNet>() {
        Ok(net) => net.contains(&address),
        Err(_) => net.parse::<IpAddr>().unwrap() == address,
    }
}
