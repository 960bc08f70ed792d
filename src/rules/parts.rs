//! The parts of a policy that have effect, each with its place.

use crate::netpol::{self, Direction, Peer, Pods, Selector};
use crate::object::Policy;

/// A rule that has effect.
pub(super) struct RuleAt<'a> {
    pub(super) direction: Direction,
    pub(super) rule: &'a netpol::Rule,
    /// `/spec/ingress/0`
    pub(super) path: String,
}

/// A peer of a rule that has effect.
pub(super) struct PeerAt<'a> {
    pub(super) direction: Direction,
    pub(super) rule: &'a netpol::Rule,
    pub(super) peer: &'a Peer,
    /// `/spec/ingress/0/from/1`
    pub(super) path: String,
}

/// The rules of both directions.
pub(super) fn rules(policy: &Policy) -> impl Iterator<Item = RuleAt<'_>> {
    Direction::BOTH.into_iter().flat_map(move |direction| {
        let rules = policy.spec.rules(direction).iter().enumerate();
        rules.map(move |(index, rule)| RuleAt {
            direction,
            rule,
            path: format!("/spec/{direction}/{index}"),
        })
    })
}

/// The peers of both directions.
pub(super) fn peers(policy: &Policy) -> impl Iterator<Item = PeerAt<'_>> {
    rules(policy).flat_map(|RuleAt { direction, rule, path }| {
        let peers = rule.peers.listed().iter().enumerate();
        peers.map(move |(index, peer)| {
            let path = format!("{path}/{}/{index}", list(direction));
            PeerAt { direction, rule, peer, path }
        })
    })
}

/// The peers that select pods.
pub(super) fn pod_peers(policy: &Policy) -> impl Iterator<Item = (PeerAt<'_>, &Pods)> {
    peers(policy).filter_map(|at| match at.peer {
        Peer::Pods(pods) => Some((at, pods)),
        Peer::Block(_) | Peer::Unreadable => None,
    })
}

/// Every selector of the policy, its own first.
pub(super) fn selectors(
    policy: &Policy,
) -> impl Iterator<Item = (&Selector, String, Option<Direction>)> {
    let own = std::iter::once((&policy.spec.selector, "/spec/podSelector".to_owned(), None));
    let of_peers = pod_peers(policy).flat_map(|(at, pods)| {
        let fields = [("namespaceSelector", &pods.namespaces), ("podSelector", &pods.pods)];
        fields.into_iter().filter_map(move |(field, selector)| {
            Some((selector.as_ref()?, format!("{}/{field}", at.path), Some(at.direction)))
        })
    });
    own.chain(of_peers)
}

/// The field that lists the peers of a rule.
pub(super) fn list(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}

/// A selector in a message: its beginning, so that what to do about it is not cut off.
pub(super) fn shown(selector: &Selector) -> String {
    selector.to_string().chars().take(40).collect()
}
