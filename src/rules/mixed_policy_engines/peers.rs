//! Whom connections are compared with: the few ends at which the lists of two engines can differ.
//!
//! Whatever is found between two of them is so; what the rules name of other namespaces is looked up, and no other namespace.

use std::fmt;

use crate::connections::Governed;
use crate::model::{NamespaceView, World, stands_for_itself, three_of};
use crate::netpol::{AddressSet, End, Labels, Network, PodEnd};
use crate::object::Workload;

use crate::rules::known::pods;

/// How many namespaces of one selector are looked at, and how many workloads of each.
const NAMESPACES: usize = 8;
const WORKLOADS: usize = 64;

/// Ends of connections.
pub(super) struct Peers<'w> {
    nobody: Labels,
    outside: Vec<AddressSet>,
    pods: Vec<(&'w Workload, Labels)>,
}

/// One end, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A pod that no rule names: without labels, in a namespace without labels.
    Anyone,
    /// Addresses that are no pod's.
    Outside(AddressSet),
    /// The pods of a workload, by kind and name.
    Pods(String),
}

impl<'w> Peers<'w> {
    /// Those that the policies of `governed`, pods of the namespace `home`, can tell apart.
    pub(super) fn of(
        governed: &Governed<'_>,
        world: &'w World,
        home: &'w NamespaceView,
        network: &Network,
    ) -> Self {
        let mut views: Vec<&'w NamespaceView> = vec![home];
        for selector in governed.namespaces() {
            let matching: Vec<_> = world.namespaces_matching(&selector).take(NAMESPACES).collect();
            views.extend(matching);
        }
        views.sort_by_key(|view| (view.name != home.name, view.name.as_str()));
        views.dedup_by_key(|view| view.name.as_str());
        let of_view = |view: &'w NamespaceView| {
            let heads = pods(view).filter(move |workload| stands_for_itself(workload, view));
            heads.take(WORKLOADS).map(move |workload| (workload, view.labels()))
        };
        Self {
            nobody: Labels::default(),
            outside: AddressSet::of(network.families).cut(governed.blocks(network)),
            pods: views.into_iter().flat_map(of_view).collect(),
        }
    }

    /// Every end with its name, the widest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Who, End<'_>)> {
        let outside = self.outside.iter();
        let outside = outside.map(|part| (Who::Outside(part.clone()), End::Addresses(part)));
        let pods = self.pods.iter().map(|(workload, labels)| {
            let name = format!(
                "{} {}/{}",
                workload.kind,
                workload.meta.namespace,
                workload.meta.display_name()
            );
            (Who::Pods(name), End::Pod(workload.end(labels)))
        });
        std::iter::once((Who::Anyone, End::Pod(anyone(&self.nobody)))).chain(outside).chain(pods)
    }
}

/// A pod that no rule names, as the end of a connection; `nobody` are no labels.
pub(super) fn anyone(nobody: &Labels) -> PodEnd<'_> {
    PodEnd {
        namespace: "",
        namespace_labels: nobody,
        labels: nobody,
        service_account: "",
        ports: &[],
        addresses: &[],
        host_network: false,
    }
}

/// `pods of any namespace`, `10.0.0.0/8`, `Deployment shop/web`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("pods of any namespace"),
            Self::Outside(addresses) => {
                let blocks: Vec<String> =
                    addresses.blocks().iter().map(ToString::to_string).collect();
                f.write_str(&three_of(&blocks))
            }
            Self::Pods(name) => f.write_str(name),
        }
    }
}
