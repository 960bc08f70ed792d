//! The tokens of a selector, cut as Calico cuts them (`libcalico-go/lib/selector/tokenizer`).

use super::parse::Malformed;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    All,
    And,
    Comma,
    Contains,
    EndsWith,
    Equal,
    Global,
    /// `has(key)`, the whole of it.
    Has(&'a str),
    In,
    Key(&'a str),
    LeftBrace,
    LeftParenthesis,
    Not,
    NotEqual,
    NotIn,
    Or,
    RightBrace,
    RightParenthesis,
    StartsWith,
    /// A quoted text; there is no escape.
    Text(&'a str),
}

/// The signs, the longer ones first.
const SIGNS: [(&str, Token<'_>); 10] = [
    ("==", Token::Equal),
    ("!=", Token::NotEqual),
    ("&&", Token::And),
    ("||", Token::Or),
    ("!", Token::Not),
    ("(", Token::LeftParenthesis),
    (")", Token::RightParenthesis),
    ("{", Token::LeftBrace),
    ("}", Token::RightBrace),
    (",", Token::Comma),
];

/// The operators that are words, which stand behind a key alone; of two words there may be blanks between, or none.
const WORDS: [(&str, &str, Token<'_>); 5] = [
    ("contains", "", Token::Contains),
    ("starts", "with", Token::StartsWith),
    ("ends", "with", Token::EndsWith),
    ("not", "in", Token::NotIn),
    ("in", "", Token::In),
];

/// The tokens of `selector`, each with the place where it begins, in bytes.
pub(super) fn tokens(selector: &str) -> Result<Vec<(usize, Token<'_>)>, Malformed> {
    let mut tokens: Vec<(usize, Token<'_>)> = Vec::new();
    let mut rest = without_blanks(selector);
    while !rest.is_empty() {
        let at = selector.len() - rest.len();
        let behind_key = matches!(tokens.last(), Some((_, Token::Key(_))));
        let (token, left) = token(rest, behind_key).map_err(|reason| Malformed { at, reason })?;
        tokens.push((at, token));
        rest = without_blanks(left);
    }
    Ok(tokens)
}

/// Calico knows no other blanks: a line break is an error.
fn without_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// The first token of `text`, and what is left.
fn token(text: &str, behind_key: bool) -> Result<(Token<'_>, &str), &'static str> {
    for (sign, token) in SIGNS {
        if let Some(left) = text.strip_prefix(sign) {
            return Ok((token, left));
        }
    }
    for quote in ['"', '\''] {
        if let Some(left) = text.strip_prefix(quote) {
            let (value, left) = left.split_once(quote).ok_or("this text has no closing quote")?;
            return Ok((Token::Text(value), left));
        }
    }
    if behind_key {
        return word(text);
    }
    if let Some(left) = text.strip_prefix("has(") {
        let (key, left) = key(without_blanks(left)).ok_or("has() needs the name of a label")?;
        return Ok((Token::Has(key), closed(left)?));
    }
    for (call, token) in [("all(", Token::All), ("global(", Token::Global)] {
        if let Some(left) = text.strip_prefix(call) {
            return Ok((token, closed(left)?));
        }
    }
    let (key, left) = key(text).ok_or("no label, operator or text begins so")?;
    Ok((Token::Key(key), left))
}

fn word(text: &str) -> Result<(Token<'_>, &str), &'static str> {
    let found = WORDS.into_iter().find_map(|(first, second, token)| {
        let left = text.strip_prefix(first)?;
        if second.is_empty() {
            return Some((token, left));
        }
        Some((token, without_blanks(left).strip_prefix(second)?))
    });
    found.ok_or("a label needs an operator: ==, !=, in, not in, contains, starts with or ends with")
}

/// The label at the beginning of `text`, and what is left.
fn key(text: &str) -> Option<(&str, &str)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./-".contains(byte);
    let length = text.bytes().take_while(is_part).count();
    (length > 0).then(|| text.split_at(length))
}

fn closed(text: &str) -> Result<&str, &'static str> {
    without_blanks(text).strip_prefix(')').ok_or("this call has no closing parenthesis")
}
