//! An application as a chart of its team: install, upgrade, rollback, uninstall, hooks, `--create-namespace`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::bundle::{Bundle, argument};
use super::pages::page_shows_head;
use crate::helm::helm;
use crate::kubectl::Outcome;
use crate::objects::{DECLARATION, namespace, workload};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_release_lives_its_whole_life,
    a_release_without_its_policy_is_refused_until_it_has_one,
    create_namespace_cannot_declare,
    a_hook_needs_its_policy_before_the_chart_has_one,
];

/// A chart whose templates are these manifests, the image of its Deployment a value.
fn chart(stage: &Stage, bundle: &Bundle, objects: &[Value]) -> Result<PathBuf> {
    let folder = stage.plane.folder().join("charts").join(&bundle.namespace);
    let templates = folder.join("templates");
    std::fs::create_dir_all(&templates)?;
    let about = json!({"apiVersion": "v2", "name": "web", "version": "1.0.0"});
    std::fs::write(folder.join("Chart.yaml"), about.to_string())?;
    std::fs::write(folder.join("values.yaml"), r#"{"image": "registry.invalid/none"}"#)?;
    for (number, object) in objects.iter().enumerate() {
        let text = object.to_string().replace("registry.invalid/none", "{{ .Values.image }}");
        std::fs::write(templates.join(format!("{number}.yaml")), text)?;
    }
    Ok(folder)
}

/// Policies, Deployment and Service: what a chart of an application has.
fn content(bundle: &Bundle) -> Vec<Value> {
    bundle.only(&["NetworkPolicy", "Deployment", "Service"])
}

async fn run(stage: &Stage, namespace: &str, arguments: &[&str]) -> Result<Outcome> {
    let outcome =
        helm(&stage.plane, &[arguments, &["--namespace", namespace]].concat(), "").await?;
    Ok(outcome)
}

async fn declare(stage: &Stage, name: &str) -> Result<()> {
    let manifest = namespace(name, &[(DECLARATION, "self")]);
    stage.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
    Ok(())
}

/// No warning of ours; Helm's own notices are none.
fn quiet(outcome: Outcome) -> Result<Outcome> {
    ensure!(!outcome.stderr.contains("portcullis"), "{outcome} should have shown no warning");
    outcome.silent()
}

async fn a_release_lives_its_whole_life(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let shop = &bundle.namespace;
    declare(stage, shop).await?;
    let folder = argument(&chart(stage, &bundle, &content(&bundle))?);
    quiet(run(stage, shop, &["install", "web", &folder]).await?.admitted()?)?;
    stage.wait_for_pods(shop, "web", 1).await?;
    quiet(run(stage, shop, &["upgrade", "web", &folder]).await?.admitted()?)?;
    let image = ["upgrade", "web", &folder, "--set", "image=registry.invalid/other"];
    quiet(run(stage, shop, &image).await?.admitted()?)?;
    quiet(run(stage, shop, &["rollback", "web", "1"]).await?.admitted()?)?;
    let path = "jsonpath={.spec.template.spec.containers[0].image}";
    let now = stage.within(shop, &["get", "deployment", "web", "-o", path]).await?.admitted()?;
    ensure!(now.stdout == "registry.invalid/none", "{now}: not rolled back");
    // Workloads go before policies, so nothing stands in the way.
    quiet(run(stage, shop, &["uninstall", "web"]).await?.admitted()?)?;
    let kinds = "networkpolicies,deployments,services";
    let left = stage.within(shop, &["get", kinds, "-o", "name"]).await?.admitted()?;
    ensure!(left.stdout.is_empty(), "{left}: uninstall left something behind");
    Ok(())
}

async fn a_release_without_its_policy_is_refused_until_it_has_one(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let shop = &bundle.namespace;
    declare(stage, shop).await?;
    let bare = argument(&chart(stage, &bundle, &bundle.only(&["Deployment", "Service"]))?);
    let refused = run(stage, shop, &["install", "web", &bare]).await?.refused()?;
    page_shows_head("helm.md", refused.denial(), shop)?;
    // The release is there, failed; an upgrade to a chart that has the policies mends it.
    let folder = argument(&chart(stage, &bundle, &content(&bundle))?);
    quiet(run(stage, shop, &["upgrade", "--install", "web", &folder]).await?.admitted()?)?;
    stage.wait_for_pods(shop, "web", 1).await?;
    Ok(())
}

async fn create_namespace_cannot_declare(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let shop = &bundle.namespace;
    let folder = argument(&chart(stage, &bundle, &content(&bundle))?);
    let arguments = ["install", "web", &folder, "--create-namespace"];
    let refused = run(stage, shop, &arguments).await?.refused()?;
    let remedy =
        "`helm --create-namespace` sets no labels: create the namespace with its label first";
    let refused = refused.says(remedy)?;
    page_shows_head("helm.md", refused.denial(), shop)?;
    declare(stage, shop).await?;
    quiet(run(stage, shop, &arguments).await?.admitted()?)?;
    Ok(())
}

/// A pre-install Job runs before the chart's policies are there. As hooks of a lower weight they are.
async fn a_hook_needs_its_policy_before_the_chart_has_one(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let shop = &bundle.namespace;
    declare(stage, shop).await?;
    let mut objects = content(&bundle);
    let mut job = workload("Job", "migrate");
    job["metadata"]["namespace"] = json!(shop);
    hook(&mut job, "0");
    objects.push(job);
    let folder = argument(&chart(stage, &bundle, &objects)?);
    // The API server is asked whether Jobs complete: without Pods that run, they never do here.
    let install = ["install", "web", &folder, "--timeout", "3s"];
    let refused = run(stage, shop, &install).await?.refused()?;
    page_shows_head("helm.md", refused.denial(), shop)?;

    for object in objects.iter_mut().filter(|object| object["kind"] == "NetworkPolicy") {
        hook(object, "-1");
    }
    chart(stage, &bundle, &objects)?;
    let install = ["upgrade", "--install", "web", &folder, "--timeout", "3s"];
    let waited = run(stage, shop, &install).await?;
    // Admitted, and then it waits for a Pod that no kubelet starts.
    ensure!(
        waited.denial().is_empty() && waited.code != 0,
        "{waited} should have waited for the Job"
    );
    let job = stage.within(shop, &["get", "job", "migrate", "-o", "name"]).await?.admitted()?;
    ensure!(job.stdout.trim() == "job.batch/migrate", "{job}: the Job was not created");
    Ok(())
}

fn hook(object: &mut Value, weight: &str) {
    object["metadata"]["annotations"] =
        json!({"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": weight});
}
