//! Endpoints to whom nothing is published: what all processes spend meanwhile.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::context::{Context, Size};
use crate::figure::{Goal, Unit};
use crate::row::Row;
use crate::stage::Stage;

const LENGTH_SECONDS: u32 = 30;
const QUICK_SECONDS: u32 = 15;

pub async fn measure(cx: &mut Context, stage: &Stage, endpoints: Size) -> anyhow::Result<Row> {
    let length = cx.sizes.of(LENGTH_SECONDS, QUICK_SECONDS);
    stage.until_quiet(cx).await?;
    cx.begin(&format!("nothing, for {length} s"));
    let meter = stage.rig.meter();
    let (began, before) = (Instant::now(), meter.read()?);
    sleep(Duration::from_secs(length.count.into())).await;
    let spent = meter.read()?.since(&before);
    let percent = |spent: Duration| spent.as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    let what = format!("{endpoints} endpoints, nothing published for {length} s");
    let mut row = Row::new("idle", what, endpoints.is_scaled || length.is_scaled);
    let together = spent.iter().map(|(_, spent)| *spent).sum();
    row.aim("of a core", Unit::Percent, percent(together), Goal::AtMost(2.0));
    for (process, spent) in spent {
        row.add(format!("{process}, of a core"), Unit::Percent, percent(spent));
    }
    Ok(row)
}
