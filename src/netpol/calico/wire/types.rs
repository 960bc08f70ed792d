//! `types`, and what it is when nobody wrote it.

use super::Notes;

/// Where a policy was written: the defaults differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// `projectcalico.org/v3`, where `types` are filled in (`defaultPolicyTypesField`).
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

/// What of the rules is written in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Nothing.
    Missing,
    /// An empty list.
    Empty,
    /// Rules.
    Rules,
}

impl Written {
    /// Of this list.
    pub(super) fn of<T>(rules: Option<&Vec<T>>) -> Self {
        match rules {
            None => Self::Missing,
            Some(rules) if rules.is_empty() => Self::Empty,
            Some(_) => Self::Rules,
        }
    }
}

/// Whether ingress and egress are governed; `written` says which rules for them there are.
pub(super) fn read(
    types: Option<&[Option<String>]>,
    written: (Written, Written),
    api: Api,
    notes: &mut Notes,
) -> (Option<bool>, Option<bool>) {
    let is_missing = types.is_none();
    let types: Vec<&str> = types.unwrap_or_default().iter().flatten().map(String::as_str).collect();
    if types.is_empty() {
        return by_default(written, is_missing, api);
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

fn by_default(
    (ingress, egress): (Written, Written),
    is_missing: bool,
    api: Api,
) -> (Option<bool>, Option<bool>) {
    // Egress rules alone leave ingress out, and no rules at all are an ingress policy. An empty list counts as none to Calico's
    // API server, and as rules to the admission policy that takes its place beside definitions of its own
    // (`policy.projectcalico.org`), which leaves empty types as they are.
    let by = |has_ingress: bool, has_egress: bool| (has_ingress || !has_egress, has_egress);
    let by_server = by(ingress == Written::Rules, egress == Written::Rules);
    let by_policy = if is_missing {
        by(ingress != Written::Missing, egress != Written::Missing)
    } else {
        (true, true)
    };
    let agreed = |one: bool, other: bool| (one == other).then_some(one);
    let served = (agreed(by_server.0, by_policy.0), agreed(by_server.1, by_policy.1));
    let certain = |governs: Option<bool>| governs.filter(|governs| *governs);
    match api {
        Api::Served => served,
        Api::Stored => (Some(true), Some(true)),
        Api::Unknown => (certain(served.0), certain(served.1)),
    }
}
