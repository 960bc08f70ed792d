//! The clock.

/// What the wall clock shows.
#[expect(clippy::disallowed_methods, reason = "the controller is a place where time comes in")]
pub(super) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
