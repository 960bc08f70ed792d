//! One finding as reports show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::{Document, Location};
use crate::model::{Finding, RuleLevel};
use crate::object::ObjectRef;

use super::fingerprint::fingerprint;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// The rule.
    pub rule: String,
    /// Its level, uncapped by the mode.
    pub level: RuleLevel,
    /// The object; `None` for findings about the cluster.
    pub resource: Option<Resource>,
    /// JSON pointer to the field; `None` for the whole object.
    pub path: Option<String>,
    /// One sentence.
    pub message: String,
    /// YAML that mends it.
    pub fix: Option<String>,
    /// The same for the same finding in the next run, wherever its lines are by then.
    pub fingerprint: String,
    /// Where it was written; `None` for what no file says.
    pub location: Option<Location>,
    /// The chart template behind it.
    #[serde(skip)]
    pub chart_template: Option<String>,
}

/// An object in a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// The namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// A finding that an exemption silences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Exempted {
    /// The finding.
    #[serde(flatten)]
    pub row: Row,
    /// Why it is exempt.
    pub reason: String,
    /// Until when; `None` for ever.
    pub until: Option<String>,
}

/// What `findings` say, and what of it exemptions silence; `written` tells where an object is written.
pub(super) fn rows<'d>(
    findings: Vec<Finding>,
    written: impl Fn(&ObjectRef) -> Option<&'d Document>,
) -> (Vec<Row>, Vec<Exempted>) {
    let (mut rows, mut exempted) = (Vec::new(), Vec::new());
    for finding in findings {
        let row = Row::new(&finding, finding.subject.as_ref().and_then(&written));
        match finding.exempted {
            Some(exemption) => exempted.push(Exempted {
                row,
                reason: exemption.reason,
                until: exemption.until.map(|until| until.text),
            }),
            None => rows.push(row),
        }
    }
    (rows, exempted)
}

impl Row {
    /// The finding as a report shows it; `document` is what was written about its subject.
    pub fn new(finding: &Finding, document: Option<&Document>) -> Self {
        // The line with the name says more than the first line of a document, which is `apiVersion` or a brace.
        let pointer = if finding.path.is_empty() { "/metadata/name" } else { &finding.path };
        Self {
            rule: finding.rule.name.to_owned(),
            level: finding.level,
            resource: finding.subject.as_ref().map(Resource::from),
            path: (!finding.path.is_empty()).then(|| finding.path.clone()),
            message: finding.message.clone(),
            fix: finding.fix.as_ref().map(crate::model::Fix::to_yaml),
            fingerprint: fingerprint(finding),
            location: document.map(|document| document.location(pointer)),
            chart_template: document.and_then(Document::helm_source).map(str::to_owned),
        }
    }
}

impl From<&ObjectRef> for Resource {
    fn from(reference: &ObjectRef) -> Self {
        Self {
            api_version: reference.kind.api_version(),
            kind: reference.kind.name().to_owned(),
            namespace: reference.namespace.clone(),
            name: reference.name.clone(),
        }
    }
}

/// `NetworkPolicy shop/api`
impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
