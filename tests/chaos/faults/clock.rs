//! The clock of the service stepped back and forth. Its stores keep theirs.

use async_trait::async_trait;
use rand::RngExt as _;

use super::{FEW, Fault, Plan};
use crate::clock;
use crate::scene::Scene;

const EVERY_SECONDS: usize = 15;
/// Ten minutes either way, and back to what it is.
const STEPS_SECONDS: [i64; 3] = [-600, 0, 600];

pub struct Clock;

#[async_trait]
impl Fault for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn about(&self) -> &'static str {
        "the service's wall clock steps by 10 or 20 minutes, forwards and back (libfaketime)"
    }

    fn plan(&self) -> Plan {
        // What was scheduled by a clock that was ahead fires when that time comes.
        Plan { has_clock: true, leaves_schedules: true, ..Plan::of(60).may_repeat(FEW) }
    }

    fn missing(&self) -> Option<&'static str> {
        clock::missing()
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        let mut now = 0;
        for moment in scene.moments((scene.length.as_secs() as usize / EVERY_SECONDS).max(1)) {
            scene.at(moment).await;
            let others: Vec<i64> = STEPS_SECONDS.into_iter().filter(|step| *step != now).collect();
            now = others[scene.random.random_range(0..others.len())];
            scene.stage.set_clock(now)?;
        }
        Ok(())
    }
}
