//! No rule cries wolf: ten clusters as they are found in the world, each clean by design, and each again with one fault at a time.
//! A clean one gives nothing, a fault exactly its finding; `tests/bundles/README.md` says how they are written.
#![expect(clippy::panic, reason = "what helps a test fails it")]
#![expect(clippy::unwrap_used, reason = "what helps a test fails it")]

mod admission;
mod alone;
mod bundle;
mod fault;
mod run;

use std::collections::BTreeSet;

use portcullis::rules::RULES;

use admission::{Cluster, about_changes, objects, refusing};
use bundle::Bundle;
use run::told;

#[test]
fn a_clean_bundle_gives_nothing() {
    let mut wrong = Vec::new();
    for bundle in Bundle::all() {
        let found = told(&bundle.inputs, &bundle.settings);
        if found != bundle.expected {
            wrong.push(format!("{}: {found:#?}", bundle.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_fault_gives_exactly_its_findings() {
    let mut wrong = Vec::new();
    for bundle in Bundle::all() {
        for fault in bundle.faults() {
            let mut found = told(&fault.seeded(&bundle.inputs), &bundle.settings);
            // Notes are about the order of files, where a fault puts what it adds.
            found.notes.clear();
            if found != fault.expected(&bundle.expected) {
                wrong.push(format!("{}: {found:#?}", fault.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_fixes_of_a_fault_mend_it() {
    let mut count = 0;
    for bundle in Bundle::all() {
        for fault in bundle.faults() {
            let seeded = fault.seeded(&bundle.inputs);
            let report = run::report(&seeded, &bundle.settings);
            let (mended, left): (Vec<_>, Vec<_>) =
                report.findings.iter().partition(|row| row.fix.is_some());
            let fixes: Vec<&str> = mended.iter().filter_map(|row| row.fix.as_deref()).collect();
            let mut found = told(&run::mended(&seeded, &fixes), &bundle.settings).findings;
            let mut expected: Vec<String> = left.into_iter().map(run::finding).collect();
            expected.sort();
            // What allows more can make an older rule redundant.
            found.retain(|found| !found.starts_with("redundant-rule ") || expected.contains(found));
            assert_eq!(found, expected, "{}\n{}", fault.name, fixes.join("---\n"));
            count += fixes.len();
        }
    }
    assert!(count > 0);
}

/// With the facts of its cluster a namespace needs nobody else's manifests.
#[test]
fn a_clean_namespace_alone_gives_nothing_new() {
    let mut wrong = Vec::new();
    for bundle in Bundle::all() {
        let settings = alone::with_facts(&bundle.inputs, &bundle.settings);
        for (name, own) in alone::namespaces(&bundle.inputs) {
            let found = told(&own, &settings);
            let is_known = |finding: &String| bundle.expected.findings.contains(finding);
            if !found.findings.iter().all(is_known) || !found.errors.is_empty() {
                wrong.push(format!("{} {name}: {found:#?}", bundle.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As with `kubectl apply`, again, and `kubectl delete`: one object after the other, and the last one first.
#[test]
fn admission_refuses_nothing_of_a_clean_bundle() {
    let mut wrong = Vec::new();
    for bundle in Bundle::all() {
        let mut cluster = Cluster::empty(&bundle.settings);
        let objects = objects(&bundle.inputs);
        for object in &objects {
            let verdict = cluster.write(None, Some(object));
            if verdict.is_denied() {
                wrong.push(format!("{}: create {}: {verdict:#?}", bundle.name, object.reference()));
            }
        }
        for object in &objects {
            let verdict = cluster.write(Some(object), Some(object));
            if verdict.is_denied()
                || verdict.warnings().next().is_some()
                || !verdict.notes.is_empty()
            {
                wrong.push(format!("{}: update {}: {verdict:#?}", bundle.name, object.reference()));
            }
        }
        for object in objects.iter().rev() {
            let verdict = cluster.write(Some(object), None);
            if verdict.is_denied() {
                wrong.push(format!("{}: delete {}: {verdict:#?}", bundle.name, object.reference()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `check` denies, admission refuses, and nothing else.
#[test]
fn admission_refuses_a_fault_for_what_is_denied_of_it() {
    let mut wrong = Vec::new();
    for bundle in Bundle::all() {
        for fault in bundle.faults() {
            let mut cluster = Cluster::of(&bundle.inputs, &bundle.settings);
            let steps = cluster.change(&bundle.inputs, &fault.seeded(&bundle.inputs));
            let refused = refusing(&steps);
            if refused != fault.refused() {
                wrong.push(format!("{}: {refused:?} are refused", fault.name));
            }
            let told = about_changes(&steps);
            if fault.changes.as_ref().is_some_and(|changes| *changes != told) {
                wrong.push(format!("{}: {told:?} are told of the change", fault.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn some_fault_is_seeded_for_every_rule() {
    let faults = Bundle::all().into_iter().flat_map(|bundle| bundle.faults());
    let findings: Vec<String> = faults
        .flat_map(|fault| fault.findings.into_iter().chain(fault.changes.unwrap_or_default()))
        .collect();
    let seeded: BTreeSet<&str> =
        findings.iter().filter_map(|finding| finding.split(' ').next()).collect();
    for rule in RULES {
        assert!(seeded.contains(rule.name), "no fault is seeded for {}", rule.name);
    }
}

#[test]
fn every_bundle_has_three_faults() {
    for bundle in Bundle::all() {
        assert!(bundle.faults().len() >= 3, "{}", bundle.name);
    }
}
