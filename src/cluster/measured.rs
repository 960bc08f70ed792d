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
        value.encode(encoder.encode_family(&[("kind", kind.to_string())])?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prometheus_client::encoding::text;
    use prometheus_client::registry::Registry;
    use tokio::sync::watch;
    use tokio_util::sync::CancellationToken;

    use super::super::contact::Contacts;
    use super::super::{Feed, Snapshot};
    use super::*;

    fn scraped(contacts: Contacts) -> String {
        let handle = Handle {
            snapshots: watch::channel(Arc::new(Snapshot::default())).1,
            contacts: Arc::new(contacts),
            ended: watch::channel(None).1,
            _stop: Arc::new(CancellationToken::new().drop_guard()),
        };
        let mut registry = Registry::with_prefix("portcullis");
        registry.register_collector(Box::new(Measured::new(handle)));
        let mut text = String::new();
        text::encode(&mut text, &registry).unwrap();
        text.lines().filter(|line| !line.starts_with("# HELP")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_kind_that_is_watched_has_its_values() {
        assert_eq!(scraped(Contacts::default()), "# EOF");
        let feed = |kind| Feed::of_kind(kind).next().unwrap();
        let contacts = Contacts::default();
        contacts.begin(feed(Kind::Pod));
        contacts.failed(feed(Kind::Node), "forbidden".to_owned(), true);
        contacts.failed(feed(Kind::Node), "forbidden".to_owned(), true);
        let expected = "\
            # TYPE portcullis_cache_missing gauge\n\
            portcullis_cache_missing{kind=\"Node\"} 1\n\
            portcullis_cache_missing{kind=\"Pod\"} 0\n\
            # TYPE portcullis_watch_failures counter\n\
            portcullis_watch_failures_total{kind=\"Node\"} 2\n\
            portcullis_watch_failures_total{kind=\"Pod\"} 0\n\
            # EOF";
        assert_eq!(scraped(contacts), expected);
    }
}
