//! How an object is named.

use std::fmt;

use super::Kind;

/// Kind, namespace and name: what identifies an object in a World.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The name; empty while `generateName` has not been filled in.
    pub name: String,
}

impl ObjectRef {
    /// The first of all references in their order: where a range begins.
    pub(crate) const FIRST: Self =
        Self { kind: Kind::ALL[0], namespace: None, name: String::new() };

    /// The Namespace of this name.
    pub fn namespace(name: &str) -> Self {
        Self { kind: Kind::Namespace, namespace: None, name: name.to_owned() }
    }

    /// The namespace that it is in, or that it is; `None` for everything else in no namespace.
    pub fn home(&self) -> Option<&str> {
        match self.kind {
            Kind::Namespace => Some(&self.name),
            _ => self.namespace.as_deref(),
        }
    }
}

/// `Deployment shop/web`, `Namespace shop`.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
