//! An [`Answer`] as the bytes of an `AdmissionReview`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use json_patch::Patch;
use serde::{Serialize, Serializer};

use super::answer::{Annotation, Answer, Cause, Denial, Outcome};
use super::message::one_line;
use super::warning::warnings;

impl Answer {
    /// The body of the HTTP response.
    ///
    /// # Panics
    ///
    /// Never: what is written are strings, numbers and JSON values.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (status, patch) = match &self.outcome {
            Outcome::Allow(patch) => (None, patch.as_ref().filter(|patch| !patch.0.is_empty())),
            Outcome::Deny(denial) => (Some(Status::from(denial)), None),
        };
        let review = Review {
            api_version: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: Response {
                uid: &self.uid,
                allowed: self.is_allowed(),
                status,
                patch: patch.map(base64),
                patch_type: patch.map(|_| "JSONPatch"),
                audit_annotations: Annotations(self),
                warnings: warnings(&self.warnings),
            },
        };
        serde_json::to_vec(&review).expect("strings and lists of strings always serialise")
    }
}

fn base64(patch: &Patch) -> String {
    BASE64_STANDARD
        .encode(serde_json::to_vec(patch).expect("a patch of JSON values always serialises"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    audit_annotations: Annotations<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// `metav1.Status`. The API server keeps code, reason, message and details as they are
/// (apiserver `pkg/admission/plugin/webhook/errors/statuserror.go`).
#[derive(Serialize)]
struct Status<'a> {
    #[serde(rename = "status")]
    outcome: &'static str,
    code: u16,
    reason: &'static str,
    message: &'a str,
    details: StatusDetails<'a>,
}

#[derive(Serialize)]
struct StatusDetails<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    group: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    uid: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<StatusCause<'a>>,
}

#[derive(Serialize)]
struct StatusCause<'a> {
    reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    field: &'a str,
    message: String,
}

impl<'a> From<&'a Denial> for Status<'a> {
    fn from(denial: &'a Denial) -> Self {
        let details = &denial.details;
        Self {
            outcome: "Failure",
            code: denial.reason.code(),
            reason: denial.reason.name(),
            message: &denial.message,
            details: StatusDetails {
                name: &details.name,
                group: &details.group,
                kind: &details.kind,
                uid: &details.uid,
                causes: details.causes.iter().map(StatusCause::from).collect(),
            },
        }
    }
}

impl<'a> From<&'a Cause> for StatusCause<'a> {
    fn from(cause: &'a Cause) -> Self {
        Self { reason: &cause.rule, field: &cause.field, message: one_line(&cause.message) }
    }
}

struct Annotations<'a>(&'a Answer);

impl Annotations<'_> {
    fn is_empty(&self) -> bool {
        self.0.annotations.is_empty()
    }
}

impl Serialize for Annotations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.annotations.iter();
        serializer.collect_map(pairs.map(|(key, value)| (Annotation::key(*key), one_line(value))))
    }
}
