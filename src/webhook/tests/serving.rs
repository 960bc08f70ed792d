use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::client::{Client, config, probe};
use super::setup::Running;
use crate::webhook::Protocols;

#[tokio::test]
async fn answers_both_endpoints_on_one_connection() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    assert_eq!(client.post("/mutate?timeout=10s", "four").await.text, "mutate 4\n");
    sleep(Duration::from_millis(50)).await;
    let got = client.post("/validate", "").await;
    assert_eq!((got.status, &*got.text, got.closes), (StatusCode::OK, "validate 0\n", false));
    let label = r#"portcullis_review_duration_seconds_count{endpoint="mutate"}"#;
    assert!((server.metric(label) - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn offers_http_1_1_only() {
    let server = Running::start();
    let client = Client::connect(&server).await;
    assert_eq!(client.protocol.as_deref(), Some(&b"http/1.1"[..]));
    let h2 = config(&server.authority(), rustls::ALL_VERSIONS, &["h2"]);
    let refused = Client::connect_with(server.settings.webhook, h2).await;
    assert!(refused.is_err(), "a client that insists on HTTP/2 is refused");
}

#[tokio::test]
async fn tls_1_2_is_an_option() {
    let server = Running::start();
    let connect = |server: &Running, version| {
        let config = config(&server.authority(), &[version], &[]);
        Client::connect_with(server.settings.webhook, config)
    };
    assert!(connect(&server, &TLS12).await.is_err());
    assert!(connect(&server, &TLS13).await.is_ok());

    let server = Running::with(|settings| settings.protocols = Protocols::Tls12And13);
    assert!(connect(&server, &TLS12).await.is_ok());
    assert!(connect(&server, &TLS13).await.is_ok());
}

#[tokio::test]
async fn unready_is_503_and_the_probes_say_so() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    let got = probe(&server, "/readyz").await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(got.text, "ok\nwithout nodes: forbidden\n");

    server.gate.is_unready.store(true, Ordering::Relaxed);
    let got = client.post("/validate", "x").await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(got.text.contains("not synced"), "{}", got.text);
    let got = probe(&server, "/readyz").await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(got.text.contains("pods: not listed yet"), "{}", got.text);
    assert_eq!(probe(&server, "/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn metrics_are_openmetrics() {
    let server = Running::start();
    let got = probe(&server, "/metrics").await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.text.ends_with("# EOF\n"));
    let expiry = r#"portcullis_certificate_expiry_timestamp_seconds{certificate="leaf"}"#;
    let week = 7.0 * 24.0 * 3600.0;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    let now = time::OffsetDateTime::now_utc().unix_timestamp() as f64;
    assert!((server.metric(expiry) - now - week).abs() < 60.0);
}

#[tokio::test]
async fn a_panic_is_500_and_the_server_lives() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    let got = client.post("/validate", "panic").await;
    assert_eq!(got.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(client.post("/validate", "x").await.status, StatusCode::OK);
    assert!((server.metric("portcullis_panics_total") - 1.0).abs() < f64::EPSILON);
    assert!(server.metric("portcullis_reviews_in_flight").abs() < f64::EPSILON);
}

#[tokio::test]
async fn other_paths_and_methods_have_no_answer() {
    let server = Running::start();
    let mut client = Client::connect(&server).await;
    assert_eq!(client.post("/", "x").await.status, StatusCode::NOT_FOUND);
    assert_eq!(probe(&server, "/mutate").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn plain_text_on_the_tls_port_ends_that_connection_only() {
    let server = Running::start();
    let mut plain = TcpStream::connect(server.settings.webhook).await.unwrap();
    plain.write_all(b"POST /validate HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let mut client = Client::connect(&server).await;
    assert_eq!(client.post("/validate", "x").await.status, StatusCode::OK);
}
