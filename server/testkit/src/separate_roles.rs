//! Each role on its own port, connected over sockets like five processes.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::sync::{oneshot, watch};
use vitae_server_stack::{
    Config, Peers, ServiceKey, serve_audit, serve_auth, serve_gateway, serve_resumes, serve_users,
};

use crate::{Administrator, Stop, ensure_administrator, listen};

pub(crate) async fn run(
    config: Config,
    administrator: Administrator,
    address: SocketAddr,
    started: oneshot::Sender<SocketAddr>,
    stopped: oneshot::Receiver<Stop>,
) {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (gateway_port, address) = listen(address);
    let (auth_port, auth) = listen(anywhere);
    let (users_port, users) = listen(anywhere);
    let (resumes_port, resumes) = listen(anywhere);
    let (audit_port, audit) = listen(anywhere);
    let url = |address: SocketAddr| format!("http://{address}");
    let peers = Peers {
        auth: url(auth),
        users: url(users),
        resumes: url(resumes),
        audit: url(audit),
        key: Some(service_key()),
        reflection: false,
    };
    // The gateway stops before the roles that it calls: its last reports go to them.
    let (gateway_stopping, gateway_stop) = watch::channel(false);
    let (stopping, stop) = watch::channel(false);
    let until_stop = || until(&stop);
    let first_start = async |auth: &vitae_server_stack::Auth| {
        ensure_administrator(auth, administrator).await;
        Ok(())
    };
    let gateway = async {
        let until_stop = until(&gateway_stop);
        let served =
            serve_gateway(&config, &peers, gateway_port, until_stop, || (), || _ = started.send(address));
        let served = served.await;
        stopping.send_replace(true);
        served
    };
    let roles = async {
        let roles = tokio::join!(
            serve_users(&config, &peers, users_port, until_stop(), || ()),
            serve_auth(&config, &peers, auth_port, until_stop(), || (), first_start),
            serve_resumes(&config, &peers, resumes_port, until_stop(), || ()),
            serve_audit(&config, &peers, audit_port, until_stop(), || ()),
            gateway,
        );
        for role in [roles.0, roles.1, roles.2, roles.3, roles.4] {
            role.expect("the role serves");
        }
    };
    let how = async {
        match stopped.await {
            Ok(Stop::Gracefully) => {
                gateway_stopping.send_replace(true);
                std::future::pending::<()>().await;
            }
            Ok(Stop::AtOnce) | Err(_) => {}
        }
    };
    tokio::select! {
        () = roles => {}
        () = how => {}
    }
}

fn until(stop: &watch::Receiver<bool>) -> impl Future<Output = ()> + Send + 'static {
    let mut stop = stop.clone();
    async move { drop(stop.wait_for(|stop| *stop).await) }
}

fn service_key() -> ServiceKey {
    let mut file = tempfile::NamedTempFile::new().expect("the system has a directory for temporary files");
    writeln!(file, "a-key-that-every-role-of-this-test-knows").expect("the file can be written");
    ServiceKey::read(file.path()).expect("the key is a key")
}
