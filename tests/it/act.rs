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

/// The whole play.
pub(crate) const ACTS: &[Act] = &[
    Act::new(
        "without a webhook",
        Cast::Nobody,
        &[
            crate::ground::SCENARIOS,
            crate::apply_trap::SCENARIOS,
            crate::chart::SCENARIOS,
            crate::cluster::SCENARIOS,
            crate::kinds::SCENARIOS,
            crate::selectors::SCENARIOS,
        ],
    ),
    Act::new("the API server restarts", Cast::Nobody, &[crate::cluster::RESTART]),
    Act::new("which requests reach the webhook", Cast::Recorder, &[crate::conditions::SCENARIOS]),
    Act::new(
        "the shipped settings",
        Cast::Portcullis(|_| ()),
        &[
            crate::namespaces::SCENARIOS,
            crate::workloads::SCENARIOS,
            crate::pods::SCENARIOS,
            crate::bypasses::SCENARIOS,
            crate::policies::SCENARIOS,
            crate::ways_in::SCENARIOS,
            crate::right_direction::SCENARIOS,
            crate::changes::SCENARIOS,
            crate::warnings::SCENARIOS,
            crate::terminating::SCENARIOS,
            crate::misfortune::SCENARIOS,
            crate::loosening::SCENARIOS,
            crate::audit::SCENARIOS,
            crate::kinds::DEPLOYED,
        ],
    ),
    Act::new("race", Cast::Portcullis(|_| ()), &[crate::race::SCENARIOS]),
    Act::new("labels", Cast::Portcullis(crate::labels::settings), &[crate::labels::SCENARIOS]),
    Act::new("mode audit", Cast::Portcullis(crate::modes::audit), &[crate::modes::AUDIT]),
    Act::new(
        "other levels for some namespaces",
        Cast::Portcullis(crate::overrides::settings),
        &[crate::overrides::SCENARIOS],
    ),
    Act::new(
        "settings change while it serves",
        Cast::Portcullis(crate::settings_reload::settings),
        &[crate::settings_reload::SCENARIOS],
    ),
    Act::new("mode warn", Cast::Portcullis(crate::modes::warn), &[crate::modes::WARN]),
    Act::new(
        "undeclared is self, held at the pod",
        Cast::Portcullis(crate::modes::lenient),
        &[crate::modes::LENIENT],
    ),
    Act::new(
        "cluster-scoped policies count",
        Cast::Portcullis(crate::tiers::settings),
        &[crate::tiers::SCENARIOS, crate::old_state::SCENARIOS],
    ),
    Act::new(
        "a version that no entry names",
        Cast::Portcullis(crate::tiers::settings),
        &[crate::aliases::SCENARIOS],
    ),
    Act::new(
        "policies of Calico count",
        Cast::Portcullis(crate::calico::settings),
        &[crate::calico::SCENARIOS],
    ),
    Act::new(
        "Calico stores what it serves",
        Cast::Portcullis(crate::calico::settings),
        &[crate::calico_v3::SCENARIOS],
    ),
    Act::new(
        "undeclared is managed",
        Cast::Portcullis(crate::modes::managed),
        &[crate::modes::MANAGED],
    ),
    Act::new("installed by its chart", Cast::Release(|_| ()), crate::gitops::SCENARIOS),
    Act {
        one_by_one: true,
        ..Act::new("outage", Cast::Portcullis(|_| ()), &[crate::outage::SCENARIOS])
    },
    Act::new("two replicas", Cast::Portcullis(|_| ()), &[crate::two_replicas::SCENARIOS]),
    Act::new("an old cluster", Cast::Nobody, &[crate::stories::OLD_CLUSTER]),
    Act {
        one_by_one: true,
        ..Act::new(
            "webhook and controller",
            Cast::Portcullis(|_| ()),
            &[crate::controller::WITH_WEBHOOK],
        )
    },
    Act {
        one_by_one: true,
        ..Act::new(
            "the controller alone",
            Cast::Nobody,
            &[
                crate::controller::ALONE,
                crate::controller_two::SCENARIOS,
                crate::provisioning::ALONE,
            ],
        )
    },
    // It leaves two hundred namespaces behind, which a controller would report on first.
    Act {
        one_by_one: true,
        ..Act::new(
            "the webhook waits for the controller",
            Cast::Portcullis(crate::provisioning::enabled),
            &[crate::provisioning::WITH_WEBHOOK],
        )
    },
    // It leaves a DNS behind that everybody's egress could forget.
    Act::new("what a cluster tells about itself", Cast::Nobody, &[crate::facts::SCENARIOS]),
    Act::new("from zero to default-deny", Cast::Nobody, &[crate::stories::ADOPTION]),
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
                crate::installation::install(plane, |entry, _| recorder.url(entry)).await?;
                Ok(Guard::Recorder(recorder))
            }
            Self::Portcullis(change) => {
                crate::installation::install_without_webhooks(plane).await?;
                let proxy = Proxy::start(plane.port()).await?;
                let kubeconfig =
                    crate::installation::service_account_kubeconfig(plane, proxy.port).await?;
                let mut settings: Value =
                    serde_saphyr::from_str(&crate::installation::settings()?)?;
                change(&mut settings);
                let webhook =
                    Webhook::start(plane, name, &settings.to_string(), kubeconfig).await?;
                crate::installation::install(plane, |_, path| {
                    format!("https://{}{path}", webhook.address)
                })
                .await?;
                Ok(Guard::Portcullis(webhook, proxy))
            }
            Self::Release(change) => {
                let (webhook, proxy) = crate::release::install(plane, *change).await?;
                Ok(Guard::Portcullis(webhook, proxy))
            }
        }
    }

    async fn leave(&self, plane: &ControlPlane) -> Result<()> {
        match self {
            Self::Nobody => Ok(()),
            Self::Recorder | Self::Portcullis(_) => crate::installation::uninstall(plane).await,
            Self::Release(_) => crate::release::uninstall(plane).await,
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
