//! `vitaed gateway|auth|users|resumes|audit`: one role per process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use vitae_server_stack::{
    Config, Peers, ServiceKey, StackError, serve_audit, serve_auth, serve_gateway, serve_resumes, serve_users,
};

use crate::arguments::{GatewayOptions, RoleOptions};
use crate::{first_start, output, serve};

/// The set-up that all roles share.
struct Role {
    config: Config,
    peers: Peers,
    listener: TcpListener,
    address: SocketAddr,
}

impl Role {
    fn begin(options: RoleOptions, port: u16) -> Result<Self> {
        let address = options.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let listener = serve::listen(address)?;
        let key = options.service_key_file.as_deref().map(read_key).transpose()?;
        let peers = Peers {
            auth: options.auth,
            users: options.users,
            resumes: options.resumes,
            audit: options.audit,
            key,
            reflection: options.reflection,
        };
        let config =
            Config { quotas: options.quotas.into(), ..Config::new(serve::data_directory(options.data)?) };
        Ok(Self { config, peers, address: listener.local_addr()?, listener })
    }
}

fn read_key(file: &Path) -> Result<ServiceKey> {
    ServiceKey::read(file).with_context(|| format!("the service key in {} cannot be used", file.display()))
}

pub(crate) async fn users(options: RoleOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let role = Role::begin(options, 7882)?;
    let ready = || output::ready(role.address);
    Ok(serve_users(&role.config, &role.peers, role.listener, stop, ready).await?)
}

pub(crate) async fn auth(options: RoleOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let role = Role::begin(options, 7881)?;
    let (data, address) = (role.config.data.clone(), role.address);
    let listening = || output::listening(address, "users");
    let first_start = async |auth: &vitae_server_stack::Auth| {
        first_start::when_users_answer(auth, &data).await.map_err(StackError::FirstStart)?;
        tokio::spawn(first_start::remove_password_file(auth.clone(), data.clone()));
        output::ready(address);
        Ok(())
    };
    Ok(serve_auth(&role.config, &role.peers, role.listener, stop, listening, first_start).await?)
}

pub(crate) async fn resumes(options: RoleOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let role = Role::begin(options, 7883)?;
    let ready = || output::ready(role.address);
    Ok(serve_resumes(&role.config, &role.peers, role.listener, stop, ready).await?)
}

pub(crate) async fn audit(options: RoleOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let role = Role::begin(options, 7884)?;
    let ready = || output::ready(role.address);
    Ok(serve_audit(&role.config, &role.peers, role.listener, stop, ready).await?)
}

pub(crate) async fn gateway(options: GatewayOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let mut role = Role::begin(options.role, 7878)?;
    role.config.edge.proxies = options.proxies.into();
    role.config.edge.public_hosts = options.public_hosts;
    let address = role.address;
    let listening = || output::listening(address, "auth and users");
    let ready = || output::ready(address);
    Ok(serve_gateway(&role.config, &role.peers, role.listener, stop, listening, ready).await?)
}
