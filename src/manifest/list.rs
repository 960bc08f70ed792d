//! Lists of objects: `kind: List` and typed lists such as `NetworkPolicyList`.

use serde_json::Value;

use super::Input;
use super::document::Origin;
use super::spans::{Fault, Spans, Tree, no_object};

/// Puts the object `tree` into `input`, or, when it is a list, its items, which keep their positions.
pub(super) fn spread(origin: &Origin, tree: Tree, input: &mut Input) {
    let Some(list) = list(&tree.value) else {
        input.documents.push(origin.document(tree));
        return;
    };
    match items(tree) {
        Ok(items) => {
            for item in items {
                match item_object(item, &list) {
                    Ok(item) => spread(origin, item, input),
                    Err(fault) => input.errors.push(origin.error(&fault)),
                }
            }
        }
        Err(fault) => input.errors.push(origin.error(&fault)),
    }
}

/// What the items of a list are when they do not say so themselves.
struct List {
    kind: String,
    api_version: Value,
}

/// As for `kubectl`, a list is what has `items` and a kind that ends with `List`.
fn list(value: &Value) -> Option<List> {
    value.get("items")?;
    let kind = value.get("kind")?.as_str()?.strip_suffix("List")?;
    Some(List {
        kind: kind.to_owned(),
        api_version: value.get("apiVersion").cloned().unwrap_or_default(),
    })
}

fn items(tree: Tree) -> Result<Vec<Tree>, Fault> {
    let offset = tree.offset("/items");
    let Value::Object(mut members) = tree.value else {
        return Ok(Vec::new());
    };
    let index = members.keys().position(|key| key == "items");
    let mut places = index
        .and_then(|index| tree.spans.children.into_iter().nth(index))
        .unwrap_or_default()
        .children
        .into_iter();
    match members.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items
            .into_iter()
            .map(|value| Tree {
                value,
                spans: places.next().unwrap_or_else(|| Spans::leaf(offset)),
            })
            .collect()),
        Some(Value::Null) | None => Ok(Vec::new()),
        Some(_) => Err(Fault::new(offset, "the items of a list must be a sequence of objects")),
    }
}

/// The API server leaves `apiVersion` and `kind` out of the items of typed lists.
fn item_object(mut item: Tree, list: &List) -> Result<Tree, Fault> {
    let offset = item.spans.at;
    let Value::Object(members) = &mut item.value else {
        return Err(Fault::new(offset, no_object(&item.value)));
    };
    if !list.kind.is_empty() && !members.contains_key("kind") && !members.contains_key("apiVersion")
    {
        members.insert("kind".to_owned(), list.kind.as_str().into());
        members.insert("apiVersion".to_owned(), list.api_version.clone());
    }
    Ok(item)
}
