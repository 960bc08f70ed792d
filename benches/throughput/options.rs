//! How much is measured.

use std::fmt;

use crate::cluster::Size;

/// Measures Portcullis beside a webhook that allows everything unread and one built on kube's types.
#[derive(Clone, Debug, clap::Parser)]
pub(crate) struct Options {
    /// A short run whose numbers are good for nothing but seeing that it works
    #[arg(long)]
    quick: bool,
    /// How often the servers take turns
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Reviews per turn
    #[arg(long, default_value_t = 20_000)]
    pub(crate) reviews: usize,
    /// Connections, each with one review in flight
    #[arg(long, default_value_t = 16)]
    pub(crate) connections: usize,
    /// Only one World: small or large
    #[arg(long)]
    only: Option<Size>,
    /// Only reviews whose file name starts like this
    #[arg(long, default_value = "")]
    pub(crate) review: String,
    /// What Portcullis logs, like `info`: one line for each decision
    #[arg(long, default_value = "warn")]
    pub(crate) log: String,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Without `cargo bench` this is a test, which must be short.
    pub(crate) fn adjusted(mut self) -> Self {
        if self.quick || !self.bench {
            self.rounds = 2;
            self.reviews = 1_000;
        }
        self
    }

    pub(crate) fn wants(&self, size: Size) -> bool {
        self.only.is_none_or(|only| only == size)
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, reviews, connections, log, .. } = self;
        write!(
            f,
            "{rounds} rounds of {reviews} reviews over {connections} connections; Portcullis logs {log}"
        )
    }
}
