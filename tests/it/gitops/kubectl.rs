//! `kubectl apply -f dir/` in file order, `kubectl apply -k`, `kubectl diff`.

use anyhow::{Result, ensure};
use serde_json::json;

use super::bundle::{Bundle, argument};
use super::pages::page_shows;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_folder_is_applied_in_the_order_of_its_files,
    a_folder_with_workloads_first_succeeds_the_second_time,
    kustomize_sorts_by_itself,
    diff_shows_no_drift_by_labels_that_were_added,
    an_undeclared_namespace_names_its_remedy,
];

async fn a_folder_is_applied_in_the_order_of_its_files(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let folder = bundle.write(stage, |kind, name| {
        let number = ["Namespace", "NetworkPolicy"].iter().position(|first| *first == kind);
        format!("{}-{kind}-{name}.json", number.unwrap_or(2))
    })?;
    let apply = ["apply", "-f", &argument(&folder)];
    stage.kubectl(&apply, "").await?.admitted()?.silent()?;
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    let again = stage.kubectl(&apply, "").await?.admitted()?.silent()?;
    ensure!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    Ok(())
}

/// kubectl goes on after a denial, so the policies are there when it runs again.
async fn a_folder_with_workloads_first_succeeds_the_second_time(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let name = |kind: &str, name: &str| match kind {
        "Namespace" => "00-namespace.json".to_owned(),
        _ => format!("{kind}-{name}.json"), // Deployment comes before NetworkPolicy
    };
    let folder = bundle.write(stage, name)?;
    let check = check(&folder)?;
    ensure!(
        check.contains("kubectl apply") && check.contains("comes before the policy"),
        "check does not tell that the order fails at first: {check}"
    );
    let apply = ["apply", "-f", &argument(&folder)];
    let first = stage.kubectl(&apply, "").await?.rejected("uncovered-workload")?;
    page_shows("kubectl.md", first.denial(), &bundle.namespace)?;
    stage.kubectl(&apply, "").await?.admitted()?.silent()?;
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    Ok(())
}

async fn kustomize_sorts_by_itself(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    let folder = bundle.write(stage, |kind, name| format!("{kind}-{name}.json"))?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        files.push(entry?.file_name().to_string_lossy().into_owned());
    }
    // kubectl's kustomize sorts by kind, NetworkPolicies after Deployments, unless it is told to keep the order.
    files.sort_by_key(|file| (!file.starts_with("Namespace"), !file.starts_with("NetworkPolicy")));
    let kustomization = json!({"resources": files, "sortOptions": {"order": "fifo"}});
    std::fs::write(folder.join("kustomization.yaml"), kustomization.to_string())?;
    let apply = ["apply", "-k", &argument(&folder)];
    stage.kubectl(&apply, "").await?.admitted()?.silent()?;
    let again = stage.kubectl(&apply, "").await?.admitted()?.silent()?;
    ensure!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    Ok(())
}

async fn diff_shows_no_drift_by_labels_that_were_added(stage: &Stage) -> Result<()> {
    for side in [&[][..], &["--server-side"]] {
        let bundle = Bundle::whole(stage.name(&format!("shop{}", side.len())));
        let folder = bundle.write(stage, |kind, name| {
            let number = u8::from(kind != "Namespace") + u8::from(kind == "Deployment");
            format!("{number}-{kind}-{name}.json")
        })?;
        let folder = argument(&folder);
        let apply = [&["apply", "-f", &folder], side].concat();
        stage.kubectl(&apply, "").await?.admitted()?.silent()?;
        let path = "jsonpath={.metadata.labels.name}";
        let label = ["get", "namespace", &bundle.namespace, "-o", path];
        let label = stage.kubectl(&label, "").await?.admitted()?;
        ensure!(label.stdout == bundle.namespace, "{label}: no label was added");
        let diff = [&["diff", "-f", &folder], side].concat();
        let diff = stage.kubectl(&diff, "").await?.admitted()?;
        ensure!(diff.stdout.is_empty(), "{diff}: a difference that nobody made");
    }
    Ok(())
}

async fn an_undeclared_namespace_names_its_remedy(stage: &Stage) -> Result<()> {
    let bundle = Bundle::undeclared(stage.name("shop"));
    let denied = stage.kubectl(&["apply", "-f", "-"], &bundle.objects[0].to_string()).await?;
    let denied = denied.rejected("undeclared-namespace")?;
    page_shows("kubectl.md", denied.denial(), &bundle.namespace)?;
    let created = stage.kubectl(&["create", "namespace", &bundle.namespace], "").await?;
    let created = created.rejected("undeclared-namespace")?;
    page_shows("kubectl.md", created.denial(), &bundle.namespace)?;
    // The remedy as it is printed.
    let text = created.denial();
    let name = &bundle.namespace;
    let manifest =
        stage.kubectl(&["create", "ns", name, "--dry-run=client", "-o", "yaml"], "").await?;
    let label = ["label", "--local", "-f", "-", "portcullis.dev/default-deny=self", "-o", "yaml"];
    ensure!(
        text.contains(&format!(
            "kubectl create ns {name} --dry-run=client -o yaml | kubectl {} | kubectl create -f -",
            label.join(" ")
        )),
        "another remedy: {text}"
    );
    let labelled = stage.kubectl(&label, &manifest.admitted()?.stdout).await?.admitted()?;
    stage.kubectl(&["create", "-f", "-"], &labelled.stdout).await?.admitted()?;
    Ok(())
}

/// What `portcullis check` prints about a folder.
fn check(folder: &std::path::Path) -> Result<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("check")
        .arg(folder)
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr))
}
