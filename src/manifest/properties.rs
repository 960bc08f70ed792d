use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::read;

/// Texts that other readers take for something else.
const TRAPS: [&str; 24] = [
    "yes",
    "No",
    "on",
    "y",
    "null",
    "~",
    "",
    "<<",
    "0755",
    "0o17",
    "0x1F",
    "1_000",
    "1e3",
    "+5",
    ".5",
    ".inf",
    "1.",
    "2001-01-01",
    "- a",
    "a: b",
    "#",
    "---",
    "...",
    "'\"\\",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&TRAPS[..]).prop_map(str::to_owned),
        "[a-z]{0,8}",
        "[ -~]{0,12}",
        "[0-9+._eExo-]{0,8}",
        "\\PC{0,12}",
        "[a\n\t :#-]{0,12}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e6..1.0e6f64).prop_map(|number| Value::from((number * 4.0).round() / 4.0 + 0.125)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text(), inner, 0..6).prop_map(|members| Map::from_iter(members).into()),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    btree_map(text(), value(), 0..6).prop_map(|members| Map::from_iter(members).into())
}

/// Every pointer into `value`, with the value there.
fn pointers(prefix: &str, value: &Value, found: &mut Vec<String>) {
    found.push(prefix.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(&format!("{prefix}/{index}"), item, found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(&format!("{prefix}/{key}"), member, found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_yaml_is_read_back(objects in vec(object(), 1..4)) {
        let texts: Vec<String> = objects.iter().map(|object| serde_saphyr::to_string(object).unwrap()).collect();
        let text = format!("---\n{}", texts.join("---\n"));
        let input = read("a.yaml", text.as_bytes());
        prop_assert!(input.errors.is_empty(), "{:?}\n{text}", input.errors);
        let values: Vec<&Value> = input.documents.iter().map(super::Document::value).collect();
        prop_assert_eq!(values, objects.iter().collect::<Vec<_>>(), "{}", text);
    }

    #[test]
    fn what_is_written_as_json_is_read_back(objects in vec(object(), 1..4), pretty: bool) {
        let write = |object| if pretty { serde_json::to_string_pretty(object) } else { serde_json::to_string(object) };
        let texts: Vec<String> = objects.iter().map(|object| write(object).unwrap()).collect();
        let input = read("a.json", texts.join("\n").as_bytes());
        prop_assert!(input.errors.is_empty(), "{:?}", input.errors);
        let values: Vec<&Value> = input.documents.iter().map(super::Document::value).collect();
        prop_assert_eq!(values, objects.iter().collect::<Vec<_>>());
    }

    /// In both forms a pointer leads to where the value begins: what follows in the same line is its key, or the value.
    #[test]
    fn positions_lead_to_the_text(object in object()) {
        let text = serde_json::to_string_pretty(&object).unwrap();
        let input = read("a.json", text.as_bytes());
        let lines: Vec<&str> = text.split('\n').collect();
        let mut found = Vec::new();
        pointers("", &object, &mut found);
        for pointer in found {
            let position = input.documents[0].position(&pointer);
            let rest: String = lines[position.line - 1].chars().skip(position.column - 1).collect();
            let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", ""));
            let is_member = !pointer.is_empty() && object.pointer(parent).is_some_and(Value::is_object);
            let expected = if is_member {
                serde_json::to_string(&key.replace("~1", "/").replace("~0", "~")).unwrap()
            } else {
                let written = serde_json::to_string_pretty(object.pointer(&pointer).unwrap()).unwrap();
                written.split('\n').next().unwrap().to_owned()
            };
            prop_assert!(rest.starts_with(&expected), "{pointer}: {rest:?} {expected:?}");
        }
    }

    #[test]
    fn any_bytes_end_in_documents_and_errors(bytes in vec(any::<u8>(), 0..200)) {
        let input = read("a.yaml", &bytes);
        for error in input.errors {
            prop_assert!(error.location.position.line > 0 && error.location.position.column > 0);
        }
    }

    /// Texts of braces at the margin, which the JSON reader takes for beginnings of documents.
    #[test]
    fn any_braces_end_in_documents_and_errors(text in "(\\{|\\}|\"a\": |1|\n|\n\\{|\\[|\\]|,|é| ){0,12}") {
        let input = read("a.json", text.as_bytes());
        prop_assert!(input.errors.len() <= text.len() + 1, "{:?}", input.errors);
    }

    #[test]
    fn any_text_ends_in_documents_and_errors(text in "[a-c:\\-\\[\\]{}&*<!|>'\"#%@,?~ \n\t\r\u{FEFF}é]{0,60}") {
        for document in read("a.yaml", text.as_bytes()).documents {
            let mut found = Vec::new();
            pointers("", document.value(), &mut found);
            for pointer in found {
                prop_assert!(document.location(&pointer).position.line <= text.split('\n').count());
            }
        }
    }
}
