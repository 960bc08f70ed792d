//! Ingress classes: which controller serves which Ingress.

use serde::Deserialize;

use super::Meta;
use super::read::or_default;
use super::wire::wire;

const IS_DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

/// A `networking.k8s.io/v1` `IngressClass`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngressClass {
    /// Metadata.
    pub meta: Meta,
    /// `spec.controller`, such as `k8s.io/ingress-nginx`.
    pub controller: String,
    /// It serves every Ingress that names no class.
    pub is_default: bool,
}

wire! {
    WireIngressClass { metadata: Meta, spec: IngressClassSpec }
    IngressClassSpec { controller: String }
}

impl From<WireIngressClass> for IngressClass {
    fn from(wire: WireIngressClass) -> Self {
        let is_default = wire.metadata.annotations.get(IS_DEFAULT).is_some_and(|it| it == "true");
        Self { meta: wire.metadata, controller: wire.spec.controller, is_default }
    }
}
