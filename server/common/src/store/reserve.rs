//! Disk space that is reserved for essential writes when the disk, or the page limit of the file, is full.
//!
//! There are two mechanisms. Ordinary writes are rejected while the disk still has [`Reserve::threshold`]
//! bytes free. In addition, a file `reserve` beside the database occupies space: when other programs have
//! filled the disk, it is removed, so that the next essential writes can use its space. It is created again
//! as soon as the disk has enough free space.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::open::{BUSY_TIMEOUT, OpenError};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// An upper bound of the bytes that one ordinary change writes: a document of 1 MiB, its event, index pages.
const LARGEST_CHANGE: u64 = 4 * MIB;
/// Free bytes above the threshold with which a checkpoint of any write-ahead log cannot fill the disk.
const NEAR: u64 = 64 * MIB;
/// Size of the write-ahead log above which it is emptied while the disk is nearly full.
const MAX_LOG: u64 = 512 * KIB;
/// Groups of writes between two checks of a disk that has enough space.
const CHECK_EVERY: u32 = 16;
/// Bytes of a database page.
const PAGE: u64 = 4 * KIB;

/// The reserve of one service's file.
pub(super) struct Reserve {
    /// The service's file.
    database: PathBuf,
    /// The path of the file that occupies space.
    file: PathBuf,
    /// The size of that file in bytes; 0 if the size of the file system is unknown.
    size: u64,
    /// Free bytes of the disk below which ordinary writes are rejected.
    threshold: u64,
    /// The page limit of the database, for tests.
    max_pages: Option<u32>,
    /// Whether the file that occupies space is missing: removed, or not created yet.
    is_missing: AtomicBool,
    /// Whether the disk is nearly full and a checkpoint of the write-ahead log would grow the database much.
    is_tight: AtomicBool,
    /// Whether the disk was nearly full at the last check.
    is_near: AtomicBool,
    /// The number of groups of writes since the start.
    groups: AtomicU32,
}

impl Reserve {
    /// Returns the reserve for a service's file, without occupying space yet.
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

    /// Opens the database; releases the reserve if the disk is full.
    pub(super) fn open(
        &self,
        open: impl Fn() -> Result<Connection, OpenError>,
    ) -> Result<Connection, OpenError> {
        match open() {
            Err(OpenError::Full { .. }) if self.release() => open(),
            outcome => outcome,
        }
    }

    /// Creates the file that occupies space, if it is missing and the disk has enough free space.
    pub(super) fn refill(&self) {
        if self.size == 0 || !self.is_missing.load(Ordering::Relaxed) {
            return;
        }
        let is_there = fs::metadata(&self.file).is_ok_and(|file| file.len() == self.size);
        let has_room = || disk(&self.file).is_some_and(|disk| disk.free >= self.threshold + self.size);
        if is_there {
            self.is_missing.store(false, Ordering::Relaxed);
        } else if has_room() {
            match allocate(&self.file, self.size) {
                Ok(()) => self.is_missing.store(false, Ordering::Relaxed),
                Err(error) => {
                    tracing::warn!(file = %self.file.display(), %error, "disk space for essential writes could not be reserved; trying again later");
                    drop(fs::remove_file(&self.file));
                }
            }
        }
    }

    /// Releases the space for the next writes; returns whether there was any.
    pub(super) fn release(&self) -> bool {
        self.is_missing.store(true, Ordering::Relaxed);
        let released = fs::remove_file(&self.file).is_ok();
        if released {
            tracing::error!(file = %self.file.display(), "the disk is full; essential writes use the reserved space now");
        }
        released
    }

    /// Returns the number of ordinary writes that may run before the next check.
    ///
    /// # Errors
    ///
    /// Returns the reason if the remaining space is reserved for essential writes.
    pub(super) fn allowance(&self, connection: &Connection) -> Result<u64, String> {
        if let Some(most) = self.max_pages {
            let (pages, free) = pages(connection);
            let limit = ordinary_pages(most);
            return if pages > limit && pages - free.min(pages) >= limit {
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
        // A checkpoint of the log grows the file to the size of its pages.
        let (pages, free_pages) = pages(connection);
        let length = fs::metadata(&self.database).map_or(0, |file| file.len());
        let pending = (u64::from(pages) * PAGE).saturating_sub(length);
        self.is_tight.store(pending > MIB, Ordering::Relaxed);
        let free = disk.free.saturating_sub(pending);
        // Pages that a purge has freed are reused; they need disk space for the log only.
        let reusable = u64::from(free_pages) * PAGE;
        if free >= self.threshold || (free >= self.threshold / 4 && free + reusable >= self.threshold) {
            return Ok(1);
        }
        Err(format!("the disk has {free} bytes free, ordinary writes need {}", self.threshold))
    }

    /// Checkpoints the write-ahead log if the disk is nearly full, while there is still space for that.
    ///
    /// Called after essential writes, too: a large log would occupy the space that they need.
    pub(super) fn checkpoint(&self, connection: Option<&Connection>) {
        if let Some(connection) = connection.filter(|_| self.max_pages.is_none() && self.is_nearly_full())
            && self.log_bytes() > MAX_LOG
        {
            self.is_tight.store(false, Ordering::Relaxed);
            return empty_log(connection);
        }
        if let Some(connection) = connection.filter(|_| self.is_tight.swap(false, Ordering::Relaxed)) {
            let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if let Err(error) = done {
                tracing::warn!(%error, "the write-ahead log could not be checkpointed");
            }
        }
    }

    /// Whether the disk is nearly full. A disk with enough space is checked every [`CHECK_EVERY`] groups.
    fn is_nearly_full(&self) -> bool {
        let is_due = self.groups.fetch_add(1, Ordering::Relaxed).is_multiple_of(CHECK_EVERY);
        if !is_due && !self.is_near.load(Ordering::Relaxed) {
            return false;
        }
        let is_near = disk(&self.file).is_some_and(|disk| disk.free < self.threshold + NEAR);
        self.is_near.store(is_near, Ordering::Relaxed);
        is_near
    }

    /// Returns the size of the write-ahead log file.
    fn log_bytes(&self) -> u64 {
        let mut log = self.database.clone().into_os_string();
        log.push("-wal");
        fs::metadata(PathBuf::from(log)).map_or(0, |file| file.len())
    }

    /// Whether the database has a page limit.
    pub(super) fn has_page_limit(&self) -> bool {
        self.max_pages.is_some()
    }

    /// Sets the page limit, if any: essential writes may use all pages.
    pub(super) fn set_page_limit(&self, connection: &Connection, is_essential: bool) -> rusqlite::Result<()> {
        let Some(most) = self.max_pages else { return Ok(()) };
        connection.pragma_update(
            None,
            "max_page_count",
            if is_essential { most } else { ordinary_pages(most) },
        )
    }
}

/// Returns the pages of a limited database that ordinary writes may use.
pub(super) fn ordinary_pages(max_pages: u32) -> u32 {
    max_pages - max_pages / 8
}

/// Returns the number of pages and of free pages.
fn pages(connection: &Connection) -> (u32, u32) {
    let number = |sql| connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0);
    (number("PRAGMA page_count"), number("PRAGMA freelist_count"))
}

/// The size and free space of a file system in bytes.
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

/// Checkpoints the write-ahead log and truncates it to release its space.
pub(super) fn empty_log(connection: &Connection) {
    // A reader can block the truncation; writes that wait for space must not wait long for it.
    let emptied = connection
        .busy_timeout(Duration::from_millis(100))
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
        .and_then(|()| connection.busy_timeout(BUSY_TIMEOUT));
    if let Err(error) = emptied {
        tracing::warn!(%error, "the write-ahead log could not be emptied");
    }
}

/// Whether the file system of a file has less than 64 KiB free.
pub(super) fn is_full(file: &Path) -> bool {
    disk(file).is_some_and(|disk| disk.free < 64 * KIB)
}

/// Creates a file that occupies `size` bytes.
fn allocate(path: &Path, size: u64) -> io::Result<()> {
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
