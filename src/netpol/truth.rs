//! Truth of which a part may be unknown: `None` where it depends on what is not known (Kleene).

/// Whether all hold.
pub(super) fn all(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

/// Whether one holds.
pub(super) fn any(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    all(truths.into_iter().map(not)).map(|none| !none)
}

/// Whether it does not hold.
pub(super) fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| !truth)
}

#[cfg(test)]
mod tests {
    use super::{all, any};

    #[test]
    fn what_decides_needs_no_more() {
        let (yes, no, unknown) = (Some(true), Some(false), None);
        for (truths, both, either) in [
            (vec![], yes, no),
            (vec![yes, yes], yes, yes),
            (vec![yes, no], no, yes),
            (vec![unknown, no], no, unknown),
            (vec![unknown, yes], unknown, yes),
        ] {
            assert_eq!(all(truths.clone()), both, "{truths:?}");
            assert_eq!(any(truths.clone()), either, "{truths:?}");
        }
    }
}
