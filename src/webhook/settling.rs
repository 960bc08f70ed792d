//! What is read again and again, and counts when it is read the same twice.

/// Takes what was read the same twice for what it is.
pub(crate) struct Settling<T> {
    /// What was read last.
    last: T,
    /// What it was taken for.
    held: T,
}

impl<T: Clone + PartialEq> Settling<T> {
    pub(crate) fn new(held: T) -> Self {
        Self { last: held.clone(), held }
    }

    /// What it is from now on, where that is something else than it was.
    pub(crate) fn settled(&mut self, read: T) -> Option<T> {
        let is_settled = self.last == read;
        self.last = read;
        let is_new = is_settled && self.last != self.held;
        is_new.then(|| {
            self.held = self.last.clone();
            self.held.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Settling;

    #[test]
    fn what_is_read_the_same_twice_is_believed() {
        let mut settling = Settling::new(1);
        let seen = [1, 1, 2, 1, 1, 3, 2, 2, 2, 1, 1].map(|read| settling.settled(read));
        let none = None;
        assert_eq!(seen, [none, none, none, none, none, none, none, Some(2), none, none, Some(1)]);
    }
}
