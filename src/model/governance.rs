//! What a namespace must reach, and how it says that it gets there.

use schemars::JsonSchema;

use crate::netpol::{Direction, Labels, Level};

use super::{RuleLevel, Settings};

/// The label that declares how a namespace gets its default-deny.
pub(crate) const DECLARATION: &str = "portcullis.dev/default-deny";

/// What coverage a namespace must reach: the profiles known from Pod Security Admission.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Nothing.
    Privileged,
    /// Ingress isolated.
    #[default]
    Baseline,
    /// Ingress and egress isolated.
    Restricted,
}

/// The profile that requires nothing.
pub const WEAKEST_PROFILE: Profile = Profile::Privileged;

impl Profile {
    /// Whether the profile requires isolation in `direction`.
    pub fn requires(self, direction: Direction) -> bool {
        match direction {
            Direction::Ingress => self >= Self::Baseline,
            Direction::Egress => self >= Self::Restricted,
        }
    }

    /// Its name in labels and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted]
            .into_iter()
            .find(|profile| profile.name() == text)
    }
}

/// How a namespace gets its default-deny: the label `portcullis.dev/default-deny`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// It does not say.
    Absent,
    /// A value that means nothing.
    Invalid(String),
    /// The controller creates and keeps it.
    Managed,
    /// The team brings it.
    OwnPolicy,
}

/// What the settings and a namespace's labels ask of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governance {
    /// Exempt by the settings from coverage and label rules.
    pub exempt: bool,
    /// How it gets its default-deny.
    pub declaration: Declaration,
    /// The profile whose violations are denied.
    pub enforce: Profile,
    /// The profile whose violations are warned about.
    pub warn: Profile,
    /// The profile whose violations are reported.
    pub audit: Profile,
    /// Profile labels with an unknown value, which count as `restricted`.
    pub unknown_profiles: Vec<(&'static str, String)>,
    strict: bool,
}

impl Governance {
    /// What is asked of the namespace `name` with `labels`.
    pub fn of(settings: &Settings, name: &str, labels: &Labels) -> Self {
        let mut unknown_profiles = Vec::new();
        let mut profile = |key: &'static str, default: Profile| match labels.value(key) {
            None => default,
            Some(text) => Profile::parse(text).unwrap_or_else(|| {
                unknown_profiles.push((key, text.to_owned()));
                Profile::Restricted
            }),
        };
        let enforce = profile("portcullis.dev/enforce", settings.profile.enforce);
        let warn = profile("portcullis.dev/warn", settings.profile.warn);
        let audit = profile("portcullis.dev/audit", settings.profile.audit);
        let declaration = match labels.value(DECLARATION) {
            None => Declaration::Absent,
            Some("managed") => Declaration::Managed,
            Some("self") => Declaration::OwnPolicy,
            Some(other) => Declaration::Invalid(other.to_owned()),
        };
        let exempt = settings.namespaces.exempt.iter().any(|exempt| exempt == name);
        Self {
            exempt,
            declaration,
            enforce,
            warn,
            audit,
            unknown_profiles,
            strict: settings.strict,
        }
    }

    /// The level of a violation in `direction`: deny where the enforced profile requires it, then warn, then audit;
    /// `None` where no profile requires anything.
    pub fn severity(&self, direction: Direction) -> Option<RuleLevel> {
        if self.exempt {
            return None;
        }
        [
            (self.enforce, RuleLevel::Deny),
            (self.warn, RuleLevel::Warn),
            (self.audit, RuleLevel::Audit),
        ]
        .into_iter()
        .find(|(profile, _)| profile.requires(direction))
        .map(|(_, level)| level)
    }

    /// The coverage level that counts as protected in `direction`: strict only for ingress, when the settings say so.
    pub fn required_level(&self, direction: Direction) -> Level {
        if self.strict && direction == Direction::Ingress { Level::Strict } else { Level::Isolated }
    }

    /// Whether the enforced profile requires anything.
    pub fn requires_coverage(&self) -> bool {
        !self.exempt && self.enforce > WEAKEST_PROFILE
    }

    /// Whether the namespace says how it gets its default-deny.
    pub fn is_declared(&self) -> bool {
        matches!(self.declaration, Declaration::Managed | Declaration::OwnPolicy)
    }
}
