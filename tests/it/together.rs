//! Endpoints that are made at the same time are committed together, and one that fails takes nothing of the others with it.

use std::collections::BTreeSet;

use domain::id::EndpointId;
use futures_util::future::join_all;
use hookyard::chance;
use hookyard::ledger::admin::act::Act;
use hookyard::ledger::admin::endpoints::{self, Created};
use hookyard::ledger::admin::together::Together;

use crate::support::ledger::{LIMITS, by, now, secret, settings, world};

#[tokio::test]
async fn acts_that_wait_for_one_another_share_a_transaction_and_no_failure() {
    let world = world().await;
    let (together, settings) = (Together::new(world.pool.clone()), settings("a"));
    let secret = secret("aaaa");
    // Whoever is first begins; the others wait by then.
    let made = join_all((0..7).map(async |n| {
        let mut act = Act::begin_together(&together, &by()).await.unwrap();
        let id = EndpointId::new(now(), chance::bytes());
        let made = endpoints::create(&mut act, &world.tenant, id, &settings, &secret, LIMITS).await;
        let Created::Done(made) = made.unwrap() else { panic!("not made") };
        match n {
            // Given up.
            2 | 6 => return (made, false),
            // The same id twice is refused by Postgres, and ends a transaction of its own.
            4 => {
                let again = endpoints::create(&mut act, &world.tenant, id, &settings, &secret, LIMITS);
                assert!(again.await.is_err());
                return (made, false);
            }
            _ => act.commit().await.unwrap(),
        }
        (made, true)
    }))
    .await;
    let versions: BTreeSet<i64> = made.iter().map(|(endpoint, _)| endpoint.version).collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
    for (endpoint, is_kept) in made {
        let found = endpoints::get(&world.pool, &world.tenant, endpoint.id).await.unwrap();
        // What is answered is what is there.
        assert_eq!(found, is_kept.then_some(*endpoint));
    }
    // The next begins anew.
    let act = Act::begin_together(&together, &by()).await.unwrap();
    act.commit().await.unwrap();
}
