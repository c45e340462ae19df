//! Completion of people, resumes and tags, from the server or else from the cache.

use std::ffi::OsString;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::runtime::Builder;
use vitae_contracts_core::{Untrusted, unprintable};
use vitae_sdk::{Client, Result, StaticToken, Timestamp};

use super::Suggestion;
use crate::completion_cache::{CachedName, CompletionCache};
use crate::context::{Context, LoginStore};
use crate::flags::Global;
use crate::output::Row as _;

/// Time limit of a completion.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(150);
/// Number of names requested from the server.
const PAGE_LIMIT: u32 = 100;

/// The kind of name that an argument accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    People,
    Resumes,
    Tags,
}

/// The global options, without a command.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    global: Global,
}

/// Returns completions for the typed prefix.
pub(super) fn candidates(kind: NameKind, current: &str, words: &[OsString], shell: &str) -> Vec<Suggestion> {
    let begun = Instant::now();
    let Some(context) = context(words) else { return Vec::new() };
    let known = suggestions(kind, &CompletionCache::read(&context), current, shell);
    let (sender, receiver) = mpsc::channel();
    let query = query(current);
    // The thread is abandoned if the server is slow.
    let asking = thread::Builder::new().spawn(move || {
        let _ = sender.send(fetch_names(&context, kind, query).map(|seen| seen.save(&context)));
    });
    let left = LOOKUP_TIMEOUT.saturating_sub(begun.elapsed());
    match asking.map(|_| receiver.recv_timeout(left)) {
        Ok(Ok(Some(seen))) => suggestions(kind, &seen, current, shell),
        _ => known,
    }
}

/// Resolves the settings of the typed command.
fn context(words: &[OsString]) -> Option<Context> {
    let mut flags = vec!["vitae".to_owned()];
    for pair in words.windows(2) {
        let [flag, value] = pair else { continue };
        if let (Some(flag @ ("--profile" | "--server")), Some(value)) = (flag.to_str(), value.to_str()) {
            flags.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    let flags = Flags::try_parse_from(flags).ok()?;
    let mut context = Context::of(&flags.global, true).ok()?;
    context.network = context.network.without_retries().with_timeout(LOOKUP_TIMEOUT);
    Some(context)
}

/// Requests names with an available token: opens no keyring and refreshes no login.
fn fetch_names(context: &Context, kind: NameKind, query: String) -> Option<CompletionCache> {
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
    runtime.block_on(names(&client, kind, query)).ok()
}

async fn names(client: &Client, kind: NameKind, query: String) -> Result<CompletionCache> {
    let mut seen = CompletionCache::default();
    match kind {
        NameKind::People => {
            let list = client.users().list().query(query).limit(PAGE_LIMIT);
            list.send().await?.items.iter().for_each(|user| user.cache_names(&mut seen));
        }
        NameKind::Resumes => {
            let list = client.resumes().list().query(query).limit(PAGE_LIMIT);
            list.send().await?.items.iter().for_each(|resume| resume.cache_names(&mut seen));
        }
        NameKind::Tags => {
            let list = client.resumes().list().limit(PAGE_LIMIT);
            list.send().await?.items.iter().for_each(|resume| resume.cache_names(&mut seen));
        }
    }
    Ok(seen)
}

fn suggestions(kind: NameKind, seen: &CompletionCache, current: &str, shell: &str) -> Vec<Suggestion> {
    match kind {
        NameKind::People => named(&seen.people, current, shell),
        NameKind::Resumes => named(&seen.resumes, current, shell),
        NameKind::Tags => {
            seen.tags.iter().filter_map(|tag| shell_word(tag, shell)).map(Suggestion::of).collect()
        }
    }
}

/// Offers names, or ids with their name where the name cannot be typed.
fn named(names: &[CachedName], current: &str, shell: &str) -> Vec<Suggestion> {
    let mut suggestions = Vec::new();
    for CachedName { id, name, about } in names {
        let wants_id = !current.is_empty() && id.starts_with(current);
        match shell_word(name, shell) {
            Some(value) if !wants_id => {
                suggestions.push(Suggestion { value, about: Some(description(about)) });
            }
            _ => suggestions.push(Suggestion { value: id.clone(), about: Some(description(name)) }),
        }
    }
    suggestions
}

/// Quotes a text as one literal word of this shell, if possible.
///
/// Names are untrusted: texts that a shell could execute or parse as a flag are not offered.
fn shell_word(text: &str, shell: &str) -> Option<String> {
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

/// Returns the search text for the typed prefix, without quoting; empty for ids, which lists
/// cannot search.
fn query(current: &str) -> String {
    let is_id = current.len() > 3 && current.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if is_id { String::new() } else { current.replace('\\', "").trim_matches(['"', '\'']).to_owned() }
}

/// Formats a description as one line without control characters.
fn description(text: &str) -> String {
    let text = Untrusted::from(text).escaped().to_string();
    text.replace(':', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_metacharacters_are_not_offered() {
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
            assert_eq!(shell_word(text, "bash").as_deref(), bash, "{text:?}");
            assert_eq!(shell_word(text, "zsh").as_deref(), zsh, "{text:?}");
        }
        assert_eq!(shell_word("Ada Lovelace", "powershell"), None);
    }
}
