//! E-mail addresses as identities: equality, and confusable addresses.

use std::borrow::Cow;

use caseless::Caseless as _;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::skeleton;
use vitae_contracts_core::{fold, limits, quoted};

/// The characters whose normalized form is `@`; an address has exactly one of them.
const AT: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];
/// The maximum bytes of an address in its canonical form, as for one that is typed.
const MAX_BYTES: usize = 254;

/// An e-mail address, parsed.
///
/// Two addresses are the same if their canonical forms are equal. The local part is compared by
/// `NFKC_Casefold` (Unicode, section 5.18), the domain by UTS #46, non-transitional: `faß.de` is not
/// `fass.de`, and `bücher.example` is `xn--bcher-kva.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    canonical: String,
    skeleton: String,
    is_ascii: bool,
}

impl EmailAddress {
    /// Parses an address as typed, and checks its normalized form.
    ///
    /// # Errors
    ///
    /// Returns a lowercase fragment for an entry of a problem.
    pub fn parse(text: &str) -> Result<Self, String> {
        limits::check_email(text)?;
        if text.is_ascii() && !text.contains("xn--") {
            return Self::from_ascii(text);
        }
        let Some((local, domain)) = text.rsplit_once(AT) else { return Err(invalid_address(text)) };
        let ascii = domain_to_ascii(domain).ok_or_else(|| invalid_domain(domain))?;
        let (unicode, valid) =
            Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
        valid.map_err(|_| invalid_domain(domain))?;
        Self::new(&nfkc_casefold(local), &ascii, &unicode)
    }

    /// Parses an address that was stored by a version without this check.
    ///
    /// An address that would be rejected today is equal to itself only.
    pub fn stored(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| {
            let folded = fold(text);
            let skeleton = skeleton(&folded).collect();
            Self { is_ascii: folded.is_ascii(), canonical: folded, skeleton }
        })
    }

    /// Returns the form that is equal for equal addresses: folded, with the domain in ASCII.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Returns the form that is equal for confusable addresses (UTS #39, section 4).
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }

    /// Whether the displayed address consists of ASCII characters.
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Whether the addresses are equal or confusable.
    ///
    /// Two ASCII addresses are never confusable: `tom@` and `torn@` are two people.
    pub fn resembles(&self, other: &Self) -> bool {
        self.canonical == other.canonical
            || (self.skeleton == other.skeleton && !(self.is_ascii && other.is_ascii))
    }

    fn from_ascii(text: &str) -> Result<Self, String> {
        let folded = text.to_ascii_lowercase();
        let Some((local, domain)) = folded.split_once('@') else { return Err(invalid_address(text)) };
        let domain = domain_to_ascii(domain).ok_or_else(|| invalid_domain(domain))?;
        Self::new(local, &domain, &domain)
    }

    fn new(local: &str, ascii: &str, unicode: &str) -> Result<Self, String> {
        let canonical = format!("{local}@{ascii}");
        if canonical.len() > MAX_BYTES {
            let found = canonical.len();
            return Err(format!("expected at most {MAX_BYTES} bytes after normalization, found {found}"));
        }
        let skeleton = skeleton(local).chain(['@']).chain(skeleton(unicode)).collect();
        Ok(Self { canonical, skeleton, is_ascii: local.is_ascii() && unicode.is_ascii() })
    }
}

/// Returns the `NFKC_Casefold` of a text without default-ignorable characters.
fn nfkc_casefold(text: &str) -> String {
    let once: String = text.nfd().default_case_fold().nfkc().collect();
    once.chars().default_case_fold().nfkc().collect()
}

/// Returns the domain in the form of DNS. An address literal (RFC 5321, section 4.1.3) is only lowercased.
fn domain_to_ascii(domain: &str) -> Option<Cow<'_, str>> {
    if domain.starts_with('[') && domain.ends_with(']') && domain.is_ascii() {
        return Some(Cow::Owned(domain.to_ascii_lowercase()));
    }
    Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Ignore)
        .ok()
        .filter(|ascii| !ascii.is_empty())
}

fn invalid_address(text: &str) -> String {
    format!("expected an e-mail address as in ada@example.com, found {}", quoted(text))
}

fn invalid_domain(domain: &str) -> String {
    format!("expected a domain as in example.com after the @, found {}", quoted(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parsed(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn addresses_of_one_mailbox_are_equal() {
        for (one, other, canonical) in [
            ("Ada@Example.COM", "ada@example.com", "ada@example.com"),
            ("straße@x.de", "STRASSE@x.de", "strasse@x.de"),
            ("ﬁn@x.de", "fin@x.de", "fin@x.de"),
            ("Ａｄａ@x.de", "ada@x.de", "ada@x.de"),
            ("e\u{301}@x.de", "É@x.de", "é@x.de"),
            ("ΣΊΣΥΦΟΣ@x.gr", "σίσυφος@x.gr", "σίσυφοσ@x.gr"),
            ("a@BÜCHER.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
            ("a@bu\u{308}cher.example", "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
            ("a@例え。jp", "a@例え.jp", "a@xn--r8jz45g.jp"),
            ("a@ｅｘａｍｐｌｅ.com", "a@example.com", "a@example.com"),
            ("admin@localhost", "ADMIN@LOCALHOST", "admin@localhost"),
            ("a@[192.0.2.1]", "A@[192.0.2.1]", "a@[192.0.2.1]"),
        ] {
            assert_eq!((parsed(one).canonical(), parsed(other).canonical()), (canonical, canonical));
            assert!(parsed(one).resembles(&parsed(other)), "{one} {other}");
        }
    }

    #[test]
    fn addresses_of_two_mailboxes_differ() {
        for (one, other) in [
            ("a@faß.de", "a@fass.de"),
            ("tom@x.com", "torn@x.com"),
            ("bill@x.com", "biil@x.com"),
            ("ada@x.com", "ada@y.com"),
            ("é@x.de", "e@x.de"),
            ("ada+x@x.com", "ada@x.com"),
        ] {
            assert!(!parsed(one).resembles(&parsed(other)), "{one} {other}");
        }
    }

    #[test]
    fn addresses_that_look_alike_resemble_each_other() {
        for (one, other) in [
            ("zoe@x.com", "z\u{43e}e@x.com"),
            ("zoe@x.com", "zo\u{435}@x.com"),
            ("zoe@paypal.com", "zoe@p\u{430}ypal.com"),
            ("zoe@paypal.com", "zoe@xn--pypal-4ve.com"),
            ("\u{3b1}@x.com", "a@x.com"),
        ] {
            assert_ne!(parsed(one).canonical(), parsed(other).canonical());
            assert!(parsed(one).resembles(&parsed(other)), "{one} {other}");
            assert!(parsed(other).resembles(&parsed(one)), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_address_is_rejected_in_the_form_that_it_means() {
        for text in [
            "",
            "a",
            "@x.de",
            "a@",
            "a@b@c",
            "a\u{ff20}b@c",
            "a\u{fe6b}b@c",
            "zoe\u{fe0f}@x.com",
            "zo\u{34f}e@x.com",
            "zo\u{ad}e@x.com",
            "zo\u{200d}e@x.com",
            "علی\u{200c}رضا@x.com",
            "a\u{a0}b@x.com",
            "a\u{3000}b@x.com",
            "a\u{a8}b@x.com",
            "a@x\u{180b}.com",
            "a@xn--a",
            "a@x y.com",
            "a@\u{2488}com",
            "\u{fdfa}@x.com",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@x.com", "\u{fdfb}".repeat(60))).is_err());
        assert!(EmailAddress::parse(&"\u{fdfa}".repeat(350_000)).is_err(), "and at once");
    }

    #[test]
    fn stored_address_that_would_be_rejected_is_equal_to_itself_only() {
        assert_eq!(EmailAddress::stored("A\u{ff20}b@c").canonical(), "a@b@c");
        assert_eq!(EmailAddress::stored("Ada@X.de"), parsed("ada@x.de"));
    }
}
