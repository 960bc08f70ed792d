//! The deadline that the API server announces in the query, `?timeout=10s`.

use std::time::{Duration, Instant};

/// What the API server uses when a webhook names no timeout; also assumed when the query cannot be read.
const DEFAULT: Duration = Duration::from_secs(10);
/// The longest that the API server accepts in a webhook configuration.
const LONGEST: Duration = Duration::from_secs(30);

/// When the answer must be ready: the announced timeout less what the way back takes.
pub(super) fn deadline(query: Option<&str>, now: Instant) -> Instant {
    let timeout =
        query.and_then(timeout_value).and_then(go_duration).unwrap_or(DEFAULT).min(LONGEST);
    now + timeout.saturating_sub(margin(timeout))
}

/// A tenth of the time, at most half a second.
fn margin(timeout: Duration) -> Duration {
    (timeout / 10).min(Duration::from_millis(500))
}

fn timeout_value(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("timeout="))
}

/// A duration as Go writes it: `10s`, `1m30s`, `1.5s`, `500ms`. `None` for anything else and for zero.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (value, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let seconds: f64 = value.parse::<f64>().ok()? * unit_seconds(&after[..unit])?;
        total = total.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
        rest = &after[unit..];
    }
    (!total.is_zero()).then_some(total)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        // The micro sign arrives percent-encoded.
        "us" | "%C2%B5s" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{deadline, go_duration};

    #[test]
    fn durations_as_go_writes_them() {
        let cases = [
            ("10s", Some(10_000)),
            ("500ms", Some(500)),
            ("1m30s", Some(90_000)),
            ("1.5s", Some(1_500)),
            ("0s", None),
            ("", None),
            ("10", None),
            ("s", None),
            ("-1s", None),
            ("1d", None),
            ("1..5s", None),
            ("99999999999999999999h", None),
        ];
        for (text, milliseconds) in cases {
            let expected = milliseconds.map(Duration::from_millis);
            assert_eq!(go_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn the_answer_is_due_before_the_timeout() {
        let now = Instant::now();
        let due = |query| deadline(query, now) - now;
        assert_eq!(due(None), Duration::from_millis(9_500));
        assert_eq!(due(Some("x=y&timeout=3s")), Duration::from_millis(2_700));
        assert_eq!(due(Some("timeout=soon")), Duration::from_millis(9_500));
        assert_eq!(due(Some("timeout=2h")), Duration::from_millis(29_500));
    }
}
