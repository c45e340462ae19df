//! The accessible mode of the console.

use vitae_server_testkit::{ADMIN, PASSWORD};

use super::emulator::{Emulator, TAKEN};
use crate::cli::{Cli, admin, stack};

#[test]
fn accessible_mode_prints_sentences() {
    let (_stack, cli) = admin();
    cli.resume("Analytical Engines", r#"{"basics":{"name":"Ada Lovelace"}}"#);
    for (variables, arguments) in
        [(&[][..], &["--accessible"][..]), (&[("VITAE_ACCESSIBLE", "1")], &[]), (&[("TERM", "dumb")], &[])]
    {
        let mut console = Emulator::with(&cli, (80, 24), variables, &[], arguments);
        console
            .is_sent("People, by created, descending\r\n")
            .is_sent("1 of 1: Administrator, admin@localhost");
        console.types("2").is_sent("1 of 1: Analytical Engines, owner Administrator");
        console.types("\r").is_sent("Resume\r\n").is_sent("Ada Lovelace\r\n");
        console.types("q");
        let left = console.ends();
        let written = &left.ended_with(0).is_as_it_was().written;
        assert!(!written.contains(TAKEN) && !written.contains('│') && !written.contains("\u{1b}[?25l"));
        // The only escape sequences: bracketed paste, where the terminal supports it.
        let text = written.replace("\u{1b}[?2004h", "").replace("\u{1b}[?2004l", "");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let is_dumb = variables.contains(&("TERM", "dumb"));
        assert_eq!(text == *written, is_dumb, "{written:?}");
    }
}

#[test]
fn accessible_password_prompt_hides_the_text() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    cli.file("config/config.toml", "[console]\naccessible = true\n");
    let mut console = Emulator::open(&cli, (80, 24), &[]);
    console.is_sent("Log in\r\n").is_sent("E-mail: empty").types(&format!("{ADMIN}\r"));
    console.is_sent("Password: empty").types(PASSWORD).is_sent("•").types("\r");
    console.is_sent("logged in as Administrator").types("\u{3}");
    let left = console.ends();
    assert!(!left.ended_with(0).is_as_it_was().written.contains(PASSWORD));
}
