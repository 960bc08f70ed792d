//! `test FILE...`: connectivity assertions, checked like code.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use crate::connections::network;
use crate::manifest::{Location, ReadError};
use crate::reach::{Ends, Expectation, Outcome, expectations};

use super::input;
use super::knowledge::Source;
use super::print::{json, print};
use super::{FactsPath, SettingsFile};

/// `portcullis test`
#[derive(Debug, Args)]
pub(super) struct Test {
    /// Files and folders with documents of kind `ConnectivityTest`; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How to write the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one stable shape
    Json,
    /// For CI servers
    Junit,
}

/// The stable shape of `--format json`.
#[derive(Debug, Serialize)]
struct Results {
    results: Vec<Outcome>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ReadError>,
}

impl Test {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.facts.with(self.settings.read()?)?;
        let (tests, errors) = read(&self.files)?;
        for error in &errors {
            eprintln!("portcullis: {error}");
        }
        ensure!(
            !tests.is_empty() || !errors.is_empty(),
            "there is no document of kind ConnectivityTest in {}",
            self.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
        );
        let state = self.source.state(&settings)?;
        let ends = Ends::of(&state.world);
        let network = network(&state.world, &settings);
        let results: Vec<Outcome> =
            tests.iter().map(|test| test.outcome(&ends, &network)).collect();
        let has_failed = results.iter().any(|result| !result.has_passed());
        let is_broken = !errors.is_empty();
        print(&match self.format {
            Format::Text => text(&tests, &results),
            Format::Json => json(&Results { results, errors })?,
            Format::Junit => junit(&tests, &results, &errors)?,
        })?;
        Ok(if is_broken { ExitCode::from(3) } else { state.code(u8::from(has_failed)) })
    }
}

/// The tests of all documents that are some; a folder may hold manifests too.
fn read(files: &[PathBuf]) -> anyhow::Result<(Vec<Expectation>, Vec<ReadError>)> {
    let (mut tests, mut errors) = (Vec::new(), Vec::new());
    for input in input::read(files)? {
        errors.extend(input.errors);
        for found in input.documents.iter().filter_map(expectations) {
            match found {
                Ok(found) => tests.extend(found),
                Err(wrong) => errors.extend(wrong),
            }
        }
    }
    errors.sort();
    Ok((tests, errors))
}

fn text(tests: &[Expectation], results: &[Outcome]) -> String {
    let mut text = String::new();
    for (test, result) in tests.iter().zip(results) {
        let word = if result.has_passed() { "ok    " } else { "FAILED" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{word} {}", result.name);
        if !result.has_passed() {
            let _ = writeln!(text, "       {}: {}", test.location, why(test, result));
        }
    }
    let failed = results.iter().filter(|result| !result.has_passed()).count();
    let _ = writeln!(text, "\n{} passed, {failed} failed", results.len() - failed);
    text
}

fn why(test: &Expectation, result: &Outcome) -> String {
    if let Some(error) = &result.error {
        return error.clone();
    }
    let port = test.port.map(|port| format!(" on {port}")).unwrap_or_default();
    let because = match result.because.as_slice() {
        [] => "no policy isolates either end".to_owned(),
        names => format!("because of {}", names.join(", ")),
    };
    let word = |shown: &str| match shown {
        "allow" => "allowed",
        "deny" => "denied",
        _ => "unknown",
    };
    let expected =
        word(if result.expected == crate::reach::Expected::Allow { "allow" } else { "deny" });
    let actual = word(match result.actual {
        crate::reach::Verdict::Allow => "allow",
        crate::reach::Verdict::Deny => "deny",
        crate::reach::Verdict::Unknown => "unknown",
    });
    format!("{} to {}{port} should be {expected} and is {actual}, {because}", test.from, test.to)
}

fn junit(
    tests: &[Expectation],
    results: &[Outcome],
    errors: &[ReadError],
) -> anyhow::Result<String> {
    let mut report = Report::new("portcullis test");
    let mut suite = TestSuite::new("connectivity");
    for (test, result) in tests.iter().zip(results) {
        let mut status = TestCaseStatus::success();
        if !result.has_passed() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(why(test, result));
        }
        let mut case = TestCase::new(result.name.as_str(), status);
        case.set_classname(file(&test.location));
        suite.add_test_case(case);
    }
    for error in errors {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(error.to_string());
        let mut case = TestCase::new("can be read", status);
        case.set_classname(file(&error.location));
        suite.add_test_case(case);
    }
    report.add_test_suite(suite);
    report.to_string().context("the results cannot be written")
}

fn file(location: &Location) -> String {
    location.file.clone()
}
