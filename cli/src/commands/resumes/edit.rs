//! `vitae resumes edit`: edits a document in an external editor; the text is never lost.

pub(super) mod args;

use std::path::Path;

use vitae_contracts_document::{Conflict, diff, rebase, scan};
use vitae_sdk::{Deleted, IfMatch, RawValue, Resume, draft_of};
use vitae_sdk_workspace::{Editor, document, notes, without_notes};

use self::args::EditArgs;
use crate::changes::Difference;
use crate::connection::Connection;
use crate::context::Context;
use crate::drafts::{self, Base, Draft};
use crate::editor;
use crate::errors::{ErrorDetail, Failure};
use crate::flags::Global;
use crate::output::Output;
use crate::prompt::{self, EditDecision};
use crate::stderr::print_line;
use crate::{exit, runtime};

pub(crate) fn run(global: &Global, options: EditArgs, output: &mut Output) -> Result<(), Failure> {
    let editor = editor::of_environment()?;
    let connection = Context::of(global, false)?.connect()?;
    let name = &options.one.resume;
    let doing = format!("edit {name}");
    let resume = runtime::block_on(async {
        let id = connection.resume(name, Deleted::Exclude).await?;
        connection.client.resumes().get(id).await.map_err(|e| connection.explain(&doing, &e))
    })?;
    let home = connection.context.directory.clone();
    for path in drafts::leftovers(&home, resume.id) {
        output.note(format_args!(
            "an earlier draft of this resume is in {0}; continue it with --from {0}",
            path.display()
        ));
    }
    let (base, text) = start(options.from.as_deref(), &resume)?;
    let draft = Draft::begin(&home, resume.id, &base, &text)?;
    // A text from --from is saved even if the editor does not change it.
    let initial_text = if options.from.is_some() { String::new() } else { text };
    let mut edit = EditSession {
        connection: &connection,
        global,
        editor,
        resume,
        base,
        doing,
        draft: &draft,
        initial_text,
    };
    match edit.until_saved(output) {
        Ok(saved) => {
            draft.discard();
            if let Some(path) = options.from {
                drafts::forget(&home, &path);
            }
            match saved {
                Some(resume) => output.one(&resume),
                None => {
                    output.note("no changes");
                    Ok(())
                }
            }
        }
        Err(mut failure) => {
            let kept = format!("your text is kept in {0}; continue with --from {0}", draft.path.display());
            let step = failure.next_step.take().map(|step| format!("{step}; ")).unwrap_or_default();
            Err(failure.next(format!("{step}{kept}")))
        }
    }
}

/// Returns the initial text and its base.
fn start(from: Option<&Path>, resume: &Resume) -> Result<(Base, String), Failure> {
    let Some(path) = from else {
        let base = Base::of(resume);
        let text = format!("{}\n", document::laid_out(&base.text));
        return Ok((base, text));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::io(format_args!("read {}", path.display()), &e).next("check the path"))?;
    Ok((Base::beside(path).unwrap_or_else(|| Base::of(resume)), text))
}

/// A running edit.
struct EditSession<'a> {
    connection: &'a Connection,
    global: &'a Global,
    editor: Editor,
    resume: Resume,
    base: Base,
    doing: String,
    draft: &'a Draft,
    /// The initial text: if it is unchanged, nothing is saved.
    initial_text: String,
}

/// The next step of an edit.
enum Next {
    Editor,
    /// Review a merged text before it is saved.
    Review,
}

impl EditSession<'_> {
    /// Edits until the document is saved or there is nothing to save.
    fn until_saved(&mut self, output: &mut Output) -> Result<Option<Resume>, Failure> {
        let mut next = Next::Editor;
        loop {
            if matches!(next, Next::Editor) {
                self.open()?;
            }
            let text = without_notes(&self.draft.read()?).to_owned();
            if text == self.initial_text.trim_end() || text.trim() == self.base.text.trim() {
                return Ok(None);
            }
            if let Err(invalid) = check(&text) {
                next = Self::ask_again(invalid)?;
                continue;
            }
            match self.decide(&text)? {
                EditDecision::Save => {}
                EditDecision::EditAgain => {
                    next = Next::Editor;
                    continue;
                }
                EditDecision::Cancel => return Err(Failure::new(exit::FAILED, "nothing was saved")),
            }
            next = match self.save(&text) {
                Ok(resume) => return Ok(Some(resume)),
                Err(rejected) if rejected.exit == exit::CONFLICT && is_overtaken(&rejected) => {
                    self.merge(&text, output)?
                }
                Err(rejected) if rejected.exit == exit::INVALID_INPUT => {
                    Self::ask_again(with_lines(rejected, &text))?
                }
                Err(rejected) => return Err(rejected),
            };
        }
    }

    fn open(&self) -> Result<(), Failure> {
        let (editor, path) = (self.editor.clone(), self.draft.path.clone());
        runtime::run_in_foreground(move || editor::open(&editor, &path))
    }

    /// Prints the errors, and asks whether to edit again if there is a terminal.
    fn ask_again(invalid: Failure) -> Result<Next, Failure> {
        if !prompt::is_possible() {
            return Err(invalid);
        }
        invalid.print(false);
        match prompt::ask_decision("Edit again? [Y/n] ", EditDecision::Save)? {
            EditDecision::Cancel => Err(invalid),
            _ => Ok(Next::Editor),
        }
    }

    /// Prints the changes, and asks for confirmation if there is a terminal.
    fn decide(&self, text: &str) -> Result<EditDecision, Failure> {
        let base = scan(self.base.text.as_bytes()).map_err(|e| unreadable(&e))?;
        let text = scan(text.as_bytes()).map_err(|e| unreadable(&e))?;
        let differences: Vec<_> = diff(&base, &text).into_iter().map(Difference::of).collect();
        if !self.global.quiet {
            for difference in &differences {
                print_line(&difference.line());
            }
            if differences.is_empty() {
                print_line("only the layout changes");
            }
        }
        if self.global.yes || !prompt::is_possible() {
            return Ok(EditDecision::Save);
        }
        let title = self.resume.title.as_str();
        prompt::ask_decision(&format!("Save \"{title}\"? [Y/n/e(dit)] "), EditDecision::Save)
    }

    fn save(&self, text: &str) -> Result<Resume, Failure> {
        let document = RawValue::from_string(text.trim().to_owned())
            .map_err(|e| Failure::new(exit::INVALID_INPUT, e.to_string()))?;
        let mut draft = draft_of(&self.resume);
        draft.document = document;
        let based_on = IfMatch::Version(self.base.revision);
        runtime::block_on(async {
            let saved = self.connection.client.resumes().replace(self.resume.id, &draft, based_on).await;
            saved.map_err(|e| self.connection.explain(&self.doing, &e))
        })
    }

    /// Merges the changes of another user into the text.
    fn merge(&mut self, text: &str, output: &mut Output) -> Result<Next, Failure> {
        let newest = runtime::block_on(async {
            let newest = self.connection.client.resumes().get(self.resume.id).await;
            newest.map_err(|e| self.connection.explain(&self.doing, &e))
        })?;
        let theirs = Base::of(&newest);
        let rebased = {
            let parts = [&self.base.text, text, &theirs.text].map(|text| scan(text.as_bytes()));
            let [Ok(base), Ok(ours), Ok(other)] = parts else {
                return Err(Failure::new(exit::CONFLICT, "the newest document cannot be read"));
            };
            rebase(&base, &ours, &other)
        };
        output.note(format_args!(
            "another user saved revision {} in the meantime; your text is now based on it",
            theirs.revision
        ));
        let conflicts = rebased.conflicts.iter();
        let conflicts =
            conflicts.map(|found| (&*found.pointer, found.theirs.as_deref().unwrap_or("(removed)")));
        self.draft.write(&format!("{}{}", notes([].into_iter(), conflicts), rebased.text))?;
        self.draft.rebase(&theirs)?;
        self.base = theirs;
        self.resume = newest;
        self.initial_text.clear();
        if rebased.conflicts.is_empty() {
            return Ok(Next::Review);
        }
        let mut failure = Failure::new(exit::CONFLICT, "you and another user changed the same parts");
        failure.details = rebased.conflicts.iter().map(conflict_detail).collect();
        Self::ask_again(failure.next("the text contains your version; theirs is in the notes above it"))
    }
}

fn is_overtaken(failure: &Failure) -> bool {
    failure.code.as_deref() == Some("precondition_failed")
}

fn conflict_detail(conflict: &Conflict) -> ErrorDetail {
    let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "(removed)".to_owned());
    let mut detail =
        ErrorDetail::new(format!("yours {}, theirs {}", text(&conflict.ours), text(&conflict.theirs)));
    detail.pointer = Some(conflict.pointer.clone());
    detail
}

/// Checks a document; the failure contains each problem with its line.
fn check(text: &str) -> Result<(), Failure> {
    let problems = document::problems(text);
    let what = match problems.as_slice() {
        [] => return Ok(()),
        [one] if one.pointer.is_none() => {
            format!("the document is not well-formed JSON: {} at {}", one.message, one.position)
        }
        _ => "the document is not a valid resume".to_owned(),
    };
    let mut failure = Failure::new(exit::INVALID_INPUT, what).next("fix the text");
    let problems = problems.into_iter().filter(|problem| problem.pointer.is_some());
    failure.details = problems
        .map(|problem| {
            let mut line = ErrorDetail::new(format!("{}: {}", problem.position, problem.message));
            line.pointer = problem.pointer;
            line
        })
        .collect();
    Err(failure)
}

/// Adds lines of the text that was sent to the problems that the server reports.
fn with_lines(mut failure: Failure, text: &str) -> Failure {
    for detail in &mut failure.details {
        let within = detail.pointer.as_deref().and_then(|pointer| pointer.strip_prefix("/document"));
        if let Some(position) = within.and_then(|pointer| document::position(text, pointer)) {
            detail.message = format!("{position}: {}", detail.message);
        }
    }
    failure
}

fn unreadable(malformed: &vitae_contracts_document::Malformed) -> Failure {
    Failure::new(exit::INVALID_INPUT, format!("the document is not well-formed JSON: {malformed}"))
}
