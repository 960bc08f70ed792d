//! The shape of the objects on the wire, and how it becomes what the rules read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::netpol::{ContainerPort, Family, Labels, PolicySpec, Protocol};

use super::read::or_default;
use super::{
    DnsPolicy, EndpointPort, Exposure, Kind, Meta, PodState, PodTemplate, Scrape, ServicePort,
    Subject, TargetPort, Workload,
};

/// The label that Kubernetes forces on every namespace (SEMANTICS 1.8).
const METADATA_NAME: &str = "kubernetes.io/metadata.name";
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Declares a wire struct: camelCase, every field optional, null like missing.
macro_rules! wire {
    ($($name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name {
            $($(#[$attribute])* #[serde(deserialize_with = "or_default")] $field: $type,)*
        }
    )*};
}

pub(super) use wire;

wire! {
    Namespace { metadata: Meta }
    Policy { metadata: Meta, spec: PolicySpec }
    ServiceAccount { metadata: Meta, automount_service_account_token: Option<bool> }

    Binding { metadata: Meta, subjects: Vec<BindingSubject> }
    BindingSubject { kind: String, name: String, namespace: String }

    Service { metadata: Meta, spec: ServiceSpec }
    ServiceSpec { selector: Option<Labels>, #[serde(rename = "clusterIP")] cluster_ip: String, #[serde(rename = "clusterIPs")] cluster_ips: Vec<String>, ports: Vec<WireServicePort>, r#type: String, external_traffic_policy: String, ip_families: Vec<String> }
    WireServicePort { name: String, protocol: Protocol, port: u16, target_port: Option<WireTargetPort> }

    EndpointSlice { metadata: Meta, endpoints: Vec<WireEndpoint>, ports: Vec<WireEndpointPort> }
    WireEndpoint { addresses: Vec<String>, conditions: EndpointConditions, target_ref: TargetRef }
    EndpointConditions { ready: Option<bool> }
    TargetRef { kind: String, name: String, namespace: String }
    WireEndpointPort { name: String, protocol: Protocol, port: Option<u16> }

    Templated { metadata: Meta, spec: TemplatedSpec, status: JobStatus }
    TemplatedSpec { replicas: Option<u32>, template: Template }
    Template { metadata: TemplateMeta, spec: PodSpec }
    TemplateMeta { labels: Labels, annotations: BTreeMap<String, String> }
    JobStatus { conditions: Vec<Condition> }
    Condition { r#type: String, status: String }

    CronJob { metadata: Meta, spec: CronJobSpec }
    CronJobSpec { job_template: JobTemplate }
    JobTemplate { spec: TemplatedSpec }

    Pod { metadata: Meta, spec: PodSpec, status: PodStatus }
    PodStatus { phase: String, #[serde(rename = "podIP")] pod_ip: String, #[serde(rename = "podIPs")] pod_ips: Vec<PodIp> }
    PodIp { ip: String }

    PodSpec {
        host_network: bool,
        node_selector: Labels,
        service_account_name: String,
        automount_service_account_token: Option<bool>,
        dns_policy: String,
        dns_config: DnsConfig,
        containers: Vec<Container>,
        init_containers: Vec<Container>,
        volumes: Vec<Volume>,
    }
    DnsConfig { nameservers: Vec<String> }
    Container {
        name: String,
        image: String,
        command: Vec<String>,
        args: Vec<String>,
        env: Vec<Variable>,
        ports: Vec<WireContainerPort>,
        restart_policy: String,
    }
    Variable { name: String, value: String }
    WireContainerPort { name: String, protocol: Protocol, container_port: u16 }
    Volume { projected: Projected }
    Projected { sources: Vec<ProjectedSource> }
    ProjectedSource { service_account_token: Option<TokenSource> }
    TokenSource { audience: String }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireTargetPort {
    Number(u16),
    Name(String),
    Unreadable(IgnoredAny),
}

/// Those of `texts` that are addresses.
pub(super) fn addresses(texts: &[String]) -> Vec<IpAddr> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// Those of `texts` that are ranges of addresses.
pub(super) fn ranges(texts: &[String]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| text.parse::<IpNet>().ok()).map(|net| net.trunc()).collect()
}

impl From<Namespace> for super::Namespace {
    fn from(wire: Namespace) -> Self {
        let mut meta = wire.metadata;
        if !meta.name.is_empty() {
            meta.labels.insert(METADATA_NAME, meta.name.clone());
        }
        Self { meta }
    }
}

impl From<Policy> for super::Policy {
    fn from(wire: Policy) -> Self {
        Self::new(wire.metadata, wire.spec)
    }
}

impl From<ServiceAccount> for super::ServiceAccount {
    fn from(wire: ServiceAccount) -> Self {
        Self { meta: wire.metadata, automount: wire.automount_service_account_token }
    }
}

impl Binding {
    pub(super) fn into_binding(self, kind: Kind) -> super::Binding {
        let home = self.metadata.namespace.clone();
        let subjects =
            self.subjects.into_iter().filter_map(|subject| subject.into_subject(&home)).collect();
        super::Binding { kind, meta: self.metadata, subjects }
    }
}

impl BindingSubject {
    fn into_subject(self, home: &str) -> Option<Subject> {
        match self.kind.as_str() {
            "ServiceAccount" if self.namespace.is_empty() => {
                Some(Subject::Account(home.to_owned(), self.name))
            }
            "ServiceAccount" => Some(Subject::Account(self.namespace, self.name)),
            "User" => {
                let (namespace, name) =
                    self.name.strip_prefix("system:serviceaccount:")?.split_once(':')?;
                Some(Subject::Account(namespace.to_owned(), name.to_owned()))
            }
            "Group" if self.name == "system:serviceaccounts" => Some(Subject::Everywhere),
            "Group" => self
                .name
                .strip_prefix("system:serviceaccounts:")
                .map(|home| Subject::Namespace(home.to_owned())),
            _ => None,
        }
    }
}

impl From<Service> for super::Service {
    fn from(wire: Service) -> Self {
        let mut texts = wire.spec.cluster_ips;
        if texts.is_empty() {
            texts.push(wire.spec.cluster_ip);
        }
        let families = wire.spec.ip_families.iter().filter_map(|family| match family.as_str() {
            "IPv4" => Some(Family::V4),
            "IPv6" => Some(Family::V6),
            _ => None,
        });
        Self {
            exposure: match wire.spec.r#type.as_str() {
                "ExternalName" => Exposure::ExternalName,
                "LoadBalancer" => Exposure::LoadBalancer,
                "NodePort" => Exposure::NodePort,
                _ => Exposure::ClusterIp,
            },
            keeps_client_address: wire.spec.external_traffic_policy == "Local",
            headless: texts.iter().any(|text| text == "None"),
            families: families.collect(),
            scrape: Scrape::of(&wire.metadata.annotations),
            meta: wire.metadata,
            selector: wire.spec.selector.filter(|selector| !selector.is_empty()),
            cluster_ips: addresses(&texts),
            ports: wire.spec.ports.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<WireServicePort> for ServicePort {
    fn from(wire: WireServicePort) -> Self {
        let target = match wire.target_port {
            Some(WireTargetPort::Name(name)) => TargetPort::Name(name),
            Some(WireTargetPort::Number(port)) if port != 0 => TargetPort::Number(port),
            _ => TargetPort::Number(wire.port),
        };
        Self { name: wire.name, protocol: wire.protocol, port: wire.port, target }
    }
}

impl From<EndpointSlice> for super::EndpointSlice {
    fn from(wire: EndpointSlice) -> Self {
        let service =
            wire.metadata.labels.value("kubernetes.io/service-name").unwrap_or_default().to_owned();
        let ports = wire.ports.into_iter().filter_map(|port| {
            Some(EndpointPort { name: port.name, protocol: port.protocol, port: port.port? })
        });
        Self {
            service,
            endpoints: wire.endpoints.into_iter().map(Into::into).collect(),
            ports: ports.collect(),
            meta: wire.metadata,
        }
    }
}

impl From<WireEndpoint> for super::Endpoint {
    fn from(wire: WireEndpoint) -> Self {
        let target = wire.target_ref;
        Self {
            addresses: addresses(&wire.addresses),
            ready: wire.conditions.ready.unwrap_or(true),
            pod: (target.kind == "Pod").then_some((target.namespace, target.name)),
        }
    }
}

impl Templated {
    pub(super) fn into_workload(self, kind: Kind) -> Workload {
        let done = |condition: &Condition| {
            matches!(condition.r#type.as_str(), "Complete" | "Failed") && condition.status == "True"
        };
        Workload {
            kind,
            meta: self.metadata,
            finished: kind == Kind::Job && self.status.conditions.iter().any(done),
            scaled_to_zero: self.spec.replicas == Some(0),
            node_labels: if kind == Kind::DaemonSet {
                self.spec.template.spec.node_selector.clone()
            } else {
                Labels::default()
            },
            containers: self
                .spec
                .template
                .spec
                .containers
                .iter()
                .filter_map(|container| container.read(kind))
                .collect(),
            template: self.spec.template.into(),
            pod: None,
        }
    }
}

impl Container {
    fn read(&self, kind: Kind) -> Option<super::Container> {
        let is_agent = kind == Kind::DaemonSet;
        let is_read = is_agent || matches!(kind, Kind::Deployment | Kind::StatefulSet);
        is_read.then(|| {
            let environment = self.env.iter().map(|it| (it.name.clone(), it.value.clone()));
            super::Container {
                name: self.name.clone(),
                image: self.image.clone(),
                arguments: self.command.iter().chain(&self.args).cloned().collect(),
                environment: environment.collect(),
            }
            .pruned(is_agent)
        })
    }
}

impl From<CronJob> for Workload {
    fn from(wire: CronJob) -> Self {
        Self {
            kind: Kind::CronJob,
            meta: wire.metadata,
            template: wire.spec.job_template.spec.template.into(),
            finished: false,
            scaled_to_zero: false,
            containers: Vec::new(),
            node_labels: Labels::default(),
            pod: None,
        }
    }
}

impl From<Pod> for Workload {
    fn from(wire: Pod) -> Self {
        let mut texts: Vec<String> = wire.status.pod_ips.into_iter().map(|ip| ip.ip).collect();
        if texts.is_empty() {
            texts.push(wire.status.pod_ip);
        }
        let pod = PodState {
            addresses: addresses(&texts),
            mirror: wire.metadata.annotations.contains_key(MIRROR),
        };
        Self {
            kind: Kind::Pod,
            template: PodTemplate::new(
                wire.metadata.labels.clone(),
                Scrape::of(&wire.metadata.annotations),
                wire.spec,
            ),
            meta: wire.metadata,
            finished: matches!(wire.status.phase.as_str(), "Succeeded" | "Failed"),
            scaled_to_zero: false,
            containers: Vec::new(),
            node_labels: Labels::default(),
            pod: Some(pod),
        }
    }
}

impl From<Template> for PodTemplate {
    fn from(wire: Template) -> Self {
        Self::new(wire.metadata.labels, Scrape::of(&wire.metadata.annotations), wire.spec)
    }
}

impl PodTemplate {
    fn new(labels: Labels, scrape: Option<Scrape>, spec: PodSpec) -> Self {
        let ports = spec.containers.into_iter().map(|container| (false, container)).chain(
            spec.init_containers
                .into_iter()
                .filter(|container| container.restart_policy == "Always")
                .map(|container| (true, container)),
        );
        let token = |source: &ProjectedSource| {
            source.service_account_token.as_ref().is_some_and(|token| token.audience.is_empty())
        };
        Self {
            labels,
            scrape,
            host_network: spec.host_network,
            service_account: if spec.service_account_name.is_empty() {
                "default".to_owned()
            } else {
                spec.service_account_name
            },
            automount: spec.automount_service_account_token,
            token_projected: spec
                .volumes
                .iter()
                .flat_map(|volume| &volume.projected.sources)
                .any(token),
            dns_policy: match spec.dns_policy.as_str() {
                "Default" => DnsPolicy::Default,
                "None" => DnsPolicy::None,
                _ => DnsPolicy::ClusterFirst,
            },
            nameservers: addresses(&spec.dns_config.nameservers),
            ports: ports
                .flat_map(|(sidecar, container)| {
                    container.ports.into_iter().map(move |port| ContainerPort {
                        name: port.name,
                        protocol: port.protocol,
                        port: port.container_port,
                        sidecar,
                    })
                })
                .collect(),
        }
    }
}
