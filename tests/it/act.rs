//! An act: scenarios that share what answers the API server. Acts follow one another, for webhook configurations hold
//! for the whole cluster; the scenarios of an act run side by side.

use std::sync::Arc;

use anyhow::{Result, ensure};
use libtest_mimic::Arguments;
use tokio::runtime::Runtime;

use crate::control_plane::ControlPlane;
use crate::control_plane::users::ADMIN;
use crate::recorder::Recorder;
use crate::scenario::Scenario;
use crate::stage::{Guard, Stage};
use crate::{apply_trap, cluster, conditions, ground, installation};

/// The whole play.
pub(crate) const ACTS: &[Act] = &[
    Act {
        title: "without a webhook",
        cast: Cast::Nobody,
        topics: &[ground::SCENARIOS, apply_trap::SCENARIOS, cluster::SCENARIOS],
    },
    Act { title: "the API server restarts", cast: Cast::Nobody, topics: &[cluster::RESTART] },
    Act {
        title: "which requests reach the webhook",
        cast: Cast::Recorder,
        topics: &[conditions::SCENARIOS],
    },
];

/// Scenarios under one installation.
pub(crate) struct Act {
    pub(crate) title: &'static str,
    cast: Cast,
    topics: &'static [&'static [Scenario]],
}

/// What is installed.
enum Cast {
    Nobody,
    Recorder,
}

impl Act {
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
        let guard = Arc::new(runtime.block_on(self.cast.enter(plane))?);
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
        let well = !libtest_mimic::run(arguments, trials.collect()).has_failed();
        runtime.block_on(self.cast.leave(plane))?;
        runtime.block_on(no_condition_failed(plane))?;
        Ok(well)
    }
}

impl Cast {
    async fn enter(&self, plane: &ControlPlane) -> Result<Guard> {
        match self {
            Self::Nobody => Ok(Guard::Nobody),
            Self::Recorder => {
                let recorder = Recorder::start(plane)?;
                installation::install(plane, |entry, _| recorder.url(entry)).await?;
                Ok(Guard::Recorder(recorder))
            }
        }
    }

    async fn leave(&self, plane: &ControlPlane) -> Result<()> {
        match self {
            Self::Nobody => Ok(()),
            Self::Recorder => installation::uninstall(plane).await,
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
