//! The registry holds every rule, each where its name says.

use std::collections::BTreeSet;
use std::path::Path;

use super::{RULES, rule};

#[test]
fn rules_are_sorted_by_name_and_unique() {
    assert!(RULES.is_sorted_by(|one, other| one.name < other.name));
}

#[test]
fn a_rule_is_found_by_its_name() {
    for registered in RULES {
        assert_eq!(rule(registered.name).map(|found| found.summary), Some(registered.summary));
    }
    assert!(rule("no-such-rule").is_none());
}

#[test]
fn every_page_in_the_directory_belongs_to_a_rule_with_a_file_of_that_name() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let stems = |extension: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        let matching =
            entries.filter(|path| path.extension().is_some_and(|found| found == extension));
        matching.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let named: BTreeSet<String> = RULES.iter().map(|rule| rule.name.replace('-', "_")).collect();
    assert_eq!(stems("md"), named);
    let without_page: Vec<String> = stems("rs").difference(&named).cloned().collect();
    assert_eq!(without_page, NO_RULES, "a file with a rule needs a line in RULES");
    assert!(named.is_subset(&stems("rs")));
}

/// What rules share, and tests.
const NO_RULES: [&str; 9] =
    ["answering", "egress", "fixtures", "ingress", "known", "pages", "parts", "registry", "remedy"];

#[test]
fn summaries_say_something_in_one_line() {
    for rule in RULES {
        let summary = rule.summary;
        assert!(summary.len() > 20 && summary.len() < 120, "{}: {summary:?}", rule.name);
        assert!(!summary.contains('\n') && !summary.ends_with('.'), "{summary:?}");
    }
}
