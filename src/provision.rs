//! The policies of a managed namespace: its default-deny, and beside it what the templates of the settings allow (DESIGN 5).
//!
//! [`desired()`] is a value of settings, World and namespace: the controller brings a namespace there, `check` judges files as if it
//! had, and `init` writes it for a team that keeps its policies itself. Two laws hold, whatever the facts and the templates are:
//!
//! - the default-deny reaches the namespace's profile, and no template takes it away from any direction that it closes;
//! - a template only opens: one that is about a direction which the default-deny leaves open is left out, because a policy that
//!   allows something there would close all the rest.

mod built_in;
mod check;
mod desired;
mod left_out;
mod manifest;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use check::{TemplateError, check};
pub use desired::{Desired, desired};
pub use left_out::{LeftOut, Reason};
pub use manifest::{DesiredPolicy, FIELD_MANAGER, MANAGED_BY, is_ours};
