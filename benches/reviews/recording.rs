//! A webhook that allows everything and keeps what it is asked, byte for byte.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

/// One review to look for.
pub(crate) struct Wanted {
    pub(crate) file: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) operation: &'static str,
}

/// What was asked so far.
pub(crate) struct Recording {
    bodies: Bodies,
    address: SocketAddr,
}

type Bodies = Arc<Mutex<Vec<(Value, Bytes)>>>;

impl Recording {
    pub(crate) fn start(plane: &ControlPlane) -> Result<Self> {
        let leaf = plane.authority.issue(plane.folder(), "recording", &[])?;
        let certificates = vec![CertificateDer::from_pem_file(&leaf.certificate)?];
        let key = PrivateKeyDer::from_pem_file(&leaf.key)?;
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let bodies = Bodies::default();
        let router = Router::new().route("/", post(record)).with_state(Arc::clone(&bodies));
        let server =
            axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(Arc::new(config)))?;
        tokio::spawn(server.serve(router.into_make_service()));
        Ok(Self { bodies, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}/", self.address)
    }

    /// The last review of that kind and operation: of the policies, the one with the most to read.
    pub(crate) fn find(&self, wanted: &Wanted) -> Option<Bytes> {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let matches = |request: &Value| {
            request["kind"]["kind"] == wanted.kind && request["operation"] == wanted.operation
        };
        bodies.iter().rfind(|(request, _)| matches(request)).map(|(_, body)| body.clone())
    }
}

async fn record(State(bodies): State<Bodies>, body: Bytes) -> Result<String, StatusCode> {
    let mut review: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let request = review["request"].take();
    let response = json!({"uid": request["uid"], "allowed": true});
    bodies.lock().unwrap_or_else(PoisonError::into_inner).push((request, body));
    Ok(json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})
        .to_string())
}
