//! What a YAML scalar means to `kubectl`: the rules of go-yaml v2 (`resolve.go`), which are those of YAML 1.1 without
//! numbers in base 60.
//!
//! They matter for labels: `yes`, `on`, `1_000` and `0x1F` are no texts, and the API server refuses them where it wants one.

use serde_json::{Number, Value};

/// A scalar after its tag and style were taken into account.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// A plain `<<`.
    Merge,
    /// A value.
    Value(Value),
}

/// The meaning of a scalar written as `text`; only plain ones without a tag are guessed.
///
/// `tag` is the name of a core tag (`int` for `!!int`), and empty for any other tag, which leaves a text as it is.
pub(super) fn resolve(text: &str, is_plain: bool, tag: Option<&str>) -> Result<Scalar, String> {
    let wanted: fn(&Value) -> bool = match tag {
        None if is_plain && text == "<<" => return Ok(Scalar::Merge),
        Some("merge") if text == "<<" => return Ok(Scalar::Merge),
        None if is_plain => return plain(text).map(Scalar::Value),
        Some("bool") => Value::is_boolean,
        Some("int") => |value| value.is_i64() || value.is_u64(),
        Some("float") => Value::is_number,
        Some("null") => Value::is_null,
        None | Some(_) => return Ok(Scalar::Value(text.into())),
    };
    let value = plain(text)?;
    if wanted(&value) {
        Ok(Scalar::Value(value))
    } else {
        Err(format!("`{text}` is no `!!{}`", tag.unwrap_or_default()))
    }
}

/// A key as `kubectl` writes it in JSON; `None` for what cannot be a key.
pub(super) fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => {
            return Err(format!("`{text}` cannot be written in JSON: quote it if it is a text"));
        }
        _ => number(text).map_or_else(|| text.into(), Value::Number),
    })
}

fn number(text: &str) -> Option<Number> {
    match text.bytes().next()? {
        b'.' => float(text),
        b'+' | b'-' | b'0'..=b'9' => {
            let digits = text.replace('_', "");
            integer(&digits).or_else(|| float(&digits))
        }
        _ => None,
    }
}

/// Go's `ParseInt` and `ParseUint` with base 0, where a leading 0 alone means octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = text.len() != digits.len();
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // `from_str_radix` would take a second sign.
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let number = u64::from_str_radix(digits, base).ok()?;
    if negative {
        Some(Number::from(0i64.checked_sub_unsigned(number)?))
    } else if signed {
        Some(Number::from(i64::try_from(number).ok()?))
    } else {
        Some(Number::from(number))
    }
}

/// Digits with a point or an exponent; whole numbers become integers, as on their way through JSON.
fn float(text: &str) -> Option<Number> {
    let allowed = |byte: u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(allowed) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    if number.fract() == 0.0 && number.abs() < 9.0e18 {
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Scalar, resolve};

    #[track_caller]
    fn plain(text: &str) -> Value {
        match resolve(text, true, None).unwrap() {
            Scalar::Value(value) => value,
            Scalar::Merge => panic!("{text} is a merge key"),
        }
    }

    #[test]
    fn plain_scalars_are_what_go_yaml_makes_of_them() {
        let table = [
            ("", json!(null)),
            ("~", json!(null)),
            ("y", json!(true)),
            ("Yes", json!(true)),
            ("yEs", json!("yEs")),
            ("on", json!(true)),
            ("off", json!(false)),
            ("N", json!(false)),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-12", json!(-12)),
            ("-0", json!(0)),
            ("0755", json!(493)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("-0b11", json!(-3)),
            ("08", json!(8)),
            ("1_000", json!(1000)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1.5", json!(1.5)),
            ("1.0", json!(1)),
            ("1e3", json!(1000)),
            ("1.", json!(1)),
            (".5", json!(0.5)),
            ("1e999", json!("1e999")),
            ("0x", json!("0x")),
            ("--1", json!("--1")),
            ("+", json!("+")),
            (".", json!(".")),
            ("1:30", json!("1:30")),
            ("10.0.0.0/8", json!("10.0.0.0/8")),
            ("2001-01-01", json!("2001-01-01")),
            ("1Gi", json!("1Gi")),
            ("text", json!("text")),
        ];
        for (text, value) in table {
            assert_eq!(plain(text), value, "{text}");
        }
        assert_eq!(resolve("<<", true, None), Ok(Scalar::Merge));
        assert_eq!(resolve("<<", false, None), Ok(Scalar::Value(json!("<<"))));
        assert!(resolve(".inf", true, None).is_err());
    }

    #[test]
    fn quotes_and_tags_decide() {
        assert_eq!(resolve("yes", false, None), Ok(Scalar::Value(json!("yes"))));
        assert_eq!(resolve("5", true, Some("str")), Ok(Scalar::Value(json!("5"))));
        assert_eq!(resolve("5", false, Some("int")), Ok(Scalar::Value(json!(5))));
        assert_eq!(resolve("x", true, Some("")), Ok(Scalar::Value(json!("x"))));
        assert!(resolve("x", true, Some("int")).is_err());
        assert!(resolve("1.5", true, Some("int")).is_err());
    }
}
