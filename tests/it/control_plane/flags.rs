//! Files and flags of the three programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::certificates::{Authority, Leaf};
use super::ports::Ports;
use super::users;

/// The controllers that scenarios need; `clusterrole-aggregation` fills the roles `admin` and `edit`.
const CONTROLLERS: [&str; 13] = [
    "namespace",
    "garbage-collector",
    "deployment",
    "replicaset",
    "job",
    "cronjob",
    "statefulset",
    "daemonset",
    "replicationcontroller",
    "serviceaccount",
    "serviceaccount-token",
    "endpointslice",
    "clusterrole-aggregation",
];

/// Objects in full for what the rules read, so that the log can settle what happened and in which order.
const AUDIT_POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: RequestResponse
  resources:
  - {group: "", resources: [namespaces, namespaces/status, namespaces/finalize, pods, pods/status, replicationcontrollers]}
  - {group: apps}
  - {group: batch}
  - {group: networking.k8s.io}
- level: Metadata
"#;

/// Where everything lies and listens.
pub(super) struct Layout {
    folder: PathBuf,
    pub(super) ca: PathBuf,
    serving: Leaf,
    accounts: Leaf,
    etcd: u16,
    etcd_peer: u16,
    pub(super) api_server: u16,
    controller_manager: u16,
}

impl Layout {
    pub(super) fn write(folder: &Path, authority: &Authority, ports: &mut Ports) -> Result<Self> {
        let this = Self {
            ca: folder.join("ca.crt"),
            serving: authority.issue(folder, "api-server", &["kubernetes.default.svc"])?,
            accounts: authority.issue(folder, "service-accounts", &[])?,
            etcd: ports.take()?,
            etcd_peer: ports.take()?,
            api_server: ports.take()?,
            controller_manager: ports.take()?,
            folder: folder.to_owned(),
        };
        std::fs::write(&this.ca, authority.pem())?;
        std::fs::write(this.file("tokens.csv"), users::token_file())?;
        std::fs::write(this.file("audit-policy.yaml"), AUDIT_POLICY)?;
        Ok(this)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn etcd(&self, programs: &Path) -> Command {
        let client = format!("http://127.0.0.1:{}", self.etcd);
        let peer = format!("http://127.0.0.1:{}", self.etcd_peer);
        let mut command = Command::new(programs.join("etcd"));
        command
            .arg(format!("--data-dir={}", self.file("etcd").display()))
            .args([
                format!("--listen-client-urls={client}"),
                format!("--advertise-client-urls={client}"),
            ])
            .args([
                format!("--listen-peer-urls={peer}"),
                format!("--initial-advertise-peer-urls={peer}"),
            ])
            .arg(format!("--initial-cluster=default={peer}"))
            .args(["--log-level=warn", "--unsafe-no-fsync"]);
        command
    }

    pub(super) fn api_server(&self, programs: &Path) -> Command {
        let mut command = Command::new(programs.join("kube-apiserver"));
        command
            .arg(format!("--etcd-servers=http://127.0.0.1:{}", self.etcd))
            .arg(format!("--secure-port={}", self.api_server))
            .arg("--bind-address=127.0.0.1")
            // What the EndpointSlice `kubernetes` holds: loopback is refused there.
            .arg("--advertise-address=192.0.2.10")
            .arg("--service-cluster-ip-range=10.96.0.0/16")
            .arg("--authorization-mode=RBAC")
            .arg("--allow-privileged=true")
            .arg("--profiling=false")
            .arg("--audit-log-mode=blocking")
            .arg("--service-account-issuer=https://kubernetes.default.svc")
            .args(file_flags(&[
                ("cert-dir", &self.file("certs")),
                ("tls-cert-file", &self.serving.certificate),
                ("tls-private-key-file", &self.serving.key),
                ("service-account-key-file", &self.accounts.certificate),
                ("service-account-signing-key-file", &self.accounts.key),
                ("token-auth-file", &self.file("tokens.csv")),
                ("audit-policy-file", &self.file("audit-policy.yaml")),
                ("audit-log-path", &self.file("audit.log")),
            ]));
        command
    }

    pub(super) fn controller_manager(&self, programs: &Path, kubeconfig: &Path) -> Command {
        let controllers: Vec<String> =
            CONTROLLERS.iter().map(|name| format!("{name}-controller")).collect();
        let mut command = Command::new(programs.join("kube-controller-manager"));
        command
            .arg(format!("--controllers={}", controllers.join(",")))
            .arg(format!("--secure-port={}", self.controller_manager))
            .args(["--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false"])
            // Each controller acts as its own ServiceAccount in kube-system, as on a real cluster.
            .arg("--use-service-account-credentials=true")
            .args(file_flags(&[
                ("kubeconfig", kubeconfig),
                ("cert-dir", &self.file("controller-manager-certs")),
                ("authentication-kubeconfig", kubeconfig),
                ("authorization-kubeconfig", kubeconfig),
                ("service-account-private-key-file", &self.accounts.key),
                ("root-ca-file", &self.ca),
            ]));
        command
    }
}

fn file_flags(flags: &[(&str, &Path)]) -> Vec<String> {
    flags.iter().map(|(flag, file)| format!("--{flag}={}", file.display())).collect()
}
