//! What pods lack to resolve names, each by its own `dnsPolicy` (SEMANTICS 2.1, 2.4).

use std::net::IpAddr;

use crate::model::{RuleLevel, Scope};
use crate::object::DnsPolicy;

use super::super::egress::{Way, is_shut};
use super::cluster::Cluster;
use super::gap::{Gap, is_literal, lacks_cache};
use super::nameservers::{self, Asked};
use super::subject::Subject;

/// What some pods lack.
#[derive(Clone, Debug)]
pub(super) enum Lack {
    /// The cluster's DNS servers.
    Servers(Gap),
    /// These of their own nameservers; whether that is minor: others answer, or only single addresses are allowed anyway.
    Nameservers(Vec<IpAddr>, bool),
    /// What answers in place of the servers on each node, where there is something.
    Cache,
}

impl Lack {
    /// What `subject` lacks; `None` when that is nothing, as far as is known, and when another engine shuts the pods off.
    pub(super) fn of(subject: &Subject<'_>, scope: &Scope<'_>, cluster: &Cluster) -> Option<Self> {
        let way = Way::of(subject.end(scope), scope, &cluster.network);
        let lack = match asked(subject, cluster) {
            Asked::Nobody => None,
            Asked::Cluster => Self::of_cluster(&way, cluster),
            Asked::Own(own) => Self::of_nameservers(&way, &own, cluster),
        };
        lack.filter(|_| !is_shut(&subject.end(scope), scope, &cluster.network))
    }

    fn of_cluster(way: &Way<'_>, cluster: &Cluster) -> Option<Self> {
        match Gap::of(way, cluster) {
            Some(gap) => Some(Self::Servers(gap)),
            None => lacks_cache(way, cluster).then_some(Self::Cache),
        }
    }

    fn of_nameservers(way: &Way<'_>, own: &[IpAddr], cluster: &Cluster) -> Option<Self> {
        let missing = nameservers::missing(way, own, cluster);
        let is_minor = missing.len() < own.len() || is_literal(way, own);
        (!missing.is_empty()).then_some(Self::Nameservers(missing, is_minor))
    }
}

/// Whom pods ask for names.
fn asked(subject: &Subject<'_>, cluster: &Cluster) -> Asked {
    match subject {
        Subject::Possible(_) => Asked::Cluster,
        Subject::Workload(workload) => match workload.template.dns_policy {
            DnsPolicy::ClusterFirst => Asked::Cluster,
            // The resolvers of the node: which, no object tells.
            DnsPolicy::Default => Asked::Nobody,
            DnsPolicy::None => Asked::of(&workload.template.nameservers, cluster),
        },
    }
}

/// What the pods of one policy lack.
#[derive(Default)]
pub(super) struct Lacks<'s> {
    /// Whose.
    pub(super) subjects: Vec<&'s Subject<'s>>,
    /// What of the cluster's servers, each with who.
    pub(super) servers: Vec<(Gap, String)>,
    /// Which other nameservers, and who.
    pub(super) nameservers: Option<(Vec<IpAddr>, Vec<String>)>,
    /// Whether that is minor for all of those.
    is_minor: bool,
    /// Who reaches the servers, and not the cache on its node.
    pub(super) cache: Vec<String>,
}

impl<'s> Lacks<'s> {
    pub(super) fn add(&mut self, subject: &'s Subject<'s>, lack: Lack) {
        self.subjects.push(subject);
        let name = subject.name();
        match lack {
            Lack::Servers(gap) => self.servers.push((gap, name)),
            Lack::Nameservers(missing, is_minor) => {
                self.is_minor = is_minor && (self.is_minor || self.nameservers.is_none());
                let (known, names) = self.nameservers.get_or_insert_default();
                known.extend(missing);
                known.sort();
                known.dedup();
                names.push(name);
            }
            Lack::Cache => self.cache.push(name),
        }
    }

    /// What is missing of the cluster's servers for the worst reason, and who lacks it.
    pub(super) fn worst(&self) -> Option<(Gap, Vec<String>)> {
        let why = self.servers.iter().map(|(gap, _)| gap.why).max()?;
        let worst = || self.servers.iter().filter(|(gap, _)| gap.why == why);
        let gap = worst().map(|(gap, _)| *gap).reduce(Gap::and)?;
        Some((gap, worst().map(|(_, name)| name.clone()).collect()))
    }

    /// Whether what is missing of the cluster's servers is the worst.
    pub(super) fn is_about_servers(&self) -> bool {
        let level = self.of_servers();
        level.is_some() && level >= self.of_nameservers()
    }

    /// Whether somebody who asks the cluster does not reach the cache on its node.
    pub(super) fn lacks_cache(&self) -> bool {
        !self.cache.is_empty() || self.servers.iter().any(|(gap, _)| gap.lacks_cache)
    }

    /// The level of the worst; `None` when nothing is missing.
    pub(super) fn level(&self) -> Option<RuleLevel> {
        let of_cache = (!self.cache.is_empty()).then_some(RuleLevel::Audit);
        self.of_servers().max(self.of_nameservers()).max(of_cache)
    }

    fn of_servers(&self) -> Option<RuleLevel> {
        self.servers.iter().map(|(gap, _)| gap.level()).max()
    }

    fn of_nameservers(&self) -> Option<RuleLevel> {
        let level = if self.is_minor { RuleLevel::Audit } else { RuleLevel::Deny };
        self.nameservers.as_ref().map(|_| level)
    }
}
