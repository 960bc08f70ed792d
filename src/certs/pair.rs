//! A certificate and its key: where they are, what is in the files, and what the server uses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use time::OffsetDateTime;
use x509_parser::parse_x509_certificate;

use super::CertificateError;
use super::file;

/// Where a pair lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairPaths {
    /// The leaf, then its intermediates, in PEM.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub key: PathBuf,
}

/// What the two files hold; compared to see that something changed.
#[derive(Clone, PartialEq, Eq)]
pub struct PemPair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A pair that belongs together and can be served.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// For the TLS server.
    pub certified: Arc<CertifiedKey>,
    /// When the leaf, or an intermediate before it, expires.
    pub not_after: OffsetDateTime,
}

impl PairPaths {
    /// `tls.crt` and `tls.key` in a directory, as a Secret of type `kubernetes.io/tls` is mounted.
    pub fn within(directory: &Path) -> Self {
        Self { certificate: directory.join("tls.crt"), key: directory.join("tls.key") }
    }

    /// The content of both files.
    pub fn read(&self) -> Result<PemPair, CertificateError> {
        Ok(PemPair { certificate: file::read(&self.certificate)?, key: file::read(&self.key)? })
    }

    /// Parses a content that [`Self::read`] returned, and checks that key and certificate belong together.
    pub fn parse(&self, pair: &PemPair) -> Result<Loaded, CertificateError> {
        let chain = self.chain(&pair.certificate)?;
        let not_after = self.not_after(&chain)?;
        let key = PrivateKeyDer::from_pem_slice(&pair.key)
            .map_err(|error| self.unusable_key(&error.to_string()))?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
        let certified = certified.map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => CertificateError::Mismatch {
                certificate: self.certificate.clone(),
                key: self.key.clone(),
            },
            Error::InvalidCertificate(reason) => self.unusable_certificate(&reason.to_string()),
            other => self.unusable_key(&other.to_string()),
        })?;
        Ok(Loaded { certified: Arc::new(certified), not_after })
    }

    /// Reads and parses.
    pub fn load(&self) -> Result<Loaded, CertificateError> {
        self.parse(&self.read()?)
    }

    fn chain(&self, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error| self.unusable_certificate(&error.to_string()))?;
        if chain.is_empty() {
            let path = self.certificate.clone();
            return Err(CertificateError::NoCertificate { path });
        }
        Ok(chain)
    }

    fn not_after(&self, chain: &[CertificateDer<'_>]) -> Result<OffsetDateTime, CertificateError> {
        let mut earliest = None;
        for certificate in chain {
            let (_, certificate) = parse_x509_certificate(certificate)
                .map_err(|error| self.unusable_certificate(&error.to_string()))?;
            let not_after = certificate.validity().not_after.to_datetime();
            earliest =
                Some(earliest.map_or(not_after, |other: OffsetDateTime| other.min(not_after)));
        }
        earliest.ok_or_else(|| self.unusable_certificate("no certificate"))
    }

    fn unusable_certificate(&self, reason: &str) -> CertificateError {
        CertificateError::Certificate { path: self.certificate.clone(), reason: reason.to_owned() }
    }

    fn unusable_key(&self, reason: &str) -> CertificateError {
        CertificateError::Key { path: self.key.clone(), reason: reason.to_owned() }
    }
}
