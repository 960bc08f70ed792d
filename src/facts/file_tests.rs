//! A file of facts says what the World says that it is of.

use crate::engine::inspect;
use crate::model::{Settings, World};
use crate::object::Object;
use crate::sample::{documents, live, now, object, settings};

use super::{FactsFile, called, exposed, facts, network, ranges, routed, scraped, world};

/// A cluster with a little of everything that facts are made of.
const CLUSTER: &str = include_str!("file_tests/cluster.yaml");
/// What the team of namespace `shop` keeps in its repository.
const SHOP: &str = include_str!("file_tests/shop.yaml");

fn cluster() -> World {
    live(&[CLUSTER, SHOP].join("\n---\n"))
}

fn objects(yaml: &str) -> Vec<Object> {
    documents(yaml).iter().map(object).collect()
}

/// The settings that a file with the facts of `world` gives.
fn reading(world: &World) -> Settings {
    let text = FactsFile::new(facts(world, &Settings::default())).to_yaml();
    let facts =
        FactsFile::parse("facts.yaml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Settings { facts, ..Settings::default() }
}

#[test]
fn what_is_written_is_read_as_it_was() {
    for state in [cluster(), live(""), World::default(), crate::sample::world(SHOP)] {
        let known = facts(&state, &Settings::default());
        let text = FactsFile::new(known.clone()).to_yaml();
        let read =
            FactsFile::parse("facts.yaml", &text).unwrap_or_else(|it| panic!("{it}\n{text}"));
        assert_eq!(read, known, "{text}");
        assert_eq!(FactsFile::new(read).to_yaml(), text);
        let json = serde_json::to_string_pretty(&FactsFile::new(known.clone())).unwrap();
        assert_eq!(FactsFile::parse("facts.json", &json).unwrap(), known);
    }
}

#[test]
fn facts_that_were_read_are_the_facts_of_what_they_give() {
    let known = facts(&cluster(), &Settings::default());
    let settings = reading(&cluster());
    let of_shop = world(&settings.facts, objects(SHOP));
    assert_eq!(facts(&of_shop, &settings), known);
    assert_eq!(facts(&world(&settings.facts, []), &settings), known);
    assert_eq!(network(&of_shop, &settings), network(&cluster(), &Settings::default()));
    assert_eq!(ranges(&of_shop, &settings), ranges(&cluster(), &Settings::default()));
}

/// Rules that look at the pods of other namespaces; those are no facts.
const LOOK_ELSEWHERE: [&str; 2] = ["unknown-named-port", "unmatched-pod-selector"];

#[test]
fn rules_find_the_same_in_one_namespace_with_the_facts_of_the_cluster() {
    let found = |settings: &Settings, world: &World| -> Vec<String> {
        let findings = inspect(settings, world, now()).into_iter().filter(|finding| {
            let is_here = finding.subject.as_ref().is_some_and(|subject| {
                subject.namespace.as_ref().unwrap_or(&subject.name) == "shop"
            });
            is_here && !LOOK_ELSEWHERE.contains(&finding.rule.name)
        });
        findings.map(|finding| format!("{finding:?}")).collect()
    };
    let settings = reading(&cluster());
    let with_facts = found(&settings, &world(&settings.facts, objects(SHOP)));
    assert_eq!(with_facts, found(&Settings::default(), &cluster()));
    let rules = ["egress-without-dns", "egress-without-api-server", "unmatched-namespace-selector"];
    for rule in rules {
        assert!(with_facts.iter().any(|finding| finding.contains(rule)), "{rule}: {with_facts:#?}");
    }
}

#[test]
fn what_is_not_known_is_named() {
    let text = FactsFile::new(facts(&World::default(), &Settings::default())).to_yaml();
    let comment = "# Not known: dns, apiServer.service, apiServer.endpoints, cni, families, ranges.pods, ranges.services, \
                   ranges.nodes, namespaces.\n";
    assert_eq!(
        text,
        format!("{comment}apiVersion: portcullis.dev/v1alpha1\nkind: Facts\nfacts: {{}}\n")
    );
    assert_eq!(facts(&live(""), &Settings::default()).namespaces, Some(Vec::new()));
    assert!(!facts(&cluster(), &Settings::default()).unknown().contains(&"namespaces"));
}

#[test]
fn nonsense_is_refused_with_its_line() {
    let refused = |text: &str| FactsFile::parse("facts.yaml", text).unwrap_err().to_string();
    let head = "apiVersion: portcullis.dev/v1alpha1\nkind: Facts\n";
    let unknown = refused(&format!("{head}facts:\n  dnss: {{}}\n"));
    assert!(unknown.contains("facts.yaml") && unknown.contains("line 4"), "{unknown}");
    assert!(
        refused("apiVersion: v1\nkind: Facts\n")
            .contains("expected apiVersion portcullis.dev/v1alpha1")
    );
    assert!(refused("mode: audit\n").contains("facts.yaml"));
}

#[test]
fn what_is_stated_counts_where_the_file_does_not_tell() {
    let of_file = reading(&live("")).facts;
    let stated = settings(
        "facts: {families: [IPv6], dns: {namespace: dns}, ranges: {nodes: [192.0.2.0/24]}}",
    )
    .facts;
    let both = of_file.or(stated.clone());
    assert_eq!(
        (both.families, both.dns, both.ranges),
        (stated.families, stated.dns, stated.ranges)
    );
    let cloud = settings("facts: {dns: {podLabels: {}, addresses: [169.254.169.254]}}").facts;
    assert_eq!(reading(&cluster()).facts.or(cloud.clone()).dns, cloud.dns);
}

#[test]
fn what_must_reach_pods_is_the_same_with_facts() {
    let (cluster, settings) = (cluster(), reading(&cluster()));
    let with_facts = world(&settings.facts, objects(SHOP));
    let demands = |world: &World, settings: &Settings| {
        let view = world.namespace("shop").unwrap();
        let all = [
            routed(world, settings, view),
            scraped(world, settings, view),
            called(world, settings, view),
            exposed(view),
        ];
        all.concat()
    };
    let found = demands(&with_facts, &settings);
    assert_eq!(found, demands(&cluster, &Settings::default()));
    // Two routes; two monitors of which one is followed; annotations of pods; two webhooks, an API and a conversion.
    assert_eq!(found.len(), 8, "{found:#?}");
}
