//! `vitae apply` and `vitae diff`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
A manifest is YAML or JSON: one object, several documents, or a list. Only what it states is changed, on what was \
read; what is as stated already is left alone and told as unchanged.

  kind: user                       # matched by id, else by email
  email: ada@example.com
  name: Ada Lovelace
  role: editor                     # admin, editor, viewer or member
  status: active                   # or disabled
  ---
  kind: resume                     # matched by id, else by owner and title
  owner: ada@example.com           # yours unless stated
  title: Ada Lovelace – Analyst
  tags: [london, reviewed]
  document_file: ada.json          # beside the manifest; or `document:` with the whole document

What `vitae users get -o yaml` and `vitae resumes get -o yaml` print is a manifest, too. Passwords are refused.

Examples:
  vitae apply -f people.yaml
  vitae apply -f cvs/ --dry-run
  vitae resumes get \"Ada Lovelace – Analyst\" -o yaml | sed s/Analyst/Programmer/ | vitae apply -f -")]
pub(crate) struct Apply {
    /// Manifests, or folders of them; - reads standard input; can be given often
    #[arg(long = "file", short = 'f', required = true, value_name = "FILE|DIR|-")]
    pub(crate) files: Vec<PathBuf>,
    /// Say what would be done, by reading alone
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Reads alone. Only differences end with 1; what fails without a code of its own ends with 10 here. Spacing and the \
order of keys are no difference. What a manifest is: `vitae apply --help`.

Examples:
  vitae diff -f people.yaml
  vitae diff -f cvs/ -o json
  vitae diff -f people.yaml --quiet > /dev/null; echo $?")]
pub(crate) struct Diff {
    /// Manifests, or folders of them; - reads standard input; can be given often
    #[arg(long = "file", short = 'f', required = true, value_name = "FILE|DIR|-")]
    pub(crate) files: Vec<PathBuf>,
}
