//! A workload that comes right behind its managed namespace.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::engine::Need;
use crate::model::{Requester, Settings, World};
use crate::object::{Kind, Object};
use crate::sample::settings;
use crate::webhook::{Endpoint, Gate, Knowledge, Metrics, RuleGate};

/// A cluster in which something happens.
struct Coming {
    world: watch::Sender<Arc<World>>,
    has_controller: bool,
    asked: AtomicUsize,
}

impl Knowledge for Arc<Coming> {
    fn world(&self) -> Option<Arc<World>> {
        Some(Arc::clone(&self.world.borrow()))
    }

    fn unready(&self) -> Option<String> {
        None
    }

    async fn confirm(&self, _: &World, _: &BTreeSet<Need>, _: Instant) -> Result<World, String> {
        Ok(self.world.borrow().as_ref().clone())
    }

    async fn follows(&self, world: &Arc<World>) {
        let mut worlds = self.world.subscribe();
        let _ = worlds.wait_for(|other| !Arc::ptr_eq(other, world)).await;
    }

    async fn has_controller(&self, _: Instant) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.has_controller
    }

    async fn may_loosen(&self, _: &Requester, _: &str, _: Instant) -> Result<bool, String> {
        Ok(false)
    }
}

fn shop(declaration: &str) -> World {
    let labels = json!({"portcullis.dev/default-deny": declaration, "name": "shop"});
    let namespace = json!({"metadata": {"name": "shop", "labels": labels}});
    let mut world = World::live();
    world.put(Object::from_value(Kind::Namespace, &namespace).unwrap());
    world
}

fn provisioned(settings: &Settings, world: &World) -> World {
    let mut world = world.clone();
    let view = world.namespace("shop").unwrap();
    for policy in crate::provision::desired(settings, &world.clone(), view).policies {
        world.put(Object::from_value(Kind::NetworkPolicy, &policy.managed("shop")).unwrap());
    }
    world
}

fn review(dry_run: bool) -> Bytes {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}});
    let object =
        json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": template}});
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "operation": "CREATE", "name": "web", "namespace": "shop", "dryRun": dry_run,
            "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
            "userInfo": {"username": "jane"}, "object": object
        }
    });
    Bytes::from(serde_json::to_vec(&review).unwrap())
}

const ENABLED: &str = "controller: {enabled: true, templates: [allow-same-namespace]}";

struct Answer {
    allowed: bool,
    message: String,
    asked: usize,
    took: Duration,
}

/// What is answered within `time` about a Deployment; the World becomes `later` 50 milliseconds after the question.
async fn asked(
    settings: Settings,
    (before, later): (World, Option<World>),
    has_controller: bool,
    dry_run: bool,
    time: Duration,
) -> Answer {
    let (world, _) = watch::channel(Arc::new(before));
    let coming = Arc::new(Coming { world, has_controller, asked: AtomicUsize::new(0) });
    let gate = RuleGate::new(Arc::new(settings), Arc::clone(&coming), Arc::new(Metrics::new()));
    let start = Instant::now();
    let happens = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(later) = later {
            coming.world.send_replace(Arc::new(later));
        }
    };
    let decided = gate.decide(Endpoint::Validate, review(dry_run), start + time);
    let (reply, ()) = tokio::join!(decided, happens);
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    let response = &answer["response"];
    Answer {
        allowed: response["allowed"] == true,
        message: response["status"]["message"].as_str().unwrap_or_default().to_owned(),
        asked: coming.asked.load(Ordering::Relaxed),
        took: start.elapsed(),
    }
}

const LONG: Duration = Duration::from_mins(1);
/// 700 milliseconds of it are left for the answer.
const SHORT: Duration = Duration::from_millis(900);

#[tokio::test]
async fn it_is_admitted_once_the_controller_has_written_the_policies() {
    let before = shop("managed");
    let later = provisioned(&settings(ENABLED), &before);
    let answer = asked(settings(ENABLED), (before, Some(later)), true, false, LONG).await;
    assert!(answer.allowed, "{}", answer.message);
    assert!(answer.took < Duration::from_secs(30), "{:?}", answer.took);
}

#[tokio::test]
async fn it_is_refused_in_time_when_nothing_comes() {
    let mut other = shop("managed");
    let elsewhere = json!({"metadata": {"name": "elsewhere"}});
    other.put(Object::from_value(Kind::Namespace, &elsewhere).unwrap());
    let answer = asked(settings(ENABLED), (shop("managed"), Some(other)), true, false, SHORT).await;
    assert!(!answer.allowed);
    let expected = "; the namespace is managed, and the controller has not written its policies yet; try again";
    assert!(answer.message.contains(expected), "{}", answer.message);
    assert!(answer.took >= Duration::from_millis(200) && answer.took < SHORT, "{:?}", answer.took);
}

#[tokio::test]
async fn nobody_waits_for_a_controller_that_is_not_at_work() {
    let answer = asked(settings(ENABLED), (shop("managed"), None), false, false, LONG).await;
    assert!(!answer.allowed && answer.took < Duration::from_secs(30));
    assert!(answer.message.contains("no controller is at work"), "{}", answer.message);
}

#[tokio::test]
async fn only_what_the_controller_is_about_to_lift_waits() {
    let open = json!({
        "metadata": {"name": "open", "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]},
    });
    let mut neutralised = provisioned(&settings(ENABLED), &shop("managed"));
    neutralised.put(Object::from_value(Kind::NetworkPolicy, &open).unwrap());
    for (settings, world, dry_run, allowed) in [
        (settings(ENABLED), shop("self"), false, false),
        (settings(ENABLED), shop("managed"), true, true),
        (settings(&format!("mode: warn\n{ENABLED}")), shop("managed"), false, true),
        (settings(""), shop("managed"), false, false),
        (settings(ENABLED), neutralised, false, false),
        (settings(ENABLED), provisioned(&settings(ENABLED), &shop("managed")), false, true),
    ] {
        let answer = asked(settings, (world, None), true, dry_run, LONG).await;
        assert_eq!((answer.allowed, answer.asked), (allowed, 0), "{}", answer.message);
        assert!(!answer.message.contains("is managed"), "{}", answer.message);
    }
}
