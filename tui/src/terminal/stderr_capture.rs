//! Standard error, put aside while the console has the screen.
//!
//! Whatever this process says meanwhile (logs of the demo's server, a trace) would be written over the
//! console. It goes to a file without a name, and to the terminal once that is given back.

#[cfg(unix)]
pub(crate) use unix::{bring_back, put_aside};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, IsTerminal as _, Read as _, Seek as _, SeekFrom};
    use std::os::fd::OwnedFd;
    use std::sync::{Mutex, PoisonError};

    /// As much as is shown of what was said.
    const SHOWN: i64 = 64 << 10;

    static CAPTURE: Mutex<Option<Capture>> = Mutex::new(None);

    struct Capture {
        terminal: OwnedFd,
        said: File,
    }

    /// Puts standard error aside, if it is a terminal.
    pub(crate) fn put_aside() -> io::Result<()> {
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

    /// Gives standard error back, and tells what was said. Nothing can be done where that fails.
    pub(crate) fn bring_back() {
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
pub(crate) use elsewhere::{bring_back, put_aside};

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// Standard error stays where it is.
    pub(crate) fn put_aside() -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn bring_back() {}
}
