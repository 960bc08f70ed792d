use std::fs;

use http::StatusCode;

use super::client::Client;
use super::setup::{Running, contents, eventually, issue};

const LOADED: &str = r#"portcullis_certificate_reloads_total{outcome="loaded"}"#;
const FAILED: &str = r#"portcullis_certificate_reloads_total{outcome="failed"}"#;

#[tokio::test]
async fn a_new_pair_is_served_and_old_connections_live_on() {
    let server = Running::start();
    let mut old = Client::connect(&server).await;
    assert_eq!(old.post("/validate", "x").await.status, StatusCode::OK);

    fs::remove_file(server.directory.path().join("tls.crt")).unwrap();
    issue(server.directory.path());
    eventually("reloaded", || server.metric(LOADED) > 0.0).await;

    let mut new = Client::connect(&server).await;
    assert_ne!(new.leaf, old.leaf);
    assert_eq!(new.post("/validate", "x").await.status, StatusCode::OK);
    assert_eq!(old.post("/validate", "x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_swapped_symlink_is_seen() {
    let mounted = tempfile::TempDir::new().unwrap();
    let version = |name: &str| {
        let directory = mounted.path().join(name);
        issue(&directory);
        directory
    };
    let link = |target: &std::path::Path| {
        let new = mounted.path().join("..data_tmp");
        std::os::unix::fs::symlink(target, &new).unwrap();
        fs::rename(&new, mounted.path().join("..data")).unwrap();
    };
    link(&version("..1"));
    let server = Running::reading(&mounted.path().join("..data"));
    let before = Client::connect(&server).await;
    link(&version("..2"));
    eventually("reloaded", || server.metric(LOADED) > 0.0).await;
    let after = Client::connect(&server).await;
    assert_ne!(before.leaf, after.leaf);
}

#[tokio::test]
async fn what_cannot_be_used_does_not_replace_what_can() {
    let server = Running::start();
    let leaf = Client::connect(&server).await.leaf;
    let certificate = server.directory.path().join("tls.crt");
    let good = contents(&certificate);

    let mut failures = 0.0;
    for broken in [
        &b""[..],
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        // The authority's certificate does not belong to the leaf's key.
        &server.authority(),
    ] {
        fs::write(&certificate, broken).unwrap();
        failures += 1.0;
        eventually("counted", || server.metric(FAILED) >= failures).await;
        assert_eq!(Client::connect(&server).await.leaf, leaf);
    }
    fs::remove_file(&certificate).unwrap();
    eventually("counted", || server.metric(FAILED) > failures).await;
    assert_eq!(Client::connect(&server).await.leaf, leaf);

    fs::write(&certificate, good).unwrap();
    eventually("loaded again", || server.metric(LOADED) > 0.0).await;
    assert_eq!(Client::connect(&server).await.leaf, leaf);
}
