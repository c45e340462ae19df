//! The documented limits, and the functions that check them.
//!
//! Each check returns a message about the invalid value, for an entry of a problem response.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::text::{fold, is_default_ignorable, is_unsafe_for_terminal, quoted, unprintable};

/// The maximum size of a request body in bytes, except for imports.
pub const BODY_BYTES: usize = 1 << 20;
/// The maximum number of headers of a request.
pub const HEADERS: usize = 64;
/// The maximum size of all header names and values of a request, in bytes.
pub const HEADER_BYTES: usize = 16 << 10;
/// The time within which the head of a request must arrive, in seconds.
pub const HEADER_SECONDS: u64 = 5;
/// The maximum length of a request's path and query, in bytes.
pub const URL_BYTES: usize = 4 << 10;
/// The maximum nesting depth of a JSON body.
pub const JSON_DEPTH: usize = 64;
/// The maximum number of objects of a page.
pub const PAGE: u32 = 500;
/// The number of objects that a page always holds if there are as many. A longer page ends early, with a
/// cursor, if its objects are large.
pub const GUARANTEED_PAGE: u32 = 100;
/// The number of objects of a page if the request does not specify it.
pub const DEFAULT_PAGE: u32 = 50;
/// The maximum length of a name, title, tag, e-mail address or password in bytes, before any other check.
///
/// Normalization can turn one character into 18, so the length is checked before a text is folded.
pub const TEXT_BYTES: usize = 2000;
/// The maximum length of a folded name or title in bytes; a cursor that contains one still fits into a URL.
pub const FOLDED_BYTES: usize = 2000;
/// The maximum length of a search text in bytes; as many as fit into a URL.
pub const QUERY_BYTES: usize = URL_BYTES;
/// The maximum number of words of a search text.
pub const QUERY_WORDS: usize = 32;
/// The maximum number of field violations of an error; one further entry counts the rest.
pub const VIOLATIONS: usize = 20;
/// The maximum length of the location of a field violation, in bytes.
pub const VIOLATION_LOCATION_BYTES: usize = 200;
/// The maximum length of a message of an error, in bytes.
pub const VIOLATION_MESSAGE_BYTES: usize = 500;
/// The maximum size of all field violations of an error in bytes; a gRPC status sends them in headers of at most 16 KiB.
pub const VIOLATIONS_BYTES: usize = 8 << 10;
/// The maximum number of tags of a resume.
pub const TAGS: usize = 32;
/// The maximum number of labels of a person.
pub const LABELS: usize = 64;
/// The maximum size of all keys and values of a person's labels, in bytes.
pub const LABELS_BYTES: usize = 4 << 10;
/// The maximum number of label filters of a list.
pub const LABEL_FILTERS: usize = 16;
/// The lifetime of an access token in seconds.
pub const ACCESS_TOKEN_SECONDS: u32 = 600;

/// Checks a person's name or a title: 1 to 200 characters, all of them safe for a terminal.
pub fn check_single_line(text: &str) -> Result<(), String> {
    check_length(text, 200)?;
    check_characters(text)?;
    if text.is_ascii() {
        return Ok(());
    }
    let folded = fold(text).len();
    if folded > FOLDED_BYTES {
        return Err(format!(
            "expected at most {FOLDED_BYTES} bytes after Unicode normalization, found {folded}"
        ));
    }
    Ok(())
}

/// Checks that a text is short enough to be folded or hashed. The message never contains the text.
pub fn check_text_length(text: &str) -> Result<(), String> {
    check_bytes(text, TEXT_BYTES)
}

/// Checks a search text: at most [`QUERY_BYTES`].
pub fn check_query(text: &str) -> Result<(), String> {
    check_bytes(text, QUERY_BYTES)
}

fn check_bytes(text: &str, most: usize) -> Result<(), String> {
    if text.len() <= most {
        return Ok(());
    }
    Err(format!("expected at most {most} bytes, found {}", text.len()))
}

/// Checks the reason for a change: at most 200 characters.
pub fn check_reason(text: &str) -> Result<(), String> {
    let count = text.chars().count();
    if count > 200 { Err(format!("expected at most 200 characters, found {count}")) } else { Ok(()) }
}

/// Checks an e-mail address: at most 254 bytes, no invisible characters, and after normalization (NFKC)
/// one `@` with text on both sides and no white space.
///
/// The server has further checks: see `EmailAddress` in `server/common`.
pub fn check_email(text: &str) -> Result<(), String> {
    if text.len() > 254 {
        return Err(format!("expected at most 254 bytes, found {}", text.len()));
    }
    let normal: Cow<'_, str> =
        if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) };
    if normal.chars().any(char::is_whitespace) {
        return Err("expected no white space".to_owned());
    }
    if let Some(c) = text.chars().chain(normal.chars()).find(|c| is_unsafe_for_terminal(*c)) {
        return Err(format!("expected no control or format characters, found U+{:04X}", u32::from(c)));
    }
    if let Some(c) = text.chars().find(|c| is_default_ignorable(*c)) {
        return Err(format!("expected no invisible characters, found U+{:04X}", u32::from(c)));
    }
    match normal.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => Ok(()),
        _ => Err(format!("expected an e-mail address as in ada@example.com, found {}", quoted(text))),
    }
}

/// The maximum length of a password as typed, in bytes.
pub const PASSWORD_BYTES: usize = 512;

/// Checks a new password: 8 to 512 bytes, with a visible character. The message never contains the password.
///
/// The server also rejects common passwords, and the e-mail address and name of the account.
pub fn check_password(text: &str) -> Result<(), String> {
    if !(8..=PASSWORD_BYTES).contains(&text.len()) {
        return Err(format!("expected 8 to 512 bytes, found {}", text.len()));
    }
    if text.chars().all(|c| c.is_whitespace() || is_unsafe_for_terminal(c)) {
        return Err("expected a password with visible characters, found only blank ones".to_owned());
    }
    Ok(())
}

/// Checks a tag and returns its folded form: 1 to 50 characters, no comma.
pub fn check_tag(text: &str) -> Result<String, String> {
    check_text_length(text)?;
    check_characters(text)?;
    let tag = fold(text);
    check_length(&tag, 50)?;
    if tag.contains(',') {
        return Err(format!("expected a tag without a comma, found {}", quoted(&tag)));
    }
    Ok(tag)
}

/// Checks an external id: 1 to 200 characters, all of them safe for a terminal, and no white space at its ends.
pub fn check_external_id(text: &str) -> Result<(), String> {
    check_single_line(text)?;
    if text.trim() == text { Ok(()) } else { Err("expected no white space at the ends".to_owned()) }
}

/// The maximum length of the prefix of a label key, in bytes.
const LABEL_PREFIX_BYTES: usize = 253;
/// The maximum length of the name of a label key, in bytes.
const LABEL_NAME_BYTES: usize = 63;

/// Checks the key of a label, which has the syntax of Kubernetes labels: an optional prefix and `/`, then a name.
///
/// The prefix is a DNS subdomain (RFC 1123) of at most 253 bytes. The name has 1 to 63 characters of
/// `[A-Za-z0-9._-]` and begins and ends with a letter or a digit.
pub fn check_label_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if prefix.is_some_and(|prefix| !is_dns_subdomain(prefix)) {
        return Err(format!(
            "expected a DNS subdomain of at most {LABEL_PREFIX_BYTES} bytes before the / of a label key, \
             found {}",
            quoted(key)
        ));
    }
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if is_enclosed(name, LABEL_NAME_BYTES, |b| b.is_ascii_alphanumeric(), is_inner) {
        return Ok(());
    }
    Err(format!(
        "expected a label key of 1 to {LABEL_NAME_BYTES} letters, digits, -, _ or . with a letter or digit \
         at both ends, found {}",
        quoted(key)
    ))
}

/// Checks the value of a label: at most 200 characters, all of them safe for a terminal. It may be empty.
pub fn check_label_value(value: &str) -> Result<(), String> {
    let count = value.chars().count();
    if count > 200 {
        return Err(format!("expected at most 200 characters, found {count}"));
    }
    check_characters(value)
}

/// Checks the number and the size of all labels of a person: at most [`LABELS`] and [`LABELS_BYTES`].
///
/// Does not check the keys and values themselves.
pub fn check_labels<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), String> {
    let (mut count, mut bytes) = (0, 0);
    for (key, value) in labels {
        count += 1;
        bytes += key.len() + value.len();
    }
    if count > LABELS {
        return Err(format!("expected at most {LABELS} labels, found {count}"));
    }
    if bytes > LABELS_BYTES {
        return Err(format!("expected at most {LABELS_BYTES} bytes of keys and values, found {bytes}"));
    }
    Ok(())
}

fn is_dns_subdomain(text: &str) -> bool {
    let is_end = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_part = |part: &str| is_enclosed(part, LABEL_PREFIX_BYTES, is_end, |b| is_end(b) || b == b'-');
    text.len() <= LABEL_PREFIX_BYTES && text.split('.').all(is_part)
}

/// Returns whether a text has 1 to `most` bytes, all of the inner kind and the first and last of the outer kind.
fn is_enclosed(
    text: &str,
    most: usize,
    is_outer: impl Fn(u8) -> bool,
    is_inner: impl Fn(u8) -> bool,
) -> bool {
    let bytes = text.as_bytes();
    let [Some(first), Some(last)] = [bytes.first(), bytes.last()] else { return false };
    bytes.len() <= most && is_outer(*first) && is_outer(*last) && bytes.iter().all(|b| is_inner(*b))
}

/// Returns whether a client's request id is valid: 1 to 64 of `[A-Za-z0-9._-]`.
pub fn is_request_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Returns whether an idempotency key is valid: 1 to 255 visible ASCII characters.
pub fn is_idempotency_key(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn check_length(text: &str, most: usize) -> Result<(), String> {
    let count = text.chars().count();
    if count <= most && text.trim().is_empty() {
        return Err(format!("expected 1 to {most} characters, found nothing"));
    }
    if count > most { Err(format!("expected 1 to {most} characters, found {count}")) } else { Ok(()) }
}

fn check_characters(text: &str) -> Result<(), String> {
    match unprintable(text).next() {
        None => Ok(()),
        Some((_, c)) => {
            Err(format!("expected no control or format characters, found U+{:04X}", u32::from(c)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_are_checked() {
        for good in ["admin@localhost", "ada.l+x@example.com", "ü@dömain.example"] {
            assert_eq!(check_email(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\u{0}",
            "plain",
            "a\u{ff20}b@c",
            "zoe\u{fe0f}@x",
            "a\u{a8}@x",
        ] {
            assert!(check_email(bad).is_err(), "{bad:?}");
        }
        assert!(check_email(&format!("{}@b", "a".repeat(253))).is_err());
    }

    #[test]
    fn single_line_is_not_empty_not_too_long_and_safe_for_a_terminal() {
        assert_eq!(check_single_line(&"é".repeat(200)), Ok(()));
        for bad in
            [String::new(), "  ".to_owned(), "x".repeat(201), "a\u{1b}b".to_owned(), "a\u{202e}".to_owned()]
        {
            assert!(check_single_line(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_have_8_to_512_bytes_and_a_visible_character() {
        for good in ["12345678", "       x", "éééé", &"x".repeat(512)] {
            assert_eq!(check_password(good), Ok(()), "{good:?}");
        }
        for bad in
            ["", "1234567", "        ", "\u{a0}\u{3000}\u{2003}", "\u{200b}\t\n \u{3164}", &"x".repeat(513)]
        {
            assert!(check_password(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tags_are_folded() {
        assert_eq!(check_tag(" Rust  Lang "), Ok("rust lang".to_owned()));
        assert!(check_tag("a,b").is_err());
        assert!(check_tag("").is_err());
        assert!(check_tag(&"x".repeat(51)).is_err());
    }

    #[test]
    fn label_keys_have_the_syntax_of_kubernetes() {
        let longest = format!("{}.com/{}", "a".repeat(249), "b".repeat(63));
        for good in ["a", "7", "team", "Team_1.x-y", "example.com/team", "a.b-c.d/T", &longest] {
            assert_eq!(check_label_key(good), Ok(()), "{good}");
        }
        let long_prefix = format!("{}.com/b", "a".repeat(250));
        let long_name = "b".repeat(64);
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "-a",
            "a-",
            ".a",
            "a.",
            "_a",
            "a_",
            "a b",
            "a=b",
            "a,b",
            "é",
            "a/b/c",
            "A.com/b",
            "a..b/c",
            "-a.b/c",
            "a_b/c",
            "a\u{1b}",
            &long_prefix,
            &long_name,
        ] {
            assert!(check_label_key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn label_values_may_be_empty_and_are_safe_for_terminals() {
        for good in ["", " ", "a=b", "Zoë", &"é".repeat(200)] {
            assert_eq!(check_label_value(good), Ok(()), "{good:?}");
        }
        for bad in ["\n", "a\u{1b}[0m", "a\u{202e}", &"é".repeat(201)] {
            assert!(check_label_value(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn labels_are_bounded_in_number_and_bytes() {
        let labels = |count: usize, value: usize| vec![("key".to_owned(), "v".repeat(value)); count];
        let check = |labels: Vec<(String, String)>| check_labels(labels.iter().map(|(k, v)| (&**k, &**v)));
        assert_eq!(check(labels(LABELS, LABELS_BYTES / LABELS - 3)), Ok(()));
        assert!(check(labels(LABELS + 1, 0)).unwrap_err().contains("64 labels, found 65"));
        assert!(check(labels(LABELS, LABELS_BYTES / LABELS - 2)).unwrap_err().contains("4096 bytes"));
    }

    #[test]
    fn length_is_checked_before_and_after_folding() {
        // One character that NFKC turns into 18.
        let ligature = "\u{fdfa}";
        assert!(check_tag(&ligature.repeat(TEXT_BYTES)).unwrap_err().contains("2000 bytes"));
        assert!(check_tag(&ligature.repeat(3)).is_err());
        assert!(
            check_single_line(&ligature.repeat(200)).unwrap_err().contains("after Unicode normalization")
        );
        assert_eq!(check_single_line(&ligature.repeat(20)), Ok(()));
        assert_eq!(check_single_line(&"字".repeat(200)), Ok(()));
    }
}
