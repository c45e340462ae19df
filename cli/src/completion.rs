//! Shell completion.
//!
//! The shell starts this program for every completion, so it must be fast and silent, and must not
//! prompt or open a keyring.

mod names;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;
use vitae_contracts_core::Code;
use vitae_sdk::{Role, Status};

use self::names::NameKind;
use crate::command_metadata::CommandMetadata;
use crate::config::{self, Config};

/// The variable that the completion script sets to the name of the shell.
const VARIABLE: &str = "VITAE_COMPLETE";

/// Prints completions if the shell requests them.
pub(crate) fn complete(tree: fn() -> Command) -> Option<ExitCode> {
    let shell = env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    let words: Vec<OsString> = env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let shells = Shells::builtins();
    let completer = shells.completer(&shell.to_string_lossy());
    let Some(completer) = completer.filter(|_| !words.is_empty()) else { return Some(ExitCode::FAILURE) };
    let root = tree();
    let request = CompletionRequest::new(words.clone(), completer.name(), &root);
    let mut command = request.with_values(root, 0);
    let directory = env::current_dir().ok();
    let mut text = Vec::new();
    // Errors are ignored: the shell would print them into the command line.
    let _ = completer.write_complete(&mut command, words, directory.as_deref(), &mut text);
    let _ = io::stdout().write_all(&text);
    Some(ExitCode::SUCCESS)
}

/// Returns the completion script of a shell.
pub(crate) fn script(shell: &str) -> io::Result<Vec<u8>> {
    let shells = Shells::builtins();
    let completer = shells.completer(shell).ok_or(io::ErrorKind::Unsupported)?;
    let mut text = Vec::new();
    if shell == "bash" {
        // Otherwise bash splits e-mail addresses at the @.
        text.extend_from_slice(b"COMP_WORDBREAKS=${COMP_WORDBREAKS//@}\n");
    }
    completer.write_registration(VARIABLE, "vitae", "vitae", "vitae", &mut text)?;
    Ok(text)
}

/// A request from the shell: the typed words.
#[derive(Clone)]
struct CompletionRequest {
    words: Vec<OsString>,
    /// The typed subcommands.
    path: Vec<String>,
    shell: &'static str,
    metadata: Option<CommandMetadata>,
}

impl CompletionRequest {
    fn new(words: Vec<OsString>, shell: &'static str, root: &Command) -> Self {
        let mut path = Vec::new();
        let mut command = root;
        for word in words.iter().skip(1) {
            if let Some(below) = command.find_subcommand(word) {
                path.push(below.get_name().to_owned());
                command = below;
            }
        }
        Self { words, path, shell, metadata: command.get::<CommandMetadata>().copied() }
    }

    /// Adds completers to the arguments of the typed command and its parents.
    fn with_values(&self, command: Command, depth: usize) -> Command {
        let command = command.mut_args(|arg| self.with_completer(arg));
        match self.path.get(depth) {
            Some(name) => command.mut_subcommand(name, |below| self.with_values(below, depth + 1)),
            None => command,
        }
    }

    fn with_completer(&self, arg: Arg) -> Arg {
        // Flags are listed last, until a dash is typed.
        let wants_flag = self.words.last().is_some_and(|word| word.as_encoded_bytes().starts_with(b"-"));
        let arg = if arg.is_positional() || wants_flag { arg } else { arg.hide(true) };
        let value_name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let names = |kind: NameKind| {
            let request = self.clone();
            completer(move |current| names::candidates(kind, current, &request.words, request.shell))
        };
        let noun = self.path.first().map_or("", String::as_str);
        let added = match (arg.get_id().as_str(), value_name.as_deref()) {
            (_, Some("ID|EMAIL")) => names(NameKind::People),
            (_, Some("ID|TITLE")) => names(NameKind::Resumes),
            ("tag", _) => names(NameKind::Tags),
            ("fields", _) => {
                let fields = self.metadata.map_or(&[][..], |metadata| metadata.fields);
                fixed(fields.iter().map(|field| field.trim_end_matches(".*")))
            }
            ("profile", _) | (_, Some("PROFILE|EMAIL")) => completer(|_| profiles()),
            ("name", _) if noun == "profiles" => completer(|_| profiles()),
            ("sort", _) => {
                fixed(self.metadata.map_or(&[][..], |metadata| metadata.sort_keys).iter().copied())
            }
            ("role", _) => fixed(Role::KNOWN.iter().map(Role::as_str)),
            ("status", _) => fixed(Status::KNOWN.iter().map(Status::as_str)),
            ("code", _) => fixed(Code::ALL.iter().map(|code| code.as_str())),
            _ => return arg,
        };
        arg.add(added)
    }
}

fn fixed<'a>(values: impl Iterator<Item = &'a str>) -> ArgValueCompleter {
    let values: Vec<Suggestion> = values.map(Suggestion::of).collect();
    completer(move |_| values.clone())
}

/// A completion with a description.
#[derive(Clone)]
struct Suggestion {
    value: String,
    about: Option<String>,
}

impl Suggestion {
    fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), about: None }
    }
}

/// Creates a completer that offers the values with the typed prefix.
fn completer(values: impl Fn(&str) -> Vec<Suggestion> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_string_lossy().into_owned();
        let suggestions = values(&current).into_iter().filter(|offer| offer.value.starts_with(&current));
        let candidates = suggestions
            .map(|Suggestion { value, about }| CompletionCandidate::new(value).help(about.map(Into::into)));
        candidates.collect::<Vec<_>>()
    })
}

fn profiles() -> Vec<Suggestion> {
    let config = config::directory().and_then(|directory| Config::read(&directory));
    config.map(|config| config.profiles.into_keys().map(Suggestion::of).collect()).unwrap_or_default()
}
