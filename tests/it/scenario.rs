//! Scenarios and the acts that they are played in.

use std::sync::Arc;

use anyhow::Result;
use futures::future::BoxFuture;
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Handle;

use crate::stage::Stage;

/// A test: a name and what it does.
pub(crate) struct Scenario {
    /// The file that holds it.
    pub(crate) topic: &'static str,
    pub(crate) name: &'static str,
    pub(crate) play: fn(Arc<Stage>) -> BoxFuture<'static, Result<()>>,
}

/// The scenarios of a topic: functions of this module.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        &[$($crate::scenario::Scenario {
            topic: module_path!(),
            name: stringify!($name),
            play: |stage| Box::pin(async move { $name(&stage).await }),
        }),+]
    };
}
pub(crate) use scenarios;

impl Scenario {
    /// `topic::name`, as filters match it.
    pub(crate) fn title(&self) -> String {
        let topic = self.topic.split_once("::").map_or(self.topic, |(_, topic)| topic);
        format!("{topic}::{}", self.name)
    }

    /// The start of this scenario's namespace names.
    pub(crate) fn prefix(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The scenario as a test of the harness; without a stage it is ignored.
    pub(crate) fn trial(&'static self, on: Option<(Handle, Arc<Stage>)>) -> Trial {
        let ignored = on.is_none();
        let run = move || match on {
            Some((runtime, stage)) => runtime
                .block_on((self.play)(stage))
                .map_err(|error| Failed::from(format!("{error:#}"))),
            None => Err(Failed::from("it needs the control plane that tests/run starts")),
        };
        Trial::test(self.title(), run).with_ignored_flag(ignored)
    }
}
