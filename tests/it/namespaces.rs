//! Namespaces come with a word on how they get their default-deny.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::objects::{DECLARATION, deny_ingress, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    an_undeclared_namespace_is_rejected_with_two_ways_out,
    the_recipe_for_kubectl_create_works,
    a_dry_run_of_an_undeclared_namespace_is_rejected,
    a_declared_namespace_is_admitted,
    managed_needs_a_controller,
    an_unknown_declaration_is_rejected,
    an_unknown_declaration_through_status_is_rejected,
    a_privileged_namespace_needs_no_declaration,
    an_old_namespace_can_be_edited_and_declared,
    raising_the_profile_warns_of_what_is_uncovered,
    a_generated_name_is_no_way_around,
];

const RULE: &str = "undeclared-namespace";

async fn an_undeclared_namespace_is_rejected_with_two_ways_out(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    let outcome = stage
        .kubectl(&["apply", "-f", "-"], &namespace(&shop, &[]).to_string())
        .await?
        .rejected(RULE)?;
    outcome
        .says("has no default-deny policy and does not say how it will get one")?
        .says("portcullis.dev/default-deny: self")?
        .says("portcullis.dev/default-deny: managed")?
        .says("portcullis explain undeclared-namespace")?;
    Ok(())
}

async fn the_recipe_for_kubectl_create_works(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    let refused = stage.kubectl(&["create", "namespace", &shop], "").await?.rejected(RULE)?;
    refused.says(&format!(
        "kubectl create ns {shop} --dry-run=client -o yaml | kubectl label --local -f -"
    ))?;
    let first = stage
        .kubectl(&["create", "ns", &shop, "--dry-run=client", "-o", "yaml"], "")
        .await?
        .admitted()?;
    let label = ["label", "--local", "-f", "-", "portcullis.dev/default-deny=self", "-o", "yaml"];
    let second = stage.kubectl(&label, &first.stdout).await?.admitted()?;
    stage.kubectl(&["create", "-f", "-"], &second.stdout).await?.admitted()?;
    Ok(())
}

async fn a_dry_run_of_an_undeclared_namespace_is_rejected(stage: &Stage) -> Result<()> {
    let arguments = ["create", "namespace", &stage.name("shop"), "--dry-run=server"];
    stage.kubectl(&arguments, "").await?.rejected(RULE)?;
    Ok(())
}

async fn a_declared_namespace_is_admitted(stage: &Stage) -> Result<()> {
    let manifest = namespace(&stage.name("shop"), &[(DECLARATION, "self")]).to_string();
    stage.kubectl(&["apply", "-f", "-"], &manifest).await?.admitted()?.silent()?;
    Ok(())
}

async fn managed_needs_a_controller(stage: &Stage) -> Result<()> {
    let manifest = namespace(&stage.name("shop"), &[(DECLARATION, "managed")]).to_string();
    stage.kubectl(&["apply", "-f", "-"], &manifest).await?.refused()?.says("controller")?;
    Ok(())
}

async fn an_unknown_declaration_is_rejected(stage: &Stage) -> Result<()> {
    let manifest = namespace(&stage.name("other"), &[(DECLARATION, "later")]).to_string();
    stage.kubectl(&["apply", "-f", "-"], &manifest).await?.refused()?.says("later")?;
    let shop = stage.declared("shop").await?;
    let arguments =
        ["label", "--overwrite", "namespace", &shop, "portcullis.dev/default-deny=later"];
    stage.kubectl(&arguments, "").await?.refused()?.says("later")?;
    Ok(())
}

async fn an_unknown_declaration_through_status_is_rejected(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let patch = json!({"metadata": {"labels": {DECLARATION: "later"}}}).to_string();
    let arguments =
        ["patch", "namespace", &shop, "--subresource=status", "--type=merge", "--patch", &patch];
    stage.kubectl(&arguments, "").await?.refused()?.says("later")?;
    Ok(())
}

async fn a_privileged_namespace_needs_no_declaration(stage: &Stage) -> Result<()> {
    let manifest =
        namespace(&stage.name("shop"), &[("portcullis.dev/enforce", "privileged")]).to_string();
    let outcome = stage.kubectl(&["apply", "-f", "-"], &manifest).await?.admitted()?;
    ensure!(
        outcome.warnings().next().is_some(),
        "{outcome}: a profile below the default should be warned about"
    );
    Ok(())
}

async fn an_old_namespace_can_be_edited_and_declared(stage: &Stage) -> Result<()> {
    let old = stage.old("old", &[deployment("web")]).await?;
    stage.kubectl(&["annotate", "namespace", &old, "a=b"], "").await?.admitted()?;
    let declare = ["label", "namespace", &old, "portcullis.dev/default-deny=self"];
    stage.kubectl(&declare, "").await?.admitted()?.warned("web")?;
    Ok(())
}

async fn raising_the_profile_warns_of_what_is_uncovered(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let raise = ["label", "namespace", &shop, "portcullis.dev/enforce=restricted"];
    stage.kubectl(&raise, "").await?.admitted()?.warned("web")?;
    Ok(())
}

/// The label of a name that is not known yet can be forged, so that the entry for labels is skipped: not so this one.
async fn a_generated_name_is_no_way_around(stage: &Stage) -> Result<()> {
    let labels = json!({"kubernetes.io/metadata.name": "kube-system"});
    let metadata = json!({"generateName": stage.name("x-"), "labels": labels});
    let manifest = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
    stage.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.rejected(RULE)?;
    Ok(())
}
