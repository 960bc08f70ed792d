//! Reports as the API server keeps them.

use std::collections::BTreeMap;

use kube::Client;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, Preconditions,
};
use serde_json::Value;

use crate::report::{Flavour, MANAGED_BY, SOURCE, said};

use super::FIELD_MANAGER;
use super::lease::Turn;

/// So many times a write is tried while others write the same.
const TRIES: usize = 4;
/// Reports in one answer.
const PAGE: u32 = 200;

/// Reads and writes reports of one kind.
#[derive(Clone)]
pub(super) struct Shelf {
    client: Client,
    flavour: Flavour,
}

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("another replica writes now")]
    NotOurTurn,
    #[error(transparent)]
    Kube(#[from] kube::Error),
}

impl Shelf {
    pub(super) fn new(client: Client, flavour: Flavour) -> Self {
        Self { client, flavour }
    }

    /// Every report of ours by namespace, that of the cluster under `None`; `None` when such reports are not served.
    pub(super) async fn read_all(
        &self,
    ) -> Result<Option<BTreeMap<Option<String>, Value>>, kube::Error> {
        let resources = match self.client.list_api_group_resources(self.flavour.api_version()).await
        {
            Ok(list) => list.resources,
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_served = |is_namespaced| {
            let (plural, _) = self.flavour.names(is_namespaced);
            resources.iter().any(|resource| resource.name == plural)
        };
        if !is_served(true) || !is_served(false) {
            return Ok(None);
        }
        let mut reports = BTreeMap::new();
        for is_namespaced in [true, false] {
            let (key, value) = MANAGED_BY;
            let mut page = ListParams::default().labels(&format!("{key}={value}")).limit(PAGE);
            let api =
                Api::<DynamicObject>::all_with(self.client.clone(), &self.resource(is_namespaced));
            loop {
                let list = api.list(&page).await?;
                for report in list.items.into_iter().filter(is_ours) {
                    let place = report.metadata.namespace.clone();
                    reports.insert(place, json(&report)?);
                }
                match list.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => page = page.continue_token(&token),
                    None => break,
                }
            }
        }
        Ok(Some(reports))
    }

    /// Brings the report of a namespace, or of the cluster, to what is wanted; whether anything had to be written.
    ///
    /// What is there is read first, and is overwritten or deleted only as it was read: whoever wrote in between is not
    /// overwritten unseen. Whether it still is our turn is asked before every write.
    pub(super) async fn bring(
        &self,
        namespace: Option<&str>,
        wanted: Option<&Value>,
        turn: &Turn,
    ) -> Result<bool, WriteError> {
        let resource = self.resource(namespace.is_some());
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        let mut tries = 0;
        loop {
            let there = api.get_opt(SOURCE).await?;
            if !turn.is_ours() {
                return Err(WriteError::NotOurTurn);
            }
            let written = match (there, wanted) {
                (None, None) => return Ok(false),
                (Some(there), None) if !is_ours(&there) => return Ok(false),
                (Some(there), None) => {
                    let preconditions = Preconditions {
                        uid: there.metadata.uid,
                        resource_version: there.metadata.resource_version,
                    };
                    let parameters =
                        DeleteParams { preconditions: Some(preconditions), ..Default::default() };
                    api.delete(SOURCE, &parameters).await.map(|_| ())
                }
                (there, Some(wanted)) => {
                    let mut wanted = wanted.clone();
                    if let Some(there) = there {
                        if said(&json(&there)?) == said(&wanted) {
                            return Ok(false);
                        }
                        wanted["metadata"]["uid"] = there.metadata.uid.into();
                        wanted["metadata"]["resourceVersion"] =
                            there.metadata.resource_version.into();
                    }
                    let parameters = PatchParams::apply(FIELD_MANAGER).force();
                    api.patch(SOURCE, &parameters, &Patch::Apply(&wanted)).await.map(|_| ())
                }
            };
            tries += 1;
            match written {
                // Somebody else wrote in between: look again.
                Err(kube::Error::Api(status)) if status.code == 409 && tries < TRIES => {}
                Err(kube::Error::Api(status)) if status.code == 404 && wanted.is_none() => {
                    return Ok(false);
                }
                written => return Ok(written.map(|()| true)?),
            }
        }
    }

    fn resource(&self, is_namespaced: bool) -> ApiResource {
        let (plural, kind) = self.flavour.names(is_namespaced);
        let api_version = self.flavour.api_version();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        }
    }
}

/// Whether a report is the one that we write: others may use the same label.
fn is_ours(report: &DynamicObject) -> bool {
    let (key, value) = MANAGED_BY;
    let label = report.metadata.labels.as_ref().and_then(|labels| labels.get(key));
    report.metadata.name.as_deref() == Some(SOURCE) && label.is_some_and(|label| label == value)
}

fn json(report: &DynamicObject) -> Result<Value, kube::Error> {
    serde_json::to_value(report).map_err(kube::Error::SerdeError)
}
