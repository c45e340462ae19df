//! `vitae`: the command line of Vitae.

mod bulk;
mod changes;
mod cli;
mod command_metadata;
mod commands;
mod completion;
mod completion_cache;
mod config;
mod confirmation;
mod connection;
mod context;
mod documents;
mod drafts;
mod editor;
mod errors;
mod escape;
mod exit;
mod flags;
mod lookup;
mod manifest;
mod network;
mod output;
mod pages;
mod profiles;
mod prompt;
mod runtime;
mod settings;
mod stderr;
mod synonyms;
mod terminal;
mod values;

use std::process::ExitCode;

use clap::CommandFactory as _;

use cli::Arguments;
use errors::Failure;
use flags::ErrorFormat;
use output::Output;

fn main() -> ExitCode {
    if let Some(code) = completion::complete(Arguments::command) {
        return code;
    }
    let arguments = match Arguments::parse_process() {
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
    let Arguments { global, command, metadata } = arguments;
    let mut output = Output::new(&global, metadata.map_or(&[], |metadata| metadata.fields))?;
    let outcome = command.run(&global, Arguments::command, &mut output);
    // Output that was written before a failure is still flushed.
    let written = output.finish();
    match outcome {
        // The reader closed the pipe; a pager that cannot be run reports its error.
        Err(gone) if gone.exit == exit::DONE => written,
        outcome => outcome.and(written),
    }
}
