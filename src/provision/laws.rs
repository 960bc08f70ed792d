//! What holds whatever the facts and the templates are.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{check, desired};
use crate::facts;
use crate::model::{Governance, OwnTemplate, Profile, Settings, Template};
use crate::netpol::{Direction, Labels, PolicySpec, coverage, isolates};
use crate::object::{Kind, Object};

const NETS: [&str; 6] =
    ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "10.0.0.0/8", "192.0.2.7/32"];

fn selectors() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({"matchLabels": {"a": "x"}}),
        json!({"matchExpressions": [{"key": "a", "operator": "Exists"}]}),
        json!({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}),
        json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}),
    ])
}

fn rules(peers: &'static str) -> impl Strategy<Value = Vec<Value>> {
    let peer = prop_oneof![
        selectors().prop_map(|pods| json!({"podSelector": pods})),
        selectors().prop_map(|namespaces| json!({"namespaceSelector": namespaces})),
        select(&NETS[..]).prop_map(|cidr| json!({"ipBlock": {"cidr": cidr}})),
    ];
    let ports = select(vec![
        None,
        Some(json!([{"port": 80}])),
        Some(json!([{"protocol": "TCP"}, {"protocol": "UDP"}, {"protocol": "SCTP"}])),
    ]);
    let rule = (prop::collection::vec(peer, 0..3), ports).prop_map(move |(list, ports)| {
        let mut rule = json!({});
        if !list.is_empty() {
            rule[peers] = json!(list);
        }
        if let Some(ports) = ports {
            rule["ports"] = ports;
        }
        rule
    });
    prop::collection::vec(rule, 0..3)
}

fn own() -> impl Strategy<Value = Value> {
    let types = select(vec![
        None,
        Some(json!(["Ingress"])),
        Some(json!(["Egress"])),
        Some(json!(["Ingress", "Egress"])),
    ]);
    let spec = (selectors(), types, rules("from"), rules("to"));
    (prop::option::of(selectors()), spec).prop_map(
        |(namespaces, (pods, types, ingress, egress))| {
            let mut spec = json!({"podSelector": pods, "ingress": ingress, "egress": egress});
            if let Some(types) = types {
                spec["policyTypes"] = types;
            }
            let mut template = json!({"spec": spec});
            if let Some(namespaces) = namespaces {
                template["namespaceSelector"] = namespaces;
            }
            template
        },
    )
}

fn client(name: &'static str) -> impl Strategy<Value = Value> {
    (any::<bool>(), any::<bool>()).prop_map(move |(on_host, labelled)| {
        let labels = if labelled { json!({"app": name}) } else { json!({"version": "v1"}) };
        json!({"name": name, "namespace": "infra", "podLabels": labels, "hostNetwork": on_host})
    })
}

fn cluster() -> impl Strategy<Value = Value> {
    let dns = select(vec![
        None,
        Some(json!({})),
        Some(json!({"podLabels": {}, "addresses": ["169.254.169.254"]})),
        Some(json!({"nodeCache": ["169.254.20.10"], "service": ["10.96.0.10"]})),
    ]);
    let clients = |name| prop::collection::vec(client(name), 0..2);
    let nodes = prop::collection::vec(select(&NETS[..]), 0..2);
    let families =
        select(vec![json!([]), json!(["IPv4"]), json!(["IPv6"]), json!(["IPv4", "IPv6"])]);
    (dns, clients("nginx"), clients("prometheus"), nodes, families).prop_map(
        |(dns, controllers, scrapers, nodes, families)| {
            let mut facts = json!({
                "ingressControllers": controllers,
                "scrapers": scrapers,
                "ranges": {"nodes": nodes},
                "families": families,
            });
            if let Some(dns) = dns {
                facts["dns"] = dns;
            }
            facts
        },
    )
}

/// Settings with these templates, all built-in ones behind the first of them.
fn settings() -> impl Strategy<Value = Settings> {
    let profile = select(vec!["privileged", "baseline", "restricted"]);
    (profile, any::<bool>(), prop::collection::vec(own(), 0..4), cluster()).prop_map(
        |(profile, strict, own, facts)| {
            let mut templates: Vec<Value> = own;
            for (index, template) in templates.iter_mut().enumerate() {
                template["name"] = json!(format!("own-{index}"));
            }
            let built_in = [
                "allow-dns",
                "allow-monitoring",
                "allow-from-ingress-controller",
                "allow-same-namespace",
            ];
            let at = templates.len().min(1);
            templates.splice(at..at, built_in.map(|name| json!(name)));
            let settings = json!({
                "strict": strict,
                "profile": {"enforce": profile},
                "controller": {"enabled": true, "templates": templates},
                "facts": facts,
            });
            crate::sample::settings(&settings.to_string())
        },
    )
}

fn own_of<'a>(settings: &'a Settings, name: &str) -> Option<&'a OwnTemplate> {
    settings.controller.templates.iter().find_map(|template| match template {
        Template::Own(own) if own.name == name => Some(own.as_ref()),
        _ => None,
    })
}

proptest! {
    #[test]
    fn a_namespace_reaches_its_profile_and_templates_open_what_they_name(
        settings in settings(),
        labels in select(vec![json!({}), json!({"a": "x"}), json!({"a": "y"})]),
    ) {
        let namespace = json!({"metadata": {"name": "app", "labels": labels}});
        let namespace = Object::from_value(Kind::Namespace, &namespace).unwrap();
        let world = facts::world(&settings.facts, [namespace]);
        let view = world.namespace("app").unwrap();
        let profile = settings.profile.enforce;
        let found = desired(&settings, &world, view);
        prop_assert_eq!(&found, &desired(&settings, &world, view));
        let specs: Vec<PolicySpec> = found.policies.iter().map(|it| it.read().unwrap()).collect();
        let all: Vec<&PolicySpec> = specs.iter().collect();
        let governance = Governance::of(&settings, "app", &view.labels());
        let families = world.families_beside(&settings.facts.families);
        for direction in Direction::BOTH {
            if profile.requires(direction) {
                let level = coverage(&all, direction, families).level;
                prop_assert!(level >= governance.required_level(direction), "{direction}: {level:?}");
            } else {
                for labels in [json!({}), json!({"a": "x"}), json!({"a": "y"})] {
                    let labels: Labels = serde_json::from_value(labels).unwrap();
                    prop_assert!(!isolates(&all, &labels, direction), "{direction} is closed");
                }
            }
        }
        prop_assert_eq!(found.policies.is_empty(), profile == Profile::Privileged);
        for (policy, spec) in found.policies.iter().zip(&specs) {
            let Some(own) = own_of(&settings, &policy.template) else { continue };
            let written = own.policy().unwrap();
            prop_assert!(own.selector().matches(&view.labels()));
            prop_assert_eq!((&spec.selector, spec.types), (&written.selector, written.types));
            for direction in Direction::BOTH {
                prop_assert_eq!(spec.rules(direction), written.rules(direction));
            }
        }
        if let Some(last) = found.policies.last() {
            prop_assert_eq!(last.template.as_str(), "default-deny");
        }
    }

    /// What is accepted at the start is not left out for what it opens, wherever it is: own templates do not depend on facts.
    #[test]
    fn own_templates_that_are_accepted_are_applied(mut settings in settings()) {
        settings.controller.templates.retain(|template| matches!(template, Template::Own(_)));
        prop_assume!(check(&settings).is_ok());
        for labels in [json!({}), json!({"a": "x"}), json!({"a": "y"})] {
            for profile in [Profile::Baseline, Profile::Restricted] {
                settings.profile.enforce = profile;
                let namespace = json!({"metadata": {"name": "app", "labels": labels}});
                let namespace = Object::from_value(Kind::Namespace, &namespace).unwrap();
                let world = facts::world(&settings.facts, [namespace]);
                let found = desired(&settings, &world, world.namespace("app").unwrap());
                for left_out in &found.left_out {
                    let is_closed = matches!(left_out.reason, super::Reason::NotClosed(_));
                    prop_assert!(is_closed, "{left_out}");
                }
            }
        }
    }
}
