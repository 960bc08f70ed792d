//! What is measured. Every label has few values: nothing that a client names becomes one.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Endpoint;

/// Upper bounds in seconds: from a verdict out of memory to one that waited for the API server.
const BUCKETS: [f64; 12] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 2.5, 10.0];

/// The metrics of one server, and the registry they are read from.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reviews: Family<Decision, Counter>,
    would_deny: Family<Rule, Counter>,
    findings: Family<Finding, Counter>,
    duration: Family<At, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    rejected: Family<Overload, Counter>,
    panics: Counter,
    reloads: Family<Outcome, Counter>,
    not_after: Family<Certificate, Gauge>,
    settings_reloads: Family<Outcome, Counter>,
    settings_stale: Gauge,
}

/// What was decided about one review.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Decision {
    /// `mutate` or `validate`.
    pub endpoint: &'static str,
    /// `CREATE`, `UPDATE`...
    pub operation: &'static str,
    /// The kind, `other` for one that is not judged.
    pub kind: &'static str,
    /// `allow`, `warn`, `deny`, `ignore`, `error`.
    pub decision: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rule {
    rule: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Finding {
    rule: &'static str,
    level: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    endpoint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Overload {
    bound: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Certificate {
    certificate: &'static str,
}

impl Metrics {
    /// All metrics, at zero.
    pub fn new() -> Self {
        Self {
            registry: Registry::with_prefix("portcullis"),
            reviews: Family::default(),
            would_deny: Family::default(),
            findings: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
            rejected: Family::default(),
            panics: Counter::default(),
            reloads: Family::default(),
            not_after: Family::default(),
            settings_reloads: Family::default(),
            settings_stale: Gauge::default(),
        }
        .registered()
        .at_zero()
    }

    /// An alert on a counter that is not there before its first event would miss that event.
    fn at_zero(self) -> Self {
        for bound in ["requests", "bytes"] {
            drop(self.rejected.get_or_create(&Overload { bound }));
        }
        for outcome in ["loaded", "failed"] {
            drop(self.reloads.get_or_create(&Outcome { outcome }));
            drop(self.settings_reloads.get_or_create(&Outcome { outcome }));
        }
        self
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "reviews",
            "Admission reviews by endpoint, operation, kind and decision",
            self.reviews.clone(),
        );
        registry.register(
            "would_deny",
            "Denials that the mode turned into something milder, by rule",
            self.would_deny.clone(),
        );
        registry.register(
            "findings",
            "Findings in admission reviews, by rule and level",
            self.findings.clone(),
        );
        registry.register(
            "review_duration_seconds",
            "From the request's head to the answer, by endpoint",
            self.duration.clone(),
        );
        registry.register("reviews_in_flight", "Reviews being answered", self.in_flight.clone());
        registry.register(
            "rejected_overload",
            "Reviews answered 503 because a bound was reached, by bound",
            self.rejected.clone(),
        );
        registry.register("panics", "Requests that ended in a panic", self.panics.clone());
        registry.register(
            "certificate_reloads",
            "Changed certificate files, by outcome: loaded, or failed and the old pair kept",
            self.reloads.clone(),
        );
        registry.register(
            "certificate_expiry_timestamp_seconds",
            "When a certificate expires, in seconds since 1970",
            self.not_after.clone(),
        );
        registry.register(
            "settings_reloads",
            "Changed settings, by outcome: loaded, or failed and the old ones kept",
            self.settings_reloads.clone(),
        );
        registry.register(
            "settings_stale",
            "1 while the settings cannot be used and older ones hold",
            self.settings_stale.clone(),
        );
        self
    }

    /// One more family, for what other parts of the process measure.
    pub fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// In the `OpenMetrics` text format.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// A review was decided.
    pub fn decided(&self, decision: &Decision) {
        self.reviews.get_or_create(decision).inc();
    }

    /// A denial by `rule` was capped by the mode.
    pub fn would_deny(&self, rule: &'static str) {
        self.would_deny.get_or_create(&Rule { rule }).inc();
    }

    /// A review had a finding.
    pub fn found(&self, rule: &'static str, level: &'static str) {
        self.findings.get_or_create(&Finding { rule, level }).inc();
    }

    /// When a certificate (`leaf`, `ca`, `bundle`) expires.
    pub fn expires(&self, certificate: &'static str, unix_seconds: i64) {
        let label = Certificate { certificate };
        self.not_after.get_or_create(&label).set(unix_seconds);
    }

    pub(super) fn started(&self) {
        self.in_flight.inc();
    }

    pub(super) fn finished(&self, endpoint: Endpoint, duration: Duration) {
        self.in_flight.dec();
        let endpoint = endpoint.name();
        let duration = duration.as_secs_f64();
        self.duration.get_or_create(&At { endpoint }).observe(duration);
    }

    pub(super) fn rejected(&self, bound: &'static str) {
        self.rejected.get_or_create(&Overload { bound }).inc();
    }

    pub(super) fn panicked(&self) {
        self.panics.inc();
    }

    pub(super) fn settings_read(&self, outcome: &'static str, is_stale: bool) {
        self.settings_reloads.get_or_create(&Outcome { outcome }).inc();
        self.settings_stale.set(i64::from(is_stale));
    }

    pub(super) fn reloaded(&self, outcome: &'static str) {
        self.reloads.get_or_create(&Outcome { outcome }).inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
