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
