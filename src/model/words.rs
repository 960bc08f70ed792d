//! Words that messages share.

use crate::netpol::Labels;

use super::lifecycle::ADDED_BY_CONTROLLERS;

/// The first three names and how many more there are.
pub(crate) fn three_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] if names.len() <= 3 => format!("{} and {last}", head.join(", ")),
        names => format!("{} and {} more", names[..3].join(", "), names.len() - 3),
    }
}

/// No more of the labels than this: a single one can have 380 characters.
const MOST_OF_LABELS: usize = 100;

/// Labels in a message: the first three, so that what to do about them is not cut off. Those that controllers add are left
/// out where there are others: they differ each time, and nobody wrote them.
pub(crate) fn labels_shown(labels: &Labels) -> String {
    if labels.is_empty() {
        return "no labels".to_owned();
    }
    let is_written = |key: &str| !ADDED_BY_CONTROLLERS.contains(&key);
    let are_any_written = labels.iter().any(|(key, _)| is_written(key));
    let pairs: Vec<String> = labels
        .iter()
        .filter(|(key, _)| !are_any_written || is_written(key))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let first = pairs[..pairs.len().min(3)].join(",");
    let is_cut = pairs.len() > 3 || first.len() > MOST_OF_LABELS;
    let shown: String = first.chars().take(MOST_OF_LABELS).collect();
    if is_cut { format!("{shown}...") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::{labels_shown, three_of};

    #[test]
    fn labels_are_cut_after_three() {
        let labels = |keys: &[&str]| labels_shown(&keys.iter().map(|key| (*key, "x")).collect());
        assert_eq!(labels(&[]), "no labels");
        assert_eq!(labels(&["a", "b", "c"]), "a=x,b=x,c=x");
        assert_eq!(labels(&["a", "b", "c", "d"]), "a=x,b=x,c=x...");
        assert_eq!(labels(&["app", "batch.kubernetes.io/controller-uid", "job-name"]), "app=x");
        assert_eq!(labels(&["job-name"]), "job-name=x");
        let long = "k".repeat(316);
        assert_eq!(labels(&[&long]), format!("{}...", "k".repeat(100)));
    }

    #[test]
    fn three_are_named_and_the_others_counted() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let texts: Vec<String> = (0..=5).map(|count| three_of(&names[..count])).collect();
        assert_eq!(
            texts,
            ["", "a", "a and b", "a, b and c", "a, b, c and 1 more", "a, b, c and 2 more"]
        );
    }
}
