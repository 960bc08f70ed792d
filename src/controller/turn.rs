//! Whose turn it is, by the Lease: decided without asking a clock or anybody.
//!
//! As leader election of client-go does, nobody's clock is trusted but one's own: a Lease has run out when it was not renewed for
//! its whole duration *since this process saw it change last*. That keeps two writers apart in ordinary times and is no fence:
//! a process that was suspended may write once more. So every write is safe to be made twice.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;

/// For how long a Lease that is not renewed keeps others away.
pub(super) const DURATION: Duration = Duration::from_secs(15);
/// How often it is looked at, and renewed by its holder.
pub(super) const EVERY: Duration = Duration::from_secs(3);
/// A holder that could not renew for so long stops writing: before anybody else may begin.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

const _: () =
    assert!(PATIENCE.as_secs() < DURATION.as_secs(), "others wait longer than a holder goes on");

/// What to do about the Lease as it was just read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Write it: it is free, or one's own.
    Take,
    /// Leave it: somebody holds it.
    Wait,
}

/// What was seen of the Lease before.
#[derive(Debug, Default)]
pub(super) struct Seen {
    last: Option<(LeaseSpec, Instant)>,
}

impl Seen {
    /// What to do for `me` about the Lease as it is `at` this moment.
    pub(super) fn step(&mut self, spec: &LeaseSpec, me: &str, at: Instant) -> Step {
        let since = match &self.last {
            Some((seen, since)) if seen == spec => *since,
            _ => {
                self.last = Some((spec.clone(), at));
                at
            }
        };
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let duration = seconds.map_or(DURATION, Duration::from_secs);
        if holder.is_empty() || holder == me || at.duration_since(since) >= duration {
            Step::Take
        } else {
            Step::Wait
        }
    }
}

/// The Lease that `me` holds from now on, after what it was.
pub(super) fn held(before: Option<&LeaseSpec>, me: &str, now: Timestamp) -> LeaseSpec {
    let is_mine = before.is_some_and(|spec| spec.holder_identity.as_deref() == Some(me));
    let transitions = before.and_then(|spec| spec.lease_transitions).unwrap_or_default();
    let acquired = before.and_then(|spec| spec.acquire_time.clone()).filter(|_| is_mine);
    LeaseSpec {
        holder_identity: Some(me.to_owned()),
        lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
        acquire_time: acquired.or(Some(MicroTime(now))),
        renew_time: Some(MicroTime(now)),
        lease_transitions: Some(if before.is_none() || is_mine {
            transitions
        } else {
            transitions.saturating_add(1)
        }),
        ..LeaseSpec::default()
    }
}

/// The Lease that its holder has let go of: whoever comes next need not wait.
pub(super) fn released(before: &LeaseSpec) -> LeaseSpec {
    LeaseSpec { holder_identity: None, lease_duration_seconds: Some(1), ..before.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_lease_that_is_renewed_is_left_and_one_that_is_not_is_taken() {
        let (mut seen, start) = (Seen::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let first = held(None, "a", at(1_000_000));
        assert_eq!(seen.step(&first, "b", after(0)), Step::Wait);
        assert_eq!(seen.step(&first, "b", after(14)), Step::Wait);
        let renewed = held(Some(&first), "a", at(1_000_010));
        assert_eq!(seen.step(&renewed, "b", after(16)), Step::Wait, "it was renewed");
        assert_eq!(seen.step(&renewed, "b", after(30)), Step::Wait);
        assert_eq!(seen.step(&renewed, "b", after(31)), Step::Take);
    }

    #[test]
    fn ones_own_and_a_released_one_are_taken_at_once() {
        let mine = held(None, "a", at(1));
        assert_eq!(Seen::default().step(&mine, "a", Instant::now()), Step::Take);
        assert_eq!(Seen::default().step(&mine, "b", Instant::now()), Step::Wait);
        assert_eq!(Seen::default().step(&released(&mine), "b", Instant::now()), Step::Take);
    }

    #[test]
    fn clocks_of_others_do_not_count() {
        let old = held(None, "a", at(0));
        assert_eq!(Seen::default().step(&old, "b", Instant::now()), Step::Wait);
    }

    #[test]
    fn transitions_count_the_holders() {
        let first = held(None, "a", at(1));
        let renewed = held(Some(&first), "a", at(5));
        let taken = held(Some(&renewed), "b", at(30));
        let counts = [&first, &renewed, &taken].map(|spec| spec.lease_transitions);
        assert_eq!(counts, [Some(0), Some(0), Some(1)]);
        assert_eq!(renewed.acquire_time, first.acquire_time);
        assert_eq!(taken.acquire_time, Some(MicroTime(at(30))));
    }
}
