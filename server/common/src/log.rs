//! A log queue that never blocks: lines are queued, and written by a separate thread.
//!
//! Standard error may be on a full disk, a closed pipe, or a pipe that no process reads. None of
//! these may panic, fail or block the logging code: a line that cannot be written or queued is
//! counted and dropped.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The maximum bytes in the queue; further lines are dropped.
const QUEUE_BYTES: usize = 256 << 10;
/// The first and the longest delay before a target that is not ready (a pipe in non-blocking mode) is retried.
const FIRST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

static LOST: AtomicU64 = AtomicU64::new(0);

/// Returns the number of log lines of this process that were lost since its start.
pub fn lost_log_lines() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// A queue of lines for one target. Clones share the queue.
#[derive(Clone)]
pub struct LogQueue {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Complete lines that are not written yet.
    waiting: Vec<u8>,
    /// Lines lost since the last successful write; the target gets a note when it accepts lines again.
    lost: u64,
    is_writing: bool,
}

impl LogQueue {
    /// Starts the thread that writes to a target; it runs until the process ends.
    pub fn start(target: impl Write + Send + 'static) -> io::Result<Self> {
        let log = Self { shared: Arc::default() };
        let shared = Arc::clone(&log.shared);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || shared.write_to(target))?;
        Ok(log)
    }

    /// Queues one or more complete lines; never waits for the target.
    pub fn push(&self, lines: &[u8]) {
        let mut queue = self.shared.queue();
        if queue.waiting.len() + lines.len() > QUEUE_BYTES {
            queue.lose(lines);
            return;
        }
        queue.waiting.extend_from_slice(lines);
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Waits until all queued lines are written or lost, at most for this time.
    pub fn flush(&self, timeout: Duration) {
        let end = Instant::now() + timeout;
        let mut queue = self.shared.queue();
        while !queue.waiting.is_empty() || queue.is_writing {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.shared.changed.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A writer for `tracing_subscriber`, which writes one event per call.
impl Write for LogQueue {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.push(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn write_to(&self, mut target: impl Write) {
        loop {
            let (batch, lost_before) = self.next();
            let written = write_all(&mut target, &batch);
            let mut queue = self.queue();
            queue.is_writing = false;
            let rest = batch.get(written..).unwrap_or_default();
            queue.lose(rest);
            if rest.is_empty() && lost_before > 0 {
                queue.lost -= lost_before.min(queue.lost);
                let note = format!("vitaed: {lost_before} log lines could not be written and are lost\n");
                queue.waiting.extend_from_slice(note.as_bytes());
            }
            drop(queue);
            self.changed.notify_all();
        }
    }

    /// Waits for lines; returns all of them, and the number of lines lost before.
    fn next(&self) -> (Vec<u8>, u64) {
        let mut queue = self.queue();
        while queue.waiting.is_empty() {
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.is_writing = true;
        (std::mem::take(&mut queue.waiting), queue.lost)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn lose(&mut self, lines: &[u8]) {
        let count = lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
        self.lost += count;
        LOST.fetch_add(count, Ordering::Relaxed);
    }
}

/// Writes until an error; returns the number of written bytes.
fn write_all(target: &mut impl Write, batch: &[u8]) -> usize {
    let (mut written, mut wait) = (0, FIRST_WAIT);
    while let Some(rest) = batch.get(written..).filter(|rest| !rest.is_empty()) {
        match target.write(rest) {
            Ok(0) => break,
            Ok(count) => (written, wait) = (written + count, FIRST_WAIT),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(wait);
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            Err(_) => break,
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A target whose writes the test controls.
    struct Target {
        /// The outcomes of the writes; each write waits for one.
        outcomes: Receiver<io::Result<usize>>,
        written: Sender<String>,
    }

    impl Write for Target {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // If the test has ended, writes succeed at once.
            let count = self.outcomes.recv().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
            drop(self.written.send(String::from_utf8_lossy(&bytes[..count]).into_owned()));
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start() -> (LogQueue, Sender<io::Result<usize>>, Receiver<String>) {
        let (outcome, outcomes) = channel();
        let (written, lines) = channel();
        (LogQueue::start(Target { outcomes, written }).unwrap(), outcome, lines)
    }

    #[test]
    fn lines_are_written_in_order_by_partial_writes() {
        let (log, outcome, lines) = start();
        for count in [3, 2, 100] {
            outcome.send(Ok(count)).unwrap();
        }
        log.push(b"first\nsecond\n");
        assert_eq!((lines.recv().unwrap(), lines.recv().unwrap()), ("fir".to_owned(), "st".to_owned()));
        assert_eq!(lines.recv().unwrap(), "\nsecond\n");
        log.flush(Duration::MAX.min(Duration::from_secs(30)));
    }

    #[test]
    fn lost_lines_are_counted_and_noted_once_the_target_accepts_lines_again() {
        let (log, outcome, lines) = start();
        let before = lost_log_lines();
        outcome.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        log.push(b"one\ntwo\n");
        log.flush(Duration::from_secs(30));
        assert!(lost_log_lines() >= before + 2);
        outcome.send(Ok(100)).unwrap();
        outcome.send(Ok(100)).unwrap();
        log.push(b"three\n");
        assert_eq!(lines.recv().unwrap(), "three\n");
        assert_eq!(lines.recv().unwrap(), "vitaed: 2 log lines could not be written and are lost\n");
    }

    #[test]
    fn blocked_target_does_not_block_and_the_queue_is_bounded() {
        let (log, outcome, lines) = start();
        let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
        let before = lost_log_lines();
        for _ in 0..3 * QUEUE_BYTES / line.len() {
            log.push(&line);
        }
        assert!(lost_log_lines() > before);
        assert!(log.shared.queue().waiting.len() <= QUEUE_BYTES);
        // The flush must not wait for it.
        log.flush(Duration::ZERO);
        drop(outcome);
        // The note may come in one write with lines before it.
        let all: String = lines.iter().take_while(|text| !text.contains("vitaed: ")).collect();
        // The batch that the thread holds, and the queue.
        assert!(all.len() <= 2 * QUEUE_BYTES);
    }

    #[test]
    fn target_that_is_not_ready_is_retried() {
        let (log, outcome, lines) = start();
        outcome.send(Err(io::ErrorKind::WouldBlock.into())).unwrap();
        outcome.send(Err(io::ErrorKind::Interrupted.into())).unwrap();
        outcome.send(Ok(100)).unwrap();
        log.push(b"kept\n");
        assert_eq!(lines.recv().unwrap(), "kept\n");
    }
}
