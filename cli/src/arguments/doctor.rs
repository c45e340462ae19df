//! `vitae doctor`

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Checks the configuration, the proxy, the server (certificate, latency, clock, services, version), the credential \
store, the login and its rights. Works offline and without a login; changes nothing. Ends with the exit code of the \
first failed check: 9 without a server, 4 without a login.

Examples:
  vitae doctor
  vitae doctor -o json | jq -r '.[] | select(.status == \"failed\") | .next_step'
  vitae doctor --server https://vitae.example --ca-cert our-authority.pem")]
pub(crate) struct Doctor {}
