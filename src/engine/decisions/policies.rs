//! Policies: what may be taken away, and what may be added.

use super::{Ask, DECLARED, UNDECLARED, allow_all, default_deny, deployment, narrow, policy};

const DNS_FACTS: &str = "facts: {dns: {}}";

fn only_web() -> String {
    policy("default-deny", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}")
}

#[test]
fn the_last_default_deny_of_a_namespace_with_workloads_stays() {
    for namespace in [DECLARED, UNDECLARED] {
        let state = [namespace, &deployment("web")];
        let verdict = Ask::delete(&state, &default_deny())
            .denied_by(&["missing-default-deny", "uncovered-workload"]);
        assert!(!verdict.needs.is_empty());
        let uncovered = verdict
            .findings
            .iter()
            .find(|finding| finding.rule.name == "uncovered-workload")
            .unwrap();
        assert!(uncovered.message.contains("Deployment/web"), "{}", uncovered.message);
        assert_eq!((uncovered.subject_name(), uncovered.path.as_str()), ("default-deny", ""));
    }
}

#[test]
fn three_uncovered_workloads_are_named_and_the_others_counted() {
    let names = ["api", "cache", "queue", "web", "worker"];
    let workloads = names.map(deployment);
    let state: Vec<&str> =
        std::iter::once(DECLARED).chain(workloads.iter().map(String::as_str)).collect();
    let verdict = Ask::delete(&state, &default_deny())
        .denied_by(&["missing-default-deny", "uncovered-workload"]);
    let message = &verdict.findings[1].message;
    assert!(
        message.contains("Deployment/api, Deployment/cache, Deployment/queue and 2 more"),
        "{message}"
    );
}

#[test]
fn a_default_deny_that_is_narrowed_is_one_that_is_gone() {
    let state = [DECLARED, &deployment("api")];
    Ask::update(&state, &default_deny(), &only_web())
        .denied_by(&["missing-default-deny", "uncovered-workload"]);
    let state = [DECLARED, &deployment("web")];
    Ask::update(&state, &default_deny(), &only_web()).denied_by(&["missing-default-deny"]);
}

#[test]
fn without_workloads_it_is_a_warning() {
    Ask::delete(&[DECLARED], &default_deny()).warned_by(&["missing-default-deny"]);
    Ask::create(&[DECLARED, &default_deny()], &allow_all())
        .warned_by(&["allow-all", "neutralised-default-deny"]);
}

#[test]
fn a_second_default_deny_may_go() {
    let second = policy("second", "{podSelector: {}, policyTypes: [Ingress]}");
    Ask::delete(&[DECLARED, &second, &deployment("web")], &default_deny()).admitted();
}

#[test]
fn an_allow_all_may_not_be_set_beside_a_default_deny() {
    let state = [DECLARED, &default_deny(), &deployment("web")];
    Ask::create(&state, &allow_all())
        .denied_by(&["neutralised-default-deny", "uncovered-workload"]);
}

#[test]
fn a_targeted_exception_beside_a_default_deny_is_fine() {
    let exception = policy(
        "web",
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{}]}",
    );
    Ask::create(&[DECLARED, &default_deny(), &deployment("web")], &exception)
        .warned_by(&["allow-all"]);
}

#[test]
fn a_workload_may_not_lose_its_policy() {
    let state = [DECLARED, &deployment("web")];
    Ask::delete(&state, &narrow("web")).denied_by(&["uncovered-workload"]);
    let open = policy(
        "web",
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{}]}",
    );
    Ask::update(&state, &narrow("web"), &open).denied_by(&["uncovered-workload"]);
    Ask::delete(&[DECLARED, &deployment("api")], &narrow("web")).admitted();
}

#[test]
fn of_two_policies_that_cover_jointly_none_may_be_narrowed() {
    let half = |name: &str, operator: &str| {
        policy(
            name,
            &format!(
                "{{podSelector: {{matchExpressions: [{{key: tier, operator: {operator}}}]}}, policyTypes: [Ingress]}}"
            ),
        )
    };
    let (with, without) = (half("with", "Exists"), half("without", "DoesNotExist"));
    let narrowed =
        policy("with", "{podSelector: {matchLabels: {tier: front}}, policyTypes: [Ingress]}");
    Ask::update(&[DECLARED, &without, &deployment("web")], &with, &narrowed)
        .denied_by(&["missing-default-deny"]);
    Ask::delete(&[DECLARED, &with, &deployment("web")], &without)
        .denied_by(&["missing-default-deny", "uncovered-workload"]);
}

#[test]
fn a_step_in_the_right_direction_is_never_denied() {
    let workload = deployment("web");
    // A default-deny beside an old allow-all.
    Ask::create(&[UNDECLARED, &allow_all(), &workload], &default_deny())
        .warned_by(&["neutralised-default-deny"]);
    // One of two faults narrowed, or gone.
    let second = policy("second", "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}");
    let narrowed = policy(
        "second",
        "{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}",
    );
    Ask::update(&[DECLARED, &allow_all(), &workload], &second, &narrowed)
        .warned_by(&["neutralised-default-deny"]);
    Ask::delete(&[DECLARED, &allow_all(), &workload], &second).admitted();
    // The first policy of a namespace, for some of its pods.
    Ask::create(&[DECLARED, &workload, &deployment("api")], &narrow("api")).admitted();
    // Egress is isolated for a start, far from what `restricted` asks.
    let restricted = DECLARED.replace("self}", "self, portcullis.dev/enforce: restricted}");
    let egress = policy("web", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}");
    Ask::create(&[&restricted, &default_deny(), &workload, &deployment("api")], &egress).admitted();
}

#[test]
fn old_faults_never_block_an_edit() {
    let one = policy(
        "web",
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], egress: [{}], ingress: [{}]}",
    );
    let settings = "rules: {allow-all: deny, ignored-rules: deny}";
    Ask::create(&[DECLARED, &default_deny()], &one)
        .settings(settings)
        .denied_by(&["allow-all", "ignored-rules"]);
    let edited = one.replace("policyTypes", "other: 1, policyTypes");
    Ask::update(&[DECLARED, &default_deny()], &one, &edited)
        .settings(settings)
        .warned_by(&["allow-all", "ignored-rules"]);
}

#[test]
fn a_whitelist_without_dns_is_called_out_when_it_is_written() {
    let api = policy(
        "api",
        "{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}",
    );
    let state = [DECLARED, &default_deny(), &deployment("api")];
    let verdict = Ask::create(&state, &api).settings(DNS_FACTS).warned_by(&["egress-without-dns"]);
    assert!(verdict.findings[0].fix.is_some());
    assert!(verdict.needs.is_empty(), "a warning needs no confirmation");
}

#[test]
fn taking_dns_away_is_said_of_the_policy_that_is_left_without() {
    let api = policy(
        "api",
        "{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}",
    );
    let dns = policy(
        "dns",
        "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{protocol: UDP, port: 53}, {port: 53}]}]}",
    );
    let state = [DECLARED, &default_deny(), &api, &deployment("api")];
    let verdict = Ask::delete(&state, &dns).settings(DNS_FACTS).warned_by(&["egress-without-dns"]);
    assert_eq!(verdict.findings[0].subject_name(), "api");
    let unrelated = narrow("web");
    let old = [DECLARED, &default_deny(), &api, &deployment("api")];
    Ask::create(&old, &unrelated).settings(DNS_FACTS).admitted();
}

#[test]
fn a_fix_is_not_the_policy_that_is_being_deleted() {
    let deny = policy("default-deny-ingress", "{podSelector: {}, policyTypes: [Ingress]}");
    let verdict = Ask::delete(&[DECLARED, &deployment("web")], &deny).verdict();
    assert!(verdict.is_denied());
    assert!(
        verdict.findings.iter().all(|finding| finding.fix.is_none()),
        "{:#?}",
        verdict.findings
    );
    let verdict = Ask::delete(&[DECLARED, &deployment("web")], &default_deny()).verdict();
    assert!(verdict.findings.iter().all(|finding| finding.fix.is_some()));
}

#[test]
fn a_policy_that_is_being_deleted_protects_nobody() {
    let going = default_deny().replace(
        "{name: default-deny,",
        "{name: going, deletionTimestamp: '2026-11-22T11:59:00Z',",
    );
    Ask::delete(&[DECLARED, &going, &deployment("web")], &default_deny())
        .denied_by(&["missing-default-deny", "uncovered-workload"]);
    let finished = going.replace("podSelector: {}", "podSelector: {matchLabels: {app: x}}");
    Ask::update(&[DECLARED, &deployment("web")], &going, &finished).admitted();
}

#[test]
fn strictness_is_asked_of_ingress_where_the_settings_ask() {
    let some = policy(
        "some",
        "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}",
    );
    let state = [DECLARED, &default_deny(), &deployment("web")];
    Ask::create(&state, &some).admitted();
    Ask::create(&state, &some).settings("strict: true").denied_by(&["missing-default-deny"]);
}

#[test]
fn observed_coverage_looks_at_the_workloads_that_are_there() {
    let state = [DECLARED, &narrow("web"), &deployment("web")];
    Ask::delete(&state, &default_deny()).denied_by(&["missing-default-deny"]);
    Ask::delete(&state, &default_deny()).settings("coverage: {level: observed}").admitted();
}
