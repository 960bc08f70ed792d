//! Flux's kustomize-controller, as fluxcd/pkg/ssa applies: sorted by kind, Namespaces as a stage of their own; of each
//! stage first a server-side dry run of all, then all of them by server-side apply, ended by the first error.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::bundle::Bundle;
use super::pages::{page_shows, page_shows_head};
use crate::kubectl::Outcome;
use crate::objects::allow_neighbours_to;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_bundle_converges_by_itself,
    an_undeclared_namespace_is_refused_in_the_dry_run,
    an_old_namespace_is_declared_in_the_same_commit,
    pruning_converges_on_retry,
    joint_coverage_moves_in_two_commits,
];

/// The field manager that Portcullis knows it by.
const MANAGER: &str = "--field-manager=kustomize-controller";

/// The order of kinds; those that are not named come in between, by name.
const ORDER: [&str; 5] = ["ServiceAccount", "ConfigMap", "Service", "Deployment", "CronJob"];

/// One reconciliation of a commit: what each request answered, up to the first error.
async fn reconcile(stage: &Stage, objects: &[Value]) -> Result<Vec<Outcome>> {
    let is_namespace = |object: &&Value| object["kind"] == "Namespace";
    let first: Vec<&Value> = objects.iter().filter(is_namespace).collect();
    let mut rest: Vec<&Value> = objects.iter().filter(|object| !is_namespace(object)).collect();
    rest.sort_by_key(|object| {
        let kind = object["kind"].as_str().unwrap_or_default();
        (ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len()), kind)
    });
    let mut outcomes = Vec::new();
    for part in [first, rest] {
        for dry_run in [&["--dry-run=server"][..], &[]] {
            for object in &part {
                let arguments =
                    [&["apply", "--server-side", "--force-conflicts", MANAGER, "-f", "-"], dry_run];
                let outcome = stage.kubectl(&arguments.concat(), &object.to_string()).await?;
                let failed = outcome.code != 0;
                outcomes.push(outcome);
                if failed {
                    return Ok(outcomes);
                }
            }
        }
    }
    Ok(outcomes)
}

/// Reconciles until nothing fails, as Flux does on its interval; how often it took.
async fn converge(stage: &Stage, objects: &[Value]) -> Result<usize> {
    for round in 1..=3 {
        let outcomes = reconcile(stage, objects).await?;
        if outcomes.iter().all(|outcome| outcome.code == 0) {
            return Ok(round);
        }
    }
    bail!("three reconciliations did not converge")
}

/// The Deployment is applied before its policies: held at the Pod, it lets Flux go on.
async fn a_bundle_converges_by_itself(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let outcomes = reconcile(stage, &bundle.objects).await?;
    let warning = outcomes.iter().flat_map(Outcome::warnings).find(|line| line.contains("web"));
    let warning = warning.context("nobody said that the Deployment waits at its Pods")?;
    page_shows("flux.md", warning, &bundle.namespace)?;
    for outcome in outcomes {
        outcome.admitted()?;
    }
    // Whatever was refused meanwhile is made again by its controller.
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    for outcome in reconcile(stage, &bundle.objects).await? {
        outcome.admitted()?.silent()?;
    }
    Ok(())
}

async fn an_undeclared_namespace_is_refused_in_the_dry_run(stage: &Stage) -> Result<()> {
    let mut bundle = Bundle::undeclared(stage.name("shop"));
    let outcomes = reconcile(stage, &bundle.objects).await?;
    let refused = outcomes.into_iter().next_back().context("nothing was applied")?;
    let refused = refused.rejected("undeclared-namespace")?;
    page_shows("flux.md", refused.denial(), &bundle.namespace)?;
    bundle.objects[0]["metadata"]["labels"] = json!({"portcullis.dev/default-deny": "self"});
    ensure!(converge(stage, &bundle.objects).await? == 1, "it should have converged at once");
    Ok(())
}

/// In a namespace that is not declared nothing holds Pods, so the Deployment is refused, and with it the policy behind it.
async fn an_old_namespace_is_declared_in_the_same_commit(stage: &Stage) -> Result<()> {
    let mut bundle = Bundle::undeclared(stage.old("shop", &[]).await?);
    let outcomes = reconcile(stage, &bundle.objects).await?;
    let refused = outcomes.into_iter().next_back().context("nothing was applied")?;
    refused.rejected("uncovered-workload")?;
    bundle.objects[0]["metadata"]["labels"] = json!({"portcullis.dev/default-deny": "self"});
    ensure!(converge(stage, &bundle.objects).await? == 1, "it should have converged at once");
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    Ok(())
}

/// Flux prunes in reverse order and collects the errors: the policies first, which the Deployment still needs.
async fn pruning_converges_on_retry(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    converge(stage, &bundle.objects).await?;
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    let order =
        ["networkpolicy/default-deny", "networkpolicy/allow-web", "deployment/web", "service/web"];
    let mut refused = 0_usize;
    until(std::time::Duration::from_mins(1), "pruning to converge", || async {
        let mut errors = 0_usize;
        for object in order {
            let arguments = ["delete", object, "--ignore-not-found", "--wait=false"];
            let outcome = stage.within(&bundle.namespace, &arguments).await?;
            errors += usize::from(outcome.code != 0);
        }
        Ok((errors == 0).then_some(()))
    })
    .await?;
    // What the first round says, once more and by itself.
    let again = Bundle::whole(stage.name("again"));
    converge(stage, &again.objects).await?;
    for object in &order[..2] {
        let outcome = stage.within(&again.namespace, &["delete", object, "--wait=false"]).await?;
        if outcome.code != 0 {
            refused += 1;
            let outcome = outcome.rejected("missing-default-deny")?;
            page_shows_head("flux.md", outcome.denial(), &again.namespace)?;
        }
    }
    ensure!(refused == 1, "{refused} deletions were refused, not that of the default-deny alone");
    Ok(())
}

/// Two policies cover the workloads together. A commit that widens one and narrows the other is sent one by one, and in
/// this order the first write would uncover a workload.
async fn joint_coverage_moves_in_two_commits(stage: &Stage) -> Result<()> {
    let mut bundle = Bundle::whole(stage.name("shop"));
    let mut other = crate::objects::deployment("cart");
    other["metadata"]["namespace"] = json!(bundle.namespace);
    bundle.objects.push(other);
    // a: web, b: cart; instead of a default-deny for all.
    bundle.objects.retain(|object| object["kind"] != "NetworkPolicy");
    let cover = |name: &str, app: &str| {
        let mut policy = allow_neighbours_to(name, app);
        policy["metadata"]["namespace"] = json!(bundle.namespace);
        policy
    };
    let with = |policies: [Value; 2]| [bundle.objects.clone(), policies.to_vec()].concat();
    let observed = with([cover("a", "web"), cover("b", "cart")]);
    let moved = with([cover("a", "cart"), cover("b", "web")]);
    converge(stage, &observed).await?;
    let outcomes = reconcile(stage, &moved).await?;
    let last = outcomes.into_iter().next_back().context("nothing was applied")?;
    let last = last.refused()?;
    page_shows_head("flux.md", last.denial(), &bundle.namespace)?;
    // The first commit adds, the second takes away.
    let mut both = with([cover("a", "cart"), cover("b", "web")]);
    let mut all = crate::objects::deny_ingress();
    all["metadata"]["namespace"] = json!(bundle.namespace);
    all["metadata"]["name"] = json!("a-default-deny"); // sorted before the others, as its kind is one
    both.push(all);
    let first: Vec<Value> = observed.iter().cloned().chain(both.last().cloned()).collect();
    converge(stage, &first).await?;
    converge(stage, &both).await?;
    Ok(())
}
