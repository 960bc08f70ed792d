//! Laws that hold for all policies, on random ones.

mod strategies;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use proptest::sample::select;

use self::strategies::{
    documents, label_sets, policies, policy, range_policies, rules, selectors, shuffled,
    small_blocks, small_ranges,
};
use super::range::RangeSet;
use super::{
    AddressSet, AllowSet, Answer, Destination, Direction, Families, Labels, Level, Peer, Peers,
    PolicySpec, PortMatch, PortSet, Ports, Protocol, Rule, Search, Selector, coverage, isolates,
    search, validate,
};

/// An allow-set of `rules` as they are.
fn union<'a>(rules: impl IntoIterator<Item = &'a Rule>, direction: Direction) -> AllowSet<'a> {
    AllowSet { namespace: "app", direction, rules: rules.into_iter().collect() }
}

/// The answers of `allowed` for some pods and hosts, on some ports.
fn answers(allowed: &AllowSet<'_>) -> Vec<Answer> {
    let namespace = Labels::from_iter([("a", "x")]);
    let labels = [vec![], vec![("a", "x")], vec![("a", "z"), ("b", "y")]]
        .map(|labels| labels.into_iter().collect::<Labels>());
    let pods = ["app", "x"].into_iter().flat_map(|name| labels.iter().map(move |pod| (name, pod)));
    let addresses: [IpAddr; 2] = ["10.0.0.1", "fd00::1"].map(|text| text.parse().unwrap());
    let mut answers = Vec::new();
    for pod in pods.map(Some).chain([None]) {
        let pod = pod.map(|(name, labels)| (name, &namespace, labels));
        for address in addresses.chunks(1) {
            for port_name in [None, Some("web")] {
                let peer = Destination { pod, addresses: address, port_name };
                answers.extend([80, 40_000].map(|port| allowed.admits(&peer, Protocol::Tcp, port)));
            }
        }
    }
    answers
}

proptest! {
    #[test]
    fn search_agrees_with_brute_force(within in selectors(), avoid in prop::collection::vec(selectors(), 0..6)) {
        let avoid: Vec<&Selector> = avoid.iter().collect();
        let fits = |labels: &Labels| {
            within.matches(labels) && !avoid.iter().any(|selector| selector.matches(labels))
        };
        match search(&within, &avoid) {
            Search::Found(labels) => prop_assert!(fits(&labels), "{labels}"),
            Search::None => prop_assert!(!label_sets().iter().any(fits)),
            Search::Undecided => prop_assert!(false, "so few selectors are decided"),
        }
    }

    #[test]
    fn a_witness_needs_each_of_its_labels(avoid in prop::collection::vec(selectors(), 1..6)) {
        let avoid: Vec<&Selector> = avoid.iter().collect();
        if let Search::Found(labels) = search(&Selector::default(), &avoid) {
            for (key, _) in labels.iter() {
                let mut fewer = labels.clone();
                fewer.remove(key);
                prop_assert!(avoid.iter().any(|selector| selector.matches(&fewer)), "{labels}");
            }
        }
    }

    #[test]
    fn coverage_agrees_with_brute_force(policies in policies()) {
        let policies: Vec<&PolicySpec> = policies.iter().collect();
        for direction in Direction::BOTH {
            let found = coverage(&policies, direction, Families::DUAL);
            let covered = |labels: &Labels| isolates(&policies, labels, direction);
            prop_assert_eq!(found.level > Level::None, label_sets().iter().all(covered));
            if let Some(witness) = found.witness {
                prop_assert!(!covered(&witness));
            }
            let default = AllowSet::of(&policies, "app", &Labels::default(), direction);
            let admitted = answers(&default).contains(&Answer::Yes);
            prop_assert!(found.level < Level::Strict || !admitted);
        }
    }

    #[test]
    fn the_order_of_policies_does_not_matter((policies, others) in shuffled(policies()), labels in select(label_sets())) {
        let policies: Vec<&PolicySpec> = policies.iter().collect();
        let others: Vec<&PolicySpec> = others.iter().collect();
        for direction in Direction::BOTH {
            let one = AllowSet::of(&policies, "app", &labels, direction);
            let other = AllowSet::of(&others, "app", &labels, direction);
            prop_assert_eq!(answers(&one), answers(&other));
            for families in [Families::default(), Families::DUAL] {
                let found = coverage(&policies, direction, families);
                prop_assert_eq!(found, coverage(&others, direction, families));
                prop_assert_eq!(one.is_everything(families), other.is_everything(families));
                prop_assert_eq!(one.is_empty(families), other.is_empty(families));
            }
        }
    }

    #[test]
    fn a_further_policy_adds_its_own_rules_and_nothing_else(
        policies in policies(), added in policy(), labels in select(label_sets()),
    ) {
        let before: Vec<&PolicySpec> = policies.iter().collect();
        let after: Vec<&PolicySpec> = policies.iter().chain([&added]).collect();
        for direction in Direction::BOTH {
            let answers = |policies: &[&PolicySpec]| {
                answers(&AllowSet::of(policies, "app", &labels, direction))
            };
            let own = answers(&[&added]);
            let wanted: Vec<Answer> =
                answers(&before).into_iter().zip(own).map(|(a, b)| a.max(b)).collect();
            prop_assert_eq!(answers(&after), wanted);
            prop_assert!(!isolates(&before, &labels, direction) || isolates(&after, &labels, direction));
        }
    }

    #[test]
    fn range_sets_agree_with_their_points(left in small_ranges(), right in small_ranges()) {
        let (a, b) = (RangeSet::<u8>::of(left.iter().copied()), RangeSet::of(right.iter().copied()));
        for point in 0..=u8::MAX {
            let within = |ranges: &[(u8, u8)]| ranges.iter().any(|(first, last)| (*first..=*last).contains(&point));
            let (in_a, in_b) = (within(&left), within(&right));
            prop_assert_eq!(a.contains(point), in_a);
            prop_assert_eq!(a.complement().contains(point), !in_a);
            prop_assert_eq!(a.union(&b).contains(point), in_a || in_b);
            prop_assert_eq!(a.intersection(&b).contains(point), in_a && in_b);
            prop_assert_eq!(a.difference(&b).contains(point), in_a && !in_b);
        }
        let count = (0..=u8::MAX).filter(|point| a.contains(*point)).count();
        prop_assert_eq!(a.count(), count as u128);
        prop_assert!(a.ranges().windows(2).all(|pair| u16::from(pair[0].1) + 1 < u16::from(pair[1].0)));
        prop_assert_eq!(a.complement().complement(), a);
    }

    #[test]
    fn address_sets_agree_with_blocks(left in small_blocks(), right in small_blocks()) {
        let (a, b) = (left.addresses(), right.addresses());
        for last in 0..=u8::MAX {
            let v4 = IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
            let v6 = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last.into()));
            for address in [v4, v6] {
                let (in_a, in_b) = (left.contains(address), right.contains(address));
                prop_assert_eq!(a.contains(address), in_a);
                prop_assert_eq!(a.union(&b).contains(address), in_a || in_b);
                prop_assert_eq!(a.intersection(&b).contains(address), in_a && in_b);
                prop_assert_eq!(a.difference(&b).contains(address), in_a && !in_b);
                prop_assert!(!a.is_subset(&b) || !in_a || in_b);
            }
        }
        prop_assert_eq!([a.clone(), b.clone()].into_iter().collect::<AddressSet>(), a.union(&b));
    }

    #[test]
    fn port_sets_agree_with_their_ports(left in small_ranges(), right in small_ranges()) {
        let wide = |ranges: &[(u8, u8)]| -> PortSet {
            ranges.iter().map(|(first, last)| (u16::from(*first), u16::from(*last))).collect()
        };
        let (a, b) = (wide(&left), wide(&right));
        for port in 0..300 {
            let within = |ranges: &[(u8, u8)]| {
                port > 0 && ranges.iter().any(|(first, last)| (u16::from(*first)..=u16::from(*last)).contains(&port))
            };
            prop_assert_eq!(a.contains(port), within(&left));
            prop_assert_eq!(a.union(&b).contains(port), within(&left) || within(&right));
            prop_assert_eq!(a.intersection(&b).contains(port), within(&left) && within(&right));
            prop_assert_eq!(a.difference(&b).contains(port), within(&left) && !within(&right));
        }
    }

    #[test]
    fn everything_is_what_admits_every_sample(rules in prop::collection::vec(range_policies(), 0..6)) {
        for families in [Families::default(), Families::DUAL, Families { v4: false, v6: true }] {
            let allowed = union(&rules, Direction::Ingress);
            let everywhere = strategies::samples(families).into_iter().all(|(address, protocol, port)| {
                let peer = Destination { pod: None, addresses: &[address], port_name: None };
                allowed.admits(&peer, protocol, port) == Answer::Yes
            });
            prop_assert_eq!(allowed.is_everything(families), everywhere);
        }
    }

    #[test]
    fn an_empty_set_admits_nothing(rules in prop::collection::vec(rules(), 0..4)) {
        for direction in Direction::BOTH {
            let allowed = union(&rules, direction);
            let admitted = answers(&allowed).iter().any(|answer| *answer != Answer::No);
            prop_assert!(!(allowed.is_empty(Families::DUAL) && admitted));
        }
    }

    #[test]
    fn what_the_api_server_accepts_is_readable(spec in documents()) {
        let object = serde_json::json!({"metadata": {"name": "p"}, "spec": spec});
        let from_text: Result<PolicySpec, _> = serde_json::from_str(&spec.to_string());
        let from_value: Result<PolicySpec, _> = serde_json::from_value(spec);
        prop_assert_eq!(from_text.is_ok(), from_value.is_ok());
        if let (Ok(from_text), Ok(from_value)) = (&from_text, &from_value) {
            prop_assert_eq!(from_text, from_value);
        }
        let refused = validate(&object);
        match from_value {
            Ok(policy) if refused.is_empty() => prop_assert!(is_readable(&policy), "{object}"),
            Ok(_) => {}
            Err(error) => prop_assert!(!refused.is_empty(), "{object}: {error}"),
        }
    }
}

/// Whether no part of the policy was unreadable.
fn is_readable(policy: &PolicySpec) -> bool {
    let is_legal = |selector: &Selector| {
        selector
            .requirements
            .iter()
            .all(|requirement| requirement.operator != super::Requirement::never().operator)
    };
    let peer = |peer: &Peer| match peer {
        Peer::Block(_) => true,
        Peer::Pods(pods) => [&pods.namespaces, &pods.pods].into_iter().flatten().all(is_legal),
        Peer::Unreadable => false,
    };
    let rule = |rule: &Rule| {
        let peers = match &rule.peers {
            Peers::Any => true,
            Peers::Some(peers) => peers.iter().all(peer),
        };
        let ports = match &rule.ports {
            Ports::Any => true,
            Ports::Some(entries) => !entries.contains(&PortMatch::Unreadable),
        };
        peers && ports
    };
    is_legal(&policy.selector) && policy.ingress.iter().chain(&policy.egress).all(rule)
}
