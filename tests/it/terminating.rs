//! A namespace that goes away does so with everything in it.

use anyhow::Result;
use serde_json::json;

use crate::objects::{deny_ingress, deployment};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] =
    scenarios![a_namespace_goes_with_everything, a_held_policy_is_let_go];

async fn a_namespace_goes_with_everything(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    stage.kubectl(&["delete", "namespace", &shop, "--wait=false"], "").await?.admitted()?;
    stage.wait_for_end_of(&shop).await
}

/// A finalizer keeps the policy until someone takes it off, while the namespace is on its way out.
async fn a_held_policy_is_let_go(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let mut held = deny_ingress();
    held["metadata"]["finalizers"] = json!(["example.org/hold"]);
    stage.apply(&shop, &held).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    stage.kubectl(&["delete", "namespace", &shop, "--wait=false"], "").await?.admitted()?;
    let patch = r#"{"metadata":{"finalizers":null}}"#;
    let arguments = ["patch", "networkpolicy", "default-deny", "--type=merge", "--patch", patch];
    stage.within(&shop, &arguments).await?.admitted()?;
    stage.wait_for_end_of(&shop).await
}
