//! A gate whose watches have been silent for long: what it saw once is no longer what is there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use portcullis::cluster::{Live, Watch, connect};
use portcullis::engine::Need;
use portcullis::model::{Requester, Settings, World};
use portcullis::object::Kind;
use portcullis::webhook::{Endpoint, Gate as _, Knowledge, Metrics, RuleGate};
use serde_json::{Value, json};

use crate::control_plane::users::ADMIN;
use crate::objects::{deny_ingress, deployment, list, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::tiers;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] =
    scenarios![whoever_came_while_the_watches_were_silent_keeps_the_cover];

const PATIENCE: Duration = Duration::from_mins(1);

/// What was seen some time ago, beside the cluster as it is.
struct Old {
    world: Arc<World>,
    live: Live,
}

impl Knowledge for Old {
    fn world(&self) -> Option<Arc<World>> {
        Some(Arc::clone(&self.world))
    }

    fn unready(&self) -> Option<String> {
        None
    }

    async fn confirm(
        &self,
        world: &World,
        needs: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Result<World, String> {
        let readings = self.live.read(needs, deadline).await.map_err(|error| error.to_string())?;
        Ok(readings.apply(world))
    }

    async fn may_loosen(&self, _: &Requester, _: &str, _: Instant) -> Result<bool, String> {
        Err("nobody asks".to_owned())
    }
}

/// The state as it is now, from now on an old one.
async fn old(stage: &Stage, settings: &Settings, policy: &str) -> Result<Old> {
    let connection = connect(Some(&stage.plane.kubeconfig(ADMIN))).await?;
    let handle = Watch::start(&connection, settings);
    let world = until(PATIENCE, "the policy to be seen", || async {
        let world = handle.world();
        Ok(world.filter(|world| {
            let mut policies = world.cluster_objects(Kind::ClusterNetworkPolicy);
            policies.any(|object| object.meta().name == policy)
        }))
    })
    .await?;
    let world = Arc::new(world.as_ref().clone().old());
    Ok(Old { world, live: Live::new(connection, settings) })
}

/// What the gate says about the deletion of the policy.
async fn deletion(gate: &RuleGate<Old>, policy: &Value) -> Result<Value> {
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "operation": "DELETE", "name": policy["metadata"]["name"],
            "kind": {"group": "policy.networking.k8s.io", "version": "v1alpha2", "kind": "ClusterNetworkPolicy"},
            "userInfo": {"username": "jane"}, "oldObject": policy,
        },
    });
    let body = Bytes::from(review.to_string());
    let reply =
        gate.decide(Endpoint::Validate, body, Instant::now() + Duration::from_secs(20)).await;
    let answer: Value = serde_json::from_slice(&reply.body)?;
    Ok(answer["response"].clone())
}

async fn whoever_came_while_the_watches_were_silent_keeps_the_cover(stage: &Stage) -> Result<()> {
    tiers::install(stage).await?;
    let text = "coverage: {accept: [admin, baseline, cilium]}";
    let settings = Settings::parse("settings.yaml", text, &[])?;
    let (key, late) = (tiers::label(stage), stage.name("late"));
    let policy = tiers::cluster_policy(stage, "base", "Admin");
    stage
        .kubectl(&["apply", "-f", "-"], &list(std::slice::from_ref(&policy)).to_string())
        .await?
        .admitted()?;
    let name = policy["metadata"]["name"].as_str().context("a name")?;
    let old = old(stage, &settings, name).await?;
    ensure!(old.world.namespace(&late).is_none(), "it has not come yet");
    let gate = RuleGate::new(Arc::new(settings), old, Arc::new(Metrics::new()));
    ensure!(deletion(&gate, &policy).await?["allowed"] == true, "it covers nobody yet");

    let objects = list(&[namespace(&late, &[(&key, "in")])]);
    stage.kubectl(&["apply", "-f", "-"], &objects.to_string()).await?.admitted()?;
    let empty = deletion(&gate, &policy).await?;
    ensure!(empty["allowed"] == true, "nothing runs there: {empty}");
    stage.apply(&late, &deployment("web")).await?.admitted()?;
    let refused = deletion(&gate, &policy).await?;
    ensure!(refused["allowed"] == false, "{refused}");
    let message = refused["status"]["message"].as_str().unwrap_or_default();
    let expected = format!(
        "missing-default-deny: the deletion of ClusterNetworkPolicy {name} leaves namespace {late} less covered than asked"
    );
    ensure!(message.starts_with(&expected), "{message}");

    stage.apply(&late, &deny_ingress()).await?.admitted()?;
    let other = deletion(&gate, &policy).await?;
    ensure!(other["allowed"] == true, "it has a default-deny of its own: {other}");
    Ok(())
}
