//! Which kinds the API server serves, and in which API.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource;
use kube::{Client, Error};

use crate::object::{GroupVersion, Kind};

use super::calico;
use super::reason::reason;

/// Whether a kind is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// In this API, the first of those that are read.
    In(GroupVersion),
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
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let of_calico = match calico::group(client, &names).await {
        Err(error @ Error::Api(_)) => Err(reason(&error)),
        answer => Ok(answer?),
    };
    let is_listed = |api: &GroupVersion| {
        let mut groups = groups.iter().filter(|group| group.name == api.group);
        groups.any(|group| group.versions.iter().any(|listed| listed.version == api.version))
    };
    let counts = |api: &GroupVersion| {
        !calico::is_calicos(api.group) || of_calico.as_ref().is_ok_and(|group| *group == api.group)
    };
    let mut asked: BTreeMap<GroupVersion, Resources> = BTreeMap::new();
    let mut served = BTreeMap::new();
    for kind in kinds {
        let mut answer = match &of_calico {
            Err(error) if calico::is_calicos(kind.group()) => Served::Unknown(error.clone()),
            _ => Served::No,
        };
        for api in kind.apis().filter(is_listed).filter(counts) {
            let resources = match asked.entry(api) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let resources = client.list_api_group_resources(&api.to_string()).await;
                    let resources = resources.map(|list| list.resources);
                    new.insert(resources.map_err(|error| reason(&error)))
                }
            };
            answer = of_api(*kind, api, resources);
            if answer != Served::No {
                break;
            }
        }
        served.insert(*kind, answer);
    }
    Ok(served)
}

/// Whether `kind` can be listed and watched among `resources`.
fn of_api(kind: Kind, api: GroupVersion, resources: &Resources) -> Served {
    let is_it = |resource: &APIResource| {
        let may = |verb: &str| resource.verbs.iter().any(|listed| listed == verb);
        resource.name == kind.plural()
            && resource.kind == kind.name()
            && may("list")
            && may("watch")
    };
    match resources {
        Ok(resources) if resources.iter().any(is_it) => Served::In(api),
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

    /// An API server that answers by path.
    fn client(answer: impl Fn(&str) -> Option<Value> + Clone + Send + 'static) -> Client {
        let service = service_fn(move |request: Request<Body>| {
            let answer = answer.clone();
            async move {
                let failed = json!({"kind": "Status", "status": "Failure", "code": 503, "message": "no endpoints"});
                let unavailable = (StatusCode::SERVICE_UNAVAILABLE, failed);
                let found = answer(request.uri().path()).map(|body| (StatusCode::OK, body));
                let (status, body) = found.unwrap_or(unavailable);
                let response = Response::builder().status(status);
                response.body(Body::from(body.to_string().into_bytes()))
            }
        });
        Client::new(service, "default")
    }

    #[tokio::test]
    async fn the_first_version_counts_that_is_served() {
        let client = client(answer);
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
        let gateway = |version| GroupVersion { group: "gateway.networking.k8s.io", version };
        let expected = [
            (Kind::Gateway, Served::In(gateway("v1beta1"))),
            (Kind::HttpRoute, Served::No),
            (Kind::IngressRoute, Served::No),
            (Kind::Route, Served::Unknown("no endpoints".to_owned())),
            (Kind::ServiceMonitor, Served::In(Kind::ServiceMonitor.api())),
            (Kind::TcpRoute, Served::No),
            (Kind::TlsRoute, Served::In(gateway("v1"))),
        ];
        assert_eq!(served, expected.into());
    }
    const STORED: &str = "crd.projectcalico.org";
    const NATIVE: &str = "projectcalico.org";

    /// Where tiers and global policies are served, when these groups serve them and the agents have this in their environment;
    /// without agents nobody may list them.
    async fn of_calico(groups: &'static [&'static str], agents: Option<&str>) -> [Served; 2] {
        let version = |group: &str| if group == STORED { "v1" } else { "v3" };
        let agents = agents.map(|value| {
            let container = json!({"name": "calico-node", "env": [{"name": "CALICO_API_GROUP", "value": value}]});
            let template = json!({"metadata": {}, "spec": {"containers": [container]}});
            json!({"metadata": {"name": "calico-node"}, "spec": {"selector": {}, "template": template}})
        });
        let client = client(move |path| {
            if path == "/apis" {
                let group = |name: &&str| {
                    let version = version(name);
                    let version =
                        json!({"groupVersion": format!("{name}/{version}"), "version": version});
                    json!({"name": name, "versions": [version]})
                };
                return Some(json!({"groups": groups.iter().map(group).collect::<Vec<_>>()}));
            }
            if path == "/apis/apps/v1/daemonsets" {
                return agents.as_ref().map(|agent| json!({"metadata": {}, "items": [agent]}));
            }
            let all = ["get", "list", "watch"];
            let resources = [
                resource("globalnetworkpolicies", "GlobalNetworkPolicy", &all),
                resource("tiers", "Tier", &all),
            ];
            // The older definitions are one short.
            let count = if path.contains(STORED) { 1 } else { 2 };
            Some(json!({"groupVersion": "", "resources": resources[..count]}))
        });
        let kinds = [Kind::GlobalNetworkPolicy, Kind::Tier];
        let served = served(&client, &kinds).await.unwrap();
        kinds.map(|kind| served.get(&kind).cloned().unwrap())
    }

    #[tokio::test]
    async fn objects_of_calico_count_where_it_keeps_them() {
        let stored = || Served::In(Kind::Tier.api());
        let native = || Served::In(GroupVersion { group: NATIVE, version: "v3" });
        let both: &[&str] = &[NATIVE, STORED];
        let unknown = || Served::Unknown("no endpoints".to_owned());
        for (groups, agents, expected) in [
            (&[][..], None, [Served::No, Served::No]),
            (&[STORED], None, [stored(), Served::No]),
            (&[NATIVE], None, [native(), native()]),
            (both, Some(""), [stored(), Served::No]),
            (both, Some("crd.projectcalico.org/v1"), [stored(), Served::No]),
            (both, Some("projectcalico.org/v3"), [native(), native()]),
            (both, None, [unknown(), unknown()]),
        ] {
            assert_eq!(of_calico(groups, agents).await, expected, "{groups:?} {agents:?}");
        }
    }
}
