//! The scenarios one after the other, so many times: what each brings is kept, and one that fails keeps no other from
//! being measured.

use std::path::PathBuf;

use actors::ports::Clock as _;
use anyhow::{Context as _, bail};
use hookyard::clock::SystemClock;
use hookyard::servers::{Nats, Postgres};
use time::format_description::well_known::Rfc3339;

use crate::context::{Context, Sizes};
use crate::machine::Machine;
use crate::results::{Results, summed};
use crate::row::Row;
use crate::scenarios::Scenario;

pub struct Suite {
    pub scenarios: Vec<Scenario>,
    pub runs: u32,
    pub sizes: Sizes,
}

impl Suite {
    pub async fn run(self) -> anyhow::Result<Results> {
        let Self { scenarios, runs, sizes } = self;
        let machine = Machine::here(Nats::version()?, Postgres::version()?);
        let date = SystemClock.now().replace_nanosecond(0).context("the second")?.format(&Rfc3339)?;
        let (mut rows, mut failures): (Vec<Row>, Vec<String>) = (Vec::new(), Vec::new());
        let mut cx = Context::new(sizes, program()?);
        for run in 1..=runs {
            cx.one = None;
            for (at, scenario) in (1..).zip(&scenarios) {
                let names = scenario.rows().join(", ");
                let of_runs = if runs > 1 { format!("run {run} of {runs}, ") } else { String::new() };
                cx.enter(format!("{of_runs}{at} of {} ({names})", scenarios.len()));
                match scenario.run(&mut cx).await {
                    Ok(brought) => rows.extend(brought),
                    Err(error) => {
                        cx.begin(&format!("FAILED: {error:#}"));
                        failures.push(format!("{names}, run {run}: {error:#}"));
                    }
                }
                cx.end();
            }
        }
        Ok(Results {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            date,
            is_full: sizes.is_full,
            runs,
            machine,
            rows: summed(&rows),
            failures,
        })
    }
}

/// The program `hookyard` of the same build.
fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find the program that runs")?;
    let program = own.with_file_name("hookyard");
    if !program.is_file() {
        bail!("{} is not there: run `make bench`, or build it with the same profile", program.display());
    }
    Ok(program)
}
