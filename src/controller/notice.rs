//! What an Event about a finding says: the same for the same finding, whoever writes it and how often.

use serde_json::{Value, json};

use crate::model::{Finding, RuleLevel, World};
use crate::object::Kind;
use crate::report::{SOURCE, fingerprint_of};

/// The API server takes no note of more bytes.
const NOTE: usize = 1024;
/// Of an object's name; with a dot and 16 digits it still is a name.
const NAME: usize = 200;

/// An Event to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notice {
    /// Where: the namespace of the object; that of a Namespace is its own, where its team looks.
    pub(super) namespace: String,
    /// The Event's name: another one when the object is another, or the note.
    pub(super) name: String,
    regarding: Value,
    reason: String,
    note: String,
}

impl Notice {
    /// The Event about a finding; only what would be refused, is not exempt and is about an object has one.
    pub(super) fn of(finding: &Finding, world: &World) -> Option<Self> {
        if finding.level < RuleLevel::Deny || finding.exempted.is_some() {
            return None;
        }
        let subject = finding.subject.as_ref()?;
        let meta = world.meta(subject)?;
        // `default` is where Events about objects of the cluster are.
        let namespace = match subject.kind {
            Kind::Namespace => &subject.name,
            _ => subject.namespace.as_deref().unwrap_or("default"),
        };
        let mut regarding = json!({
            "apiVersion": subject.kind.api_version(), "kind": subject.kind.name(), "name": subject.name, "uid": meta.uid,
        });
        if subject.namespace.is_some() || subject.kind == Kind::Namespace {
            regarding["namespace"] = namespace.into();
        }
        let rule = finding.rule.name;
        let note = bounded(&format!("{rule}: {}", finding.message), NOTE);
        let identity = [&meta.uid, &finding.key, &finding.path, &note];
        let hash = fingerprint_of(identity.into_iter().map(String::as_str));
        Some(Self {
            namespace: namespace.to_owned(),
            name: format!("{}.{hash}", start(&subject.name)),
            regarding,
            reason: camel(rule),
            note,
        })
    }

    /// The Event that says something about a namespace besides findings; `None` when it is not there any more.
    pub(super) fn about(namespace: &str, world: &World, reason: &str, note: &str) -> Option<Self> {
        let meta = &world.namespace(namespace)?.object.as_ref()?.meta;
        let note = bounded(note, NOTE);
        let hash = fingerprint_of([meta.uid.as_str(), reason, &note].into_iter());
        Some(Self {
            namespace: namespace.to_owned(),
            name: format!("{}.{hash}", start(namespace)),
            regarding: json!({
                "apiVersion": Kind::Namespace.api_version(), "kind": Kind::Namespace.name(), "name": namespace,
                "namespace": namespace, "uid": meta.uid,
            }),
            reason: reason.to_owned(),
            note,
        })
    }

    /// The Event as it is first written.
    pub(super) fn event(&self, me: &str, now: jiff::Timestamp) -> Value {
        json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "type": "Warning", "action": "Audit", "reason": self.reason, "note": self.note,
            "regarding": self.regarding, "eventTime": micro(now),
            "reportingController": format!("{SOURCE}.dev/controller"), "reportingInstance": bounded(me, 128),
        })
    }
}

/// The patch that says that an Event happened again; all else of an Event is for ever. `None` when it was said less than
/// `pause` ago, by whomever.
pub(super) fn again(
    event: &Value,
    now: jiff::Timestamp,
    pause: jiff::SignedDuration,
) -> Option<Value> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let series = &event["series"];
    let last = time(&series["lastObservedTime"]).or_else(|| time(&event["eventTime"]));
    if last.is_some_and(|last| now.duration_since(last) < pause) {
        return None;
    }
    let count = series["count"].as_i64().unwrap_or(1) + 1;
    let metadata = json!({
        "uid": event["metadata"]["uid"], "resourceVersion": event["metadata"]["resourceVersion"],
    });
    let series = json!({"count": count, "lastObservedTime": micro(now)});
    Some(json!({"metadata": metadata, "series": series}))
}

/// The start of a name that still is one.
fn start(name: &str) -> &str {
    name[..name.floor_char_boundary(NAME)].trim_end_matches(['.', '-'])
}

/// `MicroTime`: always six digits, and no more.
fn micro(moment: jiff::Timestamp) -> String {
    format!("{moment:.6}")
}

/// At most so many bytes of a text, the last an ellipsis when some are missing.
fn bounded(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes - '…'.len_utf8());
    text[..end].to_owned() + "…"
}

/// `missing-default-deny` as `MissingDefaultDeny`, as reasons of Events are written.
fn camel(rule: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    rule.split('-').map(word).collect()
}

#[cfg(test)]
mod tests {
    use crate::sample::{findings, live, settings};

    use super::*;

    const SHOP: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: n1, labels: {name: shop, portcullis.dev/default-deny: self}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, uid: d1}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web}]}}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: typo, namespace: shop, uid: p1}, spec: {podSelector: {matchLabels: {app: wbe}}}}
";

    fn notices(yaml: &str) -> Vec<Notice> {
        let world = live(yaml);
        let found = findings(&settings(""), &world);
        found.iter().filter_map(|finding| Notice::of(finding, &world)).collect()
    }

    #[test]
    fn what_would_be_refused_is_told_on_its_object() {
        let notices = notices(SHOP);
        let told: Vec<[&str; 4]> = notices
            .iter()
            .map(|it| {
                let regarding = |field: &str| it.regarding[field].as_str().unwrap();
                [it.reason.as_str(), regarding("kind"), regarding("uid"), &it.namespace]
            })
            .collect();
        let expected = [
            ["UncoveredWorkload", "Deployment", "d1", "shop"],
            ["MissingDefaultDeny", "Namespace", "n1", "shop"],
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_name_stays_as_long_as_object_and_note_do() {
        let (first, second) = (notices(SHOP), notices(SHOP));
        assert_eq!(first, second);
        assert!(
            first[0].name.starts_with("web.") && first[0].name.len() == 20,
            "{}",
            first[0].name
        );
        let recreated = notices(&SHOP.replace("d1", "d2"));
        assert_ne!(first[0].name, recreated[0].name);
        assert_eq!(first[1].name, recreated[1].name);
    }

    #[test]
    fn an_event_is_what_the_api_server_asks_for() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let event = notices(SHOP)[0].event("host_1", now);
        assert_eq!(event["eventTime"], "2026-11-22T12:00:00.000000Z");
        assert_eq!(event["reportingController"], "portcullis.dev/controller");
        assert_eq!(event["reportingInstance"], "host_1");
        assert_eq!(event["type"], "Warning");
        assert!(event["note"].as_str().unwrap().starts_with("uncovered-workload: "));
    }

    #[test]
    fn it_is_said_again_after_a_while_and_counted() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let pause = jiff::SignedDuration::from_mins(30);
        let mut event = notices(SHOP)[0].event("host_1", at("2026-11-22T12:00:00Z"));
        event["metadata"]["uid"] = "u".into();
        event["metadata"]["resourceVersion"] = "7".into();
        assert_eq!(again(&event, at("2026-11-22T12:29:59Z"), pause), None);
        let expected = json!({"metadata": {"uid": "u", "resourceVersion": "7"},
            "series": {"count": 2, "lastObservedTime": "2026-11-22T12:30:00.000000Z"}});
        let patch = again(&event, at("2026-11-22T12:30:00Z"), pause).unwrap();
        assert_eq!(patch, expected);
        event["series"] = patch["series"].clone();
        assert_eq!(again(&event, at("2026-11-22T12:59:00Z"), pause), None);
        let third = again(&event, at("2026-11-22T13:00:01Z"), pause).unwrap();
        assert_eq!(third["series"]["count"], 3);
    }

    #[test]
    fn long_notes_and_names_are_cut_at_a_character() {
        assert_eq!(bounded("äää", 6), "äää");
        assert_eq!(bounded("ääää", 6), "ä…");
        assert_eq!(camel("egress-without-dns"), "EgressWithoutDns");
    }
}
