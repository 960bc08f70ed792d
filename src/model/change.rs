//! One proposed write.

use std::collections::BTreeMap;

use crate::object::{Object, ObjectRef};

/// A write that somebody asks the API server for.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is asked.
    pub operation: Operation,
    /// The object as it is stored; `None` on CREATE.
    pub before: Option<Object>,
    /// The object as it would be stored; `None` on DELETE.
    pub after: Option<Object>,
    /// Who asks.
    pub requester: Requester,
    /// `dryRun`: nothing will be stored.
    pub dry_run: bool,
    /// `options.fieldManager`, empty when unknown: tells the tool.
    pub field_manager: String,
    /// Whether who asks may loosen what guards the namespace.
    pub right: Right,
}

/// Whether somebody has the verb `exempt` on the namespace (DESIGN 5, loosening): only the API server knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Right {
    /// Nobody has asked.
    #[default]
    Unasked,
    /// It has.
    Granted,
    /// It has not.
    Refused,
    /// The API server could not be asked.
    Unanswered,
}

/// What is asked of the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Operation {
    Create,
    Delete,
    Update,
}

/// Who asks: `userInfo` of the review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    /// The user name.
    pub name: String,
    /// The UID, where the authenticator gives one.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
    /// What else the authenticator says: an authorizer may ask for it.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Change {
    /// The object that the change is about: as it would be, or as it was for a DELETE.
    ///
    /// `None` when the change holds no object at all.
    pub fn object(&self) -> Option<&Object> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// How that object is named.
    pub fn subject(&self) -> Option<ObjectRef> {
        self.object().map(Object::reference)
    }
}

impl Requester {
    /// Whether it is one of Kubernetes' own controllers in kube-system, or the controller manager with its own identity.
    pub fn is_built_in_controller(&self) -> bool {
        self.name == "system:kube-controller-manager"
            || self
                .name
                .strip_prefix("system:serviceaccount:kube-system:")
                .is_some_and(|account| BUILT_IN_CONTROLLERS.contains(&account))
    }

    /// Whether it cleans up: what these delete must never be held up.
    pub fn cleans_up(&self) -> bool {
        matches!(
            self.name.as_str(),
            "system:kube-controller-manager"
                | "system:serviceaccount:kube-system:namespace-controller"
                | "system:serviceaccount:kube-system:generic-garbage-collector"
        )
    }

    /// Whether it is a service account.
    pub fn is_service_account(&self) -> bool {
        self.name.starts_with("system:serviceaccount:")
    }
}

/// The controllers of kube-controller-manager that write ReplicaSets, Jobs and Pods.
const BUILT_IN_CONTROLLERS: [&str; 7] = [
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "job-controller",
    "replicaset-controller",
    "replication-controller",
    "statefulset-controller",
];
