//! The README tells the truth: its settings, its table of rules, the words that it shows, its commands.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]

use std::process::Command;

use portcullis::model::Settings;
use portcullis::rules::RULES;

const README: &str = include_str!("../README.md");

/// The fenced blocks of a kind, in their order.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    README.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_settings_that_it_shows_are_the_defaults() {
    let shown = blocks("yaml").into_iter().find(|block| block.contains("kind: Settings")).unwrap();
    assert_eq!(Settings::parse("README.md", shown, &[]).unwrap(), Settings::default());
}

#[test]
fn the_facts_that_it_shows_are_read() {
    let shown = blocks("yaml").into_iter().find(|block| block.starts_with("facts:")).unwrap();
    let facts = Settings::parse("README.md", shown, &[]).unwrap().facts;
    assert_eq!(facts.dns.unwrap().ports.len(), 2);
    assert_eq!(facts.api_server.unwrap().port, 6443);
}

#[test]
fn the_overrides_that_it_shows_are_read() {
    let shown = blocks("yaml").into_iter().find(|block| block.contains("\noverrides:\n")).unwrap();
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let settings = Settings::parse("README.md", shown, &rules).unwrap();
    let modes = [("stage", "production"), ("kubernetes.io/metadata.name", "legacy")];
    let modes = modes.map(|label| settings.levels_in(&[label].into_iter().collect()).mode().name());
    assert_eq!(modes, ["enforce", "warn"]);
}

#[test]
fn the_templates_that_it_shows_are_accepted() {
    let shown = blocks("yaml").into_iter().find(|block| block.starts_with("controller:")).unwrap();
    let settings = Settings::parse("README.md", shown, &[]).unwrap();
    assert_eq!(settings.controller.templates.len(), 5);
    assert_eq!(portcullis::provision::check(&settings), Ok(()));
}

#[test]
fn its_table_holds_every_rule() {
    for rule in RULES {
        let page = format!("src/rules/{}.md", rule.name.replace('-', "_"));
        let row = format!("| [`{}`]({page}) | {} | {} |", rule.name, rule.level, rule.summary);
        assert!(README.contains(&row), "the README lacks: {row}");
    }
    assert_eq!(README.matches("| [`").count(), RULES.len());
}

/// What a user sees is what the demo shows, word for word.
#[test]
fn the_words_that_it_shows_are_those_of_the_demo() {
    let demo = run(&["demo"]);
    let demo: Vec<&str> = demo.lines().map(str::trim).collect();
    let shown = blocks("text")
        .into_iter()
        .filter(|block| block.contains("portcullis.dev") || block.contains("Warning: "));
    let mut count = 0;
    for line in shown.flat_map(str::lines).filter(|line| !line.ends_with(" created")) {
        // What kubectl puts before the message is not ours.
        let words = line.split("denied the request: ").last().unwrap().trim();
        assert!(demo.contains(&words), "the demo does not say: {words}");
        count += 1;
    }
    assert!(count > 8, "the README shows only {count} lines");
}

/// A line `$ portcullis ...` is run, and what follows it is what it prints.
#[test]
fn the_questions_that_it_asks_are_answered_so() {
    let shown = blocks("console");
    for block in &shown {
        let (line, expected) = block.split_once('\n').unwrap();
        let arguments = line.strip_prefix("$ portcullis ").unwrap().split_whitespace();
        let output =
            Command::new(env!("CARGO_BIN_EXE_portcullis")).args(arguments).output().unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        assert_eq!(found.trim_end(), expected.trim_end(), "{line}");
    }
    for command in ["init", "connections", "reach", "diff", "test", "facts", "check", "audit"] {
        let begin = format!("$ portcullis {command} ");
        assert!(shown.iter().any(|block| block.starts_with(&begin)), "no example of {command}");
    }
}
