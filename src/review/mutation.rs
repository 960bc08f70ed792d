//! The labels that a namespace is given, as a patch.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::engine::label_additions;
use crate::model::{Change, Mode, Settings};
use crate::netpol::Labels;
use crate::object::Object;

use super::{Annotation, Answer, Envelope, Outcome};

/// The answer of the mutating webhook: a patch that adds the labels that a namespace lacks, and nothing else.
///
/// The patch is the difference between the labels as they were sent and as they should be, so it is right when
/// `/metadata/labels` is absent: a patch that does not apply is an error for the user whatever `failurePolicy` says.
pub fn mutation(envelope: &Envelope<'_>, settings: &Settings, change: &Change) -> Answer {
    let answer = Answer::allow(envelope.uid.as_ref());
    let (Some(Object::Namespace(namespace)), Some(raw)) = (&change.after, envelope.object) else {
        return answer;
    };
    let additions = label_additions(settings, namespace, change.operation, Some(&change.requester));
    let mode = settings.levels_in(&namespace.meta.labels).mode();
    if mode == Mode::Audit || additions.labels.is_empty() {
        return answer;
    }
    let Ok(sent) = serde_json::from_str::<Sent>(raw.get()) else { return answer };
    let keys: Vec<&str> = additions.labels.iter().map(|(key, _)| key).collect();
    let added = format!("labels added: {}", keys.join(","));
    let patch = sent.patch(&additions.labels);
    Answer { outcome: Outcome::Allow(Some(patch)), ..answer.with(Annotation::Decision, added) }
}

/// The labels as they were sent, before anything was defaulted: absent, null or a map.
#[derive(Deserialize)]
struct Sent {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    /// `Some(Null)` where null was written.
    #[serde(default, deserialize_with = "written")]
    labels: Option<Value>,
}

fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Sent {
    fn patch(self, labels: &Labels) -> json_patch::Patch {
        let before = match &self.metadata.labels {
            Some(labels) => json!({"metadata": {"labels": labels}}),
            None => json!({"metadata": {}}),
        };
        let mut wanted = match self.metadata.labels {
            Some(Value::Object(labels)) => labels,
            _ => Map::new(),
        };
        for (key, value) in labels.iter() {
            wanted.entry(key).or_insert_with(|| value.into());
        }
        json_patch::diff(&before, &json!({"metadata": {"labels": wanted}}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(mut metadata: Value) -> Value {
        let sent: Sent = serde_json::from_value(json!({"metadata": metadata})).unwrap();
        let labels = [("name", "shop"), ("example.com/team", "a")].into_iter().collect();
        let patch = sent.patch(&labels);
        let mut object = json!({"metadata": metadata.take()});
        json_patch::patch(&mut object, &patch).unwrap();
        object["metadata"].take()
    }

    #[test]
    fn f31_a_namespace_without_labels_gets_the_map_first() {
        let labels = json!({"name": "shop", "example.com/team": "a"});
        assert_eq!(
            patched(json!({"generateName": "x-"})),
            json!({"generateName": "x-", "labels": labels})
        );
        assert_eq!(patched(json!({"labels": null})), json!({"labels": labels}));
        assert_eq!(patched(json!({"labels": {}})), json!({"labels": labels}));
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let metadata = json!({"name": "shop", "labels": {"name": "other", "a/b~c": ""}});
        let labels = json!({"name": "other", "a/b~c": "", "example.com/team": "a"});
        assert_eq!(patched(metadata), json!({"name": "shop", "labels": labels}));
    }
}
