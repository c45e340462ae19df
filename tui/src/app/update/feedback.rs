//! Notices and dialogs that several parts of the update open.

use vitae_sdk_workspace::{Draft, Kind as DraftKind};

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::client::error::{ConsoleError, Kind};
use crate::client::ticket::Ticket;
use crate::overlays::form::Form;
use crate::overlays::{LoginForm, Overlay};
use crate::terminal::theme::StyleRole;

/// Logs a response that nobody waits for any more.
pub(super) fn log_unmatched(model: &mut Model, ticket: Ticket) {
    model.notices.debug(model.now, format!("response {ticket} was not expected: its request was cancelled"));
}

/// Shows an error; opens the login dialog if the error calls for a login.
pub(super) fn failed(model: &mut Model, error: &ConsoleError) {
    if error.kind == Kind::PasswordChangeRequired {
        return require_password(model);
    }
    model.say_error(error);
    if !error.wants_login() || model.session.link == LinkState::Closed {
        return;
    }
    model.session.link = LinkState::Closed;
    if !matches!(model.overlays.current, Some(Overlay::Login(_))) {
        let email = model.session.me.as_ref().map(|me| me.email.as_str().to_owned()).unwrap_or_default();
        let reason = if error.kind == Kind::Revoked {
            "Your session was ended or has expired. The screen stays until you log in again."
        } else {
            "Your session has ended. The screen stays until you log in again."
        };
        let form = LoginForm::new(&model.session.server, &email, Some(reason.to_owned()));
        model.overlays.push(Overlay::Login(Box::new(form)));
    }
}

/// Opens the form for a generated password that must be changed, over what is there; once.
fn require_password(model: &mut Model) {
    let is_required = |overlay: &Overlay| matches!(overlay, Overlay::Form(form) if form.is_required);
    if model.overlays.current.iter().chain(&model.overlays.suspended).any(is_required) {
        return;
    }
    let key = model.new_key();
    let mut form = Form::new(Draft::new(DraftKind::OwnPassword, key, model.now, None));
    form.is_required = true;
    form.note = Some("This account has a generated password. Choose your own to continue.".to_owned());
    model.overlays.push(Overlay::Form(Box::new(form)));
}

/// Puts a text on the clipboard, and says so.
pub(super) fn copied(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(StyleRole::Good, format!("copied: {}", crate::terminal::text::escaped(&text)));
    vec![Effect::Copy(text)]
}
