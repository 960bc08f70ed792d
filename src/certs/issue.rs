//! The self-signed authority and its leaf.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use time::{Duration, OffsetDateTime};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

use super::file::{self, PRIVATE, PUBLIC};
use super::{CertificateError, PairPaths};

/// How long an authority is valid.
pub const AUTHORITY_LIFE: Duration = Duration::days(365);
/// How long a leaf is valid.
pub const LEAF_LIFE: Duration = Duration::days(7);
/// Clocks disagree: a certificate is valid from a little before it was made.
const EARLIER: Duration = Duration::minutes(5);
const COMMON_NAME: &str = "portcullis self-signed CA";

/// The authority that [`ensure`] left in a directory.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its certificate: the `caBundle` of the webhook configurations.
    pub certificate: PathBuf,
    /// The pair that it signed.
    pub pair: PairPaths,
}

/// Makes sure that `directory` holds an authority and a leaf for exactly `names` (host names and addresses), both with at
/// least a third of their life left; makes what is missing, keeps what is good.
///
/// Call it again now and then: renewal is nothing else.
pub fn ensure(
    directory: &Path,
    names: &[String],
    now: OffsetDateTime,
) -> Result<Authority, CertificateError> {
    let authority =
        Authority { certificate: directory.join("ca.crt"), pair: PairPaths::within(directory) };
    let authority_key = directory.join("ca.key");
    let is_current = is_fresh(&authority.certificate, AUTHORITY_LIFE, now)
        .then(|| existing_key(&authority_key))
        .flatten();
    let (key, is_new) = match is_current {
        Some(key) => (key, false),
        None => (new_authority(&authority.certificate, &authority_key, now)?, true),
    };
    let leaf = &authority.pair;
    let is_leaf_good = !is_new
        && is_fresh(&leaf.certificate, LEAF_LIFE, now)
        && names_of(&leaf.certificate) == Some(sorted(names))
        && leaf.load().is_ok();
    if !is_leaf_good {
        new_leaf(leaf, names, key, now)?;
    }
    Ok(authority)
}

fn new_authority(
    certificate: &Path,
    key: &Path,
    now: OffsetDateTime,
) -> Result<KeyPair, CertificateError> {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = authority_params()?;
    params.not_before = now - EARLIER;
    params.not_after = now + AUTHORITY_LIFE;
    let signed = params.self_signed(&pair)?;
    file::write(key, &pair.serialize_pem(), PRIVATE)?;
    file::write(certificate, &signed.pem(), PUBLIC)?;
    Ok(pair)
}

/// What every authority of ours says; a leaf's issuer is made from this and the stored key alone.
fn authority_params() -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(DnType::CommonName, COMMON_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn new_leaf(
    paths: &PairPaths,
    names: &[String],
    authority: KeyPair,
    now: OffsetDateTime,
) -> Result<(), CertificateError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    // Addresses among the names become IP entries, the others DNS entries.
    let mut params = CertificateParams::new(sorted(names))?;
    params.distinguished_name.push(DnType::CommonName, "portcullis");
    params.not_before = now - EARLIER;
    params.not_after = now + LEAF_LIFE;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let issuer = Issuer::new(authority_params()?, authority);
    let signed = params.signed_by(&key, &issuer)?;
    file::write(&paths.key, &key.serialize_pem(), PRIVATE)?;
    file::write(&paths.certificate, &signed.pem(), PUBLIC)
}

fn existing_key(path: &Path) -> Option<KeyPair> {
    let pem = String::from_utf8(file::read(path).ok()?).ok()?;
    KeyPair::from_pem(&pem).ok()
}

/// Whether the first certificate of a file is valid now and has a third of `life` left.
fn is_fresh(path: &Path, life: Duration, now: OffsetDateTime) -> bool {
    let validity = first_certificate(path, |certificate| {
        let validity = certificate.validity();
        (validity.not_before.to_datetime(), validity.not_after.to_datetime())
    });
    validity.is_some_and(|(from, until)| from <= now && until - now > life / 3)
}

/// The names in the first certificate of a file, sorted.
fn names_of(path: &Path) -> Option<Vec<String>> {
    let names = first_certificate(path, |certificate| {
        let alternative = certificate.subject_alternative_name().ok().flatten()?;
        let names = alternative.value.general_names.iter();
        Some(names.filter_map(name).collect::<Vec<_>>())
    });
    names.flatten().map(|names| sorted(&names))
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

fn first_certificate<T>(
    path: &Path,
    read: impl FnOnce(&x509_parser::certificate::X509Certificate<'_>) -> T,
) -> Option<T> {
    let content = file::read(path).ok()?;
    let (_, pem) = parse_x509_pem(&content).ok()?;
    let certificate = pem.parse_x509().ok()?;
    Some(read(&certificate))
}

/// Sorted, each once, addresses in their usual notation.
fn sorted(names: &[String]) -> Vec<String> {
    let address = |name: &String| name.parse().map(|address: IpAddr| address.to_string());
    let mut names: Vec<String> =
        names.iter().map(|name| address(name).unwrap_or_else(|_| name.clone())).collect();
    names.sort_unstable();
    names.dedup();
    names
}
