//! The server and login of a command, and the source of each setting.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use vitae_sdk::{Client, ClientBuilder, FileStore, KeyringStore, StaticToken, TokenStore};

use crate::config::{self, Config, Profile, StoreKind};
use crate::errors::Failure;
use crate::flags::Global;
use crate::network::Network;
use crate::settings::{
    DEFAULT_PROFILE, Setting, SettingSource, choose, given_server, origin_of, server_of, variable,
};
use crate::{exit, prompt};

/// Time limit for the keyring without a terminal, where no one can type its password.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(3);

/// The settings of one command.
pub(crate) struct Context {
    pub(crate) server: Setting,
    pub(crate) profile_name: Setting,
    pub(crate) profile: Profile,
    pub(crate) config: Config,
    pub(crate) directory: PathBuf,
    /// The origin of the server, which names the stored logins.
    pub(crate) origin: String,
    pub(crate) network: Network,
}

/// The location where a login is stored.
#[derive(Debug, Clone)]
pub(crate) enum LoginStore {
    Token(StaticToken),
    Keyring(KeyringStore),
    File(FileStore),
}

impl Context {
    /// Resolves flags, environment and configuration.
    pub(crate) fn of(global: &Global, allows_unknown: bool) -> Result<Self, Failure> {
        let directory = config::directory()?;
        let config = Config::read(&directory)?;
        let given = given_server(global);
        let profile_name = choose([
            (SettingSource::Flag, global.profile.clone()),
            (SettingSource::Environment, variable("VITAE_PROFILE")),
            (SettingSource::Server, given.as_ref().and_then(|server| config.profile_at(&server.value))),
            (SettingSource::Config, config.current.clone()),
        ])
        .unwrap_or_else(|| Setting { value: DEFAULT_PROFILE.to_owned(), source: SettingSource::Default });
        let known = config.profiles.get(&profile_name.value);
        let is_named = matches!(profile_name.source, SettingSource::Flag | SettingSource::Environment);
        if known.is_none() && is_named && !allows_unknown {
            // Falling back to the default server would send a token to an unintended server.
            let name = &profile_name.value;
            let file = config::file_in(&directory);
            return Err(Failure::new(
                exit::NOT_LOGGED_IN,
                format!("there is no profile \"{name}\" in {}", file.display()),
            )
            .next(format!("run `vitae login --profile {name} --server URL`, or name another profile")));
        }
        let profile = known.cloned().unwrap_or_default();
        let server = match given {
            // A flag precedes the environment; the server of the profile in --profile counts as a flag.
            Some(given) if overrides(&profile_name, &given, &profile) => server_of(&profile),
            Some(given) => given,
            None => server_of(&profile),
        };
        let origin = origin_of(&server)?;
        let network = Network::of(global);
        Ok(Self { server, profile_name, profile, config, directory, origin, network })
    }

    /// Returns the settings of a profile, ignoring flags and environment.
    pub(crate) fn of_profile(
        name: &str,
        config: Config,
        directory: PathBuf,
        global: &Global,
    ) -> Result<Self, Failure> {
        let profile = config.profiles.get(name).cloned().unwrap_or_default();
        let server = server_of(&profile);
        let origin = origin_of(&server)?;
        let profile_name = Setting { value: name.to_owned(), source: SettingSource::Flag };
        let network = Network::of(global);
        Ok(Self { server, profile_name, profile, config, directory, origin, network })
    }

    /// Returns the store of this kind for this account.
    pub(crate) fn store(&self, kind: StoreKind, account: &str) -> Result<LoginStore, Failure> {
        match kind {
            StoreKind::Keyring => self.keyring(account).map(LoginStore::Keyring),
            StoreKind::File => Ok(LoginStore::File(self.file(account))),
        }
    }

    /// Returns the store of the login that commands use.
    pub(crate) fn login_store(&self) -> Result<LoginStore, Failure> {
        match self.environment_token() {
            Some(token) => Ok(LoginStore::Token(token)),
            None => self.profile_login_store(),
        }
    }

    /// Returns the token in `VITAE_TOKEN`, unless --profile names a login at this server.
    pub(crate) fn environment_token(&self) -> Option<StaticToken> {
        let names_a_login = self.profile.account.is_some() && self.profile.is_at(&self.origin);
        if self.profile_name.source == SettingSource::Flag && names_a_login {
            return None;
        }
        StaticToken::from_environment()
    }

    /// Whether `VITAE_TOKEN` is used.
    pub(crate) fn has_token(&self) -> bool {
        self.environment_token().is_some()
    }

    /// Returns the store of the login that the profile names.
    pub(crate) fn profile_login_store(&self) -> Result<LoginStore, Failure> {
        let Some(account) = &self.profile.account else {
            return Err(self.not_logged_in());
        };
        self.store(self.profile.store.unwrap_or(StoreKind::Keyring), account)
    }

    /// Builds a client of the server from this builder.
    pub(crate) fn client(&self, builder: ClientBuilder) -> Result<Client, Failure> {
        let builder = builder
            .base_url(&self.server.value)
            .lock_dir(self.directory.join("locks"))
            .user_agent(concat!("vitae/", env!("CARGO_PKG_VERSION")))
            // Commands are short-lived, and the console must not wake up for idle timers.
            .keep_idle_connections(true);
        self.network.configure(builder)?.build().map_err(|error| {
            let mut failure = Failure::call("use this server", &self.server.value, &error);
            failure.exit = exit::USAGE;
            if failure.message.contains("unencrypted") {
                return failure
                    .next("use an https address, or reach the server through a tunnel on 127.0.0.1");
            }
            failure
        })
    }

    /// The failure for a missing login at this server.
    pub(crate) fn not_logged_in(&self) -> Failure {
        let what = format!("not logged in at {}", self.server.value);
        Failure::new(exit::NOT_LOGGED_IN, what)
            .next(format!("run `{}`, or set VITAE_TOKEN", self.login_command()))
    }

    /// Returns the source of the server address for messages, such as `from VITAE_SERVER`.
    pub(crate) fn server_source(&self) -> &'static str {
        match self.server.source {
            SettingSource::Flag => "from --server",
            SettingSource::Environment => "from VITAE_SERVER",
            SettingSource::Profile | SettingSource::Server | SettingSource::Config => "from the profile",
            SettingSource::Default => "the default",
        }
    }

    /// Returns the login command for the settings of this command.
    pub(crate) fn login_command(&self) -> String {
        let Self { server, profile_name, .. } = self;
        let mut command = "vitae login".to_owned();
        for (flag, setting) in [("--profile", profile_name), ("--server", server)] {
            if setting.source == SettingSource::Flag {
                command.extend([" ", flag, " ", &setting.value]);
            }
        }
        command
    }

    fn keyring(&self, account: &str) -> Result<KeyringStore, Failure> {
        let store = KeyringStore::new(account, &self.server.value)
            .map_err(|e| Failure::call("store the login", &self.server.value, &e))?;
        Ok(if prompt::is_possible() { store } else { store.timeout(KEYRING_TIMEOUT) })
    }

    fn file(&self, account: &str) -> FileStore {
        FileStore::new(self.file_of("logins", account), account).device_file(self.file_of("devices", account))
    }

    /// Returns the file of this kind (`logins`, `devices`, `seen`) for this account and server.
    pub(crate) fn file_of(&self, kind: &str, account: &str) -> PathBuf {
        let directory = self.directory.join(kind).join(file_name(&self.origin));
        directory.join(file_name(account)).with_added_extension("json")
    }
}

impl LoginStore {
    /// The kind of the store, in output and messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "environment",
            Self::Keyring(_) => StoreKind::Keyring.as_str(),
            Self::File(_) => StoreKind::File.as_str(),
        }
    }

    pub(crate) fn as_store(&self) -> &dyn TokenStore {
        match self {
            Self::Token(token) => token,
            Self::Keyring(keyring) => keyring,
            Self::File(file) => file,
        }
    }

    pub(crate) fn configure(self, builder: ClientBuilder) -> ClientBuilder {
        match self {
            Self::Token(token) => builder.token_store(token),
            Self::Keyring(keyring) => builder.token_store(keyring),
            Self::File(file) => builder.token_store(file),
        }
    }
}

/// Whether the server of the profile in --profile replaces `VITAE_SERVER`.
fn overrides(profile_name: &Setting, given: &Setting, profile: &Profile) -> bool {
    profile_name.source == SettingSource::Flag
        && given.source == SettingSource::Environment
        && profile.server.is_some()
}

/// Encodes a text as a file name; distinct texts have distinct names, on case-insensitive systems too.
fn file_name(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'@' => name.push(char::from(byte)),
            b'.' if !name.is_empty() => name.push('.'),
            // Writing to a String cannot fail.
            _ => drop(write!(name, "%{byte:02X}")),
        }
    }
    name
}
