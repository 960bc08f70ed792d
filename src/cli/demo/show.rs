//! How a request and its answer are shown.

use std::fmt::Write as _;

use serde_json::Value;

use super::step::Step;

/// The request in YAML, the verdict, and every word that a user would see.
pub(super) fn step(number: usize, step: &Step, response: &Value) -> String {
    let dry_run = if step.dry_run { " (dry run)" } else { "" };
    let mut text = format!("── {number}. {}\n   {}{dry_run}\n", step.title, step.operation);
    let manifest = serde_saphyr::to_string(step.subject()).unwrap_or_default();
    indented(&mut text, "   | ", &manifest);
    let response = &response["response"];
    let verdict = match (response["allowed"].as_bool(), response["status"]["code"].as_u64()) {
        (Some(true), _) => "allowed".to_owned(),
        (Some(false), code) => format!("denied, {}", code.unwrap_or_default()),
        (None, _) => "no answer".to_owned(),
    };
    indented(&mut text, "   => ", &verdict);
    indented(&mut text, "      ", response["status"]["message"].as_str().unwrap_or_default());
    for warning in response["warnings"].as_array().into_iter().flatten() {
        indented(
            &mut text,
            "      ",
            &format!("Warning: {}", warning.as_str().unwrap_or_default()),
        );
    }
    if let Some(patch) = patch(response) {
        indented(&mut text, "      ", &format!("patch: {patch}"));
    }
    text
}

fn indented(text: &mut String, prefix: &str, lines: &str) {
    for line in lines.lines() {
        // Writing to a String cannot fail.
        writeln!(text, "{prefix}{line}").ok();
    }
}

/// The JSON patch, readable.
fn patch(response: &Value) -> Option<String> {
    use base64::Engine as _;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(response["patch"].as_str()?).ok()?;
    String::from_utf8(bytes).ok()
}
