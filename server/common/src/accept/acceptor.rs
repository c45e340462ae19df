//! Takes connections from a listener, and goes on when there are too many.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::connections::Connections;
use super::limits::Limits;
use super::watched::Watched;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;
/// Bytes that the kernel queues for one peer. Larger queues would hide for minutes that nothing is read.
const SEND_BUFFER: u32 = 256 << 10;
/// How often one kind of trouble is logged at most.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// How long to wait for descriptors, or for a connection that was told to end.
const WAIT: Duration = Duration::from_millis(50);

/// A listener at this address, as every port of ours is set up.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Takes connections from a listener within the limits of its port.
pub(crate) struct Acceptor {
    listener: TcpListener,
    connections: Arc<Connections>,
    failing: bool,
    logged: [Option<Instant>; 3],
}

/// A kind of trouble, each with a log line of its own.
#[derive(Clone, Copy)]
enum Trouble {
    Failing,
    Full,
    Address,
}

impl Acceptor {
    pub(crate) fn new(listener: TcpListener, limits: Limits) -> Self {
        Self { listener, connections: Connections::new(limits), failing: false, logged: [None; 3] }
    }

    /// The next connection.
    pub(crate) async fn accept(&mut self) -> (Watched, SocketAddr) {
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    self.wait_for_descriptors(&error).await;
                    continue;
                }
            };
            if std::mem::take(&mut self.failing) {
                tracing::warn!("accepting connections goes on");
            }
            if let Some(watched) = self.admit(stream, peer).await {
                return (watched, peer);
            }
        }
    }

    /// Makes room if need be; a connection beyond its address's share is dropped.
    async fn admit(&mut self, stream: TcpStream, peer: SocketAddr) -> Option<Watched> {
        while self.connections.is_full() {
            if self.may_log(Trouble::Full) {
                let limit = self.connections.limits.connections;
                tracing::warn!(
                    limit,
                    "too many connections: for each new one the longest idle one is closed"
                );
            }
            self.connections.close_idlest();
            drop(tokio::time::timeout(WAIT, self.connections.ended()).await);
        }
        let registered = self.connections.register(peer.ip());
        if registered.is_none() && self.may_log(Trouble::Address) {
            let limit = self.connections.limits.per_address;
            tracing::warn!(address = %peer.ip(), limit, "too many connections of one address: new ones are closed");
        }
        Some(Watched::new(stream, registered?))
    }

    /// Ends a connection for its descriptor, and waits for a moment.
    async fn wait_for_descriptors(&mut self, error: &io::Error) {
        if !self.failing && self.may_log(Trouble::Failing) {
            let open = self.connections.count();
            tracing::warn!(%error, open, "accepting connections has stopped; trying again");
            self.failing = true;
        }
        let used_up =
            [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(rustix::io::Errno::raw_os_error);
        if error.raw_os_error().is_some_and(|number| used_up.contains(&number)) {
            self.connections.close_idlest();
        }
        drop(tokio::time::timeout(WAIT, self.connections.ended()).await);
    }

    fn may_log(&mut self, trouble: Trouble) -> bool {
        let logged = &mut self.logged[trouble as usize];
        let due = logged.is_none_or(|at| at.elapsed() >= LOG_EVERY);
        if due {
            *logged = Some(Instant::now());
        }
        due
    }

    /// Closes the port; open connections go on. Ends when all of them have ended.
    pub(crate) async fn close(self) {
        let Self { listener, connections, .. } = self;
        drop(listener);
        while connections.count() > 0 {
            connections.ended().await;
        }
    }
}
