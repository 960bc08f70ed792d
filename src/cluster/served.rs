//! Which kinds the API server serves, and in which version.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource;
use kube::{Client, Error};

use crate::object::Kind;

use super::reason::reason;

/// Whether a kind is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// In this version, the first of those that are read.
    In(&'static str),
    /// In none that is read.
    No,
    /// The API server does not say, for this reason.
    Unknown(String),
}

/// What a group serves in a version, or why it does not say.
type Resources = Result<Vec<APIResource>, String>;

/// Asks which of `kinds` are served. An error means that there was no answer at all.
pub(super) async fn served(
    client: &Client,
    kinds: &[Kind],
) -> Result<BTreeMap<Kind, Served>, Error> {
    let groups = match client.list_api_groups().await {
        Ok(list) => list.groups,
        Err(error @ Error::Api(_)) => {
            let unknown = Served::Unknown(reason(&error));
            return Ok(kinds.iter().map(|kind| (*kind, unknown.clone())).collect());
        }
        Err(error) => return Err(error),
    };
    let is_listed = |kind: Kind, version: &str| {
        let mut groups = groups.iter().filter(|group| group.name == kind.group());
        groups.any(|group| group.versions.iter().any(|listed| listed.version == version))
    };
    let mut asked: BTreeMap<String, Resources> = BTreeMap::new();
    let mut served = BTreeMap::new();
    for kind in kinds {
        let mut answer = Served::No;
        for version in kind.versions().filter(|version| is_listed(*kind, version)) {
            let resources = match asked.entry(format!("{}/{version}", kind.group())) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let resources = client.list_api_group_resources(new.key()).await;
                    let resources = resources.map(|list| list.resources);
                    new.insert(resources.map_err(|error| reason(&error)))
                }
            };
            answer = of_version(*kind, version, resources);
            if answer != Served::No {
                break;
            }
        }
        served.insert(*kind, answer);
    }
    Ok(served)
}

/// Whether `kind` can be listed and watched among `resources`.
fn of_version(kind: Kind, version: &'static str, resources: &Resources) -> Served {
    let is_it = |resource: &APIResource| {
        let may = |verb: &str| resource.verbs.iter().any(|listed| listed == verb);
        resource.name == kind.plural()
            && resource.kind == kind.name()
            && may("list")
            && may("watch")
    };
    match resources {
        Ok(resources) if resources.iter().any(is_it) => Served::In(version),
        Ok(_) => Served::No,
        Err(error) => Served::Unknown(error.clone()),
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, Response, StatusCode};
    use kube::client::Body;
    use serde_json::{Value, json};
    use tower::service_fn;

    use super::*;

    fn resource(plural: &str, kind: &str, verbs: &[&str]) -> Value {
        json!({"name": plural, "kind": kind, "namespaced": true, "singularName": "", "verbs": verbs})
    }

    fn answer(path: &str) -> Option<Value> {
        let all = ["get", "list", "watch"];
        let version = |group: &str, version: &str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
        let group = |name: &str, versions: &[&str]| {
            let versions: Vec<Value> = versions.iter().map(|it| version(name, it)).collect();
            json!({"name": name, "versions": versions})
        };
        let resources = |list: &[Value]| Some(json!({"groupVersion": "", "resources": list}));
        match path {
            "/apis" => Some(json!({"groups": [
                group("gateway.networking.k8s.io", &["v1", "v1beta1", "v1alpha2"]),
                group("monitoring.coreos.com", &["v1"]),
                group("route.openshift.io", &["v1"]),
            ]})),
            "/apis/gateway.networking.k8s.io/v1" => resources(&[
                resource("gateways/status", "Gateway", &all),
                resource("tlsroutes", "TLSRoute", &all),
            ]),
            "/apis/gateway.networking.k8s.io/v1beta1" => {
                resources(&[resource("gateways", "Gateway", &all)])
            }
            "/apis/gateway.networking.k8s.io/v1alpha2" => {
                resources(&[resource("tcproutes", "TCPRoute", &["get", "list"])])
            }
            "/apis/monitoring.coreos.com/v1" => resources(&[
                resource("servicemonitors", "ServiceMonitor", &all),
                resource("prometheuses", "Prometheus", &all),
            ]),
            _ => None,
        }
    }

    #[tokio::test]
    async fn the_first_version_counts_that_is_served() {
        let service = service_fn(|request: Request<Body>| async move {
            let failed = json!({"kind": "Status", "status": "Failure", "code": 503, "message": "no endpoints"});
            let unavailable = (StatusCode::SERVICE_UNAVAILABLE, failed);
            let found = answer(request.uri().path()).map(|body| (StatusCode::OK, body));
            let (status, body) = found.unwrap_or(unavailable);
            let response = Response::builder().status(status);
            response.body(Body::from(body.to_string().into_bytes()))
        });
        let client = Client::new(service, "default");
        let kinds = [
            Kind::Gateway,
            Kind::HttpRoute,
            Kind::IngressRoute,
            Kind::Route,
            Kind::ServiceMonitor,
            Kind::TcpRoute,
            Kind::TlsRoute,
        ];
        let served = served(&client, &kinds).await.unwrap();
        let expected = [
            (Kind::Gateway, Served::In("v1beta1")),
            (Kind::HttpRoute, Served::No),
            (Kind::IngressRoute, Served::No),
            (Kind::Route, Served::Unknown("no endpoints".to_owned())),
            (Kind::ServiceMonitor, Served::In("v1")),
            (Kind::TcpRoute, Served::No),
            (Kind::TlsRoute, Served::In("v1")),
        ];
        assert_eq!(served, expected.into());
    }
}
