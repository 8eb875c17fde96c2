//! Attempts for those who look on at other nodes, and from there.
//!
//! Who acts: this task alone, beside the recorder, which waits for nobody. Promises: a node is sent only what it asked for, and
//! is believed only of endpoints of the tenant it is about. Leaves out: what is under way while NATS is away.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::house::House;
use crate::bus::Relay;
use crate::live::{Live, SAID_AGAIN, Told};

/// Before it is asked again for what it refused.
const PAUSE: Duration = Duration::from_secs(1);
/// For a look at endpoints that were made elsewhere.
const REFRESH: Duration = Duration::from_secs(1);

pub async fn relay(house: House, live: Arc<Live>) {
    loop {
        match house.bus.relay(house.node).await {
            Ok(relay) => serve(relay, &house, &live).await,
            Err(error) => tracing::warn!(%error, "what other nodes send cannot be heard"),
        }
        sleep(PAUSE).await;
    }
}

/// Ends with the connection.
async fn serve(mut relay: Relay, house: &House, live: &Live) {
    let mut ticks = interval(SAID_AGAIN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = live.watched_anew() => say(&relay, live).await,
            _ = ticks.tick() => {
                say(&relay, live).await;
                send(&relay, live).await;
            }
            () = live.elsewhere().more() => send(&relay, live).await,
            heard = relay.watching.next() => {
                let Some(message) = heard else { return };
                if let Some((node, tenants)) = relay.wanted(&message) {
                    live.elsewhere().want(node, &tenants);
                }
            }
            heard = relay.seen.next() => {
                let Some(message) = heard else { return };
                if let Ok(told) = serde_json::from_slice::<Told>(&message.payload) {
                    hear(told, house, live).await;
                }
            }
        }
    }
}

/// Of an endpoint that was made at another node a moment ago this one may not have heard.
async fn hear(told: Told, house: &House, live: &Live) {
    let Some(unknown) = live.hear(told) else { return };
    if let Ok(Ok(())) = timeout(REFRESH, house.refresh()).await {
        // What is unknown still is of endpoints that are deleted.
        let _ = live.hear(unknown);
    }
}

async fn say(relay: &Relay, live: &Live) {
    let (tenants, number) = live.watched();
    if !tenants.is_empty() {
        relay.want(&tenants).await;
    }
    live.said(number);
}

async fn send(relay: &Relay, live: &Live) {
    for (nodes, told) in live.elsewhere().take() {
        for node in nodes {
            if !relay.tell(node, &told).await {
                live.elsewhere().missed(&told.tenant, told.missed + told.attempts.len() as u64);
                break;
            }
        }
    }
}
