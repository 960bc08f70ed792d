//! Reading objects from any serde format: only what the rules need, everything else is skipped without being kept.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::netpol::Form;

use super::calico_policy::{WireCalicoPolicy, WireCalicoTier};
use super::calico_set::WireCalicoSet;
use super::callback::WireCallback;
use super::cilium_policy::WireCiliumPolicy;
use super::config_map::WireConfigMap;
use super::custom_resource_definition::WireDefinition;
use super::gateway::WireGateway;
use super::ingress_class::WireIngressClass;
use super::monitor::WireMonitor;
use super::node::WireNode;
use super::prometheus::WirePrometheus;
use super::route::{WireGatewayRoute, WireIngress, WireIngressRoute, WireRoute};
use super::service_cidr::WireServiceCidr;
use super::tiered_policy::form;
use super::wire;
use super::{
    Binding, CalicoPolicy, CalicoSet, CalicoTier, Callback, CiliumPolicy, ConfigMap,
    CustomResourceDefinition, EndpointSlice, Gateway, IngressClass, Kind, Meta, Monitor, Namespace,
    Node, ObjectRef, Policy, Prometheus, Route, Service, ServiceAccount, ServiceCidr, TieredPolicy,
    Workload,
};

/// An object of one of the kinds that Portcullis reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Object {
    Binding(Binding),
    CalicoPolicy(CalicoPolicy),
    CalicoSet(CalicoSet),
    CalicoTier(CalicoTier),
    Callback(Callback),
    CiliumPolicy(CiliumPolicy),
    ConfigMap(ConfigMap),
    CustomResourceDefinition(CustomResourceDefinition),
    EndpointSlice(EndpointSlice),
    Gateway(Gateway),
    IngressClass(IngressClass),
    Monitor(Monitor),
    Namespace(Namespace),
    Node(Node),
    Policy(Policy),
    Prometheus(Prometheus),
    Route(Route),
    Service(Service),
    ServiceAccount(ServiceAccount),
    ServiceCidr(ServiceCidr),
    TieredPolicy(TieredPolicy),
    Workload(Workload),
}

impl Object {
    /// Reads an object of `kind`; fields that the rules do not read are skipped.
    ///
    /// Errors are those of the format: a field of the wrong type, with its place where the format knows it.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    pub fn read<'de, D: Deserializer<'de>>(kind: Kind, deserializer: D) -> Result<Self, D::Error> {
        Ok(match kind {
            Kind::AdminNetworkPolicy
            | Kind::BaselineAdminNetworkPolicy
            | Kind::CalicoNetworkPolicy
            | Kind::CiliumClusterwideNetworkPolicy
            | Kind::CiliumNetworkPolicy
            | Kind::ClusterNetworkPolicy
            | Kind::GlobalNetworkPolicy
            | Kind::GlobalNetworkSet
            | Kind::HostEndpoint
            | Kind::NetworkSet
            | Kind::Tier => Self::read_of_other_engines(kind, deserializer)?,
            Kind::ApiService
            | Kind::MutatingWebhookConfiguration
            | Kind::ValidatingWebhookConfiguration => {
                Self::Callback(WireCallback::deserialize(deserializer)?.into_callback(kind))
            }
            Kind::ConfigMap => Self::ConfigMap(WireConfigMap::deserialize(deserializer)?.into()),
            Kind::CustomResourceDefinition => {
                Self::CustomResourceDefinition(WireDefinition::deserialize(deserializer)?.into())
            }
            Kind::Gateway => Self::Gateway(WireGateway::deserialize(deserializer)?.into()),
            Kind::GrpcRoute | Kind::HttpRoute | Kind::TcpRoute | Kind::TlsRoute => {
                Self::Route(WireGatewayRoute::deserialize(deserializer)?.into_route(kind))
            }
            Kind::Ingress => Self::Route(WireIngress::deserialize(deserializer)?.into()),
            Kind::IngressClass => {
                Self::IngressClass(WireIngressClass::deserialize(deserializer)?.into())
            }
            Kind::IngressRoute => Self::Route(WireIngressRoute::deserialize(deserializer)?.into()),
            Kind::Node => Self::Node(WireNode::deserialize(deserializer)?.into()),
            Kind::PodMonitor | Kind::ServiceMonitor => {
                Self::Monitor(WireMonitor::deserialize(deserializer)?.into_monitor(kind))
            }
            Kind::Prometheus => Self::Prometheus(WirePrometheus::deserialize(deserializer)?.into()),
            Kind::Route => Self::Route(WireRoute::deserialize(deserializer)?.into()),
            Kind::ServiceCidr => {
                Self::ServiceCidr(WireServiceCidr::deserialize(deserializer)?.into())
            }
            Kind::ClusterRoleBinding | Kind::RoleBinding => {
                Self::Binding(wire::Binding::deserialize(deserializer)?.into_binding(kind))
            }
            Kind::EndpointSlice => {
                Self::EndpointSlice(wire::EndpointSlice::deserialize(deserializer)?.into())
            }
            Kind::Namespace => Self::Namespace(wire::Namespace::deserialize(deserializer)?.into()),
            Kind::NetworkPolicy => Self::Policy(wire::Policy::deserialize(deserializer)?.into()),
            Kind::Service => Self::Service(wire::Service::deserialize(deserializer)?.into()),
            Kind::ServiceAccount => {
                Self::ServiceAccount(wire::ServiceAccount::deserialize(deserializer)?.into())
            }
            Kind::CronJob => Self::Workload(wire::CronJob::deserialize(deserializer)?.into()),
            Kind::Pod => Self::Workload(wire::Pod::deserialize(deserializer)?.into()),
            Kind::DaemonSet
            | Kind::Deployment
            | Kind::Job
            | Kind::ReplicaSet
            | Kind::ReplicationController
            | Kind::StatefulSet => {
                Self::Workload(wire::Templated::deserialize(deserializer)?.into_workload(kind))
            }
        })
    }

    /// Reads a policy of an engine beside `NetworkPolicies`, or what orders such policies.
    fn read_of_other_engines<'de, D: Deserializer<'de>>(
        kind: Kind,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        Ok(match kind {
            Kind::CalicoNetworkPolicy | Kind::GlobalNetworkPolicy => {
                Self::CalicoPolicy(WireCalicoPolicy::deserialize(deserializer)?.into_policy(kind))
            }
            Kind::GlobalNetworkSet | Kind::HostEndpoint | Kind::NetworkSet => {
                Self::CalicoSet(WireCalicoSet::deserialize(deserializer)?.into_set(kind))
            }
            Kind::Tier => Self::CalicoTier(WireCalicoTier::deserialize(deserializer)?.into()),
            Kind::CiliumClusterwideNetworkPolicy | Kind::CiliumNetworkPolicy => {
                Self::CiliumPolicy(WireCiliumPolicy::deserialize(deserializer)?.into_policy(kind))
            }
            _ => {
                let form = form(kind).unwrap_or(Form::Cluster);
                Self::TieredPolicy(TieredPolicy::read(kind, form, deserializer)?)
            }
        })
    }

    /// Reads an object of `kind` from JSON text that was not parsed yet.
    pub fn from_raw(kind: Kind, raw: &RawValue) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(raw.get());
        Self::read(kind, &mut deserializer)
    }

    /// Reads an object of `kind` from a parsed document.
    pub fn from_value(kind: Kind, value: &Value) -> Result<Self, serde_json::Error> {
        Self::read(kind, value)
    }

    /// Metadata.
    pub fn meta(&self) -> &Meta {
        match self {
            Self::CalicoPolicy(policy) => &policy.meta,
            Self::CalicoSet(set) => &set.meta,
            Self::CalicoTier(tier) => &tier.meta,
            Self::Callback(callback) => &callback.meta,
            Self::CiliumPolicy(policy) => &policy.meta,
            Self::ConfigMap(config_map) => &config_map.meta,
            Self::CustomResourceDefinition(definition) => &definition.meta,
            Self::Gateway(gateway) => &gateway.meta,
            Self::IngressClass(class) => &class.meta,
            Self::Monitor(monitor) => &monitor.meta,
            Self::Node(node) => &node.meta,
            Self::Prometheus(prometheus) => &prometheus.meta,
            Self::Route(route) => &route.meta,
            Self::TieredPolicy(policy) => &policy.meta,
            Self::ServiceCidr(cidr) => &cidr.meta,
            Self::Binding(binding) => &binding.meta,
            Self::EndpointSlice(slice) => &slice.meta,
            Self::Namespace(namespace) => &namespace.meta,
            Self::Policy(policy) => &policy.meta,
            Self::Service(service) => &service.meta,
            Self::ServiceAccount(account) => &account.meta,
            Self::Workload(workload) => &workload.meta,
        }
    }

    /// Metadata, to fill in what only the caller knows (a default namespace, the name in a review).
    pub fn meta_mut(&mut self) -> &mut Meta {
        match self {
            Self::CalicoPolicy(policy) => &mut policy.meta,
            Self::CalicoSet(set) => &mut set.meta,
            Self::CalicoTier(tier) => &mut tier.meta,
            Self::Callback(callback) => &mut callback.meta,
            Self::CiliumPolicy(policy) => &mut policy.meta,
            Self::ConfigMap(config_map) => &mut config_map.meta,
            Self::CustomResourceDefinition(definition) => &mut definition.meta,
            Self::Gateway(gateway) => &mut gateway.meta,
            Self::IngressClass(class) => &mut class.meta,
            Self::Monitor(monitor) => &mut monitor.meta,
            Self::Node(node) => &mut node.meta,
            Self::Prometheus(prometheus) => &mut prometheus.meta,
            Self::Route(route) => &mut route.meta,
            Self::TieredPolicy(policy) => &mut policy.meta,
            Self::ServiceCidr(cidr) => &mut cidr.meta,
            Self::Binding(binding) => &mut binding.meta,
            Self::EndpointSlice(slice) => &mut slice.meta,
            Self::Namespace(namespace) => &mut namespace.meta,
            Self::Policy(policy) => &mut policy.meta,
            Self::Service(service) => &mut service.meta,
            Self::ServiceAccount(account) => &mut account.meta,
            Self::Workload(workload) => &mut workload.meta,
        }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::CalicoPolicy(policy) => policy.kind,
            Self::CalicoSet(set) => set.kind,
            Self::CalicoTier(_) => Kind::Tier,
            Self::Callback(callback) => callback.kind,
            Self::CiliumPolicy(policy) => policy.kind,
            Self::ConfigMap(_) => Kind::ConfigMap,
            Self::CustomResourceDefinition(_) => Kind::CustomResourceDefinition,
            Self::Gateway(_) => Kind::Gateway,
            Self::IngressClass(_) => Kind::IngressClass,
            Self::Monitor(monitor) => monitor.kind,
            Self::Node(_) => Kind::Node,
            Self::Prometheus(_) => Kind::Prometheus,
            Self::Route(route) => route.kind,
            Self::TieredPolicy(policy) => policy.kind,
            Self::ServiceCidr(_) => Kind::ServiceCidr,
            Self::Binding(binding) => binding.kind,
            Self::EndpointSlice(_) => Kind::EndpointSlice,
            Self::Namespace(_) => Kind::Namespace,
            Self::Policy(_) => Kind::NetworkPolicy,
            Self::Service(_) => Kind::Service,
            Self::ServiceAccount(_) => Kind::ServiceAccount,
            Self::Workload(workload) => workload.kind,
        }
    }

    /// How the object is named.
    pub fn reference(&self) -> ObjectRef {
        let (kind, meta) = (self.kind(), self.meta());
        let namespace = kind.is_namespaced().then(|| meta.namespace.clone());
        ObjectRef { kind, namespace, name: meta.name.clone() }
    }
}

/// Null and a missing field are the type's default, as for Kubernetes' own decoder.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
