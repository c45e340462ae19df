//! A TCP proxy that cuts connections at chosen points.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP proxy that forwards bytes until it cuts. Ends with the runtime that started it.
pub struct CuttingProxy {
    /// The base URL of the proxy.
    pub url: String,
    cuts: watch::Sender<()>,
    connections: Arc<AtomicU64>,
}

impl CuttingProxy {
    /// Starts a proxy before the server at `url`; connection `n` ends after `limit(n)` response bytes.
    pub async fn start(url: &str, limit: impl Fn(u64) -> Option<u64> + Send + Sync + 'static) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the system has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
        let (cuts, _) = watch::channel(());
        let connections = Arc::new(AtomicU64::new(0));
        let (sender, counter) = (cuts.clone(), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let limit = limit(counter.fetch_add(1, Ordering::Relaxed));
                let mut cut = sender.subscribe();
                let target = target.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = cut.changed() => {}
                        () = pass_on(client, &target, limit.unwrap_or(u64::MAX)) => {}
                    }
                });
            }
        });
        Self { url, cuts, connections }
    }

    /// Closes all open connections.
    pub fn cut(&self) {
        self.cuts.send_replace(());
    }

    /// Returns the number of connections since the start.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn pass_on(mut client: TcpStream, target: &str, limit: u64) {
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    let (mut requests, mut to_client) = client.split();
    let (answers, mut to_server) = server.split();
    let mut answers = answers.take(limit);
    tokio::select! {
        _ = copy(&mut requests, &mut to_server) => {}
        _ = copy(&mut answers, &mut to_client) => {}
    }
    // Forwarded bytes still reach the client.
    to_client.shutdown().await.ok();
}
