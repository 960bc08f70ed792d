//! A webhook that allows everything and remembers who called: it shows which requests the entries of deploy/ let through
//! to us, and which they keep.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

/// One review that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The entry's name without `.portcullis.dev`.
    pub(crate) entry: String,
    pub(crate) operation: String,
    pub(crate) sub_resource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Call {
    fn is_about(&self, namespace: &str) -> bool {
        self.namespace.is_empty() && self.name == namespace
    }
}

/// The server and what it remembers.
pub(crate) struct Recorder {
    calls: Arc<Mutex<Vec<Call>>>,
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

impl Recorder {
    pub(crate) fn start(plane: &ControlPlane) -> Result<Self> {
        let leaf = plane.authority.issue(plane.folder(), "recorder", &[])?;
        let certificates = vec![CertificateDer::from_pem_file(&leaf.certificate)?];
        let key = PrivateKeyDer::from_pem_file(&leaf.key)?;
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let calls = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().route("/{entry}", post(record)).with_state(Arc::clone(&calls));
        let server =
            axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(Arc::new(config)))?;
        let server = tokio::spawn(async move {
            let _ = server.serve(router.into_make_service()).await;
        });
        Ok(Self { calls, address, server })
    }

    /// Where the entry `name` of a webhook configuration is to call.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("https://{}/{}", self.address, name.trim_end_matches(".portcullis.dev"))
    }

    /// The calls about a namespace or its objects so far; the review of a generated Namespace names it as the object only.
    pub(crate) fn calls(&self, namespace: &str) -> Vec<Call> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls
            .iter()
            .filter(|call| call.namespace == namespace || call.is_about(namespace))
            .cloned()
            .collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn record(
    State(calls): State<Arc<Mutex<Vec<Call>>>>,
    Path(entry): Path<String>,
    body: String,
) -> Result<String, StatusCode> {
    let review: Value = serde_json::from_str(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let request = &review["request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let object_name = |field: &str| &request[field]["metadata"]["name"];
    let name = [&request["name"], object_name("object"), object_name("oldObject")].map(text);
    let call = Call {
        entry,
        operation: text(&request["operation"]),
        sub_resource: text(&request["subResource"]),
        namespace: text(&request["namespace"]),
        name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
    };
    calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    let response = json!({"uid": request["uid"], "allowed": true});
    let answer = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
    Ok(answer.to_string())
}
