//! The text of a rejection.

/// The API server and kubectl keep every byte, but events and pipelines show about this much.
const LENGTH: usize = 1024;

/// A rejection that fits in about 1 KiB: `findings` one line each and worst first, then `fix` (whole or not at all, a cut
/// manifest would be worse than none), then the command that explains.
///
/// The first finding, the fix and the command are kept; of the other findings those that fit, then how many more.
pub fn message(findings: &[String], fix: Option<&str>, explain: &str) -> String {
    let mut lines = findings.iter().map(|finding| cut(&one_line(finding), LENGTH / 2));
    let mut text = lines.next().unwrap_or_default();
    let end = end(fix, LENGTH.saturating_sub(text.len() + explain.len()), explain);
    let room = LENGTH.saturating_sub(end.len() + "\n99 more".len());
    let mut rest = lines.peekable();
    while let Some(line) = rest.next_if(|line| text.len() + line.len() < room) {
        text.push('\n');
        text.push_str(&line);
    }
    match rest.count() {
        0 => {}
        more => text = format!("{text}\n{more} more"),
    }
    text + &end
}

fn end(fix: Option<&str>, room: usize, explain: &str) -> String {
    let fix = fix.map(str::trim_end).filter(|fix| fix.len() + 2 <= room);
    match fix {
        Some(fix) => format!("\n{fix}\n{explain}"),
        None => format!("\n{explain}"),
    }
}

/// `text` as one line without control characters; runs of white space become one space.
pub fn one_line(text: &str) -> String {
    let clean = |character: char| character.is_control() || character.is_whitespace();
    let mut line = String::with_capacity(text.len());
    for word in text.split(clean).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// `text`, at most `length` characters of it, the last one an ellipsis when some are missing.
pub(crate) fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        None => text.to_owned(),
        Some(_) => text.chars().take(length - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::message;

    const EXPLAIN: &str = "Run: portcullis explain uncovered-workload";

    fn findings(count: usize) -> Vec<String> {
        (0..count)
            .map(|n| format!("uncovered-workload: finding number {n} about something long enough"))
            .collect()
    }

    #[test]
    fn a_short_message_is_whole() {
        let text = message(&findings(2), Some("kind: NetworkPolicy\nspec: {}\n"), EXPLAIN);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[2..4], ["kind: NetworkPolicy", "spec: {}"]);
        assert_eq!(lines[4], EXPLAIN);
    }

    #[test]
    fn findings_give_way_to_the_fix() {
        let fix = "key: value\n".repeat(60);
        let text = message(&findings(50), Some(&fix), EXPLAIN);
        assert!(text.len() <= 1024, "{}", text.len());
        assert!(text.starts_with("uncovered-workload: finding number 0"));
        assert!(text.contains(fix.trim_end()));
        assert!(text.ends_with(EXPLAIN));
        let shown = text.matches("finding number").count();
        assert!(text.contains(&format!("\n{} more\n", 50 - shown)), "{text}");
    }

    #[test]
    fn a_fix_is_never_cut() {
        let text = message(&findings(1), Some(&"key: value\n".repeat(100)), EXPLAIN);
        assert_eq!(text, format!("{}\n{EXPLAIN}", findings(1)[0]));
    }

    #[test]
    fn one_endless_finding_is_cut() {
        let text = message(&["x\n".repeat(5000)], None, EXPLAIN);
        assert!(text.len() < 1024 && text.contains("x x…") && text.ends_with(EXPLAIN), "{text}");
    }
}
