//! `vitae man`

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::{Args, Command};

use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::exit;
use crate::output::Output;

const METADATA: CommandMetadata = CommandMetadata::new(&[], exits::LOOKUP);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae man | man -l -
  vitae man users list | man -l -
  vitae man --dir ~/.local/share/man/man1"), add = METADATA)]
pub(crate) struct Man {
    /// The page of this command [default: vitae]
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,
    /// Write the pages of all commands to this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints one manual page, or writes a file for each command.
pub(super) fn run(options: &Man, mut root: Command, output: &mut Output) -> Result<(), Failure> {
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
    clap_mangen::Man::new(command.clone()).source(version).manual("Vitae").render(&mut page)?;
    Ok(page)
}
