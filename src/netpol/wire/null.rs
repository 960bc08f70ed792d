//! Selectors written as null. Go reads them as left out, so that a peer means other pods than it seems to: they are kept beside
//! the peers, for wording alone.

use super::map::Map;
use super::peer;
use super::rule::{Egress, Ingress};
use crate::netpol::{Direction, NullSelector};

/// A rule before its peers are read.
pub(super) trait WithPeers {
    /// Its peers; none when they are left out.
    fn peers(&self) -> &[Option<Map<peer::Wire>>];
}

type Rules<'a, T> = Option<&'a [Option<Map<T>>]>;

/// The nulls of both directions, in their order.
pub(super) fn nulls(ingress: Rules<'_, Ingress>, egress: Rules<'_, Egress>) -> Vec<NullSelector> {
    of(Direction::Ingress, ingress).chain(of(Direction::Egress, egress)).collect()
}

fn of<T: WithPeers>(
    direction: Direction,
    rules: Rules<'_, T>,
) -> impl Iterator<Item = NullSelector> {
    let rules = rules.unwrap_or_default().iter().enumerate();
    rules.filter_map(|(index, rule)| Some((index, rule.as_ref()?))).flat_map(
        move |(rule, Map(wire))| {
            let peers = wire.peers().iter().enumerate();
            peers.filter_map(move |(peer, wire)| {
                let field = wire.as_ref()?.0.null()?;
                Some(NullSelector { direction, rule, peer, field })
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::netpol::{Direction, NullSelector, Peer, PeerSelector, PolicySpec};

    #[test]
    fn a_null_beside_the_other_selector_is_kept_with_its_place() {
        let spec: PolicySpec = serde_json::from_value(json!({
            "ingress": [null, {"from": [
                null,
                {"podSelector": null},
                {"namespaceSelector": null, "podSelector": null},
                {"podSelector": {}},
                {"namespaceSelector": null, "podSelector": {}},
            ]}],
            "egress": [{"to": [{"namespaceSelector": {}, "podSelector": null}, {"ipBlock": null, "podSelector": {}}]}],
        }))
        .unwrap();
        let null = |direction, rule, peer, field| NullSelector { direction, rule, peer, field };
        assert_eq!(
            spec.nulls,
            [
                null(Direction::Ingress, 1, 4, PeerSelector::Namespaces),
                null(Direction::Egress, 0, 0, PeerSelector::Pods),
            ]
        );
        for found in &spec.nulls {
            assert!(matches!(spec.peer(found), Some(Peer::Pods(_))), "{found:?}");
        }
    }
}
