//! Names of people, resumes and tags, from the server if it is quick and else from what was seen.

use std::ffi::OsString;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser as _;
use tokio::runtime::Builder;
use vitae_contracts_core::{Untrusted, unprintable};
use vitae_sdk::{Client, Result, StaticToken, Timestamp};

use super::Offer;
use super::seen::{Known, Seen};
use crate::arguments::Arguments;
use crate::context::{Context, LoginStore};
use crate::output::Row as _;

/// Longer would be felt.
const PATIENCE: Duration = Duration::from_millis(150);
/// Names that are asked for.
const ASKED: u32 = 100;

/// What an argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    People,
    Resumes,
    Tags,
}

/// What could be meant by what was typed so far.
pub(super) fn candidates(wish: Wish, current: &str, words: &[OsString], shell: &str) -> Vec<Offer> {
    let begun = Instant::now();
    let Some(context) = context(words) else { return Vec::new() };
    let known = offers(wish, &Seen::read(&context), current, shell);
    let (sender, receiver) = mpsc::channel();
    let query = query(current);
    // The thread is left behind if the server takes its time.
    let asking = thread::Builder::new().spawn(move || {
        let _ = sender.send(ask(&context, wish, query).map(|seen| seen.keep(&context)));
    });
    let left = PATIENCE.saturating_sub(begun.elapsed());
    match asking.map(|_| receiver.recv_timeout(left)) {
        Ok(Ok(Some(seen))) => offers(wish, &seen, current, shell),
        _ => known,
    }
}

/// The settings of the command that is being typed.
fn context(words: &[OsString]) -> Option<Context> {
    let mut flags = vec!["vitae".to_owned(), "doctor".to_owned()];
    for pair in words.windows(2) {
        let [flag, value] = pair else { continue };
        if let (Some(flag @ ("--profile" | "--server")), Some(value)) = (flag.to_str(), value.to_str()) {
            flags.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    let arguments = Arguments::try_parse_from(flags).ok()?;
    let mut context = Context::of(&arguments.global, true).ok()?;
    context.network = context.network.hasty().within(PATIENCE);
    Some(context)
}

/// Asks with a token that is at hand: no keyring is opened for this, and no login renewed.
fn ask(context: &Context, wish: Wish, query: String) -> Option<Seen> {
    let login = match context.login_store().ok()? {
        LoginStore::Keyring(_) => return None,
        store => store.as_store().load().ok()??,
    };
    if login.expires_at().is_some_and(|end| end <= Timestamp::from(std::time::SystemTime::now())) {
        return None;
    }
    let token = StaticToken::new(login.access_token().clone());
    let client = context.client(Client::builder().token_store(token)).ok()?;
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(names(&client, wish, query)).ok()
}

async fn names(client: &Client, wish: Wish, query: String) -> Result<Seen> {
    let mut seen = Seen::default();
    match wish {
        Wish::People => {
            let list = client.users().list().query(query).limit(ASKED);
            list.send().await?.items.iter().for_each(|user| user.seen(&mut seen));
        }
        Wish::Resumes => {
            let list = client.resumes().list().query(query).limit(ASKED);
            list.send().await?.items.iter().for_each(|resume| resume.seen(&mut seen));
        }
        Wish::Tags => {
            let list = client.resumes().list().limit(ASKED);
            list.send().await?.items.iter().for_each(|resume| resume.seen(&mut seen));
        }
    }
    Ok(seen)
}

fn offers(wish: Wish, seen: &Seen, current: &str, shell: &str) -> Vec<Offer> {
    match wish {
        Wish::People => named(&seen.people, current, shell),
        Wish::Resumes => named(&seen.resumes, current, shell),
        Wish::Tags => seen.tags.iter().filter_map(|tag| in_line(tag, shell)).map(Offer::of).collect(),
    }
}

/// Names first; where only an id can be written, the id with its name beside it.
fn named(names: &[Known], current: &str, shell: &str) -> Vec<Offer> {
    let mut offers = Vec::new();
    for Known { id, name, about } in names {
        let wants_id = !current.is_empty() && id.starts_with(current);
        match in_line(name, shell) {
            Some(value) if !wants_id => {
                offers.push(Offer { value, about: Some(shown(about)) });
            }
            _ => offers.push(Offer { value: id.clone(), about: Some(shown(name)) }),
        }
    }
    offers
}

/// A text as it can stand in a line of this shell and mean itself, if it can.
///
/// Other people chose these names: what a shell could run, or read as a flag, is not offered.
fn in_line(text: &str, shell: &str) -> Option<String> {
    let is_plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.@+/,".contains(c);
    let is_quoted = |c: char| " ()'&".contains(c);
    if text.is_empty() || text.starts_with(['-', '+', '~']) || unprintable(text).next().is_some() {
        return None;
    }
    if !text.chars().all(|c| is_plain(c) || is_quoted(c)) {
        return None;
    }
    match shell {
        // These two quote what they insert.
        "zsh" | "fish" => Some(text.to_owned()),
        _ if text.chars().all(is_plain) => Some(text.to_owned()),
        "bash" => {
            Some(text.chars().flat_map(|c| is_quoted(c).then_some('\\').into_iter().chain([c])).collect())
        }
        _ => None,
    }
}

/// What to look for: what was typed without what keeps its spaces together; nothing for an id, which
/// no list is searched by.
fn query(current: &str) -> String {
    let is_id = current.len() > 3 && current.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if is_id { String::new() } else { current.replace('\\', "").trim_matches(['"', '\'']).to_owned() }
}

/// A description, in one line that does not act.
fn shown(text: &str) -> String {
    let text = Untrusted::from(text).escaped().to_string();
    text.replace(':', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_run_is_not_offered() {
        for (text, bash, zsh) in [
            ("ada@example.com", Some("ada@example.com"), Some("ada@example.com")),
            ("Ada Lovelace – Analyst", Some("Ada\\ Lovelace\\ –\\ Analyst"), Some("Ada Lovelace – Analyst")),
            ("Ada (2019)", Some("Ada\\ \\(2019\\)"), Some("Ada (2019)")),
            ("O'Neill & Co", Some("O\\'Neill\\ \\&\\ Co"), Some("O'Neill & Co")),
            ("$(reboot)", None, None),
            ("a;b", None, None),
            ("a`b", None, None),
            ("a\"b", None, None),
            ("*", None, None),
            ("~root", None, None),
            ("--yes", None, None),
            ("a\u{202e}b", None, None),
            ("a\nb", None, None),
            ("", None, None),
        ] {
            assert_eq!(in_line(text, "bash").as_deref(), bash, "{text:?}");
            assert_eq!(in_line(text, "zsh").as_deref(), zsh, "{text:?}");
        }
        assert_eq!(in_line("Ada Lovelace", "powershell"), None);
    }
}
