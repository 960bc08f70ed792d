//! Clusters over a longer time: what their people do, from the first day on.

mod adoption;
mod old_cluster;
mod page;
mod program;

pub(crate) use adoption::SCENARIOS as ADOPTION;
pub(crate) use old_cluster::SCENARIOS as OLD_CLUSTER;
pub(crate) use program::audited;
