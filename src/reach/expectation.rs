//! Connectivity tests: what a team expects of its policies, checked like code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::{Document, Location, ReadError, pointer};
use crate::netpol::Network;

use super::{Ends, Named, PortNamed, Verdict, named, reach};

/// What a connectivity test says, as a file writes it (`kind: ConnectivityTest`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectivityTest {
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "portcullis.dev/v1alpha1"))]
    _api_version: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "ConnectivityTest"))]
    _kind: String,
    #[serde(default, rename = "metadata")]
    _metadata: serde_json::Value,
    tests: Vec<Written>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    name: String,
    from: String,
    to: String,
    #[serde(default)]
    port: Option<PortWritten>,
    expect: Expected,
}

/// `5432` or `5432/TCP`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum PortWritten {
    Number(u16),
    Text(String),
}

/// What is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// The connection is allowed; without a port, on some port.
    Allow,
    /// The connection is denied; without a port, on every port.
    Deny,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Its name.
    pub name: String,
    /// Who connects.
    pub from: Named,
    /// Who is connected to.
    pub to: Named,
    /// The port; `None` for any.
    pub port: Option<PortNamed>,
    /// What is expected.
    pub expected: Expected,
    /// Where it is written.
    pub location: Location,
}

/// What came of one test, in the stable shape of `test --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// What was expected.
    pub expected: Expected,
    /// What the policies say; `unknown` fails.
    pub actual: Verdict,
    /// The policies that decide, as `namespace/name`.
    pub because: Vec<String>,
    /// What stands in the way of an answer, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Outcome {
    /// Whether it is as expected.
    pub fn has_passed(&self) -> bool {
        matches!(
            (self.expected, self.actual),
            (Expected::Allow, Verdict::Allow) | (Expected::Deny, Verdict::Deny)
        )
    }
}

impl Expectation {
    /// Tries it. An end that does not exist fails the test: an assertion about nothing holds nothing.
    pub fn outcome(&self, ends: &Ends<'_>, network: &Network) -> Outcome {
        let answer = reach(ends, network, &self.from, &self.to, self.port);
        let (actual, because, error) = match answer {
            Ok(reach) => (reach.verdict, reach.because(), None),
            Err(error) => (Verdict::Unknown, Vec::new(), Some(error.to_string())),
        };
        Outcome { name: self.name.clone(), expected: self.expected, actual, because, error }
    }
}

/// The tests of a document of kind `ConnectivityTest`; `None` for any other document.
pub fn expectations(document: &Document) -> Option<Result<Vec<Expectation>, Vec<ReadError>>> {
    let value = document.value();
    if value["kind"] != "ConnectivityTest" {
        return None;
    }
    if value["apiVersion"] != "portcullis.dev/v1alpha1" {
        let reason = "a ConnectivityTest is of portcullis.dev/v1alpha1";
        return Some(Err(vec![document.error("/apiVersion", reason)]));
    }
    Some(match serde_path_to_error::deserialize::<_, ConnectivityTest>(value) {
        Err(error) => Err(vec![document.error(&pointer(error.path()), error.inner().to_string())]),
        Ok(test) => read(document, test),
    })
}

fn read(
    document: &Document,
    written: ConnectivityTest,
) -> Result<Vec<Expectation>, Vec<ReadError>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for (index, test) in written.tests.into_iter().enumerate() {
        let at = |field: &str| format!("/tests/{index}/{field}");
        let port = match &test.port {
            None => Ok(None),
            Some(PortWritten::Number(number)) => named::port(&number.to_string()).map(Some),
            Some(PortWritten::Text(port)) => named::port(port).map(Some),
        };
        match (named::from(&test.from), named::from(&test.to), port) {
            (Ok(from), Ok(to), Ok(port)) => found.push(Expectation {
                name: test.name,
                from,
                to,
                port,
                expected: test.expect,
                location: document.location(&format!("/tests/{index}")),
            }),
            (from, to, port) => {
                let wrong = [("from", from.err()), ("to", to.err()), ("port", port.err())];
                errors.extend(
                    wrong
                        .into_iter()
                        .filter_map(|(field, reason)| Some(document.error(&at(field), reason?))),
                );
            }
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}
