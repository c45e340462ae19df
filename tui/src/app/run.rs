//! The loop: what happens, what follows from it, what is shown.

use std::future::poll_fn;
use std::io::{self, IsTerminal as _};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use crossterm::event::{Event, EventStream, MouseButton, MouseEvent, MouseEventKind};
use futures_util::StreamExt as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::app::announce::announce;
use crate::app::effect::{Effect, StoreChange};
use crate::app::location::Location;
use crate::app::message::{Edited, Message, MouseAction};
use crate::app::model::Model;
use crate::app::options::{Ended, Failed, Options};
use crate::app::update::{start, update};
use crate::app::view::{Drawn, view};
use crate::client::error::ConsoleError;
use crate::client::executor::Executor;
use crate::client::request::Request;
use crate::client::ticket::Ticket;
use crate::persistence::store::Store;
use crate::recording::record::{Header, Recorder};
use crate::screen_reader::Speaker;
use crate::terminal::background_probe::{Recognized, ReplyRecognizer};
use crate::terminal::key::Key;
use crate::terminal::setup::{RenderMode, Terminal, restore_on_panic, restore_terminal};
use crate::terminal::signals::{HANG_UP, Signals, is_hung_up};
use crate::terminal::theme::Depth;
use vitae_sdk_workspace::Editor;

/// Frames that nobody pressed a key for are at least so far apart; nobody sees more.
const FRAME: Duration = Duration::from_millis(10);
/// Messages, or keys, that are taken in before the other is looked at again.
const BURST: usize = 1000;
/// How long keys are held that may be the beginning of something the terminal says.
///
/// Keys come one by one from a thread that a busy machine lets wait.
const HELD: Duration = Duration::from_millis(250);

/// The error of the system for a terminal that is gone (EIO).
const GONE: i32 = 5;

/// Opens the console, and gives the terminal back when it ends.
///
/// Blocks, on a runtime of its own.
pub fn run(options: Options) -> Result<Ended, Failed> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failed::NoTerminal);
    }
    let place = options.place.as_deref().map(Location::parse).transpose().map_err(Failed::NoPlace)?;
    // With NO_COLOR the library would erase what we draw instead of colours; the theme sees to it.
    crossterm::style::force_color_output(true);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // A helper thread that has nothing to do goes soon: later, its end would be a wake-up of an idle console.
        .thread_keep_alive(Duration::from_millis(100))
        .build()?;
    let ended = runtime.block_on(async { Console::begin(options, place)?.go().await.map_err(Failed::from) });
    runtime.shutdown_timeout(Duration::from_secs(2));
    match ended {
        // A closed window is told by a signal, or by whatever is done to the terminal first.
        Err(Failed::Terminal(error)) if error.raw_os_error() == Some(GONE) => Ok(Ended::Signal(HANG_UP)),
        ended => ended,
    }
}

/// All that was pressed, moved or pasted until now; waits for it.
///
/// Polled with the loop's own waker to the end: the stream wakes the task that polled it last.
pub(crate) async fn pressed(input: &mut Option<EventStream>) -> Vec<Option<io::Result<Event>>> {
    poll_fn(|context| {
        let Some(input) = input else { return Poll::Pending };
        if is_hung_up() {
            return Poll::Ready(vec![None]);
        }
        let mut events = Vec::new();
        while events.len() < BURST {
            let Poll::Ready(event) = input.poll_next_unpin(context) else { break };
            let is_end = event.is_none();
            events.push(event);
            if is_end {
                break;
            }
        }
        if events.is_empty() { Poll::Pending } else { Poll::Ready(events) }
    })
    .await
}

/// Waits for the editor that has the terminal; forever if none has.
async fn edited(lent: &mut Option<(Ticket, JoinHandle<Edited>)>) -> (Ticket, Edited) {
    let Some((ticket, editing)) = lent else { return std::future::pending().await };
    let (ticket, ended) = (*ticket, editing.await);
    *lent = None;
    match ended {
        Ok(text) => (ticket, text),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => (ticket, Edited::default()),
        },
    }
}

/// The size of the terminal; one that does not know its own has the usual one.
pub(crate) fn size() -> io::Result<(u16, u16)> {
    let (width, height) = crossterm::terminal::size()?;
    Ok(if width == 0 || height == 0 { (80, 24) } else { (width, height) })
}

/// Breaks where the test of that wants it; what people run never does.
fn break_on_purpose(key: Key) {
    let is_wanted = || std::env::var("VITAE_TEST_PANIC").is_ok_and(|wanted| wanted == key.to_string());
    assert!(!cfg!(debug_assertions) || !is_wanted(), "broken on purpose");
}

/// Everything that runs.
struct Console {
    model: Model,
    recorder: Option<Recorder>,
    executor: Executor,
    messages: UnboundedReceiver<Message>,
    /// The input; none while another program has the terminal.
    input: Option<EventStream>,
    terminal: Terminal,
    /// Tells what the terminal says from what is typed.
    recognizer: ReplyRecognizer,
    held_until: Instant,
    /// Says what the terminal does not show.
    speaker: Option<Speaker>,
    drawn: Drawn,
    has_changed: bool,
    next_frame: Instant,
    ended: Option<Ended>,
    keep: Store,
    /// Changes of the stored state to write after the frame is drawn.
    keeping: Vec<StoreChange>,
    editor: Editor,
    /// The editor that has the terminal, and for whom.
    lent: Option<(Ticket, JoinHandle<Edited>)>,
}

impl Console {
    fn begin(options: Options, place: Option<Location>) -> Result<Self, Failed> {
        let Options {
            server,
            client,
            email,
            connect,
            profile,
            keymap,
            theme,
            depth,
            mode,
            home,
            editor,
            record,
            place: begin_at,
            follows_background,
        } = options;
        let (sender, messages) = unbounded_channel();
        let has_login = client.is_some();
        let mut model = Model::new(server, profile, keymap, theme, depth);
        model.appearance.size = size()?;
        let has_cells = matches!(mode, RenderMode::Cells { .. });
        model.appearance.follows_background = follows_background && depth != Depth::None && has_cells;
        model.now = SystemTime::now().into();
        model.seed = vitae_sdk::EventId::new().to_string();
        let keep = Store::new(home);
        model.appearance.columns = crate::client::columns::chosen_by(&keep.columns());
        let header = Header::of(&model, has_login, &email, begin_at.as_deref());
        let recorder = record.map(|path| match Recorder::create(&path, &header) {
            Ok(recorder) => Ok(recorder),
            Err(error) => Err(Failed::Record(path, error)),
        });
        let effects = start(&mut model, has_login, &email, place);
        restore_on_panic();
        let mut console = Self {
            model,
            recorder: recorder.transpose()?,
            executor: Executor::new(connect, client, sender),
            messages,
            input: None,
            terminal: Terminal::take(mode)?,
            recognizer: ReplyRecognizer::default(),
            held_until: Instant::now(),
            speaker: (!has_cells).then(Speaker::default),
            drawn: Drawn::default(),
            has_changed: true,
            next_frame: Instant::now(),
            ended: None,
            keep,
            keeping: Vec::new(),
            editor,
            lent: None,
        };
        // The first frame is out before anything is asked.
        console.draw()?;
        if console.model.appearance.follows_background {
            console.terminal.ask_background()?;
        }
        console.do_all(effects)?;
        Ok(console)
    }

    async fn go(mut self) -> io::Result<Ended> {
        let mut signals = Signals::new()?;
        loop {
            if let Some(ended) = self.ended {
                self.write_down()?;
                self.input = None;
                if ended != Ended::Signal(HANG_UP) {
                    self.terminal.drain_reply();
                }
                return Ok(ended);
            }
            if self.lent.is_some() {
                // What is typed now is the editor's.
                self.input = None;
            } else {
                self.input.get_or_insert_with(EventStream::new);
            }
            let is_due = self.has_changed && self.lent.is_none();
            if is_due && self.next_frame <= Instant::now() {
                self.draw()?;
                self.write_down()?;
            }
            let is_due = is_due && self.has_changed;
            tokio::select! {
                biased;
                Some(message) = self.messages.recv() => self.take(message)?,
                events = pressed(&mut self.input) => self.events(events)?,
                signal = signals.next() => self.signal(signal)?,
                broken = self.executor.ended() => {
                    if let Some(panic) = broken {
                        std::panic::resume_unwind(panic);
                    }
                }
                text = edited(&mut self.lent) => self.take_back(text)?,
                () = sleep_until(self.next_frame), if is_due => {}
                () = sleep_until(self.held_until), if self.recognizer.is_holding() => {
                    let recognized = self.recognizer.release();
                    self.recognized(recognized)?;
                }
            }
            // All that has happened already is in the next frame.
            for _ in 0..BURST {
                let Ok(message) = self.messages.try_recv() else { break };
                self.take(message)?;
            }
        }
    }

    fn events(&mut self, events: Vec<Option<io::Result<Event>>>) -> io::Result<()> {
        for event in events {
            self.event(event)?;
            if self.ended.is_some() {
                break;
            }
        }
        // Whoever pressed a key waits for it; only what comes by itself is held back.
        self.next_frame = Instant::now();
        Ok(())
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        self.model.now = SystemTime::now().into();
        self.has_changed = true;
        let written = self.recorder.as_mut().map(|recorder| recorder.happens(&self.model, &message));
        let effects = update(&mut self.model, message);
        self.do_all(effects)?;
        if let Some(Err(error)) = written {
            self.recorder = None;
            self.take(Message::StoreFailed(format!("the recording stopped: {error}")))?;
        }
        Ok(())
    }

    fn do_all(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        if let Some(recorder) = &mut self.recorder {
            recorder.follows(&effects);
        }
        for effect in effects {
            if matches!(effect, Effect::Send(_, Request::Operation { .. })) {
                // The step that undoes it is on disk before an object changes.
                self.write_down()?;
            }
            match self.executor.run(effect) {
                Some(Effect::Copy(text)) => self.terminal.copy(&text)?,
                Some(Effect::Suspend) => self.suspend()?,
                Some(Effect::Quit) => self.ended = Some(Ended::Quit),
                Some(Effect::Store(keeping)) => self.keeping.push(keeping),
                Some(Effect::LoadState { server, who }) => {
                    let kept = self.keep.recall(&server, who);
                    self.take(Message::StateLoaded(Box::new(kept)))?;
                }
                Some(Effect::Edit { ticket, key, text, line }) => self.lend(ticket, &key, &text, line)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Option<io::Result<Event>>) -> io::Result<()> {
        match event {
            Some(Ok(Event::Key(key))) => match Key::of(key) {
                Some(key) => {
                    break_on_purpose(key);
                    if self.held_until <= Instant::now() {
                        self.recognizer.pause();
                    }
                    let recognized = self.recognizer.handle_key(key);
                    self.held_until = Instant::now() + HELD;
                    self.recognized(recognized)
                }
                None => Ok(()),
            },
            Some(Ok(Event::Paste(text))) => self.take(Message::Paste(text)),
            Some(Ok(Event::Mouse(mouse))) => self.mouse(mouse),
            Some(Ok(Event::Resize(width, height))) => {
                self.terminal.resize(width, height)?;
                self.take(Message::Resize(width, height))
            }
            Some(Ok(Event::FocusGained | Event::FocusLost)) => Ok(()),
            Some(Err(error)) => Err(error),
            // The terminal is gone, as a hang-up says as well.
            None => {
                self.ended = Some(Ended::Signal(HANG_UP));
                Ok(())
            }
        }
    }

    fn recognized(&mut self, recognized: Recognized) -> io::Result<()> {
        if let Some(background) = recognized.background {
            self.terminal.note_background_reply();
            self.take(Message::Background(background))?;
        }
        recognized.typed.into_iter().try_for_each(|key| self.take(Message::Key(key)))
    }

    fn mouse(&mut self, mouse: MouseEvent) -> io::Result<()> {
        let action = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => MouseAction::Press,
            MouseEventKind::Drag(MouseButton::Left) => MouseAction::Drag,
            MouseEventKind::ScrollUp => MouseAction::ScrollUp,
            MouseEventKind::ScrollDown => MouseAction::ScrollDown,
            _ => return Ok(()),
        };
        let target = self.drawn.hits.at(mouse.column, mouse.row);
        self.take(Message::Mouse(action, target))
    }

    /// Writes down what shall outlive the console.
    fn write_down(&mut self) -> io::Result<()> {
        for keeping in std::mem::take(&mut self.keeping) {
            if let Err(error) = self.keep.keep(&keeping) {
                self.take(Message::StoreFailed(crate::terminal::text::escaped(&error.to_string())))?;
            }
        }
        Ok(())
    }

    /// Gives the terminal to the editor until that ends.
    fn lend(&mut self, ticket: Ticket, key: &str, text: &str, line: Option<usize>) -> io::Result<()> {
        self.write_down()?;
        match self.keep.put_for_editor(key, text) {
            Ok(path) => {
                self.let_go();
                let editor = self.editor.clone();
                let edit = move || crate::terminal::editor::edit(&editor, &path, line);
                self.lent = Some((ticket, tokio::task::spawn_blocking(edit)));
                Ok(())
            }
            Err(error) => {
                let what = format!("cannot write the document to a file: {error}");
                let next = "check the configuration directory and its free space";
                let error = Some(ConsoleError::local(what, next));
                self.take(Message::Edited(ticket, Edited { text: None, error }))
            }
        }
    }

    /// Takes the terminal back from the editor.
    fn take_back(&mut self, (ticket, edited): (Ticket, Edited)) -> io::Result<()> {
        self.resume()?;
        self.take(Message::Edited(ticket, edited))
    }

    fn signal(&mut self, signal: crate::terminal::signals::Signal) -> io::Result<()> {
        match signal {
            // The editor has the terminal: an interrupt is meant for it, a stop for both.
            crate::terminal::signals::Signal::End(crate::terminal::signals::INTERRUPT)
            | crate::terminal::signals::Signal::Continued
                if self.lent.is_some() =>
            {
                Ok(())
            }
            crate::terminal::signals::Signal::Stop if self.lent.is_some() => {
                crate::terminal::signals::stop_this_process();
                Ok(())
            }
            crate::terminal::signals::Signal::End(number) => {
                self.ended = Some(Ended::Signal(number));
                Ok(())
            }
            crate::terminal::signals::Signal::Stop => self.suspend(),
            crate::terminal::signals::Signal::Continued => self.resume(),
        }
    }

    /// Stops the process, and redraws when it is continued.
    fn suspend(&mut self) -> io::Result<()> {
        self.let_go();
        crate::terminal::signals::stop_this_process();
        self.resume()
    }

    /// Gives the terminal and its input to another program until that ends.
    fn let_go(&mut self) {
        self.input = None;
        self.terminal.drain_reply();
        restore_terminal();
    }

    fn resume(&mut self) -> io::Result<()> {
        self.terminal.enter()?;
        let (width, height) = size()?;
        self.take(Message::Resize(width, height))
    }

    fn draw(&mut self) -> io::Result<()> {
        let (model, drawn) = (&self.model, &mut self.drawn);
        match &mut self.speaker {
            Some(speaker) => self.terminal.say(&speaker.changes(announce(model)))?,
            None => self.terminal.draw(|frame| {
                *drawn = view(model, frame.buffer_mut());
                if let Some(cursor) = drawn.cursor {
                    frame.set_cursor_position(cursor);
                }
            })?,
        }
        self.has_changed = false;
        self.next_frame = Instant::now() + FRAME;
        Ok(())
    }
}
