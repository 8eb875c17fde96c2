//! `hookyard ledger size`: how much each table and each day takes, how fast it grows, and what retention drops next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use actors::ports::Clock as _;
use hookyard::clock::SystemClock;
use hookyard::config::Retention;
use hookyard::ledger::size::{self, Part};
use serde_json::{Value, json};
use time::{Date, Duration};

use super::super::settings::Settings;
use super::super::terminal;

/// Whole days that growth is told from, at most.
const GROWTH_DAYS: i64 = 7;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Asks the catalogue and the statistics of Postgres, and reads no row: it may run beside nodes at any time. Bytes are
those on the disk, with indexes and long values (toast); rows are what Postgres believes, which is near. Days are UTC.

Growth is the mean of the last whole days, 7 at most. A day goes on the first round of retention after
retention.days, if nothing of it is owed any more; what is owed of it still is dead-lettered after
retention.unfinished_days.

Example:
  DATABASE_URL=postgres://… hookyard ledger size")]
pub(super) struct Args {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let (ledger, retention) = args.settings.ledger_and_retention()?;
    let parts = ledger.await_call(size::parts(&ledger.pool)).await?;
    let report = Report::of(parts, SystemClock.now().date(), &retention);
    terminal::print(if args.json { report.object().to_string() } else { report.table() }.trim_end())
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    rows: u64,
    heap: u64,
    toast: u64,
    indexes: u64,
}

impl Size {
    fn bytes(self) -> u64 {
        self.heap + self.toast + self.indexes
    }

    fn add(&mut self, part: &Part) {
        self.rows += part.rows;
        self.heap += part.heap_bytes;
        self.toast += part.toast_bytes;
        self.indexes += part.index_bytes;
    }
}

struct Report {
    tables: BTreeMap<String, Size>,
    /// Rows by table, and bytes of all of them; without the empty days that are made ahead.
    days: BTreeMap<Date, (BTreeMap<String, u64>, u64)>,
    /// Which tables have days.
    daily: BTreeSet<String>,
    bytes: u64,
    /// None where no whole day is there yet.
    bytes_a_day: Option<u64>,
    keeps: Duration,
    gives_up: Duration,
}

impl Report {
    fn of(parts: Vec<Part>, today: Date, retention: &Retention) -> Self {
        let (mut tables, mut days) =
            (BTreeMap::<_, Size>::new(), BTreeMap::<_, (BTreeMap<_, _>, u64)>::new());
        let daily = parts.iter().filter(|part| part.day.is_some()).map(|part| part.table.clone()).collect();
        let bytes = parts.iter().map(Part::bytes).sum();
        for part in parts {
            tables.entry(part.table.clone()).or_default().add(&part);
            if let Some(day) = part.day.filter(|day| *day <= today || part.rows > 0) {
                let (rows, bytes) = days.entry(day).or_default();
                *bytes += part.bytes();
                rows.insert(part.table, part.rows);
            }
        }
        let whole = days.range(today.saturating_sub(Duration::days(GROWTH_DAYS))..today);
        let (count, sum) = whole.fold((0, 0), |(count, sum), (_, (_, bytes))| (count + 1, sum + bytes));
        let bytes_a_day = (count > 0).then(|| sum / count);
        let of_days = |days| Duration::days(i64::from(days));
        let (keeps, gives_up) = (of_days(retention.days), of_days(retention.unfinished_days));
        Self { tables, days, daily, bytes, bytes_a_day, keeps, gives_up }
    }

    /// The first day on which retention may drop one.
    fn goes(&self, day: Date) -> Date {
        day.saturating_add(self.keeps + Duration::DAY)
    }

    fn given_up(&self, day: Date) -> Date {
        day.saturating_add(self.gives_up + Duration::DAY)
    }

    fn table(&self) -> String {
        // Writing to a String cannot fail.
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<18}{:>12}{:>12}{:>12}{:>12}{:>12}",
            "table", "rows", "heap", "toast", "indexes", "bytes"
        );
        for (name, size) in &self.tables {
            let [heap, toast, indexes, all] = [size.heap, size.toast, size.indexes, size.bytes()].map(human);
            let _ = writeln!(text, "{name:<18}{:>12}{heap:>12}{toast:>12}{indexes:>12}{all:>12}", size.rows);
        }
        let _ = write!(text, "{:<66}{:>12}\n\n{:<12}", "total", human(self.bytes), "day");
        for name in &self.daily {
            let _ = write!(text, "{name:>12}");
        }
        let _ = writeln!(text, "{:>12}  goes on", "bytes");
        for (day, (rows, bytes)) in &self.days {
            let _ = write!(text, "{:<12}", day.to_string());
            for name in &self.daily {
                let _ = write!(text, "{:>12}", rows.get(name).copied().unwrap_or_default());
            }
            let _ = writeln!(text, "{:>12}  {}", human(*bytes), self.goes(*day));
        }
        text.push('\n');
        text + &self.words()
    }

    fn words(&self) -> String {
        let mut text = String::new();
        let keeps = self.keeps.whole_days();
        if let Some(bytes) = self.bytes_a_day {
            let kept = human(bytes.saturating_mul(keeps.unsigned_abs() + 1));
            let _ = writeln!(
                text,
                "a day takes {}: with retention.days of {keeps}, days come to {kept}",
                human(bytes)
            );
        } else {
            text.push_str("no whole day is there yet, so growth is not known\n");
        }
        if let Some((day, (_, bytes))) = self.days.first_key_value() {
            let (goes, given_up) = (self.goes(*day), self.given_up(*day));
            let _ = writeln!(
                text,
                "next to go: {day} ({}), from {goes} on if nothing of it is owed, else from {given_up} on",
                human(*bytes)
            );
        }
        text
    }

    fn object(&self) -> Value {
        let tables = self.tables.iter().map(|(name, size)| {
            json!({"table": name, "rows": size.rows, "bytes": size.bytes(), "heapBytes": size.heap,
                "toastBytes": size.toast, "indexBytes": size.indexes})
        });
        let days = self.days.iter().map(|(day, (rows, bytes))| {
            json!({"day": day.to_string(), "rows": rows, "bytes": bytes, "goesOn": self.goes(*day).to_string(),
                "givenUpOn": self.given_up(*day).to_string()})
        });
        json!({
            "tables": tables.collect::<Vec<_>>(),
            "days": days.collect::<Vec<_>>(),
            "bytes": self.bytes,
            "bytesADay": self.bytes_a_day,
            "retentionDays": self.keeps.whole_days(),
            "unfinishedDays": self.gives_up.whole_days(),
        })
    }
}

fn human(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut unit = "B";
    let mut amount = bytes as f64;
    for next in UNITS {
        if amount < 1024.0 {
            break;
        }
        (amount, unit) = (amount / 1024.0, next);
    }
    let digits = usize::from(unit != "B" && amount < 100.0);
    format!("{amount:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 25);
    const RETENTION: Retention = Retention {
        days: 30,
        unfinished_days: 60,
        payload_days: 30,
        attempts_days: 30,
        audit_log_days: 30,
        statistics_days: 30,
        unroutable_days: 30,
    };

    fn report(parts: Vec<Part>) -> Report {
        Report::of(parts, TODAY, &RETENTION)
    }

    fn part(table: &str, day: Option<Date>, rows: u64) -> Part {
        let table = table.to_owned();
        Part { table, day, rows, heap_bytes: rows * 1000, toast_bytes: rows * 100, index_bytes: rows * 10 }
    }

    #[test]
    fn growth_is_of_whole_days_and_the_oldest_goes_first() {
        let report = report(vec![
            part("events", Some(date!(2026 - 10 - 1)), 1_000_000),
            part("events", Some(date!(2026 - 11 - 23)), 10),
            part("events", Some(date!(2026 - 11 - 24)), 30),
            part("deliveries", Some(date!(2026 - 11 - 24)), 20),
            part("events", Some(TODAY), 500),
            part("events", Some(date!(2026 - 11 - 26)), 0),
            part("dedupe", None, 7),
        ]);
        assert_eq!(report.bytes_a_day, Some((10 + 30 + 20) * 1110 / 2));
        assert_eq!(report.bytes, (1_000_000 + 10 + 30 + 20 + 500 + 7) * 1110);
        let object = report.object();
        assert_eq!(object["days"].as_array().unwrap().len(), 4);
        assert_eq!(object["days"][2]["rows"], json!({"events": 30, "deliveries": 20}));
        let words = report.words();
        assert!(words.contains("2026-10-01 (1.0 GiB), from 2026-11-01 on"), "{words}");
        assert!(words.contains("else from 2026-12-01 on"), "{words}");
        let table = report.table();
        assert!(
            table.contains("dedupe                       7     6.8 KiB       700 B        70 B     7.6 KiB"),
            "{table}"
        );
    }

    #[test]
    fn without_a_whole_day_nothing_is_said_of_growth() {
        let report = report(vec![part("events", Some(TODAY), 500)]);
        assert_eq!(report.bytes_a_day, None);
        assert!(report.words().contains("not known"));
    }

    #[test]
    fn bytes_are_told_in_the_unit_that_fits() {
        for (bytes, text) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (512 << 20, "512 MiB"), (3 << 41, "6.0 TiB")]
        {
            assert_eq!(human(bytes), text);
        }
    }
}
