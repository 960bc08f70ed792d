//! The pods of a namespace that answer for the cluster's DNS.

use crate::facts::{Dns, DnsServer};
use crate::model::{DnsPort, Scope, labels_shown, pod_labels};
use crate::netpol::{ContainerPort, Labels, PodEnd};
use crate::object::Workload;

/// One server, or all servers that look alike.
#[derive(Clone, Debug)]
pub(super) struct Server<'s> {
    dns: &'s DnsServer,
    labels: &'s Labels,
    /// The workload that makes its pods; `None` when it is only known by its labels, and may have more of them.
    workload: Option<&'s Workload>,
    declared: Vec<ContainerPort>,
}

/// The servers among the pods of the scope's namespace, each workload once.
pub(super) fn servers<'s>(dns: &'s Dns, scope: &'s Scope<'_>) -> Vec<Server<'s>> {
    let mut found: Vec<Server<'s>> = Vec::new();
    let here = dns.servers.iter().filter(|server| server.namespace == scope.namespace.name);
    for dns in here {
        let Some(labels) = &dns.labels else { continue };
        let own = pod_labels(labels);
        let is_it = |workload: &&&Workload| {
            let labels = &workload.template.labels;
            workload.is_governed()
                && own.iter().all(|(key, value)| labels.value(key) == Some(value))
        };
        let mut made_by = scope.workloads().iter().filter(is_it).peekable();
        if made_by.peek().is_none() && scope.focus().is_none() {
            let declared = dns.ports.iter().map(declared).collect();
            found.push(Server { dns, labels, workload: None, declared });
        }
        for workload in made_by {
            let is_same = |server: &Server<'_>| {
                server.dns.ports == dns.ports
                    && server.workload.is_some_and(|other| std::ptr::eq(other, *workload))
            };
            if !found.iter().any(is_same) {
                found.push(Server {
                    dns,
                    labels: &workload.template.labels,
                    workload: Some(workload),
                    declared: workload.template.ports.clone(),
                });
            }
        }
    }
    found
}

fn declared(port: &DnsPort) -> ContainerPort {
    ContainerPort {
        name: port.name.clone(),
        protocol: port.protocol,
        port: port.port,
        sidecar: false,
    }
}

impl Server<'_> {
    /// The pods as the end of a connection.
    pub(super) fn end(&self) -> PodEnd<'_> {
        let account = self.workload.map(|workload| workload.template.service_account.as_str());
        PodEnd {
            namespace: &self.dns.namespace,
            namespace_labels: &self.dns.namespace_labels,
            labels: self.labels,
            service_account: account.unwrap_or_default(),
            ports: &self.declared,
            addresses: &self.dns.addresses,
            host_network: false,
        }
    }

    /// Its labels, as far as they are known.
    pub(super) fn labels(&self) -> &Labels {
        self.labels
    }

    /// Whether it may have more labels than those.
    pub(super) fn may_have_more_labels(&self) -> bool {
        self.workload.is_none()
    }

    /// Where it answers.
    pub(super) fn ports(&self) -> &[DnsPort] {
        &self.dns.ports
    }

    /// The labels to select it by.
    pub(super) fn selector(&self) -> &Labels {
        &self.dns.selector
    }

    /// What it is called: `Deployment/coredns`.
    pub(super) fn name(&self) -> String {
        match self.workload {
            Some(workload) => format!("{}/{}", workload.kind, workload.meta.display_name()),
            None => format!("pods {}", labels_shown(self.labels)),
        }
    }
}
