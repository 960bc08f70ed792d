//! The Kubernetes objects as the rules read them: everything else is dropped when an object is read.
//!
//! One way of reading serves admission reviews, watches and manifests: [`Object::read`] works on any serde deserializer,
//! so the three cannot disagree about what an object says.

mod binding;
mod kind;
mod meta;
mod namespace;
mod policy;
mod read;
mod reference;
mod service;
mod service_account;
mod wire;
mod workload;

pub use binding::{Binding, Subject};
pub use kind::Kind;
pub use meta::{Meta, Owner};
pub use namespace::Namespace;
pub use policy::Policy;
pub use read::Object;
pub use reference::ObjectRef;
pub use service::{Endpoint, EndpointPort, EndpointSlice, Service, ServicePort, TargetPort};
pub use service_account::ServiceAccount;
pub use workload::{DnsPolicy, PodState, PodTemplate, Workload};
