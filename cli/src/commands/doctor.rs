//! `vitae doctor`: diagnostic checks.

mod check;
mod login;
mod server;

use clap::Args;

use self::check::{Check, Status};
use crate::command_metadata::{CommandMetadata, exits};
use crate::context::Context;
use crate::errors::Failure;
use crate::flags::{Global, Proxy};
use crate::network::Network;
use crate::output::{Output, Row as _};
use crate::{config, runtime, settings};

const METADATA: CommandMetadata = CommandMetadata::new(Check::FIELDS, exits::ACCOUNT);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Checks the configuration, the proxy, the server (certificate, latency, clock, services, version), the credential \
store, the login and its rights. Works offline and without a login; changes nothing. Ends with the exit code of the \
first failed check: 9 without a server, 4 without a login.

Examples:
  vitae doctor
  vitae doctor -o json | jq -r '.[] | select(.status == \"failed\") | .next_step'
  vitae doctor --server https://vitae.example --ca-cert our-authority.pem"), add = METADATA)]
pub(crate) struct Doctor {}

/// Runs all checks, also after failures.
pub(super) fn run(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let mut checks = vec![program()];
    match Context::of(global, true) {
        Err(failure) => checks.push(Check::failed("configuration", &failure)),
        Ok(mut context) => {
            context.network = context.network.without_retries();
            checks.extend([configuration(&context), proxy(&context.network)]);
            runtime::block_on(async {
                checks.extend(server::run_checks(&context).await);
                checks.extend(login::run_checks(context).await);
                Ok(())
            })?;
        }
    }
    let mut list = output.list();
    list.page(&checks)?;
    let output = list.finish()?;
    let failed: Vec<&Check> = checks.iter().filter(|check| check.status == Status::Failed).collect();
    for check in checks.iter().filter(|check| check.status == Status::Warning) {
        output.note(format_args!("warning: {}: {}", check.name, check.next_step.as_deref().unwrap_or("")));
    }
    let Some(first) = failed.first() else { return Ok(()) };
    let what = format!("{} of {} checks failed", failed.len(), checks.len());
    let mut failure = Failure::new(first.exit, what);
    failure.next_step.clone_from(&first.next_step);
    Err(failure)
}

fn program() -> Check {
    Check::ok("program", concat!("vitae ", env!("CARGO_PKG_VERSION")))
}

fn configuration(context: &Context) -> Check {
    let file = config::file_in(&context.directory);
    let there = if file.exists() { "" } else { " (does not exist yet)" };
    let (profile, server) = (&context.profile_name, &context.server);
    let detail = format!(
        "{}{there}; profile {} from the {}; server {} from the {}",
        file.display(),
        profile.value,
        profile.source.as_str(),
        server.value,
        server.source.as_str()
    );
    Check::ok("configuration", detail)
}

/// The proxy, as far as known without a connection; never its password.
fn proxy(network: &Network) -> Check {
    let detail = match network.proxy() {
        Some(Proxy::None) => "none, by --proxy none".to_owned(),
        Some(Proxy::Url(url)) => format!("{}, by --proxy", without_credentials(url)),
        None => {
            let names = [
                "HTTPS_PROXY",
                "https_proxy",
                "HTTP_PROXY",
                "http_proxy",
                "ALL_PROXY",
                "all_proxy",
                "NO_PROXY",
                "no_proxy",
            ];
            let set = names.iter().filter_map(|name| {
                let value = settings::variable(name)?;
                Some(format!("{name}={}", without_credentials(&value)))
            });
            let set = set.collect::<Vec<_>>().join(" ");
            if set.is_empty() { "none".to_owned() } else { format!("{set}; not used for this machine") }
        }
    };
    Check::ok("proxy", detail)
}

/// Removes name and password from an address.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit('@').next().unwrap_or(rest);
    let hidden = if host.len() < rest.len() { "…@" } else { "" };
    if scheme.is_empty() { format!("{hidden}{host}") } else { format!("{scheme}://{hidden}{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_is_shown_without_its_password() {
        for (url, shown) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("http://ada:secret@proxy:3128", "http://…@proxy:3128"),
            ("ada:se@cret@proxy:3128", "…@proxy:3128"),
            ("localhost,.example", "localhost,.example"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
