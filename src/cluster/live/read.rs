//! Single reads from the API server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::{TryFutureExt, try_join, try_join_all};
use kube::api::ListParams;
use kube::{Api, Client, Error};
use tokio::time::{sleep, timeout};

use crate::engine::Need;
use crate::object::{GroupVersion, Kind};

use super::super::arrival::{Arrival, api_resource, api_resource_in};
use super::super::intake;
use super::super::{Connection, Unreadable};
use super::{ReadError, Reading, describe};

#[cfg(test)]
mod tests;

/// The first try is cut short, since its connection may have died in silence; the others use connections of their own.
const FIRST: Duration = Duration::from_millis(700);
/// No read takes longer, however long its askers would wait.
const LONGEST: Duration = Duration::from_secs(5);
/// How long to wait before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(30), Duration::from_millis(250)];

/// Reads what a verdict needs, whole and consistent.
pub(super) struct Reader {
    connection: Connection,
    /// Policies beside `NetworkPolicies` may count as coverage, so that a verdict may rest on them.
    others_count: Arc<AtomicBool>,
}

impl Reader {
    pub(super) fn new(connection: Connection, others_count: Arc<AtomicBool>) -> Self {
        Self { connection, others_count }
    }

    /// Reads what `need` names; failures that may pass are tried again a few times.
    pub(super) async fn read(&self, need: &Need) -> Result<Reading, ReadError> {
        let late = || ReadError::Late { what: describe(need) };
        timeout(LONGEST, self.persist(need)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn persist(&self, need: &Need) -> Result<Reading, ReadError> {
        let Connection { client, fresh, .. } = &self.connection;
        match timeout(FIRST, self.once(client, need)).await {
            Ok(Err(ReadError::Failed { error, .. })) if may_pass(&error) => {}
            Ok(answer) => return answer,
            Err(_) => {}
        }
        for pause in PAUSES {
            sleep(pause).await;
            match self.once(fresh, need).await {
                Err(ReadError::Failed { error, .. }) if may_pass(&error) => {}
                answer => return answer,
            }
        }
        self.once(fresh, need).await
    }

    async fn once(&self, client: &Client, need: &Need) -> Result<Reading, ReadError> {
        let failed = |error| ReadError::Failed { what: describe(need), error: Arc::new(error) };
        match need {
            Need::Namespace(name) => {
                let arrived = namespace(client, name).await.map_err(failed)?;
                Self::namespaces(arrived.into_iter().collect())
            }
            Need::Namespaces => {
                let resource = api_resource(Kind::Namespace);
                let api = Api::<Arrival>::all_with(client.clone(), &resource);
                let arrived = api.list(&ListParams::default()).await.map_err(failed)?;
                Self::namespaces(arrived.items)
            }
            Need::ClusterPolicies => {
                // A policy counts for nothing without its tier, which may be as new.
                let kinds = Kind::CLUSTER_POLICIES.into_iter().chain([Kind::Tier]);
                let lists = kinds.map(|kind| self.list_others(client, kind, ""));
                let lists = try_join_all(lists).await.map_err(failed)?;
                Ok(Self::reading(lists.into_iter().flatten()))
            }
            Need::Policies(namespace) => {
                let standard = list(client, Kind::NetworkPolicy, namespace).map_err(failed);
                let others = Kind::FOREIGN.into_iter();
                let others = others.map(|kind| self.list_others(client, kind, namespace));
                let others = try_join_all(others).map_err(failed);
                let (standard, others) = try_join(standard, others).await?;
                Ok(Self::reading(std::iter::once(standard).chain(others.into_iter().flatten())))
            }
            Need::Sets => {
                let lists = Kind::CALICO_SETS.map(|kind| self.list_sets(client, kind));
                let lists = try_join_all(lists).await.map_err(failed)?;
                Ok(Self::reading(lists.into_iter().flatten()))
            }
            Need::Workloads(namespace) => {
                let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_workload());
                let lists = kinds.map(|kind| list(client, kind, namespace));
                Ok(Self::reading(try_join_all(lists).await.map_err(failed)?))
            }
        }
    }

    /// The policies of a kind beside `NetworkPolicies`; `None` where they may not be read and no verdict rests on them.
    async fn list_others(
        &self,
        client: &Client,
        kind: Kind,
        namespace: &str,
    ) -> Result<Option<(Kind, Vec<Arrival>)>, Error> {
        let apis = self.connection.apis.in_turn(kind);
        match list_if_served(client, kind, apis, namespace).await {
            Err(Error::Api(status))
                if status.code == 403 && !self.others_count.load(Ordering::Relaxed) =>
            {
                Ok(None)
            }
            listed => listed.map(Some),
        }
    }

    /// Sets of addresses of one kind, of all namespaces; `None` where they may not be read, as the World knows.
    async fn list_sets(
        &self,
        client: &Client,
        kind: Kind,
    ) -> Result<Option<(Kind, Vec<Arrival>)>, Error> {
        match list_if_served(client, kind, self.connection.apis.in_turn(kind), "").await {
            Err(Error::Api(status)) if status.code == 403 => Ok(None),
            listed => listed.map(Some),
        }
    }

    fn namespaces(arrived: Vec<Arrival>) -> Result<Reading, ReadError> {
        let reading = Self::reading([(Kind::Namespace, arrived)]);
        match reading.unreadable.first() {
            // Taken for missing, it would be governed by nothing.
            Some(unreadable) => Err(ReadError::Unreadable(unreadable.clone())),
            None => Ok(reading),
        }
    }

    fn reading(lists: impl IntoIterator<Item = (Kind, Vec<Arrival>)>) -> Reading {
        let mut reading = Reading::default();
        for (kind, arrivals) in lists {
            let objects = reading.objects.entry(kind).or_default();
            for arrival in arrivals {
                match intake::read(kind, &arrival) {
                    Ok(object) => objects.push(object),
                    Err(unreadable) => reading.unreadable.push(reported(unreadable)),
                }
            }
        }
        reading
    }
}

async fn namespace(client: &Client, name: &str) -> Result<Option<Arrival>, Error> {
    let resource = api_resource(Kind::Namespace);
    Api::<Arrival>::all_with(client.clone(), &resource).get_opt(name).await
}

/// Without a `resourceVersion` the list is as new as the request; pages would only add round trips.
async fn list(client: &Client, kind: Kind, namespace: &str) -> Result<(Kind, Vec<Arrival>), Error> {
    let api = Api::<Arrival>::namespaced_with(client.clone(), namespace, &api_resource(kind));
    Ok((kind, api.list(&ListParams::default()).await?.items))
}

/// The objects of a kind that is not built in, in `namespace` or, without one, of the cluster, in the first of `apis` that is
/// served; none where none is.
async fn list_if_served(
    client: &Client,
    kind: Kind,
    apis: Vec<GroupVersion>,
    namespace: &str,
) -> Result<(Kind, Vec<Arrival>), Error> {
    for api in apis {
        let resource = api_resource_in(kind, api);
        let api = match namespace {
            "" => Api::<Arrival>::all_with(client.clone(), &resource),
            namespace => Api::<Arrival>::namespaced_with(client.clone(), namespace, &resource),
        };
        match api.list(&ListParams::default()).await {
            Ok(list) => return Ok((kind, list.items)),
            Err(Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error),
        }
    }
    Ok((kind, Vec::new()))
}

fn reported(unreadable: Unreadable) -> Unreadable {
    tracing::error!(object = %unreadable.reference, reason = unreadable.reason, "object cannot be read");
    unreadable
}

/// Overload, a restart, a connection that broke: not what the API server has decided for good.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Api(status) => matches!(status.code, 429 | 500..),
        Error::SerdeError(_) | Error::Auth(_) | Error::BuildRequest(_) => false,
        _ => true,
    }
}
