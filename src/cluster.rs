//! A live cluster: watches that keep a [`World`](crate::model::World) up to date, and reads that confirm it.
//!
//! ```text
//! one watcher per feed -> Intake (read, prune) -> Event -> one owner task, State -> Snapshot, published whole
//! Verdict::needs -> Live -> Readings -> the World to judge again
//! ```

mod apis;
mod arrival;
mod calico;
mod connect;
mod contact;
mod event;
mod feed;
#[cfg(test)]
mod granted;
mod handle;
mod intake;
mod leader;
mod live;
mod measured;
mod optional;
mod reason;
mod rights;
mod served;
mod state;
mod watch;
mod watcher;

pub use connect::{ConnectError, Connection, connect};
pub use contact::Contact;
pub use event::{Event, Unreadable};
pub use feed::Feed;
pub use handle::{Handle, Snapshot};
pub use leader::Leader;
pub use live::{Live, ReadError, Reading, Readings};
pub use measured::Measured;
pub(crate) use reason::reason;
pub use rights::Rights;
pub use state::State;
pub use watch::Watch;
