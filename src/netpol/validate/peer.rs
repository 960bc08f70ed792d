//! Peers and their blocks (`ValidateNetworkPolicyPeer`, `ValidateIPBlock`).

use ipnet::IpNet;

use super::Invalid;
use super::place::Place;
use super::selector;
use crate::netpol::cidr;

pub(super) fn check(peer: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !peer.is_map(invalid) {
        return;
    }
    let [pods, namespaces, block] =
        ["podSelector", "namespaceSelector", "ipBlock"].map(|name| peer.child(name));
    selector::check(&pods, invalid);
    selector::check(&namespaces, invalid);
    if !block.is_missing() {
        check_block(&block, invalid);
    }
    match (block.is_missing(), pods.is_missing() && namespaces.is_missing()) {
        (true, true) => peer.refuse(
            "names nobody; write `podSelector: {}` for all pods of this namespace, or leave the list out for everyone",
            invalid,
        ),
        (false, false) => {
            peer.refuse("has selectors beside ipBlock; write them as two items", invalid);
        }
        _ => {}
    }
}

fn check_block(block: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !block.is_map(invalid) {
        return;
    }
    let range = block.child("cidr");
    let text = range.text(invalid);
    if text == Some("") {
        range.refuse("is missing; write a range like 10.9.8.0/24", invalid);
        return;
    }
    let range = text.and_then(|text| check_range(&range, text, invalid));
    for place in block.child("except").list(invalid) {
        let except = place.text(invalid).and_then(|text| check_range(&place, text, invalid));
        if let (Some(range), Some(except)) = (range, except) {
            check_except(&place, range, except, invalid);
        }
    }
}

fn check_range(place: &Place<'_>, text: &str, invalid: &mut Vec<Invalid>) -> Option<IpNet> {
    if let Err(reason) = cidr::parse_strictly(text) {
        place.refuse(reason, invalid);
    }
    cidr::parse(text)
}

fn check_except(place: &Place<'_>, range: IpNet, except: IpNet, invalid: &mut Vec<Invalid>) {
    if except == range {
        place.refuse(format!("excepts all of {range}; leave out the peer instead"), invalid);
    } else if !range.contains(&except) {
        place.refuse(format!("{except} is not inside {range}; leave it out"), invalid);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::validate;

    fn refused(peer: &Value) -> Vec<(String, String)> {
        let object = json!({"metadata": {"name": "p"}, "spec": {"ingress": [{"from": [peer]}]}});
        let short = |path: String| path.replace("/spec/ingress/0/from/0", "");
        validate(&object).into_iter().map(|invalid| (short(invalid.path), invalid.reason)).collect()
    }

    #[test]
    fn legal_peers_pass() {
        for peer in [
            json!({"podSelector": {}}),
            json!({"namespaceSelector": {}, "podSelector": null}),
            json!({"namespaceSelector": null, "podSelector": {}}),
            json!({"ipBlock": {"cidr": "0.0.0.0/0"}}),
            json!({"ipBlock": {"cidr": "fd00::/8", "except": ["fd00::/64"]}}),
            json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": null}}),
        ] {
            assert_eq!(refused(&peer), [], "{peer}");
        }
    }

    #[test]
    fn each_mistake_is_named_where_it_is() {
        let without = |except: &str| json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": [except]}});
        for (peer, path, reason) in [
            (json!({}), "", "names nobody"),
            (json!(null), "", "names nobody"),
            (json!({"podSelector": null}), "", "names nobody"),
            (json!({"podSelectors": {}}), "", "names nobody"),
            (json!({"ipBlock": {"cidr": "::/0"}, "podSelector": {}}), "", "two items"),
            (json!({"ipBlock": {}}), "/ipBlock/cidr", "is missing"),
            (json!({"ipBlock": []}), "/ipBlock", "where a map belongs"),
            (json!({"ipBlock": {"cidr": "10.0.0.0"}}), "/ipBlock/cidr", "no range"),
            (json!({"ipBlock": {"cidr": "10.0.0.5/8"}}), "/ipBlock/cidr", "write 10.0.0.0/8"),
            (json!({"ipBlock": {"cidr": 10}}), "/ipBlock/cidr", "where text belongs"),
            (without("10.0.0.0/8"), "/ipBlock/except/0", "excepts all of 10.0.0.0/8"),
            (without("11.0.0.0/16"), "/ipBlock/except/0", "not inside 10.0.0.0/8"),
            (without("0.0.0.0/0"), "/ipBlock/except/0", "not inside 10.0.0.0/8"),
            (without("fd00::/64"), "/ipBlock/except/0", "not inside 10.0.0.0/8"),
            (without("10.1.2.3"), "/ipBlock/except/0", "no range"),
            (json!({"podSelector": []}), "/podSelector", "where a map belongs"),
        ] {
            let refused = refused(&peer);
            assert!(
                matches!(&refused[..], [(at, why)] if at == path && why.contains(reason)),
                "{peer}: {refused:?}"
            );
        }
    }
}
