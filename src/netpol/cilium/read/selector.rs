//! Label selectors.

use serde_json::Value;

use super::{Fields, Reading, field};
use crate::netpol::cilium::key::Key;
use crate::netpol::cilium::selector::{Asked, EndpointSelector};
use crate::netpol::{Operator, is_label_key, is_label_value};

impl Reading {
    /// A selector; one that Cilium would refuse leaves a doubt.
    pub(super) fn selector(&mut self, value: &Value) -> EndpointSelector {
        let read = value.as_object().and_then(read);
        if read.is_none() {
            self.doubt();
        }
        read.map_or(EndpointSelector::Unreadable, EndpointSelector::All)
    }
}

fn read(fields: &Fields) -> Option<Vec<Asked>> {
    if fields.keys().any(|name| name != "matchLabels" && name != "matchExpressions") {
        return None;
    }
    let mut asked = Vec::new();
    if let Some(labels) = field(fields, "matchLabels") {
        for (key, value) in labels.as_object()? {
            let value = value.as_str()?;
            asked.push(checked(key, "In", vec![value], true)?);
        }
    }
    if let Some(expressions) = field(fields, "matchExpressions") {
        for expression in expressions.as_array()? {
            let fields = expression.as_object()?;
            let (key, operator) = (field(fields, "key")?.as_str()?, field(fields, "operator")?);
            let values = match field(fields, "values") {
                None => Vec::new(),
                Some(values) => {
                    values.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?
                }
            };
            asked.push(checked(key, operator.as_str()?, values, false)?);
        }
    }
    Some(asked)
}

/// What is asked of one key, as apimachinery's `ValidateLabelSelectorRequirement` has it.
fn checked(key: &str, operator: &str, values: Vec<&str>, is_match_label: bool) -> Option<Asked> {
    let key = Key::read(key);
    let is_legal = is_label_key(&key.name) && values.iter().all(|value| is_label_value(value));
    let is_empty = values.is_empty();
    let values = values.into_iter().map(str::to_owned).collect();
    let operator = match operator {
        "DoesNotExist" if is_empty => Operator::DoesNotExist,
        "Exists" if is_empty => Operator::Exists,
        "In" if !is_empty => Operator::In(values),
        "NotIn" if !is_empty => Operator::NotIn(values),
        _ => return None,
    };
    is_legal.then_some(Asked { key, operator, is_match_label })
}
