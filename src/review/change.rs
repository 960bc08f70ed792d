//! From an admission request to a [`Change`].

use crate::model::{self, Change, Requester, Right};
use crate::object::{Kind, Object};

use serde_json::value::RawValue;

use super::{Envelope, Operation};

/// What a request asks to be judged.
#[derive(Debug)]
pub enum Asked {
    /// A change of a kind that is judged.
    Change(Box<Change>),
    /// Nothing that is judged, and why: allowed untouched.
    Nothing(String),
}

/// The change that `envelope` asks for; the error is a sentence for the client.
///
/// `deletecollection` sends an empty `request.name`: names are those of the objects. Labels can be changed through
/// `pods/status`, `namespaces/status` and `namespaces/finalize`, so these are judged like the object itself.
pub fn change(envelope: &Envelope<'_>) -> Result<Asked, String> {
    let kind = &envelope.kind;
    let Some(known) = Kind::of_parts(&kind.group, &kind.version, &kind.kind).filter(is_judged)
    else {
        return Ok(Asked::Nothing(format!("kind {}/{} {}", kind.group, kind.version, kind.kind)));
    };
    if !judges_subresource(known, &envelope.sub_resource) {
        return Ok(Asked::Nothing(format!("subresource {}", envelope.sub_resource)));
    }
    let operation = match envelope.operation {
        Operation::Create => model::Operation::Create,
        Operation::Delete => model::Operation::Delete,
        Operation::Update => model::Operation::Update,
        Operation::Connect | Operation::Unknown => {
            return Ok(Asked::Nothing("operation CONNECT".to_owned()));
        }
    };
    let (before, after) = match objects(envelope, known, operation)? {
        (None, None) => return Ok(Asked::Nothing(format!("a stored {known} that cannot be read"))),
        objects => objects,
    };
    let requester = Requester {
        name: envelope.user.username.to_string(),
        uid: envelope.user.uid.to_string(),
        groups: envelope.user.groups().map(str::to_owned).collect(),
        extra: envelope.user.extra(),
    };
    let (dry_run, field_manager) = (envelope.dry_run, envelope.field_manager());
    Ok(Asked::Change(Box::new(Change {
        operation,
        before,
        after,
        requester,
        dry_run,
        field_manager,
        right: Right::Unasked,
    })))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of a filter")]
fn is_judged(kind: &Kind) -> bool {
    kind.is_workload()
        || kind.covers_beside()
        || matches!(kind, Kind::Namespace | Kind::NetworkPolicy)
}

fn judges_subresource(kind: Kind, subresource: &str) -> bool {
    matches!(
        (kind, subresource),
        (_, "") | (Kind::Namespace | Kind::Pod, "status") | (Kind::Namespace, "finalize")
    )
}

/// The object before and after. A stored object that cannot be read (older API servers let in what newer ones refuse)
/// counts as absent, as it does in the World: nobody is kept from mending or deleting it.
fn objects(
    envelope: &Envelope<'_>,
    kind: Kind,
    operation: model::Operation,
) -> Result<(Option<Object>, Option<Object>), String> {
    let present = |field, raw: Option<_>| raw.ok_or_else(|| format!("request.{field} is missing"));
    let read = |field, raw| read(kind, field, raw, envelope);
    let before = match operation {
        model::Operation::Create => None,
        model::Operation::Delete | model::Operation::Update => {
            read("oldObject", present("oldObject", envelope.old_object)?).ok()
        }
    };
    if operation == model::Operation::Delete {
        return Ok((before, None));
    }
    let after = read("object", present("object", envelope.object)?);
    if operation == model::Operation::Update && before.is_none() && after.is_err() {
        return Ok((None, None));
    }
    Ok((before, Some(after?)))
}

fn read(
    kind: Kind,
    field: &str,
    raw: &RawValue,
    envelope: &Envelope<'_>,
) -> Result<Object, String> {
    // serde reads a list as a struct too, field by field.
    if !raw.get().starts_with('{') {
        return Err(format!("request.{field} is no object"));
    }
    let mut object = Object::from_raw(kind, raw)
        .map_err(|error| format!("request.{field} cannot be read as a {kind}: {error}"))?;
    let meta = object.meta_mut();
    if kind.is_namespaced() && meta.namespace.is_empty() {
        meta.namespace = envelope.namespace.to_string();
    }
    if meta.name.is_empty() && meta.generate_name.is_empty() {
        meta.name = envelope.name.to_string();
    }
    Ok(object)
}
