//! There is no one-line way in.

use anyhow::Result;
use serde_json::json;

use crate::objects::{allow_all, allow_neighbours_to, deployment, policy};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_lone_allow_all_is_no_cover,
    a_targeted_allow_all_is_no_cover,
    a_targeted_policy_is_not_taken_from_under_its_workload,
    two_that_cover_jointly_stay_two,
];

async fn a_lone_allow_all_is_no_cover(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &allow_all("open")).await?.admitted()?.warned("allow-all")?;
    stage.apply(&shop, &deployment("web")).await?.rejected("uncovered-workload")?;
    Ok(())
}

async fn a_targeted_allow_all_is_no_cover(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let selector = json!({"matchLabels": {"app": "web"}});
    let open = policy(
        "open",
        &json!({"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [{}]}),
    );
    stage.apply(&shop, &open).await?.admitted()?.warned("allow-all")?;
    stage.apply(&shop, &deployment("web")).await?.rejected("uncovered-workload")?;
    Ok(())
}

async fn a_targeted_policy_is_not_taken_from_under_its_workload(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let delete = ["delete", "networkpolicy", "web"];
    stage.within(&shop, &delete).await?.rejected("uncovered-workload")?.says("web")?;
    stage
        .apply(&shop, &allow_neighbours_to("web", "other"))
        .await?
        .rejected("uncovered-workload")?;
    Ok(())
}

async fn two_that_cover_jointly_stay_two(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let part = |name: &str, operator: &str| {
        let expressions = json!([{"key": "tier", "operator": operator}]);
        policy(
            name,
            &json!({"podSelector": {"matchExpressions": expressions}, "policyTypes": ["Ingress"]}),
        )
    };
    stage.apply(&shop, &part("with", "Exists")).await?.admitted()?;
    stage.apply(&shop, &part("without", "DoesNotExist")).await?.admitted()?.silent()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let patch = json!({"spec": {"podSelector": {"matchLabels": {"tier": "front"}}}}).to_string();
    let narrow = ["patch", "networkpolicy", "with", "--type=merge", "--patch", &patch];
    stage.within(&shop, &narrow).await?.rejected("missing-default-deny")?;
    stage
        .within(&shop, &["delete", "networkpolicy", "with"])
        .await?
        .rejected("missing-default-deny")?;
    Ok(())
}
