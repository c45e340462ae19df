//! Accepts connections within limits, and recovers when descriptors run out.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::connections::Connections;
use super::guarded_stream::GuardedStream;
use super::limits::Limits;

/// The maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 4096;
/// The bytes that the kernel buffers for one peer. A larger buffer would hide for minutes that a peer does not read.
const SEND_BUFFER: u32 = 256 << 10;
/// The minimum time between two log lines of the same problem.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
/// The maximum wait for descriptors, or for a connection that is being closed.
const WAIT: Duration = Duration::from_millis(50);

/// Returns a listener at an address, with the socket options of all ports.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections of a listener within the limits of its port.
pub(crate) struct Acceptor {
    listener: TcpListener,
    connections: Arc<Connections>,
    failing: bool,
    logged: [Option<Instant>; 3],
}

/// A problem of accepting; each is logged separately.
#[derive(Clone, Copy)]
enum Problem {
    Failing,
    Full,
    Address,
}

impl Acceptor {
    pub(crate) fn new(listener: TcpListener, limits: Limits) -> Self {
        Self { listener, connections: Connections::new(limits), failing: false, logged: [None; 3] }
    }

    /// Waits for the next connection.
    pub(crate) async fn accept(&mut self) -> (GuardedStream, SocketAddr) {
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    self.wait_for_descriptors(&error).await;
                    continue;
                }
            };
            if std::mem::take(&mut self.failing) {
                tracing::warn!("connections are accepted again");
            }
            if let Some(guarded_stream) = self.admit(stream, peer).await {
                return (guarded_stream, peer);
            }
        }
    }

    /// Closes an idle connection if the port is full; drops a connection beyond the limit of its address.
    async fn admit(&mut self, stream: TcpStream, peer: SocketAddr) -> Option<GuardedStream> {
        while self.connections.is_full() {
            if self.may_log(Problem::Full) {
                let limit = self.connections.limits.connections;
                tracing::warn!(
                    limit,
                    "too many connections: the longest idle one is closed for each new one"
                );
            }
            self.connections.close_idlest();
            drop(tokio::time::timeout(WAIT, self.connections.ended()).await);
        }
        let registered = self.connections.register(peer.ip());
        if registered.is_none() && self.may_log(Problem::Address) {
            let limit = self.connections.limits.per_address;
            tracing::warn!(address = %peer.ip(), limit, "too many connections from one address: new ones are closed");
        }
        Some(GuardedStream::new(stream, registered?))
    }

    /// Closes an idle connection to free its descriptor, and waits for a moment.
    async fn wait_for_descriptors(&mut self, error: &io::Error) {
        if !self.failing && self.may_log(Problem::Failing) {
            let open = self.connections.count();
            tracing::warn!(%error, open, "connections cannot be accepted; trying again");
            self.failing = true;
        }
        let exhausted =
            [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(rustix::io::Errno::raw_os_error);
        if error.raw_os_error().is_some_and(|number| exhausted.contains(&number)) {
            self.connections.close_idlest();
        }
        drop(tokio::time::timeout(WAIT, self.connections.ended()).await);
    }

    fn may_log(&mut self, problem: Problem) -> bool {
        let logged = &mut self.logged[problem as usize];
        let due = logged.is_none_or(|at| at.elapsed() >= LOG_INTERVAL);
        if due {
            *logged = Some(Instant::now());
        }
        due
    }

    /// Closes the listener; returns when all open connections have ended.
    pub(crate) async fn close(self) {
        let Self { listener, connections, .. } = self;
        drop(listener);
        while connections.count() > 0 {
            connections.ended().await;
        }
    }
}
