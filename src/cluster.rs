//! A live cluster: watches that keep a [`World`](crate::model::World) up to date, and reads that confirm it.
//!
//! ```text
//! one watcher per kind -> Intake (read, prune) -> Event -> one owner task, State -> Snapshot, published whole
//! Verdict::needs -> Live -> Readings -> the World to judge again
//! ```

mod arrival;
mod connect;
mod contact;
mod event;
mod handle;
mod intake;
mod live;
mod reason;
mod rights;
mod state;
mod watch;

pub use connect::{ConnectError, Connection, connect};
pub use contact::Contact;
pub use event::{Event, Unreadable};
pub use handle::{Handle, Snapshot};
pub use live::{Live, ReadError, Reading, Readings};
pub use rights::Rights;
pub use state::State;
pub use watch::Watch;
