//! How much may be looked at for one answer: counted, because the engine has no clock.

/// The work that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work(usize);

/// There is more to look at than work is left for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

impl Work {
    /// Work without end, for whoever has time.
    pub const ENDLESS: Self = Self(usize::MAX);

    /// So many steps.
    pub const fn steps(steps: usize) -> Self {
        Self(steps)
    }

    /// How many steps are left.
    pub const fn left(self) -> usize {
        self.0
    }

    /// Takes `steps` away.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}
