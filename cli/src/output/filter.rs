//! `--jq`: a jq filter over the JSON output.

use std::fmt;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::path::{Part, Path};
use jaq_core::{Compiler, Ctx, Vars, compile, data};
use jaq_json::{Val, read, write};

use crate::errors::Failure;
use crate::escape::{escape_json, escape_json_line, escape_text};
use crate::exit;
use crate::flags::OutputFormat;

/// Filters of jq that the library lacks: `@csv` and `@tsv`.
const ROWS: &str = r#"
def cell(f): if type == "string" then f elif . == null then "" elif type == "array" or type == "object"
  then error("\(type) is not valid in a row") else tojson end;
def swap(a; b): split(a) | join(b);
def @csv: map(cell("\"" + swap("\""; "\"\"") + "\"")) | join(",");
def @tsv: map(cell(swap("\\"; "\\\\") | swap("\t"; "\\t") | swap("\n"; "\\n") | swap("\r"; "\\r"))) | join("\t");
"#;

/// Maximum length of an error text, in characters.
const ERROR_CHARS: usize = 200;

type Program = jaq_core::Filter<data::JustLut<Val>>;

/// A compiled jq filter.
pub(super) struct Filter {
    program: Program,
    /// Whether it handles the items of a list one by one, so that the list need not be collected.
    pub(super) is_itemwise: bool,
}

impl Filter {
    pub(super) fn new(code: &str) -> Result<Self, Failure> {
        let arena = Arena::default();
        let rows = load::parse(ROWS, |parser| parser.defs()).expect("a test reads them");
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(rows);
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let modules = Loader::new(definitions)
            .load(&arena, File { code, path: () })
            .map_err(|errors| syntax_failure(&load_errors(code, errors)))?;
        let program = Compiler::default()
            .with_funs(functions)
            .compile(modules)
            .map_err(|errors| syntax_failure(&compile_errors(errors)))?;
        let term = load::parse(code, |parser| parser.term());
        Ok(Self { program, is_itemwise: term.is_some_and(|term| iterates(&term)) })
    }

    /// Runs the filter over one JSON text, and returns the results as lines.
    pub(super) fn run(&self, input: &str, form: Option<OutputFormat>) -> Result<String, Failure> {
        let input = read::parse_single(input.as_bytes()).map_err(|e| filter_failure(&e))?;
        let context = Ctx::<data::JustLut<Val>>::new(&self.program.lut, Vars::new([]));
        let mut lines = String::new();
        for result in self.program.id.run((context, input)) {
            let value = result.map_err(|thrown| match thrown.get_err() {
                Ok(error) => filter_failure(&error),
                Err(_) => filter_failure(&"it halted"),
            })?;
            lines.push_str(&line(&value, form)?);
            lines.push('\n');
        }
        Ok(lines)
    }
}

/// Formats a result: strings as plain text, other values as JSON; with `-o` always as JSON.
fn line(value: &Val, form: Option<OutputFormat>) -> Result<String, Failure> {
    match (form, value) {
        (None, Val::TStr(text)) => Ok(escape_text(&String::from_utf8_lossy(text))),
        (Some(OutputFormat::Json), _) => Ok(escape_json(&json(value, Some("  "))?)),
        _ => Ok(escape_json_line(&json(value, None)?)),
    }
}

fn json(value: &Val, indent: Option<&str>) -> Result<String, Failure> {
    let manner =
        write::Pp { indent: indent.map(str::to_owned), sep_space: indent.is_some(), ..write::Pp::default() };
    let mut text = Vec::new();
    write::write(&mut text, &manner, 0, value).map_err(|e| filter_failure(&e))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Whether a filter gives the same results for a list as for lists of each single item.
///
/// True for `.[]` and pipes from it: the rest of the pipe does not see the list.
fn iterates(term: &Term<&str>) -> bool {
    match term {
        Term::Path(from, Path(parts)) => {
            let mut parts = parts.iter().map(|(part, _)| part);
            let begins = matches!(parts.next(), Some(Part::Range(None, None)));
            matches!(**from, Term::Id) && begins && parts.all(is_fixed)
        }
        Term::BinOp(left, BinaryOp::Pipe(_), _) => iterates(left),
        _ => false,
    }
}

/// Whether a part of a path does not depend on the input.
fn is_fixed(part: &Part<Term<&str>>) -> bool {
    let is_fixed = |term: &Term<&str>| match term {
        Term::Num(_) => true,
        Term::Str(None, parts) => parts.iter().all(|part| !matches!(part, StrPart::Term(_))),
        _ => false,
    };
    match part {
        Part::Index(term) => is_fixed(term),
        Part::Range(from, to) => from.iter().chain(to).all(is_fixed),
    }
}

fn syntax_failure(what: &str) -> Failure {
    Failure::usage(format!("invalid --jq filter: {what}"))
        .next("fix the filter; see the jq manual for its syntax")
}

/// The error may contain the whole input, which is untrusted.
fn filter_failure(what: &dyn fmt::Display) -> Failure {
    let what = escape_text(&what.to_string());
    let what = match what.char_indices().nth(ERROR_CHARS) {
        Some((end, _)) => format!("{}…", &what[..end]),
        None => what,
    };
    Failure::new(exit::FAILED, format!("the filter of --jq failed: {what}"))
        .next("check its input with -o json")
}

fn load_errors(code: &str, errors: load::Errors<&str, ()>) -> String {
    let near = |found: &str| match found {
        "" => "at its end".to_owned(),
        _ => format!("at column {}", code[..load::span(code, found).start].chars().count() + 1),
    };
    let messages = errors.into_iter().flat_map(|(_, error)| match error {
        load::Error::Io(errors) => errors.into_iter().map(|(_, what)| what).collect::<Vec<_>>(),
        load::Error::Lex(errors) => errors
            .into_iter()
            .map(|(expected, found)| format!("{} expected {}", expected.as_str(), near(found)))
            .collect(),
        load::Error::Parse(errors) => errors
            .into_iter()
            .map(|(expected, found)| format!("{} expected {}", expected.as_str(), near(found)))
            .collect(),
    });
    messages.collect::<Vec<_>>().join(", ")
}

fn compile_errors(errors: compile::Errors<&str, ()>) -> String {
    let messages = errors.into_iter().flat_map(|(_, errors)| errors);
    messages
        .map(|(name, kind)| format!("there is no {} {name}", kind.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn itemwise_filters_equal_whole_list_results() {
        for (code, is_itemwise) in [
            (".[]", true),
            (".[].name", true),
            (".[] | select(.role == \"admin\") | .email", true),
            (".[].document.work[0].name", true),
            (".[] as $x | $x.id", true),
            (".[] | length, .id", true),
            (".", false),
            ("length", false),
            ("map(.id)", false),
            (".[0]", false),
            (".[], length", false),
            ("[.[].id]", false),
            (".[][.[0].key]", false),
            (".[] + 1", false),
        ] {
            let filter = Filter::new(code).unwrap_or_else(|failure| panic!("{code}: {failure:?}"));
            assert_eq!(filter.is_itemwise, is_itemwise, "{code}");
            if is_itemwise {
                let items = [
                    r#"{"id":"1","name":"A","role":"admin","email":"a","document":{"work":[{"name":"X"}]}}"#,
                    r#"{"id":"2"}"#,
                ];
                let whole = filter.run(&format!("[{}]", items.join(",")), None).unwrap();
                let each: String =
                    items.iter().map(|item| filter.run(&format!("[{item}]"), None).unwrap()).collect();
                assert_eq!(whole, each, "{code}");
            }
        }
    }

    #[test]
    fn results_are_escaped_lines() {
        let filter = Filter::new(".[]").unwrap();
        let input = r#"["a\nb\t\u001b[2J\u009b", 1.10, 1180591620717411303424, {"k": null}]"#;
        let lines = filter.run(input, None).unwrap();
        assert_eq!(lines, "a\nb\t\\u{1b}[2J\\u{9b}\n1.10\n1180591620717411303424\n{\"k\":null}\n");
        let lines = filter.run(r#"["\u009b"]"#, Some(OutputFormat::Ndjson)).unwrap();
        assert_eq!(lines, "\"\\u009b\"\n");
    }

    #[test]
    fn csv_and_tsv_match_jq() {
        let run = |code: &str, input: &str| Filter::new(code).unwrap().run(input, None);
        let input = r#"["a\tb\\", "say \"x\"", 1.5, null, true]"#;
        assert_eq!(run("@tsv", input).unwrap(), "a\\tb\\\\\tsay \"x\"\t1.5\t\ttrue\n");
        assert_eq!(run("@csv", input).unwrap(), "\"a\tb\\\",\"say \"\"x\"\"\",1.5,,true\n");
        assert!(run("@csv", "[[1]]").unwrap_err().message.contains("array is not valid in a row"));
    }

    #[test]
    fn filter_syntax_error_names_its_position() {
        let error_of = |code: &str| Filter::new(code).map(|_| ()).unwrap_err().message.clone();
        assert!(error_of(".[").contains("at its end"), "{}", error_of(".["));
        assert!(error_of(".a b").contains("at column 4"), "{}", error_of(".a b"));
        assert!(error_of("nonsense").contains("there is no filter nonsense"), "{}", error_of("nonsense"));
        assert!(Filter::new(".a.b").unwrap().run("[1]", None).is_err());
        assert!(Filter::new("halt").unwrap().run("1", None).is_err());
    }
}
