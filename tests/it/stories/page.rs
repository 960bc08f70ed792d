//! A page whose commands are executed, block by block, and whose answers are compared.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// A fence `sh`, whether it is to fail (`sh refused`), and the lines of the fence `text` behind it.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) script: String,
    pub(super) is_refused: bool,
    pub(super) answers: Vec<String>,
}

/// The steps of a page under docs/, in its order.
pub(super) fn steps(page: &str) -> Result<Vec<Step>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut steps: Vec<Step> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                fence = Some(kind);
                if kind.starts_with("sh") {
                    steps.push(Step { is_refused: kind == "sh refused", ..Step::default() });
                }
            }
            (Some(_), Some(_)) => fence = None,
            (Some("text"), None) => {
                steps
                    .last_mut()
                    .context("an answer without a command")?
                    .answers
                    .push(line.to_owned());
            }
            (Some("sh" | "sh refused"), None) => {
                let step = steps.last_mut().context("a command without a fence")?;
                step.script.push_str(line);
                step.script.push('\n');
            }
            (Some(other), None) => ensure!(!other.starts_with("sh"), "what is a fence {other:?}?"),
            (None, None) => (),
        }
    }
    ensure!(steps.len() > 1, "{page} has no commands");
    Ok(steps)
}

impl Step {
    /// Compares how the script ended, and what it printed, with the page.
    pub(super) fn judge(&self, code: i32, printed: &str) -> Result<()> {
        let expected = if self.is_refused { "to be refused" } else { "to succeed" };
        ensure!(
            (code != 0) == self.is_refused,
            "the page wants this {expected}, and it ended with {code}:\n{}\n{printed}",
            self.script
        );
        for line in &self.answers {
            ensure!(
                printed.contains(line.trim_end()),
                "the page shows\n{line}\nand this answers\n{printed}\n{}",
                self.script
            );
        }
        Ok(())
    }
}
