//! Default-deny admission control for Kubernetes `NetworkPolicy`: one pure engine, and around it a webhook, watches and an
//! offline checker.
//!
//! ```text
//! HTTPS bytes -> review (envelope, then object) -> Change -> engine::evaluate -> Verdict -> AdmissionReview response
//! watches     -> cluster: one owner task folds events -> Arc<World>, None until every kind has synced
//! World       -> controller: engine::inspect, again and again -> Reports, Events, metrics, labels
//! files       -> manifest: documents with spans -> World -> engine::inspect -> report
//! ```
//!
//! Dependencies point one way: `netpol` (what a policy means) <- `object` (what the rules read of each kind) <- `model`
//! (World, Change, Finding, Settings) <- `facts` (DNS, API server) <- `rules` <- `engine` (`inspect`, `evaluate`) <- `manifest`,
//! `report`, `review`; all of these are pure. On top of them, behind the feature `cluster`, stands everything that does IO.

pub mod connections;
pub mod engine;
pub mod facts;
pub mod manifest;
pub mod model;
pub mod netpol;
pub mod object;
pub mod provision;
pub mod reach;
pub mod report;
pub mod review;
pub mod rules;
pub mod schema;

#[cfg(test)]
mod sample;

#[cfg(feature = "cluster")]
pub mod certs;
#[cfg(feature = "cluster")]
pub mod cli;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "cluster")]
pub mod controller;
#[cfg(feature = "cluster")]
pub mod telemetry;
#[cfg(feature = "cluster")]
pub mod webhook;
