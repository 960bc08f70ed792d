//! What a check sees: one namespace of a World, the settings and the time.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::netpol::{Coverage, Direction, Families, Labels, PolicySpec, coverage_beside, isolates};
use crate::object::{ObjectRef, Policy, Workload};

use super::cover::{self, Cover};
use super::lifecycle::{is_alive, stands_for_itself};
use super::{Governance, Levels, NamespaceView, Now, Settings, World};

/// The view of one check. Whatever is derived is derived once per scope and only when asked for.
pub struct Scope<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The whole World; the request path looks up single namespaces in it, and never walks over all of them.
    pub world: &'a World,
    /// The namespace that is judged.
    pub namespace: &'a NamespaceView,
    /// The time of the request.
    pub now: Now,
    focus: Option<&'a Workload>,
    left_out: BTreeSet<ObjectRef>,
    governance: OnceCell<Governance>,
    levels: OnceCell<Levels<'a>>,
    labels: OnceCell<Labels>,
    specs: OnceCell<Vec<&'a PolicySpec>>,
    workloads: OnceCell<Vec<&'a Workload>>,
    coverage: [OnceCell<Coverage>; 2],
    covers: [OnceCell<Vec<Cover>>; 2],
}

impl<'a> Scope<'a> {
    /// A scope over all workloads of the namespace.
    pub fn new(
        settings: &'a Settings,
        world: &'a World,
        namespace: &'a NamespaceView,
        now: Now,
    ) -> Self {
        Self {
            settings,
            world,
            namespace,
            now,
            focus: None,
            left_out: BTreeSet::new(),
            governance: OnceCell::new(),
            levels: OnceCell::new(),
            labels: OnceCell::new(),
            specs: OnceCell::new(),
            workloads: OnceCell::new(),
            coverage: [OnceCell::new(), OnceCell::new()],
            covers: [OnceCell::new(), OnceCell::new()],
        }
    }

    /// The same scope, in which `workload` is the only one: for the write of one workload.
    #[must_use]
    pub fn focused(self, workload: &'a Workload) -> Self {
        Self { focus: Some(workload), ..self }
    }

    /// The only workload that the write is about, if it is about one.
    pub fn focus(&self) -> Option<&'a Workload> {
        self.focus
    }

    /// The same scope without these workloads.
    #[must_use]
    pub fn leaving_out(&self, left_out: BTreeSet<ObjectRef>) -> Self {
        let Self { settings, world, namespace, now, focus, .. } = *self;
        Self { focus, left_out, ..Self::new(settings, world, namespace, now) }
    }

    /// What is asked of the namespace.
    pub fn governance(&self) -> &Governance {
        self.governance
            .get_or_init(|| Governance::of(self.settings, &self.namespace.name, self.labels()))
    }

    /// The mode and the levels that hold in the namespace.
    pub fn levels(&self) -> &Levels<'a> {
        self.levels.get_or_init(|| self.settings.levels_of(self.namespace))
    }

    /// The namespace's labels.
    pub fn labels(&self) -> &Labels {
        self.labels.get_or_init(|| self.namespace.labels())
    }

    /// The policies that protect, by name.
    pub fn policies(&self) -> impl Iterator<Item = &'a Policy> + use<'a> {
        self.namespace.effective_policies()
    }

    /// What the policies that protect say.
    pub fn specs(&self) -> &[&'a PolicySpec] {
        self.specs.get_or_init(|| self.namespace.specs())
    }

    /// The workloads that need protection, each once (a controller stands for its Pods), without those that no policy
    /// governs; only the focused one in a focused scope.
    pub fn workloads(&self) -> &[&'a Workload] {
        self.workloads.get_or_init(|| {
            let mut workloads: Vec<&'a Workload> = match self.focus {
                Some(workload) => vec![workload],
                None => self.subjects().filter(|workload| workload.is_governed()).collect(),
            };
            if !self.left_out.is_empty() {
                workloads.retain(|workload| !self.left_out.contains(&workload.reference()));
            }
            workloads
        })
    }

    /// The workloads that need protection and those that no policy governs, each once.
    pub fn subjects(&self) -> impl Iterator<Item = &'a Workload> + use<'a> {
        let namespace = self.namespace;
        let workloads = namespace.workloads.values().map(AsRef::as_ref);
        workloads.filter(move |workload: &&Workload| {
            is_alive(workload, namespace) && stands_for_itself(workload, namespace)
        })
    }

    /// The IP families of the cluster.
    pub fn families(&self) -> Families {
        self.world.families_beside(&self.settings.facts.families)
    }

    /// The coverage of the namespace in `direction`: by its policies, and by what else closes its pods and counts.
    pub fn coverage(&self, direction: Direction) -> &Coverage {
        of(&self.coverage, direction).get_or_init(|| self.coverage_by(self.specs(), direction))
    }

    /// The coverage that `specs` would give in place of the namespace's policies.
    pub fn coverage_by(&self, specs: &[&PolicySpec], direction: Direction) -> Coverage {
        let beside: Vec<_> = self.accepted(direction).map(Cover::beside).collect();
        coverage_beside(specs, &beside, direction, self.families())
    }

    /// What closes pods of the namespace in `direction` and is no `NetworkPolicy`, by every grade.
    pub fn covers(&self, direction: Direction) -> &[Cover] {
        of(&self.covers, direction)
            .get_or_init(|| cover::covers(self.world, self.settings, self.namespace, direction))
    }

    /// What of it counts by the settings.
    pub fn accepted(&self, direction: Direction) -> impl Iterator<Item = &Cover> {
        let accept = &self.settings.coverage.accept;
        // Nobody asks for what does not count.
        let covers = if accept.is_empty() { &[] } else { self.covers(direction) };
        covers.iter().filter(|cover| accept.contains(&cover.grade))
    }

    /// Whether a policy, or what counts beside them, isolates pods with `labels` in `direction`.
    pub fn isolates(&self, labels: &Labels, direction: Direction) -> bool {
        isolates(self.specs(), labels, direction)
            || self.accepted(direction).any(|cover| cover.pods.matches(labels))
    }

    /// Whether something closes pods with `labels` in `direction` whatever the namespace's policies allow.
    pub fn is_overridden(&self, labels: &Labels, direction: Direction) -> bool {
        let mut overriding = self.accepted(direction).filter(|cover| cover.beside().overrides);
        overriding.any(|cover| cover.pods.matches(labels))
    }
}

fn of<T>(both: &[T; 2], direction: Direction) -> &T {
    match direction {
        Direction::Ingress => &both[0],
        Direction::Egress => &both[1],
    }
}
