//! What a scenario works with: the control plane, what answers it, and names of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionCondition,
};
use kube::api::ListParams;
use kube::{Api, Client};
use serde_json::Value;

use crate::control_plane::ControlPlane;
use crate::control_plane::users::{ADMIN, User};
use crate::kubectl::{Outcome, kubectl};
use crate::objects::{DECLARATION, namespace};
use crate::proxy::Proxy;
use crate::recorder::Recorder;
use crate::wait::until;
use crate::webhook::Webhook;

/// What answers the API server's calls during an act.
pub(crate) enum Guard {
    /// Nobody is asked.
    Nobody,
    /// Everything is allowed and remembered.
    Recorder(Recorder),
    /// Portcullis, which sees the API server through the proxy.
    Portcullis(Webhook, Proxy),
}

/// One scenario's view.
pub(crate) struct Stage {
    pub(crate) plane: Arc<ControlPlane>,
    pub(crate) guard: Arc<Guard>,
    /// The administrator.
    pub(crate) client: Client,
    /// Distinguishes this scenario's namespaces from all others.
    pub(crate) prefix: String,
}

impl Stage {
    /// The scenario's own name for a namespace.
    pub(crate) fn name(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.prefix)
    }

    /// Runs kubectl as the administrator.
    pub(crate) async fn kubectl(&self, arguments: &[&str], input: &str) -> Result<Outcome> {
        self.kubectl_as(ADMIN, arguments, input).await
    }

    /// Runs kubectl as another user.
    pub(crate) async fn kubectl_as(
        &self,
        user: User,
        arguments: &[&str],
        input: &str,
    ) -> Result<Outcome> {
        kubectl(&self.plane, user, arguments, input).await
    }

    /// `kubectl apply` of a manifest in a namespace.
    pub(crate) async fn apply(&self, namespace: &str, manifest: &Value) -> Result<Outcome> {
        self.kubectl(&["apply", "--namespace", namespace, "-f", "-"], &manifest.to_string()).await
    }

    /// `kubectl VERB ARGUMENTS` in a namespace.
    pub(crate) async fn within(&self, namespace: &str, arguments: &[&str]) -> Result<Outcome> {
        self.kubectl(&[&["--namespace", namespace], arguments].concat(), "").await
    }

    /// A new namespace whose team brings the default-deny.
    pub(crate) async fn declared(&self, suffix: &str) -> Result<String> {
        let name = self.name(suffix);
        let manifest = namespace(&name, &[(DECLARATION, "self")]);
        self.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
        Ok(name)
    }

    /// A namespace with these objects in it as it would be from before Portcullis came: undeclared, and nothing covers
    /// what runs in it. It gets there by way of the profile that asks for nothing.
    pub(crate) async fn old(&self, suffix: &str, objects: &[Value]) -> Result<String> {
        let name = self.name(suffix);
        let label = "portcullis.dev/enforce";
        let manifest = namespace(&name, &[(label, "privileged")]);
        self.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
        self.wait_for_service_account(&name).await?;
        for object in objects {
            self.apply(&name, object).await?.admitted()?;
        }
        self.kubectl(&["label", "namespace", &name, &format!("{label}-")], "").await?.admitted()?;
        Ok(name)
    }

    /// Waits until Pods can be created there: they need the `ServiceAccount` `default`.
    pub(crate) async fn wait_for_service_account(&self, namespace: &str) -> Result<()> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), namespace);
        until(Duration::from_mins(1), "the ServiceAccount default", || async {
            Ok(accounts.get_opt("default").await?.map(|_| ()))
        })
        .await
    }

    /// Waits until a namespace has `count` Pods labelled `app: APP` that are not on their way out, and tells their names.
    pub(crate) async fn wait_for_pods(
        &self,
        namespace: &str,
        app: &str,
        count: usize,
    ) -> Result<Vec<String>> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let selection = ListParams::default().labels(&format!("app={app}"));
        until(Duration::from_mins(2), "Pods", || async {
            let mut found = pods.list(&selection).await?.items;
            found.retain(|pod| pod.metadata.deletion_timestamp.is_none());
            Ok((found.len() == count)
                .then(|| found.into_iter().filter_map(|pod| pod.metadata.name).collect()))
        })
        .await
        .with_context(|| format!("{count} Pods with app={app} in {namespace}"))
    }

    /// Waits until a definition, `PLURAL.GROUP`, is established. `kubectl wait` fails while it has no conditions at all.
    pub(crate) async fn wait_until_established(&self, definition: &str) -> Result<()> {
        let definitions: Api<CustomResourceDefinition> = Api::all(self.client.clone());
        until(Duration::from_mins(1), "a definition to be established", || async {
            let found = definitions.get_opt(definition).await?;
            let conditions = found.and_then(|found| found.status?.conditions).unwrap_or_default();
            let is_established = |it: &CustomResourceDefinitionCondition| {
                it.type_ == "Established" && it.status == "True"
            };
            Ok(conditions.iter().any(is_established).then_some(()))
        })
        .await
        .with_context(|| definition.to_owned())
    }

    /// Waits until a namespace has gone away with everything in it.
    pub(crate) async fn wait_for_end_of(&self, namespace: &str) -> Result<()> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        until(Duration::from_secs(90), "its end", || async {
            Ok(namespaces.get_opt(namespace).await?.is_none().then_some(()))
        })
        .await
        .with_context(|| format!("namespace {namespace}"))
    }

    /// The recorder of this act.
    pub(crate) fn recorder(&self) -> Result<&Recorder> {
        match &*self.guard {
            Guard::Recorder(recorder) => Ok(recorder),
            _ => bail!("this act has no recorder"),
        }
    }

    /// The webhook of this act, and the proxy through which it sees the API server.
    pub(crate) fn webhook(&self) -> Result<(&Webhook, &Proxy)> {
        match &*self.guard {
            Guard::Portcullis(webhook, proxy) => Ok((webhook, proxy)),
            _ => bail!("this act has no webhook"),
        }
    }
}
