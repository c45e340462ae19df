//! A connection that ends when its peer does not do its part.

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

/// Bytes with which every client of HTTP/2 begins (RFC 9113, section 3.4).
const PREFACE_BYTES: u64 = 24;

/// A connection that ends when its peer takes nothing of what is queued for it, or takes it too
/// slowly, and when the port needs its place.
///
/// While the peer keeps up, this costs one look at the clock for each read and write.
pub(crate) struct Watched {
    stream: TcpStream,
    registered: Registered,
    /// Bytes are queued that the peer has not taken.
    queued: Option<Queued>,
    /// The peer has to begin with a preface, and has not sent all of it.
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

impl Watched {
    pub(super) fn new(stream: TcpStream, registered: Registered) -> Self {
        // Only a delay: small answers go out late without it.
        drop(stream.set_nodelay(true));
        Self { stream, registered, queued: None, preface: None }
    }

    /// Has the connection end if the preface of HTTP/2 does not come in the time of a head.
    ///
    /// Behind it hyper asks whether the peer is alive; before it, nothing does (hyper #4170).
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

    /// Holds the outcome of a write against the limits.
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
                        return Poll::Ready(Err(too_slow("the peer takes what is sent too slowly")));
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
                Poll::Ready(Err(too_slow("the peer does not take what is sent")))
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

fn too_slow(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, what)
}

impl AsyncRead for Watched {
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
            let why = "the connection was idle for longest when another one came";
            return Poll::Ready(Err(io::Error::new(ErrorKind::ConnectionAborted, why)));
        }
        if let Some(preface) = &mut self.preface {
            ready!(preface.late.as_mut().poll(context));
            return Poll::Ready(Err(too_slow("the peer does not begin to speak HTTP/2")));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Watched {
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

    /// Called once nothing is queued any more.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.queued = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected for Watched {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
