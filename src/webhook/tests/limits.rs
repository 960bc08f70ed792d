use std::time::{Duration, Instant};

use axum::body::Body;
use futures::stream;
use http::StatusCode;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::client::Client;
use super::setup::Running;

const MIB: usize = 1 << 20;

#[tokio::test]
async fn eight_mebibytes_are_read_and_one_byte_more_is_413() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    let got = client.post("/validate", vec![b' '; 8 * MIB]).await;
    assert_eq!(got.text, format!("validate {}\n", 8 * MIB));

    let got = client.post("/validate", vec![b' '; 8 * MIB + 1]).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(got.text.contains("larger than 8 MiB"), "{}", got.text);
    assert!(got.closes);
}

#[tokio::test]
async fn the_limit_holds_without_a_length() {
    let server = Running::start();
    let chunked = |chunks: usize| {
        let chunk = || Ok::<_, std::io::Error>(vec![b' '; MIB]);
        Body::from_stream(stream::iter((0..chunks).map(move |_| chunk())))
    };
    let mut client = Client::connect(&server).await;
    let got = client.post("/mutate", chunked(8)).await;
    assert_eq!(got.text, format!("mutate {}\n", 8 * MIB));
    let got = client.post("/mutate", chunked(9)).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn beyond_the_bound_on_requests_is_503_at_once() {
    let server = Running::with(|settings| settings.bounds.requests = 1);
    let mut held = Client::connect(&server).await;
    let mut other = Client::connect(&server).await;
    let (first, refused) = tokio::join!(held.post("/validate", "hold"), async {
        server.gate.held.notified().await;
        let started = Instant::now();
        let got = other.post("/validate", "x").await;
        assert!(started.elapsed() < Duration::from_secs(1));
        server.gate.release.notify_one();
        got
    });
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.text.contains("overloaded"), "{}", refused.text);
    let rejected = r#"portcullis_rejected_overload_total{bound="requests"}"#;
    assert!((server.metric(rejected) - 1.0).abs() < f64::EPSILON);
    assert_eq!(other.post("/validate", "x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn beyond_the_bound_on_bytes_is_503() {
    let server = Running::with(|settings| settings.bounds.bytes = 10);
    let mut client = Client::connect(&server).await;
    assert_eq!(client.post("/validate", "0123456789").await.status, StatusCode::OK);
    let got = client.post("/validate", "0123456789a").await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(client.post("/validate", "0123456789").await.status, StatusCode::OK);
}

#[tokio::test]
async fn answers_before_the_deadline() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    let started = Instant::now();
    let got = client.post("/validate?timeout=3s", "never").await;
    let took = started.elapsed();
    assert_eq!(got.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(took >= Duration::from_millis(2700), "{took:?}");
    assert_eq!(client.post("/validate", "x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_never_comes_ends_at_the_deadline() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    let body = Body::from_stream(stream::pending::<std::io::Result<Vec<u8>>>());
    let got = client.post("/validate?timeout=200ms", body).await;
    assert_eq!(got.status, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_sent_away() {
    let server = Running::start();
    let mut silent = TcpStream::connect(server.settings.webhook).await.unwrap();
    let started = Instant::now();
    let mut answer = Vec::new();
    let _ = silent.read_to_end(&mut answer).await;
    let took = started.elapsed();
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(8), "{took:?}");
}
