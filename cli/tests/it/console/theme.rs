//! The theme follows the background of the terminal.

use super::emulator::{BACKGROUND, Emulator, PLACE};
use crate::cli::admin;

const WHITE: &str = "\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\";
/// The background of the light theme, in the nearest of 256 colours.
const LIGHT: vt100::Color = vt100::Color::Idx(231);

fn is_light(screen: &vt100::Screen) -> bool {
    screen.cell(10, 40).is_some_and(|cell| cell.bgcolor() == LIGHT)
}

#[test]
fn light_background_selects_the_light_theme() {
    let (_stack, cli) = admin();
    let mut console = Emulator::with(&cli, (80, 24), &[], &[(BACKGROUND, WHITE)], &[]);
    console.until("a light console", is_light).sees("Administrator").types("q");
    console.ends().ended_with(0).is_as_it_was();
    // The terminal is not queried when the theme is given.
    for (variables, arguments) in [
        (&[("NO_COLOR", "1")][..], &[][..]),
        (&[], &["--theme", "contrast"]),
        (&[("COLORFGBG", "0;15")], &["--theme", "dark"]),
    ] {
        let mut console = Emulator::with(&cli, (80, 24), variables, &[(BACKGROUND, WHITE)], arguments);
        console.sees("Administrator").until("no light console", |screen| !is_light(screen)).types("q");
        assert!(!console.ends().ended_with(0).written.contains(BACKGROUND));
    }
    let mut console = Emulator::with(&cli, (80, 24), &[("COLORFGBG", "0;15")], &[], &[]);
    console.until("a light console from its first frame", is_light).types("q");
    console.ends().ended_with(0);
}

#[test]
fn terminal_replies_and_keys_are_not_confused() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (80, 24), &[]);
    console.sees("Administrator").is_sent(BACKGROUND);
    // The reply arrives late, in two parts, between typed keys.
    console.types("/admin\u{1b}]11;rgb:ff").types("ff/ffff/ffff\u{1b}\\istrator");
    console.sees("/administrator").until("a light console", is_light);
    // A chosen theme wins: contrast follows light.
    console.types("\r").types("T").sees("theme contrast");
    console.types("\u{1b}]11;rgb:ffff/ffff/ffff\u{7}").types("2").sees("There are no resumes here");
    console.until("a dark console", |screen| !is_light(screen)).types("q");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn late_terminal_reply_does_not_reach_the_shell() {
    let (_stack, cli) = admin();
    let line = r#""$VITAE" console; echo over; IFS= read -r line; printf 'left: [%s]\n' "$line""#;
    let answers = [(PLACE, &*format!("{WHITE}\u{1b}[1;1R"))];
    let mut shell = Emulator::shell(&cli, (80, 24), &answers, line);
    shell.is_sent(BACKGROUND).types("q").sees("over");
    shell.types("typed\r").sees("left: [typed]");
    shell.ends().ended_with(0).is_as_it_was();
}

#[test]
fn protected_profile_is_marked_in_the_bar() {
    let (_stack, cli) = admin();
    let file = cli.config().join("config.toml");
    let plain = std::fs::read_to_string(&file).unwrap();
    let careful = plain.replace(
        "[profiles.default]\n",
        "[profiles.default]\ncolour = \"green\"\nread_only = true\nprotected = true\n",
    );
    let listed = format!("{plain}\n[console]\nprotected = [\"default\"]\n");
    for (text, arguments, words) in [
        (&careful, &[][..], "vitae  default · protected · read-only"),
        (&listed, &[], "vitae  protected"),
        (&listed, &["--read-only"], "vitae  protected · read-only"),
    ] {
        std::fs::write(&file, text).unwrap();
        for variables in [&[][..], &[("NO_COLOR", "1")]] {
            let mut console = Emulator::with(&cli, (100, 14), variables, &[], arguments);
            console.sees(words).sees("Administrator").types("d");
            let asked =
                if words.contains("read-only") { "the console is read-only" } else { "Type Administrator" };
            console.sees(asked).types("\u{3}");
            let left = console.ends();
            let coloured = left.ended_with(0).is_as_it_was().written.contains("48;5;");
            assert_eq!(coloured, variables.is_empty(), "{words}");
        }
    }
}
