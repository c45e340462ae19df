//! `vitae doctor`

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Looks at the configuration, the proxy, the server with its certificate, speed, clock, services and version, the \
place of the login, the login, and its rights. Works offline and logged out; changes nothing. Ends with the code \
of the first check that failed: 9 without a server, 4 without a login.

Examples:
  vitae doctor
  vitae doctor -o json | jq -r '.[] | select(.status == \"failed\") | .next_step'
  vitae doctor --server https://vitae.example --ca-cert our-authority.pem")]
pub(crate) struct Doctor {}
