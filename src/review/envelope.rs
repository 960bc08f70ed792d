//! The envelope of an `AdmissionReview`, read in one pass: strings are borrowed from the body and the objects stay raw
//! until somebody asks for them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fields::{GroupVersionKind, GroupVersionResource, User, text};
use super::uid;

const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// One admission request. Where a key occurs twice the last one counts, as in Go's decoder.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of admission.k8s.io/v1")]
pub struct Envelope<'a> {
    /// Echoed in the response; never empty.
    pub uid: Cow<'a, str>,
    /// The version that the webhook's rule names; objects are in this version.
    pub kind: GroupVersionKind<'a>,
    pub resource: GroupVersionResource<'a>,
    /// Empty for the object itself.
    pub sub_resource: Cow<'a, str>,
    /// What the client sent, when it was converted for us.
    pub request_kind: Option<GroupVersionKind<'a>>,
    pub request_resource: Option<GroupVersionResource<'a>>,
    pub request_sub_resource: Cow<'a, str>,
    /// Empty with `generateName`, and for every object of a `deletecollection`.
    pub name: Cow<'a, str>,
    /// Empty for cluster-scoped objects; the name for a Namespace.
    pub namespace: Cow<'a, str>,
    pub operation: Operation,
    pub user: User<'a>,
    /// Absent or null on DELETE.
    pub object: Option<&'a RawValue>,
    /// Absent or null on CREATE.
    pub old_object: Option<&'a RawValue>,
    pub dry_run: bool,
    pub options: Option<&'a RawValue>,
}

/// What the client does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of admission.k8s.io/v1")]
pub enum Operation {
    Connect,
    Create,
    Delete,
    /// Not named by the request; [`Envelope::read`] refuses it.
    #[default]
    Unknown,
    Update,
}

/// Why a body is no admission review.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No `request.uid` to answer to: HTTP 400 and a plain text.
    #[error("no admission review: {0}")]
    Anonymous(String),
    /// There is a uid: the answer is a response that echoes it.
    #[error("{reason}")]
    Identified {
        /// `request.uid`.
        uid: String,
        /// What is wrong, for the client.
        reason: String,
    },
}

impl<'a> Envelope<'a> {
    /// Reads the body of a request.
    pub fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        Self::parse(body).map_err(|reason| match uid::find(body) {
            Some(uid) => Unreadable::Identified { uid, reason },
            None => Unreadable::Anonymous(reason),
        })
    }

    fn parse(body: &'a [u8]) -> Result<Self, String> {
        // Once for the whole body: reading from `str` then skips the check for every string.
        let body = str::from_utf8(body).map_err(|error| format!("body is not UTF-8: {error}"))?;
        let review: Review<'a> = serde_json::from_str(body)
            .map_err(|error| format!("cannot read the review: {error}"))?;
        if (&*review.api_version, &*review.kind) != (API_VERSION, KIND) {
            return Err(format!(
                "this webhook answers {API_VERSION} {KIND}, not {:?} {:?}; set admissionReviewVersions: [v1]",
                review.api_version, review.kind
            ));
        }
        let request = review.request.ok_or("the review has no request")?;
        if request.uid.is_empty() {
            return Err("request.uid is missing or empty".to_owned());
        }
        if request.operation == Operation::Unknown {
            return Err("request.operation is none of CREATE, UPDATE, DELETE, CONNECT".to_owned());
        }
        Ok(request)
    }

    /// Who writes, as server-side apply and the audit know it (`options.fieldManager`); empty where it is not named.
    pub fn field_manager(&self) -> String {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Options {
            field_manager: Option<String>,
        }
        self.options
            .and_then(|raw| serde_json::from_str::<Options>(raw.get()).ok())
            .and_then(|options| options.field_manager)
            .unwrap_or_default()
    }
}

#[derive(Default)]
struct Review<'a> {
    api_version: Cow<'a, str>,
    kind: Cow<'a, str>,
    request: Option<Envelope<'a>>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum ReviewKey {
    ApiVersion,
    Kind,
    Request,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum RequestKey {
    Uid,
    Kind,
    Resource,
    SubResource,
    RequestKind,
    RequestResource,
    RequestSubResource,
    Name,
    Namespace,
    Operation,
    UserInfo,
    Object,
    OldObject,
    DryRun,
    Options,
    #[serde(other)]
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Review<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReviewVisitor;

        impl<'de> Visitor<'de> for ReviewVisitor {
            type Value = Review<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an AdmissionReview")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut review = Review::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        ReviewKey::ApiVersion => review.api_version = text(&mut map)?,
                        ReviewKey::Kind => review.kind = text(&mut map)?,
                        ReviewKey::Request => review.request = map.next_value()?,
                        ReviewKey::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(review)
            }
        }

        deserializer.deserialize_map(ReviewVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RequestVisitor;

        impl<'de> Visitor<'de> for RequestVisitor {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an AdmissionRequest")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut request = Envelope::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        RequestKey::Uid => request.uid = text(&mut map)?,
                        RequestKey::Kind => request.kind = map.next_value()?,
                        RequestKey::Resource => request.resource = map.next_value()?,
                        RequestKey::SubResource => request.sub_resource = text(&mut map)?,
                        RequestKey::RequestKind => request.request_kind = map.next_value()?,
                        RequestKey::RequestResource => {
                            request.request_resource = map.next_value()?;
                        }
                        RequestKey::RequestSubResource => {
                            request.request_sub_resource = text(&mut map)?;
                        }
                        RequestKey::Name => request.name = text(&mut map)?,
                        RequestKey::Namespace => request.namespace = text(&mut map)?,
                        RequestKey::Operation => {
                            request.operation = Operation::named(&text(&mut map)?);
                        }
                        RequestKey::UserInfo => request.user = map.next_value()?,
                        RequestKey::Object => request.object = map.next_value()?,
                        RequestKey::OldObject => request.old_object = map.next_value()?,
                        RequestKey::DryRun => {
                            request.dry_run = map.next_value::<Option<bool>>()?.unwrap_or_default();
                        }
                        RequestKey::Options => request.options = map.next_value()?,
                        RequestKey::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(request)
            }
        }

        deserializer.deserialize_map(RequestVisitor)
    }
}

impl Operation {
    fn named(name: &str) -> Self {
        match name {
            "CONNECT" => Self::Connect,
            "CREATE" => Self::Create,
            "DELETE" => Self::Delete,
            "UPDATE" => Self::Update,
            _ => Self::Unknown,
        }
    }

    /// As the request writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::Unknown => "UNKNOWN",
            Self::Update => "UPDATE",
        }
    }
}
