use serde_json::json;

use super::{BuiltIn, Template};
use crate::model::{Settings, SettingsError};
use crate::netpol::{Labels, PolicyTypes};

fn parse(templates: &str) -> Result<Settings, SettingsError> {
    let text = format!("mode: warn\ncontroller:\n  enabled: true\n  templates:\n{templates}");
    Settings::parse("settings.yaml", &text, &[])
}

fn refused(templates: &str) -> String {
    parse(templates).unwrap_err().to_string()
}

const OWN: &str = "  - name: allow-backup
    namespaceSelector: {matchLabels: {backup: 'yes'}}
    spec:
      podSelector: {}
      policyTypes: [Ingress]
      ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: backup}}}]}]
";

#[test]
fn built_in_templates_are_names() {
    let lines = BuiltIn::ALL.map(|built_in| format!("  - {}\n", built_in.name()));
    let settings = parse(&lines.concat()).unwrap();
    assert_eq!(settings.controller.templates, BuiltIn::ALL.map(Template::BuiltIn));
    let written = serde_json::to_value(&settings.controller.templates).unwrap();
    assert_eq!(
        written,
        json!([
            "allow-dns",
            "allow-from-ingress-controller",
            "allow-monitoring",
            "allow-same-namespace"
        ])
    );
}

#[test]
fn own_templates_are_specs() {
    let settings = parse(OWN).unwrap();
    let [Template::Own(own)] = settings.controller.templates.as_slice() else {
        panic!("{:?}", settings.controller.templates)
    };
    assert_eq!(own.name, "allow-backup");
    assert_eq!(own.policy().unwrap().types, PolicyTypes { ingress: true, egress: false });
    assert!(own.selector().matches(&Labels::from_iter([("backup", "yes")])));
    assert!(!own.selector().matches(&Labels::default()));
    let text = serde_saphyr::to_string(&settings).unwrap();
    assert_eq!(Settings::parse("again.yaml", &text, &[]).unwrap(), settings);
}

#[test]
fn without_a_selector_a_template_is_for_all_namespaces() {
    for selector in ["", ", namespaceSelector: null", ", namespaceSelector: {}"] {
        let settings = parse(&format!("  - {{name: a, spec: {{}}{selector}}}\n")).unwrap();
        let [Template::Own(own)] = settings.controller.templates.as_slice() else { panic!() };
        assert!(own.selector().is_everything(), "{selector}");
    }
}

#[test]
fn unknown_names_are_refused_with_their_line_and_the_known_ones() {
    let message = refused("  - allow-dns\n  - allow-dsn\n");
    assert!(message.contains("line 6"), "{message}");
    assert!(
        message.contains(
            "`allow-dsn` is no built-in template; write one of allow-dns, allow-from-ingress-controller, \
             allow-monitoring, allow-same-namespace, or a map with `name` and `spec`"
        ),
        "{message}"
    );
    let message = refused("  - name: a\n    spec: {}\n    namespaces: {}\n");
    assert!(message.contains("line 7") && message.contains("namespaces"), "{message}");
    let message = refused("  - 7\n");
    assert!(message.contains("line 5") && message.contains("built-in template"), "{message}");
}

#[test]
fn what_the_api_server_would_refuse_or_drop_is_refused() {
    for (template, expected) in [
        ("{name: A_b, spec: {}}", "templates[0].name: `A_b` is no name"),
        ("{name: '', spec: {}}", "templates[0].name: the object has no name"),
        ("{name: a, spec: null}", "templates[0].spec: is no `spec` of a NetworkPolicy"),
        (
            "{name: a, spec: {ingres: []}}",
            "templates[0].spec.ingres: is unknown; here belong egress, ingress, podSelector, policyTypes",
        ),
        (
            "{name: a, spec: {ingress: [{to: []}]}}",
            "templates[0].spec.ingress.0.to: is unknown; here belong from, ports",
        ),
        (
            "{name: a, spec: {egress: [{to: [{podSelector: {matchLabel: {}}}]}]}}",
            "templates[0].spec.egress.0.to.0.podSelector.matchLabel: is unknown",
        ),
        (
            "{name: a, spec: {egress: [{ports: [{ports: 1}]}]}}",
            "templates[0].spec.egress.0.ports.0.ports: is unknown; here belong endPort, port, protocol",
        ),
        (
            "{name: a, spec: {policyTypes: [egress]}}",
            "templates[0].spec.policyTypes.0: `egress` is no policy type",
        ),
        (
            "{name: a, spec: {ingress: [{from: null}]}}",
            "templates[0].spec.ingress.0.from: has no value, which counts as left out",
        ),
        ("{name: a, spec: {ingress: [null]}}", "templates[0].spec.ingress.0: has no value"),
        ("{name: a, spec: {podSelector: null}}", "templates[0].spec.podSelector: has no value"),
        (
            "{name: a, spec: {}, namespaceSelector: {app: x}}",
            "templates[0].namespaceSelector.app: is unknown; here belong matchLabels, matchExpressions",
        ),
        (
            "{name: a, spec: {}, namespaceSelector: {matchLabels: {'a b': x}}}",
            "templates[0].namespaceSelector.matchLabels.a b: `a b` is no label key",
        ),
        (
            "{name: a, spec: {}, namespaceSelector: 7}",
            "templates[0].namespaceSelector: is a number where a map belongs",
        ),
    ] {
        let message = refused(&format!("  - {template}\n"));
        assert!(message.contains(expected), "{template}: {message}");
    }
    let long = "a".repeat(243);
    assert!(refused(&format!("  - {{name: {long}, spec: {{}}}}\n")).contains("at most 242"));
}

#[test]
fn a_name_stands_for_one_template() {
    for templates in
        ["  - allow-dns\n  - allow-dns\n", "  - allow-dns\n  - {name: allow-dns, spec: {}}\n"]
    {
        let message = refused(templates);
        assert!(
            message.contains("controller.templates[1]: there is a template allow-dns already"),
            "{message}"
        );
    }
    let message = refused("  - {name: default-deny, spec: {}}\n");
    assert!(
        message
            .contains("templates[0].name: default-deny is the policy that templates are added to"),
        "{message}"
    );
}
