//! The server as a client on the network sees it.

mod certificate;
mod client;
mod judging;
mod leaving;
mod limits;
mod serving;
mod settings;
mod setup;
mod waiting;
