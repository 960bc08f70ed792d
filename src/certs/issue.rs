//! The self-signed authority and its leaf.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use time::{Duration, OffsetDateTime};

use super::file::{self, PRIVATE, PUBLIC};
use super::look::{is_fresh, is_signed_by, names_of, sorted};
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
        .then(|| existing_key(&authority.certificate, &authority_key))
        .flatten();
    let (key, is_new) = match is_current {
        Some(key) => (key, false),
        None => (new_authority(&authority.certificate, &authority_key, now)?, true),
    };
    let leaf = &authority.pair;
    let is_leaf_good = !is_new
        && is_fresh(&leaf.certificate, LEAF_LIFE, now)
        && is_signed_by(&leaf.certificate, &authority.certificate)
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

/// The authority's key, when it is there and belongs to the certificate: a crash may have come between the two files.
fn existing_key(certificate: &Path, key: &Path) -> Option<KeyPair> {
    let pair = PairPaths { certificate: certificate.to_owned(), key: key.to_owned() };
    pair.load().ok()?;
    let pem = String::from_utf8(file::read(key).ok()?).ok()?;
    KeyPair::from_pem(&pem).ok()
}
