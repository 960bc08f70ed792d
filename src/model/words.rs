//! Words that messages share.

/// The first three names and how many more there are.
pub(crate) fn three_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] if names.len() <= 3 => format!("{} and {last}", head.join(", ")),
        names => format!("{} and {} more", names[..3].join(", "), names.len() - 3),
    }
}

#[cfg(test)]
mod tests {
    use super::three_of;

    #[test]
    fn three_are_named_and_the_others_counted() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let texts: Vec<String> = (0..=5).map(|count| three_of(&names[..count])).collect();
        assert_eq!(texts, ["", "a", "a and b", "a, b and c", "a, b, c and 1 more", "a, b, c and 2 more"]);
    }
}
