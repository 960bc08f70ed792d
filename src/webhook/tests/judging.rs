//! The gate over knowledge that is written down in the test.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::engine::Need;
use crate::model::{Mode, Requester, Settings, World};
use crate::object::{Kind, Object};
use crate::webhook::{Endpoint, Gate, Knowledge, Metrics, Reply, RuleGate};

/// What was seen some time ago, and what a live read shows; `None` where it fails.
struct Seen {
    before: Option<World>,
    live: Option<World>,
    reads: AtomicUsize,
}

impl Knowledge for Arc<Seen> {
    fn world(&self) -> Option<Arc<World>> {
        self.before.clone().map(Arc::new)
    }

    fn unready(&self) -> Option<String> {
        self.before.is_none().then(|| "nothing was seen".to_owned())
    }

    async fn confirm(
        &self,
        _: &World,
        needs: &BTreeSet<Need>,
        _: Instant,
    ) -> Result<World, String> {
        assert!(!needs.is_empty());
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.live.clone().ok_or_else(|| "the API server is away".to_owned())
    }

    async fn may_loosen(&self, by: &Requester, _: &str, _: Instant) -> Result<bool, String> {
        match by.name.as_str() {
            "root" => Ok(true),
            "jane" => Ok(false),
            _ => Err("the API server is away".to_owned()),
        }
    }
}

fn object(kind: Kind, value: &Value) -> Object {
    Object::from_value(kind, value).unwrap()
}

pub(super) fn shop() -> Object {
    let labels = json!({"portcullis.dev/default-deny": "self", "name": "shop"});
    object(Kind::Namespace, &json!({"metadata": {"name": "shop", "labels": labels}}))
}

fn default_deny() -> Object {
    let metadata = json!({"name": "default-deny", "namespace": "shop"});
    let spec = json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
    object(Kind::NetworkPolicy, &json!({"metadata": metadata, "spec": spec}))
}

pub(super) fn world(objects: impl IntoIterator<Item = Object>) -> World {
    let mut world = World::live();
    objects.into_iter().for_each(|object| world.put(object));
    world
}

fn review(kind: &str, group: &str, name: &str, object: &Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "operation": "CREATE", "name": name, "namespace": "shop",
            "kind": {"group": group, "version": "v1", "kind": kind},
            "userInfo": {"username": "jane"}, "object": object
        }
    })
}

pub(super) fn deployment() -> Value {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}});
    let object =
        json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": template}});
    review("Deployment", "apps", "web", &object)
}

fn namespace() -> Value {
    review("Namespace", "", "shop", &json!({"metadata": {"name": "shop"}}))
}

struct Judged {
    status: StatusCode,
    answer: Value,
    reads: usize,
    metrics: String,
}

async fn judged(
    mode: Mode,
    before: Option<World>,
    live: Option<World>,
    endpoint: Endpoint,
    review: &Value,
) -> Judged {
    let settings = Settings { mode, ..Settings::default() };
    let metrics = Arc::new(Metrics::new());
    let seen = Arc::new(Seen { before, live, reads: AtomicUsize::new(0) });
    let gate = RuleGate::new(Arc::new(settings), Arc::clone(&seen), Arc::clone(&metrics));
    let body = Bytes::from(serde_json::to_vec(review).unwrap());
    let deadline = Instant::now() + Duration::from_secs(5);
    let Reply { status, body, .. } = gate.decide(endpoint, body, deadline).await;
    Judged {
        status,
        answer: serde_json::from_slice(&body).unwrap_or_default(),
        reads: seen.reads.load(Ordering::Relaxed),
        metrics: metrics.encode().unwrap(),
    }
}

#[tokio::test]
async fn a_policy_that_the_cache_has_not_seen_yet_releases_the_workload() {
    let (cached, live) = (world([shop()]), world([shop(), default_deny()]));
    let judged =
        judged(Mode::Enforce, Some(cached), Some(live), Endpoint::Validate, &deployment()).await;
    assert_eq!(judged.answer["response"]["allowed"], true, "{}", judged.answer);
    assert_eq!(judged.reads, 1);
}

#[tokio::test]
async fn a_covered_workload_needs_no_live_read() {
    let cached = world([shop(), default_deny()]);
    let judged = judged(Mode::Enforce, Some(cached), None, Endpoint::Validate, &deployment()).await;
    assert_eq!(judged.answer["response"]["allowed"], true, "{}", judged.answer);
    assert_eq!(judged.reads, 0);
}

#[tokio::test]
async fn a_confirmed_denial_says_everything() {
    let cached = world([shop()]);
    let judged = judged(
        Mode::Enforce,
        Some(cached.clone()),
        Some(cached),
        Endpoint::Validate,
        &deployment(),
    )
    .await;
    let response = &judged.answer["response"];
    assert_eq!((&response["uid"], &response["allowed"]), (&json!("u-1"), &json!(false)));
    let status = &response["status"];
    assert_eq!((&status["code"], &status["reason"]), (&json!(403), &json!("Forbidden")));
    let message = status["message"].as_str().unwrap();
    assert!(message.starts_with("uncovered-workload: "), "{message}");
    assert!(message.ends_with("portcullis explain uncovered-workload"), "{message}");
    assert_eq!(status["details"]["name"], "web");
    assert_eq!(status["details"]["causes"][0]["reason"], "uncovered-workload");
    assert_eq!(response["auditAnnotations"]["decision"], "deny");
    let counted = r#"portcullis_reviews_total{endpoint="validate",operation="CREATE",kind="Deployment",decision="deny"} 1"#;
    assert!(judged.metrics.contains(counted), "{}", judged.metrics);
}

#[tokio::test]
async fn of_an_old_state_nothing_is_taken_for_granted() {
    let covered = || world([shop(), default_deny()]);
    let judged = |live| {
        let old = covered().old();
        async { judged(Mode::Enforce, Some(old), live, Endpoint::Validate, &deployment()).await }
    };
    let still = judged(Some(covered())).await;
    assert_eq!(still.answer["response"]["allowed"], true, "{}", still.answer);
    assert_eq!(still.reads, 1);
    let meanwhile = judged(Some(world([shop()]))).await;
    assert_eq!(meanwhile.answer["response"]["allowed"], false, "{}", meanwhile.answer);
    assert_eq!(judged(None).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn without_a_live_read_there_is_no_verdict() {
    let judged =
        judged(Mode::Enforce, Some(world([shop()])), None, Endpoint::Validate, &deployment()).await;
    assert_eq!(judged.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_capped_denial_is_counted_and_denies_nobody() {
    for (mode, warns) in [(Mode::Warn, true), (Mode::Audit, false)] {
        let cached = world([shop()]);
        let judged = judged(mode, Some(cached), None, Endpoint::Validate, &deployment()).await;
        let response = &judged.answer["response"];
        assert_eq!(response["allowed"], true);
        assert_eq!(response.get("warnings").is_some(), warns, "{response}");
        let counted = r#"portcullis_would_deny_total{rule="uncovered-workload"} 1"#;
        assert!(judged.metrics.contains(counted), "{}", judged.metrics);
    }
}

#[tokio::test]
async fn labels_are_added_and_nothing_in_the_mode_audit() {
    for (mode, patches) in [(Mode::Enforce, true), (Mode::Warn, true), (Mode::Audit, false)] {
        let judged = judged(mode, Some(World::live()), None, Endpoint::Mutate, &namespace()).await;
        let response = &judged.answer["response"];
        assert_eq!(response["allowed"], true);
        assert_eq!(response.get("patch").is_some(), patches, "{response}");
        assert_eq!(response.get("patchType").is_some(), patches, "{response}");
    }
}

#[tokio::test]
async fn an_object_that_nobody_has_validated_yet_is_left_to_the_api_server() {
    let object = json!({"metadata": {"name": "shop", "labels": {"a": 5}}});
    let review = review("Namespace", "", "shop", &object);
    let at = |endpoint| judged(Mode::Enforce, Some(World::live()), None, endpoint, &review);
    let mutated = at(Endpoint::Mutate).await.answer;
    assert_eq!(mutated["response"]["allowed"], true, "{mutated}");
    let validated = at(Endpoint::Validate).await.answer;
    assert_eq!(validated["response"]["status"]["code"], 400, "{validated}");
    assert_eq!(validated["response"]["uid"], "u-1");
}

#[tokio::test]
async fn nothing_is_judged_before_everything_was_seen() {
    let judged = judged(Mode::Enforce, None, None, Endpoint::Validate, &namespace()).await;
    assert_eq!(judged.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn what_is_no_review_is_400_or_answered_to_its_uid() {
    let garbage = json!([]);
    let garbage = judged(Mode::Enforce, Some(World::live()), None, Endpoint::Validate, &garbage);
    assert_eq!(garbage.await.status, StatusCode::BAD_REQUEST);
    let mut old = namespace();
    old["apiVersion"] = json!("admission.k8s.io/v1beta1");
    let old = judged(Mode::Enforce, Some(World::live()), None, Endpoint::Validate, &old).await;
    assert_eq!(old.status, StatusCode::OK);
    assert_eq!(old.answer["response"]["uid"], "u-1");
    assert_eq!(old.answer["response"]["allowed"], false);
}

#[tokio::test]
async fn loosening_is_for_those_of_whom_the_api_server_says_so() {
    let before = json!({"metadata": {"name": "shop", "labels": {"portcullis.dev/default-deny": "self", "name": "shop"}}});
    for (user, allowed, said) in [
        ("root", true, "becomes weaker"),
        ("jane", false, "jane lacks the verb exempt on namespaces.portcullis.dev shop"),
        ("john", false, "could not be found out"),
    ] {
        let mut review = namespace();
        review["request"]["operation"] = json!("UPDATE");
        review["request"]["oldObject"] = before.clone();
        review["request"]["userInfo"]["username"] = json!(user);
        let world = world([shop(), default_deny()]);
        let judged =
            judged(Mode::Enforce, Some(world.clone()), Some(world), Endpoint::Validate, &review)
                .await;
        let response = &judged.answer["response"];
        assert_eq!(response["allowed"], json!(allowed), "{user}: {response:#}");
        assert!(response.to_string().contains(said), "{user}: {response:#}");
    }
}
