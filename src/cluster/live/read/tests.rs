//! Which version is read.

use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use kube::client::Body;
use kube::{Client, Error};
use serde_json::json;
use tower::service_fn;

use super::list_if_served;
use crate::object::{GroupVersion, Kind};

/// An API server that serves one object by this path, and answers others with `otherwise`; the paths that were asked for.
fn serving(path: &'static str, otherwise: StatusCode) -> (Client, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let service = service_fn(move |request: Request<Body>| {
        let found = request.uri().path() == path;
        seen.lock().unwrap().push(request.uri().path().to_owned());
        async move {
            let list = json!({"metadata": {}, "items": [{"metadata": {"name": "web", "namespace": "shop"}}]});
            let code = otherwise.as_u16();
            let failed =
                json!({"kind": "Status", "status": "Failure", "code": code, "message": "no"});
            let (status, body) = if found { (StatusCode::OK, list) } else { (otherwise, failed) };
            let response = Response::builder().status(status);
            response.body(Body::from(body.to_string().into_bytes()))
        }
    });
    (Client::new(service, "default"), asked)
}

fn apis() -> Vec<GroupVersion> {
    Kind::HttpRoute.apis().collect()
}

const OWN: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
const OLDER: &str = "/apis/gateway.networking.k8s.io/v1beta1/namespaces/shop/httproutes";

#[tokio::test]
async fn the_first_version_that_is_served_is_read() {
    for (path, asked) in [(OWN, vec![OWN]), (OLDER, vec![OWN, OLDER])] {
        let (client, seen) = serving(path, StatusCode::NOT_FOUND);
        let (kind, found) = list_if_served(&client, Kind::HttpRoute, apis(), "shop").await.unwrap();
        assert_eq!((kind, found.len()), (Kind::HttpRoute, 1));
        assert_eq!(*seen.lock().unwrap(), asked);
    }
}

#[tokio::test]
async fn what_is_served_in_no_version_has_no_objects() {
    let (client, seen) = serving("/nowhere", StatusCode::NOT_FOUND);
    let (_, found) = list_if_served(&client, Kind::HttpRoute, apis(), "shop").await.unwrap();
    assert!(found.is_empty());
    assert_eq!(*seen.lock().unwrap(), [OWN, OLDER]);
}

#[tokio::test]
async fn what_may_not_be_read_is_not_taken_for_missing() {
    let (client, seen) = serving(OLDER, StatusCode::FORBIDDEN);
    let failed = list_if_served(&client, Kind::HttpRoute, apis(), "shop").await.unwrap_err();
    assert!(matches!(failed, Error::Api(status) if status.code == 403));
    assert_eq!(*seen.lock().unwrap(), [OWN]);
}
