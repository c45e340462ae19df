//! The resume document: JSON Resume, kept as the exact text that was sent.
//!
//! A document is [scanned](scan()) once when it is received, which rejects what JSON
//! libraries accept or lose: duplicate keys, lone surrogates, deep nesting.
//! After that it stays text. It is [checked](check()) against the schema, read
//! through [views](Document), changed by a [merge patch](merge_patch), [compared](diff()) and
//! [merged](rebase()) with a concurrent change. No step rounds a number, sorts keys or drops unknown fields.
//!
//! ```
//! use vitae_contracts_document::{Document, check, merge_patch, scan, title_of};
//!
//! let text = r#"{"basics": {"name": "Ada Lovelace", "label": "Analyst"}, "x_rate": 1.10}"#;
//! let resume = scan(text.as_bytes())?;
//! assert!(check(&resume).is_empty());
//! assert_eq!(title_of(&Document::new(&resume)).as_deref(), Some("Ada Lovelace – Analyst"));
//!
//! let patch = scan(br#"{"basics": {"label": null}, "work": [{"startDate": "Jan 1843"}]}"#)?;
//! let patched = merge_patch(&resume, &patch);
//! assert_eq!(
//!     patched,
//!     r#"{"basics": {"name": "Ada Lovelace"}, "x_rate": 1.10, "work": [{"startDate": "Jan 1843"}]}"#
//! );
//!
//! let violations = check(&scan(patched.as_bytes())?);
//! assert_eq!(violations[0].pointer, "/work/0/startDate");
//! assert_eq!(violations[0].message, r#"expected YYYY, YYYY-MM or YYYY-MM-DD, found "Jan 1843""#);
//! # Ok::<(), vitae_contracts_document::Malformed>(())
//! ```
//!
//! All functions are pure: no I/O, no async code, no panic on any input, and recursion bounded by the
//! limit of nesting depth.

mod scan;

mod malformed;
mod value;

pub mod schema;

mod check;

pub mod view;

mod title;

mod merge;

mod align;

mod diff;

mod layout;

mod rebase;

pub mod pointer;

mod line_column;

mod string;
mod walk;

pub use align::is_same;
pub use check::{FieldViolation, MAX_VIOLATIONS, check, check_first};
pub use diff::{Change, diff};
pub use layout::pretty;
pub use line_column::LineColumn;
pub use malformed::{Malformed, MalformedKind};
pub use merge::merge_patch;
pub use rebase::{Conflict, Rebased, rebase};
pub use scan::{MAX_DEPTH, scan, scan_within};
pub use title::title_of;
pub use value::{Elements, Kind, Members, Scanned, Value};
pub use view::Document;
