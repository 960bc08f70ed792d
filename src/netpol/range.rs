//! Sets of points on a line, as sorted disjoint inclusive ranges: one arithmetic for ports and addresses.

/// An unsigned integer as a point on a line that begins at zero.
pub(super) trait Point: Copy + Ord {
    /// The last point.
    const LAST: Self;
    /// Zero.
    const FIRST: Self;
    /// The next point, if there is one.
    fn after(self) -> Option<Self>;
    /// The previous point, if there is one.
    fn before(self) -> Option<Self>;
    /// How many points there are up to and including `last`, saturating.
    fn count_to(self, last: Self) -> u128;
}

macro_rules! point {
    ($($integer:ty)*) => {$(
        impl Point for $integer {
            const LAST: Self = Self::MAX;
            const FIRST: Self = 0;

            fn after(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn before(self) -> Option<Self> {
                self.checked_sub(1)
            }

            fn count_to(self, last: Self) -> u128 {
                u128::from(last - self).saturating_add(1)
            }
        }
    )*};
}

point!(u8 u16 u32 u128);

/// A set of points: sorted inclusive ranges with a gap between any two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RangeSet<T> {
    ranges: Vec<(T, T)>,
}

impl<T> Default for RangeSet<T> {
    fn default() -> Self {
        Self { ranges: Vec::new() }
    }
}

impl<T: Point> RangeSet<T> {
    /// The points of all `ranges`, in any order; a range that ends before it begins is empty.
    pub(super) fn of(ranges: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|(first, last)| first <= last).collect();
        ranges.sort_unstable();
        let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if end.after().is_none_or(|next| first <= next) => {
                    *end = last.max(*end);
                }
                _ => merged.push((first, last)),
            }
        }
        Self { ranges: merged }
    }

    /// Every point.
    pub(super) fn everything() -> Self {
        Self { ranges: vec![(T::FIRST, T::LAST)] }
    }

    /// The ranges in order.
    pub(super) fn ranges(&self) -> &[(T, T)] {
        &self.ranges
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn contains(&self, point: T) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= point);
        after > 0 && point <= self.ranges[after - 1].1
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self::of(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// The points that are not in the set.
    pub(super) fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.ranges.len() + 1);
        let mut start = Some(T::FIRST);
        for (first, last) in &self.ranges {
            if let (Some(start), Some(end)) = (start, first.before())
                && start <= end
            {
                gaps.push((start, end));
            }
            start = last.after();
        }
        gaps.extend(start.map(|start| (start, T::LAST)));
        Self { ranges: gaps }
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some((a, b)), Some((c, d))) = (left.peek(), right.peek()) {
            if a.max(c) <= b.min(d) {
                common.push((*a.max(c), *b.min(d)));
            }
            if b < d {
                left.next()
            } else {
                right.next()
            };
        }
        Self { ranges: common }
    }

    /// The points that are in `self` and not in `other`.
    pub(super) fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// How many points are in the set, saturating.
    pub(super) fn count(&self) -> u128 {
        self.ranges
            .iter()
            .fold(0, |sum: u128, (first, last)| sum.saturating_add(first.count_to(*last)))
    }
}

#[cfg(test)]
mod tests {
    use super::RangeSet;

    #[test]
    fn touching_ranges_merge_and_gaps_stay() {
        let set = RangeSet::<u8>::of([(10, 20), (21, 30), (40, 50), (5, 4), (0, 0)]);
        assert_eq!(set.ranges(), [(0, 0), (10, 30), (40, 50)]);
        assert_eq!(set.complement().ranges(), [(1, 9), (31, 39), (51, 255)]);
        assert_eq!(set.count(), 33);
    }

    #[test]
    fn the_last_point_has_no_successor() {
        let all = RangeSet::<u128>::of([(0, u128::MAX), (7, u128::MAX)]);
        assert_eq!(all, RangeSet::everything());
        assert!(all.complement().is_empty());
        assert_eq!(all.count(), u128::MAX);
        assert_eq!(RangeSet::<u128>::default().complement(), all);
    }
}
