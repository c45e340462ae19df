//! A test driver for the console without a terminal.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use vitae_sdk::Client;
use vitae_server_testkit::Stack;

use crate::app::effect::Effect;
use crate::app::keymap::Keymap;
use crate::app::location::Location;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::session::{LinkState, Profile};
use crate::app::update::{start, update};
use crate::app::view::{Drawn, plain, view};
use crate::client::executor::Executor;
use crate::persistence::store::Store;
use crate::recording::record::{Header, Recorder};
use crate::terminal::key::Key;
use crate::terminal::theme::{Depth, Theme};
use vitae_sdk_workspace::Editor;

/// Creates a model of this size, whose server is never called.
pub(super) fn model(width: u16, height: u16) -> Model {
    let (profile, keymap) = (Profile::default(), Keymap::default());
    let mut model = Model::new("http://127.0.0.1:1".to_owned(), profile, keymap, Theme::Dark, Depth::True);
    model.appearance.size = (width, height);
    model
}

/// Presses keys, written as in a keymap and separated by blanks, and returns the effects.
pub(super) fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let keys = keys.split_whitespace().map(|key| key.parse::<Key>().unwrap());
    keys.flat_map(|key| update(model, Message::Key(key))).collect()
}

/// Draws the model.
pub(super) fn draw(model: &Model) -> (Buffer, Drawn) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.appearance.size.0, model.appearance.size.1));
    let drawn = view(model, &mut buffer);
    (buffer, drawn)
}

/// Draws the model and returns the text.
pub(super) fn screen(model: &Model) -> String {
    let (buffer, _) = draw(model);
    plain(&buffer)
}

/// A console connected to a real server.
pub(super) struct Drive {
    pub(super) model: Model,
    /// Effects other than requests: copies, quitting.
    pub(super) outside: Vec<Effect>,
    executor: Executor,
    messages: UnboundedReceiver<Message>,
    keep: Store,
    editor: Editor,
    /// The recorded frames, if the session is recorded.
    pub(super) frames: Vec<String>,
    header: Header,
    /// The first effects.
    begun: Vec<Effect>,
    recorder: Option<Recorder>,
}

impl Drive {
    /// Starts a console with this client's login.
    pub(super) fn open(stack: &Stack, client: Option<Client>, size: (u16, u16), place: Option<&str>) -> Self {
        Self::open_in(stack, client, size, place, None, "true")
    }

    /// Starts a console with a state directory and an editor command.
    pub(super) fn open_in(
        stack: &Stack,
        client: Option<Client>,
        size: (u16, u16),
        place: Option<&str>,
        home: Option<&Path>,
        editor: &str,
    ) -> Self {
        let (sender, messages) = unbounded_channel();
        let mut model = model(size.0, size.1);
        model.session.server = stack.url();
        model.now = std::time::SystemTime::now().into();
        model.seed = vitae_sdk::EventId::new().to_string();
        let (place, begin_at) = (place.map(|place| Location::parse(place).unwrap()), place);
        let header = Header::of(&model, client.is_some(), "", begin_at);
        let effects = start(&mut model, client.is_some(), "", place);
        let connect = std::sync::Arc::new(|server: &str, _: &str| {
            Client::builder().base_url(server).build().map_err(|error| error.to_string())
        });
        let executor = Executor::new(connect, client, sender);
        let keep = Store::new(home.map(Path::to_owned));
        let editor = Editor::of(|_| Some(editor.to_owned()));
        let (outside, frames, recorder) = (Vec::new(), Vec::new(), None);
        let mut drive = Self {
            model,
            outside,
            executor,
            messages,
            keep,
            editor,
            frames,
            header,
            begun: Vec::new(),
            recorder,
        };
        drive.begun.clone_from(&effects);
        drive.run(effects);
        drive
    }

    /// Starts a recording; no message may have been handled yet.
    pub(super) fn record(&mut self, path: &Path) -> &mut Self {
        let mut recorder = Recorder::create(path, &self.header).unwrap();
        recorder.follows(&self.begun);
        self.recorder = Some(recorder);
        self.frames.push(screen(&self.model));
        self
    }

    /// Presses keys.
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.take(Message::Key(key.parse().unwrap()));
        }
        self
    }

    /// Types a text.
    pub(super) fn types(&mut self, text: &str) -> &mut Self {
        self.take(Message::Paste(text.to_owned()));
        self
    }

    /// Waits until the screen contains this text.
    #[track_caller]
    pub(super) fn sees(&mut self, text: &str) -> impl Future<Output = &mut Self> {
        let caller = std::panic::Location::caller();
        let text = text.to_owned();
        async move {
            let is_there = |model: &Model| screen(model).contains(&text);
            self.until(is_there, &format!("{text:?} at {caller}")).await
        }
    }

    /// Waits until the model satisfies a condition.
    pub(super) async fn until(&mut self, is_so: impl Fn(&Model) -> bool, what: &str) -> &mut Self {
        while !is_so(&self.model) {
            let patience = std::time::Duration::from_mins(1);
            let Ok(Some(message)) = tokio::time::timeout(patience, self.messages.recv()).await else {
                panic!("never saw {what}:\n{}", screen(&self.model));
            };
            self.take(message);
        }
        self
    }

    /// Waits until the event stream is open and the account is loaded.
    pub(super) async fn goes_live(&mut self) -> &mut Self {
        let is_live = |model: &Model| model.session.link == LinkState::Live && model.session.me.is_some();
        self.until(is_live, "a live link").await
    }

    fn take(&mut self, message: Message) {
        if let Some(recorder) = &mut self.recorder {
            recorder.happens(&self.model, &message).unwrap();
        }
        let effects = update(&mut self.model, message);
        if self.recorder.is_some() {
            self.frames.push(screen(&self.model));
        }
        self.run(effects);
    }

    fn run(&mut self, effects: Vec<Effect>) {
        self.model.now = std::time::SystemTime::now().into();
        if let Some(recorder) = &mut self.recorder {
            recorder.follows(&effects);
        }
        for effect in effects {
            let message = match self.executor.run(effect) {
                Some(Effect::Store(keeping)) => {
                    self.keep.keep(&keeping).unwrap();
                    continue;
                }
                Some(Effect::LoadState { server, who }) => {
                    Message::StateLoaded(Box::new(self.keep.recall(&server, who)))
                }
                Some(Effect::Edit { ticket, key, text, line }) => {
                    let path = self.keep.put_for_editor(&key, &text).unwrap();
                    Message::Edited(ticket, crate::terminal::editor::edit(&self.editor, &path, line))
                }
                other => {
                    self.outside.extend(other);
                    continue;
                }
            };
            self.take(message);
        }
    }
}
