//! Space that is kept for essential writes when the disk, or the file's own bound, is full.
//!
//! Two parts. Ordinary writes stop while the disk still has [`Reserve::threshold`] bytes free. And
//! beside the file lies another one, `reserve`, that only takes up space: when other programs have
//! filled the disk, it is removed, and the next essential writes have its space. It is made
//! again as soon as there is room.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::open::{BUSY, OpenError};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// More than one ordinary change writes to the disk: a document of 1 MiB, its event, the pages of its indexes.
const LARGEST_CHANGE: u64 = 4 * MIB;
/// Above the threshold by so much, nothing that a log holds fills the disk.
const NEAR: u64 = 64 * MIB;
/// Bytes of the write-ahead log that stay on a disk that is nearly full.
const MOST_LOG: u64 = 512 * KIB;
/// So many groups of writes are between two looks at a disk that has room.
const LOOK_EVERY: u32 = 16;
/// Bytes of a page.
const PAGE: u64 = 4 * KIB;

/// The reserve of one service's file.
pub(super) struct Reserve {
    /// The service's file.
    database: PathBuf,
    /// The file that takes up space.
    file: PathBuf,
    /// Its size in bytes; 0 where the file system does not tell its size.
    size: u64,
    /// Free bytes of the disk below which ordinary writes are refused.
    threshold: u64,
    /// The file's own bound, for tests.
    max_pages: Option<u32>,
    /// Whether the space has been given away, or could not be taken.
    is_missing: AtomicBool,
    /// Whether the disk is nearly full and the write-ahead log holds much that the file has no room for yet.
    is_tight: AtomicBool,
    /// Whether the disk was nearly full when it was last looked at.
    is_near: AtomicBool,
    /// Groups of writes so far.
    groups: AtomicU32,
}

impl Reserve {
    /// The reserve beside a service's file; takes no space yet.
    pub(super) fn new(database: &Path, max_pages: Option<u32>) -> Self {
        let file = database.with_file_name("reserve");
        let (size, threshold) = match disk(&file) {
            Some(disk) => ((disk.size / 64).clamp(512 * KIB, 4 * MIB), (disk.size / 32).clamp(MIB, 64 * MIB)),
            None => (0, 0),
        };
        let database = database.to_owned();
        Self {
            database,
            file,
            size,
            threshold,
            max_pages,
            is_missing: AtomicBool::new(true),
            is_tight: AtomicBool::new(false),
            is_near: AtomicBool::new(false),
            groups: AtomicU32::new(0),
        }
    }

    /// Opens the file, with the help of the reserve if the disk is full.
    pub(super) fn open(
        &self,
        open: impl Fn() -> Result<Connection, OpenError>,
    ) -> Result<Connection, OpenError> {
        match open() {
            Err(OpenError::Full { .. }) if self.release() => open(),
            outcome => outcome,
        }
    }

    /// Takes the space up, if it is not and the disk has room.
    pub(super) fn refill(&self) {
        if self.size == 0 || !self.is_missing.load(Ordering::Relaxed) {
            return;
        }
        let is_there = fs::metadata(&self.file).is_ok_and(|file| file.len() == self.size);
        let has_room = || disk(&self.file).is_some_and(|disk| disk.free >= self.threshold + self.size);
        if is_there {
            self.is_missing.store(false, Ordering::Relaxed);
        } else if has_room() {
            match take_up(&self.file, self.size) {
                Ok(()) => self.is_missing.store(false, Ordering::Relaxed),
                Err(error) => {
                    tracing::warn!(file = %self.file.display(), %error, "no space could be reserved; trying again later");
                    drop(fs::remove_file(&self.file));
                }
            }
        }
    }

    /// Gives the space to whoever writes next; whether there was any.
    pub(super) fn release(&self) -> bool {
        self.is_missing.store(true, Ordering::Relaxed);
        let released = fs::remove_file(&self.file).is_ok();
        if released {
            tracing::error!(file = %self.file.display(), "the disk is full; essential writes go on with the reserved space");
        }
        released
    }

    /// Whether an ordinary write has to leave the rest to essential ones, and why.
    ///
    /// Answers how many ordinary writes may run before this is asked again.
    pub(super) fn allowance(&self, connection: &Connection) -> Result<u64, String> {
        if let Some(most) = self.max_pages {
            let (pages, free) = pages(connection);
            let bound = ordinary(most);
            return if pages > bound && pages - free.min(pages) >= bound {
                Err(format!("{pages} pages of at most {most}, {free} of them free"))
            } else {
                Ok(1)
            };
        }
        let Some(disk) = disk(&self.file) else { return Ok(u64::MAX) };
        if disk.free >= self.threshold + NEAR {
            self.is_tight.store(false, Ordering::Relaxed);
            return Ok((disk.free - self.threshold) / LARGEST_CHANGE);
        }
        // The file grows to its pages when the log is carried over.
        let (pages, free_pages) = pages(connection);
        let length = fs::metadata(&self.database).map_or(0, |file| file.len());
        let owed = (u64::from(pages) * PAGE).saturating_sub(length);
        self.is_tight.store(owed > MIB, Ordering::Relaxed);
        let free = disk.free.saturating_sub(owed);
        // What was purged is used again, and needs no more than the log's room on the disk.
        let reusable = u64::from(free_pages) * PAGE;
        if free >= self.threshold || (free >= self.threshold / 4 && free + reusable >= self.threshold) {
            return Ok(1);
        }
        Err(format!("the disk has {free} bytes free, ordinary writes need {}", self.threshold))
    }

    /// Carries the log over while the disk has room for that, if it is nearly full.
    ///
    /// After essential writes, too: a log that is carried over seldom would take what they need.
    pub(super) fn settle(&self, connection: Option<&Connection>) {
        if let Some(connection) = connection.filter(|_| self.max_pages.is_none() && self.is_nearly_full())
            && self.log_bytes() > MOST_LOG
        {
            self.is_tight.store(false, Ordering::Relaxed);
            return empty_log(connection);
        }
        if let Some(connection) = connection.filter(|_| self.is_tight.swap(false, Ordering::Relaxed)) {
            let carried = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if let Err(error) = carried {
                tracing::warn!(%error, "the write-ahead log could not be carried over");
            }
        }
    }

    /// Whether the disk is nearly full; one that has room is looked at now and then.
    fn is_nearly_full(&self) -> bool {
        let looks = self.groups.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY);
        if !looks && !self.is_near.load(Ordering::Relaxed) {
            return false;
        }
        let is_near = disk(&self.file).is_some_and(|disk| disk.free < self.threshold + NEAR);
        self.is_near.store(is_near, Ordering::Relaxed);
        is_near
    }

    /// Bytes of the write-ahead log on the disk.
    fn log_bytes(&self) -> u64 {
        let mut log = self.database.clone().into_os_string();
        log.push("-wal");
        fs::metadata(PathBuf::from(log)).map_or(0, |file| file.len())
    }

    /// Whether the file has a bound of its own.
    pub(super) fn is_bounded(&self) -> bool {
        self.max_pages.is_some()
    }

    /// Lets one essential write have the whole file, where the file has a bound; and takes that back.
    pub(super) fn bound(&self, connection: &Connection, is_essential: bool) -> rusqlite::Result<()> {
        let Some(most) = self.max_pages else { return Ok(()) };
        connection.pragma_update(None, "max_page_count", if is_essential { most } else { ordinary(most) })
    }
}

/// The pages of a bounded file that ordinary writes may fill.
pub(super) fn ordinary(max_pages: u32) -> u32 {
    max_pages - max_pages / 8
}

/// The pages of the file, and how many of them hold nothing.
fn pages(connection: &Connection) -> (u32, u32) {
    let number = |sql| connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0);
    (number("PRAGMA page_count"), number("PRAGMA freelist_count"))
}

/// Bytes of the disk that a file lies on.
struct Disk {
    size: u64,
    free: u64,
}

fn disk(file: &Path) -> Option<Disk> {
    let stat = rustix::fs::statvfs(file.parent()?).ok()?;
    Some(Disk {
        size: stat.f_blocks.saturating_mul(stat.f_frsize),
        free: stat.f_bavail.saturating_mul(stat.f_frsize),
    })
}

/// Carries the write-ahead log over into the file and gives its space back to the disk.
pub(super) fn empty_log(connection: &Connection) {
    // A reader may hold it up; what waits for room shall not wait for that one.
    let emptied = connection
        .busy_timeout(Duration::from_millis(100))
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
        .and_then(|()| connection.busy_timeout(BUSY));
    if let Err(error) = emptied {
        tracing::warn!(%error, "the write-ahead log could not be emptied");
    }
}

/// Whether the disk that a file lies on has no room for anything.
pub(super) fn is_full(file: &Path) -> bool {
    disk(file).is_some_and(|disk| disk.free < 64 * KIB)
}

fn take_up(path: &Path, size: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    #[cfg(target_os = "linux")]
    match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size) {
        Ok(()) => return Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP) => {}
        Err(error) => return Err(error.into()),
    }
    io::copy(&mut io::Read::take(io::repeat(0x55), size), &mut file)?;
    file.sync_all()
}
