//! The list of attempts to get around the gate, each with what becomes of it; docs/bypasses.md is this list in words.
//!
//! Somebody with the role `edit` makes them, in a namespace that is declared and has its default-deny and one workload.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::control_plane::users::DEVELOPER;
use crate::kubectl::Outcome;
use crate::objects::{
    DECLARATION, TEMPLATED, allow_all, allow_neighbours_to, deny_ingress, deployment, pod, policy,
    workload,
};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    without_a_policy_nothing_runs,
    a_policy_is_not_taken_away,
    labels_are_no_way_out,
    a_scale_from_zero_starts_nothing,
];

/// One attempt: how the page calls it, the command, its input, and the rule that ends it.
struct Attempt {
    called: &'static str,
    arguments: Vec<String>,
    input: Value,
    rule: &'static str,
}

impl Attempt {
    fn new(called: &'static str, command: &str, input: Value, rule: &'static str) -> Self {
        let arguments = command.split(' ').map(str::to_owned).collect();
        Self { called, arguments, input, rule }
    }

    fn apply(called: &'static str, input: Value, rule: &'static str) -> Self {
        Self::new(called, "apply -f -", input, rule)
    }

    async fn make(&self, stage: &Stage, namespace: &str) -> Result<Outcome> {
        let arguments: Vec<&str> = ["--namespace", namespace]
            .into_iter()
            .chain(self.arguments.iter().map(String::as_str))
            .collect();
        let input = if self.input.is_null() { String::new() } else { self.input.to_string() };
        stage.kubectl_as(DEVELOPER, &arguments, &input).await
    }
}

/// Makes all attempts, and tells of every one that came through: one must not hide the others.
async fn all_fail(stage: &Stage, namespace: &str, attempts: &[Attempt]) -> Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bypasses.md");
    let page = std::fs::read_to_string(&page).context("reading docs/bypasses.md")?;
    let mut wrong = Vec::new();
    for attempt in attempts {
        let outcome = attempt.make(stage, namespace).await?;
        if let Err(error) = outcome.rejected(attempt.rule) {
            wrong.push(format!("{}: {error:#}", attempt.called));
        }
        let row = format!("| {} | `{}` |", attempt.called, attempt.rule);
        if !page.contains(&row) {
            wrong.push(format!("docs/bypasses.md lacks the row {row}"));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} of {} attempts:\n{}", wrong.len(), attempts.len(), wrong.join("\n"))
}

/// A declared namespace in which the developer may do what the role `edit` allows.
async fn team(stage: &Stage) -> Result<String> {
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    let user = format!("--user={}", DEVELOPER.name);
    let binding = ["create", "rolebinding", "team", "--clusterrole=edit", &user];
    stage.within(&shop, &binding).await?.admitted()?;
    Ok(shop)
}

async fn without_a_policy_nothing_runs(stage: &Stage) -> Result<()> {
    let shop = team(stage).await?;
    let rule = "uncovered-workload";
    let mut attempts = vec![
        Attempt::apply("a Pod by itself", pod("web"), rule),
        Attempt::apply(
            "a Pod that says it belongs to a ReplicaSet",
            owned(pod("web"), "ReplicaSet"),
            rule,
        ),
        Attempt::apply("a Pod that says it belongs to a node", owned(pod("web"), "Node"), rule),
        Attempt::apply(
            "a ReplicaSet that says it belongs to a Deployment",
            owned(workload("ReplicaSet", "web"), "Deployment"),
            rule,
        ),
        Attempt::new("a generated name", "create -f -", generated(pod("web")), rule),
        Attempt::apply(
            "no replicas yet, to be scaled later",
            with(deployment("web"), "/spec/replicas", json!(0)),
            rule,
        ),
        Attempt::new(
            "another tool's name",
            "apply --server-side --field-manager=helm -f -",
            deployment("web"),
            rule,
        ),
        Attempt::new("server-side apply", "apply --server-side -f -", deployment("web"), rule),
        Attempt::apply(
            "a policy that allows everything, in the same command",
            json!({"apiVersion": "v1", "kind": "List", "items": [allow_all("open"), deployment("web")]}),
            rule,
        ),
        Attempt::apply(
            "a policy for other Pods, in the same command",
            json!({"apiVersion": "v1", "kind": "List", "items": [allow_neighbours_to("other", "other"), deployment("web")]}),
            rule,
        ),
        Attempt::apply(
            "an exemption in the pod template",
            exempted(deployment("web")),
            "uncovered-workload",
        ),
    ];
    for kind in TEMPLATED {
        attempts.push(Attempt::apply("any kind with a pod template", workload(kind, "web"), rule));
    }
    all_fail(stage, &shop, &attempts).await?;
    // A dry run is no admission: what it lets pass is refused when it is meant.
    let dry = Attempt::new("", "apply --dry-run=server -f -", deployment("web"), rule);
    dry.make(stage, &shop).await?.admitted()?.warned(rule)?;
    let meant = Attempt::apply("a dry run, then the same in earnest", deployment("web"), rule);
    all_fail(stage, &shop, &[meant]).await?;
    let running = stage.within(&shop, &["get", "pods", "-o", "name"]).await?.admitted()?;
    ensure!(running.stdout.is_empty(), "{running}: something runs");
    Ok(())
}

async fn a_policy_is_not_taken_away(stage: &Stage) -> Result<()> {
    let shop = team(stage).await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    all_fail(stage, &shop, &on_the_policy()).await?;
    let types = ["get", "networkpolicy", "default-deny", "-o", "jsonpath={.spec}"];
    let left = stage.within(&shop, &types).await?.admitted()?;
    ensure!(left.stdout == r#"{"podSelector":{},"policyTypes":["Ingress"]}"#, "{left}: it changed");
    Ok(())
}

fn on_the_policy() -> [Attempt; 11] {
    let rule = "missing-default-deny";
    let spec = |value: Value| policy("default-deny", &value);
    let narrowed =
        json!({"podSelector": {"matchLabels": {"app": "none"}}, "policyTypes": ["Ingress"]});
    let emptied = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]});
    let opened = json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]});
    [
        Attempt::new(
            "deletion of the default-deny",
            "delete networkpolicy default-deny",
            Value::Null,
            rule,
        ),
        Attempt::new(
            "deletion of all policies at once",
            "delete networkpolicies --all",
            Value::Null,
            rule,
        ),
        Attempt::new(
            "deletion by label",
            "delete networkpolicies --selector=!none",
            Value::Null,
            rule,
        ),
        Attempt::new(
            "deletion as a background cascade with no grace",
            "delete networkpolicy default-deny --force --grace-period=0",
            Value::Null,
            rule,
        ),
        Attempt::apply("a default-deny narrowed to other Pods", spec(narrowed.clone()), rule),
        Attempt::apply("policyTypes turned to the other direction", spec(emptied), rule),
        Attempt::new(
            "policyTypes turned by a patch",
            r#"patch networkpolicy default-deny --type=json --patch=[{"op":"replace","path":"/spec/policyTypes","value":["Egress"]}]"#,
            Value::Null,
            rule,
        ),
        Attempt::apply("a default-deny that allows everything", spec(opened), rule),
        Attempt::apply(
            "an allow-all beside the default-deny",
            allow_all("open"),
            "neutralised-default-deny",
        ),
        Attempt::new("replace instead of apply", "replace -f -", spec(narrowed.clone()), rule),
        // The name of a field manager changes nothing about it.
        Attempt::new(
            "the fields of the default-deny under another manager",
            "apply --server-side --force-conflicts --field-manager=mine -f -",
            spec(narrowed),
            rule,
        ),
    ]
}

async fn labels_are_no_way_out(stage: &Stage) -> Result<()> {
    let shop = team(stage).await?;
    // Only what selects `app: web` covers it.
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let [pod] = &stage.wait_for_pods(&shop, "web", 1).await?[..] else { bail!("one Pod") };
    let rule = "uncovered-workload";
    let relabel = |sub: &str| {
        format!(
            r#"patch pod {pod} {sub}--type=merge --patch={{"metadata":{{"labels":{{"app":"free"}}}}}}"#
        )
    };
    let attempts = [
        Attempt::new(
            "a running Pod relabelled",
            &format!("label pod {pod} app=free --overwrite"),
            Value::Null,
            rule,
        ),
        Attempt::new(
            "a running Pod without its label",
            &format!("label pod {pod} app-"),
            Value::Null,
            rule,
        ),
        Attempt::new("a running Pod relabelled by a patch", &relabel(""), Value::Null, rule),
        Attempt::new(
            "deletion of the policy that covers it",
            "delete networkpolicy web",
            Value::Null,
            rule,
        ),
        Attempt::apply(
            "the policy that covers it turned to other Pods",
            allow_neighbours_to("web", "other"),
            rule,
        ),
    ];
    all_fail(stage, &shop, &attempts).await?;
    Ok(())
}

/// The Deployment is from before its namespace was declared; what it scales up is held at the Pods.
async fn a_scale_from_zero_starts_nothing(stage: &Stage) -> Result<()> {
    let idle = with(deployment("web"), "/spec/replicas", json!(0));
    let shop = stage.old("shop", &[idle]).await?;
    let label = format!("{DECLARATION}=self");
    stage.kubectl(&["label", "namespace", &shop, &label], "").await?.admitted()?;
    stage.within(&shop, &["scale", "deployment/web", "--replicas=3"]).await?.admitted()?;
    let codes = until(Duration::from_mins(1), "an attempt to create a Pod", || async {
        let events = stage.plane.audit_log().of_namespace(&shop)?;
        let pods = events
            .iter()
            .filter(|event| event["verb"] == "create" && event["objectRef"]["resource"] == "pods");
        let codes: Vec<Value> = pods.map(|event| event["responseStatus"]["code"].clone()).collect();
        Ok((!codes.is_empty()).then_some(codes))
    })
    .await?;
    ensure!(codes.iter().all(|code| *code == 403), "a Pod came through: {codes:?}");
    // And once there is a policy, they come by themselves.
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 3).await?;
    Ok(())
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    if let Some(place) = object.pointer_mut(pointer) {
        *place = value;
    }
    object
}

fn generated(mut object: Value) -> Value {
    object["metadata"]["generateName"] = json!("web-");
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("name");
    }
    object
}

fn owned(mut object: Value, kind: &str) -> Value {
    let api_version = if kind == "Node" { "v1" } else { "apps/v1" };
    object["metadata"]["ownerReferences"] = json!([{"apiVersion": api_version, "kind": kind, "name": "none",
        "uid": "2f3b8c1e-0000-4000-8000-000000000000", "controller": true}]);
    object
}

fn exempted(mut object: Value) -> Value {
    object["spec"]["template"]["metadata"]["annotations"] = json!({"portcullis.dev/exempt": "uncovered-workload", "portcullis.dev/exempt-reason": "because"});
    object
}
