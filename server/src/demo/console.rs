//! The console of the demo.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use secrecy::SecretString;
use vitae_sdk::{Client, MemoryStore};
use vitae_tui::{Depth, Editor, Keymap, Options, Profile, RenderMode, Theme};

/// Whether stdin and stdout are a terminal.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Opens the console, logged in; returns when the user quits it or a signal ends it.
pub(super) async fn open(server: &str, email: &str, password: &SecretString) -> Result<()> {
    let client = client_of(server)?;
    client.auth().login(email, password).await?;
    let options = Options {
        server: server.to_owned(),
        client: Some(client),
        email: email.to_owned(),
        connect: Arc::new(|server, _| client_of(server).map_err(|error| error.to_string())),
        profile: Profile { name: "demo".to_owned(), ..Profile::default() },
        keymap: Keymap::default(),
        theme: Theme::of(variable),
        follows_background: true,
        depth: Depth::of(variable),
        mode: RenderMode::Cells { has_mouse: true },
        // Drafts are not stored: they refer to temporary data.
        home: None,
        editor: Editor::of(|name| std::env::var(name).ok()),
        record: None,
        place: None,
    };
    // On a blocking thread: the console has its own runtime.
    let ended =
        tokio::task::spawn_blocking(|| vitae_tui::run(options)).await.context("the console panicked")?;
    ended.map(drop).context("the console cannot be opened")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn client_of(server: &str) -> vitae_sdk::Result<Client> {
    Client::builder()
        .base_url(server)
        .token_store(MemoryStore::new())
        .user_agent("vitae-demo")
        .keep_idle_connections(true)
        .build()
}
