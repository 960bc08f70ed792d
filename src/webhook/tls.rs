//! How TLS is spoken.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::ResolvesServerCert;
use rustls::version::{TLS12, TLS13};
use rustls::{Error, ServerConfig, SupportedProtocolVersion};

/// The protocol versions that are offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocols {
    /// TLS 1.3, which every supported API server speaks.
    #[default]
    Tls13,
    /// TLS 1.2 as well.
    Tls12And13,
}

impl Protocols {
    fn versions(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Tls13 => vec![&TLS13],
            Self::Tls12And13 => vec![&TLS13, &TLS12],
        }
    }

    /// The configuration of the server.
    pub(super) fn config(
        self,
        certificates: Arc<dyn ResolvesServerCert>,
    ) -> Result<ServerConfig, Error> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions())?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        // No HTTP/2: the API server does not speak it to Services, and its resets are a way to flood a server.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // API servers keep no sessions; tickets would be two messages per handshake for nothing.
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}
