//! `vitaed`: the server of Vitae.

mod arguments;
mod backup;
mod demo;
mod first_start;
mod output;
mod roles;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};

/// Gives the memory of password hashes back to the system as soon as they are done;
/// the system's allocator keeps it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    output::start_log();
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
            Command::Demo(options) => demo::demo(options).await,
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
