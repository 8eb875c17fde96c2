//! `hookyard dev`: everything on this machine, with one command: a Postgres and a nats-server of its own, the
//! service, and a receiver that shows what it gets.
//!
//! Who acts: [`Stack`] brings the parts up in order and takes them down in the reverse; [`demo`] makes tenant and
//! endpoint over the service's own API; [`watch`] starts a server again that ended.
//! Promised: ready means ready (the words come last); however it ends, no process stays behind; the same folder
//! brings the same data, keys and receiver again.
//! Left out: production. Whoever has an account on this machine can reach the servers.

mod demo;
pub(super) mod keepsake;
pub(super) mod settings;
mod watch;
mod words;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use hookyard::app::App;
use hookyard::clock::SystemClock;
use hookyard::config::{Config, Sources};
use hookyard::receiver::{self, Receiver, Webhook};
use hookyard::servers::{Durability, Folder, Nats, NatsOptions, Postgres, PostgresOptions};
use hookyard::telemetry;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use self::keepsake::Keepsakes;
use self::words::Ready;
use super::client::Client;
use super::signals::Signals;
use super::terminal;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The first start makes a database, which takes some seconds. ctrl-C stops everything; the data stays in DIR.
Settings from the environment apply (HOOKYARD__SECTION__KEY, HOOKYARD_OPERATOR_KEY), except the addresses of
Postgres and NATS: dev starts its own.

Examples:
  hookyard dev
  hookyard dev --listen 127.0.0.1:9000 --data /tmp/hookyard")]
pub(super) struct Args {
    /// The folder that holds all data
    #[arg(long, value_name = "DIR", default_value = ".hookyard")]
    data: PathBuf,
    /// Where the service listens [default: 127.0.0.1:8013]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Everything that runs. Dropped in this order.
struct Stack {
    app: App,
    receiver: Receiver,
    nats: Nats,
    postgres: Postgres,
    webhooks: mpsc::Receiver<Webhook>,
    words: String,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let mut signals = Signals::watch()?;
    let mut stack = tokio::select! {
        stack = Stack::start(&args) => stack?,
        _ = signals.next() => {
            terminal::note("stopped before the start was done");
            return Ok(());
        }
    };
    terminal::print(&stack.words)?;
    let failure = tokio::select! {
        failure = stack.app.failed() => Some(failure),
        failure = watch::keep_up(&mut stack.postgres, &mut stack.nats) => Some(failure),
        failure = show(&mut stack.webhooks) => Some(failure),
        _ = signals.next() => None,
    };
    terminal::note("stopping …");
    signals.unless_again(stack.stop()).await?;
    match failure {
        Some(failure) => bail!("{failure}"),
        None => Ok(()),
    }
}

impl Stack {
    async fn start(args: &Args) -> anyhow::Result<Self> {
        let folder = Folder::open(&args.data)?;
        let keepsakes = Keepsakes::of(&folder)?;
        let variables = Sources::of_process(None).env;
        let config = |postgres: &str, nats: &str| {
            let own = settings::Own { listen: args.listen, postgres, nats, folder: folder.path() };
            Config::load(Sources { file: None, env: settings::variables(variables.clone(), &own) })
        };
        // Said before anything is started: what is wrong with the settings, and that the port is taken.
        let listen = config("postgres://127.0.0.1", "nats://127.0.0.1")?.server.listen;
        claim(listen)?;

        terminal::note(&format!(
            "starting Postgres and nats-server, with their data in {} …",
            args.data.display()
        ));
        if !folder.path().join("postgres").exists() {
            terminal::note("this is the first start: making a database, which takes some seconds …");
        }
        let postgres = Postgres::start(PostgresOptions::new(folder.clone(), Durability::Durable));
        let nats = Nats::start(NatsOptions::new(folder.clone()));
        let (postgres, nats) = tokio::try_join!(postgres, nats)?;
        let config = config(&postgres.url(), &nats.url())?;

        terminal::note("starting the service …");
        let (receiver, webhooks) = receiver(&folder, &keepsakes).await?;
        let key = config.server.operator_key.clone().map_or_else(String::new, |key| key.expose().to_owned());
        let metrics = telemetry::init(&config.log).context("set up telemetry")?;
        let app = Box::pin(App::start(config, metrics)).await.context("start the service")?;
        let url = format!("http://{}", reachable(app.address));
        let client = Client::new(url.parse()?, key.clone(), Some(demo::TENANT.to_owned()))?;
        demo::set_up(&client, &receiver.url(), &keepsakes.receiver_secret)
            .await
            .context("set up the demo")?;
        let ready =
            Ready { url: &url, nats: &nats.url(), postgres: &postgres.url(), key: &key, data: &args.data };
        let words = ready.to_string();
        Ok(Self { app, receiver, nats, postgres, webhooks, words })
    }

    /// In the reverse order of the start.
    async fn stop(mut self) {
        self.app.stop().await;
        self.receiver.stop().await;
        while let Some(webhook) = self.webhooks.recv().await {
            // What could not be shown is delivered all the same.
            let _ = terminal::print(&words::received(&webhook));
        }
        let (nats, postgres) = tokio::join!(self.nats.stop(), self.postgres.stop());
        for error in [nats.err(), postgres.err()].into_iter().flatten() {
            terminal::note(&format!("{:#}", anyhow::Error::from(error)));
        }
    }
}

/// Refuses an address that is taken, while nothing is started yet.
fn claim(listen: SocketAddr) -> anyhow::Result<()> {
    let claimed = std::net::TcpListener::bind(listen);
    claimed
        .map(drop)
        .with_context(|| format!("cannot listen on {listen} (choose another address with --listen)"))
}

/// The demo's receiver, on the port that it had last time where that is free.
async fn receiver(
    folder: &Folder,
    keepsakes: &Keepsakes,
) -> anyhow::Result<(Receiver, mpsc::Receiver<Webhook>)> {
    let last = keepsake::port(folder);
    let again = TcpListener::bind((Ipv4Addr::LOCALHOST, last)).await;
    let listener = match again {
        Ok(listener) => listener,
        Err(_) => {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("find a port for the receiver")?
        }
    };
    keepsake::keep_port(folder, listener.local_addr().context("find a port for the receiver")?.port())?;
    let secret = Some(keepsakes.receiver_secret.clone());
    let options =
        receiver::Options { secret, public_key: None, statuses: Vec::new(), clock: Arc::new(SystemClock) };
    Receiver::start(listener, options).context("start the receiver")
}

/// Shows what the receiver gets, until there is no terminal any more.
async fn show(webhooks: &mut mpsc::Receiver<Webhook>) -> String {
    while let Some(webhook) = webhooks.recv().await {
        if let Err(error) = terminal::print(&words::received(&webhook)) {
            return format!("{error:#}");
        }
    }
    "the demo's receiver ended".to_owned()
}

/// The address by which this machine reaches what listens there: 0.0.0.0 is nobody's.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everywhere_is_reached_on_loopback() {
        for (listened, reached) in
            [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:2", "[::1]:2"), ("10.1.2.3:4", "10.1.2.3:4")]
        {
            assert_eq!(reachable(listened.parse().unwrap()).to_string(), reached);
        }
    }

    #[test]
    fn a_taken_address_is_refused_with_the_way_out() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let refused = claim(taken.local_addr().unwrap()).unwrap_err().to_string();
        assert!(refused.contains("--listen"), "{refused}");
    }
}
