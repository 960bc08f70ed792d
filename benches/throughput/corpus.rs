//! The reviews that are sent, as the bytes of their HTTP requests.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::cluster::{self, Size};

/// The namespace of the recorded reviews; others of the World take its place, so that not one namespace stays in the
/// processor's caches.
const NAMESPACE: &str = "team-00000";
/// So many of them.
const SPREAD: usize = 256;

/// The recorded reviews and where an API server sends them: a Namespace to both webhooks.
const REVIEWS: [(&str, &str); 9] = [
    ("namespace-create", "/mutate"),
    ("namespace-create", "/validate"),
    ("policy-create", "/validate"),
    ("policy-update", "/validate"),
    ("deployment-create", "/validate"),
    ("pod-create", "/validate"),
    ("deployment-update", "/validate"),
    ("namespace-update", "/mutate"),
    ("namespace-update", "/validate"),
];

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// What it is, for messages.
    pub(crate) name: String,
    /// `request.uid`.
    pub(crate) uid: String,
    /// Head and body.
    pub(crate) bytes: Vec<u8>,
}

/// The requests in the order in which they are sent, for the namespaces of a World of that size.
pub(crate) fn questions(size: Size, starts: &str) -> Result<Vec<Question>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reviews");
    let mut recorded = Vec::new();
    for (name, path) in REVIEWS.into_iter().filter(|(name, _)| name.starts_with(starts)) {
        let file = folder.join(format!("{name}.json"));
        let review = std::fs::read_to_string(&file)
            .with_context(|| format!("reading {}", file.display()))?;
        let read: serde_json::Value = serde_json::from_str(&review)?;
        let uid = read["request"]["uid"].as_str().context("a review has a uid")?.to_owned();
        let owner = &read["request"]["object"]["metadata"]["ownerReferences"][0]["uid"];
        let review = match owner.as_str() {
            Some(owner) => review.replace(owner, cluster::REPLICA_SET_UID),
            None => review,
        };
        recorded.push((name, path, uid, review));
    }
    ensure!(!recorded.is_empty(), "no review starts with {starts:?}");
    let namespaces = size.namespaces();
    let spread = SPREAD.min(namespaces);
    let chosen = (0..spread).map(|index| cluster::name(index * namespaces / spread));
    Ok(chosen
        .flat_map(|namespace| {
            recorded.iter().map(move |(name, path, uid, review)| Question {
                name: format!("{name} to {path}"),
                uid: uid.clone(),
                bytes: request(path, &review.replace(NAMESPACE, &namespace)),
            })
        })
        .collect())
}

/// As an API server writes it.
fn request(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path}?timeout=3s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver-admission\r\n\
         Content-Length: {length}\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n\
         Accept-Encoding: gzip\r\n\r\n{body}"
    )
    .into_bytes()
}
