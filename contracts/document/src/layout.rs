//! Pretty-printing.

use crate::value::{Kind, Scanned, Value};

/// Returns the same value with one line for each member and element, indented by two spaces.
///
/// The order of keys, the escapes of strings and the digits of numbers are kept.
///
/// ```
/// use vitae_contracts_document::{pretty, scan};
///
/// let text = pretty(&scan(br#"{"a":1.10,"b":[],"c":[{"d":null}]}"#)?);
/// assert_eq!(text, "{\n  \"a\": 1.10,\n  \"b\": [],\n  \"c\": [\n    {\n      \"d\": null\n    }\n  ]\n}");
/// # Ok::<(), vitae_contracts_document::Malformed>(())
/// ```
#[must_use]
pub fn pretty(scanned: &Scanned<'_>) -> String {
    let mut out = String::with_capacity(2 * scanned.text().len());
    write(&mut out, scanned.root(), 0);
    out
}

fn write(out: &mut String, value: Value<'_>, depth: usize) {
    let (open, close) = match value.kind() {
        Kind::Object => ('{', '}'),
        Kind::Array => ('[', ']'),
        _ => return out.push_str(value.text()),
    };
    out.push(open);
    let mut count = 0;
    for (key, inner) in value.raw_members() {
        begin_line(out, &mut count, depth + 1);
        out.extend(["\"", key, "\": "]);
        write(out, inner, depth + 1);
    }
    for inner in value.elements() {
        begin_line(out, &mut count, depth + 1);
        write(out, inner, depth + 1);
    }
    if count > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
    out.push(close);
}

fn begin_line(out: &mut String, count: &mut usize, depth: usize) {
    if *count > 0 {
        out.push(',');
    }
    *count += 1;
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}
