//! The pages of docs/gitops hold what the tools really show: a page that says something else fails here.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// The page of a tool says this, line breaks and names of namespaces apart.
pub(super) fn page_shows(page: &str, message: &str, namespace: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gitops").join(page);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let message = message.trim().replace(namespace, "shop");
    for line in message.lines().map(str::trim).filter(|line| !line.is_empty()) {
        ensure!(
            text.contains(line),
            "docs/gitops/{page} does not show this line of the real message: {line}\nall of it:\n{message}"
        );
    }
    Ok(())
}

/// The page shows the first line of a denial, which says what is wrong.
pub(super) fn page_shows_head(page: &str, denial: &str, namespace: &str) -> Result<()> {
    page_shows(page, denial.lines().next().context("a denial has a first line")?, namespace)
}
