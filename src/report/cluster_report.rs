//! Findings as objects of the cluster: a Report in every namespace, a `ClusterReport` for what is in none.
//!
//! `openreports.io/v1alpha1` (<https://github.com/openreports/reports-api>) is `wgpolicyk8s.io/v1alpha2` under another name:
//! both have the same results. There is one object per namespace, always of the same name, and it says nothing about when: as
//! long as the findings are the same, so is the object.

use serde_json::{Value, json};

use crate::model::{Finding, RuleLevel, World};
use crate::review::cut;

use super::Resource;
use super::fingerprint::fingerprint;

/// The name of every report, and what its results call their source.
pub const SOURCE: &str = "portcullis";
/// The label by which our reports are found.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "portcullis");

/// So many results are listed at most.
const MOST: usize = 1000;
/// So many bytes of results at most: etcd takes no object of more than 1.5 MiB.
const BYTES: usize = 900_000;
/// A message longer than this is cut.
const MESSAGE: usize = 1024;
/// A fix longer than this is left out: half of it would be worse than none.
const FIX: usize = 4096;

/// The kinds of reports that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `openreports.io/v1alpha1`.
    OpenReports,
    /// `wgpolicyk8s.io/v1alpha2`.
    PolicyReports,
}

impl Flavour {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::OpenReports, Self::PolicyReports];

    /// The API group and version.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::OpenReports => "openreports.io/v1alpha1",
            Self::PolicyReports => "wgpolicyk8s.io/v1alpha2",
        }
    }

    /// Plural and kind of the reports of namespaces, or of the cluster's.
    pub fn names(self, is_namespaced: bool) -> (&'static str, &'static str) {
        match (self, is_namespaced) {
            (Self::OpenReports, true) => ("reports", "Report"),
            (Self::OpenReports, false) => ("clusterreports", "ClusterReport"),
            (Self::PolicyReports, true) => ("policyreports", "PolicyReport"),
            (Self::PolicyReports, false) => ("clusterpolicyreports", "ClusterPolicyReport"),
        }
    }

    /// The report of these findings, sorted as [`Finding::order`] sorts, about one namespace or (`None`) the cluster; `None`
    /// when there is nothing to report. The summary counts all findings, the listed and those left out.
    pub fn report(
        self,
        namespace: Option<&str>,
        findings: &[Finding],
        world: &World,
    ) -> Option<Value> {
        if findings.is_empty() {
            return None;
        }
        let (_, kind) = self.names(namespace.is_some());
        let (key, value) = MANAGED_BY;
        let mut metadata = json!({"name": SOURCE, "labels": {key: value}});
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
        }
        let mut report = json!({
            "apiVersion": self.api_version(), "kind": kind, "metadata": metadata,
            "summary": summary(findings), "results": results(namespace, findings, world),
        });
        if self == Self::OpenReports {
            report["source"] = SOURCE.into();
        }
        Some(report)
    }
}

/// The part of a report that findings make, as it is compared: what else an object has is not ours.
pub fn said(report: &Value) -> [&Value; 4] {
    let (key, _) = MANAGED_BY;
    let label = &report["metadata"]["labels"][key];
    [label, &report["source"], &report["summary"], &report["results"]]
}

fn summary(findings: &[Finding]) -> Value {
    let count =
        |result: &str| findings.iter().filter(|finding| self::result(finding).0 == result).count();
    json!({"pass": 0, "fail": count("fail"), "warn": count("warn"), "error": 0, "skip": count("skip")})
}

/// Worst first, what is exempt last; where not all fit, the last one counts the rest.
fn results(namespace: Option<&str>, findings: &[Finding], world: &World) -> Vec<Value> {
    let (exempt, open): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.exempted.is_some());
    let mut results: Vec<Value> = Vec::new();
    let mut room = BYTES;
    for finding in open.into_iter().chain(exempt) {
        let row = row(finding, world);
        let Some(left) = room.checked_sub(row.to_string().len()) else { break };
        if results.len() == MOST {
            break;
        }
        room = left;
        results.push(row);
    }
    let left_out = findings.len() - results.len();
    if left_out > 0 {
        let whose =
            namespace.map(|namespace| format!(" --namespace {namespace}")).unwrap_or_default();
        let message =
            format!("{left_out} more are left out here; `portcullis audit{whose}` lists them all");
        results.push(
            json!({"source": SOURCE, "policy": SOURCE, "result": "skip", "message": message}),
        );
    }
    results
}

/// What the readers of reports know a level as: result and severity.
fn result(finding: &Finding) -> (&'static str, &'static str) {
    let (result, severity) = match finding.level {
        RuleLevel::Deny => ("fail", "high"),
        RuleLevel::Warn => ("warn", "medium"),
        RuleLevel::Audit | RuleLevel::Off => ("warn", "low"),
    };
    (if finding.exempted.is_some() { "skip" } else { result }, severity)
}

fn row(finding: &Finding, world: &World) -> Value {
    let (result, severity) = result(finding);
    let mut row = json!({
        "source": SOURCE, "policy": finding.rule.name, "category": "NetworkPolicy",
        "result": result, "severity": severity, "scored": true,
        "message": cut(&finding.message, MESSAGE),
    });
    let mut properties = json!({
        "level": finding.level.name(), "fingerprint": fingerprint(finding),
        "explain": format!("portcullis explain {}", finding.rule.name),
    });
    if !finding.path.is_empty() {
        properties["path"] = finding.path.clone().into();
    }
    if let Some(direction) = finding.direction {
        properties["direction"] = direction.to_string().into();
    }
    let fix = finding.fix.as_ref().map(crate::model::Fix::to_yaml);
    if let Some(fix) = fix.filter(|fix| fix.len() <= FIX) {
        properties["fix"] = fix.into();
    }
    if let Some(exemption) = &finding.exempted {
        properties["exempt"] = exemption.reason.clone().into();
        if let Some(until) = &exemption.until {
            properties["exemptUntil"] = until.text.clone().into();
        }
    }
    row["properties"] = properties;
    if let Some(subject) = &finding.subject {
        let Resource { api_version, kind, namespace, name } = Resource::from(subject);
        let mut resource = json!({"apiVersion": api_version, "kind": kind, "name": name});
        if let Some(namespace) = namespace {
            resource["namespace"] = namespace.into();
        }
        if let Some(meta) = world.meta(subject).filter(|meta| !meta.uid.is_empty()) {
            resource["uid"] = meta.uid.clone().into();
        }
        row["resources"] = json!([resource]);
    }
    row
}

#[cfg(test)]
mod tests {
    use crate::engine::inspect_namespace;
    use crate::model::Problem;
    use crate::rules::RULES;
    use crate::sample::{live, now, settings};

    use super::*;

    const SHOP: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: n1, labels: {portcullis.dev/default-deny: self, name: shop}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: open, namespace: shop, uid: p1,
   annotations: {portcullis.dev/exempt: allow-all, portcullis.dev/exempt-reason: for now, portcullis.dev/exempt-until: '2027-01-01'}},
 spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{}]}}
";

    fn found(yaml: &str) -> (World, Vec<Finding>) {
        let world = live(yaml);
        let view = world.namespace("shop").unwrap().clone();
        let findings = inspect_namespace(&settings(""), &world, &view, now());
        (world, findings)
    }

    fn finding(level: RuleLevel, message: &str) -> Finding {
        let finding = Finding::new(RULES[0], &settings("").levels(), None, Problem::new(message));
        Finding { level, ..finding }
    }

    #[test]
    fn a_report_says_what_is_wrong_with_what_and_what_is_exempt() {
        let (world, findings) = found(SHOP);
        let report = Flavour::OpenReports.report(Some("shop"), &findings, &world).unwrap();
        assert_eq!(report["apiVersion"], "openreports.io/v1alpha1");
        assert_eq!(report["kind"], "Report");
        let expected = json!({"name": "portcullis", "namespace": "shop", "labels": {"app.kubernetes.io/managed-by": "portcullis"}});
        assert_eq!(report["metadata"], expected);
        assert_eq!(report["source"], "portcullis");
        assert_eq!(
            report["summary"],
            json!({"pass": 0, "fail": 1, "warn": 1, "error": 0, "skip": 1})
        );
        let results = report["results"].as_array().unwrap();
        let line = |index: usize| {
            let row = &results[index];
            [&row["policy"], &row["result"], &row["severity"]].map(|text| text.as_str().unwrap())
        };
        assert_eq!(line(0), ["missing-default-deny", "fail", "high"]);
        assert_eq!(line(1), ["unmatched-pod-selector", "warn", "low"]);
        assert_eq!(line(2), ["allow-all", "skip", "medium"]);
        let namespace =
            json!([{"apiVersion": "v1", "kind": "Namespace", "name": "shop", "uid": "n1"}]);
        assert_eq!(results[0]["resources"], namespace);
        assert_eq!(results[2]["properties"]["exempt"], "for now");
        assert_eq!(results[2]["properties"]["exemptUntil"], "2027-01-01");
        assert_eq!(results[2]["properties"]["path"], "/spec/ingress/0");
        assert_eq!(results[2]["resources"][0]["uid"], "p1");
    }

    #[test]
    fn the_older_kind_says_the_same_under_another_name() {
        let (world, findings) = found(SHOP);
        let new = Flavour::OpenReports.report(Some("shop"), &findings, &world).unwrap();
        let old = Flavour::PolicyReports.report(Some("shop"), &findings, &world).unwrap();
        assert_eq!(
            (&old["apiVersion"], &old["kind"]),
            (&json!("wgpolicyk8s.io/v1alpha2"), &json!("PolicyReport"))
        );
        assert_eq!(old["results"], new["results"]);
        assert_eq!(old["source"], Value::Null, "its results say it");
    }

    #[test]
    fn nothing_found_is_no_report_and_the_cluster_has_its_own() {
        let world = live("");
        assert_eq!(Flavour::OpenReports.report(Some("shop"), &[], &world), None);
        let findings = [finding(RuleLevel::Warn, "no network plugin enforces policies")];
        let report = Flavour::OpenReports.report(None, &findings, &world).unwrap();
        assert_eq!(report["kind"], "ClusterReport");
        assert_eq!(report["metadata"]["namespace"], Value::Null);
        assert_eq!(report["results"][0]["resources"], Value::Null);
    }

    #[test]
    fn too_much_is_counted_and_the_worst_is_kept() {
        let world = live("");
        let mut findings = vec![finding(RuleLevel::Deny, "worst")];
        findings.extend((0..1200).map(|_| finding(RuleLevel::Warn, "w")));
        let report = Flavour::OpenReports.report(Some("shop"), &findings, &world).unwrap();
        let results = report["results"].as_array().unwrap();
        assert_eq!((results.len(), &results[0]["message"]), (1001, &json!("worst")));
        let last = "201 more are left out here; `portcullis audit --namespace shop` lists them all";
        assert_eq!(results[1000]["message"], last);
        assert_eq!(report["summary"]["warn"], 1200);
        let long = "ä".repeat(2000);
        let findings: Vec<Finding> = (0..1000).map(|_| finding(RuleLevel::Warn, &long)).collect();
        let report = Flavour::OpenReports.report(Some("shop"), &findings, &world).unwrap();
        assert!(report.to_string().len() < 1_000_000);
    }
}
