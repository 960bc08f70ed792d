//! How the watches are doing, as metrics: read when somebody asks for them.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::object::Kind;

use super::{Contact, Handle};

/// The metrics of the watches of one cluster.
#[derive(Debug)]
pub struct Measured(Handle);

impl Measured {
    /// The metrics of these watches.
    pub fn new(watched: Handle) -> Self {
        Self(watched)
    }
}

impl Collector for Measured {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let contacts: Vec<(Kind, Contact)> = self.0.contacts().into_iter().collect();
        family(
            &mut encoder,
            (
                "cache_age_seconds",
                "Since the API server last said anything on the watches of a kind",
            ),
            contacts.iter().filter_map(|(kind, contact)| {
                Some((*kind, ConstGauge::new(contact.age?.as_secs_f64())))
            }),
        )?;
        family(
            &mut encoder,
            ("cache_missing", "1 for a kind that cannot be read: what it would tell is unknown"),
            contacts
                .iter()
                .map(|(kind, contact)| (*kind, ConstGauge::new(i64::from(contact.is_missing)))),
        )?;
        family(
            &mut encoder,
            ("watch_failures", "Failures of the watches of a kind, each followed by another try"),
            contacts.iter().map(|(kind, contact)| (*kind, ConstCounter::new(contact.failures))),
        )
    }
}

/// One metric with a value for each kind; left out while there is none.
fn family<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    values: impl Iterator<Item = (Kind, M)>,
) -> fmt::Result {
    let mut values = values.peekable();
    let Some((_, first)) = values.peek() else { return Ok(()) };
    let mut encoder = encoder.encode_descriptor(name, help, None, first.metric_type())?;
    for (kind, value) in values {
        value.encode(encoder.encode_family(&[("kind", kind.name())])?)?;
    }
    Ok(())
}
