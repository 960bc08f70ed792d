//! Object metadata as the rules read it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::netpol::Labels;

use super::Kind;

/// What the rules read of `metadata`. `managedFields` never stays in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// `metadata.name`; empty under `generateName` until the API server fills it in.
    #[serde(deserialize_with = "super::read::or_default")]
    pub name: String,
    /// `metadata.namespace`; empty for cluster-scoped objects.
    #[serde(deserialize_with = "super::read::or_default")]
    pub namespace: String,
    /// `metadata.generateName`.
    #[serde(deserialize_with = "super::read::or_default")]
    pub generate_name: String,
    /// `metadata.uid`; empty offline and on CREATE before it is stored.
    #[serde(deserialize_with = "super::read::or_default")]
    pub uid: String,
    /// `metadata.labels`.
    #[serde(deserialize_with = "super::read::or_default")]
    pub labels: Labels,
    /// `metadata.annotations`; the World keeps only those that rules read.
    #[serde(deserialize_with = "super::read::or_default")]
    pub annotations: BTreeMap<String, String>,
    /// `metadata.ownerReferences`.
    #[serde(deserialize_with = "super::read::or_default", rename = "ownerReferences")]
    pub owners: Vec<Owner>,
    /// `metadata.finalizers`.
    #[serde(deserialize_with = "super::read::or_default")]
    pub finalizers: Vec<String>,
    /// `metadata.creationTimestamp`.
    #[serde(rename = "creationTimestamp")]
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: such an object neither protects nor needs protection.
    #[serde(rename = "deletionTimestamp")]
    pub deleted: Option<Timestamp>,
}

/// One owner reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Owner {
    /// `apiVersion` of the owner.
    pub api_version: String,
    /// `kind` of the owner.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID: the only thing that identifies it.
    pub uid: String,
    /// Whether it is the managing controller; at most one is.
    #[serde(deserialize_with = "super::read::or_default")]
    pub controller: bool,
}

impl Meta {
    /// The name, or the prefix of it that is known while `generateName` is not filled in.
    pub fn display_name(&self) -> &str {
        if self.name.is_empty() { &self.generate_name } else { &self.name }
    }

    /// Whether the object is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.deleted.is_some()
    }

    /// The owner reference with `controller: true`.
    pub fn controller(&self) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.controller)
    }
}

impl Owner {
    /// The owner's kind, when Portcullis reads that kind.
    pub fn known_kind(&self) -> Option<Kind> {
        Kind::of(&self.api_version, &self.kind)
    }
}
