//! `vitae doctor`: diagnostic checks.

mod login;
mod server;

use serde::Serialize;

use crate::arguments::Global;
use crate::context::Context;
use crate::errors::Failure;
use crate::network::Network;
use crate::output::{Column, Output, Row};
use crate::{config, context, exit, runtime};

/// The result of one check.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    next_step: Option<String>,
    /// The exit code if this is the first failed check.
    #[serde(skip)]
    exit: u8,
}

/// The status of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    /// Works, with a problem that may cause failures.
    Warning,
    Failed,
    /// Not checked, because an earlier check failed.
    Skipped,
}

/// Runs all checks, also after failures.
pub(crate) fn run(global: &Global, output: &mut Output) -> Result<(), Failure> {
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
    use crate::arguments::network::Proxy;
    let detail = match network.proxy() {
        Some(Proxy::None) => "none, by --proxy none".to_owned(),
        Some(Proxy::Url(url)) => format!("{}, by --proxy", without_login(url)),
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
                let value = context::variable(name)?;
                Some(format!("{name}={}", without_login(&value)))
            });
            let set = set.collect::<Vec<_>>().join(" ");
            if set.is_empty() { "none".to_owned() } else { format!("{set}; not used for this machine") }
        }
    };
    Check::ok("proxy", detail)
}

/// Removes name and password from an address.
fn without_login(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit('@').next().unwrap_or(rest);
    let hidden = if host.len() < rest.len() { "…@" } else { "" };
    if scheme.is_empty() { format!("{hidden}{host}") } else { format!("{scheme}://{hidden}{host}") }
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), next_step: None, exit: exit::DONE }
    }

    fn warning(name: &'static str, detail: impl Into<String>, next: &str) -> Self {
        Self { status: Status::Warning, next_step: Some(next.to_owned()), ..Self::ok(name, detail) }
    }

    fn failed(name: &'static str, failure: &Failure) -> Self {
        Self {
            name,
            status: Status::Failed,
            detail: failure.message.clone(),
            next_step: failure.next_step.clone(),
            exit: failure.exit,
        }
    }

    fn skipped(name: &'static str, why: &str) -> Self {
        Self { status: Status::Skipped, ..Self::ok(name, why) }
    }
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Row for Check {
    const FIELDS: &'static [&'static str] = &["name", "status", "detail", "next_step"];
    // No column is truncated: the cut part may contain the reason.
    const COLUMNS: &'static [Column] =
        &[Column::fixed("STATUS"), Column::fixed("CHECK"), Column::fixed("DETAIL")];

    fn id(&self) -> String {
        self.name.to_owned()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.status.as_str().to_owned(), self.id(), self.detail.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("check", self.id()),
            ("status", self.status.as_str().to_owned()),
            ("detail", self.detail.clone()),
        ]
    }
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
            assert_eq!(without_login(url), shown);
        }
    }
}
