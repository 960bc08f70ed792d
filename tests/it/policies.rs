//! The last default-deny of a namespace with workloads stays.

use anyhow::{Result, ensure};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::objects::{allow_all, deny_ingress, deployment, policy};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    the_last_default_deny_is_not_deleted,
    the_last_default_deny_is_not_collected,
    the_last_default_deny_is_not_narrowed,
    the_last_default_deny_is_not_neutralised,
    one_of_two_may_go,
    without_workloads_it_may_go_with_a_warning,
    a_dry_run_of_the_deletion_warns_only,
    the_apply_trap_is_called_out,
];

const RULE: &str = "missing-default-deny";

async fn the_last_default_deny_is_not_deleted(stage: &Stage) -> Result<()> {
    let shop = guarded(stage).await?;
    stage.within(&shop, &["delete", "networkpolicy", "default-deny"]).await?.rejected(RULE)?;
    stage.within(&shop, &["delete", "networkpolicy", "--all"]).await?.rejected(RULE)?;
    Ok(())
}

/// One request for the whole collection: the API server asks about each object, without naming it.
async fn the_last_default_deny_is_not_collected(stage: &Stage) -> Result<()> {
    let shop = guarded(stage).await?;
    let policies: Api<NetworkPolicy> = Api::namespaced(stage.client.clone(), &shop);
    let outcome =
        policies.delete_collection(&DeleteParams::default(), &ListParams::default()).await;
    let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
    ensure!(error.contains(RULE), "the collection should not have been deleted: {error:?}");
    ensure!(policies.get_opt("default-deny").await?.is_some(), "the default-deny is gone");
    Ok(())
}

async fn the_last_default_deny_is_not_narrowed(stage: &Stage) -> Result<()> {
    let shop = guarded(stage).await?;
    let narrow = policy("default-deny", &json!({"podSelector": {"matchLabels": {"app": "web"}}}));
    stage.apply(&shop, &narrow).await?.rejected(RULE)?;
    for patch in
        [json!({"policyTypes": ["Egress"]}), json!({"podSelector": {"matchLabels": {"a": "b"}}})]
    {
        let patch = json!({"spec": patch}).to_string();
        let arguments =
            ["patch", "networkpolicy", "default-deny", "--type=merge", "--patch", &patch];
        stage.within(&shop, &arguments).await?.rejected(RULE)?;
    }
    Ok(())
}

async fn the_last_default_deny_is_not_neutralised(stage: &Stage) -> Result<()> {
    let shop = guarded(stage).await?;
    stage.apply(&shop, &allow_all("open")).await?.rejected("neutralised-default-deny")?;
    let patch = json!({"spec": {"ingress": [{}]}}).to_string();
    let arguments = ["patch", "networkpolicy", "default-deny", "--type=merge", "--patch", &patch];
    stage.within(&shop, &arguments).await?.rejected(RULE)?;
    Ok(())
}

async fn one_of_two_may_go(stage: &Stage) -> Result<()> {
    let shop = guarded(stage).await?;
    let mut second = deny_ingress();
    second["metadata"]["name"] = json!("second");
    stage.apply(&shop, &second).await?.admitted()?;
    stage
        .within(&shop, &["delete", "networkpolicy", "default-deny"])
        .await?
        .admitted()?
        .silent()?;
    stage.within(&shop, &["delete", "networkpolicy", "second"]).await?.rejected(RULE)?;
    Ok(())
}

async fn without_workloads_it_may_go_with_a_warning(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage
        .within(&shop, &["delete", "networkpolicy", "default-deny"])
        .await?
        .admitted()?
        .warned(RULE)?;
    Ok(())
}

async fn a_dry_run_of_the_deletion_warns_only(stage: &Stage) -> Result<()> {
    let shop = guarded(stage).await?;
    let arguments = ["delete", "networkpolicy", "default-deny", "--dry-run=server"];
    stage.within(&shop, &arguments).await?.admitted()?.warned(RULE)?;
    Ok(())
}

/// Types were defaulted when the policy came, so the egress rules that were added later are ignored.
async fn the_apply_trap_is_called_out(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &policy("deny", &json!({"podSelector": {}}))).await?.admitted()?;
    let trap = policy("deny", &json!({"podSelector": {}, "egress": [{"ports": [{"port": 443}]}]}));
    let outcome = stage.apply(&shop, &trap).await?.admitted()?.warned("ignored-rules")?;
    outcome.says("policyTypes")?;
    Ok(())
}

/// A namespace with a default-deny and a workload.
async fn guarded(stage: &Stage) -> Result<String> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    Ok(shop)
}
