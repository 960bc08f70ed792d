//! The pages of the rules are tests: what they show as bad is found, what they show as good is not, and fixes fix.

use serde_json::Value;

use crate::model::{Finding, Fix, Rule, RuleLevel, Settings, World};
use crate::netpol::validate;
use crate::sample::{documents, findings, object, settings};

use super::RULES;

/// One fenced block of a page.
struct Example {
    rule: &'static Rule,
    is_bad: bool,
    settings: Settings,
    yaml: String,
}

impl Example {
    fn world(documents: &[Value]) -> World {
        World::from_objects(documents.iter().map(object))
    }

    fn findings(&self, documents: &[Value]) -> Vec<Finding> {
        findings(&self.settings, &Self::world(documents))
    }
}

/// The examples of a page: ```` ```yaml bad ````, ```` ```yaml good ````; a block ```` ```yaml settings ```` is about those after it.
fn examples(rule: &'static Rule) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut known = Settings::default();
    for block in rule.page.split("\n```yaml ").skip(1) {
        let (head, rest) = block.split_once('\n').unwrap();
        let (yaml, _) = rest.split_once("```").expect("a fence that opens closes");
        match head {
            "settings" => known = settings(yaml),
            "bad" | "good" => examples.push(Example {
                rule,
                is_bad: head == "bad",
                settings: known.clone(),
                yaml: yaml.to_owned(),
            }),
            other => panic!("{}: no such block: {other:?}", rule.name),
        }
    }
    examples
}

fn all_examples() -> Vec<Example> {
    RULES.iter().copied().flat_map(examples).collect()
}

/// `documents` with a fix applied: parts merged, new objects added.
fn mended(documents: &[Value], fix: &Fix) -> Vec<Value> {
    let mut documents = documents.to_vec();
    let named = |document: &Value| {
        let metadata = &document["metadata"];
        (document["kind"].clone(), metadata["namespace"].clone(), metadata["name"].clone())
    };
    for part in &fix.objects {
        match documents.iter_mut().find(|document| named(document) == named(part)) {
            Some(document) => Fix::merge(document, part),
            None => documents.push(part.clone()),
        }
    }
    documents
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            format!(
                "{} {} {}: {}",
                finding.level,
                finding.rule.name,
                finding.about(),
                finding.message
            )
        })
        .collect()
}

#[test]
fn bad_examples_are_found_by_their_rule_alone() {
    for example in all_examples().iter().filter(|example| example.is_bad) {
        let found = example.findings(&documents(&example.yaml));
        let (own, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|finding| finding.rule.name == example.rule.name);
        assert!(!own.is_empty(), "{} finds nothing in\n{}", example.rule.name, example.yaml);
        let loud: Vec<_> =
            others.into_iter().filter(|finding| finding.level >= RuleLevel::Warn).collect();
        assert!(loud.is_empty(), "{}: {:#?}\n{}", example.rule.name, told(&loud), example.yaml);
    }
}

#[test]
fn good_examples_are_good() {
    for example in all_examples().iter().filter(|example| !example.is_bad) {
        let mut found = example.findings(&documents(&example.yaml));
        found.retain(|finding| {
            finding.level >= RuleLevel::Warn || finding.rule.name == example.rule.name
        });
        assert!(found.is_empty(), "{}: {:#?}\n{}", example.rule.name, told(&found), example.yaml);
    }
}

#[test]
fn a_fix_removes_its_finding_and_adds_none() {
    let mut fixes = 0;
    for example in all_examples().iter().filter(|example| example.is_bad) {
        let documents = documents(&example.yaml);
        let before = example.findings(&documents);
        for finding in &before {
            let Some(fix) = &finding.fix else { continue };
            let after = example.findings(&mended(&documents, fix));
            let new: Vec<_> = after
                .iter()
                // Whatever allows more can make an older rule redundant; that is what was asked for.
                .filter(|new| new.rule.name != "redundant-rule")
                .filter(|new| !before.iter().any(|old| old.is_same(new)))
                .cloned()
                .collect();
            assert!(new.is_empty(), "{:#?} adds {:#?}", fix.to_yaml(), told(&new));
            let stays = after.iter().any(|new| new.is_same(finding));
            assert!(!stays, "{} stays after\n{}", finding.message, fix.to_yaml());
            fixes += 1;
        }
    }
    assert!(fixes > 10, "{fixes}");
}

#[test]
fn all_fixes_of_an_example_can_be_applied_together() {
    for example in all_examples().iter().filter(|example| example.is_bad) {
        let mut documents = documents(&example.yaml);
        let before = example.findings(&documents);
        let fixed: Vec<_> = before.iter().filter(|finding| finding.fix.is_some()).collect();
        for finding in &fixed {
            documents = mended(&documents, finding.fix.as_ref().unwrap());
        }
        let after = example.findings(&documents);
        let stay = after.iter().filter(|new| fixed.iter().any(|old| old.is_same(new))).cloned();
        assert!(told(&stay.collect::<Vec<_>>()).is_empty(), "{}", example.yaml);
    }
}

#[test]
fn fixes_survive_writing_and_reading() {
    for example in all_examples().iter().filter(|example| example.is_bad) {
        for finding in example.findings(&documents(&example.yaml)) {
            let Some(fix) = finding.fix else { continue };
            assert_eq!(documents(&fix.to_yaml()), fix.objects);
        }
    }
}

#[test]
fn the_api_server_would_take_every_policy_on_a_page_and_in_a_fix() {
    let is_policy = |document: &&Value| document["kind"] == "NetworkPolicy";
    for example in all_examples() {
        let shown = documents(&example.yaml);
        let mut states = vec![shown.clone()];
        for finding in example.findings(&shown) {
            states.extend(finding.fix.map(|fix| mended(&shown, &fix)));
        }
        for document in states.iter().flatten().filter(is_policy) {
            let invalid = validate(document);
            assert!(invalid.is_empty(), "{}: {invalid:?}\n{document}", example.rule.name);
        }
    }
}

#[test]
fn messages_are_one_line_that_no_warning_cuts() {
    for example in all_examples().iter().filter(|example| example.is_bad) {
        for finding in example.findings(&documents(&example.yaml)) {
            let message = &finding.message;
            let length = finding.rule.name.len() + 2 + message.chars().count();
            assert!(length <= 256, "{length}: {message}");
            assert!(!message.contains(char::is_control) && !message.contains("  "), "{message:?}");
            assert!(!message.ends_with('.') && !message.is_empty(), "{message:?}");
        }
    }
}

#[test]
fn pages_have_their_headings_and_examples() {
    for rule in RULES {
        let headings: Vec<&str> = rule.page.lines().filter(|line| line.starts_with('#')).collect();
        let title = format!("# {}", rule.name);
        let outside: Vec<&str> = headings
            .into_iter()
            .filter(|line| line.starts_with("# ") || line.starts_with("## "))
            .collect();
        let wanted =
            [title.as_str(), "## What it checks", "## Why", "## How to fix", "## Examples"];
        assert_eq!(outside, wanted, "{}", rule.name);
        let examples = examples(rule);
        assert!(examples.iter().any(|example| example.is_bad), "{}: no bad example", rule.name);
        assert!(examples.iter().any(|example| !example.is_bad), "{}: no good example", rule.name);
    }
}
