//! Settings that change while the server runs.
//!
//! Their files are polled: kubelet swaps a symlink above them, which watches on the files do not see. What cannot be used never
//! replaces what can, and what is read counts when it is read the same twice, because a file that is being written is cut short,
//! and a list that is cut short is a list.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::model::{Now, Settings, World};
use crate::report::Switched;

use super::gate::now;
use super::settling::Settling;
use super::{Knowledge, Metrics, RuleGate};

/// How many namespaces a log line names.
const NAMED: usize = 20;

/// The settings, or why they cannot be used.
pub type Reading = Result<Settings, String>;

/// Keeps the settings of a gate equal to their files.
pub struct SettingsReload<K> {
    read: Arc<dyn Fn() -> Reading + Send + Sync>,
    every: Duration,
    gate: Arc<RuleGate<K>>,
    metrics: Arc<Metrics>,
    settling: Settling<Reading>,
}

impl<K: Knowledge> SettingsReload<K> {
    /// Looks with `read` at the settings of `gate`, which it has from there.
    pub fn new(
        read: impl Fn() -> Reading + Send + Sync + 'static,
        every: Duration,
        gate: Arc<RuleGate<K>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let settling = Settling::new(Ok(gate.settings().as_ref().clone()));
        Self { read: Arc::new(read), every, gate, metrics, settling }
    }

    /// Polls for ever.
    pub async fn run(mut self) {
        loop {
            sleep(self.every).await;
            let read = Arc::clone(&self.read);
            match spawn_blocking(move || read()).await {
                Ok(reading) => self.look(reading).await,
                Err(error) => tracing::error!(%error, "settings reader ended"),
            }
        }
    }

    async fn look(&mut self, reading: Reading) {
        match self.settling.settled(reading) {
            None => {}
            Some(Err(error)) => {
                self.metrics.settings_read("failed", true);
                tracing::error!(error, "settings not reloaded, the old ones stay");
            }
            Some(Ok(settings)) => {
                self.metrics.settings_read("loaded", false);
                let new = Arc::new(settings);
                let old = self.gate.adopt(Arc::clone(&new));
                if old == new {
                    tracing::info!("settings can be read again, and are what they were");
                    return;
                }
                let world = self.gate.world();
                let told = spawn_blocking(move || tell(&old, &new, world.as_deref(), now()));
                if let Err(error) = told.await {
                    tracing::error!(%error, "what the new settings change is not known");
                }
            }
        }
    }
}

/// Says what the new settings change for those who write: they hold already.
fn tell(old: &Settings, new: &Settings, world: Option<&World>, now: Now) {
    let switched = world.map(|world| Switched::new(old, new, world, now)).unwrap_or_default();
    let refused = switched.refused.line(NAMED);
    tracing::warn!(
        mode_before = old.mode.name(),
        mode = new.mode.name(),
        now_refused_in = switched.refused.namespaces(),
        now_refused = %refused,
        refused_no_more_in = switched.released.namespaces(),
        refused_no_more = %switched.released.line(NAMED),
        "settings reloaded"
    );
}
