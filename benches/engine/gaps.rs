//! The search for a label set that no policy selects, over selectors made to be hard for it.

use portcullis::netpol::{Direction, Families, PolicySpec, coverage};
use serde_json::{Value, json};

use crate::measure::{Effort, measure};

/// A name and the selectors of the policies of one namespace.
type Case = (&'static str, Vec<Value>);

pub(crate) fn search(effort: Effort) {
    println!("\n{:44} {:>10}  {:9} level", "looking for a gap", "time", "decided");
    let families = Families { v4: true, v6: true };
    for (name, selectors) in cases() {
        let policies: Vec<PolicySpec> = selectors.iter().map(policy).collect();
        let policies: Vec<&PolicySpec> = policies.iter().collect();
        let found = coverage(&policies, Direction::Ingress, families);
        let time = measure(effort, || coverage(&policies, Direction::Ingress, families));
        let decided = if found.undecided { "no" } else { "yes" };
        println!("{name:44} {time:10.2}  {decided:9} {}", found.level.name());
    }
}

fn cases() -> Vec<Case> {
    vec![
        ("one default-deny", vec![json!({})]),
        ("200 policies and a default-deny", labelled(200).chain([json!({})]).collect()),
        ("200 policies that each name an app", labelled(200).collect()),
        ("In and NotIn of the same 100 values", complementary(100)),
        ("all corners of 6 labels", corners(6)),
        ("all corners of 6 labels but one", corners(6).split_off(1)),
        ("12 pigeons in 11 holes", pigeons(12)),
    ]
}

fn policy(selector: &Value) -> PolicySpec {
    let spec = json!({"podSelector": selector, "policyTypes": ["Ingress"]});
    serde_json::from_value(spec).expect("a policy was written down")
}

fn labelled(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|index| json!({"matchLabels": {"app": format!("app-{index}")}}))
}

fn expression(key: &str, operator: &str, values: &[String]) -> Value {
    json!({"key": key, "operator": operator, "values": values})
}

/// Two policies that cover everything together.
fn complementary(count: usize) -> Vec<Value> {
    let values: Vec<String> = (0..count).map(|index| format!("app-{index}")).collect();
    ["In", "NotIn"]
        .map(|operator| json!({"matchExpressions": [expression("app", operator, &values)]}))
        .to_vec()
}

/// Each label is there or not: one policy for every combination.
fn corners(labels: u32) -> Vec<Value> {
    let corner = |corner: u32| {
        let expressions: Vec<Value> = (0..labels)
            .map(|label| {
                let operator = if corner >> label & 1 == 1 { "Exists" } else { "DoesNotExist" };
                expression(&format!("label-{label}"), operator, &[])
            })
            .collect();
        json!({"matchExpressions": expressions})
    };
    (0..1 << labels).map(corner).collect()
}

/// One label for each pigeon, whose value is its hole: no label may be absent or name no hole, and no two be equal. There is
/// no such assignment, which is notoriously hard to see by search.
fn pigeons(count: usize) -> Vec<Value> {
    let holes: Vec<String> = (1..count).map(|hole| hole.to_string()).collect();
    let key = |pigeon: usize| format!("pigeon-{pigeon}");
    let homeless = (0..count)
        .map(|pigeon| json!({"matchExpressions": [expression(&key(pigeon), "NotIn", &holes)]}));
    let pairs = (0..count).flat_map(|second| (0..second).map(move |first| (first, second)));
    let shared = pairs.flat_map(|(first, second)| {
        let hole = |hole: &String| json!({"matchLabels": {key(first): hole, key(second): hole}});
        holes.iter().map(hole).collect::<Vec<_>>()
    });
    homeless.chain(shared).collect()
}
