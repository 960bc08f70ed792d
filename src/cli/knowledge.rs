//! Where a command gets the state of the cluster from: files, or the cluster.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::cluster::{Handle, Leader, Live, Rights, Watch, connect};
use crate::controller::LEASE;
use crate::engine::Need;
use crate::facts;
use crate::manifest;
use crate::model::{Requester, Settings, World};
use crate::webhook::Knowledge;

use super::input;

/// How long a command that answers once waits for the state of a cluster.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the state comes from.
#[derive(Clone, Debug, Args)]
pub(super) struct Source {
    /// Read the state from these files and folders instead of a cluster
    #[arg(long, value_name = "PATH", num_args = 1..)]
    manifests: Vec<PathBuf>,
    /// Kubeconfig of the cluster; without one KUBECONFIG, the default file, or the Pod's own account
    #[arg(long, value_name = "FILE", conflicts_with = "manifests")]
    kubeconfig: Option<PathBuf>,
}

/// The state, from wherever it comes.
pub(super) enum State {
    /// A cluster that is watched, and read when a verdict rests on it.
    Cluster { watched: Handle, live: Live, rights: Box<Rights>, leader: Option<Box<Leader>> },
    /// Files: all there is.
    Files(Arc<World>),
}

impl Source {
    /// The state; that of a cluster fills up after this returns.
    pub(super) async fn open(&self, settings: &Settings) -> anyhow::Result<State> {
        self.open_with(settings, None).await
    }

    /// The same, with the namespace in which the controller runs, when it is known.
    pub(super) async fn open_with(
        &self,
        settings: &Settings,
        home: Option<&str>,
    ) -> anyhow::Result<State> {
        if !self.manifests.is_empty() {
            return Ok(State::Files(Arc::new(self.world(settings)?)));
        }
        let client = connect(self.kubeconfig.as_deref()).await?;
        let live = Live::new(client.clone(), settings);
        let rights = Box::new(Rights::new(client.clone()));
        let leader = home.map(|home| Box::new(Leader::new(&client, home, LEASE)));
        Ok(State::Cluster { watched: Watch::start(&client, settings), live, rights, leader })
    }

    /// Whether it says where the state is, so that no cluster is asked that nobody named.
    pub(super) fn is_named(&self) -> bool {
        !self.manifests.is_empty() || self.kubeconfig.is_some()
    }

    /// The state as it is now, of the cluster or of the files.
    pub(super) fn state(&self, settings: &Settings) -> anyhow::Result<super::state::State> {
        if !self.manifests.is_empty() {
            return super::state::State::read(&self.manifests, "default", settings);
        }
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        runtime.block_on(async {
            let state = self.open(settings).await?;
            state.complete().await?;
            let world = state.world().context("the cluster could not be read")?;
            for missing in state.missing() {
                eprintln!("portcullis: cannot be read, so what it tells is not known: {missing}");
            }
            let snapshot = state.watched().map(|watched| watched.snapshot());
            let unreadable = snapshot.iter().flat_map(|snapshot| &snapshot.unreadable);
            Ok(super::state::State::of(world.as_ref().clone(), unreadable))
        })
    }

    /// The state of the files; one that cannot be read whole would give wrong answers, so it is refused.
    fn world(&self, settings: &Settings) -> anyhow::Result<World> {
        let gathered = manifest::gather(input::read(&self.manifests)?, "default");
        for error in &gathered.errors {
            eprintln!("portcullis: {error}");
        }
        let broken = gathered.errors.len();
        ensure!(broken == 0, "{broken} documents cannot be used; mend them first");
        let objects = gathered.objects.into_values().map(|located| located.object);
        Ok(facts::world(&settings.facts, objects))
    }
}

impl State {
    /// Returns when the state is complete; an error when that takes too long.
    pub(super) async fn complete(&self) -> anyhow::Result<()> {
        let Self::Cluster { watched, .. } = self else { return Ok(()) };
        if tokio::time::timeout(PATIENCE, watched.synced()).await.is_err() {
            bail!("the cluster could not be read:\n{}", watched.unready().unwrap_or_default());
        }
        Ok(())
    }

    /// Returns when the state is no longer kept up to date, and why; never for files.
    pub(super) async fn ended(watched: Option<Handle>) -> String {
        match watched {
            Some(watched) => watched.ended().await,
            None => std::future::pending().await,
        }
    }

    /// The watches, when it is a cluster.
    pub(super) fn watched(&self) -> Option<Handle> {
        match self {
            Self::Cluster { watched, .. } => Some(watched.clone()),
            Self::Files(_) => None,
        }
    }
}

impl Knowledge for State {
    fn world(&self) -> Option<Arc<World>> {
        match self {
            Self::Cluster { watched, .. } => watched.world(),
            Self::Files(world) => world.world(),
        }
    }

    fn unready(&self) -> Option<String> {
        match self {
            Self::Cluster { watched, .. } => watched.unready(),
            Self::Files(_) => None,
        }
    }

    fn missing(&self) -> Vec<String> {
        match self {
            Self::Cluster { watched, .. } => watched.missing(),
            Self::Files(_) => Vec::new(),
        }
    }

    async fn confirm(
        &self,
        world: &World,
        needs: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Result<World, String> {
        match self {
            Self::Cluster { live, .. } => {
                let readings =
                    live.read(needs, deadline).await.map_err(|error| error.to_string())?;
                Ok(readings.apply(world))
            }
            Self::Files(files) => files.confirm(world, needs, deadline).await,
        }
    }

    async fn follows(&self, world: &Arc<World>) {
        match self {
            Self::Cluster { watched, .. } => watched.follows(world).await,
            Self::Files(files) => files.follows(world).await,
        }
    }

    async fn has_controller(&self, deadline: Instant) -> bool {
        match self {
            Self::Cluster { leader: Some(leader), .. } => leader.is_there(deadline).await,
            Self::Cluster { leader: None, .. } | Self::Files(_) => false,
        }
    }

    fn adopt(&self, settings: &Settings) {
        if let Self::Cluster { live, .. } = self {
            live.adopt(settings);
        }
    }

    async fn may_loosen(
        &self,
        requester: &Requester,
        namespace: &str,
        deadline: Instant,
    ) -> Result<bool, String> {
        match self {
            Self::Cluster { rights, .. } => rights.may_loosen(requester, namespace, deadline).await,
            Self::Files(files) => files.may_loosen(requester, namespace, deadline).await,
        }
    }
}
