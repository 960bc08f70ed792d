//! `types`, and what it is when nobody wrote it.

use super::Notes;

/// Where a policy was written: the defaults differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// `projectcalico.org/v3`, which fills in `types` (`defaultPolicyTypesField`).
    Served,
    /// `crd.projectcalico.org/v1`, which is stored as it is; without `types` felix governs both directions
    /// (`ExtractPolicyMetadata`).
    Stored,
    /// The object does not say.
    #[default]
    Unknown,
}

impl Api {
    /// The API of this `apiVersion`.
    pub fn of(api_version: &str) -> Self {
        match api_version.split_once('/') {
            Some(("projectcalico.org", _)) => Self::Served,
            Some(("crd.projectcalico.org", _)) => Self::Stored,
            _ => Self::Unknown,
        }
    }
}

/// Whether ingress and egress are governed; `has_rules` says whether there are rules for them.
pub(super) fn read(
    types: Option<&[Option<String>]>,
    has_rules: (bool, bool),
    api: Api,
    notes: &mut Notes,
) -> (Option<bool>, Option<bool>) {
    let types: Vec<&str> = types.unwrap_or_default().iter().flatten().map(String::as_str).collect();
    if types.is_empty() {
        return by_default(has_rules, api);
    }
    let has = |name: &str| types.iter().any(|written| written.eq_ignore_ascii_case(name));
    let count = |name: &str| types.iter().filter(|one| one.eq_ignore_ascii_case(name)).count();
    let is_readable = count("Ingress") + count("Egress") == types.len();
    if !is_readable {
        notes.add("spec.types", "a type is Ingress or Egress");
    }
    let of = |name| if has(name) { Some(true) } else { is_readable.then_some(false) };
    (of("Ingress"), of("Egress"))
}

fn by_default((has_ingress, has_egress): (bool, bool), api: Api) -> (Option<bool>, Option<bool>) {
    // Egress rules alone leave ingress out, and no rules at all are an ingress policy.
    let served = (has_ingress || !has_egress, has_egress);
    match api {
        Api::Served => (Some(served.0), Some(served.1)),
        Api::Stored => (Some(true), Some(true)),
        Api::Unknown => (served.0.then_some(true), served.1.then_some(true)),
    }
}
