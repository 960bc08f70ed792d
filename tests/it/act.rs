//! An act: scenarios that share what answers the API server. Acts follow one another, for webhook configurations hold
//! for the whole cluster; the scenarios of an act run side by side.

use std::sync::Arc;

use anyhow::{Result, ensure};
use libtest_mimic::Arguments;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::control_plane::ControlPlane;
use crate::control_plane::users::ADMIN;
use crate::proxy::Proxy;
use crate::recorder::Recorder;
use crate::scenario::Scenario;
use crate::stage::{Guard, Stage};
use crate::webhook::Webhook;
use crate::{
    apply_trap, audit, calico, calico_v3, changes, chart, cluster, conditions, controller,
    controller_two, facts, gitops, ground, installation, kinds, labels, loosening, misfortune,
    modes, namespaces, old_state, outage, pods, policies, provisioning, race, release,
    right_direction, selectors, terminating, tiers, warnings, ways_in, workloads,
};

/// The whole play.
pub(crate) const ACTS: &[Act] = &[
    Act::new(
        "without a webhook",
        Cast::Nobody,
        &[
            ground::SCENARIOS,
            apply_trap::SCENARIOS,
            chart::SCENARIOS,
            cluster::SCENARIOS,
            kinds::SCENARIOS,
            selectors::SCENARIOS,
        ],
    ),
    Act::new("the API server restarts", Cast::Nobody, &[cluster::RESTART]),
    Act::new("which requests reach the webhook", Cast::Recorder, &[conditions::SCENARIOS]),
    Act::new(
        "the shipped settings",
        Cast::Portcullis(|_| ()),
        &[
            namespaces::SCENARIOS,
            workloads::SCENARIOS,
            pods::SCENARIOS,
            policies::SCENARIOS,
            ways_in::SCENARIOS,
            right_direction::SCENARIOS,
            changes::SCENARIOS,
            warnings::SCENARIOS,
            terminating::SCENARIOS,
            misfortune::SCENARIOS,
            loosening::SCENARIOS,
            audit::SCENARIOS,
            kinds::DEPLOYED,
        ],
    ),
    Act::new("race", Cast::Portcullis(|_| ()), &[race::SCENARIOS]),
    Act::new("labels", Cast::Portcullis(labels::settings), &[labels::SCENARIOS]),
    Act::new("mode audit", Cast::Portcullis(modes::audit), &[modes::AUDIT]),
    Act::new("mode warn", Cast::Portcullis(modes::warn), &[modes::WARN]),
    Act::new(
        "undeclared is self, held at the pod",
        Cast::Portcullis(modes::lenient),
        &[modes::LENIENT],
    ),
    Act::new(
        "cluster-scoped policies count",
        Cast::Portcullis(tiers::settings),
        &[tiers::SCENARIOS, old_state::SCENARIOS],
    ),
    Act::new("policies of Calico count", Cast::Portcullis(calico::settings), &[calico::SCENARIOS]),
    Act::new(
        "Calico stores what it serves",
        Cast::Portcullis(calico::settings),
        &[calico_v3::SCENARIOS],
    ),
    Act::new("undeclared is managed", Cast::Portcullis(modes::managed), &[modes::MANAGED]),
    Act::new("installed by its chart", Cast::Release(|_| ()), gitops::SCENARIOS),
    Act { one_by_one: true, ..Act::new("outage", Cast::Portcullis(|_| ()), &[outage::SCENARIOS]) },
    Act {
        one_by_one: true,
        ..Act::new("webhook and controller", Cast::Portcullis(|_| ()), &[controller::WITH_WEBHOOK])
    },
    Act {
        one_by_one: true,
        ..Act::new(
            "the controller alone",
            Cast::Nobody,
            &[controller::ALONE, controller_two::SCENARIOS, provisioning::ALONE],
        )
    },
    // It leaves a DNS behind that everybody's egress could forget.
    Act::new("what a cluster tells about itself", Cast::Nobody, &[facts::SCENARIOS]),
];

/// Scenarios under one installation.
pub(crate) struct Act {
    pub(crate) title: &'static str,
    cast: Cast,
    topics: &'static [&'static [Scenario]],
    /// Its scenarios break the ground under each other.
    one_by_one: bool,
}

/// What is installed.
enum Cast {
    Nobody,
    Recorder,
    /// Portcullis with the shipped settings, changed a little.
    Portcullis(fn(&mut Value)),
    /// The same, by its chart and with Helm.
    Release(fn(&mut Value)),
}

impl Act {
    const fn new(title: &'static str, cast: Cast, topics: &'static [&'static [Scenario]]) -> Self {
        Self { title, cast, topics, one_by_one: false }
    }

    /// The scenarios of all topics.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = &'static Scenario> {
        self.topics.iter().flat_map(|topic| topic.iter())
    }

    /// Installs what is needed, runs the scenarios that were asked for, takes it away; whether all went well.
    pub(crate) fn play(
        &self,
        arguments: &Arguments,
        runtime: &Runtime,
        plane: &Arc<ControlPlane>,
    ) -> Result<bool> {
        if self.scenarios().all(|scenario| arguments.is_filtered_out(&scenario.trial(None))) {
            return Ok(true);
        }
        println!("\nact: {}", self.title);
        let guard = Arc::new(runtime.block_on(self.cast.enter(plane, self.title))?);
        let client = runtime.block_on(plane.client(ADMIN))?;
        let trials = self.scenarios().map(|scenario| {
            let stage = Stage {
                plane: Arc::clone(plane),
                guard: Arc::clone(&guard),
                client: client.clone(),
                prefix: scenario.prefix(),
            };
            scenario.trial(Some((runtime.handle().clone(), Arc::new(stage))))
        });
        let mut arguments = arguments.clone();
        if self.one_by_one {
            arguments.test_threads = Some(1);
        }
        let well = !libtest_mimic::run(&arguments, trials.collect()).has_failed();
        runtime.block_on(self.cast.leave(plane))?;
        runtime.block_on(no_condition_failed(plane))?;
        Ok(well)
    }
}

impl Cast {
    async fn enter(&self, plane: &ControlPlane, name: &str) -> Result<Guard> {
        match self {
            Self::Nobody => Ok(Guard::Nobody),
            Self::Recorder => {
                let recorder = Recorder::start(plane)?;
                installation::install(plane, |entry, _| recorder.url(entry)).await?;
                Ok(Guard::Recorder(recorder))
            }
            Self::Portcullis(change) => {
                installation::install_without_webhooks(plane).await?;
                let proxy = Proxy::start(plane.port()).await?;
                let kubeconfig =
                    installation::service_account_kubeconfig(plane, proxy.port).await?;
                let mut settings: Value = serde_saphyr::from_str(&installation::settings()?)?;
                change(&mut settings);
                let webhook =
                    Webhook::start(plane, name, &settings.to_string(), kubeconfig).await?;
                installation::install(plane, |_, path| {
                    format!("https://{}{path}", webhook.address)
                })
                .await?;
                Ok(Guard::Portcullis(webhook, proxy))
            }
            Self::Release(change) => {
                let (webhook, proxy) = release::install(plane, *change).await?;
                Ok(Guard::Portcullis(webhook, proxy))
            }
        }
    }

    async fn leave(&self, plane: &ControlPlane) -> Result<()> {
        match self {
            Self::Nobody => Ok(()),
            Self::Recorder | Self::Portcullis(_) => installation::uninstall(plane).await,
            Self::Release(_) => release::uninstall(plane).await,
        }
    }
}

/// An expression that fails to evaluate refuses the request under Fail, and skips us under Ignore.
async fn no_condition_failed(plane: &ControlPlane) -> Result<()> {
    let request = http::Request::get("/metrics").body(Vec::new())?;
    let metrics = plane.client(ADMIN).await?.request_text(request).await?;
    let failed: Vec<&str> = metrics
        .lines()
        .filter(|line| {
            line.starts_with("apiserver_admission_match_condition_evaluation_errors_total{")
        })
        .collect();
    ensure!(
        failed.is_empty(),
        "match conditions of deploy/ failed to evaluate:\n{}",
        failed.join("\n")
    );
    Ok(())
}
