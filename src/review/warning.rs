//! Warnings as the API server accepts them: it drops one with a control character without a word, and cuts all of them
//! to 256 characters once they pass 4096 together (apiserver `pkg/endpoints/filters/warning.go`).

use super::message::{cut, one_line};

/// 16 warnings of 256 characters are exactly the 4096 that the API server passes on uncut.
const MOST: usize = 16;
const LENGTH: usize = 256;

/// The warnings to send: one line each, none empty, none twice, the last one counting those left out.
pub fn warnings(texts: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::with_capacity(texts.len().min(MOST));
    for line in texts.iter().map(|text| cut(&one_line(text), LENGTH)) {
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.len() > MOST {
        let left_out = lines.len() - (MOST - 1);
        lines.truncate(MOST - 1);
        lines.push(format!("{left_out} more; `portcullis audit` lists them all"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::warnings;

    fn sent(texts: &[&str]) -> Vec<String> {
        warnings(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn f34_a_newline_would_lose_the_warning() {
        assert_eq!(sent(&["a\n  b\tc\u{7f}d\u{85}"]), ["a b c d"]);
    }

    #[test]
    fn empty_and_repeated_warnings_are_left_out() {
        assert_eq!(sent(&["", "a", "\n", "a", "b", "a\n"]), ["a", "b"]);
    }

    #[test]
    fn a_long_warning_is_cut_at_a_character() {
        let sent = sent(&["ü".repeat(300).as_str(), "ü".repeat(256).as_str()]);
        assert_eq!(sent[0], "ü".repeat(255) + "…");
        assert_eq!(sent[1], "ü".repeat(256));
    }

    #[test]
    fn the_last_of_many_counts_the_rest() {
        let many: Vec<String> = (0..40).map(|n| format!("warning {n}")).collect();
        let sent = warnings(&many);
        assert_eq!(sent.len(), 16);
        assert_eq!(sent[14], "warning 14");
        assert!(sent[15].starts_with("25 more"), "{}", sent[15]);
        assert_eq!(warnings(&many[..16]), many[..16]);
    }
}
