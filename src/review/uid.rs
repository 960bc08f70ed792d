//! The uid of a review that cannot be read as a whole: truncated, of the wrong types, or no JSON after some point.

/// The first string at `request.uid`, found without understanding the rest.
///
/// Only the nesting is followed, so a uid inside `object` is never mistaken for it.
pub(super) fn find(body: &[u8]) -> Option<String> {
    let mut scan = Scan::default();
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        match byte {
            b'"' => {
                let end = string_end(body, at)?;
                if let Some(uid) = scan.string(&body[at..end]) {
                    return Some(uid).filter(|uid| !uid.is_empty());
                }
                at = end;
                continue;
            }
            b':' => scan.is_value = true,
            b'{' | b'[' => scan.open(),
            b'}' | b']' => scan.close(),
            b',' => scan.is_value = false,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the nesting stands. Depth 1 is the review, depth 2 the request.
#[derive(Default)]
struct Scan {
    depth: usize,
    is_value: bool,
    is_request: bool,
    is_uid: bool,
}

impl Scan {
    fn string(&mut self, token: &[u8]) -> Option<String> {
        match (self.depth, self.is_value) {
            (1, false) => self.is_request = token == br#""request""#,
            (2, false) => self.is_uid = self.is_request && token == br#""uid""#,
            (2, true) if self.is_uid => return serde_json::from_slice(token).ok(),
            _ => {}
        }
        None
    }

    fn open(&mut self) {
        self.depth += 1;
        self.is_value = false;
        self.is_uid = false;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.is_value = false;
    }
}

/// The place after the closing quote of the string that starts at `start`.
fn string_end(body: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match body.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_the_uid_of_the_request_only() {
        let cases: [(&str, Option<&str>); 9] = [
            (r#"{"request":{"uid":"a","kind":"#, Some("a")),
            (r#"{"kind":5,"request":{"x":{"uid":"no"},"uid":"a"}}}}"#, Some("a")),
            (r#"{"request":{"object":{"metadata":{"uid":"no"}}}}"#, None),
            (r#"{"request":{"object":["uid","no"],"uid" : "a\"b"}"#, Some("a\"b")),
            (r#"{"uid":"no","request":[{"uid":"no"}]}"#, None),
            (r#"{"response":{"uid":"no"},"request":{"uid":"a"}}"#, Some("a")),
            (r#"{"request":{"uid":""}}"#, None),
            (r#"{"request":{"uid":7}}"#, None),
            (r#"{"request":{"uid":"cut of"#, None),
        ];
        for (body, uid) in cases {
            assert_eq!(find(body.as_bytes()).as_deref(), uid, "{body}");
        }
    }
}
