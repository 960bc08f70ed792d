//! What the API server would refuse in a `NetworkPolicy` (k8s.io/kubernetes `pkg/apis/networking/validation`).

use serde_json::Value;

/// One reason why the API server would refuse an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// JSON pointer to the field.
    pub path: String,
    /// What is wrong, as a sentence without a full stop.
    pub reason: String,
}

/// Everything that the API server would refuse in the `NetworkPolicy` `object`, in the order of the fields.
pub fn validate(object: &Value) -> Vec<Invalid> {
    let _ = object;
    unimplemented!()
}
