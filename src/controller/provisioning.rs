//! Provisioning: namespaces that are declared `managed` get the policies that [`desired`] says, and keep them.
//!
//! What to write follows from settings and World alone, so there is nothing to remember, and two that write at once come to the
//! same end. Companions go first, so that the default-deny cuts nothing that they allow. One that cannot be written must not keep
//! the namespace open for ever, nor its workloads waiting: it is tried again a few times, then the default-deny goes ahead, and
//! an Event says what is missing. Nothing is ever deleted.

use std::time::Duration;

use kube::Client;
use tokio::time::sleep;

use crate::cluster::reason;
use crate::model::{Declaration, Governance, NamespaceView, Settings, World};
use crate::object::Policy;
use crate::provision::{Desired, DesiredPolicy, LeftOut, desired, is_ours};

use super::lease::Turn;
use write::Policies;

mod follow;
mod queue;
mod told;
mod write;

pub(super) use follow::Provisioner;

/// How long to wait before each further try of a companion, while the default-deny is not there.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(500)];

/// What was done in a namespace; nothing where it was as it should be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The policies that were applied, in their order.
    pub(crate) applied: Vec<String>,
    /// The policies that were let go: they stay, and nobody keeps them any more.
    pub(crate) released: Vec<String>,
    /// What could not be written, with the reason.
    pub(crate) failed: Vec<(String, String)>,
    /// What the templates could not add.
    pub(crate) left_out: Vec<LeftOut>,
}

/// What a namespace lacks.
#[derive(Debug, PartialEq)]
pub(super) enum Work {
    /// Policies to apply, in their order.
    Apply(Vec<DesiredPolicy>, Vec<LeftOut>),
    /// Policies of ours that nobody asked us to keep.
    Release(Vec<String>),
}

/// What is to be written in the namespace `name`; `None` where that is nothing.
pub(super) fn work(settings: &Settings, world: &World, name: &str) -> Option<Work> {
    let view = world.namespace(name)?;
    // In a namespace that is being deleted nothing can be created, and one of which only contents are known may be gone.
    if view.object.is_none() || view.is_terminating() {
        return None;
    }
    let governance = Governance::of(settings, name, &view.labels());
    if governance.declaration != Declaration::Managed {
        let ours: Vec<String> = ours(view).map(|policy| policy.meta.name.clone()).collect();
        return (!ours.is_empty()).then_some(Work::Release(ours));
    }
    let Desired { mut policies, left_out, withdrawn } = desired(settings, world, view);
    let default_deny = policies.pop();
    let all = policies.into_iter().chain(withdrawn).chain(default_deny);
    let lacking: Vec<DesiredPolicy> = all.filter(|policy| !policy.is_in(view)).collect();
    (!lacking.is_empty()).then_some(Work::Apply(lacking, left_out))
}

fn ours(view: &NamespaceView) -> impl Iterator<Item = &Policy> {
    view.effective_policies().filter(|policy| is_ours(policy))
}

/// Brings the namespace `name` to what it is to have, as far as `world` shows that it is not there; writes nothing where it is,
/// and nothing once it is no longer our turn.
pub(crate) async fn provision(
    client: &Client,
    settings: &Settings,
    world: &World,
    name: &str,
    turn: &Turn,
) -> Outcome {
    let policies = Policies::new(client.clone(), name);
    let mut outcome = Outcome::default();
    match work(settings, world, name) {
        None => {}
        Some(Work::Release(names)) => {
            for released in names {
                if !turn.is_ours() {
                    break;
                }
                match policies.release(&released).await {
                    Ok(true) => outcome.released.push(released),
                    Ok(false) => {}
                    Err(error) => outcome.failed.push((released, reason(&error))),
                }
            }
        }
        Some(Work::Apply(lacking, left_out)) => {
            outcome.left_out = left_out;
            for policy in lacking {
                if !turn.is_ours() {
                    break;
                }
                match persist(&policies, &policy, turn).await {
                    Ok(()) => outcome.applied.push(policy.name()),
                    Err(error) => outcome.failed.push((policy.name(), reason(&error))),
                }
            }
        }
    }
    outcome
}

/// Applies the policy, a few times where that may help.
async fn persist(
    policies: &Policies,
    policy: &DesiredPolicy,
    turn: &Turn,
) -> Result<(), kube::Error> {
    for pause in PAUSES {
        match policies.apply(policy).await {
            Err(error) if may_pass(&error) && turn.is_ours() => sleep(pause).await,
            answer => return answer,
        }
    }
    policies.apply(policy).await
}

/// Overload, a restart, somebody who wrote in between: not what the API server has decided for good.
fn may_pass(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => matches!(status.code, 409 | 429 | 500..),
        kube::Error::SerdeError(_) | kube::Error::Auth(_) | kube::Error::BuildRequest(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
