//! Where a command gets the state of the cluster from: files, or the cluster.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use clap::Args;

use crate::engine::Need;
use crate::manifest;
use crate::model::{Settings, World};
use crate::webhook::Knowledge;

use super::input;

/// Where the state comes from.
#[derive(Clone, Debug, Args)]
pub(super) struct Source {
    /// Read the state from these files and folders instead of a cluster
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(super) manifests: Vec<PathBuf>,
    /// Kubeconfig of the cluster; without one KUBECONFIG, the default file, or the Pod's own account
    #[arg(long, value_name = "FILE", conflicts_with = "manifests")]
    pub(super) kubeconfig: Option<PathBuf>,
}

/// The state, from wherever it comes.
pub(super) enum State {
    /// Files: all there is.
    Files(Arc<World>),
}

impl Source {
    /// The state; from a cluster it may take a while until it is complete.
    pub(super) async fn open(&self, _settings: &Arc<Settings>) -> anyhow::Result<State> {
        ensure!(!self.manifests.is_empty(), "name files with --manifests");
        Ok(State::Files(Arc::new(self.world()?)))
    }

    /// The state of the files; one that cannot be read whole would give wrong answers, so it is refused.
    fn world(&self) -> anyhow::Result<World> {
        let gathered = manifest::gather(input::read(&self.manifests)?, "default");
        for error in &gathered.errors {
            eprintln!("portcullis: {error}");
        }
        ensure!(
            gathered.errors.is_empty(),
            "{} documents cannot be used; mend them first",
            gathered.errors.len()
        );
        Ok(World::from_objects(gathered.objects.into_values().map(|located| located.object)))
    }
}

impl State {
    /// Returns when the state is no longer kept up to date, and why; never for files.
    pub(super) fn watching(&self) -> impl Future<Output = String> + use<> {
        match self {
            Self::Files(_) => std::future::pending(),
        }
    }
}

impl Knowledge for State {
    fn world(&self) -> Option<Arc<World>> {
        match self {
            Self::Files(world) => world.world(),
        }
    }

    async fn confirm(
        &self,
        world: &World,
        needs: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Result<World, String> {
        match self {
            Self::Files(files) => files.confirm(world, needs, deadline).await,
        }
    }
}
