//! Who may loosen: only the API server knows.

use std::time::Instant;

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};
use tokio::time::timeout_at;

use crate::model::Requester;

use super::Connection;
use super::reason::reason;

/// The verb, group and resource of the right: `exempt` on `namespaces.portcullis.dev` (DESIGN 5).
const VERB: &str = "exempt";
const GROUP: &str = "portcullis.dev";
const RESOURCE: &str = "namespaces";

/// Asks the API server for rights.
#[derive(Clone, Debug)]
pub struct Rights {
    connection: Connection,
}

impl Rights {
    /// Asks over this connection.
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Whether `requester` may loosen what guards `namespace`; the error says why nobody knows.
    ///
    /// Namespace and name are both those of the namespace, so that a Role in it grants the right; a namespace that is
    /// created holds no Role yet, so that takes a `ClusterRole`.
    pub async fn may_loosen(
        &self,
        requester: &Requester,
        namespace: &str,
        deadline: Instant,
    ) -> Result<bool, String> {
        let api: Api<SubjectAccessReview> = Api::all(self.connection.fresh.clone());
        let (review, options) = (question(requester, namespace), PostParams::default());
        let answer = timeout_at(deadline.into(), api.create(&options, &review)).await;
        let answer = answer.map_err(|_| "the API server did not answer in time".to_owned())?;
        let status = answer.map_err(|error| reason(&error))?.status;
        Ok(status.is_some_and(|status| status.allowed && status.denied != Some(true)))
    }
}

fn question(requester: &Requester, namespace: &str) -> SubjectAccessReview {
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: named(&requester.name),
            uid: named(&requester.uid),
            groups: Some(requester.groups.clone()),
            extra: Some(requester.extra.clone()),
            resource_attributes: Some(ResourceAttributes {
                verb: Some(VERB.to_owned()),
                group: Some(GROUP.to_owned()),
                resource: Some(RESOURCE.to_owned()),
                namespace: named(namespace),
                name: named(namespace),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::question;
    use crate::model::Requester;

    #[test]
    fn the_whole_user_is_asked_about() {
        let requester = Requester {
            name: "jane".to_owned(),
            uid: "42".to_owned(),
            groups: vec!["dev".to_owned()],
            extra: [("scopes".to_owned(), vec!["a".to_owned()])].into(),
        };
        let spec = serde_json::to_value(question(&requester, "shop")).unwrap()["spec"].take();
        let expected = json!({
            "user": "jane", "uid": "42", "groups": ["dev"], "extra": {"scopes": ["a"]},
            "resourceAttributes": {"verb": "exempt", "group": "portcullis.dev", "resource": "namespaces", "namespace": "shop", "name": "shop"},
        });
        assert_eq!(spec, expected);
    }
}
