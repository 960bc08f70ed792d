//! Laws that hold for all policies of Calico, on random ones.

pub(crate) mod cluster;
mod decisions;
pub(crate) mod naive;
mod pods;
mod selectors;
mod written;

use proptest::prelude::ProptestConfig;

/// Many cases at night.
fn config() -> ProptestConfig {
    let is_night = std::env::var_os("PORTCULLIS_NIGHTLY").is_some();
    let cases = if is_night { 100_000 } else { 2_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
