//! The spec of a `NetworkPolicy` as the engine reads it.

use std::fmt;

use super::{Block, Ports, Selector};

/// The direction of traffic, seen from the pod that a policy selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// Both directions, ingress first.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        })
    }
}

/// The directions that a policy isolates: a set, whatever the list repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolicyTypes {
    /// `Ingress` is among the types.
    pub ingress: bool,
    /// `Egress` is among the types.
    pub egress: bool,
}

impl PolicyTypes {
    /// Whether `direction` is among the types.
    pub fn contains(self, direction: Direction) -> bool {
        match direction {
            Direction::Ingress => self.ingress,
            Direction::Egress => self.egress,
        }
    }
}

/// How `policyTypes` came to be, as far as the object tells; only wording depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TypesWritten {
    /// The author left `policyTypes` out (absent, null or empty), and the API server's default holds.
    Absent,
    /// The author wrote `policyTypes`, or nothing tells otherwise.
    #[default]
    Present,
}

/// A selector of a peer that was written as null: Go reads it as left out, which is not what `{}` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NullSelector {
    /// The direction of its rule.
    pub direction: Direction,
    /// The position of its rule.
    pub rule: usize,
    /// The position of its peer in the rule.
    pub peer: usize,
    /// Which selector of the peer.
    pub field: PeerSelector,
}

/// The selectors of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerSelector {
    /// `namespaceSelector`.
    Namespaces,
    /// `podSelector`.
    Pods,
}

impl PeerSelector {
    /// Its field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaceSelector",
            Self::Pods => "podSelector",
        }
    }
}

/// What a `NetworkPolicy` says: whom it selects, in which directions it isolates, what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicySpec {
    /// `spec.podSelector`; missing and null equal `{}`.
    pub selector: Selector,
    /// The effective `policyTypes`, after the API server's defaulting (`SetDefaults_NetworkPolicy`).
    pub types: PolicyTypes,
    /// Whether `policyTypes` was written by the author.
    pub types_written: TypesWritten,
    /// Whether the key `egress` was there, also as null or `[]` (an offline file shows it, the API server drops it).
    pub egress_written: bool,
    /// Selectors of peers that were written as null beside the other one, in their order; the peers read them as left out.
    pub nulls: Vec<NullSelector>,
    /// `spec.ingress` in its order, also when `types` lacks ingress (then it is ignored).
    pub ingress: Vec<Rule>,
    /// `spec.egress` in its order, also when `types` lacks egress (then it is ignored).
    pub egress: Vec<Rule>,
}

/// One item of `ingress` or `egress`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// `from` or `to`.
    pub peers: Peers,
    /// `ports`.
    pub ports: Ports,
}

/// `from` or `to` of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peers {
    /// Missing or empty: everyone, outside the cluster too.
    Any,
    /// At least one peer; they are a union.
    Some(Vec<Peer>),
}

/// One item of `from` or `to`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address block.
    Block(Block),
    /// Pods; host-network pods are never matched by selectors.
    Pods(Pods),
    /// A peer that cannot be read (stored garbage, `{}`): matches nothing.
    Unreadable,
}

/// Pods chosen by selectors; nil and empty differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pods {
    /// `namespaceSelector`; `None` is the policy's own namespace, an empty selector is all namespaces.
    pub namespaces: Option<Selector>,
    /// `podSelector`; `None` and an empty selector are all pods of those namespaces.
    pub pods: Option<Selector>,
}

impl PolicySpec {
    /// The rules of `direction` that count: none when the direction is not among the types.
    pub fn rules(&self, direction: Direction) -> &[Rule] {
        match direction {
            Direction::Ingress if self.types.ingress => &self.ingress,
            Direction::Egress if self.types.egress => &self.egress,
            _ => &[],
        }
    }

    /// The peer that a null was written in, also of a direction that is not among the types.
    pub fn peer(&self, null: &NullSelector) -> Option<&Peer> {
        let rules = match null.direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        };
        rules.get(null.rule)?.peers.listed().get(null.peer)
    }
}

impl PolicySpec {
    /// Every block of every rule, also of directions that are not among the types.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        let peers = self.ingress.iter().chain(&self.egress).flat_map(|rule| rule.peers.listed());
        peers.filter_map(|peer| match peer {
            Peer::Block(block) => Some(block),
            _ => None,
        })
    }
}

impl Peers {
    /// The items; none for [`Peers::Any`].
    pub fn listed(&self) -> &[Peer] {
        match self {
            Self::Any => &[],
            Self::Some(peers) => peers,
        }
    }
}

impl Default for PolicySpec {
    /// `spec: {}`: isolates every pod's ingress, as the API server's defaulting has it.
    fn default() -> Self {
        Self {
            selector: Selector::default(),
            types: PolicyTypes { ingress: true, egress: false },
            types_written: TypesWritten::Absent,
            egress_written: false,
            nulls: Vec::new(),
            ingress: Vec::new(),
            egress: Vec::new(),
        }
    }
}
