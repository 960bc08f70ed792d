//! In which API each kind is served, as the watches have found out: live reads ask there first.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::object::{GroupVersion, Kind};

use super::served::Served;

/// The APIs that serve kinds.
#[derive(Debug, Default)]
pub(super) struct Apis(Mutex<BTreeMap<Kind, GroupVersion>>);

impl Apis {
    /// Notes where `kind` is served; what nobody knows stays as it was.
    pub(super) fn note(&self, kind: Kind, served: &Served) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match served {
            Served::In(api) => known.insert(kind, *api),
            Served::No => known.remove(&kind),
            Served::Unknown(_) => None,
        };
    }

    /// The APIs of `kind` in the order in which they are to be asked: the definition that serves it may be newer than what is
    /// known of it.
    pub(super) fn in_turn(&self, kind: Kind) -> Vec<GroupVersion> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).copied();
        let others = kind.apis().filter(|api| Some(*api) != known);
        known.into_iter().chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_to_be_served_is_asked_first() {
        let apis = Apis::default();
        let kind = Kind::GlobalNetworkPolicy;
        let [stored, native] = kind.apis().collect::<Vec<_>>()[..] else { panic!("two APIs") };
        assert_eq!(apis.in_turn(kind), [stored, native]);
        apis.note(kind, &Served::In(native));
        assert_eq!(apis.in_turn(kind), [native, stored]);
        assert_eq!(apis.in_turn(Kind::Tier), Kind::Tier.apis().collect::<Vec<_>>());
        apis.note(kind, &Served::Unknown("no endpoints".to_owned()));
        assert_eq!(apis.in_turn(kind), [native, stored]);
        apis.note(kind, &Served::No);
        assert_eq!(apis.in_turn(kind), [stored, native]);
    }
}
