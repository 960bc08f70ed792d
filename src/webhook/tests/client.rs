//! A client that keeps its connection, as the API server does.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::setup::Running;

pub(super) struct Client {
    sender: SendRequest<Body>,
    pub(super) connection: JoinHandle<()>,
    /// The leaf that the server showed.
    pub(super) leaf: Vec<u8>,
    pub(super) protocol: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) closes: bool,
    pub(super) text: String,
}

impl Client {
    pub(super) async fn connect(server: &Running) -> Self {
        let config = config(&server.authority(), rustls::ALL_VERSIONS, &["h2", "http/1.1"]);
        Self::connect_with(server.settings.webhook, config).await.unwrap()
    }

    pub(super) async fn connect_with(
        address: SocketAddr,
        config: ClientConfig,
    ) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let stream = connector.connect(name, stream).await?;
        let (_, session) = stream.get_ref();
        let leaf = session.peer_certificates().unwrap()[0].to_vec();
        let protocol = session.alpn_protocol().map(<[u8]>::to_vec);
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(async {
            let _ = connection.await;
        });
        Ok(Self { sender, connection, leaf, protocol })
    }

    pub(super) async fn post(&mut self, path: &str, body: impl Into<Body>) -> Got {
        self.try_post(path, body).await.unwrap()
    }

    pub(super) async fn try_post(
        &mut self,
        path: &str,
        body: impl Into<Body>,
    ) -> hyper::Result<Got> {
        self.sender.ready().await?;
        let request = Request::post(path).header("host", "localhost");
        let request = request.body(body.into()).unwrap();
        Ok(got(self.sender.send_request(request).await?).await)
    }
}

pub(super) fn config(
    authority: &[u8],
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// GET on the plain listener.
pub(super) async fn probe(server: &Running, path: &str) -> Got {
    let stream = TcpStream::connect(server.settings.operations).await.unwrap();
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(path).header("host", "localhost");
    let request = request.body(Body::empty()).unwrap();
    got(sender.send_request(request).await.unwrap()).await
}

async fn got(response: Response<hyper::body::Incoming>) -> Got {
    let (head, body) = response.into_parts();
    let body: Bytes = body.collect().await.unwrap().to_bytes();
    Got {
        status: head.status,
        closes: head.headers.get("connection").is_some_and(|value| value == "close"),
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}
