//! Values with their sources: flags, environment, profile, default.

use serde::Serialize;
use vitae_sdk::server_origin;

use crate::config::Profile;
use crate::errors::Failure;
use crate::exit;
use crate::flags::Global;

pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:7878";

pub(crate) const DEFAULT_PROFILE: &str = "default";

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) source: SettingSource,
}

/// The source of a setting. The first source with a value wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SettingSource {
    Flag,
    Environment,
    Profile,
    /// The given server: the profile that names this server is used.
    Server,
    /// `current` in `config.toml`.
    Config,
    Default,
}

impl SettingSource {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::Profile => "profile",
            Self::Server => "server",
            Self::Config => "config",
            Self::Default => "default",
        }
    }
}

/// Returns the server given by --server or else by `VITAE_SERVER`.
pub(crate) fn given_server(global: &Global) -> Option<Setting> {
    choose([
        (SettingSource::Flag, global.server.clone()),
        (SettingSource::Environment, variable("VITAE_SERVER")),
    ])
}

/// Returns the server of a profile, or the default.
pub(crate) fn server_of(profile: &Profile) -> Setting {
    let server = profile.server.clone().map(|value| Setting { value, source: SettingSource::Profile });
    server.unwrap_or_else(|| Setting { value: DEFAULT_SERVER.to_owned(), source: SettingSource::Default })
}

/// Returns the origin of the server; the error for an invalid address names its source.
pub(crate) fn origin_of(server: &Setting) -> Result<String, Failure> {
    server_origin(&server.value).map_err(|error| {
        let decided = server.source.as_str();
        let next = error.next_step().unwrap_or_default();
        let code = if server.source == SettingSource::Profile { exit::FAILED } else { exit::USAGE };
        Failure::new(code, format!("{error} (from the {decided})")).next(next)
    })
}

/// Returns the first setting with a value.
pub(crate) fn choose<const N: usize>(choices: [(SettingSource, Option<String>); N]) -> Option<Setting> {
    let mut given = choices.into_iter().filter_map(|(source, value)| Some(Setting { value: value?, source }));
    given.find(|setting| !setting.value.is_empty())
}

/// Returns an environment variable; an empty value counts as unset.
pub(crate) fn variable(name: &str) -> Option<String> {
    // Invalid UTF-8 is replaced; the value is then rejected where it is used.
    std::env::var_os(name).map(|text| text.to_string_lossy().into_owned()).filter(|text| !text.is_empty())
}
