//! The two listeners and their life.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use tokio::net::{TcpListener, TcpSocket};

use crate::telemetry;

use super::bounds::InFlight;
use super::operations::Probed;
use super::requests::{self, Served};
use super::{Bounds, Certificates, Drain, Gate, Metrics, Protocols};

/// A client that says nothing is sent away, before and after the handshake.
const FIRST: Duration = Duration::from_secs(5);
/// Also the longest that a connection may idle: more than the 90 seconds after which API servers end it themselves, so
/// that we are never first.
const HEADER: Duration = Duration::from_mins(2);
/// After the drain: for answers that are still being written.
const LAST: Duration = Duration::from_secs(5);
/// Connections that wait to be accepted: a burst of handshakes must not lose its SYN packets.
const BACKLOG: u32 = 1024;

/// How to serve.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// Where the API server calls, over TLS.
    pub webhook: SocketAddr,
    /// Where probes and metrics are, over plain HTTP.
    pub operations: SocketAddr,
    /// TLS versions.
    pub protocols: Protocols,
    /// What is carried at a time.
    pub bounds: Bounds,
    /// How to leave.
    pub drain: Drain,
}

/// Both listeners, bound: port 0 has become a real one.
#[derive(Debug)]
pub struct Bound {
    settings: ServerSettings,
    webhook: TcpListener,
    operations: TcpListener,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what happened")]
pub enum ServeError {
    #[error("cannot listen on {address}: choose another address or end the process that has it")]
    Bind { address: SocketAddr, source: io::Error },

    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),

    #[error("the server ended")]
    Serve(#[from] io::Error),
}

impl ServerSettings {
    /// With these addresses, and the defaults for everything else.
    pub fn new(webhook: SocketAddr, operations: SocketAddr) -> Self {
        Self {
            webhook,
            operations,
            protocols: Protocols::default(),
            bounds: Bounds::default(),
            drain: Drain::default(),
        }
    }

    /// Binds both addresses; must run inside the runtime that will serve.
    pub fn bind(mut self) -> Result<Bound, ServeError> {
        let webhook = listen(&mut self.webhook)?;
        let operations = listen(&mut self.operations)?;
        Ok(Bound { settings: self, webhook, operations })
    }
}

/// Listens, and writes the real address back.
pub(crate) fn listen(address: &mut SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = || {
        let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
        socket.set_reuseaddr(true)?;
        socket.bind(*address)?;
        let listener = socket.listen(BACKLOG)?;
        Ok((listener.local_addr()?, listener))
    };
    let (real, listener) =
        bound().map_err(|source| ServeError::Bind { address: *address, source })?;
    *address = real;
    Ok(listener)
}

impl Bound {
    /// The settings, with the real addresses.
    pub fn settings(&self) -> &ServerSettings {
        &self.settings
    }

    /// Serves until `stop` is ready and the clients have left.
    pub async fn serve<G: Gate>(
        self,
        gate: Arc<G>,
        certificates: Arc<Certificates>,
        metrics: Arc<Metrics>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let settings = self.settings;
        let config = settings.protocols.config(certificates)?;
        let is_leaving = Arc::new(AtomicBool::new(false));
        let reviews = requests::router(Served {
            gate: Arc::clone(&gate),
            metrics: Arc::clone(&metrics),
            in_flight: Arc::new(InFlight::new(settings.bounds)),
            is_leaving: Arc::clone(&is_leaving),
        });
        let probes = telemetry::router(Arc::new(Probed {
            gate,
            metrics,
            is_leaving: Arc::clone(&is_leaving),
        }));
        let (webhook, operations) = (Handle::new(), Handle::new());
        let leave = async {
            stop.await;
            is_leaving.store(true, Ordering::Relaxed);
            tracing::info!("leaving: unready, serving until the clients have left");
            settings.drain.wait(|| webhook.connection_count()).await;
            webhook.graceful_shutdown(Some(LAST));
            Ok(())
        };
        let serve_reviews = async {
            serve_tls(self.webhook, config, webhook.clone(), reviews).await?;
            operations.graceful_shutdown(Some(LAST));
            Ok(())
        };
        let serve_probes = telemetry::serve(self.operations, operations.clone(), probes);
        tokio::try_join!(serve_reviews, serve_probes, leave)?;
        Ok(())
    }
}

async fn serve_tls(
    listener: TcpListener,
    config: rustls::ServerConfig,
    handle: Handle<SocketAddr>,
    router: Router,
) -> io::Result<()> {
    let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(config)))
        .handshake_timeout(FIRST)
        .acceptor(NoDelayAcceptor);
    let mut server = Server::<SocketAddr>::from_listener(listener)
        .http1_only()
        .acceptor(acceptor)
        .first_request_timeout(FIRST)
        .handle(handle)
        .accept_error_handler(|client, error| tracing::debug!(?client, %error, "not accepted"));
    server.http_builder().http1().header_read_timeout(HEADER);
    server.serve(router.into_make_service()).await
}
