//! What a change opens and closes, as warnings.

use std::collections::{BTreeMap, BTreeSet};

use crate::connections::{Party, Shift};
use crate::netpol::{Direction, PortSets};
use crate::object::ObjectRef;
use crate::report::connections::{Side, ports, spans};

use super::message::cut;

/// Findings are of more use than many lines about connections: of the 16 warnings these take no more.
const MOST: usize = 8;

/// A longer line names namespaces and counts their workloads: the API server advises 120 characters.
const LENGTH: usize = 120;

/// Ports and addresses can be listed without end.
const LIST: usize = 60;

/// Instead of lines, when there was too much to compare.
pub(super) const TOO_MUCH: &str = "what this opens and closes takes longer to find out than a request may last; \
     `portcullis diff OLD NEW` shows it";

/// One line for workloads and peers between which the same happens, what is opened first, and first what is opened from
/// outside or from other namespaces.
pub(super) fn lines(shifts: &[Shift]) -> Vec<String> {
    // What happens to a workload with some peers, then the workloads to which it happens with the same peers.
    let mut by_subject: BTreeMap<(What, &Party), BTreeSet<&Party>> = BTreeMap::new();
    for shift in shifts {
        for (is_closed, ports) in [(false, &shift.opened), (true, &shift.closed)] {
            if !ports.is_empty() {
                let what = What::of(shift, is_closed, ports);
                by_subject.entry((what, shift.subject())).or_default().insert(shift.peer());
            }
        }
    }
    let mut together: BTreeMap<(What, BTreeSet<&Party>), BTreeSet<&Party>> = BTreeMap::new();
    for ((what, subject), peers) in by_subject {
        together.entry((what, peers)).or_default().insert(subject);
    }
    let mut lines: Vec<String> =
        together.iter().map(|((what, peers), subjects)| what.line(subjects, peers)).collect();
    if lines.len() > MOST {
        let left_out = lines.len() - (MOST - 1);
        lines.truncate(MOST - 1);
        lines.push(format!(
            "opens or closes {left_out} more; `portcullis diff OLD NEW` shows them all"
        ));
    }
    lines
}

/// What happens, as it is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct What {
    is_closed: bool,
    zone: Zone,
    direction: Direction,
    ports: String,
}

/// Where the peer is, seen from the workload that the change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Zone {
    /// Whoever comes from outside is a stranger.
    FromOutside,
    FromOtherNamespace,
    ToOutside,
    ToOtherNamespace,
    SameNamespace,
}

impl What {
    fn of(shift: &Shift, is_closed: bool, open: &PortSets) -> Self {
        let home = |party: &Party| match party {
            Party::Workload(reference) => reference.namespace.clone(),
            Party::Addresses(_) => None,
        };
        let peer = home(shift.peer());
        let zone = match (shift.direction, peer.is_none(), peer == home(shift.subject())) {
            (Direction::Ingress, true, _) => Zone::FromOutside,
            (Direction::Egress, true, _) => Zone::ToOutside,
            (_, _, true) => Zone::SameNamespace,
            (Direction::Ingress, ..) => Zone::FromOtherNamespace,
            (Direction::Egress, ..) => Zone::ToOtherNamespace,
        };
        Self { is_closed, zone, direction: shift.direction, ports: ports(&spans(open)) }
    }

    fn line(&self, subjects: &BTreeSet<&Party>, peers: &BTreeSet<&Party>) -> String {
        let verb = if self.is_closed { "closes" } else { "opens" };
        let line = |names: fn(&BTreeSet<&Party>) -> String| {
            let (subjects, peers) = (names(subjects), names(peers));
            let (from, to) = match self.direction {
                Direction::Ingress => (peers, subjects),
                Direction::Egress => (subjects, peers),
            };
            format!("{verb} {from} -> {to}: {}", cut(&self.ports, LIST))
        };
        let named = line(named);
        if named.chars().count() > LENGTH { line(counted) } else { named }
    }
}

/// `Deployment shop/web, Deployment shop/api`, `outside 0.0.0.0/0`.
fn named(parties: &BTreeSet<&Party>) -> String {
    let names: Vec<String> = parties.iter().map(|party| name(party)).collect();
    names.join(", ")
}

fn name(party: &Party) -> String {
    let side = Side::from(party.clone());
    match party {
        Party::Workload(_) => side.to_string(),
        Party::Addresses(_) => format!("outside {}", cut(&side.to_string(), LIST)),
    }
}

/// `7 workloads of data, ops`; a single one and addresses as ever.
fn counted(parties: &BTreeSet<&Party>) -> String {
    let workloads: Vec<&ObjectRef> = parties
        .iter()
        .filter_map(|party| match party {
            Party::Workload(reference) => Some(reference),
            Party::Addresses(_) => None,
        })
        .collect();
    if workloads.len() < parties.len() || workloads.len() == 1 {
        return named(parties);
    }
    let homes: BTreeSet<&str> =
        workloads.iter().filter_map(|reference| reference.namespace.as_deref()).collect();
    let homes: Vec<String> = homes.into_iter().map(str::to_owned).collect();
    format!("{} workloads of {}", workloads.len(), crate::model::three_of(&homes))
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::connections::{Party, Shift};
    use crate::netpol::{AddressSet, Direction, Family, PortSet, PortSets, Protocol};
    use crate::object::{Kind, ObjectRef};

    fn workload(home: &str, name: &str) -> Party {
        let (namespace, name) = (Some(home.to_owned()), name.to_owned());
        Party::Workload(ObjectRef { kind: Kind::Deployment, namespace, name })
    }

    fn outside(range: &str) -> Party {
        let set = AddressSet::from(range.parse::<ipnet::IpNet>().unwrap());
        assert!(!set.covers(Family::V6));
        Party::Addresses(set)
    }

    fn tcp(port: u16) -> PortSets {
        PortSets::of(|protocol| match protocol {
            Protocol::Tcp => PortSet::from_iter([(port, port)]),
            _ => PortSet::default(),
        })
    }

    fn opens(from: Party, to: Party, direction: Direction, port: u16) -> Shift {
        Shift { from, to, direction, opened: tcp(port), closed: PortSets::default() }
    }

    fn closes(from: Party, to: Party, direction: Direction, port: u16) -> Shift {
        Shift { from, to, direction, opened: PortSets::default(), closed: tcp(port) }
    }

    use Direction::{Egress, Ingress};

    #[test]
    fn what_opens_from_outside_comes_first_and_what_closes_last() {
        let db = || workload("shop", "db");
        let shifts = [
            closes(outside("10.0.0.0/8"), db(), Ingress, 1),
            opens(workload("shop", "web"), db(), Ingress, 2),
            opens(db(), outside("10.0.0.0/8"), Egress, 3),
            opens(workload("ops", "probe"), db(), Ingress, 4),
            opens(outside("0.0.0.0/0"), db(), Ingress, 5),
        ];
        assert_eq!(
            lines(&shifts),
            [
                "opens outside 0.0.0.0/0 -> Deployment shop/db: TCP 5",
                "opens Deployment ops/probe -> Deployment shop/db: TCP 4",
                "opens Deployment shop/db -> outside 10.0.0.0/8: TCP 3",
                "opens Deployment shop/web -> Deployment shop/db: TCP 2",
                "closes outside 10.0.0.0/8 -> Deployment shop/db: TCP 1",
            ]
        );
    }

    #[test]
    fn what_happens_alike_is_told_once() {
        let mut shifts = Vec::new();
        for name in ["a", "b"] {
            for peer in ["x", "y"] {
                shifts.push(closes(workload("ops", peer), workload("shop", name), Ingress, 80));
            }
        }
        shifts.push(closes(workload("ops", "x"), workload("shop", "c"), Ingress, 80));
        assert_eq!(
            lines(&shifts),
            [
                "closes Deployment ops/x -> Deployment shop/c: TCP 80",
                "closes Deployment ops/x, Deployment ops/y -> Deployment shop/a, Deployment shop/b: TCP 80",
            ]
        );
    }

    #[test]
    fn many_are_counted() {
        let peers = ["data", "ops", "qa", "team"].map(|home| workload(home, "client"));
        let shifts: Vec<Shift> = peers
            .into_iter()
            .map(|peer| opens(peer, workload("shop", "db"), Ingress, 80))
            .collect();
        let expected =
            "opens 4 workloads of data, ops, qa and 1 more -> Deployment shop/db: TCP 80";
        assert_eq!(lines(&shifts), [expected]);
    }

    #[test]
    fn more_than_eight_lines_are_counted() {
        let shift = |port| opens(workload("shop", "web"), workload("shop", "db"), Ingress, port);
        let shifts: Vec<Shift> = (1..=9).map(shift).collect();
        let found = lines(&shifts);
        assert_eq!(found.len(), 8);
        assert_eq!(found[7], "opens or closes 2 more; `portcullis diff OLD NEW` shows them all");
        assert_eq!(lines(&shifts[..8]).len(), 8);
    }
}
