//! What a change of a namespace's labels makes of a policy: selectors ask for them under `io.cilium.k8s.namespace.labels.`.

use super::policy::{Spec, Subject};
use super::scope::Placed;
use super::selector::EndpointSelector;
use crate::netpol::Labels;

impl Placed<'_> {
    /// Whether some selector of it matches pods of `namespace` under the labels `new` and did not under `old`, and whether one
    /// matched them that does not match any more. Of a policy that cannot be read whole nothing is told.
    pub fn moved(&self, namespace: &str, old: &Labels, new: &Labels) -> [bool; 2] {
        if self.specs.is_doubtful {
            return [false; 2];
        }
        let is_home = self.home.is_none_or(|home| home == namespace);
        let subjects = self.specs.specs.iter().filter_map(|spec| match &spec.subject {
            Subject::Pods(selector) if is_home => Some(selector),
            Subject::Pods(_) | Subject::Nodes => None,
        });
        let is_meant = |selector: &&EndpointSelector| is_home || selector.is_anywhere(self.home);
        let peers = self.specs.specs.iter().flat_map(Spec::peer_selectors).filter(is_meant);
        let moved = subjects.chain(peers).map(|selector| {
            let selector = selector.namespaces();
            let (was, is) = (selector.matches(old), selector.matches(new));
            [is && !was, was && !is]
        });
        moved.fold([false; 2], |one, other| [one[0] || other[0], one[1] || other[1]])
    }
}

#[cfg(test)]
mod tests {
    use crate::netpol::Labels;
    use crate::netpol::cilium::Placed;
    use crate::netpol::cilium::fixtures::policy;

    #[test]
    fn selectors_follow_the_labels_of_the_namespace() {
        let of_label = "{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': red}}";
        let from = |selector: &str| {
            format!("{{endpointSelector: {{}}, ingress: [{{fromEndpoints: [{selector}]}}]}}")
        };
        let about = format!("{{endpointSelector: {of_label}, ingress: [{{}}]}}");
        let named = "{matchLabels: {'k8s:io.kubernetes.pod.namespace': shop}}";
        let wrong = format!("{{endpointSelector: {of_label}, ingress: [{{strange: 1}}]}}");
        let [red, blue] = ["red", "blue"].map(|team| Labels::from_iter([("team", team)]));
        for (home, spec, is_moved) in [
            (None, from(of_label), true),
            (None, from("{}"), false),
            (None, from(named), false),
            (None, about.clone(), true),
            (None, wrong, false),
            (Some("data"), from(of_label), true),
            (Some("data"), about.clone(), false),
            (Some("shop"), about, true),
        ] {
            let specs = policy(&spec);
            let placed = Placed { home, specs: &specs };
            assert_eq!(placed.moved("shop", &red, &blue), [false, is_moved], "{home:?} {spec}");
            assert_eq!(placed.moved("shop", &blue, &red), [is_moved, false], "{home:?} {spec}");
        }
    }
}
