//! What the rules about forgotten egress allowances share: how far pods get.

mod shut;
mod way;

use crate::netpol::Answer;

pub(super) use shut::is_shut;
pub(super) use way::Way;

/// How many of several ends are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// None of them.
    None,
    /// Some, so that connections fail now and then.
    Part,
    /// All, as far as is known.
    All,
}

impl Reach {
    /// What is unknown counts as reached: a rule never guesses.
    pub(super) fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let (mut refused, mut others) = (false, false);
        for answer in answers {
            match answer {
                Answer::No => refused = true,
                Answer::Unknown | Answer::Yes => others = true,
            }
        }
        match (refused, others) {
            (true, false) => Self::None,
            (true, true) => Self::Part,
            (false, _) => Self::All,
        }
    }
}
