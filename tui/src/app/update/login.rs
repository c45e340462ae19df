//! The login while it is typed.

use crossterm::event::KeyCode;

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::client::error::ConsoleError;
use crate::client::request::Login;
use crate::client::ticket::Requester;
use crate::overlays::{LoginForm, Overlay};
use crate::terminal::key::Key;

/// Takes a key in.
pub(super) fn key(model: &mut Model, mut form: Box<LoginForm>, key: Key) -> Vec<Effect> {
    let mut effects = Vec::new();
    match key.code() {
        _ if form.is_waiting => {}
        KeyCode::Enter if form.field < 2 => form.field += 1,
        KeyCode::Enter => effects = log_in(model, &mut form),
        KeyCode::Tab | KeyCode::Down => form.field = (form.field + 1) % 3,
        KeyCode::BackTab | KeyCode::Up => form.field = (form.field + 2) % 3,
        _ => {
            form.line_mut().key(key);
        }
    }
    model.overlays.current = Some(Overlay::Login(form));
    effects
}

fn log_in(model: &mut Model, form: &mut LoginForm) -> Vec<Effect> {
    let (server, email) = (form.server.text().trim().to_owned(), form.email.text().trim().to_owned());
    if let Err(error) = vitae_sdk::server_origin(&server) {
        (form.field, form.error) = (0, Some(ConsoleError::of(&error)));
        return Vec::new();
    }
    let missing = if email.is_empty() { Some((1, "an e-mail address")) } else { None };
    let missing = missing.or(form.password.is_empty().then_some((2, "a password")));
    if let Some((field, what)) = missing {
        form.field = field;
        form.error =
            Some(ConsoleError::local(format!("a login requires {what}"), "type it, then press enter"));
        return Vec::new();
    }
    let pending = model.tickets.issuer(Requester::Login).next();
    model.session.login = Some(pending);
    (form.is_waiting, form.error) = (true, None);
    vec![Effect::LogIn(pending.ticket(), Login { server, email, password: form.password.take() })]
}
