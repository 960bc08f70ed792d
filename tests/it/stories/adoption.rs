//! docs/from-zero-to-default-deny.md, executed.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::process::Command;

use super::page::{Step, steps};
use crate::chart;
use crate::control_plane::ControlPlane;
use crate::control_plane::users::ADMIN;
use crate::installation;
use crate::kubectl::{Outcome, run};
use crate::objects::{deployment, list, namespace};
use crate::proxy::Proxy;
use crate::scenario::{Scenario, scenarios};
use crate::stage::{Guard, Stage};
use crate::wait::until;
use crate::webhook::Webhook;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![from_zero_to_default_deny];

/// Where the page installs, and as what.
const PORTCULLIS: (&str, &str) = ("portcullis-system", "portcullis");

/// On a control plane of its own: the page speaks of all namespaces that there are.
async fn from_zero_to_default_deny(stage: &Stage) -> Result<()> {
    let plane = ControlPlane::start(stage.plane.programs()).await?;
    let client = plane.client(ADMIN).await?;
    let own = Stage {
        plane: Arc::new(plane),
        guard: Arc::new(Guard::Nobody),
        client,
        prefix: stage.prefix.clone(),
    };
    let mut objects = Vec::new();
    for (name, app) in [("shop", "web"), ("billing", "invoices"), ("legacy", "mainframe")] {
        let mut workload = deployment(app);
        workload["metadata"]["namespace"] = json!(name);
        objects.extend([namespace(name, &[]), workload]);
    }
    own.kubectl(&["apply", "-f", "-"], &list(&objects).to_string()).await?.admitted()?;
    let mut cluster = Cluster::new(&own)?;
    for step in steps("from-zero-to-default-deny.md")? {
        cluster.execute(&step).await?;
    }
    Ok(())
}

/// What stands around the page's commands: a folder with the chart and the certificate, and the parts of a cluster that
/// the control plane under test does not have. The API server calls the webhook at an address of its own, and settings
/// are brought to it as a kubelet does.
struct Cluster<'a> {
    stage: &'a Stage,
    folder: PathBuf,
    webhook: Option<(Webhook, Proxy)>,
    /// Where it will listen.
    settings: String,
}

impl<'a> Cluster<'a> {
    fn new(stage: &'a Stage) -> Result<Self> {
        let folder = stage.plane.folder().join("adoption");
        let programs = folder.join("bin");
        std::fs::create_dir_all(&programs)?;
        std::fs::create_dir_all(folder.join("charts"))?;
        symlink(chart::folder(), folder.join("charts/portcullis"))?;
        symlink(installation::folder(), folder.join("deploy"))?;
        symlink(stage.plane.program("kubectl"), programs.join("kubectl"))?;
        symlink(env!("CARGO_BIN_EXE_portcullis"), programs.join("portcullis"))?;
        std::fs::write(folder.join("ca.crt"), stage.plane.authority.pem())?;
        let this = Self { stage, folder, webhook: None, settings: String::new() };
        this.write_helm("webhook.enabled=false")?;
        Ok(this)
    }

    /// Helm with one more value, and nothing else.
    fn write_helm(&self, value: &str) -> Result<()> {
        let helm = self.stage.plane.program("helm");
        let path = self.folder.join("bin/helm");
        std::fs::write(
            &path,
            format!("#!/bin/sh\nexec '{}' \"$@\" --set {value}\n", helm.display()),
        )?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    async fn execute(&mut self, step: &Step) -> Result<()> {
        let outcome = self.run(&step.script).await?;
        step.judge(outcome.code, &format!("{}\n{}", outcome.stdout, outcome.stderr))?;
        if step.script.contains("helm install") {
            self.start().await?;
        } else if step.script.contains("helm upgrade") {
            self.bring_settings().await?;
        }
        Ok(())
    }

    async fn run(&self, script: &str) -> Result<Outcome> {
        let mut command = Command::new("bash");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(&self.folder)
            .env("PATH", format!("{}:{path}", self.folder.join("bin").display()))
            .env("HOME", &self.folder)
            .env("KUBECONFIG", self.stage.plane.kubeconfig(ADMIN));
        run(command, script.to_owned(), "").await
    }

    /// Starts the Pods' program with what the release gave them, and lets the API server call it.
    async fn start(&mut self) -> Result<()> {
        let (namespace, account) = PORTCULLIS;
        let plane = &self.stage.plane;
        let proxy = Proxy::start(plane.port()).await?;
        let kubeconfig =
            installation::account_kubeconfig(plane, namespace, account, proxy.port).await?;
        self.settings = self.rendered().await?;
        let webhook = Webhook::start(plane, "adoption/webhook", &self.settings, kubeconfig).await?;
        let url = format!("webhook.url=https://{},webhook.enabled=true", webhook.address);
        self.write_helm(&url)?;
        self.webhook = Some((webhook, proxy));
        let again = "helm upgrade portcullis charts/portcullis --namespace portcullis-system --reuse-values";
        self.run(again).await?.admitted()?;
        Ok(())
    }

    /// The settings as the release holds them.
    async fn rendered(&self) -> Result<String> {
        let (namespace, name) = PORTCULLIS;
        let path = "jsonpath={.data.settings\\.yaml}";
        let arguments = ["get", "configmap", name, "-o", path];
        Ok(self.stage.within(namespace, &arguments).await?.admitted()?.stdout)
    }

    /// What a kubelet does with a `ConfigMap` that changed, and a moment for the program to notice.
    async fn bring_settings(&mut self) -> Result<()> {
        let settings = self.rendered().await?;
        if settings == self.settings {
            return Ok(());
        }
        self.settings = settings;
        let (webhook, _) = self.webhook.as_ref().context("the webhook runs")?;
        let loaded = ("portcullis_settings_reloads_total", "loaded");
        let before = webhook.metric(loaded.0, loaded.1).await?;
        webhook.change_settings(&self.settings)?;
        until(Duration::from_secs(30), "the new settings to count", || async {
            Ok((webhook.metric(loaded.0, loaded.1).await? > before).then_some(()))
        })
        .await
    }
}
