//! The Kubernetes objects as the rules read them: everything else is dropped when an object is read.
//!
//! One way of reading serves admission reviews, watches and manifests: [`Object::read`] works on any serde deserializer,
//! so the three cannot disagree about what an object says.

mod backend;
mod binding;
mod calico_policy;
mod calico_set;
mod callback;
mod cilium_policy;
mod config_map;
mod container;
mod custom_resource_definition;
mod gateway;
mod group_version;
mod ingress_class;
mod kind;
mod meta;
mod monitor;
mod namespace;
mod node;
mod policy;
mod prometheus;
mod read;
mod reference;
mod route;
mod scrape;
mod service;
mod service_account;
mod service_cidr;
mod tiered_policy;
mod wire;
mod workload;

pub use backend::{Backend, PortRef};
pub use binding::{Binding, Subject};
pub use calico_policy::{CalicoPolicy, CalicoTier};
pub use calico_set::CalicoSet;
pub use callback::{Call, Callback};
pub use cilium_policy::CiliumPolicy;
pub use config_map::ConfigMap;
pub use container::Container;
pub use custom_resource_definition::CustomResourceDefinition;
pub use gateway::Gateway;
pub use group_version::GroupVersion;
pub use ingress_class::IngressClass;
pub use kind::Kind;
pub use meta::{Meta, Owner};
pub use monitor::{Monitor, MonitoredNamespaces, ScrapePort};
pub use namespace::Namespace;
pub use node::Node;
pub use policy::Policy;
pub use prometheus::{Followed, Prometheus};
pub use read::Object;
pub use reference::ObjectRef;
pub use route::Route;
pub use scrape::Scrape;
pub use service::{
    Endpoint, EndpointPort, EndpointSlice, Exposure, Service, ServicePort, TargetPort,
};
pub use service_account::ServiceAccount;
pub use service_cidr::ServiceCidr;
pub use tiered_policy::TieredPolicy;
pub(crate) use tiered_policy::form as tiered_form;
pub use workload::{DnsPolicy, PodState, PodTemplate, Workload};

#[cfg(test)]
mod reading;
