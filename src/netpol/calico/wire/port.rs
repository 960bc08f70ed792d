//! Ports: a number, `first:last` or a name (Calico `numorstring.Port`).

use serde::Deserialize;

use super::Notes;
use crate::netpol::calico::PortEntry;

/// One entry; what is neither a number nor a text is an error of the format.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WirePort {
    Number(i64),
    Text(String),
}

impl WirePort {
    fn read(&self) -> Option<PortEntry> {
        let text = match self {
            Self::Number(number) => {
                let port = u16::try_from(*number).ok()?;
                return Some(PortEntry::Range(port, port));
            }
            Self::Text(text) => text,
        };
        if let Some((first, last)) = text.split_once(':') {
            let (first, last) = (digits(first)?, digits(last)?);
            return (first <= last).then_some(PortEntry::Range(first, last));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits(text).map(|port| PortEntry::Range(port, port));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let is_legal = text.len() <= 128 && text.bytes().all(is_name);
        is_legal.then(|| PortEntry::Name(text.clone()))
    }
}

fn digits(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The entries of a list, one that cannot be read in its place.
pub(super) fn read(
    field: &str,
    ports: Option<Vec<Option<WirePort>>>,
    notes: &mut Notes,
) -> Vec<PortEntry> {
    let mut read = |port: Option<WirePort>| {
        port.and_then(|port| port.read()).unwrap_or_else(|| {
            notes.add(field, "a port is a number, a range like 8000:8080, or a name");
            PortEntry::Unknown
        })
    };
    ports.unwrap_or_default().into_iter().map(&mut read).collect()
}
