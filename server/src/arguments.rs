//! The subcommands and options of `vitaed`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use vitae_server_stack::{HeaderName, Network, PublicHost, TrustedProxies};

use crate::quotas::QuotaOptions;

/// The server of Vitae: stores an organisation's people and their resumes.
#[derive(Debug, Parser)]
#[command(name = "vitaed", version, arg_required_else_help = true, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole server in one process
    Serve(ServeOptions),
    /// Run only the gateway
    Gateway(GatewayOptions),
    /// Run only the auth service
    Auth(RoleOptions),
    /// Run only the users service
    Users(RoleOptions),
    /// Run only the resumes service
    Resumes(RoleOptions),
    /// Run only the audit service
    Audit(RoleOptions),
    /// Back up all data to one file; the server may be running
    Backup(BackupOptions),
    /// Restore a backup to an empty data directory
    Restore(RestoreOptions),
    /// List parked events, which a service could not handle; the server may be running
    Parked(ParkedOptions),
    /// Allow one login to a throttled account; the server may be running
    Unlock(UnlockOptions),
    /// Run the whole server with temporary sample data
    Demo(DemoOptions),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The first start creates an administrator: VITAE_ADMIN_EMAIL (default: admin@localhost), with the password in the \
file named by VITAE_ADMIN_PASSWORD_FILE. Without that variable the password is generated; it is shown once on a \
terminal, and otherwise written to initial-admin-password in the data directory. A generated password must be changed \
before anything else: `vitae login` and the console ask for a new one, and then the file is removed.

Examples:
  vitaed serve
  vitaed serve --data /srv/vitae --listen 127.0.0.1:8080
  vitaed serve --public-host vitae.example

The last one is for a TLS proxy that passes Host on, such as Caddy and Traefik.")]
pub(crate) struct ServeOptions {
    /// Data directory [default: vitae in the platform's data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address of the public port; must be loopback, port 0 selects a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7878")]
    pub(crate) listen: SocketAddr,
    /// Host name of the server for clients, as the TLS proxy passes it on; can be repeated
    #[arg(long = "public-host", value_name = "NAME")]
    pub(crate) public_hosts: Vec<PublicHost>,
    #[command(flatten)]
    pub(crate) quotas: QuotaOptions,
    #[command(flatten)]
    pub(crate) proxies: ProxyOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Opens the console, logged in as an administrator; quitting it ends the demo. Without a terminal or with --headless, \
prints one line of JSON to stdout, {\"server\", \"email\", \"password\"}, and serves until SIGTERM or ctrl-c. All \
sample people have the same password.

Examples:
  vitaed demo
  vitaed demo --headless")]
pub(crate) struct DemoOptions {
    /// Do not open the console
    #[arg(long)]
    pub(crate) headless: bool,
    /// Address of the public port; must be loopback, port 0 selects a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Host name of the server for clients, as the TLS proxy passes it on; can be repeated
    #[arg(long = "public-host", value_name = "NAME")]
    pub(crate) public_hosts: Vec<PublicHost>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A backup holds the data of every service up to one position of its event log, with the size and SHA-256 of each file, \
and is checked before it gets its final name. With FILE -, it is written to standard output; copies are stored in the data \
directory until then. A backup holds password hashes, the signing key and all resumes: protect it like the data directory.

--verify runs all checks of a restore, prints the content of the backup, and exits with 1 if a check fails. It unpacks \
to the directory for temporary files (TMPDIR).

Examples:
  vitaed backup vitae-2026-11-22.tar
  vitaed backup - | age -r RECIPIENT > vitae-2026-11-22.tar.age
  vitaed backup --verify vitae-2026-11-22.tar")]
pub(crate) struct BackupOptions {
    /// Backup file; - for standard output (with --verify: standard input)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Data directory [default: vitae in the platform's data directory]
    #[arg(long, value_name = "DIR", conflicts_with = "verify")]
    pub(crate) data: Option<PathBuf>,
    /// Check an existing backup and print its content, without restoring it
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The whole backup is checked before any file is put in place, and no file is overwritten. All sessions end: the backup \
would restore logins that have been revoked since. A backup of an older vitaed without checksums is restored with a \
warning.

Examples:
  vitaed restore vitae-2026-11-22.tar --data /srv/vitae-again
  age -d vitae-2026-11-22.tar.age | vitaed restore - --data /srv/vitae-again")]
pub(crate) struct RestoreOptions {
    /// Backup file; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Data directory [default: vitae in the platform's data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep the sessions of the backup, including those that have ended since
    #[arg(long)]
    pub(crate) keep_sessions: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A service parks an event that it can never handle (damaged, or too large for a feed): it records the event and \
continues with the next one. Prints one line per event to stdout: time, service, source and position, subject, object \
and event id, reason.

Example:
  vitaed parked --data /srv/vitae")]
pub(crate) struct ParkedOptions {
    /// Data directory [default: vitae in the platform's data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
After failed logins, an account is throttled for devices that have not logged in to it before. This command allows one \
login with the right password within an hour, with at most 30 wrong passwords before it. During an attack, name the \
client address of the owner, so that the attacker cannot use up the permission.

Examples:
  vitaed unlock ada@example.com
  vitaed unlock ada@example.com --address 203.0.113.7 --data /srv/vitae")]
pub(crate) struct UnlockOptions {
    /// E-mail address of the account
    #[arg(value_name = "EMAIL")]
    pub(crate) email: String,
    /// Allow the login only from this client address, as shown in the audit record
    #[arg(long, value_name = "IP")]
    pub(crate) address: Option<IpAddr>,
    /// Data directory of the auth service [default: vitae in the platform's data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// Proxies in front of the public port.
#[derive(Debug, Args)]
#[command(next_help_heading = "Proxies")]
pub(crate) struct ProxyOptions {
    /// Address or CIDR range of a proxy that is trusted to report client addresses, in addition to those of
    /// this machine; can be repeated
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    trusted_proxies: Vec<Network>,
    /// Header in which proxies report client addresses; other headers are ignored
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
    /// Host name of the server for clients, as the TLS proxy passes it on; can be repeated
    #[arg(long = "public-host", value_name = "NAME")]
    pub(crate) public_hosts: Vec<PublicHost>,
    #[command(flatten)]
    pub(crate) proxies: ProxyOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The five roles connect to each other by address and can be started in any order. Two of them print \"listening\" before \
they are ready: the gateway, which responds with 503 and names the missing services in /readyz, and auth, which waits for \
users. Ports use plain text, so they must be loopback addresses. Default ports: gateway 7878, auth 7881, users 7882, \
resumes 7883, audit 7884.

All roles need the same service key, in a file that only its owner can read. A role without it rejects every call with \
an access token, because it cannot know which logins have been revoked. To create a key:
  (umask 077; head -c 32 /dev/urandom | base64 > KEY)

Example, in five terminals:
  vitaed users   --data DIR --service-key-file KEY
  vitaed auth    --data DIR --service-key-file KEY
  vitaed resumes --data DIR --service-key-file KEY
  vitaed audit   --data DIR --service-key-file KEY
  vitaed gateway --service-key-file KEY")]
pub(crate) struct RoleOptions {
    /// Data directory of the role [default: vitae in the platform's data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address of the role's port; must be loopback, port 0 selects a free port [default: 127.0.0.1 and the role's port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// URL of the auth service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7881")]
    pub(crate) auth: String,
    /// URL of the users service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7882")]
    pub(crate) users: String,
    /// URL of the resumes service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7883")]
    pub(crate) resumes: String,
    /// URL of the audit service
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7884")]
    pub(crate) audit: String,
    /// File with the service key, with mode 600; all roles need the same key
    #[arg(long, value_name = "FILE")]
    pub(crate) service_key_file: Option<PathBuf>,
    /// Enable gRPC server reflection
    #[arg(long)]
    pub(crate) reflection: bool,
    #[command(flatten)]
    pub(crate) quotas: QuotaOptions,
}
