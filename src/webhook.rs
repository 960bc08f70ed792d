//! The HTTPS server that the API server calls, around a [`Gate`] that decides.
//!
//! It speaks HTTP/1.1 only, because the API server does so to Services; never ends an idle connection first, because a
//! Go client does not repeat a POST that raced with the end; and refuses at once what it cannot carry, because an answer
//! after the deadline helps nobody.

mod body;
mod bounds;
mod decided;
mod drain;
mod endpoint;
mod gate;
mod metrics;
mod operations;
mod reload;
mod requests;
mod resolver;
mod server;
mod settings_reload;
mod settling;
#[cfg(test)]
mod tests;
mod timeout;
mod tls;
mod waiting;

pub use bounds::Bounds;
pub use drain::{Drain, termination};
pub use endpoint::{Endpoint, Gate, Reply};
pub use gate::{Knowledge, RuleGate};
pub use metrics::{Decision, Metrics};
pub use reload::{Reload, renew};
pub use resolver::Certificates;
pub(crate) use server::listen;
pub use server::{Bound, ServeError, ServerSettings};
pub use settings_reload::{Reading, SettingsReload};
pub(crate) use settling::Settling;
pub use tls::Protocols;
