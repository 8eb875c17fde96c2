//! Waiting for what is seen from outside. A pass never waits longer than it has to; only a failure waits to the end.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::Instant;

/// Long enough for a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Looks again and again until `is_there` is content with what it sees; answers with that.
pub async fn until<T: Debug>(what: &str, look: impl AsyncFn() -> T, is_there: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look().await;
        if is_there(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}, and last saw {seen:#?}");
        tokio::time::sleep(LOOK).await;
    }
}
