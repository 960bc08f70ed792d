//! The law of selectors: what ours matches is what the API server lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{ListParams, PostParams};
use portcullis::netpol::{Labels, Selector};
use serde_json::{Value, json};

use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![selectors_match_what_the_api_server_lists];

const SEED: u64 = 0x5e1e_c704;
const OBJECTS: usize = 200;
const SELECTORS: usize = 2000;
/// Requests under way at once.
const AT_ONCE: usize = 8;

/// Few, so that objects and selectors meet; a prefix, upper case, and a key that begins like another.
const KEYS: [&str; 6] =
    ["app", "app.kubernetes.io/name", "apps", "App", "tier", "example.com/a_b.c-D"];
/// The empty value is one, and numbers are texts.
const VALUES: [&str; 6] = ["", "web", "Web", "web-1", "1", "01"];

/// A selector as `LIST` takes it, and as a policy holds it.
struct Case {
    query: String,
    selector: Value,
}

async fn selectors_match_what_the_api_server_lists(stage: &Stage) -> Result<()> {
    let mut random = Rng::with_seed(SEED);
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    let maps: Api<ConfigMap> = Api::namespaced(stage.client.clone(), &shop);
    let objects: BTreeMap<String, Labels> =
        (0..OBJECTS).map(|number| (format!("object-{number}"), labels(&mut random))).collect();
    stream::iter(objects.clone())
        .map(|(name, labels)| create(maps.clone(), name, labels))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;

    let cases: Vec<Case> = (0..SELECTORS).map(|_| Case::any(&mut random)).collect();
    let objects = Arc::new(objects);
    let selected: Vec<usize> = stream::iter(cases)
        .map(|case| case.agrees(maps.clone(), Arc::clone(&objects)))
        .buffered(AT_ONCE)
        .try_collect()
        .await
        .with_context(|| format!("seed {SEED:#x}"))?;
    // Or nothing would have been compared.
    let telling = selected.iter().filter(|count| (1..OBJECTS).contains(*count)).count();
    ensure!(telling > SELECTORS / 2, "only {telling} of {SELECTORS} selectors tell objects apart");
    Ok(())
}

async fn create(maps: Api<ConfigMap>, name: String, labels: Labels) -> Result<()> {
    let map = serde_json::from_value(json!({"metadata": {"name": name, "labels": labels}}))?;
    maps.create(&PostParams::default(), &map).await?;
    Ok(())
}

fn labels(random: &mut Rng) -> Labels {
    let mut labels = Labels::default();
    for key in KEYS {
        if random.bool() {
            labels.insert(key, value(random));
        }
    }
    labels
}

fn value(random: &mut Rng) -> &'static str {
    VALUES[random.usize(..VALUES.len())]
}

impl Case {
    /// One to three requirements; of one key as well, so that they may contradict each other.
    fn any(random: &mut Rng) -> Self {
        let mut query = Vec::new();
        let mut equal = serde_json::Map::new();
        let mut expressions = Vec::new();
        for _ in 0..random.usize(1..=3) {
            let key = KEYS[random.usize(..KEYS.len())];
            let values: BTreeSet<&str> = (0..random.usize(1..=3)).map(|_| value(random)).collect();
            let list = values.iter().copied().collect::<Vec<_>>().join(",");
            let mut expression = |operator: &str, values: Option<&BTreeSet<&str>>| {
                expressions.push(match values {
                    Some(values) => json!({"key": key, "operator": operator, "values": values}),
                    None => json!({"key": key, "operator": operator}),
                });
            };
            match random.u8(..5) {
                0 if !equal.contains_key(key) => {
                    let value = value(random);
                    equal.insert(key.to_owned(), json!(value));
                    query.push(format!("{key}={value}"));
                }
                0 | 1 => {
                    expression("In", Some(&values));
                    query.push(format!("{key} in ({list})"));
                }
                2 => {
                    expression("NotIn", Some(&values));
                    query.push(format!("{key} notin ({list})"));
                }
                3 => {
                    expression("Exists", None);
                    query.push(key.to_owned());
                }
                _ => {
                    expression("DoesNotExist", None);
                    query.push(format!("!{key}"));
                }
            }
        }
        let selector = json!({"matchLabels": equal, "matchExpressions": expressions});
        Self { query: query.join(","), selector }
    }

    /// How many objects it selects; an error when the API server selects others.
    async fn agrees(
        self,
        maps: Api<ConfigMap>,
        objects: Arc<BTreeMap<String, Labels>>,
    ) -> Result<usize> {
        let selector: Selector = serde_json::from_value(self.selector.clone())?;
        let ours: BTreeSet<&str> = objects
            .iter()
            .filter(|(_, labels)| selector.matches(labels))
            .map(|(name, _)| name.as_str())
            .collect();
        let listed = maps.list_metadata(&ListParams::default().labels(&self.query)).await?;
        let listed = listed.items.into_iter().filter_map(|map| map.metadata.name);
        // Kubernetes puts one of its own into every namespace.
        let listed: BTreeSet<String> = listed.filter(|name| name != "kube-root-ca.crt").collect();
        let differ: Vec<&str> = ours
            .iter()
            .copied()
            .filter(|name| !listed.contains(*name))
            .chain(listed.iter().map(String::as_str).filter(|name| !ours.contains(name)))
            .collect();
        ensure!(
            differ.is_empty(),
            "{} as {}: only one of us selects {differ:?}, of which the first has {}",
            self.selector,
            self.query,
            objects[differ[0]]
        );
        Ok(ours.len())
    }
}
