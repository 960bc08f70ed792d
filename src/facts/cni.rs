//! Which network plugin runs, and what it makes of policies (SEMANTICS 6).
//!
//! Evidence is what runs: DaemonSets by images, labels and names, their arguments and ConfigMaps, and what plugins leave on
//! nodes. A CRD proves nothing: it may be a leftover. A DaemonSet that runs on no known node proves nothing either, and one
//! that runs on some of them leaves the rest unknown.

use crate::model::{CniFacts, Settings, World};
use crate::object::{Kind, Node, Object};

mod agent;
mod cilium;
mod features;
mod image;
mod k3s;
mod managed;

pub use crate::model::{Dnat, Enforces, Features, Plugin};
pub use features::Engine;

/// The network plugin of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cni {
    /// The plugin whose policies count: the one that enforces them, else the one that was found. `None` when none was.
    pub plugin: Option<Plugin>,
    /// Whether it enforces `NetworkPolicies`.
    pub enforces: Enforces,
    /// What tells so, as sentences without a full stop: `DaemonSet kube-system/cilium runs quay.io/cilium/cilium:v1.18.2`.
    pub evidence: Vec<String>,
    /// Every agent that enforces, sorted: two at once judge every connection twice.
    pub enforcing: Vec<Plugin>,
    /// What it can and cannot do.
    pub features: Features,
}

/// What one agent tells.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    plugin: Plugin,
    enforces: Enforces,
    evidence: Vec<String>,
    features: Features,
    /// It runs on some of the nodes alone.
    is_partial: bool,
}

impl Seen {
    /// What it does to every pod of the cluster.
    fn everywhere(&self) -> Features {
        let isolates_always =
            self.features.isolates_always.filter(|is_so| !is_so || !self.is_partial);
        Features { isolates_always, ..self.features }
    }
}

/// The network plugin: from what runs in the World, else from the settings. Derived once per World and kept with it.
pub fn cni(world: &World, settings: &Settings) -> Cni {
    let found = super::derived(world).cni.clone();
    match &settings.facts.cni {
        Some(stated) if found.plugin.is_none() => Cni::stated(stated),
        _ => found,
    }
}

impl Cni {
    fn stated(facts: &CniFacts) -> Self {
        Self {
            plugin: Some(facts.name),
            enforces: facts.enforces,
            evidence: match facts.evidence.as_slice() {
                [] => vec![format!("it was stated that {} runs", facts.name)],
                evidence => evidence.to_vec(),
            },
            enforcing: facts.enforcing.clone().unwrap_or_else(|| {
                let enforces = facts.enforces == Enforces::Yes;
                enforces.then_some(facts.name).into_iter().collect()
            }),
            features: facts.features.unwrap_or_else(|| {
                Features::of(facts.name, facts.version.as_deref().and_then(features::version))
            }),
        }
    }

    /// Looks at every agent and every node of the World.
    pub(super) fn of(world: &World) -> Self {
        let nodes: Vec<&Node> = nodes(world).collect();
        let mut seen: Vec<Seen> =
            world.agents().filter_map(|workload| agent::seen(workload, world, &nodes)).collect();
        seen.extend(k3s::seen(&nodes));
        seen.extend(managed::seen(world, &nodes, &seen));
        Self::together(seen)
    }

    /// What several agents come to.
    fn together(mut seen: Vec<Seen>) -> Self {
        // The one that enforces comes first, an idle one last.
        seen.sort_by_key(|agent| (agent.enforces, agent.plugin));
        let enforcing = seen.iter().filter(|agent| agent.enforces == Enforces::Yes);
        let mut plugins: Vec<Plugin> = enforcing.clone().map(|agent| agent.plugin).collect();
        plugins.dedup();
        let is_everywhere = enforcing.clone().any(|agent| !agent.is_partial);
        let is_unsure = seen.iter().any(|agent| agent.enforces == Enforces::Unknown);
        let enforces = match seen.first() {
            None => Enforces::Unknown,
            Some(_) if is_everywhere => Enforces::Yes,
            Some(_) if is_unsure || !plugins.is_empty() => Enforces::Unknown,
            Some(_) if seen.iter().all(|agent| agent.is_partial) => Enforces::Unknown,
            Some(_) => Enforces::No,
        };
        let judges: Vec<&Seen> = match plugins.as_slice() {
            [] => seen.iter().collect(),
            _ => enforcing.collect(),
        };
        let features = judges.iter().map(|agent| agent.everywhere());
        let mut features = features.reduce(Features::and).unwrap_or_default();
        features.runs(seen.iter().map(|agent| (agent.plugin, &agent.features)));
        Self {
            plugin: seen.first().map(|agent| agent.plugin),
            enforces,
            evidence: seen.into_iter().flat_map(|agent| agent.evidence).collect(),
            enforcing: plugins,
            features,
        }
    }

    /// Whether it implements the policies of `engine`.
    pub fn implements(&self, engine: Engine) -> Option<bool> {
        self.features.implements(engine)
    }
}

/// The nodes that are not being deleted.
pub(super) fn nodes(world: &World) -> impl Iterator<Item = &Node> {
    let nodes = world.cluster_objects(Kind::Node).filter_map(|object| match object {
        Object::Node(node) => Some(node),
        _ => None,
    });
    nodes.filter(|node| !node.meta.is_terminating())
}
