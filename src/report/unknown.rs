//! What could not be judged because no object and no setting tells it.

use crate::facts::dns;
use crate::manifest::{Gathered, Note};
use crate::model::{Settings, World};
use crate::object::Object;

/// One note, at the first policy that allows some egress, when nobody knows where the cluster's DNS is: silence of the
/// rule about DNS would look like praise.
pub(super) fn notes(gathered: &Gathered, world: &World, settings: &Settings) -> Option<Note> {
    if dns(world, settings).is_some() {
        return None;
    }
    let mut whitelists = gathered.objects.values().filter(|located| match &located.object {
        Object::Policy(policy) => policy.spec.types.egress && !policy.spec.egress.is_empty(),
        _ => false,
    });
    whitelists.next().map(|located| Note {
        location: located.document.location("/spec/egress"),
        text: "where the cluster's DNS is, is not known here, so egress-without-dns was not judged; give a file \
               of facts (`portcullis facts` writes it), name it in the settings under facts.dns, or check together with its Service"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::manifest::read;
    use crate::model::{Now, Settings};
    use crate::report::{Options, check};

    const WHITELIST: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n\
        spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}\n";

    fn notes(settings: &str) -> Vec<String> {
        let settings = Settings::parse("settings", settings, &[]).unwrap();
        let now = Now(jiff::Timestamp::UNIX_EPOCH);
        let report = check(
            vec![read("web.yaml", WHITELIST.as_bytes())],
            &settings,
            &Options::default(),
            now,
        );
        report.notes.into_iter().map(|note| note.text).collect()
    }

    #[test]
    fn silence_about_dns_is_explained() {
        let unknown = notes("");
        assert!(unknown.len() == 1 && unknown[0].contains("facts.dns"), "{unknown:?}");
        assert_eq!(notes("facts: {dns: {namespace: kube-system}}"), Vec::<String>::new());
    }
}
