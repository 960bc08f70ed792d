//! What a policy of a tier says.

use crate::netpol::{Action, Block, Direction, Labels, PodEnd, Ports, Selector};

/// The two tiers, in their order: `NetworkPolicies` are between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Before every `NetworkPolicy`.
    Admin,
    /// After them, for pods that none isolates.
    Baseline,
}

/// The kinds in which a policy of a tier is written: their fields and words differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `AdminNetworkPolicy`, v1alpha1.
    Admin,
    /// `BaselineAdminNetworkPolicy`, v1alpha1.
    Baseline,
    /// `ClusterNetworkPolicy`, v1alpha2.
    Cluster,
}

/// What a policy of a tier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieredSpec {
    /// Its tier.
    pub tier: Tier,
    /// Lower decides first. A `BaselineAdminNetworkPolicy` has none, and counts as 0.
    pub priority: i64,
    /// The pods that it is about; `None` when that cannot be read.
    pub subject: Option<ClusterPods>,
    /// Its rules for ingress, in their order.
    pub ingress: Vec<TieredRule>,
    /// Its rules for egress, in their order.
    pub egress: Vec<TieredRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieredRule {
    /// Its name; empty without one.
    pub name: String,
    /// What it does; `None` when the word is none that is known.
    pub action: Option<Action>,
    /// `from` or `to`: a union, never empty as written; a list that is empty or missing holds one unreadable peer.
    pub peers: Vec<TieredPeer>,
    /// The ports at the destination. A name is listed once for each protocol: it stands for whatever protocol the pod says.
    pub ports: Ports,
}

/// One item of `from` or `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TieredPeer {
    /// Domain names: which addresses these are is not known.
    Domains,
    /// Blocks of addresses; pods are in them too.
    Networks(Vec<Block>),
    /// Nodes, by their labels: which of the addresses of nodes these are is not known.
    Nodes,
    /// Pods, those of the host network left out.
    Pods(ClusterPods),
    /// No field that is known: an accept matches nothing, whatever else denies all.
    Unreadable,
}

/// Pods by the labels of their namespace and their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClusterPods {
    /// The labels of the namespace.
    pub namespaces: Selector,
    /// The labels of the pod.
    pub pods: Selector,
}

impl ClusterPods {
    /// Whether the pod is among them.
    pub fn selects(&self, namespace_labels: &Labels, labels: &Labels) -> bool {
        self.namespaces.matches(namespace_labels) && self.pods.matches(labels)
    }

    /// Whether every pod is among them.
    pub fn is_everything(&self) -> bool {
        self.namespaces.is_everything() && self.pods.is_everything()
    }
}

impl TieredSpec {
    /// The rules of `direction`.
    pub fn rules(&self, direction: Direction) -> &[TieredRule] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    /// Whether it is about this pod. Pods of the host network are beyond it.
    pub fn selects(&self, pod: &PodEnd<'_>) -> bool {
        let subject = self.subject.as_ref();
        !pod.host_network
            && subject.is_some_and(|subject| subject.selects(pod.namespace_labels, pod.labels))
    }

    /// Every selector that asks pods for their labels: of the subject and of the peers.
    pub fn pod_selectors(&self) -> impl Iterator<Item = &Selector> {
        let peers = self.ingress.iter().chain(&self.egress).flat_map(|rule| &rule.peers);
        let pods = peers.filter_map(|peer| match peer {
            TieredPeer::Pods(pods) => Some(pods),
            _ => None,
        });
        self.subject.iter().chain(pods).map(|pods| &pods.pods)
    }

    /// Every block of its rules.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        let peers = self.ingress.iter().chain(&self.egress).flat_map(|rule| &rule.peers);
        peers.flat_map(|peer| match peer {
            TieredPeer::Networks(blocks) => blocks.as_slice(),
            _ => &[],
        })
    }
}
