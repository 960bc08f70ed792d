//! The second listener, plain HTTP: probes and metrics.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::{Gate, Metrics};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the probes look at.
pub(super) struct Probed<G> {
    pub(super) gate: Arc<G>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) is_leaving: Arc<AtomicBool>,
}

pub(super) fn router<G: Gate>(probed: Probed<G>) -> Router {
    Router::new()
        // Alive says nothing about load or caches: a restart would cure neither.
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready::<G>))
        .route("/metrics", get(metrics::<G>))
        .with_state(Arc::new(probed))
}

async fn ready<G: Gate>(State(probed): State<Arc<Probed<G>>>) -> (StatusCode, String) {
    if probed.is_leaving.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n".to_owned());
    }
    if let Some(why) = probed.gate.unready() {
        let text = format!("caches have not synced yet\n{why}\n");
        return (StatusCode::SERVICE_UNAVAILABLE, text);
    }
    let missing = probed.gate.missing().into_iter();
    let lines = missing.map(|line| format!("without {line}\n"));
    (StatusCode::OK, iter::once("ok\n".to_owned()).chain(lines).collect())
}

async fn metrics<G: Gate>(State(probed): State<Arc<Probed<G>>>) -> Response {
    match probed.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
