//! The audit: what the rules find in the whole World, kept up to date by judging anew what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{audit_namespace, inspect_cluster};
use crate::model::{Finding, Now, Settings, World};

/// At least so long after a complete round everything may be judged again, however much changes.
const REST: Duration = Duration::from_secs(5);
/// And so many times as long as that round took: judging takes a fifth of a core at most.
const SHARE: u32 = 4;

/// The findings about a namespace and what is in it, worst first; or (`None`) about what is in none.
pub(crate) type Findings = BTreeMap<Option<String>, Arc<Vec<Finding>>>;

/// What the rules found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The World in which they looked.
    pub(crate) world: Arc<World>,
    /// The findings; places without any are left out. A list that is judged anew is another `Arc`.
    pub(crate) findings: Findings,
    /// How many complete rounds there were.
    pub(crate) rounds: u64,
    /// How long the last complete round took.
    pub(crate) took: Duration,
    /// When it began.
    pub(crate) completed: Instant,
}

/// The rounds of one process.
#[derive(Debug)]
pub(super) struct Rounds {
    settings: Arc<Settings>,
    /// How often everything is judged.
    interval: Duration,
    /// Namespaces that others rest on.
    shared: Vec<String>,
    found: Option<Arc<Found>>,
    /// When the process began.
    begun: Instant,
    /// Until when it is known whose grace has ended.
    looked: Option<Now>,
    /// Something changed that touches everything, and everything has not been judged since.
    is_owed: bool,
}

impl Rounds {
    pub(super) fn new(settings: Arc<Settings>, interval: Duration, at: Instant) -> Self {
        let mut shared = settings.namespaces.exempt.clone();
        // The API server's own Service and EndpointSlice.
        shared.push("default".to_owned());
        Self { settings, interval, shared, found: None, begun: at, looked: None, is_owed: false }
    }

    /// Judges what has to be judged of `world` at this moment; `None` when that is nothing.
    pub(super) fn advance(
        &mut self,
        world: Arc<World>,
        now: Now,
        at: Instant,
    ) -> Option<Arc<Found>> {
        let looked = self.looked.replace(now);
        let Some(before) = self.found.clone() else {
            return Some(self.complete(world, now, at));
        };
        let mut touched = world.touched_since(&before.world, &self.shared);
        touched.namespaces.extend(self.of_age(&world, looked, now));
        self.is_owed |= touched.everything;
        if at >= self.due() {
            return Some(self.complete(world, now, at));
        }
        if touched.namespaces.is_empty() && !touched.everything {
            return None;
        }
        Some(self.partial(&before, world, now, &touched.namespaces))
    }

    /// The namespaces whose grace has ended since it was last looked at.
    fn of_age(&self, world: &World, since: Option<Now>, now: Now) -> Vec<String> {
        let (Some(since), grace) = (since, self.settings.namespaces.grace()) else {
            return Vec::new();
        };
        let is_of_age = |moment: Now, created| moment.0.duration_since(created) >= grace;
        let views = world.namespaces().filter(|view| {
            let created = view.object.as_ref().and_then(|namespace| namespace.meta.created);
            created.is_some_and(|created| is_of_age(now, created) && !is_of_age(since, created))
        });
        views.map(|view| view.name.clone()).collect()
    }

    /// When everything is to be judged next.
    pub(super) fn due(&self) -> Instant {
        let Some(found) = &self.found else { return self.begun };
        let rest = REST.max(found.took * SHARE).min(self.interval.max(REST));
        found.completed + if self.is_owed { rest } else { self.interval }
    }

    fn complete(&mut self, world: Arc<World>, now: Now, at: Instant) -> Arc<Found> {
        let begun = Instant::now();
        let before = self.found.take();
        let mut findings = Findings::new();
        let kept = before.as_ref().map(|found| &found.findings);
        judge(&mut findings, kept, None, || inspect_cluster(&self.settings, &world, now));
        for view in world.namespaces() {
            judge(&mut findings, kept, Some(&view.name), || {
                audit_namespace(&self.settings, &world, view, now)
            });
        }
        let rounds = before.map_or(0, |found| found.rounds) + 1;
        self.is_owed = false;
        self.publish(Found { world, findings, rounds, took: begun.elapsed(), completed: at })
    }

    fn partial(
        &mut self,
        before: &Found,
        world: Arc<World>,
        now: Now,
        touched: &BTreeSet<String>,
    ) -> Arc<Found> {
        let mut findings = before.findings.clone();
        for name in touched {
            findings.remove(&Some(name.clone()));
            if let Some(view) = world.namespace(name) {
                judge(&mut findings, Some(&before.findings), Some(name), || {
                    audit_namespace(&self.settings, &world, view, now)
                });
            }
        }
        self.publish(Found { world, findings, ..*before })
    }

    fn publish(&mut self, found: Found) -> Arc<Found> {
        let found = Arc::new(found);
        self.found = Some(Arc::clone(&found));
        found
    }
}

/// Puts in what is found about one place. An object that breaks a rule's check must not end the audit of all others: there the
/// findings of before stay.
fn judge(
    findings: &mut Findings,
    before: Option<&Findings>,
    namespace: Option<&String>,
    look: impl Fn() -> Vec<Finding>,
) {
    let place = namespace.cloned();
    let found = if let Ok(found) = catch_unwind(AssertUnwindSafe(look)) {
        Some(Arc::new(found))
    } else {
        tracing::error!(namespace, "could not be judged: its findings stay as they were");
        before.and_then(|before| before.get(&place)).cloned()
    };
    if let Some(found) = found.filter(|found| !found.is_empty()) {
        findings.insert(place, found);
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{live, now, one, settings};

    use super::*;

    const CLUSTER: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: gas, labels: {name: gas, portcullis.dev/default-deny: self}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {name: shop, portcullis.dev/default-deny: self}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: gas}, spec: {podSelector: {}, policyTypes: [Ingress]}}
";
    const DENY: &str = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress]}}";

    fn rules(found: &Found) -> Vec<String> {
        let of_place = |(place, findings): (&Option<String>, &Arc<Vec<Finding>>)| {
            let place = place.clone().unwrap_or_default();
            findings.iter().map(|it| format!("{place} {}", it.rule.name)).collect::<Vec<_>>()
        };
        found.findings.iter().flat_map(of_place).collect()
    }

    fn rounds() -> (Rounds, Instant) {
        let start = Instant::now();
        (Rounds::new(Arc::new(settings("")), Duration::from_mins(10), start), start)
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn what_changes_is_judged_at_once_and_alone() {
        let (mut rounds, start) = rounds();
        let mut world = live(CLUSTER);
        let first = rounds.advance(Arc::new(world.clone()), now(), start).unwrap();
        assert_eq!(rules(&first), ["shop missing-default-deny"]);
        assert!(rounds.advance(Arc::new(world.clone()), now(), after(start, 1)).is_none());
        world.put(one(DENY));
        let second = rounds.advance(Arc::new(world.clone()), now(), after(start, 2)).unwrap();
        assert_eq!((rules(&second), second.rounds), (vec![], 1));
        world.remove(&one(DENY).reference());
        let deny = one(DENY.replace("shop", "gas").as_str());
        world.remove(&deny.reference());
        let third = rounds.advance(Arc::new(world), now(), after(start, 3)).unwrap();
        assert_eq!(rules(&third), ["gas missing-default-deny", "shop missing-default-deny"]);
    }

    #[test]
    fn everything_is_judged_after_the_interval_and_lists_are_new_then() {
        let (mut rounds, start) = rounds();
        let world = Arc::new(live(CLUSTER));
        let first = rounds.advance(Arc::clone(&world), now(), start).unwrap();
        assert_eq!(rounds.due(), after(start, 600));
        assert!(rounds.advance(Arc::clone(&world), now(), after(start, 599)).is_none());
        let second = rounds.advance(world, now(), after(start, 600)).unwrap();
        assert_eq!((first.rounds, second.rounds), (1, 2));
        assert_eq!(rules(&first), rules(&second));
    }

    #[test]
    fn what_touches_everything_is_judged_soon_and_not_all_the_time() {
        let (mut rounds, start) = rounds();
        let mut world = live(CLUSTER);
        rounds.advance(Arc::new(world.clone()), now(), start);
        world.put(one("{apiVersion: v1, kind: Namespace, metadata: {name: new, labels: {name: new, portcullis.dev/default-deny: self}}}"));
        let soon = rounds.advance(Arc::new(world.clone()), now(), after(start, 1)).unwrap();
        assert_eq!(rules(&soon), ["new missing-default-deny", "shop missing-default-deny"]);
        assert_eq!((soon.rounds, rounds.due()), (1, after(start, 5)));
        let all = rounds.advance(Arc::new(world), now(), after(start, 5)).unwrap();
        assert_eq!((all.rounds, rounds.due()), (2, after(start, 605)));
    }

    #[test]
    fn a_namespace_is_reported_when_its_grace_ends() {
        let (mut rounds, start) = rounds();
        let young = "{apiVersion: v1, kind: Namespace, metadata: {name: new, creationTimestamp: '2026-11-22T11:55:00Z', labels: {name: new, portcullis.dev/default-deny: self}}}";
        let world = Arc::new(live(young));
        let later = |minutes| Now(now().0 + jiff::SignedDuration::from_mins(minutes));
        let first = rounds.advance(Arc::clone(&world), now(), start).unwrap();
        assert_eq!(rules(&first), Vec::<String>::new());
        assert!(rounds.advance(Arc::clone(&world), later(4), after(start, 240)).is_none());
        let third = rounds.advance(world, later(5), after(start, 300)).unwrap();
        assert_eq!((rules(&third), third.rounds), (vec!["new missing-default-deny".to_owned()], 1));
    }

    /// Whatever happens one after the other, the end is what one complete round finds.
    #[test]
    fn following_comes_to_what_a_complete_round_finds() {
        let (mut rounds, start) = rounds();
        let mut world = live(CLUSTER);
        rounds.advance(Arc::new(world.clone()), now(), start);
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, uid: u, labels: {app: web}}, spec: {containers: []}}";
        let half = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: half, namespace: shop}, spec: {podSelector: {matchLabels: {app: db}}}}";
        for (index, object) in [pod, half, DENY, pod].into_iter().enumerate() {
            let object = one(object);
            world.remove(&object.reference());
            if index != 3 {
                world.put(object);
            }
            rounds.advance(Arc::new(world.clone()), now(), after(start, 1));
            let (mut fresh, _) = self::rounds();
            let expected = fresh.advance(Arc::new(world.clone()), now(), start).unwrap();
            assert_eq!(rules(rounds.found.as_ref().unwrap()), rules(&expected));
        }
    }
}
