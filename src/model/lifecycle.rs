//! Which workloads count: those that can still make or run Pods, each once.

use crate::netpol::Labels;
use crate::object::{Kind, Owner, Workload};

use super::NamespaceView;

/// Labels that built-in controllers add to the Pods of a template.
pub(super) const ADDED_BY_CONTROLLERS: [&str; 9] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// How long an ownership chain is followed: CronJob, Job, Pod is the longest that Kubernetes makes.
const LONGEST_CHAIN: usize = 8;

/// Whether the workload needs protection: it is not finished, not being deleted, and, for what controllers own, its
/// controller, followed upwards by UID, is neither gone nor being deleted.
///
/// A controller of a kind that is not read (an operator's own) cannot be looked up, so its workloads count.
pub fn is_alive(workload: &Workload, view: &NamespaceView) -> bool {
    if workload.finished || workload.meta.is_terminating() {
        return false;
    }
    let mut current = workload;
    for _ in 0..LONGEST_CHAIN {
        match controller(current, view) {
            Controller::None | Controller::Foreign => return true,
            Controller::Gone => return false,
            Controller::Found(owner) if owner.meta.is_terminating() => return orphans(owner),
            Controller::Found(_) if is_old_revision(current) => return false,
            Controller::Found(owner) => current = owner,
        }
    }
    true
}

/// Whether the workload is to be named by itself; false when its controller stands for it: same labels, followed by UID.
pub fn stands_for_itself(workload: &Workload, view: &NamespaceView) -> bool {
    match controller(workload, view) {
        Controller::Found(owner) => {
            own_labels(&workload.template.labels) != own_labels(&owner.template.labels)
        }
        _ => true,
    }
}

/// The workload that stands for this one, whatever its labels: its controller, followed upwards by UID as far as it is known.
pub fn head<'a>(workload: &'a Workload, view: &'a NamespaceView) -> &'a Workload {
    let mut current = workload;
    for _ in 0..LONGEST_CHAIN {
        match controller(current, view) {
            Controller::Found(owner) => current = owner,
            _ => return current,
        }
    }
    current
}

/// The workload whose own metadata exempts this one: itself, or the controller that stands for it, followed by UID.
///
/// What controllers make carries the annotations of their templates, which anyone may write who may write the workload; so
/// those never count. `None` where the controller is gone, or makes pods with other labels and so did not make this one.
pub fn exempting<'a>(workload: &'a Workload, view: &'a NamespaceView) -> Option<&'a Workload> {
    let mut current = workload;
    for _ in 0..LONGEST_CHAIN {
        match controller(current, view) {
            Controller::None | Controller::Foreign => return Some(current),
            Controller::Found(owner)
                if own_labels(&current.template.labels) == own_labels(&owner.template.labels) =>
            {
                current = owner;
            }
            Controller::Found(_) | Controller::Gone => return None,
        }
    }
    None
}

enum Controller<'a> {
    /// It has none.
    None,
    /// It is in the view, with the UID of the reference.
    Found(&'a Workload),
    /// Its kind is not read.
    Foreign,
    /// It does not exist any more.
    Gone,
}

/// Pods, ReplicaSets and Jobs live and die with their controller; other kinds are judged as they are.
fn controller<'a>(workload: &Workload, view: &'a NamespaceView) -> Controller<'a> {
    if !matches!(workload.kind, Kind::Job | Kind::Pod | Kind::ReplicaSet) {
        return Controller::None;
    }
    let Some(reference) = workload.meta.controller() else {
        return Controller::None;
    };
    let key = view.workload_uids.get(&reference.uid);
    match key.and_then(|key| view.workloads.get(key)) {
        Some(owner) => Controller::Found(owner),
        None if is_collected(workload, reference) => Controller::Gone,
        None => Controller::Foreign,
    }
}

/// A ReplicaSet that its Deployment keeps for a rollback: the Pods of one would be judged when they are made.
fn is_old_revision(workload: &Workload) -> bool {
    workload.kind == Kind::ReplicaSet && workload.scaled_to_zero
}

/// Whether the garbage collector takes away what this missing controller owned: not while another owner may be there, and
/// anyone can write owner references.
fn is_collected(workload: &Workload, missing: &Owner) -> bool {
    missing.known_kind().is_some_and(Kind::is_workload) && workload.meta.owners.len() == 1
}

fn orphans(workload: &Workload) -> bool {
    workload.meta.finalizers.iter().any(|finalizer| finalizer == "orphan")
}

/// Whether built-in controllers add the label `key` to the Pods of a template (SEMANTICS 13.2).
pub fn is_added_by_controllers(key: &str) -> bool {
    ADDED_BY_CONTROLLERS.contains(&key)
}

/// The labels of a pod without those that built-in controllers add: what a selector can name.
pub fn pod_labels(labels: &Labels) -> Labels {
    own_labels(labels).into_iter().collect()
}

fn own_labels(labels: &Labels) -> Vec<(&str, &str)> {
    labels.iter().filter(|(key, _)| !ADDED_BY_CONTROLLERS.contains(key)).collect()
}
