//! A shard's consumer and its owners: a later one takes it away from an earlier one, and never the other way round.

use actors::ports::{Line, Queue as _};
use domain::lease::Lease;

use crate::support::bus::{SHARD, connect, reference};
use crate::support::servers;

#[tokio::test]
async fn a_later_owner_gets_what_an_earlier_one_held_and_is_left_alone_by_it() {
    let nats = servers::nats().await;
    let (earlier, later) = (connect(&nats).await, connect(&nats).await);
    let [first, second, third] = [3, 5, 7].map(|epoch| Lease { shard: SHARD, epoch });
    for alone in [reference(1), reference(2)] {
        assert!(earlier.enqueue(&[alone]).await.is_empty());
    }
    let held = earlier.pull(first, Line::Fresh, 10).await.unwrap();
    assert_eq!(held.len(), 2);

    // Both come again, though nobody waited; they are not taken for new.
    let again = later.pull(second, Line::Fresh, 10).await.unwrap();
    assert_eq!(again.iter().map(|pulled| pulled.reference).collect::<Vec<_>>(), [reference(1), reference(2)]);
    assert!(again.iter().all(|pulled| !pulled.first));

    // It does not know yet that it lost the shard.
    assert!(earlier.pull(first, Line::Fresh, 10).await.is_err());
    assert!(earlier.check(first).await.is_err());
    earlier.ack(&held.iter().map(|pulled| pulled.receipt.clone()).collect::<Vec<_>>()).await;
    assert_eq!(later.check(second).await.unwrap().broken, None);

    // And it may get it back.
    later.ack(&[again[0].receipt.clone()]).await;
    assert!(later.enqueue(&[reference(3)]).await.is_empty());
    let back = earlier.pull(third, Line::Fresh, 10).await.unwrap();
    assert_eq!(back.iter().map(|pulled| pulled.reference).collect::<Vec<_>>(), [reference(2), reference(3)]);
    assert!(later.check(second).await.is_err());
}
