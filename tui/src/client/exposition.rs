//! A parser for the Prometheus text exposition format (version 0.0.4), as far as the console needs it.
//!
//! The text is untrusted: malformed lines are skipped.

use std::borrow::Cow;

/// A sample: name, labels and value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample<'a> {
    pub(crate) name: &'a str,
    labels: Vec<(&'a str, Cow<'a, str>)>,
    value: &'a str,
}

/// The maximum number of labels of a sample; Vitae's metrics have fewer.
const LABELS: usize = 16;

/// Returns the samples of a text, in order.
pub(crate) fn samples(text: &str) -> impl Iterator<Item = Sample<'_>> {
    text.lines().filter_map(sample)
}

impl Sample<'_> {
    /// Returns the value of a label; empty if it is missing.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Returns the value as a count; `None` if it is not one.
    pub(crate) fn count(&self) -> Option<u64> {
        self.value.parse().ok().or_else(|| {
            let number: f64 = self.value.parse().ok()?;
            let is_count = number.is_finite() && number >= 0.0;
            is_count.then(|| format!("{number:.0}").parse().ok())?
        })
    }
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let line = line.trim();
    let end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    if name.is_empty() || name.starts_with('#') {
        return None;
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    // A timestamp may follow the value.
    let value = rest.split_whitespace().next()?;
    Some(Sample { name, labels, value })
}

type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Parses labels up to the closing brace, and returns the rest.
fn labels(mut rest: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        if labels.len() == LABELS {
            return None;
        }
        let (name, after) = rest.split_once('=')?;
        let (value, after) = quoted(after.trim_start().strip_prefix('"')?)?;
        labels.push((name.trim(), value));
        rest = after;
    }
}

/// Parses a text up to the closing quote, and returns the rest.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let plain = text.find(['"', '\\'])?;
    if text[plain..].starts_with('"') {
        return Some((Cow::Borrowed(&text[..plain]), &text[plain + 1..]));
    }
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((Cow::Owned(value), &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, Option<u64>)> {
        let sample = sample(line)?;
        let labels: Vec<_> = sample.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some((format!("{} {}", sample.name, labels.join(" ")).trim_end().to_owned(), sample.count()))
    }

    #[test]
    fn samples_are_parsed() {
        for (line, name, count) in [
            ("up 1", "up", Some(1)),
            ("up 1 1795339800000", "up", Some(1)),
            ("up{} 2.0", "up", Some(2)),
            (r#"up{service="auth"} 1e3"#, "up service=auth", Some(1000)),
            (r#"up { a = "1" , b="2", } 7"#, "up", None),
            (r#"up{ a = "1" , b="2", } 7"#, "up a=1 b=2", Some(7)),
            (r#"up{a="x\"y\\z\n}"} 0"#, "up a=x\"y\\z\n}", Some(0)),
            (r#"up{a="{b=\"c\"} 5"} 6"#, "up a={b=\"c\"} 5", Some(6)),
            ("up NaN", "up", None),
            ("up -1", "up", None),
            ("up +Inf", "up", None),
            ("up 18446744073709551615", "up", Some(u64::MAX)),
            ("up 1e300", "up", None),
        ] {
            assert_eq!(read(line), Some((name.to_owned(), count)), "{line}");
        }
    }

    #[test]
    fn malformed_lines_are_skipped() {
        for line in [
            "",
            "   ",
            "# HELP up Whether.",
            "#up 1",
            "up",
            "{} 1",
            "up{",
            "up{a",
            "up{a=",
            "up{a=1} 1",
            r#"up{a="1"#,
            r#"up{a="1\"#,
            r#"up{a="1"}"#,
            r#"up{a="1"} "#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        let many = format!("up{{{}}} 1", r#"a="1","#.repeat(100_000));
        assert_eq!(read(&many), None);
        assert_eq!(samples("a 1\n\u{0}\u{1b}[2J\nb{\n\nc 3").map(|s| s.name).collect::<Vec<_>>(), ["a", "c"]);
    }
}
