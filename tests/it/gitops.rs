//! What people on kubectl, Helm, Flux and Argo CD see when they ship one and the same application.

mod agreement;
mod argo;
mod bundle;
mod flux;
mod helm;
mod kubectl;
mod pages;

use crate::scenario::Scenario;

/// All tools.
pub(crate) const SCENARIOS: &[&[Scenario]] =
    &[kubectl::SCENARIOS, helm::SCENARIOS, flux::SCENARIOS, argo::SCENARIOS, agreement::SCENARIOS];
