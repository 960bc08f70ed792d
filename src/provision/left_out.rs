//! Why a template, or a part of it, is not in a namespace.

use std::fmt;

use crate::netpol::Direction;

/// A template that is left out, or that some of its peers are missing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The template's name.
    pub template: String,
    /// Why.
    pub reason: Reason,
}

/// Why it is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// This peer cannot be told from others: no label and no address of it is known.
    NoSelector(String),
    /// The default-deny does not close this direction; a policy that allows something there would.
    NotClosed(Direction),
    /// With it, every pod may do more in this direction than the profile lets it.
    OpensAll(Direction),
    /// Nobody knows where these are.
    Unknown(&'static str),
    /// It cannot be read as a `NetworkPolicy`.
    Unreadable,
}

impl Reason {
    /// Whether it comes from what is not known now and may be later: what is in the namespace already stays as it is.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoSelector(_) | Self::Unknown(_))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.template;
        match &self.reason {
            Reason::NoSelector(peer) => {
                write!(
                    f,
                    "{name} does not allow {peer}: no label or address to select it by is known"
                )
            }
            Reason::NotClosed(direction) => write!(
                f,
                "{name} is left out: {direction} is open here, and a policy that allows something would close the rest"
            ),
            Reason::OpensAll(direction) => {
                write!(f, "{name} is left out: it would take the default-deny away for {direction}")
            }
            Reason::Unknown(what) => write!(f, "{name} is left out: {what} in this cluster"),
            Reason::Unreadable => write!(f, "{name} is left out: its `spec` cannot be read"),
        }
    }
}
