//! What has to be judged anew after a change of the World.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::ordmap::DiffItem;

use crate::object::{Kind, Object, Subject};

use super::super::NamespaceView;
use super::World;

/// What verdicts may differ about between two Worlds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The namespaces that changed themselves.
    pub namespaces: BTreeSet<String>,
    /// Whether something changed that verdicts about every namespace, and about the cluster, may rest on.
    pub everything: bool,
}

impl World {
    /// What to judge anew when this World follows upon `before`.
    ///
    /// Rules mostly look at one namespace. What they read of others (labels of namespaces, routes and monitors that point
    /// elsewhere, agents of the cluster, everything in the namespaces `shared`) touches everything. What is left, such as a
    /// port that a Pod of another namespace no longer has, shows at the next complete round.
    pub fn touched_since(&self, before: &Self, shared: &[String]) -> Touched {
        let mut touched =
            Touched { everything: self.differs_at_large(before), ..Touched::default() };
        for name in before.namespaces.keys().chain(self.namespaces.keys()) {
            let (old, new) = (before.namespaces.get(name), self.namespaces.get(name));
            if !is_same(old, new) {
                touched.everything |= shared.contains(name) || reaches_beyond(old, new);
                touched.namespaces.insert(name.clone());
            }
        }
        for difference in before.bound.diff(&self.bound) {
            let (DiffItem::Add(subject, _) | DiffItem::Remove(subject, _)) = difference else {
                // How often somebody is bound says nothing.
                continue;
            };
            match subject {
                Subject::Account(namespace, _) | Subject::Namespace(namespace) => {
                    touched.namespaces.insert(namespace.clone());
                }
                Subject::Everywhere => touched.everything = true,
            }
        }
        touched
    }

    fn differs_at_large(&self, before: &Self) -> bool {
        let telling = |world: &Self| {
            let objects = world.cluster.iter().filter(|((kind, _), _)| !is_silent(*kind));
            objects.map(|(_, object)| Arc::clone(object)).collect::<Vec<_>>()
        };
        let is_cluster_same =
            self.cluster.ptr_eq(&before.cluster) || telling(self) == telling(before);
        !is_cluster_same
            || self.labelled != before.labelled
            || self.hidden != before.hidden
            || self.families() != before.families()
            || !self.agents().eq(before.agents())
    }
}

/// Bindings are compared by whom they bind.
fn is_silent(kind: Kind) -> bool {
    kind == Kind::ClusterRoleBinding
}

fn is_same(old: Option<&Arc<NamespaceView>>, new: Option<&Arc<NamespaceView>>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new) || old == new,
        (None, None) => true,
        _ => false,
    }
}

/// Whether objects changed that can be about other namespaces than their own: routes, monitors, policies of other engines.
fn reaches_beyond(old: Option<&Arc<NamespaceView>>, new: Option<&Arc<NamespaceView>>) -> bool {
    let telling = |view: Option<&Arc<NamespaceView>>| {
        let objects = view.into_iter().flat_map(|view| view.all_others());
        objects.filter(|object| object.kind() != Kind::RoleBinding).cloned().collect()
    };
    let (old, new): (Vec<Object>, Vec<Object>) = (telling(old), telling(new));
    old != new
}

#[cfg(test)]
mod tests {
    use crate::sample::{live, one};

    use super::*;

    const CLUSTER: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: kube-system, labels: {kubernetes.io/metadata.name: kube-system}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: gas, labels: {team: b}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, uid: u1, labels: {app: web}}, spec: {containers: []}}
";

    fn touched(changes: &[&str]) -> Touched {
        let before = live(CLUSTER);
        let mut after = before.clone();
        for change in changes {
            after.put(one(change));
        }
        after.touched_since(&before, &["kube-system".to_owned()])
    }

    fn namespaces(names: &[&str]) -> Touched {
        let namespaces = names.iter().map(|name| (*name).to_owned()).collect();
        Touched { namespaces, everything: false }
    }

    #[test]
    fn what_says_the_same_again_touches_nothing() {
        assert_eq!(touched(&[]), namespaces(&[]));
        let again = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, uid: u1, labels: {app: web}}, spec: {containers: []}}";
        assert_eq!(touched(&[again]), namespaces(&[]));
    }

    #[test]
    fn workloads_and_policies_touch_their_namespace() {
        let policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: gas}, spec: {podSelector: {}}}";
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: shop, uid: u2}, spec: {containers: []}}";
        assert_eq!(touched(&[policy]), namespaces(&["gas"]));
        assert_eq!(touched(&[policy, pod]), namespaces(&["gas", "shop"]));
    }

    #[test]
    fn who_is_bound_touches_the_namespace_of_its_account() {
        let binding = |kind: &str, subject: &str| {
            format!(
                "{{apiVersion: rbac.authorization.k8s.io/v1, kind: {kind}, metadata: {{name: b, namespace: gas}}, subjects: [{subject}]}}"
            )
        };
        let account = "{kind: ServiceAccount, name: api, namespace: shop}";
        assert_eq!(touched(&[&binding("RoleBinding", account)]), namespaces(&["gas", "shop"]));
        assert_eq!(touched(&[&binding("ClusterRoleBinding", account)]), namespaces(&["shop"]));
        let all = "{kind: Group, name: 'system:serviceaccounts'}";
        assert!(touched(&[&binding("ClusterRoleBinding", all)]).everything);
    }

    #[test]
    fn what_others_rest_on_touches_everything() {
        for change in [
            "{apiVersion: v1, kind: Namespace, metadata: {name: gas, labels: {team: c}}}",
            "{apiVersion: v1, kind: Namespace, metadata: {name: new, labels: {team: c}}}",
            "{apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {}}",
            "{apiVersion: v1, kind: Node, metadata: {name: node-1}, spec: {podCIDR: 10.1.0.0/24}}",
            "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent, namespace: gas}, spec: {template: {spec: {containers: []}}}}",
            "{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: m, namespace: gas}, spec: {selector: {}, namespaceSelector: {any: true}, endpoints: [{port: web}]}}",
        ] {
            assert!(touched(&[change]).everything, "{change}");
        }
    }

    #[test]
    fn a_namespace_that_goes_touches_everything() {
        let before = live(CLUSTER);
        let mut after = before.clone();
        after.remove(&one("{apiVersion: v1, kind: Namespace, metadata: {name: gas}}").reference());
        let expected = Touched { namespaces: ["gas".to_owned()].into(), everything: true };
        assert_eq!(after.touched_since(&before, &[]), expected);
    }
}
