//! Calico that stores its objects as it serves them, without an API server of its own.

use anyhow::Result;

use crate::calico::{policies_cover, tiers_and_sets_cover};
use crate::calico_definitions::{NATIVE, STORED};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![objects_count_where_calico_keeps_them];

async fn objects_count_where_calico_keeps_them(stage: &Stage) -> Result<()> {
    STORED.install(stage).await?;
    STORED.uninstall(stage).await?;
    NATIVE.install(stage).await?;
    policies_cover(stage, NATIVE).await?;
    tiers_and_sets_cover(stage, NATIVE).await?;
    NATIVE.uninstall(stage).await
}
