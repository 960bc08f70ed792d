//! Blocks of the wrong family, or of one of two.

use crate::model::{Problem, RuleLevel, Scope};
use crate::netpol::{Block, Direction, Families, Family, Peer, Rule};
use crate::object::Policy;

use super::super::parts::{RuleAt, rules};

/// FAMILY: never more than a remark.
pub(super) fn problems(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    // Files tell the families of a cluster by the very blocks that are judged.
    if !scope.world.is_live() && scope.settings.facts.families.is_empty() {
        return Vec::new();
    }
    let families = scope.families();
    let problem = |at: RuleAt<'_>| {
        let (key, what) =
            foreign(at.rule, families).or_else(|| half(at.rule, at.direction, scope))?;
        let message = format!("NetworkPolicy {}: {what}", policy.meta.name);
        let problem = Problem::new(message).at(at.path).direction(at.direction).key(key);
        Some(problem.at_most(RuleLevel::Audit))
    };
    rules(policy).filter_map(problem).collect()
}

type What = (String, String);

/// Blocks, all of a family that the cluster does not have.
fn foreign(rule: &Rule, families: Families) -> Option<What> {
    let peers = rule.peers.listed();
    let first = peers.iter().find_map(block)?;
    let is_foreign =
        |peer: &Peer| block(peer).is_some_and(|block| !families.contains(family(block)));
    let own = families.iter().next().filter(|_| peers.iter().all(is_foreign))?;
    let what = format!(
        "its ipBlocks are {} ({}), and the cluster has {} alone, so they match nothing; write blocks of that family too",
        shown(family(first)),
        first.cidr,
        shown(own),
    );
    Some((format!("foreign {}", first.cidr), what))
}

/// Everyone of one family, where nothing is said about the other one by any policy of the namespace.
fn half(rule: &Rule, direction: Direction, scope: &Scope<'_>) -> Option<What> {
    if !(scope.families().v4 && scope.families().v6) {
        return None;
    }
    let whole = |peer: &Peer| block(peer).filter(|block| block.cidr.prefix_len() == 0).map(family);
    let said = rule.peers.listed().iter().find_map(whole)?;
    let has_other = |rule: &Rule| {
        let blocks = rule.peers.listed().iter().filter_map(block);
        rule.peers.listed().is_empty() || blocks.map(family).any(|other| other != said)
    };
    let mut all = scope.policies().flat_map(|policy| policy.spec.rules(direction));
    if all.any(has_other) {
        return None;
    }
    let other = Family::BOTH.into_iter().find(|family| *family != said)?;
    let what = format!(
        "it names every {} address and no {} one, and the cluster has both; add {} if everyone is meant",
        shown(said),
        shown(other),
        if other == Family::V6 { "::/0" } else { "0.0.0.0/0" },
    );
    Some((format!("half {}", shown(said)), what))
}

fn block(peer: &Peer) -> Option<&Block> {
    match peer {
        Peer::Block(block) => Some(block),
        Peer::Pods(_) | Peer::Unreadable => None,
    }
}

fn family(block: &Block) -> Family {
    Family::of(block.cidr.addr())
}

fn shown(family: Family) -> &'static str {
    match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    }
}
