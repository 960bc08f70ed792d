//! Admission reviews: bytes to [`Envelope`], and [`Answer`] to bytes.
//!
//! Whatever arrives has a defined answer. A body without a readable `request.uid` is [`Unreadable::Anonymous`] (HTTP 400);
//! everything else is answered by a response that carries the uid, because the API server refuses a response without
//! it (apiserver `pkg/admission/plugin/webhook/request/admissionreview.go`).

mod answer;
mod change;
mod effect;
mod envelope;
mod fields;
mod message;
mod mutation;
#[cfg(test)]
mod tests;
mod uid;
mod verdict;
mod warning;
mod write;

pub use answer::{Annotation, Answer, Cause, Denial, Details, Outcome, Reason};
pub use change::{Asked, change};
pub use envelope::{Envelope, Operation, Unreadable};
pub use fields::{GroupVersionKind, GroupVersionResource, User};
pub(crate) use message::cut;
pub use message::{message, one_line};
pub use mutation::mutation;
pub use warning::warnings;
