//! Signals that concern a program on a terminal.

/// The number of the signal for a closed terminal.
pub(crate) const HANG_UP: i32 = 1;

/// The number of the signal that a terminal sends for ctrl-c.
pub(crate) const INTERRUPT: i32 = 2;

/// The meaning of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix stops and continues programs"))]
pub(crate) enum Signal {
    /// Terminate; the signal number.
    End(i32),
    /// Suspend until continued.
    Stop,
    /// Continued; the terminal may have changed in the meantime.
    Continued,
}

#[cfg(unix)]
pub(crate) use unix::{Signals, is_hung_up, stop_this_process};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::thread;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::Signal;

    /// The receiver of signals.
    pub(crate) struct Signals {
        hang_up: Listener,
        interrupt: Listener,
        terminate: Listener,
        stop: Listener,
        continued: Listener,
        gone: UnboundedReceiver<()>,
    }

    impl Signals {
        pub(crate) fn new() -> io::Result<Self> {
            let (sender, gone) = unbounded_channel();
            thread::spawn(move || watch(&sender));
            Ok(Self {
                gone,
                hang_up: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
                continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            })
        }

        /// Waits for the next signal.
        pub(crate) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.hang_up.recv() => Signal::End(super::HANG_UP),
                Some(()) = self.gone.recv() => Signal::End(super::HANG_UP),
                _ = self.interrupt.recv() => Signal::End(super::INTERRUPT),
                _ = self.terminate.recv() => Signal::End(15),
                _ = self.stop.recv() => Signal::Stop,
                _ = self.continued.recv() => Signal::Continued,
            }
        }
    }

    /// Returns whether the terminal was closed.
    pub(crate) fn is_hung_up() -> bool {
        hangs_up_within(Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))
    }

    /// Reports when the terminal was closed, also without a signal (`nohup`).
    ///
    /// The key reader loops forever once the terminal is closed (crossterm 0.29 treats that as nothing
    /// to read). So a closed terminal is not read, and if a read was in progress
    /// at that moment, the process exits here.
    fn watch(gone: &UnboundedSender<()>) {
        if hangs_up_within(None) {
            let _ = gone.send(());
            thread::sleep(Duration::from_secs(2));
            std::process::exit(128 + super::HANG_UP);
        }
    }

    fn hangs_up_within(patience: Option<&Timespec>) -> bool {
        let stdin = std::io::stdin();
        let mut polled = [PollFd::new(&stdin, PollFlags::empty())];
        let end = PollFlags::HUP | PollFlags::ERR;
        poll(&mut polled, patience).is_ok() && polled[0].revents().intersects(end)
    }

    /// Stops this process; returns once it is continued.
    ///
    /// The signal goes to the calling thread: sent to the process, it could stop another thread first, while
    /// this one goes on and takes the terminal back.
    pub(crate) fn stop_this_process() {
        // SIGSTOP is a valid signal, so this cannot fail.
        let _ = signal_hook::low_level::raise(rustix::process::Signal::STOP.as_raw());
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{Signals, is_hung_up, stop_this_process};

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    use super::Signal;

    /// The receiver of ctrl-c of the console window.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> Signal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => Signal::End(super::INTERRUPT),
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Returns false: the key reader reports a closed terminal.
    pub(crate) fn is_hung_up() -> bool {
        false
    }

    /// Does nothing: this system does not suspend programs.
    pub(crate) fn stop_this_process() {}
}
