//! The order of a report.

use std::cmp::Ordering;

use super::Row;

/// By file, line, column and rule, then by whatever else tells two findings apart; those without a place come last.
pub(super) fn rows(left: &Row, right: &Row) -> Ordering {
    let place = |row: &Row| {
        let location = row.location.as_ref();
        (
            location.is_none(),
            location.map(|location| (location.file.clone(), location.position)),
            row.rule.clone(),
            row.resource.clone(),
            row.path.clone(),
            row.message.clone(),
        )
    };
    place(left).cmp(&place(right))
}
