//! All roles in one process, as `vitaed serve` runs them.

use std::net::SocketAddr;

use tokio::sync::oneshot;
use vitae_server_stack::{Config, Stack};

use crate::{Administrator, Stop, ensure_administrator, listen};

pub(crate) async fn run(
    config: Config,
    administrator: Administrator,
    address: SocketAddr,
    started: oneshot::Sender<SocketAddr>,
    stopped: oneshot::Receiver<Stop>,
) {
    let (listener, address) = listen(address);
    let stack = Stack::open(&config).await.expect("the stack opens");
    ensure_administrator(stack.auth(), administrator).await;
    // The test may have ended.
    let _ = started.send(address);
    let (graceful, stop) = oneshot::channel::<()>();
    let serve = stack.serve(listener, async { drop(stop.await) });
    let how = async {
        match stopped.await {
            Ok(Stop::Gracefully) => {
                drop(graceful);
                std::future::pending::<()>().await;
            }
            Ok(Stop::AtOnce) | Err(_) => {}
        }
    };
    tokio::select! {
        () = serve => {}
        () = how => {}
    }
}
