//! What of the cluster is kept: objects are read and pruned as they arrive.

use kube::runtime::watcher;

use crate::object::{Kind, Object, ObjectRef};

use super::arrival::Arrival;
use super::{Event, Feed, Unreadable};

/// Annotations of our own.
const OWN: &str = "portcullis.dev/";
/// What `kubectl apply` was given last: the rules read it on policies only, and it is as large as the object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Marks the mirror Pod of a static one.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The longest text that can be the value of a label.
const LONGEST_VALUE: usize = 63;

/// What an event of the watch of `feed` means; `None` when it is about nothing that is kept.
pub(super) fn event(feed: Feed, event: watcher::Event<Arrival>) -> Option<Event> {
    let kind = feed.kind();
    match event {
        watcher::Event::Init => Some(Event::Init(feed)),
        watcher::Event::InitDone => Some(Event::InitDone(feed)),
        watcher::Event::Delete(arrival) => Some(Event::Delete(arrival.reference(kind))),
        watcher::Event::InitApply(arrival) => read_kept(kind, &arrival).map(Event::InitApply),
        watcher::Event::Apply(arrival) => read_kept(kind, &arrival).map(Event::Apply),
    }
}

fn read_kept(kind: Kind, arrival: &Arrival) -> Option<Result<Box<Object>, Unreadable>> {
    is_kept(&arrival.reference(kind)).then(|| read(kind, arrival).map(Box::new))
}

/// Reads one object, and keeps of it what the rules read.
pub(super) fn read(kind: Kind, arrival: &Arrival) -> Result<Object, Unreadable> {
    let reference = arrival.reference(kind);
    let mut object = match Object::from_raw(kind, arrival.raw()) {
        Ok(object) if is_named(&reference) => object,
        Ok(_) => {
            let reason = "it has no name, or no namespace".to_owned();
            return Err(Unreadable { reference, reason });
        }
        Err(error) => return Err(Unreadable { reference, reason: error.to_string() }),
    };
    prune(&mut object);
    Ok(object)
}

fn prune(object: &mut Object) {
    let kind = object.kind();
    // Of a Node's annotations nothing but what plugins leave there has been read.
    if kind == Kind::Node {
        return;
    }
    // Required labels take their values from annotations of namespaces, and tomorrow's settings from others than today's.
    let is_source = |value: &str| kind == Kind::Namespace && value.len() <= LONGEST_VALUE;
    let is_read = |key: &str, value: &str| {
        key.starts_with(OWN)
            || key == MIRROR
            || key == LAST_APPLIED && kind == Kind::NetworkPolicy
            || is_source(value)
    };
    object.meta_mut().annotations.retain(|key, value| is_read(key, value));
}

fn is_named(reference: &ObjectRef) -> bool {
    !reference.name.is_empty() && reference.namespace.as_deref() != Some("")
}

/// Of `EndpointSlice`s only those that can belong to the API server or to the cluster's DNS are kept. No selector of the API
/// says "these namespaces", so the others are sent, and dropped unread.
fn is_kept(reference: &ObjectRef) -> bool {
    reference.kind != Kind::EndpointSlice
        || matches!(
            reference.namespace.as_deref(),
            Some("default" | "kube-system" | "openshift-dns")
        )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn arrival(value: &Value) -> Arrival {
        serde_json::from_str(&value.to_string()).unwrap()
    }

    fn annotations(kind: Kind) -> Vec<String> {
        let value = json!({"metadata": {"name": "a", "namespace": "shop", "annotations": {
            LAST_APPLIED: "{}".repeat(40), "portcullis.dev/exempt-reason": "long ".repeat(40), "team": "blue",
            "long": "x".repeat(64), MIRROR: "y",
        }}});
        let object = read(kind, &arrival(&value)).unwrap();
        object.meta().annotations.keys().cloned().collect()
    }

    #[test]
    fn annotations_are_kept_where_a_rule_reads_them() {
        let own = "portcullis.dev/exempt-reason";
        assert_eq!(annotations(Kind::Namespace), [MIRROR, own, "team"]);
        assert_eq!(annotations(Kind::NetworkPolicy), [LAST_APPLIED, MIRROR, own]);
        assert_eq!(annotations(Kind::Deployment), [MIRROR, own]);
        let node = json!({"metadata": {"name": "a", "annotations": {"k3s.io/node-args": "[]", "team": "blue"}}});
        let node = read(Kind::Node, &arrival(&node)).unwrap();
        assert!(node.meta().annotations.keys().eq(["k3s.io/node-args"]));
    }

    #[test]
    fn what_cannot_be_read_is_reported_by_name() {
        let read = |kind, value: &Value| read(kind, &arrival(value)).unwrap_err().to_string();
        let labels = json!({"metadata": {"name": "a", "namespace": "shop", "labels": 7}});
        assert!(read(Kind::Pod, &labels).starts_with("Pod shop/a cannot be read: invalid type"));
        assert_eq!(
            read(Kind::Pod, &json!({"metadata": {"name": "a"}})),
            "Pod /a cannot be read: it has no name, or no namespace"
        );
        assert!(read(Kind::Namespace, &json!("text")).starts_with("Namespace  cannot be read"));
    }

    #[test]
    fn endpoint_slices_are_kept_only_for_the_api_server_and_dns() {
        let event = |namespace: &str| {
            let value = json!({"metadata": {"name": "a", "namespace": namespace}});
            let feed = Feed::of_kind(Kind::EndpointSlice).next().unwrap();
            event(feed, watcher::Event::InitApply(arrival(&value)))
        };
        assert!(event("shop").is_none());
        assert!(
            ["default", "kube-system", "openshift-dns"].iter().all(|home| event(home).is_some())
        );
    }
}
