//! The webhooks that Portcullis is compared with: the same framework, TLS library and settings, and no judgement.

use std::ffi::OsString;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, post};
use axum_server::Server;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A server that allows everything.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Baseline {
    /// Answers without reading more of the body than the uid.
    Null,
    /// Reads the body into kube's types, as most webhooks in Rust do.
    Naive,
}

impl Baseline {
    /// The first argument that makes this program the server.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Naive => "naive",
        }
    }

    /// Serves with the certificate and key named by `arguments`, and prints its address.
    pub(crate) fn serve(self, arguments: &[OsString]) -> Result<()> {
        let [certificate, key] = arguments else {
            anyhow::bail!("a certificate and a key are missing")
        };
        let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.send_tls13_tickets = 0;
        // The runtime that Portcullis has: as many workers as there are cores to use, here one.
        tokio::runtime::Runtime::new()?.block_on(self.listen(config))
    }

    async fn listen(self, config: ServerConfig) -> Result<()> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(config)))
            .acceptor(NoDelayAcceptor);
        let router = Router::new().route("/mutate", self.route()).route("/validate", self.route());
        let server = Server::<SocketAddr>::from_listener(listener).http1_only().acceptor(acceptor);
        server.serve(router.into_make_service()).await.context("serving")
    }

    fn route(self) -> MethodRouter {
        match self {
            Self::Null => post(null),
            Self::Naive => post(naive),
        }
    }
}

async fn null(body: Bytes) -> impl IntoResponse {
    answer(uid(&body).map(|uid| {
        let mut answer = Vec::with_capacity(160);
        answer.extend_from_slice(
            br#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":""#,
        );
        answer.extend_from_slice(uid);
        answer.extend_from_slice(br#"","allowed":true}}"#);
        answer
    }))
}

/// The first uid of the body: API servers write it right at the beginning, so nothing else is looked at.
fn uid(body: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = br#""uid":""#;
    let start = body.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    body[start..].split(|byte| *byte == b'"').next()
}

async fn naive(body: Bytes) -> impl IntoResponse {
    let review: Option<AdmissionReview<DynamicObject>> = serde_json::from_slice(&body).ok();
    let request: Option<AdmissionRequest<DynamicObject>> =
        review.and_then(|review| review.try_into().ok());
    answer(request.and_then(|request| {
        serde_json::to_vec(&AdmissionResponse::from(&request).into_review()).ok()
    }))
}

fn answer(body: Option<Vec<u8>>) -> impl IntoResponse {
    let body = body.ok_or(StatusCode::BAD_REQUEST)?;
    Ok::<_, StatusCode>(([(CONTENT_TYPE, "application/json")], body))
}
