//! Reviews as the API server sends them, as it never would, and as kube reads and writes them.

mod answering;
mod malformed;
#[cfg(feature = "cluster")]
mod oracle;
mod properties;
mod reading;
mod sample;
