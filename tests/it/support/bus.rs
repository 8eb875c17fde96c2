//! A node's connection to the queue without the node: one shard, and references to deliveries that there are not.

use std::time::Duration;

use actors::ports::{Clock as _, Reference};
use domain::id::{DeliveryId, EndpointId, EventId, Shard};
use hookyard::bus::{self, Bus, Options, Sources};
use hookyard::clock::SystemClock;
use hookyard::config::{self, Config};
use hookyard::servers::Nats;
use uuid::Uuid;

use super::app::SETTINGS;
use super::servers::Housed;

pub const SHARD: Shard = Shard(0);

pub async fn connect(nats: &Housed<Nats>) -> Bus {
    let servers = [
        ("HOOKYARD__NATS__URL".to_owned(), nats.url()),
        ("HOOKYARD__POSTGRES__URL".to_owned(), "postgres://nobody@127.0.0.1:9/nothing".to_owned()),
    ];
    let env = SETTINGS.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).chain(servers);
    let config = Config::load(config::Sources { file: None, env }).expect("settings");
    let (client, connections) = bus::connect(&config.nats).await.unwrap();
    let options = Options {
        shards: 1,
        replicas: 1,
        max_ack_pending: 100,
        ack_wait: Duration::from_mins(1),
        dedupe_window: Duration::from_mins(2),
        sources: Sources::new(Vec::new(), SystemClock.now()),
    };
    let bus = Bus::new(client.clone(), connections, options);
    client.flush().await.unwrap();
    bus.make_streams().await.unwrap();
    bus
}

/// The first attempt of a delivery.
pub fn reference(number: u128) -> Reference {
    let delivery =
        DeliveryId { event: EventId(Uuid::from_u128(number)), endpoint: EndpointId(Uuid::from_u128(1)) };
    Reference { delivery, position: number as i64, number: 1 }
}
