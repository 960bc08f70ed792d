//! What the engine says about a change.

use std::collections::BTreeSet;

use crate::connections::Shift;
use crate::model::{Finding, Grade, Mode, RuleLevel, Settings, World};
use crate::netpol::Level;

/// The engine's answer to one change.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What the rules say, worst first, at the level that holds for this change: the mode caps it already.
    pub findings: Vec<Finding>,
    /// What the rules say and an exemption silences, worst first.
    pub exempted: Vec<Finding>,
    /// What loosens protection without the right to, one sentence each: the change is refused.
    pub refusals: Vec<String>,
    /// Warnings that no rule stands behind, in order.
    pub notes: Vec<String>,
    /// The namespace on which the requester needs the right to loosen: the API server is to be asked, and the change judged
    /// anew with its answer.
    pub asks: Option<String>,
    /// What a denial, or the lack of knowledge, rests on: to be read live before the verdict is used.
    pub needs: BTreeSet<Need>,
    /// What the change opens and closes for the workloads that the written policy selects.
    pub effect: Vec<Shift>,
    /// There was too much to compare to know what the change opens and closes.
    pub is_effect_unknown: bool,
    /// The coverage of the namespace after the change: ingress, egress.
    pub coverage: Option<[Level; 2]>,
    /// The rules that would deny if the mode did not cap them.
    pub would_deny: BTreeSet<&'static str>,
    /// The mode that capped.
    pub mode: Mode,
}

/// What is to be read live, begun after the request arrived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The policies that are cluster-scoped, and Calico's tiers.
    ClusterPolicies,
    /// The Namespace object of this name.
    Namespace(String),
    /// All Namespace objects: policies of the cluster choose by their labels.
    Namespaces,
    /// The policies of this namespace.
    Policies(String),
    /// Calico's sets of addresses with labels.
    Sets,
    /// The workloads of this namespace.
    Workloads(String),
}

impl Need {
    /// What cover of the cluster rests on beside its policies: Calico's sets, where its policies count and choose by labels.
    pub(super) fn of_cluster(settings: &Settings, world: &World) -> Option<Self> {
        let counts = settings.coverage.accept.contains(&Grade::Calico);
        (counts && world.rests_on_sets()).then_some(Self::Sets)
    }
}

impl Verdict {
    /// What is to be read next when `read` has been: the namespaces first, for they tell of which of them the rest is needed.
    pub fn unread(&self, read: &BTreeSet<Need>) -> BTreeSet<Need> {
        let mut unread: BTreeSet<Need> = self.needs.difference(read).cloned().collect();
        if unread.contains(&Need::Namespaces) {
            unread.retain(|need| {
                matches!(need, Need::ClusterPolicies | Need::Namespaces | Need::Sets)
            });
        }
        unread
    }

    /// Whether the change is refused.
    pub fn is_denied(&self) -> bool {
        !self.refusals.is_empty() || self.denials().next().is_some()
    }

    /// The findings that refuse it, worst first.
    pub fn denials(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == RuleLevel::Deny)
    }

    /// The findings that are shown as warnings, worst first.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == RuleLevel::Warn)
    }
}
