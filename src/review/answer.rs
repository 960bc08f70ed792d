//! What is answered to a review.

use std::collections::BTreeMap;

use json_patch::Patch;

use super::message::{cut, one_line};

/// The answer to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// `request.uid`, never empty.
    pub uid: String,
    /// Whether the write may happen.
    pub outcome: Outcome,
    /// Shown to the client whatever the outcome; written through [`super::warnings`].
    pub warnings: Vec<String>,
    /// Recorded in the audit log of the API server.
    pub annotations: BTreeMap<Annotation, String>,
}

/// Whether the write may happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It may, changed by the patch if there is one. Only a mutating webhook may send a patch: from a validating one it
    /// makes the response invalid (apiserver `admissionreview.go`).
    Allow(Option<Patch>),
    /// It may not.
    Deny(Denial),
}

/// A rejection, as `metav1.Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The reason, which also gives the code.
    pub reason: Reason,
    /// What the user reads; built by [`super::message()`] for verdicts.
    pub message: String,
    /// Which object, and every finding.
    pub details: Details,
}

/// `status.reason`. Never `Invalid`, for which kubectl hides the message, and nothing that clients retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The review makes no sense: 400.
    BadRequest,
    /// The rules forbid the write: 403.
    Forbidden,
}

/// `status.details`: the object and the findings, for machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of metav1.StatusDetails")]
pub struct Details {
    pub name: String,
    pub group: String,
    pub kind: String,
    pub uid: String,
    pub causes: Vec<Cause>,
}

/// One finding in `status.details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The rule; `reason` in JSON.
    pub rule: String,
    /// The path in the object; empty for the object as a whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// The keys of audit annotations. The API server prefixes the name of the webhook and a slash, and drops a key that is
/// then no qualified name (apiserver `pkg/admission/attributes.go`), so they are fixed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Annotation {
    /// Coverage of the namespace after the change.
    Coverage,
    /// allow, warn or deny.
    Decision,
    /// Why the request was not judged at all.
    Ignored,
    /// The mode of the settings.
    Mode,
    /// The rules that spoke.
    Rules,
}

impl Answer {
    /// Allowed, and nothing to say.
    pub fn allow(uid: impl Into<String>) -> Self {
        Self {
            uid: uid.into(),
            outcome: Outcome::Allow(None),
            warnings: Vec::new(),
            annotations: BTreeMap::new(),
        }
    }

    /// Allowed because it is none of our business; the audit log says why.
    pub fn ignore(uid: impl Into<String>, why: impl Into<String>) -> Self {
        Self::allow(uid).with(Annotation::Ignored, why)
    }

    /// Denied because the review itself cannot be judged.
    pub fn bad_request(uid: impl Into<String>, message: &str) -> Self {
        Self {
            outcome: Outcome::Deny(Denial {
                reason: Reason::BadRequest,
                message: cut(&one_line(message), 512),
                details: Details::default(),
            }),
            ..Self::allow(uid)
        }
    }

    /// With one more audit annotation.
    #[must_use]
    pub fn with(mut self, key: Annotation, value: impl Into<String>) -> Self {
        self.annotations.insert(key, value.into());
        self
    }

    /// Whether the write may happen.
    pub fn is_allowed(&self) -> bool {
        matches!(self.outcome, Outcome::Allow(_))
    }
}

impl Annotation {
    /// All keys.
    pub const ALL: [Self; 5] =
        [Self::Coverage, Self::Decision, Self::Ignored, Self::Mode, Self::Rules];

    /// The key, without the webhook's name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Decision => "decision",
            Self::Ignored => "ignored",
            Self::Mode => "mode",
            Self::Rules => "rules",
        }
    }
}

impl Reason {
    /// As `metav1.StatusReason`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequest",
            Self::Forbidden => "Forbidden",
        }
    }

    /// The HTTP code that the client of the API server gets.
    pub fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
        }
    }
}
