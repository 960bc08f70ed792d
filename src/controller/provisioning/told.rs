//! Events about what was done in a namespace, where its team looks.

use std::time::Duration;

use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, PostParams};
use kube::{Client, Error};
use tokio::time::timeout;

use crate::cluster::reason;
use crate::model::World;

use super::super::FIELD_MANAGER;
use super::super::clock;
use super::super::notice::Notice;
use super::Outcome;

/// A write takes no longer.
const LONGEST: Duration = Duration::from_secs(5);

/// Writes them.
pub(super) struct Told {
    client: Client,
    me: String,
}

impl Told {
    pub(super) fn new(client: Client, me: String) -> Self {
        Self { client, me }
    }

    /// Tells what is to be told of `outcome`. An Event that cannot be written holds nothing up: the log has it too.
    pub(super) async fn tell(&self, namespace: &str, world: &World, outcome: &Outcome) {
        for (reason, note) in notes(outcome) {
            let Some(notice) = Notice::about(namespace, world, reason, &note) else { return };
            self.write(&notice).await;
        }
    }

    async fn write(&self, notice: &Notice) {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &notice.namespace);
        let parameters =
            PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        let write = async {
            let event = notice.event(&self.me, clock::now());
            let event: Event = serde_json::from_value(event).map_err(Error::SerdeError)?;
            api.create(&parameters, &event).await
        };
        let error = match timeout(LONGEST, write).await {
            Ok(Ok(_)) => return,
            // It has been said.
            Ok(Err(Error::Api(status))) if status.code == 409 => return,
            Ok(Err(error)) => reason(&error),
            Err(_) => "the API server does not answer in time".to_owned(),
        };
        tracing::info!(namespace = notice.namespace, error, "an Event was not written");
    }
}

/// What there is to tell: a reason and a sentence each.
fn notes(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    for name in &outcome.released {
        notes.push((
            "PolicyReleased",
            format!(
                "NetworkPolicy {name} stays, and is no longer kept: the namespace is not declared `portcullis.dev/default-deny: managed` \
                 any more; whoever may can change or delete it now"
            ),
        ));
    }
    for (name, error) in &outcome.failed {
        notes.push((
            "PolicyNotWritten",
            format!("NetworkPolicy {name} could not be written: {error}; it is tried again"),
        ));
    }
    for left_out in &outcome.left_out {
        if left_out.reason.may_pass() {
            notes.push(("TemplateLeftOut", left_out.to_string()));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use crate::netpol::Direction;
    use crate::provision::{LeftOut, Reason};

    use super::*;

    #[test]
    fn what_is_as_it_should_be_is_not_told() {
        let applied =
            Outcome { applied: vec!["portcullis-default-deny".to_owned()], ..Outcome::default() };
        assert_eq!(notes(&applied), []);
        let left_out = LeftOut {
            template: "allow-dns".to_owned(),
            reason: Reason::NotClosed(Direction::Egress),
        };
        assert_eq!(notes(&Outcome { left_out: vec![left_out], ..Outcome::default() }), []);
    }

    #[test]
    fn what_a_team_must_know_is_told() {
        let outcome = Outcome {
            released: vec!["portcullis-a".to_owned()],
            failed: vec![("portcullis-b".to_owned(), "the quota is used up".to_owned())],
            left_out: vec![LeftOut {
                template: "allow-monitoring".to_owned(),
                reason: Reason::Unknown("no Prometheus is known"),
            }],
            ..Outcome::default()
        };
        let told = notes(&outcome);
        let reasons: Vec<&str> = told.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(reasons, ["PolicyReleased", "PolicyNotWritten", "TemplateLeftOut"]);
        assert!(told[0].1.starts_with("NetworkPolicy portcullis-a stays, and is no longer kept"));
        assert_eq!(
            told[1].1,
            "NetworkPolicy portcullis-b could not be written: the quota is used up; it is tried again"
        );
        assert_eq!(
            told[2].1,
            "allow-monitoring is left out: no Prometheus is known in this cluster"
        );
    }
}
