//! A connection with timeouts for peers that do not read or that are too slow.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::connections::{Activity, Registered};

/// The length of the connection preface of HTTP/2 (RFC 9113, section 3.4).
const PREFACE_BYTES: u64 = 24;

/// A connection that fails when its peer does not read queued bytes or reads too slowly, and when it must be
/// closed for another one.
///
/// Without queued bytes, the overhead is one reading of the clock per read and write.
pub(crate) struct GuardedStream {
    stream: TcpStream,
    registered: Registered,
    /// The state while bytes are queued that the peer has not read.
    queued: Option<Queued>,
    /// The state while the HTTP/2 preface is incomplete.
    preface: Option<Preface>,
}

struct Queued {
    since: Instant,
    taken: u64,
    stalled: Pin<Box<Sleep>>,
}

struct Preface {
    received: u64,
    late: Pin<Box<Sleep>>,
}

impl GuardedStream {
    pub(super) fn new(stream: TcpStream, registered: Registered) -> Self {
        // An error is ignored: without it, small responses are only sent later.
        drop(stream.set_nodelay(true));
        Self { stream, registered, queued: None, preface: None }
    }

    /// Requires the HTTP/2 preface within the timeout for the head of a request.
    ///
    /// After the preface, hyper sends keep-alive pings; before it, hyper has no timeout (hyper #4170).
    pub(crate) fn awaiting_preface(mut self) -> Self {
        let late = Box::pin(sleep(self.registered.limits().head));
        self.preface = Some(Preface { received: 0, late });
        self
    }

    pub(super) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.registered.activity)
    }

    fn note_read(&mut self, bytes: usize) {
        if bytes > 0 {
            self.registered.touch(Instant::now());
        }
        if let Some(preface) = &mut self.preface {
            preface.received += bytes as u64;
            if preface.received >= PREFACE_BYTES {
                self.preface = None;
            }
        }
    }

    /// Checks the outcome of a write against the limits.
    fn note_write(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let limits = self.registered.limits();
        match outcome {
            Poll::Ready(Ok(bytes)) => {
                let now = Instant::now();
                self.registered.touch(now);
                if let Some(queued) = &mut self.queued {
                    queued.taken += bytes as u64;
                    if limits.is_too_slow(now.duration_since(queued.since), queued.taken) {
                        return Poll::Ready(Err(too_slow("the peer reads too slowly")));
                    }
                    queued.stalled.as_mut().reset(tokio::time::Instant::now() + limits.stall);
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Pending => {
                let queued = self.queued.get_or_insert_with(|| Queued {
                    since: Instant::now(),
                    taken: 0,
                    stalled: Box::pin(sleep(limits.stall)),
                });
                ready!(queued.stalled.as_mut().poll(context));
                Poll::Ready(Err(too_slow("the peer does not read")))
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

fn too_slow(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, what)
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            self.note_read(buffer.filled().len() - before);
            return Poll::Ready(read);
        }
        if self.registered.activity.poll_closed(context).is_ready() {
            let why = "the connection was closed as the longest idle one";
            return Poll::Ready(Err(io::Error::new(ErrorKind::ConnectionAborted, why)));
        }
        if let Some(preface) = &mut self.preface {
            ready!(preface.late.as_mut().poll(context));
            return Poll::Ready(Err(too_slow("the peer does not send the HTTP/2 preface")));
        }
        Poll::Pending
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_write(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.note_write(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called once no bytes are queued any more.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.queued = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected for GuardedStream {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
