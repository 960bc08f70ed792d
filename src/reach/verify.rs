//! How to prove an answer on a live cluster: commands to run by hand; nothing here runs them.

use super::{Named, PortNamed};
use crate::netpol::{Labels, Protocol};

/// The image of the pods that try a connection.
const IMAGE: &str = "busybox:1.37";

/// The `kubectl` commands, with what to mind. `labels` are those of the pods that connect, and of those connected to.
pub fn verify(
    from: &Named,
    to: &Named,
    port: PortNamed,
    labels: (Option<&Labels>, Option<&Labels>),
) -> String {
    let mut lines = Vec::new();
    let target = match to {
        Named::Address(address) => address.to_string(),
        Named::Workload { namespace, .. } | Named::Labelled { namespace, .. } => {
            let selector = labels.1.map(selector).unwrap_or_default();
            lines.push("# The address of a pod that is connected to:".to_owned());
            lines.push(format!(
                "TARGET=$(kubectl -n {namespace} get pods{selector} -o jsonpath='{{.items[0].status.podIP}}')"
            ));
            "\"$TARGET\"".to_owned()
        }
    };
    let udp = if port.protocol == Protocol::Udp { " -u" } else { "" };
    let probe = format!("nc{udp} -z -v -w 3 {target} {}", port.port);
    match from {
        Named::Address(address) => {
            lines.push(format!("# On the host with the address {address}:"));
            lines.push(probe);
        }
        Named::Workload { namespace, .. } | Named::Labelled { namespace, .. } => {
            let own = labels.0.filter(|labels| !labels.is_empty());
            let labelled = own.map(|labels| format!(" --labels={labels}")).unwrap_or_default();
            lines.push("# From a temporary pod with the same labels. Caution: a Service that selects these labels may send it".to_owned());
            lines.push("# traffic while it runs.".to_owned());
            lines.push(format!(
                "kubectl -n {namespace} run portcullis-verify --rm -i --restart=Never --image={IMAGE}{labelled} -- {probe}"
            ));
            let selector = labels.0.map(selector).unwrap_or_default();
            lines.push("# Or from within a pod that runs already:".to_owned());
            lines.push(format!(
                "POD=$(kubectl -n {namespace} get pods{selector} -o jsonpath='{{.items[0].metadata.name}}')"
            ));
            lines.push(format!(
                "kubectl -n {namespace} debug \"$POD\" -it --image={IMAGE} -- {probe}"
            ));
        }
    }
    if port.protocol != Protocol::Tcp {
        lines.push(format!(
            "# {} has no handshake that `nc` could watch: silence proves neither answer; look at the server's side.",
            port.protocol
        ));
    }
    lines.join("\n") + "\n"
}

fn selector(labels: &Labels) -> String {
    if labels.is_empty() { String::new() } else { format!(" -l {labels}") }
}
