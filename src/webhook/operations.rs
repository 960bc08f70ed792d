//! What the probes of the webhook look at.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::telemetry;

use super::{Gate, Metrics};

/// The gate, its metrics, and whether the server is leaving.
pub(super) struct Probed<G> {
    pub(super) gate: Arc<G>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) is_leaving: Arc<AtomicBool>,
}

impl<G: Gate> telemetry::Probed for Probed<G> {
    fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    fn unready(&self) -> Option<String> {
        self.gate.unready()
    }

    fn missing(&self) -> Vec<String> {
        self.gate.missing()
    }

    fn metrics(&self) -> Result<String, fmt::Error> {
        self.metrics.encode()
    }
}
