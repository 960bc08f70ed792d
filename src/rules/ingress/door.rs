//! Who gets in to the pods of one template, by the policies of every engine.

use crate::connections::Governed;
use crate::facts::{Client, Cni, Plugin, cni};
use crate::model::{Scope, is_added_by_controllers};
use crate::netpol::{
    AddressSet, Direction, End, Network, Peer, PodEnd, Pods, Protocol, Rule, Selector,
};

use super::super::answering::isolating;
use super::super::known::{is_host_network, matches_with_more};

/// Labels of namespaces that stand for the host network on OpenShift, as well as for real namespaces: its router gets in by
/// them wherever it runs.
const OPENSHIFT_GROUPS: [&str; 2] =
    ["policy-group.network.openshift.io/", "network.openshift.io/policy-group"];

/// Everything that decides about ingress of some pods.
pub(in super::super) struct Door<'s> {
    network: &'s Network,
    subject: PodEnd<'s>,
    governed: Governed<'s>,
    /// The rules of the `NetworkPolicies` that isolate the pods.
    rules: Vec<&'s Rule>,
    /// Some policy may select the pods by labels of which nobody knows whether they have them.
    is_unsure: bool,
    plugin: Option<Plugin>,
}

impl<'s> Door<'s> {
    /// The door of `subject`, pods of the scope's namespace, which may have other labels besides when `has_more_labels`; `None`
    /// when nothing isolates them, so that it stands open.
    pub(in super::super) fn of(
        subject: PodEnd<'s>,
        has_more_labels: bool,
        scope: &'s Scope<'_>,
        network: &'s Network,
    ) -> Option<Self> {
        let governed =
            Governed::of(scope.world, network, scope.namespace, &subject, Direction::Ingress);
        if governed.is_free() {
            return None;
        }
        let is_unknown = |key: &str| has_more_labels || is_added_by_controllers(key);
        let is_unsure = scope.policies().any(|policy| {
            let selector = &policy.spec.selector;
            !policy.spec.rules(Direction::Ingress).is_empty()
                && matches_with_more(selector, subject.labels, is_unknown)
        });
        let isolating = isolating(subject.labels, Direction::Ingress, scope);
        let rules = isolating.flat_map(|policy| policy.spec.rules(Direction::Ingress)).collect();
        let Cni { plugin, .. } = cni(scope.world, scope.settings);
        Some(Self { network, subject, governed, rules, is_unsure, plugin })
    }

    /// Whether `client` gets in at a port of the pods. What is unknown counts as yes: a rule never guesses.
    pub(in super::super) fn may_enter(
        &self,
        client: &Client,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        if self.is_unsure || self.may_admit(&client.end(), protocol, port) {
            return true;
        }
        // What the selectors of Calico and Cilium ask for is not looked at here.
        let is_of_plugin = self.governed.calico().is_some() || self.governed.cilium().is_some();
        if client.may_have_more_labels && is_of_plugin {
            return true;
        }
        match &client.labels {
            Some(labels) => self.pods_at(protocol, port).any(|pods| {
                let is_there = match &pods.namespaces {
                    None => client.namespace == self.subject.namespace,
                    Some(selector) => selector.matches(&client.namespace_labels),
                };
                let is_unknown =
                    |key: &str| client.may_have_more_labels || is_added_by_controllers(key);
                is_there
                    && pods
                        .pods
                        .as_ref()
                        .is_some_and(|selector| matches_with_more(selector, labels, is_unknown))
            }),
            None => {
                self.pods_at(protocol, port).any(|pods| self.may_be_host(pods))
                    || client.is_outside() && self.may_admit_outside(protocol, port)
            }
        }
    }

    /// Whether rules about the port select namespaces: who is meant may not be there yet.
    pub(in super::super) fn names_namespaces(&self, protocol: Protocol, port: u16) -> bool {
        self.pods_at(protocol, port).any(|pods| pods.namespaces.is_some())
    }

    fn may_admit(&self, end: &End<'_>, protocol: Protocol, port: u16) -> bool {
        let decided = self.governed.decide(self.network, &self.subject, end);
        decided.possible().contains(protocol, port)
    }

    /// Whether some of `addresses`, none of a pod, gets in at a port, as far as is known.
    pub(in super::super) fn may_admit_some(
        &self,
        addresses: &AddressSet,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        let parts = addresses.cut(self.governed.blocks(self.network));
        self.is_unsure
            || self.pods_at(protocol, port).any(|pods| self.may_be_host(pods))
            || parts.iter().any(|part| self.may_admit(&End::Addresses(part), protocol, port))
    }

    /// Whether some address outside gets in: which of them the client has is not known.
    fn may_admit_outside(&self, protocol: Protocol, port: u16) -> bool {
        let parts = AddressSet::of(self.network.families).cut(self.governed.blocks(self.network));
        parts.iter().any(|part| self.may_admit(&End::Addresses(part), protocol, port))
    }

    /// The pods that rules about the port name.
    fn pods_at(&self, protocol: Protocol, port: u16) -> impl Iterator<Item = &'s Pods> {
        let declared = self.subject.ports;
        let is_about = move |rule: &&&Rule| {
            let mut here =
                declared.iter().filter(|own| own.protocol == protocol && own.port == port);
            rule.ports.numbers(protocol).contains(port)
                || here.any(|own| rule.ports.names(protocol, &own.name))
        };
        let rules = self.rules.iter().filter(is_about);
        rules.flat_map(|rule| rule.peers.listed()).filter_map(|peer| match peer {
            Peer::Pods(pods) => Some(pods),
            Peer::Block(_) | Peer::Unreadable => None,
        })
    }

    /// Whether a peer stands for the host network, as OVN-Kubernetes and OpenShift name it (SEMANTICS 1.6).
    fn may_be_host(&self, pods: &Pods) -> bool {
        let is_group = |selector: &Selector| {
            selector.requirements.iter().any(|requirement| {
                OPENSHIFT_GROUPS.iter().any(|group| requirement.key.starts_with(group))
            })
        };
        pods.namespaces.as_ref().is_some_and(|selector| {
            is_host_network(selector)
                || is_group(selector)
                || self.plugin == Some(Plugin::OvnKubernetes) && selector.is_everything()
        })
    }
}
