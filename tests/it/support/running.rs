//! A program of somebody's, at work: what it prints is seen as it comes.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::wait::PATIENCE;

/// Dropped, it is killed with all that it started.
pub struct Running {
    child: Child,
    lines: watch::Receiver<Vec<String>>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn().expect("it runs");
        let (sender, lines) = watch::channel(Vec::new());
        listen(child.stdout.take().expect("stdout"), sender.clone());
        listen(child.stderr.take().expect("stderr"), sender);
        Self { child, lines }
    }

    /// The first line in which these words are.
    pub async fn until(&mut self, words: &str) -> String {
        let at = |lines: &[String]| lines.iter().position(|line| line.contains(words));
        let lines = self.until_lines(&format!("a line with {words:?}"), |lines| at(lines).is_some()).await;
        lines[at(&lines).expect("it is there")].clone()
    }

    /// All that it has printed, once that is so.
    pub async fn until_lines(&mut self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let there = timeout(PATIENCE, self.lines.wait_for(|lines| is_so(lines))).await;
        let lines = there.map(|lines| lines.expect("it prints that before it ends").clone());
        lines.unwrap_or_else(|_| panic!("waited for {what}, and there was {:#?}", *self.lines.borrow()))
    }

    pub fn count(&self, words: &str) -> usize {
        self.lines.borrow().iter().filter(|line| line.contains(words)).count()
    }

    /// Ends well by itself.
    pub async fn end(mut self) {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("it was started");
        assert!(status.success(), "{status}");
    }

    /// Ends well when it is told to.
    pub async fn interrupt(self) {
        self.signal(Signal::INT);
        self.end().await;
    }

    fn signal(&self, signal: Signal) {
        let group = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn listen(stream: impl AsyncRead + Unpin + Send + 'static, sender: watch::Sender<Vec<String>>) {
    tokio::spawn(async move {
        let mut stream = BufReader::new(stream).lines();
        while let Ok(Some(line)) = stream.next_line().await {
            // Shown where the test fails.
            println!("{line}");
            sender.send_modify(|lines| lines.push(line));
        }
    });
}
