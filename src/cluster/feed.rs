//! What one watch is about.

use std::fmt;

use crate::object::{ConfigMap, Kind, ObjectRef};

/// Where the ConfigMaps are that tell something about the cluster.
const HOME: &str = "kube-system";

/// What one watch is about: all objects of a kind, or a single one. Of ConfigMaps only those that are read are asked for: they
/// are many, large, and nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feed {
    kind: Kind,
    only: Option<&'static str>,
}

impl Feed {
    /// The feeds of one kind.
    pub fn of_kind(kind: Kind) -> impl Iterator<Item = Self> {
        let names = (kind == Kind::ConfigMap).then(ConfigMap::names);
        let single = names.into_iter().flatten().map(move |name| Self { kind, only: Some(name) });
        let is_whole = kind != Kind::ConfigMap;
        let whole = is_whole.then_some(Self { kind, only: None });
        single.chain(whole)
    }

    /// All feeds, sorted by kind.
    pub fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().flat_map(Self::of_kind)
    }

    /// The feed that reports the object; `None` when none does.
    pub fn of(reference: &ObjectRef) -> Option<Self> {
        let mut feeds = Self::of_kind(reference.kind);
        feeds.find(|feed| feed.only.is_none_or(|name| name == reference.name))
    }

    /// The kind of its objects.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// Namespace and name, when it is about a single object.
    pub fn only(self) -> Option<(&'static str, &'static str)> {
        self.only.map(|name| (HOME, name))
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, .. } = self;
        match self.only() {
            Some((namespace, name)) => write!(f, "{} {namespace}/{name}", kind.plural()),
            None if kind.is_built_in() => f.write_str(kind.plural()),
            None => write!(f, "{}.{}", kind.plural(), kind.group()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_feeds_and_every_object_at_most_one() {
        for kind in Kind::ALL {
            assert!(Feed::of_kind(kind).all(|feed| feed.kind() == kind));
            let count = match kind {
                Kind::ConfigMap => 2,
                _ => 1,
            };
            assert_eq!(Feed::of_kind(kind).count(), count, "{kind}");
        }
        let feed = |kind, name: &str| {
            let reference = ObjectRef { kind, namespace: None, name: name.to_owned() };
            Feed::of(&reference).map(|feed| feed.to_string())
        };
        assert_eq!(feed(Kind::Pod, "a").as_deref(), Some("pods"));
        assert_eq!(feed(Kind::Route, "a").as_deref(), Some("routes.route.openshift.io"));
        let cilium = feed(Kind::ConfigMap, "cilium-config");
        assert_eq!(cilium.as_deref(), Some("configmaps kube-system/cilium-config"));
        assert_eq!(feed(Kind::ConfigMap, "passwords"), None);
    }
}
