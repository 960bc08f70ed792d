//! Waiting for the controller: a workload that comes right behind its `managed` namespace is not refused for a policy that is being
//! written (DESIGN 5).

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::engine::{Verdict, evaluate};
use crate::model::{Change, Declaration, Governance, Mode, Now, Settings, World};
use crate::object::Object;
use crate::provision;
use crate::rules::UNCOVERED_WORKLOAD;

use super::Knowledge;

/// So many requests wait at once, beside those that are judged; more would keep others out.
pub(super) const AT_ONCE: usize = 64;
/// Left of the deadline when the wait ends in vain.
const RESERVE: Duration = Duration::from_millis(700);

/// The room for those who wait.
pub(super) struct Waiting {
    room: Semaphore,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { room: Semaphore::new(AT_ONCE) }
    }
}

impl Waiting {
    /// The verdict once the controller has written the policies, or `verdict` when it does not in time, with a word about that.
    ///
    /// `world` is what `verdict` was made from, read live. Only a denial that the controller is about to lift waits.
    pub(super) async fn wait<K: Knowledge>(
        &self,
        mut verdict: Verdict,
        (change, settings, world): (&Change, &Settings, &World),
        (knowledge, now, deadline): (&K, Now, Instant),
    ) -> Verdict {
        let Some(namespace) = awaited(&verdict, change, settings, world) else { return verdict };
        let Ok(_room) = self.room.try_acquire() else {
            return told(verdict, "too many wait for the controller; try again");
        };
        let end = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        if !knowledge.has_controller(end).await {
            verdict = told(verdict, "no controller is at work that would write its policies");
            return verdict;
        }
        let mut seen: Option<Arc<World>> = None;
        while let Some(world) = knowledge.world().filter(|world| !world.is_old()) {
            let is_same = seen.is_some_and(|seen| {
                // A view that nothing changed is shared by both Worlds.
                let views = (seen.namespace(&namespace), world.namespace(&namespace));
                matches!(views, (Some(old), Some(new)) if std::ptr::eq(old, new))
            });
            if !is_same {
                let again = evaluate(settings, &world, change, now);
                if !again.is_denied() && again.needs.is_empty() && again.asks.is_none() {
                    return again;
                }
            }
            let next = timeout_at(end.into(), knowledge.follows(&world)).await;
            if next.is_err() {
                break;
            }
            seen = Some(world);
        }
        told(verdict, "the controller has not written its policies yet; try again")
    }
}

/// The namespace whose default-deny would lift the denial and is not there yet.
fn awaited(
    verdict: &Verdict,
    change: &Change,
    settings: &Settings,
    world: &World,
) -> Option<String> {
    let Some(Object::Workload(workload)) = &change.after else { return None };
    let is_lifted = verdict.refusals.is_empty()
        && verdict.is_denied()
        && verdict.denials().all(|finding| finding.rule.name == UNCOVERED_WORKLOAD.name);
    if !settings.controller.enabled || change.dry_run || verdict.mode != Mode::Enforce || !is_lifted
    {
        return None;
    }
    let view = world.namespace(&workload.meta.namespace)?;
    let governance = Governance::of(settings, &view.name, &view.labels());
    let default_deny = provision::desired(settings, world, view).policies.pop()?;
    let is_awaited = governance.declaration == Declaration::Managed && !default_deny.is_in(view);
    is_awaited.then(|| view.name.clone())
}

/// The same denial, with why it is not lifted.
fn told(mut verdict: Verdict, why: &str) -> Verdict {
    for finding in &mut verdict.findings {
        if finding.rule.name == UNCOVERED_WORKLOAD.name {
            finding.message.push_str("; the namespace is managed, and ");
            finding.message.push_str(why);
        }
    }
    verdict
}
