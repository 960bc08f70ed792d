//! Containers of what runs a cluster: enough to tell which network plugin, ingress controller or Prometheus it is.

use std::collections::BTreeMap;

/// Environment variables that are read: what switches enforcement in Weave Net and in the AWS VPC CNI.
const READ: [&str; 2] = ["EXPECT_NPC", "NETWORK_POLICY_ENFORCING_MODE"];

/// A container of a DaemonSet, a Deployment or a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image as written.
    pub image: String,
    /// `command` and `args`, of a DaemonSet alone.
    pub arguments: Vec<String>,
    /// The few variables that are read, of a DaemonSet alone.
    pub environment: BTreeMap<String, String>,
}

impl Container {
    /// Drops what no one reads.
    pub(super) fn pruned(self, is_agent: bool) -> Self {
        if !is_agent {
            return Self { name: self.name, image: self.image, ..Self::default() };
        }
        let environment = self.environment.into_iter();
        let environment = environment.filter(|(name, _)| READ.contains(&name.as_str())).collect();
        Self { environment, ..self }
    }

    /// The repository of the image without registry, tag and digest: `calico/node` of
    /// `quay.io/calico/node:v3.30.0@sha256:...`.
    pub fn repository(&self) -> &str {
        let image = self.image.split_once('@').map_or(self.image.as_str(), |(image, _)| image);
        let (folder, name) =
            image.rsplit_once('/').map_or((None, image), |(folder, name)| (Some(folder), name));
        let name_end = folder.map_or(0, |folder| folder.len() + 1)
            + name.split_once(':').map_or(name.len(), |(name, _)| name.len());
        let image = &image[..name_end];
        match image.split_once('/') {
            Some((registry, rest)) if registry.contains(['.', ':']) || registry == "localhost" => {
                rest
            }
            _ => image,
        }
    }

    /// The tag of the image, empty without one.
    pub fn tag(&self) -> &str {
        let image = self.image.split_once('@').map_or(self.image.as_str(), |(image, _)| image);
        let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
        name.split_once(':').map_or("", |(_, tag)| tag)
    }
}

#[cfg(test)]
mod tests {
    use super::Container;

    #[test]
    fn images_are_taken_apart() {
        for (image, repository, tag) in [
            ("quay.io/calico/node:v3.30.0@sha256:0123", "calico/node", "v3.30.0"),
            ("localhost:5000/node", "node", ""),
            ("registry.example:5000/mirror/calico/node:v1", "mirror/calico/node", "v1"),
            ("calico/node", "calico/node", ""),
            ("prom/prometheus:v3", "prom/prometheus", "v3"),
            ("traefik:v3.1", "traefik", "v3.1"),
            ("nginx@sha256:1", "nginx", ""),
            ("", "", ""),
            ("/", "/", ""),
            (":", "", ""),
        ] {
            let container = Container { image: image.to_owned(), ..Container::default() };
            assert_eq!((container.repository(), container.tag()), (repository, tag), "{image}");
        }
    }
}
