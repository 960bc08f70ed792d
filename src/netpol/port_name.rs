//! The syntax of port names.

/// Whether `name` is the name of a port: at most 15 lower-case letters, digits and `-`, with a letter, without `-` at an edge or
/// twice in a row (apimachinery `IsValidPortName`, after RFC 6335).
pub fn is_port_name(name: &str) -> bool {
    name.len() <= 15
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

#[cfg(test)]
mod tests {
    use super::is_port_name;

    #[test]
    fn names_have_a_letter_and_no_stray_hyphens() {
        for name in ["http", "p", "8080-tcp", "a-b-c", "fifteen-letters"] {
            assert!(is_port_name(name), "{name}");
        }
        for name in [
            "",
            "80",
            "-http",
            "http-",
            "a--b",
            "Http",
            "sixteen-letters-",
            "much-too-long-name",
            "a_b",
        ] {
            assert!(!is_port_name(name), "{name}");
        }
    }
}
