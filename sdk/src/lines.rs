//! NDJSON bodies (one JSON text per line), read and written without buffering them whole.

use std::fmt;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use memchr::memchr;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use vitae_contracts_gateway::Problem;

use crate::call::Call;
use crate::error::{Error, Kind, Result};
use crate::http_client::BodyStream;

/// The maximum length of a line: a document is at most 1 MiB, and its line slightly longer.
const MAX_LINE_BYTES: usize = 4 << 20;

/// The lines of an export, or the results of an import.
///
/// Buffers one line at a time, regardless of the length of the body. Ends after the first error; the lines
/// before it are valid. Dropping it closes the connection.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// let mut lines = client.resumes().export().send().await?;
/// while let Some(line) = lines.next().await {
///     println!("{}", line?.document);
/// }
/// # Ok(()) });
/// ```
pub struct Lines<T> {
    call: Call,
    body: Option<BodyStream>,
    buffer: BytesMut,
    /// Bytes of the buffer known to have no line end.
    searched: usize,
    timeout: IdleTimeout,
    item: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Lines<T> {
    pub(crate) fn new(call: Call, body: BodyStream, timeout: IdleTimeout) -> Self {
        Self { call, body: Some(body), buffer: BytesMut::new(), searched: 0, timeout, item: PhantomData }
    }

    /// Returns the next line; `None` after the last.
    ///
    /// For programs without a crate for streams. Dropping the future loses no item.
    pub async fn next(&mut self) -> Option<Result<T>> {
        StreamExt::next(self).await
    }

    /// Takes a whole line out of the buffer; at the end of the body, the rest of the buffer.
    fn take_line(&mut self) -> Option<Bytes> {
        loop {
            let line = match memchr(b'\n', &self.buffer[self.searched..]) {
                Some(at) => {
                    let line = self.buffer.split_to(self.searched + at);
                    self.buffer.advance(1);
                    line
                }
                None if self.body.is_none() && !self.buffer.is_empty() => self.buffer.split(),
                None => {
                    self.searched = self.buffer.len();
                    return None;
                }
            };
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return Some(line.freeze());
            }
        }
    }

    /// Parses a line. A server that fails midway can send a problem document as the last line.
    fn read(line: &[u8]) -> Result<T> {
        serde_json::from_slice(line).map_err(|e| match serde_json::from_slice::<Problem>(line) {
            Ok(problem) => Error::rejected(problem.status, problem),
            Err(_) => {
                Error::new(Kind::InvalidResponse, "a line has a form that this version does not support")
                    .because(&e)
            }
        })
    }

    fn poll_line(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if let Some(error) = self.timeout.poll_deadline(context) {
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            if let Some(line) = self.take_line() {
                return Poll::Ready(Some(Self::read(&line)));
            }
            if self.buffer.len() > MAX_LINE_BYTES {
                let what = format!("a line is longer than {MAX_LINE_BYTES} bytes");
                return Poll::Ready(Some(Err(Error::new(Kind::InvalidResponse, what))));
            }
            let Some(body) = &mut self.body else {
                return Poll::Ready(None);
            };
            match body.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.timeout.reset();
                    self.buffer.extend_from_slice(&chunk);
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => self.body = None,
                Poll::Pending => {
                    let error = ready!(self.timeout.poll_timeout(context));
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<T: DeserializeOwned> Stream for Lines<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let line = ready!(self.poll_line(context));
        if let Some(Err(error)) = line {
            self.body = None;
            self.buffer.clear();
            self.searched = 0;
            return Poll::Ready(Some(Err(self.call.add_context(error))));
        }
        Poll::Ready(line)
    }
}

/// No field is pinned.
impl<T> Unpin for Lines<T> {}

impl<T> fmt::Debug for Lines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("ended", &self.body.is_none()).finish_non_exhaustive()
    }
}

/// The limit of silence of the server; time in which the caller has to send does not count.
pub(crate) struct IdleTimeout {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    input: Option<Arc<UploadProgress>>,
    /// The value of `UploadProgress::lines` when the wait started.
    seen_lines: u64,
    /// The time at which every wait ends, regardless of its cause.
    deadline: Option<Pin<Box<Sleep>>>,
}

/// The progress of a body that is still being sent.
#[derive(Debug, Default)]
pub(crate) struct UploadProgress {
    /// Whether the caller has to produce the next line.
    is_waiting_for_caller: AtomicBool,
    /// The number of lines taken from the caller.
    lines: AtomicU64,
}

impl IdleTimeout {
    pub(crate) fn new(limit: Duration, input: Option<Arc<UploadProgress>>) -> Self {
        Self { limit, sleep: None, input, seen_lines: 0, deadline: None }
    }

    /// Adds a deadline, which no progress extends.
    pub(crate) fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline.map(|deadline| Box::pin(sleep_until(deadline)));
        self
    }

    /// Runs `work`, which fails if the server is silent for too long.
    pub(crate) async fn run<T, E: From<Error>>(
        &mut self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let ended = std::future::poll_fn(|context| self.poll_timeout(context));
        match select(pin!(work), ended).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right((error, _)) => Err(error.into()),
        }
    }

    pub(crate) fn reset(&mut self) {
        self.sleep = None;
    }

    pub(crate) fn poll_timeout(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        if let Some(error) = self.poll_deadline(context) {
            return Poll::Ready(error);
        }
        loop {
            let limit = self.limit;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(limit)));
            ready!(sleep.as_mut().poll(context));
            if !self.is_caller_slow() {
                let what = format!("the server sent nothing for {limit:?}");
                return Poll::Ready(Error::new(Kind::Timeout, what));
            }
            self.reset();
        }
    }

    /// Returns an error once the deadline has passed, even if data is available.
    pub(crate) fn poll_deadline(&mut self, context: &mut Context<'_>) -> Option<Error> {
        let has_ended = self.deadline.as_mut()?.as_mut().poll(context).is_ready();
        has_ended.then(|| Error::new(Kind::Timeout, "the deadline has passed"))
    }

    /// Whether the caller, not the server, caused the wait.
    fn is_caller_slow(&mut self) -> bool {
        let Some(input) = &self.input else {
            return false;
        };
        let lines = input.lines.load(Ordering::Relaxed);
        let moved = std::mem::replace(&mut self.seen_lines, lines) != lines;
        moved || input.is_waiting_for_caller.load(Ordering::Relaxed)
    }
}

impl UploadProgress {
    /// Returns the body of an import: each item becomes one line.
    pub(crate) fn body<S>(self: Arc<Self>, lines: S) -> reqwest::Body
    where
        S: Stream<Item: Into<Bytes>> + Send + 'static,
    {
        let mut lines = Box::pin(lines);
        let stream = futures_util::stream::poll_fn(move |context| {
            let line = lines.as_mut().poll_next(context);
            self.is_waiting_for_caller.store(line.is_pending(), Ordering::Relaxed);
            let line = ready!(line);
            self.lines.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(line.map(|line| Ok::<_, std::convert::Infallible>(as_line(&line.into()))))
        });
        reqwest::Body::wrap_stream(stream)
    }
}

/// Returns a JSON text on one line. A line break outside of strings has no meaning; inside it is invalid
/// JSON.
fn as_line(text: &Bytes) -> Bytes {
    let text = text.trim_ascii_end();
    let mut line = Vec::with_capacity(text.len() + 1);
    line.extend(text.iter().map(|b| match b {
        b'\n' | b'\r' => b' ',
        other => *other,
    }));
    line.push(b'\n');
    line.into()
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::stream;
    use tokio::time::timeout;
    use vitae_contracts_gateway::ImportResult;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);
    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn silent_server_times_out() {
        let first = stream::iter([Ok(Bytes::from("{\"line\":1,\"status\":\"created\"}\n"))]);
        let body = first.chain(stream::pending()).boxed();
        let mut lines: Lines<ImportResult> =
            Lines::new(Call::get("/v1/x"), body, IdleTimeout::new(LIMIT, None));
        assert_eq!(lines.next().await.unwrap().unwrap().line, 1);
        let error = lines.next().await.unwrap().unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(error.to_string(), "GET /v1/x: the server sent nothing for 30s");
        assert!(lines.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn slow_caller_does_not_time_out() {
        let input = Arc::new(UploadProgress::default());
        let mut idle_timeout = IdleTimeout::new(LIMIT, Some(Arc::clone(&input)));
        input.is_waiting_for_caller.store(true, Ordering::Relaxed);
        let wait = idle_timeout.run(pending::<Result<()>>());
        assert!(timeout(LONG, wait).await.is_err(), "the caller has to send a line");

        // The caller has sent the last line; now the server has to respond.
        input.is_waiting_for_caller.store(false, Ordering::Relaxed);
        let wait = idle_timeout.run(pending::<Result<()>>());
        assert!(timeout(LONG, wait).await.unwrap().unwrap_err().is_timeout());
    }

    #[tokio::test(start_paused = true)]
    async fn progress_of_the_upload_extends_the_timeout() {
        let input = Arc::new(UploadProgress::default());
        let sending = Arc::clone(&input);
        let sent = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(LIMIT / 2).await;
                sending.lines.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut idle_timeout = IdleTimeout::new(LIMIT, Some(input));
        let wait = idle_timeout.run(pending::<Result<()>>());
        assert!(timeout(4 * LIMIT, wait).await.is_err());
        sent.await.unwrap();
    }
}
