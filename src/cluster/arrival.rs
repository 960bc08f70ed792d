//! An object as the API server sends it, not read yet.

use std::borrow::Cow;

use kube::Resource;
use kube::api::{ApiResource, ObjectMeta};
use kube::core::DynamicResourceScope;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::object::{GroupVersion, Kind, ObjectRef};

/// The text of an object, and as much of its metadata as a watch needs.
///
/// Every JSON value is one: an object that cannot be read must not make the list unreadable that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    meta: ObjectMeta,
    raw: Box<RawValue>,
}

impl Arrival {
    /// The object, still unread.
    pub(super) fn raw(&self) -> &RawValue {
        &self.raw
    }

    /// How it is named, as far as that can be read.
    pub(super) fn reference(&self, kind: Kind) -> ObjectRef {
        let namespace = self.meta.namespace.clone().unwrap_or_default();
        ObjectRef {
            kind,
            namespace: kind.is_namespaced().then_some(namespace),
            name: self.meta.name.clone().unwrap_or_default(),
        }
    }
}

/// How the API of `kind` is called, in its own version.
pub(super) fn api_resource(kind: Kind) -> ApiResource {
    api_resource_in(kind, kind.api())
}

/// How `kind` is called in the API `api`.
pub(super) fn api_resource_in(kind: Kind, api: GroupVersion) -> ApiResource {
    ApiResource {
        group: api.group.to_owned(),
        version: api.version.to_owned(),
        api_version: api.to_string(),
        kind: kind.name().to_owned(),
        plural: kind.plural().to_owned(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outline {
    metadata: OutlineMeta,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OutlineMeta {
    name: Value,
    namespace: Value,
    resource_version: Value,
}

impl<'de> Deserialize<'de> for Arrival {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let outline: Outline = serde_json::from_str(raw.get()).unwrap_or_default();
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        let meta = ObjectMeta {
            name: text(outline.metadata.name),
            namespace: text(outline.metadata.namespace),
            resource_version: text(outline.metadata.resource_version),
            ..ObjectMeta::default()
        };
        Ok(Self { meta, raw })
    }
}

impl Resource for Arrival {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        resource.kind.as_str().into()
    }

    fn group(resource: &ApiResource) -> Cow<'_, str> {
        resource.group.as_str().into()
    }

    fn version(resource: &ApiResource) -> Cow<'_, str> {
        resource.version.as_str().into()
    }

    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        resource.plural.as_str().into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }
}

#[cfg(test)]
mod tests {
    use kube::api::WatchEvent;
    use kube::core::ObjectList;
    use serde_json::json;

    use super::*;

    #[test]
    fn garbage_in_a_list_hides_none_of_its_neighbours() {
        let list = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": [
            {"metadata": {"name": "a", "namespace": "shop", "resourceVersion": "3"}},
            {"metadata": {"name": "b", "namespace": "shop", "labels": 7, "creationTimestamp": "never"}, "spec": []},
            {"metadata": "none"}, 17, null, "text", [],
            {"metadata": {"name": 4, "namespace": "shop"}},
            {"metadata": {"name": "z", "namespace": "shop"}},
        ]});
        let list: ObjectList<Arrival> = serde_json::from_str(&list.to_string()).unwrap();
        let names: Vec<String> =
            list.items.iter().map(|item| item.reference(Kind::Pod).to_string()).collect();
        let nameless = "Pod /";
        let expected =
            ["Pod shop/a", "Pod shop/b", nameless, nameless, nameless, nameless, nameless];
        assert_eq!(names[..7], expected);
        assert_eq!(names[7..], ["Pod shop/", "Pod shop/z"]);
    }

    #[test]
    fn a_watch_event_keeps_the_text_of_its_object() {
        let line = r#"{"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"9"},"x":1.50}}"#;
        let WatchEvent::Modified(arrival) = serde_json::from_str(line).unwrap() else {
            panic!("not a modification");
        };
        let arrival: Arrival = arrival;
        assert_eq!(arrival.meta.resource_version.as_deref(), Some("9"));
        assert!(arrival.raw().get().ends_with(r#""x":1.50}"#));
    }
}
