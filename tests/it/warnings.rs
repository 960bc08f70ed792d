//! Warnings reach the user whole.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::objects::policy;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_whitelist_without_dns_is_called_out,
    an_egress_policy_that_denies_ingress_too_is_called_out,
    many_warnings_arrive_whole,
];

/// The cluster's DNS is known by its Service and `EndpointSlice`.
async fn a_whitelist_without_dns_is_called_out(stage: &Stage) -> Result<()> {
    cluster_dns(stage).await?;
    let shop = stage.declared("shop").await?;
    let peers = json!([{"podSelector": {"matchLabels": {"app": "database"}}}]);
    let spec = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": peers}]});
    // The watch on Services may be a moment behind.
    let patience = std::time::Duration::from_secs(20);
    crate::wait::until(patience, "a warning about DNS", || async {
        stage
            .within(&shop, &["delete", "networkpolicy", "web", "--ignore-not-found"])
            .await?
            .admitted()?;
        let outcome = stage.apply(&shop, &policy("web", &spec)).await?.admitted()?;
        Ok(outcome.warned("egress-without-dns").ok().map(|_| ()))
    })
    .await
}

async fn an_egress_policy_that_denies_ingress_too_is_called_out(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let spec = json!({"podSelector": {}, "egress": [{"ports": [{"port": 443}]}]});
    stage.apply(&shop, &policy("web", &spec)).await?.admitted()?.warned("implied-ingress-deny")?;
    Ok(())
}

/// Forty policies in one request, with several faults each: every line is whole and at most 256 characters.
async fn many_warnings_arrive_whole(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let rules: Vec<_> = (0..40).map(|_| json!({})).collect();
    let name = "a-policy-with-a-name-as-long-as-names-of-generated-policies-tend-to-be-".repeat(3);
    let spec =
        json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": rules, "egress": rules});
    let outcome =
        stage.apply(&shop, &policy(name.trim_end_matches('-'), &spec)).await?.admitted()?;
    let lines: Vec<&str> = outcome.warnings().collect();
    ensure!(lines.len() >= 2 && lines.len() <= 16, "{} warnings: {outcome}", lines.len());
    for line in lines {
        ensure!(line.chars().count() <= 256, "too long: {line}");
        ensure!(!line.chars().any(char::is_control), "control characters: {line:?}");
    }
    Ok(())
}

async fn cluster_dns(stage: &Stage) -> Result<()> {
    let ports = json!([{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]);
    let labels = json!({"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true"});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "kube-dns", "labels": labels},
        "spec": {"clusterIP": "10.96.0.10", "selector": {"k8s-app": "kube-dns"}, "ports": ports},
    });
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "kube-dns-test", "labels": {"kubernetes.io/service-name": "kube-dns"}},
        "addressType": "IPv4", "ports": ports,
        "endpoints": [{"addresses": ["10.244.0.10"], "conditions": {"ready": true}}],
    });
    stage.apply("kube-system", &crate::objects::list(&[service, slice])).await?.admitted()?;
    Ok(())
}
