//! How the `spec` and the `specs` of an object are read.
//!
//! The API server prunes what the CRD does not know and drops nulls; Cilium refuses whole objects (`Rule.Validate`). So
//! nothing is an error here: a part that cannot be read becomes one that may mean anything, and makes the policy doubtful.

mod block;
mod peers;
mod ports;
mod selector;

use serde_json::{Map, Value};

use super::peer::{Peer, Peers};
use super::policy::{Rule, Section, Spec, Specs, Subject};
use super::port::Ports;
use super::selector::EndpointSelector;
use crate::netpol::Direction;

/// What a spec may say.
const SPEC: [&str; 10] = [
    "description",
    "egress",
    "egressDeny",
    "enableDefaultDeny",
    "endpointSelector",
    "ingress",
    "ingressDeny",
    "labels",
    "log",
    "nodeSelector",
];

/// Fields of an object.
type Fields = Map<String, Value>;

/// What is noticed on the way.
#[derive(Debug, Default)]
struct Reading {
    is_doubtful: bool,
}

impl Reading {
    /// Cilium refuses it, or it cannot be read.
    fn doubt(&mut self) {
        self.is_doubtful = true;
    }
}

/// A field; null is like missing.
fn field<'v>(fields: &'v Fields, name: &str) -> Option<&'v Value> {
    fields.get(name).filter(|value| !value.is_null())
}

impl Specs {
    /// Reads the fields `spec` and `specs` of an object, both optional.
    pub fn read(spec: Option<&Value>, specs: Option<&Value>) -> Self {
        let mut reading = Reading::default();
        let mut read: Vec<Spec> = Vec::new();
        read.extend(spec.filter(|spec| !spec.is_null()).map(|spec| reading.spec(spec)));
        match specs {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => read.extend(items.iter().map(|item| reading.spec(item))),
            Some(_) => {
                reading.doubt();
                read.push(Spec::unreadable());
            }
        }
        Self { specs: read, is_doubtful: reading.is_doubtful }
    }
}

impl Reading {
    fn spec(&mut self, value: &Value) -> Spec {
        let Value::Object(fields) = value else {
            self.doubt();
            return Spec::unreadable();
        };
        if fields.keys().any(|name| !SPEC.contains(&name.as_str())) {
            self.doubt();
        }
        let subject = match (field(fields, "endpointSelector"), field(fields, "nodeSelector")) {
            (Some(pods), None) => Subject::Pods(self.selector(pods)),
            (None, Some(_)) => Subject::Nodes,
            _ => {
                self.doubt();
                Subject::Pods(EndpointSelector::Unreadable)
            }
        };
        let ingress = self.section(fields, Direction::Ingress);
        let egress = self.section(fields, Direction::Egress);
        Spec { subject, ingress, egress }
    }

    fn section(&mut self, fields: &Fields, direction: Direction) -> Section {
        let (allow, deny) = match direction {
            Direction::Ingress => ("ingress", "ingressDeny"),
            Direction::Egress => ("egress", "egressDeny"),
        };
        let default_deny = match field(fields, "enableDefaultDeny") {
            None => None,
            Some(Value::Object(directions)) => match field(directions, allow) {
                None => None,
                Some(Value::Bool(written)) => Some(*written),
                Some(_) => {
                    self.doubt();
                    None
                }
            },
            Some(_) => {
                self.doubt();
                None
            }
        };
        let allow = self.rules(field(fields, allow), direction);
        let deny = self.rules(field(fields, deny), direction);
        Section { default_deny, allow, deny }
    }

    fn rules(&mut self, rules: Option<&Value>, direction: Direction) -> Vec<Rule> {
        match rules {
            None => Vec::new(),
            Some(Value::Array(rules)) => {
                rules.iter().map(|rule| self.rule(rule, direction)).collect()
            }
            Some(_) => {
                self.doubt();
                vec![Rule::unreadable()]
            }
        }
    }

    fn rule(&mut self, rule: &Value, direction: Direction) -> Rule {
        let Value::Object(fields) = rule else {
            self.doubt();
            return Rule::unreadable();
        };
        let ports = self.ports(fields, direction);
        let requires = self.requires(fields, direction);
        let is_authenticated = match field(fields, "authentication") {
            None => false,
            Some(authentication) => authentication.get("mode") != Some(&"disabled".into()),
        };
        Rule { peers: self.peers(fields, direction, &ports), requires, ports, is_authenticated }
    }
}

impl Spec {
    /// A spec that may mean anything.
    fn unreadable() -> Self {
        let section = || Section {
            default_deny: None,
            allow: vec![Rule::unreadable()],
            deny: vec![Rule::unreadable()],
        };
        Self {
            subject: Subject::Pods(EndpointSelector::Unreadable),
            ingress: section(),
            egress: section(),
        }
    }
}

impl Rule {
    /// A rule that may match anything.
    fn unreadable() -> Self {
        Self {
            peers: Peers::Listed(vec![Peer::Unknown]),
            requires: Vec::new(),
            ports: Ports::Unknown,
            is_authenticated: false,
        }
    }
}
