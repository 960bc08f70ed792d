//! The settings: one file for webhook, controller, audit and CI.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Grade, Profile, Rule, RuleLevel};

mod facts;
mod overrides;
mod parse;
mod templates;

pub use facts::{
    ApiServerFacts, BoundFacts, CallbackFacts, CallbackKind, ClientFacts, CniFacts, Dnat, DnsFacts,
    DnsPort, DnsServerFacts, EndpointFacts, Enforces, FactsSettings, Features, FollowedFacts,
    GatewayFacts, IngressClassFacts, MonitorFacts, MonitorKind, NamespaceFacts, Plugin,
    PrometheusFacts, RangeFacts, RouteFacts, RouteKind, ScrapedPort,
};
pub use overrides::{Levels, Override};
pub use parse::SettingsError;
pub use templates::{BuiltIn, OwnTemplate, Template};

/// Settings with every default filled in; an unknown field is an error with its line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// `portcullis.dev/v1alpha1`.
    #[schemars(extend("const" = "portcullis.dev/v1alpha1"))]
    pub api_version: String,
    /// `Settings`.
    #[schemars(extend("const" = "Settings"))]
    pub kind: String,
    /// Caps admission responses.
    pub mode: Mode,
    /// The profiles of namespaces that do not say otherwise.
    pub profile: ProfileSettings,
    /// Raises *isolated* to *strict* for ingress.
    pub strict: bool,
    /// Levels that differ from the rules' own.
    pub rules: BTreeMap<String, RuleLevel>,
    /// Other levels for some namespaces; of several that choose a namespace the later one holds.
    pub overrides: Vec<Override>,
    /// How namespaces are governed.
    pub namespaces: NamespaceSettings,
    /// How workloads are held.
    pub workloads: WorkloadSettings,
    /// Labels that every namespace must have.
    pub labels: Vec<LabelSetting>,
    /// What counts as coverage.
    pub coverage: CoverageSettings,
    /// The controller.
    pub controller: ControllerSettings,
    /// What the objects at hand may not tell: used only where the World does not know.
    pub facts: FactsSettings,
}

/// What a denial becomes in admission responses; reports always show the uncapped levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Denials become annotations; nothing is patched. The dry run of the whole product.
    Audit,
    /// Denials deny.
    #[default]
    Enforce,
    /// Denials become warnings.
    Warn,
}

impl Mode {
    /// The highest level that an admission response shows.
    pub fn cap(self) -> RuleLevel {
        match self {
            Self::Audit => RuleLevel::Audit,
            Self::Enforce => RuleLevel::Deny,
            Self::Warn => RuleLevel::Warn,
        }
    }

    /// Its name in settings and annotations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Enforce => "enforce",
            Self::Warn => "warn",
        }
    }
}

/// The profiles of namespaces without `portcullis.dev/enforce|warn|audit` labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ProfileSettings {
    /// Violations are denied.
    pub enforce: Profile,
    /// Violations are warned about.
    pub warn: Profile,
    /// Violations are reported.
    pub audit: Profile,
}

/// How namespaces are governed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct NamespaceSettings {
    /// What happens to a namespace without workloads that does not declare how it gets its default-deny.
    pub undeclared: Undeclared,
    /// How long after its creation the live audit stays silent about a declared namespace, as `10m` or `1h30m`.
    pub grace: String,
    /// Namespaces that coverage and label rules leave alone; rules about policies do not.
    pub exempt: Vec<String>,
}

/// What happens to an undeclared namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Undeclared {
    /// `portcullis.dev/default-deny: managed` is added at its creation.
    Managed,
    /// Its creation is refused.
    #[default]
    Reject,
    /// `portcullis.dev/default-deny: self` is added at its creation.
    #[serde(rename = "self")]
    OwnPolicy,
}

/// How workloads are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct WorkloadSettings {
    /// Where an uncovered workload is held.
    pub hold_at: HoldAt,
    /// Field managers whose workloads are held at the Pod, in declared namespaces.
    pub hold_pods_for: Vec<String>,
}

/// Where an uncovered workload is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HoldAt {
    /// The workload is admitted with a warning and its Pods are denied: it releases itself.
    Pod,
    /// The workload is denied: the human sees it.
    #[default]
    Workload,
}

/// A label that every namespace must have; without a source it is required and can only be set by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct LabelSetting {
    /// The label key.
    pub key: String,
    /// A literal, in which `{name}` stands for the namespace's name and `{user}` for who creates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Take the value of this label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_label: Option<String>,
    /// Take the value of this annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_annotation: Option<String>,
}

/// Where the value of a required label comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSource<'a> {
    /// From this annotation of the namespace.
    Annotation(&'a str),
    /// From nowhere: it must be set by hand.
    Required,
    /// From this other label of the namespace.
    Label(&'a str),
    /// From this text with `{name}` and `{user}`.
    Template(&'a str),
}

impl LabelSetting {
    /// Where the value comes from; a parsed setting names at most one source.
    pub fn source(&self) -> LabelSource<'_> {
        match (&self.value, &self.from_label, &self.from_annotation) {
            (Some(value), ..) => LabelSource::Template(value),
            (None, Some(label), _) => LabelSource::Label(label),
            (None, None, Some(annotation)) => LabelSource::Annotation(annotation),
            (None, None, None) => LabelSource::Required,
        }
    }
}

/// What counts as coverage of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CoverageSettings {
    /// Every possible pod, or those that exist.
    pub level: CoverageLevel,
    /// Grades of cover by cluster-scoped policies that count.
    pub accept: Vec<Grade>,
}

/// Over which pods coverage is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CoverageLevel {
    /// Over the workloads that exist; tomorrow's may fall through.
    Observed,
    /// Over every possible label set.
    #[default]
    Universal,
}

/// The controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ControllerSettings {
    /// Whether it runs: only then can namespaces be declared `managed`.
    pub enabled: bool,
    /// What it creates in managed namespaces besides the default-deny.
    pub templates: Vec<Template>,
    /// How often everything is judged anew, as `10m` or `1h30m`; what changes is judged at once.
    pub interval: String,
    /// The kind of reports that it writes, where that kind is served.
    pub reports: Reports,
    /// How many Events it writes in a minute at most; 0 for none.
    pub events_per_minute: u32,
    /// To how many existing namespaces it adds missing labels in a second at most; 0 for none.
    pub labels_per_second: u32,
}

/// The kind of reports that the controller writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reports {
    /// `openreports.io/v1alpha1`.
    #[default]
    OpenReports,
    /// `wgpolicyk8s.io/v1alpha2`, their predecessor.
    PolicyReports,
    /// None.
    Off,
}

impl Default for ControllerSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            templates: Vec::new(),
            interval: "10m".to_owned(),
            reports: Reports::default(),
            events_per_minute: 60,
            labels_per_second: 5,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_version: "portcullis.dev/v1alpha1".to_owned(),
            kind: "Settings".to_owned(),
            mode: Mode::default(),
            profile: ProfileSettings::default(),
            strict: false,
            rules: BTreeMap::new(),
            overrides: Vec::new(),
            namespaces: NamespaceSettings::default(),
            workloads: WorkloadSettings::default(),
            labels: vec![LabelSetting {
                key: "name".to_owned(),
                value: Some("{name}".to_owned()),
                ..LabelSetting::default()
            }],
            coverage: CoverageSettings::default(),
            controller: ControllerSettings::default(),
            facts: FactsSettings::default(),
        }
    }
}

impl Default for NamespaceSettings {
    fn default() -> Self {
        let exempt = ["kube-system", "kube-public", "kube-node-lease"].map(str::to_owned).to_vec();
        Self { undeclared: Undeclared::default(), grace: "10m".to_owned(), exempt }
    }
}

impl Default for WorkloadSettings {
    fn default() -> Self {
        Self { hold_at: HoldAt::default(), hold_pods_for: vec!["kustomize-controller".to_owned()] }
    }
}

impl NamespaceSettings {
    /// How long the live audit stays silent; a parsed setting can always be read.
    pub fn grace(&self) -> SignedDuration {
        self.grace.parse().unwrap_or_default()
    }
}

impl Settings {
    /// The level of `rule` where nothing overrides it: from the settings, or its own.
    pub fn level(&self, rule: &Rule) -> RuleLevel {
        self.rules.get(rule.name).copied().unwrap_or(rule.level)
    }
}
