//! Exemptions: which rules are silenced for an object, why, and until when.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Now;

/// The rules that an object is exempt from: `rule[,rule]`.
pub const EXEMPT: &str = "portcullis.dev/exempt";
/// Why; required.
pub const EXEMPT_REASON: &str = "portcullis.dev/exempt-reason";
/// Until when: a date, through that day in UTC, or a date and time; without it, for ever.
pub const EXEMPT_UNTIL: &str = "portcullis.dev/exempt-until";

/// One rule that counts as exempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The rule.
    pub rule: String,
    /// Why, in the words of whoever wrote it.
    pub reason: String,
    /// Until when; `None` for ever.
    pub until: Option<Until>,
}

/// The end of an exemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Until {
    /// As it is written.
    pub text: String,
    /// The first moment at which it does not count any more.
    pub end: Timestamp,
}

/// Why an exemption does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Void {
    /// It names no rule.
    Empty,
    /// It gives no reason.
    NoReason,
    /// Its end cannot be read.
    UnreadableEnd(String),
    /// Its end has come.
    Expired(String),
}

/// What the annotations of one object exempt it from at `now`; an empty list when they say nothing.
///
/// Rule names are taken as they are written: whether there is such a rule is asked by the rule `void-exemption`, and a name
/// that is no rule's silences nothing.
///
/// # Errors
///
/// Why all of it does not count.
pub fn exemptions(
    annotations: &BTreeMap<String, String>,
    now: Now,
) -> Result<Vec<Exemption>, Void> {
    let Some(rules) = annotations.get(EXEMPT) else { return Ok(Vec::new()) };
    let rules: Vec<&str> = named(rules).collect();
    if rules.is_empty() {
        return Err(Void::Empty);
    }
    let reason = annotations.get(EXEMPT_REASON).map(|reason| reason.trim()).unwrap_or_default();
    if reason.is_empty() {
        return Err(Void::NoReason);
    }
    let until = annotations.get(EXEMPT_UNTIL).map(|text| Until::parse(text)).transpose()?;
    if let Some(until) = until.as_ref().filter(|until| until.end <= now.0) {
        return Err(Void::Expired(until.text.clone()));
    }
    let exemption = |rule: &str| Exemption {
        rule: rule.to_owned(),
        reason: reason.to_owned(),
        until: until.clone(),
    };
    Ok(rules.into_iter().map(exemption).collect())
}

/// The names in the annotation [`EXEMPT`].
pub fn named(rules: &str) -> impl Iterator<Item = &str> {
    rules.split(',').map(str::trim).filter(|rule| !rule.is_empty())
}

impl Until {
    fn parse(text: &str) -> Result<Self, Void> {
        let text = text.trim();
        let end = text.parse::<Timestamp>().ok().or_else(|| end_of(text));
        let end = end.ok_or_else(|| Void::UnreadableEnd(text.to_owned()))?;
        Ok(Self { text: text.to_owned(), end })
    }
}

/// The moment after the last one of a day in UTC. A date and time without an offset is no date: nobody knows where it is.
fn end_of(text: &str) -> Option<Timestamp> {
    let is_date = text.len() == "2026-01-01".len();
    let date: Date = text.parse().ok().filter(|_| is_date)?;
    let next = date.checked_add(Span::new().days(1)).ok()?;
    next.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// `it gives no reason; ...`
impl fmt::Display for Void {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it names no rule; write rule[,rule]"),
            Self::NoReason => {
                write!(f, "it gives no reason; say why in the annotation {EXEMPT_REASON}")
            }
            Self::UnreadableEnd(text) => {
                let shown: String = text.chars().take(40).collect();
                write!(
                    f,
                    "{EXEMPT_UNTIL} {shown:?} is neither a date (2026-12-31) nor a date and time (2026-12-31T12:00:00Z)"
                )
            }
            Self::Expired(text) => {
                write!(f, "it ended ({text}); mend what it was for, or give it a new end")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{EXEMPT, EXEMPT_REASON, EXEMPT_UNTIL, Void, exemptions};
    use crate::model::Now;

    fn at(moment: &str) -> Now {
        Now(moment.parse().unwrap())
    }

    fn annotations(rules: &str, reason: &str, until: Option<&str>) -> BTreeMap<String, String> {
        let mut annotations = BTreeMap::new();
        annotations.insert(EXEMPT.to_owned(), rules.to_owned());
        annotations.insert(EXEMPT_REASON.to_owned(), reason.to_owned());
        annotations.extend(until.map(|until| (EXEMPT_UNTIL.to_owned(), until.to_owned())));
        annotations
    }

    fn rules(until: Option<&str>, now: &str) -> Result<Vec<String>, Void> {
        let found = exemptions(&annotations("a, b,,", "because", until), at(now))?;
        Ok(found.into_iter().map(|exemption| exemption.rule).collect())
    }

    #[test]
    fn a_date_counts_through_its_day_in_utc() {
        let date = Some("2026-12-31");
        assert_eq!(rules(date, "2026-12-31T23:59:59Z").unwrap(), ["a", "b"]);
        let expired = Err(Void::Expired("2026-12-31".to_owned()));
        assert_eq!(rules(date, "2027-01-01T00:00:00Z"), expired);
    }

    #[test]
    fn a_moment_counts_until_it_comes() {
        for until in ["2026-12-31T12:00:00Z", "2026-12-31T13:00:00+01:00"] {
            assert!(rules(Some(until), "2026-12-31T11:59:59Z").is_ok(), "{until}");
            assert!(rules(Some(until), "2026-12-31T12:00:00Z").is_err(), "{until}");
        }
        assert_eq!(rules(None, "9999-01-01T00:00:00Z").unwrap(), ["a", "b"]);
    }

    #[test]
    fn what_cannot_be_read_does_not_count() {
        for until in ["soon", "", "2026-13-01", "31.12.2026", "2026-12-31T12:00:00", "9999-12-31"] {
            let found = rules(Some(until), "2026-01-01T00:00:00Z");
            assert_eq!(found, Err(Void::UnreadableEnd(until.to_owned())));
        }
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(exemptions(&annotations(" ,", "because", None), now), Err(Void::Empty));
        assert_eq!(exemptions(&annotations("a", "  ", None), now), Err(Void::NoReason));
        assert_eq!(exemptions(&BTreeMap::new(), now), Ok(Vec::new()));
    }
}
