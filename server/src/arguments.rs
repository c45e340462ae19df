//! What `vitaed` can be told.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use vitae_server_stack::{HeaderName, Network, PublicHost, TrustedProxies};

use crate::quotas::QuotaOptions;

/// The server of Vitae: keeps an organisation's people and their resumes.
#[derive(Debug, Parser)]
#[command(name = "vitaed", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the whole server in one process.
    Serve(ServeOptions),
    /// Runs the gateway alone.
    Gateway(GatewayOptions),
    /// Runs the auth service alone.
    Auth(RoleOptions),
    /// Runs the users service alone.
    Users(RoleOptions),
    /// Runs the resumes service alone.
    Resumes(RoleOptions),
    /// Runs the audit service alone.
    Audit(RoleOptions),
    /// Writes everything into one file, while the server runs or not.
    Backup(BackupOptions),
    /// Restores a backup into a data directory that is empty.
    Restore(RestoreOptions),
    /// Lists events that a service could not handle and passed over, while the server runs or not
    Parked(ParkedOptions),
    /// Admits one login of an account that is throttled, while the server runs or not.
    Unlock(UnlockOptions),
    /// Runs the whole server on sample people and resumes, which are gone when it ends.
    Demo(DemoOptions),
}

#[derive(Debug, Args)]
#[command(after_help = "\
On the first start an administrator is made: VITAE_ADMIN_EMAIL (else admin@localhost), with the password in
the file VITAE_ADMIN_PASSWORD_FILE. Without that file the password is random, and shown once on a terminal,
else written to initial-admin-password in the data directory. A random password must be changed before anything else:
`vitae login` and the console ask for another one, and then the file is removed.

Examples:
  vitaed serve
  vitaed serve --data /srv/vitae --listen 127.0.0.1:8080
  vitaed serve --public-host vitae.example    (behind a TLS proxy that passes Host on, as Caddy and Traefik do)")]
pub(crate) struct ServeOptions {
    /// Where everything is kept [default: the platform's data directory, vitae below it]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address of the public port; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7878")]
    pub(crate) listen: SocketAddr,
    /// A host name by which clients reach the server, as the TLS proxy passes it on; can be repeated
    #[arg(long = "public-host", value_name = "NAME")]
    pub(crate) public_hosts: Vec<PublicHost>,
    #[command(flatten)]
    pub(crate) quotas: QuotaOptions,
    #[command(flatten)]
    pub(crate) proxies: ProxyOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Opens the console, logged in as an administrator; leaving it ends the demo. Without a terminal, or headless: prints one
line of JSON on stdout, {\"server\", \"email\", \"password\"}, and serves until SIGTERM or ctrl-c. Every sample person
has the same password.

Examples:
  vitaed demo
  vitaed demo --headless")]
pub(crate) struct DemoOptions {
    /// Serve without opening the console
    #[arg(long)]
    pub(crate) headless: bool,
    /// Address of the public port; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// A host name by which clients reach the server, as the TLS proxy passes it on; can be repeated
    #[arg(long = "public-host", value_name = "NAME")]
    pub(crate) public_hosts: Vec<PublicHost>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A backup holds every service as of one point of its log, with the size and SHA-256 of each file, and is checked
before it gets its name. FILE - writes to standard output; the copies lie in the data directory meanwhile. A backup
holds password hashes, the signing key and all resumes: keep it as you keep the data directory.

--verify runs every check of a restore, prints what the backup holds, and exits with 1 if anything is wrong. It
unpacks into the system's directory for temporary files (TMPDIR).

Examples:
  vitaed backup vitae-2026-11-22.tar
  vitaed backup - | age -r RECIPIENT > vitae-2026-11-22.tar.age
  vitaed backup --verify vitae-2026-11-22.tar")]
pub(crate) struct BackupOptions {
    /// The file of the backup; - for standard output (with --verify: standard input)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where everything is kept [default: the platform's data directory, vitae below it]
    #[arg(long, value_name = "DIR", conflicts_with = "verify")]
    pub(crate) data: Option<PathBuf>,
    /// Check an existing backup and print what it holds, without restoring it
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The whole backup is checked before anything gets its place, and nothing is overwritten. All sessions end: a backup
would bring back logins that were ended since it was made. A backup without checksums, made by a vitaed of before,
is restored with a warning.

Examples:
  vitaed restore vitae-2026-11-22.tar --data /srv/vitae-again
  age -d vitae-2026-11-22.tar.age | vitaed restore - --data /srv/vitae-again")]
pub(crate) struct RestoreOptions {
    /// The file of the backup; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where everything is kept [default: the platform's data directory, vitae below it]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Let sessions go on as they were when the backup was made, also those that were ended since
    #[arg(long)]
    pub(crate) keep_sessions: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A service records an event that it can never handle (one that is damaged, or larger than a feed sends), and goes on
with the next. One line an event on stdout: when, which service, the source and position, what the event is about,
its object and id, and why.

Example:
  vitaed parked --data /srv/vitae")]
pub(crate) struct ParkedOptions {
    /// Where everything is kept [default: the platform's data directory, vitae below it]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
After failed logins, an account is throttled for devices that have not logged in to it before. This admits the next
login with the right password for an hour, with at most 30 wrong ones before it. While an attack goes on, name the
owner's address, so that the attacker cannot use the permission up.

Examples:
  vitaed unlock ada@example.com
  vitaed unlock ada@example.com --address 203.0.113.7 --data /srv/vitae")]
pub(crate) struct UnlockOptions {
    /// The account's e-mail
    #[arg(value_name = "EMAIL")]
    pub(crate) email: String,
    /// Admit only this client address, as the audit record shows it
    #[arg(long, value_name = "IP")]
    pub(crate) address: Option<IpAddr>,
    /// Where the auth service keeps its files [default: the platform's data directory, vitae below it]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// Proxies in front of the public port.
#[derive(Debug, Args)]
#[command(next_help_heading = "Proxies")]
pub(crate) struct ProxyOptions {
    /// Address or CIDR range of a proxy that is believed about where requests come from, beside those of this
    /// machine; can be repeated
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    trusted_proxies: Vec<Network>,
    /// The header in which proxies say where requests come from; no other one is believed
    #[arg(long, value_name = "NAME", default_value = "X-Forwarded-For")]
    forwarded_header: HeaderName,
}

impl From<ProxyOptions> for TrustedProxies {
    fn from(options: ProxyOptions) -> Self {
        Self::new(options.trusted_proxies, options.forwarded_header)
    }
}

#[derive(Debug, Args)]
pub(crate) struct GatewayOptions {
    #[command(flatten)]
    pub(crate) role: RoleOptions,
    /// A host name by which clients reach the server, as the TLS proxy passes it on; can be repeated
    #[arg(long = "public-host", value_name = "NAME")]
    pub(crate) public_hosts: Vec<PublicHost>,
    #[command(flatten)]
    pub(crate) proxies: ProxyOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The five roles find each other by address, and start in any order. Two of them print \"listening\" before they are ready:
gateway, which answers 503 and names the missing services in /readyz, and auth, which waits for users. Ports speak plain
text, so loopback only. Default ports: gateway 7878, auth 7881, users 7882, resumes 7883, audit 7884.

All roles need the same service key, in a file that its owner alone can read. A role without it rejects every call
with an access token: it cannot know which logins have been revoked. This makes a key:
  (umask 077; head -c 32 /dev/urandom | base64 > KEY)

Example, five terminals:
  vitaed users   --data DIR --service-key-file KEY
  vitaed auth    --data DIR --service-key-file KEY
  vitaed resumes --data DIR --service-key-file KEY
  vitaed audit   --data DIR --service-key-file KEY
  vitaed gateway --service-key-file KEY")]
pub(crate) struct RoleOptions {
    /// Where the role keeps its files [default: the platform's data directory, vitae below it]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address of the role's port; loopback only, port 0 takes a free one [default: the role's port on 127.0.0.1]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// The auth service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7881")]
    pub(crate) auth: String,
    /// The users service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7882")]
    pub(crate) users: String,
    /// The resumes service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7883")]
    pub(crate) resumes: String,
    /// The audit service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7884")]
    pub(crate) audit: String,
    /// File with the key that services know each other by; its mode must be 600
    #[arg(long, value_name = "FILE")]
    pub(crate) service_key_file: Option<PathBuf>,
    /// Tell what can be called (gRPC server reflection)
    #[arg(long)]
    pub(crate) reflection: bool,
    #[command(flatten)]
    pub(crate) quotas: QuotaOptions,
}
