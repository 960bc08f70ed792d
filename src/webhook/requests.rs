//! From an HTTP request to the gate and back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use futures::FutureExt;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use tokio::time::timeout_at;

use super::body::{self, Refusal};
use super::bounds::InFlight;
use super::timeout::deadline;
use super::{Endpoint, Gate, Metrics, Reply};

/// What every request needs.
pub(super) struct Served<G> {
    pub(super) gate: Arc<G>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) in_flight: Arc<InFlight>,
    pub(super) is_leaving: Arc<AtomicBool>,
}

pub(super) fn router<G: Gate>(served: Served<G>) -> Router {
    [Endpoint::Mutate, Endpoint::Validate]
        .into_iter()
        .fold(Router::new(), |router, endpoint| router.route(endpoint.path(), route(endpoint)))
        .with_state(Arc::new(served))
}

fn route<G: Gate>(endpoint: Endpoint) -> MethodRouter<Arc<Served<G>>> {
    post(move |State(served): State<Arc<Served<G>>>, request: Request| async move {
        served.answer(endpoint, request).await
    })
}

impl<G: Gate> Served<G> {
    async fn answer(&self, endpoint: Endpoint, request: Request) -> Response {
        let timed = Timed::start(&self.metrics, endpoint);
        let reply = AssertUnwindSafe(self.reply(endpoint, request, timed.started));
        let reply = reply.catch_unwind().await.unwrap_or_else(|_| {
            self.metrics.panicked();
            tracing::error!(endpoint = endpoint.name(), "request panicked");
            Reply::text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the webhook failed on this request; its log says where",
            )
        });
        self.response(reply)
    }

    async fn reply(&self, endpoint: Endpoint, request: Request, started: Instant) -> Reply {
        let Some(mut share) = self.in_flight.admit() else {
            self.metrics.rejected("requests");
            return Reply::overloaded();
        };
        if !self.gate.is_ready() {
            return Reply::text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the webhook is not ready: its caches have not synced yet",
            );
        }
        let deadline = deadline(request.uri().query(), started);
        let decided = async {
            match body::read(request.into_body(), &mut share).await {
                Ok(body) => self.gate.decide(endpoint, body, deadline).await,
                Err(refusal) => {
                    if refusal == Refusal::Overload {
                        self.metrics.rejected("bytes");
                    }
                    refusal.into()
                }
            }
        };
        timeout_at(deadline.into(), decided).await.unwrap_or_else(|_| {
            tracing::warn!(endpoint = endpoint.name(), "no verdict within the deadline");
            Reply::text(StatusCode::GATEWAY_TIMEOUT, "no verdict within the deadline")
        })
    }

    fn response(&self, reply: Reply) -> Response {
        let must_close = reply.status == StatusCode::PAYLOAD_TOO_LARGE;
        let mut response = Response::new(reply.body.into());
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
        if must_close || self.is_leaving.load(Ordering::Relaxed) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl Reply {
    pub(super) fn overloaded() -> Self {
        Self::text(
            StatusCode::SERVICE_UNAVAILABLE,
            "the webhook is overloaded: too much is in flight",
        )
    }
}

/// One request as the metrics see it, however it ends: a client that goes away drops the future.
struct Timed<'a> {
    metrics: &'a Metrics,
    endpoint: Endpoint,
    started: Instant,
}

impl<'a> Timed<'a> {
    fn start(metrics: &'a Metrics, endpoint: Endpoint) -> Self {
        metrics.started();
        Self { metrics, endpoint, started: Instant::now() }
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.metrics.finished(self.endpoint, self.started.elapsed());
    }
}
