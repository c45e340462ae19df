//! `vitae`: the command line of Vitae.

mod arguments;
mod bulk;
mod changes;
mod commands;
mod completion;
mod completion_cache;
mod config;
mod context;
mod documents;
mod drafts;
mod editor;
mod errors;
mod exit;
mod lookup;
mod manifest;
mod network;
mod output;
mod profiles;
mod prompt;
mod runtime;
mod surface;
mod terminal;

use std::process::ExitCode;

use arguments::{Arguments, ErrorFormat};
use errors::Failure;
use output::Output;

fn main() -> ExitCode {
    if let Some(ended) = completion::complete() {
        return ended;
    }
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(failure) => return ExitCode::from(failure.print()),
    };
    let form = arguments.global.error_format;
    match run(arguments) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(failure) => {
            failure.print(form == ErrorFormat::Json);
            ExitCode::from(failure.exit)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut output = Output::new(&arguments.global, surface::facts(&arguments.path))?;
    let outcome = commands::run(arguments, &mut output);
    // Output that was written before a failure is still flushed.
    let written = output.finish();
    match outcome {
        // The reader closed the pipe; a pager that cannot be run reports its error.
        Err(gone) if gone.exit == exit::DONE => written,
        outcome => outcome.and(written),
    }
}
