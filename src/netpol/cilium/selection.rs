//! What tells pods apart as peers: the selectors of the rules that govern a pod.

use super::governing::Governing;
use super::identity::Identity;
use super::key::Meaning;
use super::selector::EndpointSelector;
use crate::netpol::{Operator, PodEnd, Requirement, Selector, Where};

/// A selector of peers as a policy of the namespace `home` means it, or one of the whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Selection<'a> {
    selector: &'a EndpointSelector,
    home: Option<&'a str>,
}

impl<'a> Governing<'a> {
    /// The selectors by which the rules choose pods as peers: two pods that all of them treat alike are alike, but for their
    /// addresses.
    pub fn selections(&self) -> impl Iterator<Item = Selection<'a>> {
        self.selectors().map(|(selector, home)| Selection { selector, home })
    }
}

impl<'a> Selection<'a> {
    /// Whether it selects `pod`, which is not in the network of its node.
    pub fn selects(&self, pod: &PodEnd<'_>) -> Option<bool> {
        self.selector.selects_peer(&Identity::Pod(pod), self.home)
    }

    /// Where the pods can be that it selects, or may select.
    pub fn within(&self) -> Where<'a> {
        if *self.selector == EndpointSelector::Unreadable {
            return Where::Nowhere;
        }
        if let Some(home) = self.home
            && !self.selector.is_anywhere(self.home)
        {
            return Where::At(home);
        }
        let mut labels = Vec::new();
        for asked in self.selector.asked() {
            match (asked.key.meaning(), &asked.operator) {
                (Meaning::Namespace, Operator::In(names)) => return Where::In(names),
                (Meaning::NamespaceLabel(key), operator) => {
                    labels.push(Requirement { key: key.to_owned(), operator: operator.clone() });
                }
                _ => {}
            }
        }
        if labels.is_empty() {
            return Where::Everywhere;
        }
        Where::Labelled(Selector { requirements: labels })
    }
}
