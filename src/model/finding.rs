//! Rules, the problems that they find, and findings.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::netpol::Direction;
use crate::object::{Kind, Meta, ObjectRef, Policy, Workload};

use super::{Exemption, Fix, Levels, Mode, Scope, Settings, Transition, World};

/// What a finding leads to, mildest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// The rule is not asked.
    Off,
    /// Annotations, metrics and reports only.
    Audit,
    /// A warning to whoever writes the object.
    Warn,
    /// The write is refused.
    Deny,
}

impl RuleLevel {
    /// Its name in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for RuleLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A rule: one row of [`crate::rules::RULES`], one `.rs` and one `.md` file.
#[derive(Debug)]
pub struct Rule {
    /// Its id in settings, reports, metrics and `explain`.
    pub name: &'static str,
    /// Its level unless the settings say otherwise.
    pub level: RuleLevel,
    /// One line on what it states.
    pub summary: &'static str,
    /// Its page of documentation (Markdown); the examples in it are tests.
    pub page: &'static str,
    /// What its verdict rests on.
    pub depends: Depends,
    /// The check itself.
    pub check: Check,
}

/// What a rule's verdict rests on, besides the object that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depends {
    /// On the object alone: a denial needs no confirmation, and holds on a dry run.
    Alone,
    /// On other objects: a denial is confirmed by live reads, and is a warning on a dry run.
    Others,
}

/// The subject of a rule and the function that judges one such subject in one state.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Judges every policy: `NetworkPolicies` in their namespace, and those of other engines by name.
    AnyPolicy(
        fn(&Policy, &Scope<'_>) -> Vec<Problem>,
        fn(&ObjectRef, &Settings, &World) -> Vec<Problem>,
    ),
    /// Judges a change of an object of this kind, and no state: `inspect` never asks it.
    Change(Kind, fn(&Transition<'_>) -> Vec<Problem>),
    /// Judges the namespace of the scope.
    Namespace(fn(&Scope<'_>) -> Vec<Problem>),
    /// Judges the metadata of anything that is judged.
    Object(fn(&ObjectRef, &Meta, &Scope<'_>) -> Vec<Problem>),
    /// Judges one policy of the scope's namespace.
    Policy(fn(&Policy, &Scope<'_>) -> Vec<Problem>),
    /// Judges every policy, and the cluster as a whole once.
    PolicyAndCluster(
        fn(&Policy, &Scope<'_>) -> Vec<Problem>,
        fn(&Settings, &World) -> Vec<Problem>,
    ),
    /// Judges policies and workloads: what is missing is said on a policy, or on the workload where no policy answers for it.
    PolicyAndWorkload(
        fn(&Policy, &Scope<'_>) -> Vec<Problem>,
        fn(&Workload, &Scope<'_>) -> Vec<Problem>,
    ),
    /// Judges one workload of the scope's namespace.
    Workload(fn(&Workload, &Scope<'_>) -> Vec<Problem>),
}

/// What a check found: the engine adds rule, level and subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// JSON pointer to the field of the subject; empty for the whole object.
    pub path: String,
    /// The direction it is about, if it is about one.
    pub direction: Option<Direction>,
    /// What tells it from other problems of the same rule, subject and direction, independent of list positions.
    pub key: String,
    /// The workloads that it is about, where it is said on a policy about some of them: one that is exempt is left out.
    pub about: Vec<ObjectRef>,
    /// The highest level it can have, whatever the settings say.
    pub at_most: RuleLevel,
    /// One sentence: what is wrong, subject first, and what to do.
    pub message: String,
    /// What mends it, when a safe mend is known.
    pub fix: Option<Fix>,
}

impl Problem {
    /// A problem of the whole object, at any level, without a fix.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            direction: None,
            key: String::new(),
            about: Vec::new(),
            at_most: RuleLevel::Deny,
            message: message.into(),
            fix: None,
        }
    }

    /// At this JSON pointer.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// About this direction.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Told apart by this key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// About these workloads.
    #[must_use]
    pub fn about<'w>(mut self, workloads: impl IntoIterator<Item = &'w Workload>) -> Self {
        self.about = workloads.into_iter().map(Workload::reference).collect();
        self
    }

    /// Never above this level.
    #[must_use]
    pub fn at_most(mut self, level: RuleLevel) -> Self {
        self.at_most = level;
        self
    }

    /// Mended by this.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// A rule's statement about one object.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Its level here.
    pub level: RuleLevel,
    /// The object it is about; `None` for the cluster as a whole.
    pub subject: Option<ObjectRef>,
    /// The direction it is about, if it is about one.
    pub direction: Option<Direction>,
    /// See [`Problem::key`].
    pub key: String,
    /// JSON pointer to the field of the subject.
    pub path: String,
    /// One sentence.
    pub message: String,
    /// What mends it.
    pub fix: Option<Fix>,
    /// It was there before the change: never a denial.
    pub existing: bool,
    /// An exemption silences it.
    pub exempted: Option<Exemption>,
    /// The mode where its object is: what an admission response shows of it at most. Reports show the level as it is.
    pub mode: Mode,
}

impl Finding {
    /// The finding that a rule's problem is about `subject`, or about the cluster, where these levels hold.
    pub fn new(
        rule: &'static Rule,
        levels: &Levels<'_>,
        subject: impl Into<Option<ObjectRef>>,
        problem: Problem,
    ) -> Self {
        Self {
            rule,
            level: levels.of(rule).min(problem.at_most),
            subject: subject.into(),
            direction: problem.direction,
            key: problem.key,
            path: problem.path,
            message: problem.message,
            fix: problem.fix,
            existing: false,
            exempted: None,
            mode: levels.mode(),
        }
    }

    /// The same finding, not above `level`.
    #[must_use]
    pub fn capped(mut self, level: RuleLevel) -> Self {
        self.level = self.level.min(level);
        self
    }

    /// What it is about, in words: `NetworkPolicy shop/api`, `the cluster`.
    pub fn about(&self) -> String {
        self.subject.as_ref().map_or_else(|| "the cluster".to_owned(), ToString::to_string)
    }

    /// The name of the object that it is about; empty for the cluster.
    pub fn subject_name(&self) -> &str {
        self.subject.as_ref().map_or("", |subject| &subject.name)
    }

    /// Whether both state the same thing about the same object, whatever their levels and words.
    pub fn is_same(&self, other: &Self) -> bool {
        self.rule.name == other.rule.name
            && self.subject == other.subject
            && self.direction == other.direction
            && self.key == other.key
    }

    /// Sorts worst first, then by object, rule and place: the order of messages, warnings and reports.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let place = |finding: &Self| {
            (
                finding.subject.clone(),
                finding.rule.name,
                finding.direction,
                finding.path.clone(),
                finding.key.clone(),
            )
        };
        other.level.cmp(&self.level).then_with(|| place(self).cmp(&place(other)))
    }
}
