//! Single writes of policies.

use std::time::Duration;

use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::{Client, Error};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::object::{Kind, Object};
use crate::provision::{DesiredPolicy, MANAGED_BY, is_ours};

use super::super::FIELD_MANAGER;

/// A write takes no longer.
const LONGEST: Duration = Duration::from_secs(5);

/// The policies of one namespace.
pub(super) struct Policies {
    api: Api<NetworkPolicy>,
    namespace: String,
}

impl Policies {
    pub(super) fn new(client: Client, namespace: &str) -> Self {
        Self { api: Api::namespaced(client, namespace), namespace: namespace.to_owned() }
    }

    /// Applies the policy, and makes sure that what is stored says the same: what others added by other means and nobody applies
    /// any more, server-side apply may leave in place (SEMANTICS 13.17).
    pub(super) async fn apply(&self, policy: &DesiredPolicy) -> Result<(), Error> {
        let parameters = PatchParams::apply(FIELD_MANAGER).force();
        let applied = Patch::Apply(policy.managed(&self.namespace));
        let stored = in_time(self.api.patch(&policy.name(), &parameters, &applied)).await?;
        let mut stored = serde_json::to_value(stored).map_err(Error::SerdeError)?;
        if says(&stored, policy)? {
            return Ok(());
        }
        // With the resourceVersion that was read: whoever writes in between is seen first.
        stored["spec"] = policy.spec.clone();
        let stored: NetworkPolicy = serde_json::from_value(stored).map_err(Error::SerdeError)?;
        in_time(self.api.replace(&policy.name(), &parameters_of_post(), &stored)).await.map(drop)
    }

    /// Lets go of the policy: takes away the label and the ownership of its fields, and leaves all that it says. Whether there was
    /// something to let go.
    pub(super) async fn release(&self, name: &str) -> Result<bool, Error> {
        let Some(stored) = in_time(self.api.get_opt(name)).await? else { return Ok(false) };
        let stored = serde_json::to_value(stored).map_err(Error::SerdeError)?;
        let Object::Policy(policy) = read(&stored)? else { return Ok(false) };
        if !is_ours(&policy) || policy.meta.is_terminating() {
            return Ok(false);
        }
        let patch = Patch::Merge(letting_go(&stored));
        let parameters =
            PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        match in_time(self.api.patch(name, &parameters, &patch)).await {
            Err(Error::Api(status)) if status.code == 404 => Ok(false),
            patched => patched.map(|_| true),
        }
    }
}

/// The patch that lets go, made for the very object that was read.
fn letting_go(stored: &Value) -> Value {
    let metadata = &stored["metadata"];
    let managers = metadata["managedFields"].as_array().cloned().unwrap_or_default();
    let mut others: Vec<Value> =
        managers.into_iter().filter(|entry| entry["manager"] != FIELD_MANAGER).collect();
    if others.is_empty() {
        // An empty list counts as left out; one empty entry means that nobody owns anything.
        others.push(json!({}));
    }
    json!({"metadata": {
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
        "labels": {MANAGED_BY.0: null},
        "managedFields": others,
    }})
}

fn parameters_of_post() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}

/// Whether what is stored says what was applied.
fn says(stored: &Value, policy: &DesiredPolicy) -> Result<bool, Error> {
    match read(stored)? {
        Object::Policy(stored) => Ok(policy.is_said_by(&stored.spec)),
        _ => Ok(false),
    }
}

fn read(stored: &Value) -> Result<Object, Error> {
    Object::from_value(Kind::NetworkPolicy, stored).map_err(Error::SerdeError)
}

async fn in_time<T>(request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = |_| Error::Service("the API server does not answer in time".into());
    timeout(LONGEST, request).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_go_keeps_the_fields_of_others() {
        let entry = |manager: &str| json!({"manager": manager, "operation": "Apply"});
        let stored = |managers: Value| json!({"metadata": {"uid": "u", "resourceVersion": "7", "managedFields": managers}});
        let patch = letting_go(&stored(json!([entry("portcullis"), entry("kubectl")])));
        let expected = json!({"metadata": {
            "uid": "u",
            "resourceVersion": "7",
            "labels": {"app.kubernetes.io/managed-by": null},
            "managedFields": [entry("kubectl")],
        }});
        assert_eq!(patch, expected);
        let alone = letting_go(&stored(json!([entry("portcullis")])));
        assert_eq!(alone["metadata"]["managedFields"], json!([{}]));
    }
}
