use crate::object::{Kind, Object};

use super::{Gathered, Input, gather, read};

fn gathered(text: &str) -> Gathered {
    gather(vec![read("a.yaml", text.as_bytes())], "team")
}

fn errors(text: &str) -> Vec<String> {
    let gathered = gathered(text);
    assert_eq!(gathered.objects.len(), 0, "{text}");
    gathered.errors.iter().map(ToString::to_string).collect()
}

fn names(gathered: &Gathered) -> Vec<String> {
    gathered.objects.keys().map(ToString::to_string).collect()
}

#[test]
fn objects_without_a_namespace_get_the_default_one() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: odd}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\n";
    assert_eq!(names(&gathered(text)), ["Deployment team/web", "Namespace shop", "Pod shop/a"]);
}

#[test]
fn kinds_that_no_rule_reads_are_nothing() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: projectcalico.org/v3\nkind: StagedNetworkPolicy\nmetadata: {name: a}\nspec: {order: 1}\n";
    let gathered = gathered(text);
    assert_eq!((gathered.objects.len(), gathered.errors.len()), (0, 0));
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(
        errors("spec: {}\n"),
        ["a.yaml:1:1: apiVersion is missing: a Kubernetes object needs apiVersion and kind"]
    );
    assert_eq!(
        errors("apiVersion: v1\nspec: {}\n"),
        ["a.yaml:1:1: kind is missing: a Kubernetes object needs apiVersion and kind"]
    );
    assert_eq!(errors("apiVersion: 1\nkind: Pod\n"), ["a.yaml:1:1: apiVersion must be a text"]);
    assert_eq!(errors("apiVersion: v1\nkind:\n"), ["a.yaml:2:1: kind must be a text"]);
    assert_eq!(
        errors("apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {a: b}\n"),
        ["a.yaml:3:1: metadata.name is missing: the object needs a name, or generateName"]
    );
}

#[test]
fn labels_are_texts_as_the_api_server_wants_them() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    a: b\n    enabled: yes\n";
    assert_eq!(
        errors(text),
        [
            "a.yaml:7:5: metadata.labels.enabled: invalid type: boolean `true`, expected a string: quote it"
        ]
    );
    assert_eq!(gathered(&text.replace("yes", "'yes'")).objects.len(), 1);
    assert_eq!(errors(&text.replace("yes", "1.10")).len(), 1);
    assert_eq!(errors(&text.replace("yes", "0x1F")).len(), 1);
}

#[test]
fn a_field_of_the_wrong_type_has_its_place() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n      - name: b\n        ports:\n        - containerPort: http\n";
    assert_eq!(
        errors(text),
        [
            "a.yaml:11:11: spec.template.spec.containers[1].ports[0].containerPort: invalid type: string \"http\", expected u16"
        ]
    );
    assert_eq!(
        errors("apiVersion: v1\nkind: Pod\nmetadata: []\n"),
        ["a.yaml:3:1: metadata: invalid type: sequence, expected a mapping"]
    );
}

#[test]
fn versions_that_are_not_served_are_errors() {
    assert_eq!(
        errors("kind: Deployment\napiVersion: extensions/v1beta1\nmetadata: {name: web}\n"),
        [
            "a.yaml:2:1: Deployment in extensions/v1beta1 is no longer served since Kubernetes 1.16: write apiVersion: apps/v1"
        ]
    );
}

#[test]
fn invalid_policies_are_errors_with_every_reason() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {}\n  ingress:\n  - from: [{}]\n    ports:\n    - port: \"80\"\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}\n";
    let mut lines: Vec<usize> =
        gathered(text).errors.iter().map(|error| error.location.position.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, [7, 9, 11], "{:?}", gathered(text).errors);
    assert!(gathered(text).objects.is_empty());
}

#[test]
fn of_two_objects_with_one_name_the_later_counts() {
    let deployment = |replicas| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec: {{replicas: {replicas}}}\n"
        )
    };
    let inputs: Vec<Input> =
        vec![read("a.yaml", deployment(0).as_bytes()), read("b.yaml", deployment(1).as_bytes())];
    let gathered = gather(inputs, "default");
    let notes: Vec<&str> = gathered.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(notes, ["Deployment default/web is also at a.yaml:4:3: this later one counts"]);
    assert_eq!(gathered.notes[0].location.to_string(), "b.yaml:4:3");
    let Some(Object::Workload(web)) =
        gathered.objects.into_values().next().map(|located| located.object)
    else {
        panic!("the Deployment is there");
    };
    assert!(!web.scaled_to_zero);
}

#[test]
fn generated_names_never_collide() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: run-}\n";
    let gathered = gathered(&[pod, pod, pod].join("---\n"));
    assert_eq!(names(&gathered), ["Pod team/run-*", "Pod team/run-*2", "Pod team/run-*3"]);
    assert!(gathered.notes.is_empty());
    assert!(gathered.objects.keys().all(|reference| reference.kind == Kind::Pod));
}
