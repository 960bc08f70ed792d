//! What the certificates in files say.

use std::net::IpAddr;
use std::path::Path;

use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::parse_x509_pem;

use super::file;

/// Whether the first certificate of a file is valid now and has a third of `life` left.
pub(super) fn is_fresh(path: &Path, life: Duration, now: OffsetDateTime) -> bool {
    let validity = first_certificate(path, |certificate| {
        let validity = certificate.validity();
        (validity.not_before.to_datetime(), validity.not_after.to_datetime())
    });
    validity.is_some_and(|(from, until)| from <= now && until - now > life / 3)
}

/// The names in the first certificate of a file, sorted.
pub(super) fn names_of(path: &Path) -> Option<Vec<String>> {
    let names = first_certificate(path, |certificate| {
        let alternative = certificate.subject_alternative_name().ok().flatten()?;
        let names = alternative.value.general_names.iter();
        Some(names.filter_map(name).collect::<Vec<_>>())
    });
    names.flatten().map(|names| sorted(&names))
}

/// Whether the leaf in one file names the key of the authority in another as its signer's.
pub(super) fn is_signed_by(leaf: &Path, authority: &Path) -> bool {
    let signer = first_certificate(leaf, |leaf| {
        leaf.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(signer) => {
                signer.key_identifier.as_ref().map(|key| key.0.to_vec())
            }
            _ => None,
        })
    });
    let own = first_certificate(authority, |authority| {
        authority.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0.to_vec()),
            _ => None,
        })
    });
    signer.flatten().is_some_and(|signer| own.flatten() == Some(signer))
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

fn first_certificate<T>(path: &Path, read: impl FnOnce(&X509Certificate<'_>) -> T) -> Option<T> {
    let content = file::read(path).ok()?;
    let (_, pem) = parse_x509_pem(&content).ok()?;
    let certificate = pem.parse_x509().ok()?;
    Some(read(&certificate))
}

/// Sorted, each once, addresses in their usual notation.
pub(super) fn sorted(names: &[String]) -> Vec<String> {
    let address = |name: &String| name.parse().map(|address: IpAddr| address.to_string());
    let mut names: Vec<String> =
        names.iter().map(|name| address(name).unwrap_or_else(|_| name.clone())).collect();
    names.sort_unstable();
    names.dedup();
    names
}
