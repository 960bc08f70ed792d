use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Input, Position, read};

fn values(input: &Input) -> Vec<&Value> {
    input.documents.iter().map(super::Document::value).collect()
}

fn errors(input: &Input) -> Vec<String> {
    input.errors.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn good(text: &str) -> Vec<Value> {
    let input = read("a.yaml", text.as_bytes());
    assert_eq!(errors(&input), Vec::<String>::new(), "{text}");
    values(&input).into_iter().cloned().collect()
}

#[track_caller]
fn bad(text: &str) -> Vec<String> {
    let input = read("a.yaml", text.as_bytes());
    assert_eq!(values(&input), Vec::<&Value>::new(), "{text}");
    errors(&input)
}

#[track_caller]
fn ends_fast(text: &str) -> Input {
    let start = Instant::now();
    let input = read("a.yaml", text.as_bytes());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    input
}

#[test]
fn every_form_of_several_documents() {
    let both = [json!({"a": 1}), json!({"b": 2})];
    let forms = [
        "a: 1\n---\nb: 2\n",
        "---\na: 1\n---\nb: 2",
        "--- # one\na: 1\n...\n--- # two\nb: 2\n...\n",
        "a: 1\n...\nb: 2\n",
        "%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n",
        "a: 1\r\n---\r\nb: 2\r\n",
        "\u{FEFF}a: 1\n---\nb: 2\n",
        "a: 1\n\u{FEFF}---\nb: 2\n",
        "---\n---\n# only a comment\n---\na: 1\n---\n\n---\n~\n---\nb: 2\n---\n",
        "--- {a: 1}\n--- {b: 2}\n",
        "{a: 1}\n---\n{\"b\": 2}\n",
        "{\"a\": 1}{\"b\": 2}",
        "{\"a\": 1}\n{\"b\": 2}\n",
        "{\"a\": 1}\n---\nb: 2\n",
        "\t{\n\t\"a\": 1}\n",
        "a:   1   # with a comment\n---\n{\n  b: 2, # in a flow mapping\n}\n",
    ];
    for form in forms {
        let found = good(form);
        assert_eq!(found, both[..found.len()], "{form}");
        assert_eq!(found.len(), if form.starts_with('\t') { 1 } else { 2 }, "{form}");
    }
}

#[test]
fn nothing_is_no_error() {
    for text in
        ["", "\n", "---\n", "# comment\n", "---\n...\n---\n", "\u{FEFF}", "null", "   \n\t\n"]
    {
        assert_eq!(good(text), Vec::<Value>::new(), "{text:?}");
    }
}

#[test]
fn markers_inside_block_scalars_are_text() {
    let text = "a: |\n  ---\n  b: 1\n  ...\nc: 2\n---\nd: 3\n";
    assert_eq!(good(text), [json!({"a": "---\nb: 1\n...\n", "c": 2}), json!({"d": 3})]);
}

#[test]
fn a_broken_document_hides_no_other() {
    let text = "a: 1\n---\nb: [1\n---\nc: 3\n---\nd: \"open\n---\n\te: 5\n---\nf: 6\n";
    let input = read("a.yaml", text.as_bytes());
    assert_eq!(values(&input), [&json!({"a": 1}), &json!({"c": 3}), &json!({"f": 6})]);
    let line = |error: &super::ReadError| error.location.position.line;
    let lines: Vec<usize> = input.errors.iter().map(line).collect();
    assert_eq!(lines, [3, 7, 9], "{:?}", errors(&input));
}

#[test]
fn a_broken_json_document_hides_no_other() {
    let text = "{\"a\": 1}\n{\"b\": 2\n{\"c\": 3}\n{\"d\": ]}\n{\"e\": 5}\n";
    let input = read("a.json", text.as_bytes());
    assert_eq!(values(&input), [&json!({"a": 1}), &json!({"c": 3}), &json!({"e": 5})]);
    assert_eq!(
        errors(&input),
        ["a.json:3:1: JSON syntax: expected `,` or `}`", "a.json:4:7: JSON syntax: expected value",]
    );
}

#[test]
fn a_brace_at_the_end_fails_once() {
    assert_eq!(bad("\n{"), ["a.yaml:2:1: JSON syntax: EOF while parsing an object"]);
    let input = read("a.json", b"{\"a\": 1}\n{]\n{");
    assert_eq!(values(&input), [&json!({"a": 1})]);
    assert_eq!(
        errors(&input),
        [
            "a.json:2:2: JSON syntax: key must be a string",
            "a.json:3:1: JSON syntax: EOF while parsing an object"
        ]
    );
}

#[test]
fn utf_16_is_decoded_and_its_marks_are_needed() {
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    };
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        let input = read("a.yaml", &utf16("\u{FEFF}a: ä😀\n", unit));
        assert_eq!(values(&input), [&json!({"a": "ä😀"})]);
        let input = read("a.yaml", &utf16("a: ä\n", unit));
        assert_eq!(
            errors(&input),
            ["a.yaml:1:1: UTF-16 without a byte order mark: save the file as UTF-8"]
        );
    }
    let utf32: Vec<u8> = "\u{FEFF}a: 1".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    assert_eq!(errors(&read("a.yaml", &utf32)), ["a.yaml:1:1: UTF-32: save the file as UTF-8"]);
}

#[test]
fn bytes_that_are_no_text_have_a_place_and_cost_one_document() {
    let input = read("a.yaml", b"a: 1\n---\nb: \xC3\xA4\xFF\xFE\n---\nc: 3\n");
    assert_eq!(values(&input), [&json!({"a": 1}), &json!({"c": 3})]);
    assert_eq!(errors(&input), ["a.yaml:3:5: these bytes are no text: save the file as UTF-8"]);
}

#[test]
fn anchors_aliases_and_merge_keys() {
    let text =
        "base: &base {app: web, tier: front}\nlabels:\n  <<: *base\n  tier: back\nsame: *base\n";
    let web = json!({"app": "web", "tier": "front"});
    let merged = json!({"app": "web", "tier": "back"});
    assert_eq!(good(text), [json!({"base": web, "labels": merged, "same": web})]);

    let several = "a: &a {x: 1, k: 1}\nb: &b {k: 2, z: 2}\nc:\n  <<: [*a, *b]\n";
    assert_eq!(good(several)[0]["c"], json!({"x": 1, "k": 1, "z": 2}));

    assert_eq!(
        bad("a: *missing\n"),
        ["a.yaml:1:4: YAML syntax: while parsing node, found unknown anchor"]
    );
    assert_eq!(bad("a: &a [*a]\n"), ["a.yaml:1:8: the alias stands inside its own anchor"]);
    assert_eq!(
        bad("a: {<<: 5}\n"),
        ["a.yaml:1:9: `<<` merges a mapping or a sequence of mappings"]
    );
}

#[test]
fn anchors_end_with_their_document() {
    let input = read("a.yaml", b"a: &a 1\n---\nb: *a\n");
    assert_eq!(values(&input), [&json!({"a": 1})]);
    assert_eq!(input.errors.len(), 1);
}

#[test]
fn keys_are_texts_and_stand_once() {
    assert_eq!(good("yes: 1\n5: 2\n1.5: 3\n"), [json!({"true": 1, "5": 2, "1.5": 3})]);
    assert_eq!(bad("a: 1\nb: 2\na: 3\n"), ["a.yaml:3:1: the key `a` is there twice"]);
    assert_eq!(
        bad("{\"a\": 1, \"b\": {\"c\": 1, \"c\": {}}}"),
        ["a.yaml:1:24: the key `c` is there twice"]
    );
    assert_eq!(bad("? [a]\n: 1\n"), ["a.yaml:1:3: a key must be a text, a number or a boolean"]);
    assert_eq!(bad("~: 1\n"), ["a.yaml:1:1: a key must be a text, a number or a boolean"]);
}

#[test]
fn only_mappings_are_objects() {
    assert_eq!(
        bad("- a\n- b\n"),
        ["a.yaml:1:1: a Kubernetes object is a mapping with apiVersion and kind, this is a list"]
    );
    assert_eq!(bad("text\n---\n5\n").len(), 2);
    assert_eq!(
        errors(&read("a.json", b"{} []")),
        ["a.json:1:4: a Kubernetes object is a mapping with apiVersion and kind, this is a list"]
    );
}

#[test]
fn alias_bombs_end_fast_with_an_error() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let below = level - 1;
        let ten = vec![format!("*a{below}"); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{ten}]").unwrap();
    }
    let input = ends_fast(&bomb);
    assert_eq!(
        errors(&input),
        ["a.yaml:5:45: aliases add more than 100000 values to this document"]
    );

    let long = "x".repeat(1 << 20);
    let scalars = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 10_000].join(", "));
    assert!(ends_fast(&scalars).errors[0].reason.starts_with("aliases add more than"));

    let keys = (0..20_000).map(|key| format!("  k{key}: 1")).collect::<Vec<_>>().join("\n");
    let merges = format!("a: &a\n{keys}\nb:\n  <<: [{}]\n", vec!["*a"; 1000].join(", "));
    assert!(ends_fast(&merges).errors[0].reason.starts_with("aliases add more than"));
}

#[test]
fn deep_nesting_ends_fast_with_an_error() {
    let deep = 100_000;
    let forms = [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        format!("{}{}", "{\"a\":".repeat(deep), "}".repeat(deep)),
        (0..2000).map(|level| format!("{}a:", " ".repeat(level))).collect::<Vec<_>>().join("\n"),
        (0..200).fold("a: &x0 []\n".to_owned(), |text, level| {
            format!("{text}b{level}: &x{} [*x{level}]\n", level + 1)
        }),
    ];
    for form in forms {
        let input = ends_fast(&form);
        assert_eq!(input.errors.len(), 1, "{}", &form[..20]);
        assert_eq!(input.documents.len(), 0);
    }
    let allowed = format!("a: {}{}", "[".repeat(120), "]".repeat(120));
    assert_eq!(read("a.yaml", allowed.as_bytes()).documents.len(), 1);
}

#[test]
fn large_inputs_are_read_in_a_time_that_grows_with_them() {
    let documents = "---\nkind: A\nitem: {name: x, list: [1, 2, 3]}\n".repeat(5_000);
    assert_eq!(ends_fast(&documents).documents.len(), 5_000);
    let items = "{\"a\":[1,2,3]},".repeat(50_000);
    let one_line = format!("{{\"kind\":\"List\",\"items\":[{items}{{}}]}}");
    let input = ends_fast(&one_line);
    assert_eq!(input.documents.len(), 50_001);
    let start = Instant::now();
    let column = input.documents.iter().map(|document| document.position("/a/2").column).max();
    assert_eq!(column, Some(25 + 14 * 50_000));
    assert!(start.elapsed() < Duration::from_secs(20));
    let broken = "{\"a\":\n".repeat(20_000);
    assert!(ends_fast(&broken).errors.len() > 1);
}

#[test]
fn positions_of_pointers() {
    let text = "# first\n---\nkind: A\nspec:\n  egress:\n  - to:\n    - podSelector: {}\n    ports:\n    - {port: 53, protocol: UDP}\n    -   port: 80\n  a/b: {c~d: [x, y]}\n";
    let input = read("a.yaml", text.as_bytes());
    let document = &input.documents[0];
    let table = [
        ("", 3, 1),
        ("/kind", 3, 1),
        ("/spec", 4, 1),
        ("/spec/egress", 5, 3),
        ("/spec/egress/0", 6, 5),
        ("/spec/egress/0/to/0", 7, 7),
        ("/spec/egress/0/to/0/podSelector", 7, 7),
        ("/spec/egress/0/ports/0/protocol", 9, 18),
        ("/spec/egress/0/ports/1/port", 10, 9),
        ("/spec/a~1b/c~0d/1", 11, 18),
        ("/spec/egress/7/ports", 5, 3),
        ("/spec/policyTypes", 4, 1),
        ("/nothing", 3, 1),
    ];
    for (pointer, line, column) in table {
        assert_eq!(document.position(pointer), Position { line, column }, "{pointer}");
    }
    let excerpt = document.location("/spec/egress/0/to").excerpt.unwrap();
    assert_eq!((excerpt.text.as_str(), excerpt.at), ("  - to:", 4));
}

#[test]
fn positions_in_json() {
    let text = "{\"a\": 1}\n{\n  \"kind\": \"A\",\n  \"spec\": {\"é\": [1, {\"b\": \"\\\"}\"}], \"c\": null}\n}\n";
    let input = read("a.json", text.as_bytes());
    let document = &input.documents[1];
    let table = [
        ("", 2, 1),
        ("/kind", 3, 3),
        ("/spec/é/1", 4, 21),
        ("/spec/é/1/b", 4, 22),
        ("/spec/c", 4, 36),
    ];
    for (pointer, line, column) in table {
        assert_eq!(document.position(pointer), Position { line, column }, "{pointer}");
    }
}

#[test]
fn positions_follow_aliases_merges_and_carriage_returns() {
    let text = "a: &a {x: 1}\r\nb:\r\n  <<: *a\r\n  z: 2\r\nc: [*a]\r\n";
    let input = read("a.yaml", text.as_bytes());
    let document = &input.documents[0];
    for (pointer, line, column) in
        [("/b/x", 1, 8), ("/b/z", 4, 3), ("/c/0", 5, 5), ("/c/0/x", 1, 8)]
    {
        assert_eq!(document.position(pointer), Position { line, column }, "{pointer}");
    }
}

#[test]
fn lists_become_their_items_with_their_positions() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  spec: {a: 1}\n- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicyList\n  items:\n  - spec: {b: 2}\n- 5\n";
    let input = read("a.yaml", text.as_bytes());
    let inner =
        json!({"spec": {"b": 2}, "kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1"});
    assert_eq!(values(&input), [&json!({"kind": "A", "spec": {"a": 1}}), &inner]);
    assert_eq!(input.documents[1].position("/spec/b"), Position { line: 9, column: 12 });
    assert_eq!(input.documents[1].position("/kind"), Position { line: 9, column: 5 });
    assert_eq!(
        errors(&input),
        [
            "a.yaml:10:3: a Kubernetes object is a mapping with apiVersion and kind, this is a number"
        ]
    );
    assert_eq!(good("kind: List\nitems:\n"), Vec::<Value>::new());
    assert_eq!(good("kind: List\nitems: []\n"), Vec::<Value>::new());
    assert_eq!(good("kind: AllowList\nspec: {}\n").len(), 1);
    assert_eq!(
        bad("kind: List\nitems: {}\n"),
        ["a.yaml:2:1: the items of a list must be a sequence of objects"]
    );
}

#[test]
fn charts_name_their_templates() {
    let text = "---\n# Source: shop/templates/a.yaml\na: 1\n---\nb: 2\n---\n# Source: shop/templates/c.yaml\nkind: List\nitems: [{c: 3}]\n";
    let input = read("-", text.as_bytes());
    let sources: Vec<Option<&str>> =
        input.documents.iter().map(super::Document::helm_source).collect();
    assert_eq!(sources, [Some("shop/templates/a.yaml"), None, Some("shop/templates/c.yaml")]);
}

#[test]
fn tabs_separate_and_never_indent() {
    assert_eq!(good("a:\tb\t# c\n\t\n"), [json!({"a": "b"})]);
    let table = [
        ("\ta: 1\n", "1:1"),
        ("a:\n\tb: 1\n", "2:1"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1"),
        ("a:\n  b: 1\n  \tc: 2\n", "3:3"),
        ("a:\n\t- b\n", "2:1"),
        ("a:\n  -\tb: 1\n    c: 2\n", "2:4"),
    ];
    for (text, place) in table {
        let error = format!("a.yaml:{place}: a tab cannot indent YAML: use spaces");
        assert_eq!(bad(text), [error], "{text:?}");
    }
}

#[test]
fn templates_are_recognised_where_they_cannot_be_read() {
    let advice = "; if this is a chart template, check what `helm template` makes of it";
    for text in ["{{- if .Values.a }}\na: 1\n{{- end }}\n", "a: {{ .Values.a }}\n"] {
        assert!(bad(text)[0].ends_with(advice), "{text}");
    }
    assert_eq!(good("a: '{{ b }}'\n"), [json!({"a": "{{ b }}"})]);
    assert!(!bad("a: [\n")[0].ends_with(advice));
}
