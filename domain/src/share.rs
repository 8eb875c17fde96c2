//! How shards are shared among nodes: evenly, and no shard moves that need not.
//!
//! Each node decides for itself, on what it last saw. It takes what is free, up to its part, and gives what it has beyond
//! that. Who has more to begin with gets the odd ones: so a node that joins or leaves moves only what evens it out.

use crate::id::Shard;
use crate::lease::NodeId;

/// The shards, and whose each is: nobody's where it is free, or its lease has run out.
pub type Owned = (Shard, Option<NodeId>);

/// What a node has to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Free ones.
    pub take: Vec<Shard>,
    /// Its own.
    pub give: Vec<Shard>,
}

/// What `me` has to do, the `live` nodes being these. One that is not among them gives all that it has; what it is
/// `giving` already counts.
pub fn moves(me: NodeId, live: &[NodeId], shards: &[Owned], giving: &[Shard]) -> Moves {
    let mine: Vec<Shard> =
        shards.iter().filter(|(_, owner)| *owner == Some(me)).map(|(shard, _)| *shard).collect();
    let part = part_of(me, live, shards);
    let free = shards.iter().filter(|(_, owner)| owner.is_none()).map(|(shard, _)| *shard);
    let take = free.take(part.saturating_sub(mine.len())).collect();
    let (going, staying): (Vec<Shard>, Vec<Shard>) = mine.iter().partition(|shard| giving.contains(shard));
    // From the end: the first shard has duties that are better not moved about.
    let surplus = mine.len().saturating_sub(part).saturating_sub(going.len());
    let give = staying.into_iter().rev().take(surplus).collect();
    Moves { take, give }
}

/// How many shards are a node's part.
fn part_of(me: NodeId, live: &[NodeId], shards: &[Owned]) -> usize {
    if live.is_empty() {
        return 0;
    }
    let held = |node: &NodeId| shards.iter().filter(|(_, owner)| *owner == Some(*node)).count();
    let mut order: Vec<(usize, NodeId)> = live.iter().map(|node| (held(node), *node)).collect();
    order.sort_unstable_by_key(|&(held, node)| (usize::MAX - held, node));
    let (each, odd) = (shards.len() / live.len(), shards.len() % live.len());
    order.iter().position(|(_, node)| *node == me).map_or(0, |place| each + usize::from(place < odd))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn node(number: u8) -> NodeId {
        NodeId(Uuid::from_u128(u128::from(number)))
    }

    fn count(shards: &[Owned], of: NodeId) -> usize {
        shards.iter().filter(|(_, owner)| *owner == Some(of)).count()
    }

    /// Takes that evening out costs at least: whoever has most is left the odd ones.
    fn needed(live: &[NodeId], shards: &[Owned]) -> usize {
        live.iter().map(|&node| part_of(node, live, shards).saturating_sub(count(shards, node))).sum()
    }

    /// The nodes act in this order, over and over, until none has anything to do. Answers with how many shards moved.
    fn settle(live: &[NodeId], order: &[u8], shards: &mut [Owned]) -> usize {
        let (mut moved, mut idle) = (0, 0);
        for turn in 0..1000 {
            let me = live[usize::from(order[turn % order.len()]) % live.len()];
            // Everybody's turn comes, whatever the order.
            let me = if turn % 3 == 0 { live[turn / 3 % live.len()] } else { me };
            let Moves { take, give } = moves(me, live, shards, &[]);
            idle = if take.is_empty() && give.is_empty() { idle + 1 } else { 0 };
            moved += take.len();
            for (shard, owner) in shards.iter_mut() {
                if take.contains(shard) {
                    assert_eq!(owner.replace(me), None);
                } else if give.contains(shard) {
                    assert_eq!(owner.take(), Some(me));
                }
            }
            if idle > 3 * live.len() + order.len() {
                return moved;
            }
        }
        panic!("they never settle: {shards:?}");
    }

    fn assert_even(live: &[NodeId], shards: &[Owned]) {
        let counts: Vec<usize> = live.iter().map(|&node| count(shards, node)).collect();
        let (most, least) = (counts.iter().max().unwrap(), counts.iter().min().unwrap());
        assert!(most - least <= 1, "{counts:?}");
        assert_eq!(counts.iter().sum::<usize>(), shards.len());
    }

    proptest! {
        #[test]
        fn however_they_begin_they_end_even_and_move_no_more_than_needed(
            owners in prop::collection::vec(prop::option::of(0_u8..6), 1..64),
            nodes in 1_u8..6,
            order in prop::collection::vec(0_u8..6, 1..20),
        ) {
            let live: Vec<NodeId> = (0..nodes).map(node).collect();
            // What a node had that is gone is free.
            let owner = |owner: Option<u8>| owner.filter(|owner| *owner < nodes).map(node);
            let mut shards: Vec<Owned> =
                (0..).map(Shard).zip(owners.into_iter().map(owner)).collect();
            let least = needed(&live, &shards);
            let moved = settle(&live, &order, &mut shards);
            assert_even(&live, &shards);
            prop_assert_eq!(moved, least);
        }

        #[test]
        fn a_join_and_a_leave_move_one_part(
            count_of_shards in 1_u16..64,
            nodes in 1_u8..6,
            order in prop::collection::vec(0_u8..6, 1..20),
        ) {
            let mut shards: Vec<Owned> = (0..count_of_shards).map(|shard| (Shard(shard), None)).collect();
            let before: Vec<NodeId> = (0..nodes).map(node).collect();
            settle(&before, &order, &mut shards);
            let after: Vec<NodeId> = (0..=nodes).map(node).collect();
            let joined = settle(&after, &order, &mut shards);
            prop_assert_eq!(joined, count(&shards, node(nodes)));
            assert_even(&after, &shards);
            // It gives all that it has, and the others even it out.
            let left = count(&shards, node(nodes));
            let give = moves(node(nodes), &before, &shards, &[]).give;
            prop_assert_eq!(give.len(), left);
            for (shard, owner) in &mut shards {
                *owner = owner.filter(|_| !give.contains(shard));
            }
            prop_assert_eq!(settle(&before, &order, &mut shards), left);
            assert_even(&before, &shards);
        }
    }

    #[test]
    fn what_is_being_given_counts_and_is_not_given_twice() {
        let (me, other) = (node(0), node(1));
        let shards: Vec<Owned> = (0..4).map(|shard| (Shard(shard), Some(me))).collect();
        let first = moves(me, &[me, other], &shards, &[]);
        assert_eq!(first, Moves { take: Vec::new(), give: vec![Shard(3), Shard(2)] });
        let next = |giving: &[Shard]| moves(me, &[me, other], &shards, giving).give;
        assert_eq!((next(&first.give), next(&first.give[..1])), (Vec::new(), vec![Shard(2)]));
    }

    #[test]
    fn what_a_silent_node_has_is_nobodys_to_take_before_its_lease_is_over() {
        let (me, silent) = (node(0), node(1));
        let shards = [(Shard(0), Some(silent)), (Shard(1), None)];
        assert_eq!(moves(me, &[me], &shards, &[]).take, [Shard(1)]);
    }
}
