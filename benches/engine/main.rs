//! What the engine costs, without a server: the read of a review, its judgement in a small and in a large World, a new World
//! after an event, and the search for a gap between selectors made to be hard.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files and the time")]

mod calico;
mod cilium;
#[path = "../common/cluster.rs"]
mod cluster;
mod effects;
mod gaps;
mod growth;
mod measure;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use portcullis::engine::evaluate;
use portcullis::model::{Change, Now, Settings, World};
use portcullis::object::{Kind, Object};
use portcullis::review::{Asked, Envelope, change};
use serde_json::Value;

use cluster::Size;
use growth::Words;
use measure::{Effort, measure, memory};

const REVIEWS: [&str; 7] = [
    "namespace-create",
    "namespace-update",
    "policy-create",
    "policy-update",
    "deployment-create",
    "deployment-update",
    "pod-create",
];

fn main() -> Result<()> {
    let effort = Effort::of_arguments();
    let reviews: Vec<_> = REVIEWS.map(recorded).into_iter().collect::<Result<_>>()?;
    println!("microseconds, the median of {effort}\n");
    if measure::wants("reading") {
        reading(effort, &reviews)?;
    }
    if measure::wants("judging") {
        judging(effort, &reviews)?;
    }
    if measure::wants("gaps") {
        gaps::search(effort);
    }
    let largest = if effort.is_short() { 1 } else { 8 };
    if measure::wants("connections") {
        growth::growth(Words::Kubernetes, largest)?;
    }
    if measure::wants("effects") {
        effects::effects()?;
    }
    if measure::wants("cilium") {
        growth::growth(Words::Cilium, largest)?;
    }
    if measure::wants("calico") {
        growth::growth(Words::Calico, largest)?;
    }
    Ok(())
}

fn recorded(name: &'static str) -> Result<(&'static str, Vec<u8>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/reviews")
        .join(name)
        .with_extension("json");
    let body = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    // The owner that the World knows, as it would in a cluster.
    let review: Value = serde_json::from_slice(&body)?;
    let owner = &review["request"]["object"]["metadata"]["ownerReferences"][0]["uid"];
    let Some(owner) = owner.as_str() else { return Ok((name, body)) };
    let body = String::from_utf8(body)?.replace(owner, cluster::REPLICA_SET_UID);
    Ok((name, body.into_bytes()))
}

/// From the bytes to the change, beside what serde needs to build all of it as a tree.
fn reading(effort: Effort, reviews: &[(&str, Vec<u8>)]) -> Result<()> {
    println!("{:24} {:>10} {:>10} {:>10}", "reading a review", "bytes", "to change", "to tree");
    for (name, body) in reviews {
        read(body)?;
        let to_change = measure(effort, || read(body).ok());
        let to_tree = measure(effort, || serde_json::from_slice::<Value>(body).ok());
        println!("{name:24} {:10} {to_change:10.2} {to_tree:10.2}", body.len());
    }
    Ok(())
}

fn read(body: &[u8]) -> Result<Change> {
    let envelope = Envelope::read(body)?;
    match change(&envelope) {
        Ok(Asked::Change(change)) => Ok(*change),
        Ok(Asked::Nothing(why)) => bail!("{why} is not judged"),
        Err(reason) => bail!(reason),
    }
}

/// The verdict, and a new World after one event, in both Worlds: the columns must not differ.
fn judging(effort: Effort, reviews: &[(&str, Vec<u8>)]) -> Result<()> {
    let before = memory()?;
    let small = world(Size::Small)?;
    let middle = memory()?;
    let large = world(Size::Large)?;
    let after = memory()?;
    println!("\nsmall: {}, {} MiB", Size::Small, middle - before);
    println!("large: {}, {} MiB", Size::Large, after - middle);
    println!("{:24} {:>10} {:>10} {:>10}", "judging a review", "small", "large", "ratio");
    let settings = Settings::default();
    let now = Now("2026-11-22T12:00:00Z".parse()?);
    for (name, body) in reviews {
        let change = read(body)?;
        let [small, large] = [&small, &large]
            .map(|world| measure(effort, || evaluate(&settings, world, &change, now)));
        println!("{name:24} {small:10.2} {large:10.2} {:10.2}", large / small);
    }
    println!("\n{:24} {:>10} {:>10} {:>10}", "a new World", "small", "large", "ratio");
    for (name, body) in reviews {
        let Some(object) = read(body)?.after else { continue };
        let [small, large] = [&small, &large].map(|world| {
            measure(effort, || {
                let mut next = world.clone();
                next.put(object.clone());
                next
            })
        });
        println!("{name:24} {small:10.2} {large:10.2} {:10.2}", large / small);
    }
    Ok(())
}

fn world(size: Size) -> Result<World> {
    let mut world = World::live();
    for value in cluster::objects(size) {
        let text = |field: &str| value[field].as_str().unwrap_or_default();
        let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", "v1"));
        let kind = Kind::of_parts(group, version, text("kind")).context("a kind that is read")?;
        world.put(Object::from_value(kind, &value)?);
    }
    Ok(world)
}
