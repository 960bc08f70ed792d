//! What the controller measures.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::cluster::{Handle, Measured};

use super::judge::Audited;
use super::lease::Turn;
use super::rounds::Found;

/// The metrics of one controller, and the registry they are read from.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    writes: Family<Write, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Write {
    object: &'static str,
    outcome: &'static str,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    /// An Event.
    Event,
    /// The labels of a namespace.
    Labels,
    /// A policy of a managed namespace.
    Policy,
    /// A Report.
    Report,
}

impl Written {
    const ALL: [Self; 4] = [Self::Event, Self::Labels, Self::Policy, Self::Report];

    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Labels => "labels",
            Self::Policy => "policy",
            Self::Report => "report",
        }
    }
}

impl Metrics {
    pub(super) fn new(watched: &Handle, audited: Audited, turn: Turn) -> Self {
        let mut registry = Registry::with_prefix("portcullis");
        let writes = Family::<Write, Counter>::default();
        registry.register(
            "controller_writes",
            "Writes of the controller by object and outcome: done, or failed",
            writes.clone(),
        );
        // An alert on a counter that is not there before its first event would miss that event.
        for object in Written::ALL.map(Written::name) {
            for outcome in ["done", "failed"] {
                drop(writes.get_or_create(&Write { object, outcome }));
            }
        }
        registry.register_collector(Box::new(Measured::new(watched.clone())));
        registry.register_collector(Box::new(Audit { audited, turn }));
        Self { registry, writes }
    }

    /// Something was written, or could not be.
    pub(super) fn wrote(&self, what: Written, is_done: bool) {
        let outcome = if is_done { "done" } else { "failed" };
        self.writes.get_or_create(&Write { object: what.name(), outcome }).inc();
    }

    /// In the `OpenMetrics` text format.
    pub(super) fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What the audit found, counted when somebody asks.
#[derive(Debug)]
struct Audit {
    audited: Audited,
    turn: Turn,
}

impl Collector for Audit {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let is_leading = self.turn.is_ours();
        let leading = ConstGauge::new(i64::from(is_leading));
        let help = "1 for the replica that writes, and tells of findings";
        leading.encode(encoder.encode_descriptor("leading", help, None, MetricType::Gauge)?)?;
        let found = self.audited.borrow().clone();
        // Of several replicas one tells: their sum would count every finding several times.
        let Some(found) = found.filter(|_| is_leading) else { return Ok(()) };
        let took = ConstGauge::new(found.took.as_secs_f64());
        let help = "How long the last complete round of the audit took";
        let descriptor =
            encoder.encode_descriptor("audit_duration_seconds", help, None, MetricType::Gauge)?;
        took.encode(descriptor)?;
        let help =
            "What the audit finds in the cluster now, by rule and level; exempt for what is exempt";
        let mut encoder = encoder.encode_descriptor("findings", help, None, MetricType::Gauge)?;
        for ((rule, level), count) in counted(&found) {
            let count = ConstGauge::new(count);
            count.encode(encoder.encode_family(&[("rule", rule), ("level", level)])?)?;
        }
        Ok(())
    }
}

/// How many findings of each rule and level there are; every rule has its levels, so that a zero is told.
fn counted(found: &Found) -> std::collections::BTreeMap<(&'static str, &'static str), i64> {
    let mut counts = std::collections::BTreeMap::new();
    for rule in crate::rules::RULES {
        counts.insert((rule.name, rule.level.name()), 0);
    }
    for finding in found.findings.values().flat_map(|findings| findings.iter()) {
        let level = if finding.exempted.is_some() { "exempt" } else { finding.level.name() };
        *counts.entry((finding.rule.name, level)).or_default() += 1;
    }
    counts
}
