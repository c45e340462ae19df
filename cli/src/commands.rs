//! The commands, one module each.

mod api;
mod apply;
mod audit;
mod auth;
mod console;
mod doctor;
mod events;
mod explain;
mod help;
mod profiles;
mod resumes;
mod users;

pub(crate) use self::apply::{Applied, ObjectDifference};
pub(crate) use self::auth::{AccessToken, LoginStatus, SettingCandidate};
pub(crate) use self::doctor::Check;
pub(crate) use self::events::EventLine;
pub(crate) use self::explain::CodeExplanation;
pub(crate) use self::help::CommandReference;
pub(crate) use self::profiles::ProfileRow;
pub(crate) use self::resumes::LintFinding;
pub(crate) use self::users::AddedUser;

use vitae_sdk::Page;

use crate::arguments::resumes::ResumesCommand;
use crate::arguments::users::UsersCommand;
use crate::arguments::values::Range;
use crate::arguments::{Arguments, Command, Global, auth::AuthCommand};
use crate::completion_cache::CompletionCache;
use crate::context::{Context, Online};
use crate::errors::Failure;
use crate::output::{Output, Row};
use crate::{bulk, changes, exit, prompt, runtime};

/// Maximum number of rows per request.
const PAGE: u64 = vitae_contracts_core::limits::PAGE as u64;

/// Runs the command.
pub(crate) fn run(arguments: Arguments, output: &mut Output) -> Result<(), Failure> {
    let Arguments { global, command, .. } = arguments;
    if is_import(&command) {
        return dispatch(&global, command, output).map_err(bulk::interrupted);
    }
    if !is_comparison(&command) {
        return dispatch(&global, command, output);
    }
    let outcome = dispatch(&global, command, output);
    output.finish().and(outcome).map_err(changes::not_a_difference)
}

/// Whether the command can be resumed after an interruption.
fn is_import(command: &Command) -> bool {
    matches!(command, Command::Resumes(ResumesCommand::Import(_)) | Command::Users(UsersCommand::Import(_)))
}

/// Whether exit code 1 means that there are differences.
fn is_comparison(command: &Command) -> bool {
    matches!(command, Command::Diff(_) | Command::Resumes(ResumesCommand::Diff(_)))
}

fn dispatch(global: &Global, command: Command, output: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Auth(AuthCommand::Status) => auth::status::run(global, output),
        Command::Auth(AuthCommand::Token) => auth::token::run(global, output),
        Command::Auth(AuthCommand::Password(options)) => auth::password::run(global, &options, output),
        Command::Auth(AuthCommand::Explain) => auth::explain::run(global, output),
        Command::Auth(AuthCommand::Switch(options)) => profiles::switch(&options, output),
        Command::Profiles(command) => profiles::run(global, command, output),
        Command::Auth(AuthCommand::Login(login)) | Command::Login(login) => {
            auth::login(global, login, output)
        }
        Command::Auth(AuthCommand::Logout(logout)) | Command::Logout(logout) => {
            auth::logout(global, &logout, output)
        }
        Command::Doctor(_) => doctor::run(global, output),
        Command::Explain(options) => explain::run(&options, output),
        Command::Console(options) => console::run(global, options),
        Command::Completions(options) => help::completions(&options, output),
        Command::Man(options) => help::man(&options, output),
        Command::Docs(_) => help::docs(output),
        Command::Users(command) => {
            let online = Context::of(global, false)?.online()?;
            runtime::block_on(users::run(&online, global, command, output))
        }
        Command::Resumes(ResumesCommand::Edit(options)) => resumes::edit::run(global, options, output),
        Command::Resumes(ResumesCommand::Lint(options)) => resumes::lint::run(&options, output),
        Command::Resumes(command) => {
            let online = Context::of(global, false)?.online()?;
            runtime::block_on(resumes::run(&online, global, command, output))
        }
        Command::Api(options) => api::run(global, options, output),
        Command::Apply(options) => {
            let online = Context::of(global, false)?.online()?;
            runtime::block_on(apply::apply(&online, global, options, output))
        }
        Command::Diff(options) => {
            let online = Context::of(global, false)?.online()?;
            runtime::block_on(apply::diff(&online, global, options, output))
        }
        Command::Audit(command) => {
            let online = Context::of(global, false)?.online()?;
            runtime::block_on(audit::run(&online, command, output))
        }
        Command::Events(command) => {
            let online = Context::of(global, false)?.online()?;
            runtime::block_on(events::run(&online, command, output))
        }
    }
}

/// Writes a list page by page, as far as the range allows.
async fn write_pages<T, F>(
    online: &Online,
    range: &Range,
    what: &str,
    output: &mut Output,
    fetch: F,
) -> Result<(), Failure>
where
    T: Row,
    F: AsyncFn(u32, Option<String>) -> vitae_sdk::Result<Page<T>>,
{
    let mut left = if range.all { u64::MAX } else { range.limit };
    let mut cursor = range.cursor.clone();
    output.page();
    let mut list = output.list();
    let mut is_first = true;
    loop {
        let size = u32::try_from(left.min(PAGE)).expect("a page is far smaller than 2^32");
        let begun = cursor.take();
        let page = fetch(size, begun.clone()).await;
        let page = page.map_err(|e| online.explain(&format!("list {what}"), &e))?;
        list.page(&page.items)?;
        if is_first {
            let mut cache = CompletionCache::default();
            page.items.iter().for_each(|item| item.cache_names(&mut cache));
            if !cache.is_empty() {
                cache.save(&online.context);
            }
            is_first = false;
        }
        left = left.saturating_sub(page.items.len() as u64);
        if page.next_cursor.is_some() && page.next_cursor == begun {
            return Err(Failure::new(
                exit::FAILED,
                format!("cannot list {what}: the next page has the same cursor"),
            )
            .next("check the server's address: it may not be a Vitae server"));
        }
        cursor = page.next_cursor;
        if left == 0 || cursor.is_none() {
            break;
        }
    }
    let output = list.finish()?;
    if let Some(cursor) = cursor {
        output.note(format_args!("more items exist: --all lists all, --cursor {cursor} continues here"));
    }
    Ok(())
}

/// Asks for confirmation of a deletion, unless --yes is given.
async fn confirm(global: &Global, question: String) -> Result<(), Failure> {
    if global.yes {
        return Ok(());
    }
    let agreed = runtime::run_blocking(move || prompt::confirm(&question)).await?;
    if agreed { Ok(()) } else { Err(Failure::new(exit::FAILED, "cancelled: nothing was deleted")) }
}

/// Fails if a confirmation is required and there is no terminal to ask on.
fn require_consent(global: &Global, what: &str) -> Result<(), Failure> {
    if global.yes || prompt::is_possible() {
        return Ok(());
    }
    Err(Failure::usage(format!("{what} needs --yes where there is no terminal to ask on"))
        .next("add --yes to confirm"))
}
