//! What a scenario works with: the control plane, the webhook that is installed, and names of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::{Api, Client};

use crate::control_plane::ControlPlane;
use crate::control_plane::users::{ADMIN, User};
use crate::kubectl::{Outcome, kubectl};
use crate::recorder::Recorder;
use crate::wait::until;

/// What answers the API server's calls during an act.
pub(crate) enum Guard {
    /// Nobody is asked.
    Nobody,
    /// Everything is allowed and remembered.
    Recorder(Recorder),
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
    pub(crate) async fn apply(&self, namespace: &str, manifest: &str) -> Result<Outcome> {
        self.kubectl(&["apply", "--namespace", namespace, "-f", "-"], manifest).await
    }

    /// Waits until Pods can be created there: they need the ServiceAccount `default`.
    pub(crate) async fn wait_for_service_account(&self, namespace: &str) -> Result<()> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), namespace);
        until(Duration::from_mins(1), "the ServiceAccount default", || async {
            Ok(accounts.get_opt("default").await?.map(|_| ()))
        })
        .await
    }

    /// Waits until a namespace has gone away with everything in it.
    pub(crate) async fn wait_for_end_of(&self, namespace: &str) -> Result<()> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        until(Duration::from_secs(90), "the end of the namespace", || async {
            Ok(namespaces.get_opt(namespace).await?.is_none().then_some(()))
        })
        .await
        .with_context(|| format!("namespace {namespace}"))
    }

    /// The recorder of this act.
    pub(crate) fn recorder(&self) -> Result<&Recorder> {
        match &*self.guard {
            Guard::Recorder(recorder) => Ok(recorder),
            Guard::Nobody => bail!("this act has no recorder"),
        }
    }
}
