//! `vitae profiles …`

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use vitae_tui::Colour;

#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// List servers and accounts
    #[command(after_help = "\
Contacts no server.

Examples:
  vitae profiles list
  vitae profiles list -o json | jq -r '.[] | select(.current) | .server'")]
    List,
    /// Set the current profile
    #[command(after_help = "\
--profile and VITAE_PROFILE take precedence over the current profile.

Example:
  vitae profiles use staging")]
    Use(OneProfile),
    /// Add a server before the first login
    #[command(after_help = "\
The server is --server, or else VITAE_SERVER. An existing profile is not changed.

Examples:
  vitae profiles add staging --server https://staging.example
  vitae profiles add staging --server https://staging.example --account ada@example.com
  vitae profiles add prod --server https://vitae.example --colour purple --protected")]
    Add(AddProfile),
    /// Remove a profile and end its login
    #[command(after_help = "\
If the profile has a login, asks for confirmation on a terminal; scripts need --yes.

Examples:
  vitae profiles remove staging
  vitae profiles remove staging --yes --local   # the server no longer exists")]
    Remove(RemoveProfile),
}

#[derive(Debug, Args)]
pub(crate) struct OneProfile {
    /// The profile's name
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct AddProfile {
    /// The name: letters, digits and -_.@
    pub(crate) name: String,
    /// E-mail of the account
    #[arg(long, value_name = "EMAIL")]
    pub(crate) account: Option<String>,
    /// Background colour of the console's bar
    #[arg(long, value_parser = colour())]
    pub(crate) colour: Option<Colour>,
    /// In the console, ask for the name to be typed before a deletion
    #[arg(long)]
    pub(crate) protected: bool,
    /// Start the console read-only
    #[arg(long)]
    pub(crate) read_only: bool,
}

fn colour() -> impl TypedValueParser<Value = Colour> {
    let names = Colour::ALL.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names).try_map(|name| {
        let known = Colour::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, colour)| *colour).ok_or("unknown colour")
    })
}

#[derive(Debug, Args)]
pub(crate) struct RemoveProfile {
    /// The profile's name
    pub(crate) name: String,
    /// Remove the login without contacting the server
    #[arg(long)]
    pub(crate) local: bool,
}
