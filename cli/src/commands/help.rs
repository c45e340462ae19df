//! Completion scripts, manual pages and the command reference.

mod docs;

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

pub(crate) use self::docs::{CommandReference, docs};

use crate::arguments::help as arguments;
use crate::completion;
use crate::errors::Failure;
use crate::output::Output;
use crate::{exit, surface};

/// Prints the completion script of a shell.
pub(crate) fn completions(options: &arguments::Completions, output: &mut Output) -> Result<(), Failure> {
    let script = completion::script(options.shell.as_str())
        .map_err(|e| Failure::io(format_args!("write the script for {}", options.shell.as_str()), &e))?;
    output.write_bytes(&script)
}

/// Prints one manual page, or writes a file for each command.
pub(crate) fn man(options: &arguments::Man, output: &mut Output) -> Result<(), Failure> {
    let mut root = surface::command();
    root.build();
    if let Some(directory) = &options.dir {
        let written = fs::create_dir_all(directory).and_then(|()| pages(&root, directory));
        let written = written.map_err(|e| {
            Failure::io(format_args!("write the pages to {}", directory.display()), &e)
                .next("name another directory")
        })?;
        output.note(format_args!("{written} pages written to {}", directory.display()));
        return Ok(());
    }
    let command = options.command.iter().try_fold(&root, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            Failure::new(exit::NOT_FOUND, format!("unknown command \"{}\"", options.command.join(" ")))
                .next("`vitae docs` lists all commands")
        })
    })?;
    let page = page(command).map_err(|e| Failure::io("write the page", &e))?;
    output.write_bytes(&page)
}

/// Writes the pages of a command and its subcommands, and returns their number.
fn pages(command: &Command, directory: &Path) -> io::Result<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    fs::write(directory.join(format!("{name}.1")), page(command)?)?;
    command.get_subcommands().try_fold(1, |written, below| Ok(written + pages(below, directory)?))
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let version = concat!("vitae ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(version).manual("Vitae").render(&mut page)?;
    Ok(page)
}
