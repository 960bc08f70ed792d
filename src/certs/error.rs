//! What can go wrong with certificates.

use std::io;
use std::path::PathBuf;

/// A certificate that cannot be read, made or used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what happened")]
pub enum CertificateError {
    #[error("cannot read {path}: check that the file exists and that this user may read it")]
    Read { path: PathBuf, source: io::Error },

    #[error("cannot write {path}: check that the directory is writable for this user")]
    Write { path: PathBuf, source: io::Error },

    #[error(
        "{path} holds no certificate: it must be PEM with at least one CERTIFICATE block, the leaf first"
    )]
    NoCertificate { path: PathBuf },

    #[error("cannot parse the certificates in {path}: {reason}")]
    Certificate { path: PathBuf, reason: String },

    #[error(
        "cannot use the private key in {path}: {reason}; it must be PEM (PKCS#8, PKCS#1 or SEC1), unencrypted"
    )]
    Key { path: PathBuf, reason: String },

    #[error(
        "the key in {key} does not belong to the certificate in {certificate}: both must come from one issuance"
    )]
    Mismatch { certificate: PathBuf, key: PathBuf },

    #[error("cannot make a certificate")]
    Issue(#[from] rcgen::Error),
}
