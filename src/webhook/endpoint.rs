//! What the server asks of whoever decides.

use std::future::Future;
use std::time::Instant;

use axum::body::Bytes;
use http::StatusCode;

/// Decides about admission reviews.
pub trait Gate: Send + Sync + 'static {
    /// Whether it knows enough to decide. Until then the server answers 503, and `failurePolicy` takes over.
    fn is_ready(&self) -> bool {
        self.unready().is_none()
    }

    /// What it does not know yet, for people; `None` when it is ready.
    fn unready(&self) -> Option<String>;

    /// What it decides without, since it cannot be read, for people; one line each.
    fn missing(&self) -> Vec<String> {
        Vec::new()
    }

    /// Answers the body of one request, before the deadline: what comes later is not sent.
    fn decide(
        &self,
        endpoint: Endpoint,
        body: Bytes,
        deadline: Instant,
    ) -> impl Future<Output = Reply> + Send;
}

/// Which kind of webhook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /mutate`: may patch.
    Mutate,
    /// `POST /validate`: must not patch.
    Validate,
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Anything but 200 makes the API server follow `failurePolicy`.
    pub status: StatusCode,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

impl Endpoint {
    /// The path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Mutate => "/mutate",
            Self::Validate => "/validate",
        }
    }

    /// The name in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mutate => "mutate",
            Self::Validate => "validate",
        }
    }
}

impl Reply {
    /// An `AdmissionReview`.
    pub fn review(body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type: "application/json", body: body.into() }
    }

    /// No answer to the question, and the reason in one line.
    pub fn text(status: StatusCode, text: impl Into<String>) -> Self {
        let mut text = text.into();
        text.push('\n');
        Self { status, content_type: "text/plain; charset=utf-8", body: text.into() }
    }
}
