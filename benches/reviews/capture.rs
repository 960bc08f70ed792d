//! Records the reviews beside this file: what a real kube-apiserver sends to the webhook entries of `deploy/` while
//! `kubectl` applies and edits `manifests.yaml` and `deployment.yaml`, byte for byte.
//!
//! ```sh
//! PORTCULLIS_CONTROL_PLANE=$(tests/controlplane/build) cargo run --example capture-reviews
//! ```
#![expect(clippy::disallowed_methods, reason = "reads the environment and files")]
#![expect(clippy::print_stdout, reason = "says what it wrote")]
#![allow(dead_code, reason = "the tests use more of the control plane than this does")]

#[path = "../../tests/it"]
mod it {
    pub(crate) mod control_plane;
    pub(crate) mod installation;
    pub(crate) mod kubectl;
    pub(crate) mod objects;
    pub(crate) mod wait;
}
mod recording;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use control_plane::ControlPlane;
use control_plane::users::ADMIN;
use it::{control_plane, installation, kubectl, wait};
use recording::{Recording, Wanted};

const MANIFESTS: &str = include_str!("manifests.yaml");
const DEPLOYMENT: &str = include_str!("deployment.yaml");
const NAMESPACE: &str = "team-00000";

/// The files, and which review goes into each: the last of its kind and operation.
const WANTED: [Wanted; 7] = [
    Wanted { file: "namespace-create.json", kind: "Namespace", operation: "CREATE" },
    Wanted { file: "namespace-update.json", kind: "Namespace", operation: "UPDATE" },
    Wanted { file: "deployment-create.json", kind: "Deployment", operation: "CREATE" },
    Wanted { file: "deployment-update.json", kind: "Deployment", operation: "UPDATE" },
    Wanted { file: "policy-create.json", kind: "NetworkPolicy", operation: "CREATE" },
    Wanted { file: "policy-update.json", kind: "NetworkPolicy", operation: "UPDATE" },
    Wanted { file: "pod-create.json", kind: "Pod", operation: "CREATE" },
];

#[tokio::main]
async fn main() -> Result<()> {
    let programs = std::env::var_os("PORTCULLIS_CONTROL_PLANE")
        .context("set PORTCULLIS_CONTROL_PLANE to what tests/controlplane/build prints")?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("choosing the crypto provider")?;
    let plane = ControlPlane::start(Path::new(&programs)).await?;
    let recording = Recording::start(&plane)?;
    installation::install(&plane, |_, _| recording.url()).await?;
    apply(&plane).await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reviews");
    for wanted in WANTED {
        let body =
            wait::until(Duration::from_mins(1), wanted.file, async || Ok(recording.find(&wanted)))
                .await?;
        std::fs::write(folder.join(wanted.file), &body)?;
        println!("{} ({} bytes)", wanted.file, body.len());
    }
    Ok(())
}

/// Creates everything, then edits a namespace, a policy and a Deployment as people do.
async fn apply(plane: &ControlPlane) -> Result<()> {
    let run = async |arguments: &[&str], input: &str| {
        kubectl::kubectl(plane, ADMIN, arguments, input).await?.admitted()
    };
    run(&["apply", "-f", "-"], MANIFESTS).await?;
    run(&["apply", "--server-side", "-f", "-"], DEPLOYMENT).await?;
    run(&["label", "namespace", NAMESPACE, "portcullis.dev/enforce=restricted"], "").await?;
    let metrics = "port: 9090";
    run(&["apply", "-f", "-"], &MANIFESTS.replace(metrics, "port: 9091")).await?;
    let image = "checkout=registry.example.com/shop/checkout:2.14.4";
    run(&["set", "image", "deployment/checkout", image, "--namespace", NAMESPACE], "").await?;
    Ok(())
}
