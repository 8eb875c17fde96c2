//! One run: everything started, loaded, struck, and drained; then the account is made up.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::time::{Instant, interval, sleep, sleep_until};

use crate::cast::{HEALTHY, roles};
use crate::faults::Fault;
use crate::ledger::{self, Depth};
use crate::producer::Producer;
use crate::reconciler::{Account, Fate, longest_pause, reconcile};
use crate::report::Outcome;
use crate::scene::Scene;
use crate::sink::Sink;
use crate::stage::Stage;

/// The load goes on so long after the last strike.
const AFTER: Duration = Duration::from_secs(3);
/// Everything has to be delivered, dead or skipped so long after the load.
const DRAINED_IN: Duration = Duration::from_mins(3);
const LOOK_EVERY: Duration = Duration::from_millis(500);
const SAY_EVERY: Duration = Duration::from_secs(5);

/// How it is run, whatever is done.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub seed: u64,
    pub per_second: f64,
    pub length: Duration,
    /// The part of what arrived that may arrive twice.
    pub repeated_max: f64,
}

/// Runs one fault; logs and what was found go into this folder.
pub async fn run(fault: &dyn Fault, settings: Settings, folder: &Path) -> anyhow::Result<Outcome> {
    let Settings { seed, per_second, length, repeated_max } = settings;
    let name = fault.name();
    eprintln!("{name}: {} ({} s, seed {seed})", fault.about(), length.as_secs());
    let mut stage = Stage::start(folder, &fault.plan()).await.context("start the stage")?;
    let began = Instant::now();
    let sink = Sink::start(seed, began, length).await.context("start the sink")?;
    let mut cast = Vec::new();
    for role in roles() {
        cast.push(stage.invite(&role, &sink).await?);
    }
    let producer = Producer::start(stage.api.clone(), began, per_second, seed);
    let mut scene = Scene {
        stage: &mut stage,
        sink: &sink,
        cast: &mut cast,
        random: StdRng::seed_from_u64(seed),
        began,
        length,
        strikes: 0,
        samples: Vec::new(),
    };
    let load = async move {
        fault.strike(&mut scene).await?;
        sleep_until((began + length).max(Instant::now() + AFTER)).await;
        anyhow::Ok((scene.strikes, scene.samples))
    };
    let (strikes, samples) = tokio::select! {
        done = load => done.with_context(|| format!("do what {name} does"))?,
        () = say(name, began, &producer, &sink) => unreachable!("it never ends"),
    };
    stage.look().await?;
    let published = producer.stop().await;
    let load_ended = began.elapsed();
    let drained = drained(fault, &stage).await?;
    let ids: Vec<&str> = cast.iter().map(|member| member.id.as_str()).collect();
    let account = Account {
        published,
        arrivals: sink.arrivals(),
        rows: ledger::rows(&stage.postgres.url(), &ids).await.context("read the ledger")?,
        expected: cast.iter().map(|member| member.expected.clone()).collect(),
    };
    let count = |fate| account.published.iter().filter(|event| event.fate == fate).count();
    let outcome = Outcome {
        fault: name,
        about: fault.about(),
        seed,
        nodes: stage.nodes(),
        seconds: load_ended.as_secs_f64(),
        strikes,
        accepted: count(Fate::Accepted),
        refused: count(Fate::Refused),
        unknown: count(Fate::Unknown),
        longest_pause_seconds: longest_pause(&account.arrivals, HEALTHY, load_ended).as_secs_f64(),
        drained_seconds: drained.map(|(took, _)| took.as_secs_f64()),
        schedules_left: drained.map(|(_, schedules)| schedules),
        peak_bytes: stage.peak_bytes(),
        repeated_max,
        findings: reconcile(&account),
        samples,
    };
    stage.end().await?;
    Ok(outcome)
}

/// How far it is, every few seconds.
async fn say(name: &str, began: Instant, producer: &Producer, sink: &Sink) {
    let mut ticks = interval(SAY_EVERY);
    loop {
        ticks.tick().await;
        let (seconds, accepted, requests) = (began.elapsed().as_secs(), producer.accepted(), sink.count());
        eprintln!("{name}: {seconds} s, {accepted} events accepted, {requests} requests arrived");
    }
}

/// How long it took until nothing is owed any more and the queue is empty, and how many schedules are left over, where some
/// may be; none where it takes too long.
async fn drained(fault: &dyn Fault, stage: &Stage) -> anyhow::Result<Option<(Duration, u64)>> {
    let since = Instant::now();
    let leaves_schedules = fault.plan().leaves_schedules;
    let mut said = since;
    loop {
        let left = left(stage).await;
        if let Ok((0, Depth { deliveries: 0, schedules, .. })) = left
            && (leaves_schedules || schedules == 0)
        {
            return Ok(Some((since.elapsed(), schedules)));
        }
        stage.look().await?;
        if since.elapsed() >= DRAINED_IN {
            return left.map(|_| None);
        }
        if said.elapsed() >= SAY_EVERY {
            said = Instant::now();
            eprintln!("{}: the load is over, and this is left: {left:?}", fault.name());
        }
        sleep(LOOK_EVERY).await;
    }
}

/// What is owed, and what is queued. A store that is on its way back does not answer yet.
async fn left(stage: &Stage) -> anyhow::Result<(u64, Depth)> {
    let owed = ledger::unfinished(&stage.postgres.url()).await?;
    Ok((owed, ledger::queue(&stage.nats.url()).await?))
}
