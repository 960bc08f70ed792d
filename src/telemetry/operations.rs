//! The listener for probes and metrics, plain HTTP.

use std::fmt;
use std::io;
use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::{Handle, Server};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// A client that says nothing is sent away.
const FIRST: Duration = Duration::from_secs(5);
/// The longest that a connection may idle.
const HEADER: Duration = Duration::from_mins(2);

/// What the probes look at.
pub trait Probed: Send + Sync + 'static {
    /// Whether the process is on its way out.
    fn is_leaving(&self) -> bool;

    /// What it does not know yet, for people; `None` when it is ready.
    fn unready(&self) -> Option<String>;

    /// What it does without, since it cannot be read, for people; one line each.
    fn missing(&self) -> Vec<String>;

    /// Its metrics in the `OpenMetrics` text format.
    fn metrics(&self) -> Result<String, fmt::Error>;
}

/// `/healthz` (`/livez`), `/readyz` and `/metrics`.
pub(crate) fn router<P: Probed>(probed: Arc<P>) -> Router {
    Router::new()
        // Alive says nothing about load or caches: a restart would cure neither.
        .route("/healthz", get(alive))
        .route("/livez", get(alive))
        .route("/readyz", get(ready::<P>))
        .route("/metrics", get(metrics::<P>))
        .with_state(probed)
}

/// Serves until the handle is told to end.
pub(crate) async fn serve(
    listener: TcpListener,
    handle: Handle<SocketAddr>,
    router: Router,
) -> io::Result<()> {
    let mut server = Server::<SocketAddr>::from_listener(listener)
        .http1_only()
        .first_request_timeout(FIRST)
        .handle(handle);
    server.http_builder().http1().header_read_timeout(HEADER);
    server.serve(router.into_make_service()).await
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn ready<P: Probed>(State(probed): State<Arc<P>>) -> (StatusCode, String) {
    if probed.is_leaving() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n".to_owned());
    }
    if let Some(why) = probed.unready() {
        let text = format!("caches have not synced yet\n{why}\n");
        return (StatusCode::SERVICE_UNAVAILABLE, text);
    }
    let missing = probed.missing().into_iter();
    let lines = missing.map(|line| format!("without {line}\n"));
    (StatusCode::OK, iter::once("ok\n".to_owned()).chain(lines).collect())
}

async fn metrics<P: Probed>(State(probed): State<Arc<P>>) -> Response {
    match probed.metrics() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
