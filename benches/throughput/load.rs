//! A client that keeps every connection busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustls::ClientConfig;
use serde_json::Value;

use crate::connection::Connection;
use crate::corpus::Question;
use crate::server::Server;

/// All connections to one server.
pub(crate) struct Load {
    connections: Vec<Connection>,
    questions: Arc<[Question]>,
}

/// One turn of one server.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) elapsed: Duration,
    /// Of every review, in ascending order.
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    /// Opens the connections.
    pub(crate) async fn open(
        server: &Server,
        config: &Arc<ClientConfig>,
        count: usize,
        questions: Arc<[Question]>,
    ) -> Result<Self> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Connection::open(server.address, config).await?);
        }
        Ok(Self { connections, questions })
    }

    /// Asks every question once: each must be allowed, by an answer that carries its uid.
    pub(crate) async fn verify(&mut self) -> Result<()> {
        for question in self.questions.iter() {
            let answer = self.connections[0].ask(&question.bytes).await?;
            let review: Value = serde_json::from_slice(answer)?;
            let response = &review["response"];
            ensure!(
                response["uid"] == *question.uid && response["allowed"] == true,
                "{} is answered {review}",
                question.name
            );
        }
        Ok(())
    }

    /// Sends `count` reviews, each connection the next one as soon as it has its answer.
    pub(crate) async fn turn(&mut self, count: usize) -> Result<Turn> {
        let next = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        let tasks: Vec<_> = self
            .connections
            .drain(..)
            .map(|connection| {
                let (questions, next) = (Arc::clone(&self.questions), Arc::clone(&next));
                tokio::spawn(keep_busy(connection, questions, next, count))
            })
            .collect();
        let mut latencies = Vec::with_capacity(count);
        for task in tasks {
            let (connection, own) = task.await.context("a connection's task ended")??;
            self.connections.push(connection);
            latencies.extend(own);
        }
        let elapsed = begin.elapsed();
        latencies.sort_unstable();
        Ok(Turn { elapsed, latencies })
    }
}

async fn keep_busy(
    mut connection: Connection,
    questions: Arc<[Question]>,
    next: Arc<AtomicUsize>,
    count: usize,
) -> Result<(Connection, Vec<Duration>)> {
    let mut latencies = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= count {
            return Ok((connection, latencies));
        }
        let begin = Instant::now();
        connection.ask(&questions[index % questions.len()].bytes).await?;
        latencies.push(begin.elapsed());
    }
}
