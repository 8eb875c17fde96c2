//! A shard's consumer and its owners: a later one takes it away from an earlier one, and never the other way round.

use std::time::Duration;

use actors::ports::{Queue as _, Reference};
use domain::id::{DeliveryId, EndpointId, EventId, Shard};
use domain::lease::Lease;
use hookyard::bus::{self, Bus, Options};
use hookyard::config::{Config, Sources};
use hookyard::servers::Nats;
use uuid::Uuid;

use crate::support::app::SETTINGS;
use crate::support::servers::{self, Housed};

const SHARD: Shard = Shard(0);

async fn connect(nats: &Housed<Nats>) -> Bus {
    let servers = [
        ("HOOKYARD__NATS__URL".to_owned(), nats.url()),
        ("HOOKYARD__POSTGRES__URL".to_owned(), "postgres://nobody@127.0.0.1:9/nothing".to_owned()),
    ];
    let env = SETTINGS.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).chain(servers);
    let config = Config::load(Sources { file: None, env }).expect("settings");
    let (client, connections) = bus::connect(&config.nats).await.unwrap();
    let options = Options {
        shards: 1,
        replicas: 1,
        max_ack_pending: 100,
        ack_wait: Duration::from_mins(1),
        dedupe_window: Duration::from_mins(2),
    };
    let bus = Bus::new(client.clone(), connections, options);
    client.flush().await.unwrap();
    bus.make_streams().await.unwrap();
    bus
}

fn reference(number: u128) -> Reference {
    let delivery =
        DeliveryId { event: EventId(Uuid::from_u128(number)), endpoint: EndpointId(Uuid::from_u128(1)) };
    Reference { delivery, position: number as i64, number: 1 }
}

#[tokio::test]
async fn a_later_owner_gets_what_an_earlier_one_held_and_is_left_alone_by_it() {
    let nats = servers::nats().await;
    let (earlier, later) = (connect(&nats).await, connect(&nats).await);
    let [first, second, third] = [3, 5, 7].map(|epoch| Lease { shard: SHARD, epoch });
    assert!(earlier.enqueue(&[reference(1), reference(2)]).await.is_empty());
    let held = earlier.pull(first, 10).await.unwrap();
    assert_eq!(held.len(), 2);

    // Both come again, though nobody waited; they are not taken for new.
    let again = later.pull(second, 10).await.unwrap();
    assert_eq!(again.iter().map(|pulled| pulled.reference).collect::<Vec<_>>(), [reference(1), reference(2)]);
    assert!(again.iter().all(|pulled| !pulled.first));

    // It does not know yet that it lost the shard.
    assert!(earlier.pull(first, 10).await.is_err());
    assert!(earlier.check(first).await.is_err());
    earlier.ack(&held.iter().map(|pulled| pulled.receipt.clone()).collect::<Vec<_>>()).await;
    assert_eq!(later.check(second).await.unwrap().broken, None);

    // And it may get it back.
    later.ack(&[again[0].receipt.clone()]).await;
    assert!(later.enqueue(&[reference(3)]).await.is_empty());
    let back = earlier.pull(third, 10).await.unwrap();
    assert_eq!(back.iter().map(|pulled| pulled.reference).collect::<Vec<_>>(), [reference(2), reference(3)]);
    assert!(later.check(second).await.is_err());
}
