//! What is known of the network of a World.

pub use crate::facts::network;
