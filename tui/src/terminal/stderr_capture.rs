//! Capture of standard error while the console uses the screen.
//!
//! Output of this process to standard error (logs of the demo's server, a trace) would be written over the
//! console. It is written to an unnamed file, and to the terminal after that is restored.

#[cfg(unix)]
pub(crate) use unix::{end_capture, start_capture};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, IsTerminal as _, Read as _, Seek as _, SeekFrom};
    use std::os::fd::OwnedFd;
    use std::sync::{Mutex, PoisonError};

    /// The maximum size of captured output that is shown.
    const SHOWN: i64 = 64 << 10;

    static CAPTURE: Mutex<Option<Capture>> = Mutex::new(None);

    struct Capture {
        terminal: OwnedFd,
        said: File,
    }

    /// Starts capturing standard error, if it is a terminal.
    pub(crate) fn start_capture() -> io::Result<()> {
        let mut aside = CAPTURE.lock().unwrap_or_else(PoisonError::into_inner);
        if aside.is_some() || !io::stderr().is_terminal() {
            return Ok(());
        }
        let said = tempfile::tempfile()?;
        let terminal = rustix::io::dup(io::stderr())?;
        rustix::stdio::dup2_stderr(&said)?;
        *aside = Some(Capture { terminal, said });
        Ok(())
    }

    /// Restores standard error and writes the captured output. Errors are ignored, because nothing can be done about them.
    pub(crate) fn end_capture() {
        let Some(Capture { terminal, mut said }) =
            CAPTURE.lock().unwrap_or_else(PoisonError::into_inner).take()
        else {
            return;
        };
        let _ = rustix::stdio::dup2_stderr(&terminal);
        let mut text = Vec::new();
        let from_end = said.seek(SeekFrom::End(-SHOWN)).or_else(|_| said.seek(SeekFrom::Start(0)));
        if from_end.is_ok() && said.read_to_end(&mut text).is_ok() {
            let _ = io::Write::write_all(&mut io::stderr(), &text);
        }
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{end_capture, start_capture};

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// Does nothing: standard error is not captured on this system.
    pub(crate) fn start_capture() -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn end_capture() {}
}
