//! Documents to objects, refusing what the API server would refuse.

use serde_json::Value;
use serde_path_to_error::{Path, Segment, Track};

use crate::netpol::{validate, validate_tiered};
use crate::object::{ConfigMap, Kind, Object, tiered_form};

use super::{Document, ReadError, served};

/// Fields that are mappings in every kind. Reading alone would take a sequence for the members in their order.
const MAPPINGS: [&str; 8] = [
    "/metadata",
    "/spec",
    "/spec/jobTemplate",
    "/spec/jobTemplate/spec",
    "/spec/jobTemplate/spec/template",
    "/spec/template",
    "/spec/template/metadata",
    "/spec/template/spec",
];

/// The object in `document`; nothing when it is of a kind that Portcullis does not read.
///
/// An object without a namespace is put into `default_namespace`. Errors are all that is wrong with it: a missing
/// `apiVersion`, `kind` or name, a field of the wrong type, an API version that is no longer served, an invalid policy.
pub fn object(
    document: &Document,
    default_namespace: &str,
) -> Result<Option<Object>, Vec<ReadError>> {
    let api_version = text(document, "apiVersion").map_err(one)?;
    let kind_name = text(document, "kind").map_err(one)?;
    let Some(kind) = Kind::of(api_version, kind_name) else {
        return match served::refusal(api_version, kind_name) {
            Some(reason) => Err(one(document.error("/apiVersion", reason))),
            None => Ok(None),
        };
    };
    let name = document.value().pointer("/metadata/name").and_then(Value::as_str);
    if kind == Kind::ConfigMap && !name.is_some_and(ConfigMap::is_read) {
        return Ok(None);
    }
    let invalid = match tiered_form(kind) {
        Some(form) => validate_tiered(form, document.value()),
        None if kind == Kind::NetworkPolicy => validate(document.value()),
        None => Vec::new(),
    };
    if !invalid.is_empty() {
        let errors: Vec<ReadError> = invalid
            .into_iter()
            .map(|invalid| document.error(&invalid.path, field(&invalid.path, &invalid.reason)))
            .collect();
        return Err(errors);
    }
    let mut object = typed(kind, document).map_err(one)?;
    let meta = object.meta_mut();
    if meta.name.is_empty() && meta.generate_name.is_empty() {
        let reason = "metadata.name is missing: the object needs a name, or generateName";
        return Err(one(document.error("/metadata/name", reason)));
    }
    if !kind.is_namespaced() {
        meta.namespace.clear();
    } else if meta.namespace.is_empty() {
        default_namespace.clone_into(&mut meta.namespace);
    }
    Ok(Some(object))
}

fn one(error: ReadError) -> Vec<ReadError> {
    vec![error]
}

/// The text of a field at the top of the object.
fn text<'a>(document: &'a Document, name: &str) -> Result<&'a str, ReadError> {
    let reason = match document.value().get(name) {
        Some(Value::String(text)) if !text.is_empty() => return Ok(text),
        None => format!("{name} is missing: a Kubernetes object needs apiVersion and kind"),
        Some(_) => format!("{name} must be a text"),
    };
    Err(document.error(&format!("/{name}"), reason))
}

fn typed(kind: Kind, document: &Document) -> Result<Object, ReadError> {
    let is_list = |pointer: &&str| document.value().pointer(pointer).is_some_and(Value::is_array);
    if let Some(pointer) = MAPPINGS.into_iter().find(is_list) {
        return Err(
            document.error(pointer, field(pointer, "invalid type: sequence, expected a mapping"))
        );
    }
    let mut track = Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(document.value(), &mut track);
    Object::read(kind, deserializer).map_err(|error| {
        let pointer = pointer(&track.path());
        let error = error.to_string();
        let advice = match document.value().pointer(&pointer) {
            Some(Value::Bool(_) | Value::Number(_)) if error.ends_with("expected a string") => {
                ": quote it"
            }
            _ => "",
        };
        document.error(&pointer, field(&pointer, &format!("{error}{advice}")))
    })
}

/// `reason` with the field in front, as `spec.ports[0].port`.
fn field(pointer: &str, reason: &str) -> String {
    let segments = pointer.split('/').skip(1).map(|segment| {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let is_index = segment.bytes().all(|byte| byte.is_ascii_digit());
        if is_index { format!("[{segment}]") } else { format!(".{segment}") }
    });
    let name: String = segments.collect();
    match name.trim_start_matches('.') {
        "" => reason.to_owned(),
        name => format!("{name}: {reason}"),
    }
}

pub(crate) fn pointer(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}
