//! Which classes a rule can tell from the others: found by index, so that only those are judged one by one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use std::rc::Rc;

use crate::model::World;
use crate::netpol::calico::poses_as_namespace;
use crate::netpol::{
    AddressSet, Direction, Network, Peer, Peers, Pods, PortMatch, Ports, Protocol, Rule, Selector,
    TieredPeer,
};

use super::chosen::{By, Chosen};
use super::{Class, Governed};

/// A peer with a namespaceSelector: its selectors of namespaces and of pods.
type Wide = (Selector, Option<Selector>);

/// Classes by what rules choose them by.
pub(super) struct PeerIndex<'c, 'w> {
    world: &'w World,
    classes: &'c [Class<'w>],
    /// Classes of one namespace stand together.
    by_namespace: BTreeMap<&'c str, Range<usize>>,
    by_address: Vec<(IpAddr, usize)>,
    by_port: BTreeMap<(Protocol, &'c str), Vec<usize>>,
    /// By sort.
    sorted: [Vec<usize>; SORTS],
    sorts: Vec<usize>,
    /// What peers with a namespaceSelector select: the same wherever they are written.
    selected: RefCell<BTreeMap<Wide, Rc<[usize]>>>,
    /// Classes of pods that write labels as if their namespace had them.
    posing: Vec<usize>,
    /// What the selectors of Cilium and Calico tell apart.
    chosen: Chosen<'w>,
}

impl<'c, 'w> PeerIndex<'c, 'w> {
    pub(super) fn new(world: &'w World, classes: &'c [Class<'w>]) -> Self {
        let mut by_namespace: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        let mut by_address = Vec::new();
        let mut by_port: BTreeMap<(Protocol, &str), Vec<usize>> = BTreeMap::new();
        for (index, class) in classes.iter().enumerate() {
            by_namespace.entry(&class.view.name).or_insert(index..index).end = index + 1;
            let end = class.end();
            by_address.extend(end.addresses.iter().map(|address| (*address, index)));
            for port in end.ports {
                by_port.entry((port.protocol, &port.name)).or_default().push(index);
            }
        }
        by_address.sort_unstable();
        let sorts: Vec<usize> = classes.iter().map(sort).collect();
        let of_sort = |sort| (0..classes.len()).filter(|class| sorts[*class] == sort).collect();
        let sorted = std::array::from_fn(of_sort);
        let (selected, chosen) = (RefCell::default(), Chosen::default());
        let poses = |index: &usize| poses_as_namespace(&classes[*index].end());
        let posing = (0..classes.len()).filter(poses).collect();
        Self {
            world,
            classes,
            by_namespace,
            by_address,
            by_port,
            sorted,
            sorts,
            selected,
            posing,
            chosen,
        }
    }

    /// The World of the classes.
    pub(super) fn world(&self) -> &'w World {
        self.world
    }

    /// The classes of pods that write labels as if their namespace had them.
    pub(super) fn posing(&self) -> &[usize] {
        &self.posing
    }

    /// The classes of one namespace.
    pub(super) fn of_namespace(&self, name: &str) -> Range<usize> {
        self.by_namespace.get(name).cloned().unwrap_or_default()
    }

    /// All classes.
    pub(super) fn classes(&self) -> &'c [Class<'w>] {
        self.classes
    }

    /// The sort of every class.
    pub(super) fn sorts(&self) -> &[usize] {
        &self.sorts
    }

    /// The first class of this sort that is not among `classes`, which are sorted.
    pub(super) fn first_beside(&self, classes: &[usize], sort: usize) -> Option<usize> {
        let mut of_sort = self.sorted[sort].iter().copied();
        of_sort.find(|class| classes.binary_search(class).is_err())
    }

    /// The classes that some rule of `governed`, of a pod of `namespace`, tells from others of their sort ([`sort`]), sorted.
    pub(super) fn told_apart(
        &self,
        governed: &Governed<'w>,
        network: &Network,
        namespace: &str,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        if let Some(governing) = governed.standard() {
            for rule in governing.rules() {
                if is_for_everyone(rule) {
                    self.declare(&rule.ports, governing.direction(), &mut found);
                    continue;
                }
                for peer in rule.peers.listed() {
                    if let Peer::Pods(pods) = peer {
                        self.select(pods, namespace, &mut found);
                    }
                }
            }
        }
        for tier in governed.tiers() {
            for rule in tier.rules() {
                self.declare(&rule.ports, tier.direction(), &mut found);
                for peer in &rule.peers {
                    if let TieredPeer::Pods(pods) = peer
                        && !pods.is_everything()
                    {
                        let (namespaces, pods) = (pods.namespaces.clone(), pods.pods.clone());
                        let pods = Pods { namespaces: Some(namespaces), pods: Some(pods) };
                        self.select(&pods, namespace, &mut found);
                    }
                }
            }
        }
        for selection in governed.cilium().iter().flat_map(|cilium| cilium.selections()) {
            found.extend(self.chosen.of(By::Cilium(selection), self).iter());
        }
        if let Some(calico) = governed.calico() {
            for choice in calico.choices() {
                found.extend(self.chosen.of(By::Calico(choice), self).iter());
            }
            for name in calico.port_names() {
                let declaring = Protocol::ALL.map(|protocol| self.by_port.get(&(protocol, name)));
                found.extend(declaring.into_iter().flatten().flatten());
            }
        }
        for blocks in governed.blocks(network) {
            self.hold(blocks, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The classes that declare a port by one of the names that are asked for: looked up on the pod that is connected to.
    fn declare(&self, ports: &Ports, direction: Direction, found: &mut Vec<usize>) {
        if direction == Direction::Ingress {
            return;
        }
        for entry in ports.entries() {
            if let PortMatch::Name(protocol, name) = entry {
                let declaring = self.by_port.get(&(*protocol, name.as_str()));
                found.extend(declaring.into_iter().flatten());
            }
        }
    }

    fn select(&self, pods: &Pods, namespace: &str, found: &mut Vec<usize>) {
        let Some(namespaces) = &pods.namespaces else {
            found.extend(self.in_namespace(namespace, pods.pods.as_ref()));
            return;
        };
        let key = (namespaces.clone(), pods.pods.clone());
        let mut selected = self.selected.borrow_mut();
        let classes = selected.entry(key).or_insert_with(|| {
            let views = self.world.namespaces_matching(namespaces);
            views.flat_map(|view| self.in_namespace(&view.name, pods.pods.as_ref())).collect()
        });
        found.extend(classes.iter());
    }

    fn in_namespace<'s>(
        &'s self,
        namespace: &str,
        selector: Option<&'s Selector>,
    ) -> impl Iterator<Item = usize> + use<'s, 'c, 'w> {
        self.of_namespace(namespace).filter(move |index| {
            selector.is_none_or(|selector| selector.matches(&self.classes[*index].labels))
        })
    }

    fn hold(&self, blocks: &AddressSet, found: &mut Vec<usize>) {
        for net in blocks.blocks() {
            let first = self.by_address.partition_point(|(address, _)| *address < net.network());
            let rest = self.by_address[first..].iter();
            let inside = rest.take_while(|(address, _)| net.contains(address));
            found.extend(inside.map(|(_, index)| *index));
        }
    }
}

/// Whether the rule matches all pods alike, those of the host network perhaps left out: they are of a sort of their own.
fn is_for_everyone(rule: &Rule) -> bool {
    let is_wide = |selector: Option<&Selector>| selector.is_none_or(Selector::is_everything);
    let names_all = |peer: &Peer| match peer {
        Peer::Pods(Pods { namespaces: Some(namespaces), pods }) => {
            namespaces.is_everything() && is_wide(pods.as_ref())
        }
        _ => false,
    };
    match &rule.peers {
        Peers::Any => true,
        Peers::Some(peers) => peers.iter().any(names_all),
    }
}

/// How many sorts of classes there are.
pub(super) const SORTS: usize = 4;

/// Classes of one sort that no rule names are alike to every rule: their addresses are known, in none of its blocks, or not
/// known, and they are in the network of pods or of nodes.
pub(super) fn sort(class: &Class<'_>) -> usize {
    let end = class.end();
    usize::from(end.addresses.is_empty()) * 2 + usize::from(end.host_network)
}
