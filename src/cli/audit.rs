//! `hookyard audit`: what became of all that was accepted, and whether anything is missing.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use actors::ports::Clock as _;
use anyhow::bail;
use hookyard::app::auditing::{self, Asked, Progress, Report};
use hookyard::clock::SystemClock;
use hookyard::ledger::account::Counts;
use serde_json::{Value, json};

use super::settings::Settings;
use super::terminal;

/// Between two words of progress.
const PROGRESS: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Counts deliveries, one for each event and endpoint it is owed to, by the day (UTC) of their event:

  accepted   all of them: the sum of the others
  delivered  answered 2xx
  waiting    owed: on its way, between two attempts, behind a pause, a limit or an open breaker
  dead       in the dead letters
  skipped    ended because nobody wants it any more: its endpoint was deleted, say
  missing    owed, overdue by more than audit.grace, and nobody has it

Nodes look every few seconds for what nobody has, and deliver it. Where something is late, this asks
those that own it to look again, and waits for that, half a minute at most: what they have then is
not missing. With no node running, nobody has what is late. It may run beside nodes at any time.
Who changed what is another thing: GET /api/v1/audit-log.

Exit codes: 0 nothing is missing, 1 something is, or the audit could not be made, 2 called or
configured wrongly.

Example:
  DATABASE_URL=postgres://… hookyard audit --days 2")]
pub(super) struct Args {
    /// Only so many of the last days; without, all that the ledger has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let Args { days, json, settings } = args;
    let (ledger, grace) = settings.ledger_and_grace()?;
    let mut said = Instant::now();
    let progress = |progress| match progress {
        Progress::Counted(date) if said.elapsed() >= PROGRESS => {
            said = Instant::now();
            terminal::note(&format!("counted up to {date} …"));
        }
        Progress::Counted(_) => {}
        Progress::Asking(late) => {
            terminal::note(&format!("{} late: asking the nodes to look after them …", are(late)));
        }
    };
    let report = auditing::audit(&ledger, Asked { now: SystemClock.now(), grace, days }, progress).await?;
    terminal::print(if json { object(&report).to_string() } else { table(&report) }.trim_end())?;
    if report.looked_after > 0 {
        terminal::note(&format!("{} with their node again, or through", are(report.looked_after)));
    }
    match report.total.missing {
        0 => Ok(()),
        missing => bail!("{} missing: {}", are(missing), why(&report)),
    }
}

fn are(deliveries: u64) -> String {
    match deliveries {
        1 => "1 delivery is".to_owned(),
        many => format!("{many} deliveries are"),
    }
}

/// Why nobody has what is missing.
fn why(report: &Report) -> String {
    if report.nodes == 0 {
        return "no node runs; the next that starts looks after them".to_owned();
    }
    if report.unseen.is_empty() {
        return "the ledger has them as retrying, and no list of retries has them".to_owned();
    }
    let shards: Vec<String> = report.unseen.iter().map(ToString::to_string).collect();
    format!(
        "no node has looked after shard {}; see GET /api/v1/status and the nodes' logs",
        shards.join(", ")
    )
}

const COLUMNS: [&str; 6] = ["accepted", "delivered", "waiting", "dead", "skipped", "missing"];

fn numbers(counts: &Counts) -> [u64; 6] {
    let Counts { accepted, delivered, waiting, dead, skipped, missing } = *counts;
    [accepted, delivered, waiting, dead, skipped, missing]
}

fn table(report: &Report) -> String {
    let days = report.days.iter().map(|(date, counts)| (date.to_string(), counts));
    let mut rows = vec![("day".to_owned(), COLUMNS.map(str::to_owned))];
    rows.extend(
        days.chain([("total".to_owned(), &report.total)])
            .map(|(name, counts)| (name, numbers(counts).map(|number| number.to_string()))),
    );
    let mut text = String::new();
    for (name, cells) in rows {
        // Writing to a String cannot fail.
        let _ = write!(text, "{name:<10}");
        for cell in cells {
            let _ = write!(text, "{cell:>12}");
        }
        text.push('\n');
    }
    text
}

fn object(report: &Report) -> Value {
    let counts = |counts: &Counts| -> Value {
        COLUMNS
            .iter()
            .zip(numbers(counts))
            .map(|(name, number)| ((*name).to_owned(), json!(number)))
            .collect()
    };
    let days = report.days.iter().map(|(date, of_day)| {
        let mut day = counts(of_day);
        day["day"] = json!(date.to_string());
        day
    });
    json!({
        "days": days.collect::<Vec<_>>(),
        "total": counts(&report.total),
        "lookedAfter": report.looked_after,
        "nodes": report.nodes,
        "shardsUnseen": report.unseen.iter().map(|shard| shard.0).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::id::Shard;
    use time::macros::date;

    use super::*;

    fn report() -> Report {
        let day = Counts { accepted: 21, delivered: 1, waiting: 2, dead: 3, skipped: 5, missing: 10 };
        let unseen = BTreeSet::from([Shard(3), Shard(0)]);
        Report { days: vec![(date!(2026 - 11 - 25), day)], total: day, looked_after: 4, nodes: 0, unseen }
    }

    #[test]
    fn the_table_has_a_line_a_day_and_one_for_all() {
        let line = |name| {
            format!("{name:<10}          21           1           2           3           5          10\n")
        };
        let head = "day           accepted   delivered     waiting        dead     skipped     missing\n";
        assert_eq!(table(&report()), format!("{head}{}{}", line("2026-11-25"), line("total")));
    }

    #[test]
    fn the_object_says_the_same() {
        let whole = object(&report());
        assert_eq!(whole["days"][0]["day"], "2026-11-25");
        assert_eq!(whole["days"][0]["missing"], 10);
        assert_eq!(
            whole["total"],
            json!({"accepted": 21, "delivered": 1, "waiting": 2, "dead": 3, "skipped": 5,
            "missing": 10})
        );
        assert_eq!((&whole["lookedAfter"], &whole["shardsUnseen"]), (&json!(4), &json!([0, 3])));
    }

    #[test]
    fn it_is_said_why_something_is_missing() {
        let mut report = report();
        assert!(why(&report).contains("no node runs"));
        report.nodes = 1;
        assert!(why(&report).contains("shard 0, 3"));
        report.unseen.clear();
        assert!(why(&report).contains("no list of retries"));
    }
}
