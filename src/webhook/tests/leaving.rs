use std::pin::pin;
use std::time::{Duration, Instant};

use futures::poll;
use http::StatusCode;
use tokio::time::{sleep, timeout};

use super::client::{Client, probe};
use super::setup::Running;
use crate::webhook::termination;

const SOON: Duration = Duration::from_secs(3);

#[tokio::test]
async fn serves_on_until_the_last_client_has_left() {
    let mut server = Running::start();
    let mut idle = Client::connect(&server).await;
    assert!(!idle.post("/validate", "x").await.closes);

    server.stop();
    sleep(Duration::from_millis(50)).await;
    let got = probe(&server, "/readyz").await;
    assert_eq!((got.status, &*got.text), (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"));
    assert_eq!(probe(&server, "/healthz").await.status, StatusCode::OK);

    // New connections are still taken, and told not to stay.
    let mut late = Client::connect(&server).await;
    let got = late.post("/validate", "x").await;
    assert_eq!((got.status, got.closes), (StatusCode::OK, true));
    late.connection.await.unwrap();

    // An idle connection is not ended by us, so the next request on it cannot be lost.
    sleep(Duration::from_millis(500)).await;
    assert!(!server.task.is_finished());
    let got = idle.post("/validate", "x").await;
    assert_eq!((got.status, got.closes), (StatusCode::OK, true));

    timeout(SOON, server.task).await.expect("nobody is left").unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_under_way_is_finished() {
    let mut server = Running::start();
    let mut client = Client::connect(&server).await;
    let (got, ()) = tokio::join!(client.post("/validate", "hold"), async {
        server.gate.held.notified().await;
        server.stop();
        sleep(Duration::from_millis(400)).await;
        server.gate.release.notify_one();
    });
    assert_eq!((got.status, got.closes), (StatusCode::OK, true));
    timeout(SOON, server.task).await.expect("nobody is left").unwrap().unwrap();
}

#[tokio::test]
async fn goes_in_the_end_whoever_stays() {
    let mut server = Running::with(|settings| settings.drain.longest = Duration::from_millis(600));
    let mut idle = Client::connect(&server).await;
    idle.post("/validate", "x").await;
    let started = Instant::now();
    server.stop();
    timeout(SOON, server.task).await.expect("the time is over").unwrap().unwrap();
    assert!(started.elapsed() >= Duration::from_millis(600));
    assert!(idle.try_post("/validate", "x").await.is_err());
}

#[tokio::test]
async fn sigterm_asks_to_end() {
    let mut asked = pin!(termination());
    // Polled once, the signal is ours and no longer ends the process.
    assert!(poll!(asked.as_mut()).is_pending());
    let process = std::process::id().to_string();
    let sent = tokio::process::Command::new("kill").args(["-TERM", &process]).status().await;
    assert!(sent.unwrap().success());
    timeout(SOON, asked).await.expect("it was sent").unwrap();
}
