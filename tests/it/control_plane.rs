//! A real control plane on loopback: etcd, kube-apiserver and kube-controller-manager, in a folder of their own that goes
//! away with them.

pub(crate) mod audit_log;
pub(crate) mod certificates;
mod flags;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod users;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tempfile::TempDir;

use self::audit_log::AuditLog;
use self::certificates::Authority;
use self::flags::Layout;
use self::ports::Ports;
use self::process::Process;
use self::users::{ADMIN, CONTROLLER_MANAGER, USERS, User};
use crate::wait::until;

/// Patience for a program to become ready, on a machine that is busy with other things.
const START: Duration = Duration::from_mins(2);

/// The running control plane; dropping it ends all of it.
pub(crate) struct ControlPlane {
    // Fields drop in this order: the folder goes last.
    controller_manager: Option<Process>,
    api_server: Mutex<Option<Process>>,
    _etcd: Process,
    layout: Layout,
    /// Signs the certificates of all servers of the run.
    pub(crate) authority: Authority,
    programs: PathBuf,
    folder: TempDir,
}

impl ControlPlane {
    /// Starts the programs in the folder `programs` and waits until they serve.
    pub(crate) async fn start(programs: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("portcullis-it-").tempdir()?;
        let authority = Authority::new()?;
        let mut ports = Ports::reserve(4)?;
        let layout = Layout::write(folder.path(), &authority, &mut ports)?;
        drop(ports);
        let etcd = Process::start(&layout.etcd(programs), &layout.file("etcd.log"))?;
        let mut this = Self {
            controller_manager: None,
            api_server: Mutex::new(None),
            _etcd: etcd,
            layout,
            authority,
            programs: programs.to_owned(),
            folder,
        };
        for user in USERS {
            this.write_kubeconfig(user.name, user.name, this.port())?;
        }
        this.start_api_server().await?;
        let command =
            this.layout.controller_manager(programs, &this.kubeconfig(CONTROLLER_MANAGER));
        this.controller_manager =
            Some(Process::start(&command, &this.layout.file("controller-manager.log"))?);
        this.wait_for_controllers().await?;
        Ok(this)
    }

    /// Kills the API server, as a crash would, and starts it again on the same port.
    pub(crate) async fn restart_api_server(&self) -> Result<()> {
        drop(self.api_server().take());
        self.start_api_server().await
    }

    async fn start_api_server(&self) -> Result<()> {
        let log = self.layout.file("api-server.log");
        *self.api_server() = Some(Process::start(&self.layout.api_server(&self.programs), &log)?);
        let client = self.client(ADMIN).await?;
        until(START, "the API server to be ready", || async {
            if let Some(server) = self.api_server().as_mut()
                && let Some(code) = server.ended()
            {
                bail!(
                    "kube-apiserver ended with code {code}; its last words:\n{}",
                    server.last_words()
                );
            }
            let ready = http::Request::get("/readyz").body(Vec::new())?;
            Ok(client.request_text(ready).await.is_ok_and(|answer| answer == "ok").then_some(()))
        })
        .await
    }

    /// The account `default` appears when the controllers work.
    async fn wait_for_controllers(&self) -> Result<()> {
        let client = self.client(ADMIN).await?;
        let accounts: kube::Api<k8s_openapi::api::core::v1::ServiceAccount> =
            kube::Api::namespaced(client, "default");
        until(START, "kube-controller-manager to make a ServiceAccount", || async {
            Ok(accounts.get_opt("default").await?.map(|_| ()))
        })
        .await
    }

    fn api_server(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.api_server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a kubeconfig for a bearer token that reaches the API server by way of `port`.
    pub(crate) fn write_kubeconfig(&self, name: &str, token: &str, port: u16) -> Result<PathBuf> {
        let server = format!("https://127.0.0.1:{port}");
        users::write_kubeconfig(self.folder.path(), name, &server, &self.layout.ca, token)
    }

    /// Where the API server listens on loopback.
    pub(crate) fn port(&self) -> u16 {
        self.layout.api_server
    }

    /// The kubeconfig of a user.
    pub(crate) fn kubeconfig(&self, user: User) -> PathBuf {
        self.layout.file(&format!("{}.kubeconfig", user.name.replace(':', "-")))
    }

    /// A client that is that user.
    pub(crate) async fn client(&self, user: User) -> Result<Client> {
        let file = self.kubeconfig(user);
        let kubeconfig =
            Kubeconfig::read_from(&file).with_context(|| format!("reading {}", file.display()))?;
        let config =
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        Ok(Client::try_from(config)?)
    }

    /// The folder with the programs of a control plane.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// The definition of a custom resource that `tests/controlplane/build` fetched.
    pub(crate) fn definition(&self, name: &str) -> PathBuf {
        self.programs.join(format!("crds/{name}.yaml"))
    }

    /// The program of that name.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A folder for the files of the run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the API server wrote down about every request.
    pub(crate) fn audit_log(&self) -> AuditLog {
        AuditLog::new(self.layout.file("audit.log"))
    }
}
