//! Attempts for those who look on at other nodes, and from there.
//!
//! Who acts: this task alone, beside the recorder, which waits for nobody. Promises: a node is sent only what it asked for, and
//! is believed only of endpoints of the tenant it is about. Leaves out: what is under way while NATS is away.

use std::sync::Arc;
use std::time::Duration;

use domain::lease::NodeId;
use futures_util::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::bus::{Bus, Relay};
use crate::live::{Live, SAID_AGAIN, Told};

/// Before it is asked again for what it refused.
const PAUSE: Duration = Duration::from_secs(1);

pub async fn relay(bus: Bus, me: NodeId, live: Arc<Live>) {
    loop {
        match bus.relay(me).await {
            Ok(relay) => serve(relay, &live).await,
            Err(error) => tracing::warn!(%error, "what other nodes send cannot be heard"),
        }
        sleep(PAUSE).await;
    }
}

/// Ends with the connection.
async fn serve(mut relay: Relay, live: &Live) {
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
                    live.hear(told);
                }
            }
        }
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
