//! Connections for people: for each workload who may reach it, and where it may go outside the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Row, Side};

/// What a person reads: `from` and `to` lines under each workload, everyone who may do the same in one line.
pub fn text(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No workload may connect to anything.\n".to_owned();
    }
    let everyone = workloads(rows);
    let mut told: BTreeMap<&Side, Lines<'_>> = BTreeMap::new();
    for row in rows {
        match (&row.from, &row.to) {
            (from, to @ Side::Workload { .. }) => told.entry(to).or_default().from(from, row),
            (from, to) => told.entry(from).or_default().to(to, row),
        }
    }
    let mut text = String::new();
    for (index, (workload, lines)) in told.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{gap}{workload}");
        lines.write(workload, &everyone, &mut text);
    }
    text
}

/// What is told of one workload, by what is allowed.
#[derive(Default)]
struct Lines<'a> {
    from: BTreeMap<String, BTreeSet<&'a Side>>,
    to: BTreeMap<String, BTreeSet<&'a Side>>,
}

impl<'a> Lines<'a> {
    fn from(&mut self, from: &'a Side, row: &Row) {
        self.from.entry(row.words()).or_default().insert(from);
    }

    fn to(&mut self, to: &'a Side, row: &Row) {
        self.to.entry(row.words()).or_default().insert(to);
    }

    fn write(&self, workload: &Side, everyone: &BTreeSet<&Side>, text: &mut String) {
        for (word, sides) in [("from", &self.from), ("to", &self.to)] {
            for (ports, ends) in sides {
                for end in named(ends, workload, everyone) {
                    let _ = writeln!(text, "  {word:<4} {end}: {ports}");
                }
            }
        }
    }
}

fn workloads(rows: &[Row]) -> BTreeSet<&Side> {
    let sides = rows.iter().flat_map(|row| [&row.from, &row.to]);
    sides.filter(|side| matches!(side, Side::Workload { .. })).collect()
}

/// The ends in words; all workloads of a namespace, or of all namespaces, count as one.
fn named(ends: &BTreeSet<&Side>, of: &Side, everyone: &BTreeSet<&Side>) -> Vec<String> {
    let (workloads, addresses): (Vec<&Side>, Vec<&Side>) =
        ends.iter().copied().partition(|side| matches!(side, Side::Workload { .. }));
    let is_in = |side: &Side, name: &str| matches!(side, Side::Workload { namespace, .. } if namespace == name);
    let has_all = |mut some: Box<dyn Iterator<Item = &Side> + '_>| {
        some.all(|side| side == of || ends.contains(side))
    };
    let mut named = Vec::new();
    if workloads.len() > 2 && has_all(Box::new(everyone.iter().copied())) {
        named.push("every workload".to_owned());
    } else {
        let namespaces: BTreeSet<&str> =
            workloads.iter().filter_map(|side| namespace(side)).collect();
        for name in namespaces {
            let here: Vec<&Side> =
                workloads.iter().copied().filter(|side| is_in(side, name)).collect();
            let all = everyone.iter().copied().filter(|side| is_in(side, name));
            if here.len() > 2 && has_all(Box::new(all)) {
                named.push(format!("every workload in {name}"));
            } else {
                named.extend(here.iter().map(ToString::to_string));
            }
        }
    }
    named.extend(addresses.iter().map(|side| format!("outside {side}")));
    named
}

fn namespace(side: &Side) -> Option<&str> {
    match side {
        Side::Workload { namespace, .. } => Some(namespace),
        Side::Addresses { .. } => None,
    }
}
