//! Certificates: a self-signed authority with a short-lived leaf for when nobody brings a pair, and the loading of a pair.
//!
//! Keys are ECDSA P-256 (a burst of new connections is paid in handshakes), readable by their owner only, and files
//! are replaced whole, so a reader never sees half of one.

mod error;
mod file;
mod issue;
mod look;
mod pair;
#[cfg(test)]
mod tests;

pub use error::CertificateError;
pub use issue::{AUTHORITY_LIFE, Authority, LEAF_LIFE, ensure};
pub use pair::{Loaded, PairPaths, PemPair};
