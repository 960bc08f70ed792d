//! Bytes to text: byte order marks, UTF-16, and bytes that are no text.

/// The text of a file.
pub(super) struct Decoded {
    /// The text; what was no text is U+FFFD.
    pub(super) text: String,
    /// Offsets in `text` of what was no text, ascending.
    pub(super) garbage: Vec<usize>,
    /// Why the file as a whole is not read.
    pub(super) refused: Option<&'static str>,
}

/// UTF-8 with or without a byte order mark, or UTF-16 with one, as YAML 1.2 section 5.2 asks.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => refuse("UTF-32: save the file as UTF-8"),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        // Without a mark: every object begins with an ASCII character, so a NUL beside it gives UTF-16 away.
        [0, _, ..] | [_, 0, ..] => {
            refuse("UTF-16 without a byte order mark: save the file as UTF-8")
        }
        _ => utf8(bytes),
    }
}

fn refuse(reason: &'static str) -> Decoded {
    Decoded { text: String::new(), garbage: Vec::new(), refused: Some(reason) }
}

fn utf8(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut garbage = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            garbage.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Decoded { text, garbage, refused: None }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return refuse("UTF-16 with half a character at its end");
    }
    let mut text = String::with_capacity(bytes.len());
    let mut garbage = Vec::new();
    for character in char::decode_utf16(pairs.iter().copied().map(unit)) {
        if character.is_err() {
            garbage.push(text.len());
        }
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Decoded { text, garbage, refused: None }
}
