//! Clusters over a longer time: what their people do, from the first day on.

mod old_cluster;
mod program;

pub(crate) use old_cluster::SCENARIOS as OLD_CLUSTER;
