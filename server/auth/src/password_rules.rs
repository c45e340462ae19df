//! The rules for new passwords (NIST SP 800-63B, section 3.1.1.2): a length and a blocklist, no composition.

use vitae_contracts_core::{Code, fold, limits};
use vitae_contracts_services::users::v1::User;
use vitae_server_common::{FieldViolation, ServiceError};
use zxcvbn::zxcvbn;

use crate::Auth;
use crate::logins::internal;

/// Passwords that an attacker is estimated to find with at most this many guesses are rejected.
///
/// zxcvbn ranks 30,000 passwords, 30,000 English words, and names and titles; a password in one of these lists
/// takes at most its rank in guesses, and so do repetitions and rows of keys.
const MIN_GUESSES: u64 = 30_001;
/// Characters of the longest password that is looked up in the lists.
///
/// No list contains a longer one, and the time of a look-up grows faster than the length.
const MAX_CHECKED_CHARS: usize = 32;
/// The name of the service.
const SERVICE_NAME: &str = "vitae";

const COMMON_PASSWORD: &str =
    "expected a password that is not among the first guesses of an attacker; choose several unrelated words";
const OWNER_PASSWORD: &str = "expected a password other than the e-mail, the name or \"vitae\", also with digits or symbols added; \
                   choose several unrelated words";

/// The account that a password is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct PasswordOwner {
    pub(crate) email: String,
    pub(crate) name: String,
}

impl From<User> for PasswordOwner {
    fn from(user: User) -> Self {
        Self { email: user.email, name: user.name }
    }
}

impl Auth {
    /// Checks a new password against the rules and returns its PHC string.
    pub(crate) async fn hash_new(
        &self,
        password: String,
        owner: PasswordOwner,
    ) -> Result<String, ServiceError> {
        check_length(&password)?;
        let checked = self.passwords.compute(move || check(&password, &owner).map(|()| password));
        let password = checked.await.map_err(internal)?.map_err(password_error)?;
        self.passwords.hash(password).await.map_err(internal)
    }
}

/// Rejects passwords that are too short, too long or blank.
pub(crate) fn check_length(password: &str) -> Result<(), ServiceError> {
    limits::check_password(password).map_err(password_error)
}

pub(crate) fn password_error(message: impl Into<String>) -> ServiceError {
    ServiceError::invalid(Code::ValidationFailed, vec![FieldViolation::new("/password", message)])
}

/// Returns the message of the rule that a password breaks; it never contains the password.
fn check(password: &str, owner: &PasswordOwner) -> Result<(), &'static str> {
    let password = fold(password);
    if is_derived_from(&password, owner) {
        return Err(OWNER_PASSWORD);
    }
    let is_common =
        password.chars().count() <= MAX_CHECKED_CHARS && zxcvbn(&password, &[]).guesses() <= MIN_GUESSES;
    if is_common { Err(COMMON_PASSWORD) } else { Ok(()) }
}

/// Whether a folded password is the owner's e-mail or name, a part of it or the service's name.
///
/// Digits and symbols at both ends, and symbols in between, are ignored.
fn is_derived_from(password: &str, owner: &PasswordOwner) -> bool {
    let (email, name) = (fold(&owner.email), fold(&owner.name));
    let (local, domain) = email.split_once('@').unwrap_or((&email, ""));
    let reversed = name.rsplit(' ').collect::<String>();
    let words = [SERVICE_NAME, &email, local, domain, &name, &reversed];
    let parts =
        [local, domain, &name].into_iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let (whole, core) = (letters_and_digits(password), without_digits(password));
    words.into_iter().chain(parts).any(|word| {
        let (same, similar) = (letters_and_digits(word), without_digits(word));
        !same.is_empty() && same == whole || !similar.is_empty() && similar == core
    })
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The letters, with the digits between them.
fn without_digits(text: &str) -> String {
    letters_and_digits(text).trim_matches(char::is_numeric).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_and_the_owners_own_data_are_rejected() {
        let owner =
            PasswordOwner { email: "Ada.Lovelace@Example.com".to_owned(), name: "Ada King Löwe".to_owned() };
        for (password, expected) in [
            ("correct horse battery staple", Ok(())),
            ("ada lovelace and the engine", Ok(())),
            ("visiting vitae every monday", Ok(())),
            ("kühler krug am morgen", Ok(())),
            ("qV7-kLm2x", Ok(())),
            (&"x".repeat(512), Ok(())),
            ("password", Err(COMMON_PASSWORD)),
            ("PassWord1", Err(COMMON_PASSWORD)),
            ("12345678", Err(COMMON_PASSWORD)),
            ("qwertyuiop", Err(COMMON_PASSWORD)),
            ("aaaaaaaa", Err(COMMON_PASSWORD)),
            ("ｐａｓｓｗｏｒｄ", Err(COMMON_PASSWORD)),
            ("chocolate", Err(COMMON_PASSWORD)),
            ("Ada.Lovelace@example.com", Err(OWNER_PASSWORD)),
            ("ada-lovelace", Err(OWNER_PASSWORD)),
            ("LOVELACE1815!", Err(OWNER_PASSWORD)),
            ("example.com", Err(OWNER_PASSWORD)),
            ("Ada King Lo\u{308}we", Err(OWNER_PASSWORD)),
            ("loweking ada", Ok(())),
            ("löwekingada", Err(OWNER_PASSWORD)),
            ("2026Vitae!", Err(OWNER_PASSWORD)),
        ] {
            assert_eq!(check(password, &owner), expected, "{password}");
        }
        assert_eq!(
            check("12345679", &PasswordOwner { email: "1@2".to_owned(), name: String::new() }),
            Err(COMMON_PASSWORD)
        );
    }
}
