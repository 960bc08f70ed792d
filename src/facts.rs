//! What the objects of a World tell about the cluster, and the settings where the World does not know.
//!
//! A fact that neither knows is `None`: rules then say nothing, they never guess. Only single namespaces are looked up.

mod api_server;
mod dns;
#[cfg(test)]
mod tests;

pub use api_server::{ApiServer, api_server};
pub use dns::{Dns, DnsServer, dns};
