//! Is this connection allowed, which policies say so, and what would allow it?

mod answer;
mod calico;
mod ends;
mod engines;
mod expectation;
mod named;
mod remedy;
mod verify;

#[cfg(test)]
mod tests;

pub use answer::{Missing, Reach, Side, Verdict, reach};
pub use ends::{Ends, Unresolved};
pub use expectation::{ConnectivityTest, Expectation, Expected, Outcome, expectations};
pub use named::{Named, PortNamed, from, port, to};
pub use verify::verify;
