//! The answer, with what decides it.

use serde::Serialize;

use crate::connections::{Governed, between};
use crate::model::{Fix, NamespaceView};
use crate::netpol::{
    Decided, Direction, End, Governing, Network, PodEnd, PolicySpec, PortSet, PortSets, Tier,
    decide,
};

use super::ends::Resolved;
use super::{Ends, Named, PortNamed, Unresolved, remedy};

/// What isolates every pod without a policy.
const ALWAYS: &str = "Cilium (enable-policy: always)";

/// Whether a connection is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is allowed; without a port, on some port.
    Allow,
    /// It is denied; without a port, on every port.
    Deny,
    /// It depends on something unknown, or on which of several pods is meant.
    Unknown,
}

/// The answer for two ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// Whether it is allowed.
    pub verdict: Verdict,
    /// The ports that are allowed, and those of which it cannot be told.
    pub ports: Decided,
    /// Both sides, egress first; only ends that are pods have one.
    pub sides: Vec<Side>,
    /// What would allow it: policies to add. `None` when it is allowed, without a port, and when no policy alone would do.
    pub fix: Option<Fix>,
}

/// What the policies of one end say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Egress of the end that connects, ingress of the one that is connected to.
    pub direction: Direction,
    /// Its verdict.
    pub verdict: Verdict,
    /// The end runs in the network of its node, where no policy counts.
    pub host_network: bool,
    /// The rules that admit it: policy as `namespace/name`, and the rule's JSON path.
    pub admitting: Vec<(String, String)>,
    /// What isolates the end, policies as `namespace/name`; none when nothing isolates it.
    pub isolating: Vec<String>,
}

/// What is missing on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The direction that denies.
    pub direction: String,
    /// The policies that isolate there.
    pub isolated_by: Vec<String>,
}

impl Reach {
    /// The policies that decide, as `namespace/name`: those that admit it, or those that isolate where it is not admitted.
    pub fn because(&self) -> Vec<String> {
        let deciding = self.sides.iter().filter(|side| match self.verdict {
            Verdict::Allow => true,
            verdict => side.verdict == verdict || side.verdict == Verdict::Deny,
        });
        let mut names: Vec<String> = deciding
            .flat_map(|side| match side.verdict {
                Verdict::Allow => side.admitting.iter().map(|(policy, _)| policy.clone()).collect(),
                _ => side.isolating.clone(),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// What is missing, by side.
    pub fn missing(&self) -> Vec<Missing> {
        let denying = self.sides.iter().filter(|side| side.verdict == Verdict::Deny);
        denying
            .map(|side| Missing {
                direction: side.direction.to_string(),
                isolated_by: side.isolating.clone(),
            })
            .collect()
    }
}

/// Whether `from` may connect to `to`; without a port, on which ports.
pub fn reach(
    ends: &Ends<'_>,
    network: &Network,
    from: &Named,
    to: &Named,
    port: Option<PortNamed>,
) -> Result<Reach, Unresolved> {
    let (sources, targets) = (ends.resolve(from)?, ends.resolve(to)?);
    let question = Question { ends, network, port };
    let (ports, verdict) = question.all_pairs(&sources, &targets);
    let sides = question.sides(&sources, &targets);
    let mut reach = Reach { verdict, ports, sides, fix: None };
    if verdict == Verdict::Deny
        && let Some(port) = port
    {
        reach.fix =
            remedy::fix(ends, network, (from, &sources), (to, &targets), port, &reach.sides);
    }
    Ok(reach)
}

/// What is asked about every pair.
pub(super) struct Question<'a> {
    pub(super) ends: &'a Ends<'a>,
    pub(super) network: &'a Network,
    pub(super) port: Option<PortNamed>,
}

impl Question<'_> {
    /// What holds for every pair, and where pairs differ nothing is known.
    fn all_pairs(&self, from: &Resolved<'_>, to: &Resolved<'_>) -> (Decided, Verdict) {
        let mut allowed: Option<PortSets> = None;
        let mut possible = PortSets::default();
        for source in from.ends() {
            for target in to.ends() {
                let decided = between(self.ends.world, self.network, &source, &target);
                possible = possible.union(&decided.possible());
                allowed = Some(match allowed {
                    None => decided.allowed,
                    Some(all) => all.intersection(&decided.allowed),
                });
            }
        }
        let allowed = allowed.unwrap_or_default();
        let decided = Decided { unknown: possible.difference(&allowed), allowed };
        let verdict = self.verdict(&decided);
        (decided, verdict)
    }

    fn verdict(&self, decided: &Decided) -> Verdict {
        let asked = self.asked();
        if !decided.allowed.intersection(&asked).is_empty() {
            Verdict::Allow
        } else if decided.unknown.intersection(&asked).is_empty() {
            Verdict::Deny
        } else {
            Verdict::Unknown
        }
    }

    pub(super) fn asked(&self) -> PortSets {
        match self.port {
            None => PortSets::everything(),
            Some(PortNamed { protocol, port }) => PortSets::of(|one| {
                if one == protocol {
                    [(port, port)].into_iter().collect()
                } else {
                    PortSet::default()
                }
            }),
        }
    }

    fn sides(&self, from: &Resolved<'_>, to: &Resolved<'_>) -> Vec<Side> {
        let (sources, targets) = (from.ends(), to.ends());
        let mut sides = Vec::new();
        for (subjects, peers, direction) in
            [(&sources, &targets, Direction::Egress), (&targets, &sources, Direction::Ingress)]
        {
            let pods = subjects.iter().filter_map(|end| match end {
                End::Pod(pod) => Some(pod),
                End::Addresses(_) => None,
            });
            sides.extend(pods.map(|pod| self.side(pod, peers, direction)).reduce(both));
        }
        sides
    }

    fn side(&self, pod: &PodEnd<'_>, peers: &[End<'_>], direction: Direction) -> Side {
        let mut side = Side {
            direction,
            verdict: Verdict::Allow,
            host_network: pod.host_network,
            admitting: Vec::new(),
            isolating: Vec::new(),
        };
        let Some(view) = self.ends.world.namespace(pod.namespace) else { return side };
        let governed = Governed::of(self.ends.world, self.network, view, pod, direction);
        if let Some(calico) = governed.calico() {
            self.among_calico(calico, view, pod, peers, &mut side);
        } else if !self.tier(Tier::Admin, pod, peers, &mut side) {
            if self.network.isolates_always && !pod.host_network {
                side.isolating.push(ALWAYS.to_owned());
            }
            self.cilium(view, pod, peers, &mut side);
            self.policies(view, pod, peers, &mut side);
            // A pod that a NetworkPolicy isolates is beyond the Baseline tier.
            if side.isolating.is_empty() {
                self.tier(Tier::Baseline, pod, peers, &mut side);
            }
        }
        let verdicts =
            peers.iter().map(|peer| self.verdict(&governed.decide(self.network, pod, peer)));
        side.verdict = verdicts.reduce(common).unwrap_or(Verdict::Allow);
        side
    }

    /// Which policies isolate, and which of their rules admit every peer.
    pub(super) fn policies(
        &self,
        view: &NamespaceView,
        pod: &PodEnd<'_>,
        peers: &[End<'_>],
        side: &mut Side,
    ) {
        for policy in view.effective_policies() {
            let direction = side.direction;
            if Governing::of([&policy.spec], pod, direction).is_none() {
                continue;
            }
            let name = format!("{}/{}", view.name, policy.meta.name);
            side.isolating.push(name.clone());
            for index in 0..policy.spec.rules(direction).len() {
                let alone = with_one_rule(&policy.spec, direction, index);
                let admits = |peer: &End<'_>| {
                    let rules = Governing::of([&alone], pod, direction);
                    let decided =
                        rules.map(|rules| decide(&[rules.stage(self.network, pod, peer)]));
                    decided.is_some_and(|decided| self.verdict(&decided) == Verdict::Allow)
                };
                if peers.iter().all(admits) {
                    side.admitting.push((name.clone(), format!("/spec/{direction}/{index}")));
                }
            }
        }
    }
}

fn with_one_rule(spec: &PolicySpec, direction: Direction, index: usize) -> PolicySpec {
    let mut spec = spec.clone();
    let rules = match direction {
        Direction::Ingress => &mut spec.ingress,
        Direction::Egress => &mut spec.egress,
    };
    *rules = vec![rules[index].clone()];
    spec
}

/// Several pods stand behind one end: what both say.
fn both(one: Side, other: Side) -> Side {
    let mut both = one;
    both.verdict = common(both.verdict, other.verdict);
    both.host_network &= other.host_network;
    both.admitting.retain(|rule| other.admitting.contains(rule));
    let new = other.isolating.into_iter().filter(|name| !both.isolating.contains(name));
    both.isolating.extend(new.collect::<Vec<_>>());
    both
}

fn common(one: Verdict, other: Verdict) -> Verdict {
    if one == other { one } else { Verdict::Unknown }
}
