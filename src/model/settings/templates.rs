//! Policies that the controller adds in managed namespaces: built-in ones by name, and specs of one's own.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as ReadByFields, Serialize};
use serde_json::{Value, json};

use crate::netpol::{PolicySpec, Selector, validate};

mod fields;

/// A policy that is added beside the default-deny: it opens, and never closes anything itself.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Template {
    /// One that Portcullis writes by what it knows of the cluster.
    BuiltIn(BuiltIn),
    /// One that is written here.
    Own(Box<OwnTemplate>),
}

/// A template whose peers come from the facts of the cluster.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ReadByFields, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BuiltIn {
    /// Every pod may ask the cluster's DNS.
    AllowDns,
    /// The ingress controllers and gateways that are known may reach every pod.
    AllowFromIngressController,
    /// The Prometheus servers that are known may reach every pod over TCP.
    AllowMonitoring,
    /// The pods of the namespace may reach each other.
    AllowSameNamespace,
}

/// A template that is written in the settings.
#[derive(Clone, Debug, PartialEq, Serialize, ReadByFields, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnTemplate {
    /// Its name; the policy is called `portcullis-` and this.
    pub name: String,
    /// The managed namespaces that get it, by their labels; all of them without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Selector>")]
    pub namespace_selector: Option<Value>,
    /// The `spec` of a `NetworkPolicy`.
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub spec: Value,
}

impl BuiltIn {
    /// All of them, by name.
    pub const ALL: [Self; 4] = [
        Self::AllowDns,
        Self::AllowFromIngressController,
        Self::AllowMonitoring,
        Self::AllowSameNamespace,
    ];

    /// The one of this name; the error names them all.
    pub fn named(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|built_in| built_in.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("`{text}` is no built-in template; write one of {names}")
        })
    }

    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllowDns => "allow-dns",
            Self::AllowFromIngressController => "allow-from-ingress-controller",
            Self::AllowMonitoring => "allow-monitoring",
            Self::AllowSameNamespace => "allow-same-namespace",
        }
    }
}

impl Template {
    /// Its name, by which messages call it and its policy is named.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(built_in) => built_in.name(),
            Self::Own(own) => &own.name,
        }
    }
}

impl OwnTemplate {
    /// The longest name: the policy's has `portcullis-` in front, and object names have at most 253 characters.
    const LONGEST: usize = 253 - "portcullis-".len();

    /// The namespaces that it is for.
    pub fn selector(&self) -> Selector {
        self.namespace_selector.as_ref().map_or_else(Selector::default, |selector| {
            Selector::deserialize(selector).unwrap_or_else(|_| Selector::nothing())
        })
    }

    /// What its policy says; `None` for a spec that was never checked and cannot be read.
    pub fn policy(&self) -> Option<PolicySpec> {
        PolicySpec::deserialize(&self.spec).ok()
    }

    /// What the API server would refuse, and what is misspelt: where below the template, and why.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        if self.name.len() > Self::LONGEST {
            let reason = format!("is too long: write at most {} characters", Self::LONGEST);
            return Err((".name".to_owned(), reason));
        }
        if !self.spec.is_object() {
            return Err((
                ".spec".to_owned(),
                "is no `spec` of a NetworkPolicy; write a map".to_owned(),
            ));
        }
        let selector = self.namespace_selector.clone().unwrap_or_else(|| json!({}));
        // Selectors of namespaces are written as those of pods are.
        let namespaces =
            json!({"metadata": {"name": self.name}, "spec": {"podSelector": selector}});
        let policy = json!({"metadata": {"name": self.name}, "spec": self.spec});
        fields::unknown(&policy["spec"], &fields::SPEC, "/spec")
            .or_else(|| fields::unknown(&selector, &fields::SELECTOR, "/namespaceSelector"))
            .or_else(|| refused(&policy))
            .or_else(|| {
                let (path, reason) = refused(&namespaces)?;
                Some((path.replacen("/spec/podSelector", "/namespaceSelector", 1), reason))
            })
            .map_or(Ok(()), |(path, reason)| Err((dotted(&path), reason)))
    }
}

/// A JSON pointer as settings name fields.
fn dotted(pointer: &str) -> String {
    pointer.replace('/', ".").replace("~1", "/").replace("~0", "~")
}

/// The first thing that the API server would refuse, and where in the template.
fn refused(policy: &Value) -> Option<(String, String)> {
    let invalid = validate(policy).into_iter().next()?;
    let path = invalid.path.strip_prefix("/metadata").unwrap_or(&invalid.path);
    Some((path.to_owned(), invalid.reason))
}

/// Written by hand so that a name that is unknown is told with the known ones, in its line.
impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TemplateVisitor)
    }
}

struct TemplateVisitor;

impl<'de> Visitor<'de> for TemplateVisitor {
    type Value = Template;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a built-in template, or a map with `name` and `spec`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Template, E> {
        let or_own = |error| E::custom(format!("{error}, or a map with `name` and `spec`"));
        BuiltIn::named(text).map(Template::BuiltIn).map_err(or_own)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Template, A::Error> {
        OwnTemplate::deserialize(MapAccessDeserializer::new(map)).map(Box::new).map(Template::Own)
    }
}

#[cfg(test)]
mod tests;
