//! Stacking order with sparse indices: raising one window changes the index of that window only.

/// Ids from bottom to top, each with an index that grows upward.
#[derive(Debug, Default)]
pub struct Stacking {
    order: Vec<(u32, i32)>,
}

impl Stacking {
    /// Puts a window on top, new or not.
    pub fn raise(&mut self, id: u32) {
        if self.order.last().is_some_and(|(top, _)| *top == id) {
            return;
        }
        self.remove(id);
        let index = self.order.last().map_or(0, |(_, index)| index.saturating_add(1));
        self.order.push((id, index));
        self.renumber_at_the_edge();
    }

    /// Puts a window at the bottom, new or not.
    pub fn lower(&mut self, id: u32) {
        if self.order.first().is_some_and(|(bottom, _)| *bottom == id) {
            return;
        }
        self.remove(id);
        let index = self.order.first().map_or(0, |(_, index)| index.saturating_sub(1));
        self.order.insert(0, (id, index));
        self.renumber_at_the_edge();
    }

    pub fn remove(&mut self, id: u32) {
        self.order.retain(|(other, _)| *other != id);
    }

    pub fn index(&self, id: u32) -> Option<i32> {
        self.order.iter().find(|(other, _)| *other == id).map(|(_, index)| *index)
    }

    /// Ids from bottom to top.
    pub fn bottom_to_top(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.order.iter().map(|(id, _)| *id)
    }

    /// Saturated indices would no longer differ, so start over; that takes two thousand million raises.
    fn renumber_at_the_edge(&mut self) {
        if self.order.iter().any(|(_, index)| *index == i32::MAX || *index == i32::MIN) {
            for (position, entry) in self.order.iter_mut().enumerate() {
                entry.1 = i32::try_from(position).unwrap_or(i32::MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(stacking: &Stacking) -> Vec<u32> {
        stacking.bottom_to_top().collect()
    }

    #[test]
    fn raising_changes_one_index_only() {
        let mut stacking = Stacking::default();
        (1..=3).for_each(|id| stacking.raise(id));
        let before = (stacking.index(2), stacking.index(3));
        stacking.raise(1);
        assert_eq!(order(&stacking), [2, 3, 1]);
        assert_eq!((stacking.index(2), stacking.index(3)), before);
        assert!(stacking.index(1) > stacking.index(3));
    }

    #[test]
    fn lowering_goes_below_all() {
        let mut stacking = Stacking::default();
        (1..=3).for_each(|id| stacking.raise(id));
        stacking.lower(3);
        assert_eq!(order(&stacking), [3, 1, 2]);
        assert!(stacking.index(3) < stacking.index(1));
        stacking.remove(1);
        assert_eq!(order(&stacking), [3, 2]);
        assert_eq!(stacking.index(1), None);
    }

    #[test]
    fn indices_stay_unique_at_the_edge_of_their_type() {
        let mut stacking = Stacking { order: vec![(1, 5), (2, i32::MAX - 1)] };
        stacking.raise(1);
        assert_eq!(order(&stacking), [2, 1]);
        assert!(stacking.index(2) < stacking.index(1));
    }
}
