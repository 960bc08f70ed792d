//! A gate whose settings file changes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::judging::{deployment, shop, world};
use super::setup::{contents, eventually};
use crate::model::{Settings, World};
use crate::webhook::{Endpoint, Gate as _, Metrics, RuleGate, SettingsReload};

const LOADED: &str = "portcullis_settings_reloads_total{outcome=\"loaded\"}";
const FAILED: &str = "portcullis_settings_reloads_total{outcome=\"failed\"}";
const STALE: &str = "portcullis_settings_stale";

/// A gate over a namespace without policies, and its settings as kubelet mounts them.
struct Served {
    mounted: TempDir,
    gate: Arc<RuleGate<Arc<World>>>,
    metrics: Arc<Metrics>,
    reload: JoinHandle<()>,
}

impl Served {
    fn start(text: &str) -> Self {
        let mounted = TempDir::new().unwrap();
        mount(&mounted, "..0", text);
        let file = mounted.path().join("..data/settings.yaml");
        let metrics = Arc::new(Metrics::new());
        let known = Arc::new(world([shop()]));
        let settings = Arc::new(read(&file).unwrap());
        let gate = Arc::new(RuleGate::new(settings, known, Arc::clone(&metrics)));
        let every = Duration::from_millis(10);
        let reload = SettingsReload::new(
            move || read(&file),
            every,
            Arc::clone(&gate),
            Arc::clone(&metrics),
        );
        Self { mounted, gate, metrics, reload: tokio::spawn(reload.run()) }
    }

    fn metric(&self, name: &str) -> f64 {
        let text = self.metrics.encode().unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap().trim().parse().unwrap()
    }

    async fn wait(&self, name: &str, value: f64) {
        eventually(name, || self.metric(name).total_cmp(&value).is_eq()).await;
    }

    async fn admits(&self) -> bool {
        let body = Bytes::from(deployment().to_string());
        let deadline = Instant::now() + Duration::from_secs(5);
        let reply = self.gate.decide(Endpoint::Validate, body, deadline).await;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap();
        answer["response"]["allowed"].as_bool().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.reload.abort();
    }
}

/// As kubelet does: a new folder, and the link to it swapped.
fn mount(mounted: &TempDir, version: &str, text: &str) {
    let folder = mounted.path().join(version);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("settings.yaml"), text).unwrap();
    let new = mounted.path().join("..data_tmp");
    symlink(&folder, &new).unwrap();
    fs::rename(&new, mounted.path().join("..data")).unwrap();
}

fn read(file: &Path) -> Result<Settings, String> {
    if !file.exists() {
        return Err("it is gone".to_owned());
    }
    let text = String::from_utf8(contents(file)).unwrap();
    Settings::parse("settings.yaml", &text, &[]).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_swapped_symlink_brings_the_new_mode() {
    let served = Served::start("mode: audit\n");
    assert!(served.admits().await);
    mount(&served.mounted, "..1", "mode: enforce\n");
    served.wait(LOADED, 1.0).await;
    assert!(!served.admits().await);
    mount(&served.mounted, "..2", "mode: warn\n");
    served.wait(LOADED, 2.0).await;
    assert!(served.admits().await);
}

#[tokio::test]
async fn what_cannot_be_used_leaves_the_old_settings_in_force() {
    let served = Served::start("mode: enforce\n");
    mount(&served.mounted, "..1", "mode: aduit\n");
    served.wait(FAILED, 1.0).await;
    assert!(!served.admits().await);
    served.wait(STALE, 1.0).await;

    fs::remove_file(served.mounted.path().join("..data")).unwrap();
    served.wait(FAILED, 2.0).await;
    assert!(!served.admits().await);

    mount(&served.mounted, "..2", "mode: enforce\n");
    served.wait(STALE, 0.0).await;
    assert!(!served.admits().await);
    mount(&served.mounted, "..3", "mode: audit\n");
    served.wait(LOADED, 2.0).await;
    assert!(served.admits().await);
}

#[tokio::test]
async fn a_broken_file_is_counted_once() {
    let served = Served::start("mode: enforce\n");
    mount(&served.mounted, "..1", "mode: [\n");
    served.wait(FAILED, 1.0).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    served.wait(FAILED, 1.0).await;
    served.wait(LOADED, 0.0).await;
}
