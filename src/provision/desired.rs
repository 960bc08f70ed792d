//! What a namespace is to have.

use serde_json::{Value, json};

use crate::model::{Governance, NamespaceView, OwnTemplate, Settings, Template, World};
use crate::netpol::{Direction, Families, Family, Labels, PolicySpec, PolicyTypes, coverage};

use super::built_in::{Built, build};
use super::left_out::{LeftOut, Reason};
use super::manifest::{DesiredPolicy, kept, spec, template};

/// What a namespace is to have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    /// The policies in the order in which to apply them: what opens first, so that nothing is cut that is allowed, the
    /// default-deny last. Empty for a profile that asks for nothing.
    pub policies: Vec<DesiredPolicy>,
    /// What the templates of the settings would add and cannot here.
    pub left_out: Vec<LeftOut>,
    /// Policies of the controller that nothing asks for any more, without their rules: nothing is left open that no template names,
    /// and nothing that protects is ever deleted.
    pub withdrawn: Vec<DesiredPolicy>,
}

/// The policies of `namespace` if it were managed, by its profile, the settings' templates and what is known of the cluster.
///
/// What the controller's default-deny closes in the namespace already it goes on closing: a lower profile takes nothing away.
pub fn desired(settings: &Settings, world: &World, namespace: &NamespaceView) -> Desired {
    let labels = namespace.labels();
    let governance = Governance::of(settings, &namespace.name, &labels);
    let closed = closed(&governance, namespace);
    if closed == NOTHING {
        return Desired::default();
    }
    let cluster = Cluster { settings, world, governance: &governance, closed };
    let mut desired = cluster.desired(&namespace.name, &labels);
    desired.withdrawn = withdrawn(&desired, closed, namespace);
    desired
}

/// The controller's policies that nothing asks for, emptied. What a template cannot tell now stays as it is, and so does what
/// closes a direction that the default-deny leaves open: emptied, it would cut there what it allowed.
fn withdrawn(
    desired: &Desired,
    closed: PolicyTypes,
    namespace: &NamespaceView,
) -> Vec<DesiredPolicy> {
    let is_asked_for = |template: &str| {
        let mut policies = desired.policies.iter();
        let mut unknown = desired.left_out.iter().filter(|left_out| left_out.reason.may_pass());
        policies.any(|policy| policy.template == template)
            || unknown.any(|left_out| left_out.template == template)
    };
    let ours =
        namespace.effective_policies().filter_map(|policy| Some((template(policy)?, policy)));
    let is_beyond = |types: PolicyTypes| {
        Direction::BOTH.into_iter().any(|it| types.contains(it) && !closed.contains(it))
    };
    let unasked =
        ours.filter(|(name, policy)| !is_asked_for(name) && !is_beyond(policy.spec.types));
    let emptied = unasked.map(|(name, policy)| DesiredPolicy {
        template: name.to_owned(),
        spec: spec(&json!(policy.spec.selector), policy.spec.types, Vec::new(), Vec::new()),
    });
    emptied.collect()
}

const NOTHING: PolicyTypes = PolicyTypes { ingress: false, egress: false };

/// What the profile that is enforced asks to close (of `warn` and `audit` it is only said what they would), and what is closed
/// already.
fn closed(governance: &Governance, namespace: &NamespaceView) -> PolicyTypes {
    let kept = kept(namespace).map_or(NOTHING, |policy| policy.spec.types);
    let requires = |direction| {
        !governance.exempt && governance.enforce.requires(direction) || kept.contains(direction)
    };
    PolicyTypes { ingress: requires(Direction::Ingress), egress: requires(Direction::Egress) }
}

/// What the policies of one namespace rest on.
struct Cluster<'a> {
    settings: &'a Settings,
    world: &'a World,
    governance: &'a Governance,
    closed: PolicyTypes,
}

impl Cluster<'_> {
    fn desired(&self, name: &str, labels: &Labels) -> Desired {
        let default_deny = DesiredPolicy::default_deny(self.closed);
        let mut specs: Vec<PolicySpec> = default_deny.read().into_iter().collect();
        let families = self.world.families_beside(&self.settings.facts.families);
        let (mut policies, mut left_out) = (Vec::new(), Vec::new());
        for template in &self.settings.controller.templates {
            let Built { spec, mut reasons } = self.built(template, name, labels);
            let policy =
                spec.map(|spec| DesiredPolicy { template: template.name().to_owned(), spec });
            if let Some(policy) = policy {
                match self.added(&policy, &mut specs, families) {
                    Ok(()) => policies.push(policy),
                    Err(reason) => reasons.push(reason),
                }
            }
            let template = template.name();
            left_out.extend(
                reasons.into_iter().map(|reason| LeftOut { template: template.to_owned(), reason }),
            );
        }
        policies.push(default_deny);
        Desired { policies, left_out, withdrawn: Vec::new() }
    }

    fn built(&self, template: &Template, name: &str, labels: &Labels) -> Built {
        match template {
            Template::BuiltIn(template) => {
                build(*template, name, self.closed, self.world, self.settings)
            }
            Template::Own(own) if own.selector().matches(labels) => self.own(own),
            Template::Own(_) => Built::default(),
        }
    }

    fn own(&self, own: &OwnTemplate) -> Built {
        let Some(written) = own.policy() else { return Reason::Unreadable.into() };
        let mut named =
            Direction::BOTH.into_iter().filter(|direction| written.types.contains(*direction));
        match named.find(|direction| !self.closed.contains(*direction)) {
            Some(direction) => Reason::NotClosed(direction).into(),
            None => Built { spec: Some(explicit(own, written.types)), reasons: Vec::new() },
        }
    }

    /// Adds the policy to `specs`, unless it takes away what the default-deny gives.
    fn added(
        &self,
        policy: &DesiredPolicy,
        specs: &mut Vec<PolicySpec>,
        families: Families,
    ) -> Result<(), Reason> {
        specs.push(policy.read().ok_or(Reason::Unreadable)?);
        match opened(specs, self.closed, self.governance, families) {
            None => Ok(()),
            Some(direction) => {
                specs.pop();
                Err(Reason::OpensAll(direction))
            }
        }
    }
}

/// The own template's `spec` with everything written out.
pub(super) fn explicit(own: &OwnTemplate, types: PolicyTypes) -> Value {
    let pods = own
        .spec
        .get("podSelector")
        .cloned()
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let rules =
        |field: &str| own.spec.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    spec(&pods, types, rules("ingress"), rules("egress"))
}

/// The first direction of `closed` in which `specs`, the default-deny among them, leave a namespace below what is required. Each
/// family is looked at by itself: to open all of IPv4 is to open everything also where there is IPv6 besides.
pub(super) fn opened(
    specs: &[PolicySpec],
    closed: PolicyTypes,
    governance: &Governance,
    families: Families,
) -> Option<Direction> {
    let specs: Vec<&PolicySpec> = specs.iter().collect();
    let mut closed = Direction::BOTH.into_iter().filter(|direction| closed.contains(*direction));
    closed.find(|direction| {
        families.iter().any(|family| {
            let only = Families { v4: family == Family::V4, v6: family == Family::V6 };
            coverage(&specs, *direction, only).level < governance.required_level(*direction)
        })
    })
}
