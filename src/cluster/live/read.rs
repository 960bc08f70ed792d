//! Single reads from the API server.

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use kube::api::ListParams;
use kube::{Api, Client, Error};
use tokio::time::{sleep, timeout};

use crate::engine::Need;
use crate::object::Kind;

use super::super::Unreadable;
use super::super::arrival::{Arrival, api_resource};
use super::super::intake::Intake;
use super::{ReadError, Reading, describe};

/// The first try is cut short, since its connection may have died in silence; the second gets all the time there is.
const FIRST: Duration = Duration::from_secs(1);
/// No read takes longer, however long its askers would wait.
const LONGEST: Duration = Duration::from_secs(5);
/// How long to wait before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// Reads what a verdict needs, whole and consistent.
pub(super) struct Reader {
    client: Client,
    intake: Intake,
}

impl Reader {
    pub(super) fn new(client: Client, intake: Intake) -> Self {
        Self { client, intake }
    }

    /// Reads what `need` names; failures that may pass are tried again a few times.
    pub(super) async fn read(&self, need: &Need) -> Result<Reading, ReadError> {
        let late = || ReadError::Late { what: describe(need) };
        timeout(LONGEST, self.persist(need)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn persist(&self, need: &Need) -> Result<Reading, ReadError> {
        let mut limit = FIRST;
        for pause in PAUSES {
            match timeout(limit, self.once(need)).await {
                Ok(Err(ReadError::Failed { error, .. })) if may_pass(&error) => {
                    sleep(pause).await;
                }
                Ok(answer) => return answer,
                Err(_) => {}
            }
            limit = LONGEST;
        }
        self.once(need).await
    }

    async fn once(&self, need: &Need) -> Result<Reading, ReadError> {
        let failed = |error| ReadError::Failed { what: describe(need), error: Arc::new(error) };
        match need {
            Need::Namespace(name) => {
                let arrived = self.namespace(name).await.map_err(failed)?;
                let reading = self.reading([(Kind::Namespace, arrived.into_iter().collect())]);
                match reading.unreadable.first() {
                    // Taken for missing, it would be governed by nothing.
                    Some(unreadable) => Err(ReadError::Unreadable(unreadable.clone())),
                    None => Ok(reading),
                }
            }
            Need::Policies(namespace) => {
                let arrived = self.list(Kind::NetworkPolicy, namespace).await.map_err(failed)?;
                Ok(self.reading([arrived]))
            }
            Need::Workloads(namespace) => {
                let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_workload());
                let lists = kinds.map(|kind| self.list(kind, namespace));
                Ok(self.reading(try_join_all(lists).await.map_err(failed)?))
            }
        }
    }

    async fn namespace(&self, name: &str) -> Result<Option<Arrival>, Error> {
        let resource = api_resource(Kind::Namespace);
        Api::<Arrival>::all_with(self.client.clone(), &resource).get_opt(name).await
    }

    /// Without a `resourceVersion` the list is as new as the request; a page limit would only add round trips.
    async fn list(&self, kind: Kind, namespace: &str) -> Result<(Kind, Vec<Arrival>), Error> {
        let resource = api_resource(kind);
        let api = Api::<Arrival>::namespaced_with(self.client.clone(), namespace, &resource);
        Ok((kind, api.list(&ListParams::default()).await?.items))
    }

    fn reading(&self, lists: impl IntoIterator<Item = (Kind, Vec<Arrival>)>) -> Reading {
        let mut reading = Reading::default();
        for (kind, arrivals) in lists {
            let objects = reading.objects.entry(kind).or_default();
            for arrival in arrivals {
                match self.intake.read(kind, &arrival) {
                    Ok(object) => objects.push(object),
                    Err(unreadable) => reading.unreadable.push(reported(unreadable)),
                }
            }
        }
        reading
    }
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
