//! Creation of the first administrator on the first start.

use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use ring::rand::SecureRandom as _;
use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::Code;
use vitae_contracts_core::limits;
use vitae_server_stack::Auth;

use crate::output;

/// The interval of attempts to reach the users service.
const RETRY: Duration = Duration::from_millis(200);

/// Creates the first administrator if there is none, as soon as the users service is reachable.
pub(crate) async fn when_users_answer(
    auth: &Auth,
    data: &Path,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    loop {
        match auth.lacks_administrator().await {
            Ok(false) => return Ok(()),
            Ok(true) => return create_administrator(auth, data).await.map_err(Into::into),
            // The peer's client logs this.
            Err(error) if error.code == Code::Unavailable || error.code == Code::Timeout => {
                tokio::time::sleep(RETRY).await;
            }
            Err(error) if error.is_authentication_error() => {
                return Err(
                    "the users service rejects the service key of this role; start every role with the same --service-key-file".into(),
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Creates the administrator named in the environment, or one with a generated password.
pub(crate) async fn create_administrator(auth: &Auth, data: &Path) -> Result<()> {
    let email = std::env::var("VITAE_ADMIN_EMAIL").unwrap_or_else(|_| "admin@localhost".to_owned());
    limits::check_email(&email)
        .map_err(|message| anyhow!("VITAE_ADMIN_EMAIL is invalid: {message}; correct it and start again"))?;
    if let Some(file) = std::env::var_os("VITAE_ADMIN_PASSWORD_FILE").map(PathBuf::from) {
        let text = std::fs::read_to_string(&file).with_context(|| {
            format!("VITAE_ADMIN_PASSWORD_FILE names {}, which cannot be read", file.display())
        })?;
        let password = SecretString::from(text.trim_end_matches(['\r', '\n']));
        auth.create_administrator(&email, &password).await.map_err(|error| {
            match error.rejected_password() {
                Some(message) => {
                    let file = file.display();
                    anyhow!("the password in {file} is rejected: {message}; correct the file and start again")
                }
                None => anyhow!(error),
            }
        })?;
        output::note(&format!("administrator {email} password from {}", file.display()));
        return Ok(());
    }
    let password = random_password()?;
    if std::io::stderr().is_terminal() {
        auth.create_administrator_with_generated_password(&email, &password).await?;
        output::note(&format!("administrator {email} password {} (shown once)", password.expose_secret()));
        return Ok(());
    }
    let file = password_file(data);
    // The file first: after a crash in between, the next start creates both again.
    write_private(&file, &password).with_context(|| format!("cannot write {}", file.display()))?;
    auth.create_administrator_with_generated_password(&email, &password).await?;
    output::note(&format!("administrator {email} password in {}", file.display()));
    Ok(())
}

/// Removes the file with the generated password once the password has been changed.
///
/// A file of an older version is kept: its password may still be the only one that works.
pub(crate) async fn remove_password_file(auth: Auth, data: PathBuf) {
    let file = password_file(&data);
    if !file.exists() {
        return;
    }
    let removed = match auth.generated_passwords_changed().await {
        Ok(false) => return,
        Ok(true) => std::fs::remove_file(&file).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = removed {
        let file = file.display();
        tracing::warn!(
            "the generated password was changed, but {file} could not be removed ({error}); delete it"
        );
    }
}

fn password_file(data: &Path) -> PathBuf {
    data.join("initial-admin-password")
}

/// Generates a password of 24 characters with 6 random bits each.
pub(crate) fn random_password() -> Result<SecretString> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut random = [0; 24];
    ring::rand::SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| anyhow!("the system cannot generate random numbers"))?;
    let text: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect();
    Ok(SecretString::from(text))
}

fn write_private(file: &Path, password: &SecretString) -> std::io::Result<()> {
    let _ = std::fs::remove_file(file);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{}", password.expose_secret())?;
    file.sync_all()
}
