//! What holds for every state and every change.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::{
    Change, Finding, Fix, NamespaceView, Operation, Requester, Right, Settings, World,
    label_additions,
};
use crate::netpol::{Direction, Level, coverage};
use crate::object::{Kind, Object};
use crate::sample::{findings, now, object, settings};

use super::{Verdict, evaluate};

fn selector() -> impl Strategy<Value = Value> {
    let pair = (prop_oneof![Just("app"), Just("tier")], prop_oneof![Just("a"), Just("b")]);
    let expression = (
        pair.clone(),
        prop_oneof![Just("In"), Just("NotIn"), Just("Exists"), Just("DoesNotExist")],
    );
    prop_oneof![
        2 => Just(json!({})),
        2 => pair.prop_map(|(key, value)| json!({"matchLabels": {key: value}})),
        1 => expression.prop_map(|((key, value), operator)| {
            let mut expression = json!({"key": key, "operator": operator});
            if operator.ends_with("In") {
                expression["values"] = json!([value]);
            }
            json!({"matchExpressions": [expression]})
        }),
    ]
}

/// A rule whose peers stand in the field `peers`.
fn rule(peers: &'static str) -> impl Strategy<Value = Value> {
    let peer = prop_oneof![
        selector().prop_map(|selector| json!({"podSelector": selector})),
        Just(json!({"namespaceSelector": {}})),
        Just(json!({"ipBlock": {"cidr": "0.0.0.0/1"}})),
        Just(json!({"ipBlock": {"cidr": "128.0.0.0/1"}})),
        Just(json!({"ipBlock": {"cidr": "203.0.113.7/32"}})),
    ];
    let port = prop_oneof![
        Just(json!({"protocol": "UDP", "port": 53})),
        Just(json!({"port": 53})),
        Just(json!({"port": 443})),
        Just(json!({"port": 1, "endPort": 65535})),
    ];
    let peer_lists = prop::collection::vec(peer, 0..3);
    (peer_lists, prop::collection::vec(port, 0..3)).prop_map(move |(items, ports)| {
        let mut rule = json!({});
        if !items.is_empty() {
            rule[peers] = json!(items);
        }
        if !ports.is_empty() {
            rule["ports"] = json!(ports);
        }
        rule
    })
}

fn policy(name: &'static str) -> impl Strategy<Value = Value> {
    let types = prop_oneof![
        Just(json!([])),
        Just(json!(["Ingress"])),
        Just(json!(["Egress"])),
        Just(json!(["Ingress", "Egress"])),
    ];
    let rules = |peers| prop::collection::vec(rule(peers), 0..3);
    (selector(), types, rules("from"), rules("to")).prop_map(move |(selector, types, ingress, egress)| {
        json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"podSelector": selector, "policyTypes": types, "ingress": ingress, "egress": egress},
        })
    })
}

fn deployment(name: &'static str) -> impl Strategy<Value = Value> {
    let label = || prop_oneof![Just(None), Just(Some("a")), Just(Some("b")), Just(Some("c"))];
    (label(), label(), prop::bool::weighted(0.1)).prop_map(move |(app, tier, host)| {
        let mut labels = json!({});
        for (key, value) in [("app", app), ("tier", tier)] {
            if let Some(value) = value {
                labels[key] = json!(value);
            }
        }
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "uid": name},
            "spec": {"template": {"metadata": {"labels": labels}, "spec": {"hostNetwork": host}}},
        })
    })
}

fn namespace() -> impl Strategy<Value = Value> {
    let profile = || {
        prop_oneof![Just(None), Just(Some("privileged")), Just(Some("restricted")), Just(Some("?"))]
    };
    let declaration = prop_oneof![Just(None), Just(Some("self")), Just(Some("managed"))];
    (declaration, profile(), profile()).prop_map(|(declaration, enforce, warn)| {
        let mut labels = json!({});
        for (key, value) in [("default-deny", declaration), ("enforce", enforce), ("warn", warn)] {
            if let Some(value) = value {
                labels[format!("portcullis.dev/{key}")] = json!(value);
            }
        }
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}})
    })
}

/// The documents of one namespace: itself, policies and workloads.
fn state() -> impl Strategy<Value = Vec<Value>> {
    let policies = (policy("p"), policy("q"), policy("r"));
    let workloads = (deployment("d"), deployment("e"));
    (namespace(), policies, workloads, 0..4_usize, 0..3_usize).prop_map(
        |(namespace, (p, q, r), (d, e), policies, workloads)| {
            let policies = [p, q, r].into_iter().take(policies);
            let workloads = [d, e].into_iter().take(workloads);
            std::iter::once(namespace).chain(policies).chain(workloads).collect()
        },
    )
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let all = "rules: {allow-all: deny, egress-without-dns: deny, host-network-workload: deny, ignored-rules: deny, implied-ingress-deny: deny}";
    let asked = [
        "",
        "strict: true",
        "coverage: {level: observed}",
        "profile: {enforce: restricted}",
        all,
        "controller: {enabled: true}",
    ];
    let facts = "\nfacts: {dns: {}}";
    let all = asked.map(|asked| settings(&format!("{asked}{facts}")));
    prop::sample::select(all.to_vec())
}

fn world(documents: &[Value]) -> World {
    let mut world = World::live();
    documents.iter().map(object).for_each(|object| world.put(object));
    world
}

fn change(before: Option<&Value>, after: Option<&Value>) -> Change {
    let operation = match (before, after) {
        (None, _) => Operation::Create,
        (Some(_), Some(_)) => Operation::Update,
        (Some(_), None) => Operation::Delete,
    };
    Change {
        operation,
        before: before.map(object),
        after: after.map(object),
        requester: Requester { name: "jane".to_owned(), ..Requester::default() },
        dry_run: false,
        field_manager: String::new(),
        right: Right::Unasked,
    }
}

fn levels(world: &World) -> [Level; 2] {
    let specs = world.namespace("shop").map(NamespaceView::specs).unwrap_or_default();
    Direction::BOTH.map(|direction| coverage(&specs, direction, world.families()).level)
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            format!(
                "{} {} {} {}",
                finding.level,
                finding.rule.name,
                finding.about(),
                finding.message
            )
        })
        .collect()
}

fn denials(verdict: &Verdict) -> Vec<String> {
    told(&verdict.denials().cloned().collect::<Vec<_>>())
}

fn mended(documents: &[Value], fix: &Fix) -> Vec<Value> {
    let mut documents = documents.to_vec();
    let is_same = |one: &Value, other: &Value| {
        one["kind"] == other["kind"] && one["metadata"]["name"] == other["metadata"]["name"]
    };
    for part in &fix.objects {
        match documents.iter_mut().find(|document| is_same(document, part)) {
            Some(document) => Fix::merge(document, part),
            None => documents.push(part.clone()),
        }
    }
    documents
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_verdict_depends_on_the_state_alone(documents in state(), settings in any_settings(), new in policy("new")) {
        let change = change(None, Some(&new));
        let first = evaluate(&settings, &world(&documents), &change, now());
        let reversed: Vec<Value> = documents.iter().rev().cloned().collect();
        let second = evaluate(&settings, &world(&reversed), &change, now());
        prop_assert_eq!(told(&first.findings), told(&second.findings));
        prop_assert_eq!((first.notes, first.needs, first.would_deny), (second.notes, second.needs, second.would_deny));
    }

    #[test]
    fn findings_do_not_depend_on_the_order_of_arrival(documents in state(), settings in any_settings()) {
        let reversed: Vec<Value> = documents.iter().rev().cloned().collect();
        let (one, other) = (findings(&settings, &world(&documents)), findings(&settings, &world(&reversed)));
        prop_assert_eq!(told(&one), told(&other));
    }

    #[test]
    fn an_update_that_changes_nothing_is_admitted(documents in state(), settings in any_settings()) {
        let world = world(&documents);
        for document in &documents {
            let verdict = evaluate(&settings, &world, &change(Some(document), Some(document)), now());
            prop_assert!(!verdict.is_denied(), "{document}: {:?}", denials(&verdict));
        }
    }

    #[test]
    fn a_new_policy_is_denied_for_coverage_only_where_it_falls(documents in state(), settings in any_settings(), new in policy("new")) {
        let before = levels(&world(&documents));
        let verdict = evaluate(&settings, &world(&documents), &change(None, Some(&new)), now());
        let after = levels(&world(&[documents, vec![new]].concat()));
        for denial in verdict.denials() {
            if ["missing-default-deny", "neutralised-default-deny"].contains(&denial.rule.name) {
                let index = usize::from(denial.direction == Some(Direction::Egress));
                prop_assert!(after[index] < before[index], "{:?}", denials(&verdict));
            }
        }
    }

    #[test]
    fn a_policy_that_only_denies_is_never_denied(documents in state(), settings in any_settings(), mut new in policy("new")) {
        new["spec"]["ingress"] = json!([]);
        new["spec"]["egress"] = json!([]);
        new["spec"]["policyTypes"] = json!(["Ingress", "Egress"]);
        let verdict = evaluate(&settings, &world(&documents), &change(None, Some(&new)), now());
        prop_assert!(!verdict.is_denied(), "{:?}", denials(&verdict));
    }

    #[test]
    fn allowing_less_is_never_denied_for_coverage(documents in state(), old in policy("p")) {
        let mut less = old.clone();
        less["spec"]["ingress"].as_array_mut().unwrap().pop();
        if old["spec"]["policyTypes"] != json!([]) {
            less["spec"]["egress"].as_array_mut().unwrap().pop();
        }
        let verdict = evaluate(&Settings::default(), &world(&documents), &change(Some(&old), Some(&less)), now());
        prop_assert!(!verdict.is_denied(), "{:?}", denials(&verdict));
    }

    #[test]
    fn what_is_denied_would_be_found(documents in state(), settings in any_settings(), new in deployment("new")) {
        let verdict = evaluate(&settings, &world(&documents), &change(None, Some(&new)), now());
        let found = findings(&settings, &world(&[documents, vec![new]].concat()));
        for denial in verdict.denials() {
            prop_assert!(found.iter().any(|finding| finding.is_same(denial)), "{:?}", denials(&verdict));
        }
    }

    #[test]
    fn a_fix_removes_its_finding_and_adds_none(documents in state(), settings in any_settings()) {
        let before = findings(&settings, &world(&documents));
        for finding in before.iter().filter(|finding| finding.fix.is_some()) {
            let fix = finding.fix.as_ref().unwrap();
            let after = findings(&settings, &world(&mended(&documents, fix)));
            let stays = after.iter().any(|new| new.is_same(finding));
            prop_assert!(!stays, "{} stays after {}", finding.message, fix.to_yaml());
            // Whatever allows more can make an older rule redundant; that is what was asked for.
            // A policy for pods that are still to come says of them what was said before.
            let is_known = |new: &Finding, old: &Finding| old.is_same(new) || new.level == crate::model::RuleLevel::Audit && (old.rule.name, &old.key) == (new.rule.name, &new.key);
            let is_new = |new: &Finding| new.rule.name != "redundant-rule" && !before.iter().any(|old| is_known(new, old));
            let new: Vec<Finding> = after.into_iter().filter(is_new).collect();
            prop_assert!(new.is_empty(), "{} adds {:?}", fix.to_yaml(), told(&new));
        }
    }

    #[test]
    fn additions_only_add_and_do_so_once(document in namespace(), name in "[a-z]{0,5}", team in prop::option::of("[a-zA-Z ]{0,70}")) {
        let settings = settings(
            "namespaces: {undeclared: self}\n\
             labels: [{key: name, value: '{name}'}, {key: by, value: 'x-{user}'}, {key: team, fromAnnotation: team}, {key: unit}]",
        );
        let mut document = document;
        document["metadata"]["name"] = json!(name);
        if let Some(team) = team {
            document["metadata"]["annotations"] = json!({"team": team});
        }
        let Object::Namespace(mut namespace) = Object::from_value(Kind::Namespace, &document).unwrap() else {
            return Err(TestCaseError::fail("no namespace"));
        };
        let requester = Requester { name: "jane@example.com".to_owned(), ..Requester::default() };
        let additions = label_additions(&settings, &namespace, Operation::Create, Some(&requester));
        for (key, value) in additions.labels.iter() {
            prop_assert!(crate::netpol::is_label_value(value), "{value:?}");
            prop_assert_eq!(namespace.meta.labels.insert(key, value), None);
        }
        let again = label_additions(&settings, &namespace, Operation::Create, Some(&requester));
        prop_assert!(again.labels.is_empty(), "{:?}", again.labels);
        prop_assert_eq!((again.unknown, again.later), (additions.unknown, additions.later));
    }
}
