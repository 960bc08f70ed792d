//! The values that rules and engine work on: the World, a change to it, findings, settings.

mod additions;
mod agents;
mod change;
mod cover;
mod exemption;
mod finding;
mod fix;
mod governance;
mod label_index;
mod lifecycle;
mod memo;
mod pointers;
mod scope;
mod selector_index;
mod settings;
mod transition;
mod view;
mod words;
mod world;

pub use additions::{Additions, label_additions};
pub use change::{Change, Operation, Requester, Right};
pub use cover::{Cover, Grade};
pub use exemption::{
    EXEMPT, EXEMPT_REASON, EXEMPT_UNTIL, Exemption, Until, Void, exemptions, named as exempt_rules,
};
pub use finding::{Check, Depends, Finding, Problem, Rule, RuleLevel};
pub use fix::Fix;
pub use governance::{Declaration, Governance, Profile, WEAKEST_PROFILE};
pub use lifecycle::{
    exempting, head, is_added_by_controllers, is_alive, pod_labels, stands_for_itself,
};
pub use scope::Scope;
pub use settings::{
    ApiServerFacts, BoundFacts, BuiltIn, CallbackFacts, CallbackKind, ClientFacts, CniFacts,
    ControllerSettings, CoverageLevel, CoverageSettings, Dnat, DnsFacts, DnsPort, DnsServerFacts,
    EndpointFacts, Enforces, FactsSettings, Features, FollowedFacts, GatewayFacts, HoldAt,
    IngressClassFacts, LabelSetting, LabelSource, Levels, Mode, MonitorFacts, MonitorKind,
    NamespaceFacts, NamespaceSettings, Override, OwnTemplate, Plugin, ProfileSettings,
    PrometheusFacts, RangeFacts, Reports, RouteFacts, RouteKind, ScrapedPort, Settings,
    SettingsError, Template, Undeclared, WorkloadSettings,
};
pub use transition::Transition;
pub use view::NamespaceView;
pub(crate) use words::{labels_shown, three_of};
pub use world::{Touched, World};

/// The moment of a request or a run: the only time that the engine knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now(pub jiff::Timestamp);
