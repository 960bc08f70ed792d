//! What the API server would refuse in a policy of a tier: above all the words of another version, which it would otherwise drop
//! without a word.

use serde_json::Value;

use crate::netpol::Invalid;

use super::Form;

/// A field or a value that belongs to another version or kind.
struct Word {
    version: &'static str,
    /// The field of a rule that lists ports.
    ports: &'static str,
    foreign_ports: &'static str,
    accept: &'static str,
    foreign_accept: &'static str,
    actions: &'static [&'static str],
}

const OLD: Word = Word {
    version: "policy.networking.k8s.io/v1alpha1",
    ports: "ports",
    foreign_ports: "protocols",
    accept: "Allow",
    foreign_accept: "Accept",
    actions: &["Allow", "Deny", "Pass"],
};

const NEW: Word = Word {
    version: "policy.networking.k8s.io/v1alpha2",
    ports: "protocols",
    foreign_ports: "ports",
    accept: "Accept",
    foreign_accept: "Allow",
    actions: &["Accept", "Deny", "Pass"],
};

/// What the API server would refuse in `object`, a policy that is written in `form`, and fields of the other version, which it
/// would drop: a rule without its ports is about all of them.
pub fn validate_tiered(form: Form, object: &Value) -> Vec<Invalid> {
    let mut found = Vec::new();
    let mut refuse =
        |path: &str, reason: String| found.push(Invalid { path: path.to_owned(), reason });
    let words = if form == Form::Cluster { &NEW } else { &OLD };
    let spec = &object["spec"];
    if form == Form::Baseline && object["metadata"]["name"] != "default" {
        refuse(
            "/metadata/name",
            "there is one BaselineAdminNetworkPolicy, and its name is `default`".to_owned(),
        );
    }
    if form != Form::Cluster && spec.get("tier").is_some() {
        let reason = format!("`tier` is a field of {}: a ClusterNetworkPolicy", NEW.version);
        refuse("/spec/tier", reason);
    }
    if form != Form::Baseline {
        let priority = spec["priority"].as_i64();
        if !priority.is_some_and(|priority| (0..=1000).contains(&priority)) {
            refuse(
                "/spec/priority",
                "is needed: a number from 0 to 1000, lower decides first".to_owned(),
            );
        }
    }
    if is_no_single(&spec["subject"], &["namespaces", "pods"]) {
        refuse("/spec/subject", "needs one of `namespaces` and `pods`".to_owned());
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let rules = spec[direction].as_array().into_iter().flatten();
        for (index, rule) in rules.enumerate() {
            let at = format!("/spec/{direction}/{index}");
            check_rule(form, words, &at, peers, rule, &mut refuse);
        }
    }
    found
}

fn check_rule(
    form: Form,
    words: &Word,
    at: &str,
    peers: &str,
    rule: &Value,
    refuse: &mut impl FnMut(&str, String),
) {
    if rule.get(words.foreign_ports).is_some() {
        let Word { version, ports, foreign_ports, .. } = words;
        let reason =
            format!("{version} has no `{foreign_ports}`, and would drop it: write `{ports}`");
        refuse(&format!("{at}/{foreign_ports}"), reason);
    }
    let action = rule["action"].as_str().unwrap_or_default();
    let is_known = words.actions.contains(&action) && !(form == Form::Baseline && action == "Pass");
    if action == words.foreign_accept {
        let Word { version, accept, .. } = words;
        refuse(&format!("{at}/action"), format!("`{action}` is called `{accept}` in {version}"));
    } else if !is_known {
        let last = if form == Form::Baseline { 2 } else { 3 };
        let actions = words.actions[..last].join(", ");
        refuse(&format!("{at}/action"), format!("`{action}` is no action; write one of {actions}"));
    }
    let listed = rule[peers].as_array().map(Vec::as_slice).unwrap_or_default();
    if listed.is_empty() {
        refuse(
            &format!("{at}/{peers}"),
            format!(
                "needs a peer: there is no rule for everyone; `{peers}: [{{namespaces: {{}}}}]` is about all pods"
            ),
        );
    }
    for (index, peer) in listed.iter().enumerate() {
        let known: &[&str] = match peers {
            "from" => &["namespaces", "pods"],
            _ => &["namespaces", "pods", "nodes", "networks", "domainNames"],
        };
        if is_no_single(peer, known) {
            let reason = format!("needs one of `{}`", known.join("`, `"));
            refuse(&format!("{at}/{peers}/{index}"), reason);
        }
    }
}

fn is_no_single(value: &Value, known: &[&str]) -> bool {
    let fields = value.as_object().map_or(0, |fields| {
        fields
            .iter()
            .filter(|(name, value)| known.contains(&name.as_str()) && !value.is_null())
            .count()
    });
    fields != 1
}
