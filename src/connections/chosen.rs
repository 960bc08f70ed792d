//! Which classes the selectors of Cilium and Calico tell from the others, found once for each selector.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::netpol::calico::Choice;
use crate::netpol::cilium::Selection;
use crate::netpol::{PodEnd, Where};

use super::peers::PeerIndex;

/// What rules choose peers by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By<'w> {
    Calico(Choice<'w>),
    Cilium(Selection<'w>),
}

impl<'w> By<'w> {
    fn selects(self, pod: &PodEnd<'_>) -> Option<bool> {
        match self {
            Self::Calico(choice) => choice.selects(pod),
            Self::Cilium(selection) => selection.selects(pod),
        }
    }

    fn within(self) -> Where<'w> {
        match self {
            Self::Calico(choice) => choice.within(),
            Self::Cilium(selection) => selection.within(),
        }
    }

    /// Classes that it may select wherever they are: labels of pods win over those of their namespace.
    fn anywhere<'i>(self, index: &'i PeerIndex<'_, '_>) -> &'i [usize] {
        match self {
            Self::Calico(_) => index.posing(),
            Self::Cilium(_) => &[],
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Chosen<'w> {
    known: RefCell<HashMap<By<'w>, Rc<[usize]>>>,
}

impl<'w> Chosen<'w> {
    /// The classes of the pod network that `selection` treats otherwise than most.
    pub(super) fn of(&self, selection: By<'w>, index: &PeerIndex<'_, '_>) -> Rc<[usize]> {
        let mut known = self.known.borrow_mut();
        Rc::clone(known.entry(selection).or_insert_with(|| told_apart(selection, index)))
    }
}

fn told_apart(selection: By<'_>, index: &PeerIndex<'_, '_>) -> Rc<[usize]> {
    let mut classes: Vec<usize> = match selection.within() {
        Where::Nowhere => Vec::new(),
        Where::At(name) => index.of_namespace(name).collect(),
        Where::In(names) => names.iter().flat_map(|name| index.of_namespace(name)).collect(),
        Where::Labelled(selector) => {
            let views = index.world().namespaces_matching(&selector);
            views.flat_map(|view| index.of_namespace(&view.name)).collect()
        }
        Where::Everywhere => return unusual(selection, index),
    };
    classes.extend(selection.anywhere(index));
    let answers = answers(selection, index, classes.into_iter());
    answers.filter(|(_, answer)| *answer != Some(false)).map(|(class, _)| class).collect()
}

/// The classes for which the answer is not the one that most of them have.
fn unusual(selection: By<'_>, index: &PeerIndex<'_, '_>) -> Rc<[usize]> {
    const ANSWERS: [Option<bool>; 3] = [Some(false), Some(true), None];
    let answers: Vec<(usize, Option<bool>)> =
        answers(selection, index, 0..index.classes().len()).collect();
    let count = |answer: &Option<bool>| answers.iter().filter(|(_, it)| it == answer).count();
    let usual = ANSWERS.into_iter().max_by_key(count);
    let others = answers.iter().filter(|(_, answer)| Some(*answer) != usual);
    others.map(|(class, _)| *class).collect()
}

/// Whether the pods of each of `classes` are selected. Those in the network of nodes are left out: selectors of pods tell none of
/// them apart.
fn answers(
    selection: By<'_>,
    index: &PeerIndex<'_, '_>,
    classes: impl Iterator<Item = usize>,
) -> impl Iterator<Item = (usize, Option<bool>)> {
    classes.filter_map(move |class| {
        let end = index.classes()[class].end();
        (!end.host_network).then(|| (class, selection.selects(&end)))
    })
}
