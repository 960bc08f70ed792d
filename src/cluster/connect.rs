//! The connection to the API server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::CONNECTION;
use kube::client::Body;
use kube::config::{InferConfigError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use thiserror::Error;
use tower::service_fn;

use super::apis::Apis;

/// A host that does not answer at all.
const CONNECT: Duration = Duration::from_secs(5);
/// Longer than a watch may be silent, shorter than anyone's patience: the end of a list that never comes.
const READ: Duration = Duration::from_secs(45);
/// Requests are small.
const WRITE: Duration = Duration::from_secs(10);

/// Why there is no client.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ConnectError {
    #[error("neither a kubeconfig nor a Pod's own service account can be used")]
    Infer(#[source] Box<InferConfigError>),
    #[error("the kubeconfig {path} cannot be used")]
    Kubeconfig { path: String, source: Box<KubeconfigError> },
    #[error("the configuration of the API server cannot be used")]
    Client(#[source] Box<kube::Error>),
}

/// Clients to one API server.
#[derive(Clone)]
pub struct Connection {
    /// Uses connections again.
    pub(super) client: Client,
    /// Opens a connection for every request. Behind a firewall or a load balancer that forgot us, all idle connections are
    /// dead at once, and trying one after the other takes longer than a review may.
    pub(super) fresh: Client,
    /// Which kinds are served where, as far as the watches have found out.
    pub(super) apis: Arc<Apis>,
}

impl Connection {
    /// A client that uses connections again.
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

/// Everything through this one client.
impl From<Client> for Connection {
    fn from(client: Client) -> Self {
        Self { fresh: client.clone(), client, apis: Arc::default() }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// A connection by `kubeconfig`; without one, by `KUBECONFIG`, the user's default file, or the Pod's service account.
///
/// It retries nothing: the client's own retries of 429, 503 and 504 answers take minutes, longer than any review may. Watches
/// back off and go on by themselves, and confirming reads have their own few.
pub async fn connect(kubeconfig: Option<&Path>) -> Result<Connection, ConnectError> {
    let mut config = match kubeconfig {
        Some(path) => from_file(path).await?,
        None => Config::infer().await.map_err(|error| ConnectError::Infer(Box::new(error)))?,
    };
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(READ);
    config.write_timeout = Some(WRITE);
    config.reset_reader_on_write = true;
    config.default_retry = false;
    let client =
        |config| Client::try_from(config).map_err(|error| ConnectError::Client(Box::new(error)));
    let apis = Arc::default();
    Ok(Connection { client: client(config.clone())?, fresh: closing(client(config)?), apis })
}

/// A client that leaves no idle connection behind, so that none is there to be used again.
fn closing(client: Client) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |mut request: http::Request<Body>| {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        let client = client.clone();
        async move { client.send(request).await }
    });
    Client::new(service, namespace)
}

async fn from_file(path: &Path) -> Result<Config, ConnectError> {
    let unusable = |error| ConnectError::Kubeconfig {
        path: path.display().to_string(),
        source: Box::new(error),
    };
    let kubeconfig = Kubeconfig::read_from(path).map_err(unusable)?;
    let options = KubeConfigOptions::default();
    Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(unusable)
}
