//! The connection to NATS: made in the background, for as long as it takes, and watched.
//!
//! Promises: a server that answers nothing counts as lost within seconds, though its sockets stand. Leaves out:
//! what was under way on a connection that was lost: it is asked again, or the ledger brings it.

use std::time::Duration;

use async_nats::ServerAddr;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::{Bus, Error};
use crate::config::{self, NatsLogin};

/// The third that is not answered ends the connection.
const PING: Duration = Duration::from_secs(1);
/// Between two looks at whether it is there again, and for how long at most.
const LOOK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the connection was made, and lost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection {
    pub made: u64,
    pub lost: u64,
}

pub type Connections = watch::Receiver<Connection>;

/// Connects, or goes on trying in the background: NATS away at start is no reason not to start.
pub async fn connect(config: &config::Nats) -> Result<(async_nats::Client, Connections), Error> {
    let (change, connections) = watch::channel(Connection::default());
    let mut options = async_nats::ConnectOptions::new()
        .name("hookyard")
        .retry_on_initial_connect()
        .max_reconnects(None)
        .ping_interval(PING)
        .reconnect_delay_callback(|attempts| Duration::from_millis((50 << attempts.min(6)).min(2000) as u64))
        .event_callback(move |event| {
            match &event {
                async_nats::Event::Connected => {
                    tracing::info!("connected to nats");
                    change.send_modify(|connection| connection.made += 1);
                }
                async_nats::Event::Disconnected => {
                    tracing::warn!("lost nats: deliveries go on from the ledger");
                    change.send_modify(|connection| connection.lost += 1);
                }
                async_nats::Event::Draining | async_nats::Event::Closed => tracing::debug!(%event, "nats"),
                async_nats::Event::LameDuckMode
                | async_nats::Event::SlowConsumer(_)
                | async_nats::Event::ServerError(_)
                | async_nats::Event::ClientError(_) => tracing::warn!(%event, "nats"),
            }
            std::future::ready(())
        });
    if let Some(ca) = &config.tls_ca_file {
        options = options.add_root_certificates(ca.clone()).require_tls(true);
    }
    options = match &config.login {
        NatsLogin::Url => options,
        NatsLogin::Password { user, password } => {
            options.user_and_password(user.clone(), password.expose().to_owned())
        }
        NatsLogin::NkeySeed(seed) => options.nkey(seed.expose().to_owned()),
        NatsLogin::CredsFile(file) => options
            .credentials_file(file)
            .await
            .map_err(|_| Error::Credentials(file.display().to_string()))?,
    };
    let url = config.url.expose();
    let addresses: Vec<ServerAddr> = url
        .split(',')
        .map(|address| address.trim().parse().map_err(|_| Error::Address(address.to_owned())))
        .collect::<Result<_, _>>()?;
    Ok((options.connect(addresses).await?, connections))
}

impl Bus {
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Waits for the connection; answers after a while that it is away.
    pub(super) async fn until_connected(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_connected() && Instant::now() < deadline {
            // The client's state changes a moment after it tells of it: what is told is no sign to go by.
            sleep(LOOK).await;
        }
        self.is_connected()
    }

    /// What the server called itself when it was connected to; the client says that a moment after it says so.
    pub(super) async fn server_version(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let version = self.client.server_info().version;
            if !version.is_empty() || Instant::now() >= deadline {
                return version;
            }
            sleep(LOOK).await;
        }
    }

    /// Ends when the connection that stands now is lost.
    pub(super) async fn lost(&self) {
        let mut connections = self.connections.clone();
        let lost = connections.borrow_and_update().lost;
        // Closed, the client is gone with it.
        let _ = connections.wait_for(|connection| connection.lost != lost).await;
    }
}
