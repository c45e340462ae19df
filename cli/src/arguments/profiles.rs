//! `vitae profiles …`

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use vitae_tui::Colour;

#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// List servers and accounts
    #[command(after_help = "\
Asks no server.

Examples:
  vitae profiles list
  vitae profiles list -o json | jq -r '.[] | select(.current) | .server'")]
    List,
    /// Use another profile from now on
    #[command(after_help = "\
A --profile or VITAE_PROFILE still wins over it.

Example:
  vitae profiles use staging")]
    Use(OneProfile),
    /// Add a server, before somebody logs in there
    #[command(after_help = "\
The server is --server, or else VITAE_SERVER. What is there already is left as it is.

Examples:
  vitae profiles add staging --server https://staging.example
  vitae profiles add staging --server https://staging.example --account ada@example.com
  vitae profiles add prod --server https://vitae.example --colour purple --protected")]
    Add(AddProfile),
    /// Forget a profile, and end its login
    #[command(after_help = "\
Asks first on a terminal if there is a login; elsewhere --yes is needed.

Examples:
  vitae profiles remove staging
  vitae profiles remove staging --yes --local   # the server has gone for good")]
    Remove(RemoveProfile),
}

#[derive(Debug, Args)]
pub(crate) struct OneProfile {
    /// The profile's name
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct AddProfile {
    /// How commands will name it: letters, digits and -_.@
    pub(crate) name: String,
    /// Whose login it is for
    #[arg(long, value_name = "EMAIL")]
    pub(crate) account: Option<String>,
    /// What the console's bar is painted with
    #[arg(long, value_parser = colour())]
    pub(crate) colour: Option<Colour>,
    /// Let the console ask for names to be typed before something is taken away
    #[arg(long)]
    pub(crate) protected: bool,
    /// Let the console begin without changing anything
    #[arg(long)]
    pub(crate) read_only: bool,
}

fn colour() -> impl TypedValueParser<Value = Colour> {
    let names = Colour::ALL.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names).try_map(|name| {
        let known = Colour::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, colour)| *colour).ok_or("there is no such colour")
    })
}

#[derive(Debug, Args)]
pub(crate) struct RemoveProfile {
    /// The profile's name
    pub(crate) name: String,
    /// Forget the login without telling the server
    #[arg(long)]
    pub(crate) local: bool,
}
