//! `vitaed`: the server of Vitae.

mod arguments;
mod backup;
mod demo;
mod first_start;
mod output;
mod parked;
mod quotas;
#[cfg(test)]
mod reference;
mod roles;
mod serve;
mod unlock;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};

/// Returns the memory of password hashes to the system at once, unlike the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let outcome = output::start_log().and_then(|()| run(arguments));
    if let Err(error) = &outcome {
        output::error(error);
    }
    output::finish();
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let run = async {
        match arguments.command {
            Command::Serve(options) => serve::serve(options).await,
            Command::Gateway(options) => roles::gateway(options).await,
            Command::Auth(options) => roles::auth(options).await,
            Command::Users(options) => roles::users(options).await,
            Command::Resumes(options) => roles::resumes(options).await,
            Command::Audit(options) => roles::audit(options).await,
            Command::Backup(options) => backup::backup(options),
            Command::Restore(options) => backup::restore(options),
            Command::Parked(options) => parked::parked(options),
            Command::Unlock(options) => unlock::unlock(options),
            Command::Demo(options) => demo::demo(options).await,
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run)
}
