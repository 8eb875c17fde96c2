//! What goes on beside the actors, each a task. Promises: none ends unheard, be it by a panic.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Clone)]
pub struct Tasks {
    tracker: TaskTracker,
    /// Told of a task that ended although nobody asked it to.
    fail: mpsc::Sender<String>,
}

impl Tasks {
    pub fn new(fail: mpsc::Sender<String>) -> Self {
        Self { tracker: TaskTracker::new(), fail }
    }

    /// A task that goes on until it is stopped.
    pub fn spawn(
        &self,
        name: &'static str,
        stopping: &CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let stopped = stopping.clone().run_until_cancelled_owned(task);
        self.spawn_draining(name, stopping, async move {
            let _ = stopped.await;
        });
    }

    /// A task that ends by itself some time after it was told to stop.
    pub fn spawn_draining(
        &self,
        name: &'static str,
        stopping: &CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let end = End { name, stopping: stopping.clone(), fail: self.fail.clone() };
        self.tracker.spawn(async move {
            let _end = end;
            task.await;
        });
    }

    /// Ends with the last of them.
    pub async fn wait(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Dropped with its task, however that ends.
struct End {
    name: &'static str,
    stopping: CancellationToken,
    fail: mpsc::Sender<String>,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.stopping.is_cancelled() {
            let how = if std::thread::panicking() { "panicked" } else { "ended" };
            // Full, and the service is ending for another reason already.
            let _ = self.fail.try_send(format!("{} {how}", self.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_ends_unasked_is_heard_of_however_it_ends() {
        let (fail, mut failures) = mpsc::channel(4);
        let (tasks, stopping) = (Tasks::new(fail), CancellationToken::new());
        tasks.spawn("first", &stopping, async {});
        assert_eq!(failures.recv().await.as_deref(), Some("first ended"));
        tasks.spawn("second", &stopping, async { panic!("on purpose") });
        assert_eq!(failures.recv().await.as_deref(), Some("second panicked"));
        tasks.spawn("third", &stopping, std::future::pending());
        stopping.cancel();
        tasks.wait().await;
        drop(tasks);
        assert_eq!(failures.recv().await, None);
    }
}
