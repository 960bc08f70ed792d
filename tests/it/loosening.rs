//! Who may loosen what guards a namespace: real users, Roles and bindings.

use anyhow::Result;
use serde_json::{Value, json};

use crate::control_plane::users::DEVELOPER;
use crate::objects::{DECLARATION, deny_ingress, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    an_exemption_takes_the_right_in_the_namespace,
    a_lower_profile_takes_the_right_whatever_the_way,
    a_new_namespace_below_the_default_takes_a_cluster_role,
    whoever_is_impersonated_needs_the_right,
    annotations_of_a_template_exempt_nothing,
    pods_are_exempt_with_their_deployment,
    an_exemption_ends_by_itself,
    the_answer_is_given_on_a_dry_run_too,
];

/// What a refusal for want of the right is called.
const REFUSED: &str = "loosening";
const ENFORCE: &str = "portcullis.dev/enforce";

fn exemption(until: Option<&str>) -> Value {
    let mut annotations = json!({
        "portcullis.dev/exempt": "uncovered-workload",
        "portcullis.dev/exempt-reason": "nobody knows yet who talks to it",
    });
    if let Some(until) = until {
        annotations["portcullis.dev/exempt-until"] = json!(until);
    }
    annotations
}

/// A Deployment that is exempt by its own annotations.
fn exempt(until: Option<&str>) -> Value {
    let mut deployment = deployment("web");
    deployment["metadata"]["annotations"] = exemption(until);
    deployment
}

/// The developer may edit everything in the namespace, and the Namespace itself.
pub(crate) async fn make_editor(stage: &Stage, namespace: &str) -> Result<()> {
    let user = format!("--user={}", DEVELOPER.name);
    let edit = ["create", "rolebinding", "edit", "--clusterrole=edit", &user];
    stage.within(namespace, &edit).await?.admitted()?;
    grant(stage, namespace, "namespaces", "get,update,patch", "namespaces").await
}

/// A Role in the namespace, and the developer bound to it.
async fn grant(stage: &Stage, namespace: &str, name: &str, verbs: &str, what: &str) -> Result<()> {
    let (verbs, what) = (verbs.split(',').collect::<Vec<_>>(), what.split_once('.'));
    let (resource, group) = what.unwrap_or(("namespaces", ""));
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name},
        "rules": [{"apiGroups": [group], "resources": [resource], "verbs": verbs}],
    });
    stage.apply(namespace, &role).await?.admitted()?;
    let (role, user) = (format!("--role={name}"), format!("--user={}", DEVELOPER.name));
    let binding = ["create", "rolebinding", name, &role, &user];
    stage.within(namespace, &binding).await?.admitted()?;
    Ok(())
}

pub(crate) async fn grant_exempt(stage: &Stage, namespace: &str) -> Result<()> {
    grant(stage, namespace, "exempt", "exempt", "namespaces.portcullis.dev").await
}

async fn an_exemption_takes_the_right_in_the_namespace(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    make_editor(stage, &shop).await?;
    let apply = ["apply", "--namespace", &shop, "-f", "-"];
    let exempt = exempt(None).to_string();
    let refused = stage.kubectl_as(DEVELOPER, &apply, &exempt).await?.rejected(REFUSED)?;
    refused
        .says(&format!(
            "{} lacks the verb exempt on namespaces.portcullis.dev {shop}",
            DEVELOPER.name
        ))?
        .says(&format!("kubectl auth can-i exempt namespaces.portcullis.dev/{shop} -n {shop}"))?;
    grant_exempt(stage, &shop).await?;
    stage.kubectl_as(DEVELOPER, &apply, &exempt).await?.admitted()?;
    // In another namespace the Role says nothing.
    let other = stage.declared("other").await?;
    make_editor(stage, &other).await?;
    let apply = ["apply", "--namespace", &other, "-f", "-"];
    stage.kubectl_as(DEVELOPER, &apply, &exempt).await?.rejected(REFUSED)?;
    Ok(())
}

async fn a_lower_profile_takes_the_right_whatever_the_way(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    make_editor(stage, &shop).await?;
    let lower = namespace(&shop, &[(DECLARATION, "self"), (ENFORCE, "privileged")]);
    let label = format!("{ENFORCE}=privileged");
    let patch = json!({"metadata": {"labels": {ENFORCE: "privileged"}}}).to_string();
    let none = json!({"metadata": {"labels": {DECLARATION: null}}}).to_string();
    let undeclare = format!("{DECLARATION}-");
    let exempt = json!({"metadata": {"annotations": exemption(None)}}).to_string();
    let ways: [(&[&str], &str); 7] = [
        (&["label", "namespace", &shop, &label], ""),
        (&["label", "namespace", &shop, &undeclare], ""),
        (&["patch", "namespace", &shop, "--patch", &patch], ""),
        (&["patch", "namespace", &shop, "--type=merge", "--patch", &none], ""),
        (&["patch", "namespace", &shop, "--patch", &exempt], ""),
        (&["apply", "--server-side", "--force-conflicts", "-f", "-"], &lower.to_string()),
        (&["replace", "-f", "-"], &lower.to_string()),
    ];
    for (arguments, input) in ways {
        stage.kubectl_as(DEVELOPER, arguments, input).await?.rejected(REFUSED)?;
    }
    grant_exempt(stage, &shop).await?;
    let (arguments, _) = ways[0];
    stage.kubectl_as(DEVELOPER, arguments, "").await?.admitted()?.says("less is required")?;
    Ok(())
}

async fn a_new_namespace_below_the_default_takes_a_cluster_role(stage: &Stage) -> Result<()> {
    let (shop, role) = (stage.name("shop"), stage.name("role"));
    let role_of = |rules: Value| {
        let kind = "ClusterRole";
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": role}, "rules": rules})
    };
    let create =
        json!({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["create", "get"]});
    let exempt =
        json!({"apiGroups": ["portcullis.dev"], "resources": ["namespaces"], "verbs": ["exempt"]});
    let apply = |rules: Value| async {
        stage.kubectl(&["apply", "-f", "-"], &role_of(rules).to_string()).await
    };
    apply(json!([create])).await?.admitted()?;
    // Somebody of their own: the other scenarios run meanwhile, and count on what the developer may not.
    let (cluster_role, user) = (format!("--clusterrole={role}"), format!("--user={role}"));
    let binding = ["create", "clusterrolebinding", &role, &cluster_role, &user];
    stage.kubectl(&binding, "").await?.admitted()?;
    let privileged = namespace(&shop, &[(ENFORCE, "privileged")]).to_string();
    let arguments = ["create", "--as", &role, "-f", "-"];
    stage.kubectl(&arguments, &privileged).await?.rejected(REFUSED)?;
    apply(json!([create, exempt])).await?.admitted()?;
    stage.kubectl(&arguments, &privileged).await?.admitted()?;
    Ok(())
}

async fn whoever_is_impersonated_needs_the_right(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    make_editor(stage, &shop).await?;
    let apply = ["apply", "--as", DEVELOPER.name, "--namespace", &shop, "-f", "-"];
    stage.kubectl(&apply, &exempt(None).to_string()).await?.rejected(REFUSED)?;
    grant_exempt(stage, &shop).await?;
    stage.kubectl(&apply, &exempt(None).to_string()).await?.admitted()?;
    Ok(())
}

async fn annotations_of_a_template_exempt_nothing(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let mut boasting = deployment("web");
    boasting["spec"]["template"]["metadata"]["annotations"] = exemption(None);
    stage.apply(&shop, &boasting).await?.rejected("uncovered-workload")?;
    // Nor do they keep anything from running that is covered.
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &boasting).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    Ok(())
}

async fn pods_are_exempt_with_their_deployment(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &exempt(None)).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    stage.within(&shop, &["scale", "deployment", "web", "--replicas=2"]).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 2).await?;
    Ok(())
}

async fn an_exemption_ends_by_itself(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let refused = stage.apply(&shop, &exempt(Some("2026-01-01"))).await?;
    refused.rejected("uncovered-workload")?.warned("void-exemption")?;
    stage.apply(&shop, &exempt(Some("2199-01-01"))).await?.admitted()?;
    Ok(())
}

async fn the_answer_is_given_on_a_dry_run_too(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    make_editor(stage, &shop).await?;
    let apply = ["apply", "--dry-run=server", "--namespace", &shop, "-f", "-"];
    stage.kubectl_as(DEVELOPER, &apply, &exempt(None).to_string()).await?.rejected(REFUSED)?;
    Ok(())
}
