//! The log: a file in the state folder that never grows past a few MiB. Secrets are never logged.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::EnvFilter;

use crate::settings::folders::create_private;

const MAX_BYTES: u64 = 1 << 20;
/// `berth.log` and `berth.log.1` to `berth.log.4`.
const OLD_FILES: u32 = 4;
/// How a window says, once, which graphics driver draws it.
pub(super) const RENDERER: &str = "opengl renderer: ";
const PAINTER: &str = "egui_glow::painter";
/// Who says why there is no window, and how it begins.
const WINDOW: &str = "eframe::native::run";
const WINDOW_FAILED: &str = "Exiting because of error: ";
const DEFAULT_FILTER: &str = "info,zbus=warn,tracing=warn";

pub fn log_file(state_folder: &Path) -> PathBuf {
    state_folder.join("berth.log")
}

/// Sends what is traced to the log from now on. `BERTH_LOG` or `RUST_LOG` say what.
pub fn start(state_folder: &Path) -> io::Result<()> {
    // Also where nothing can be written: it is how a window's failure is heard of.
    log::set_logger(&Bridge).map_err(io::Error::other)?;
    log::set_max_level(log::LevelFilter::Debug);
    create_private(state_folder)?;
    let file = RotatingFile::open(log_file(state_folder), MAX_BYTES)?;
    let wanted = ["BERTH_LOG", "RUST_LOG"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .and_then(|filter| EnvFilter::try_new(filter).ok());
    tracing_subscriber::fmt()
        .with_env_filter(wanted.unwrap_or_else(|| EnvFilter::new(DEFAULT_FILTER)))
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(io::Error::other)?;
    IS_OPEN.store(true, Ordering::Release);
    Ok(())
}

/// There is a log. Without one `tracing` hands what it is told to the `log` crate, and so back to us.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

static WINDOW_FAILURE: Mutex<Option<String>> = Mutex::new(None);

/// Why the window ended, if it failed.
pub(super) fn window_failure() -> Option<String> {
    WINDOW_FAILURE.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn to_log(tell: impl FnOnce()) {
    if IS_OPEN.load(Ordering::Acquire) {
        tell();
    }
}

/// The window's libraries log by the `log` crate: their warnings, and which driver draws, belong into the same file.
struct Bridge;

impl log::Log for Bridge {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn || metadata.target() == PAINTER
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (of, words) = (record.target(), record.args());
        match record.level() {
            log::Level::Error => {
                if let Some(failure) = words.to_string().strip_prefix(WINDOW_FAILED).filter(|_| of == WINDOW) {
                    let mut known = WINDOW_FAILURE.lock().unwrap_or_else(PoisonError::into_inner);
                    *known = Some(failure.to_owned());
                }
                to_log(|| tracing::error!(of, "{words}"));
            }
            log::Level::Warn => to_log(|| tracing::warn!(of, "{words}")),
            log::Level::Info | log::Level::Debug | log::Level::Trace => to_log(|| tracing::info!(of, "{words}")),
        }
    }

    fn flush(&self) {}
}

/// A file that is put aside when it is full. Several processes may append to it: whoever finds it full locks it and
/// puts it aside, the others find another file under its name and go on there.
struct RotatingFile {
    path: PathBuf,
    file: File,
    max_bytes: u64,
}

impl RotatingFile {
    fn open(path: PathBuf, max_bytes: u64) -> io::Result<Self> {
        let file = open_append(&path)?;
        Ok(Self { path, file, max_bytes })
    }

    /// Is it still the file under its name? `false` where another process has put it aside.
    fn is_current(&self) -> bool {
        let identity = |meta: Metadata| (meta.dev(), meta.ino());
        let own = self.file.metadata().map(identity);
        let named = std::fs::metadata(&self.path).map(identity);
        matches!((own, named), (Ok(own), Ok(named)) if own == named)
    }

    fn is_full_with(&self, more: u64) -> bool {
        self.file
            .metadata()
            .is_ok_and(|meta| meta.len() + more > self.max_bytes)
    }

    fn make_room(&mut self, more: u64) -> io::Result<()> {
        if !self.is_current() {
            self.file = open_append(&self.path)?;
        }
        if self.is_full_with(more) {
            // Let go of with the file, below.
            self.file.lock()?;
            if self.is_current() {
                self.put_aside()?;
            }
            self.file = open_append(&self.path)?;
        }
        Ok(())
    }

    fn put_aside(&self) -> io::Result<()> {
        let numbered = |number: u32| PathBuf::from(format!("{}.{number}", self.path.display()));
        for number in (1..OLD_FILES).rev() {
            // Missing ones are the normal case of a young log.
            std::fs::rename(numbered(number), numbered(number + 1)).ok();
        }
        std::fs::rename(&self.path, numbered(1))
    }
}

fn open_append(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).mode(0o600).open(path)
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A log that is too long is better than a lost line.
        self.make_room(line.len() as u64).ok();
        self.file.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The last lines of the log, across the youngest two files.
pub fn last_lines(state_folder: &Path, most: usize) -> Vec<String> {
    let path = log_file(state_folder);
    let before = PathBuf::from(format!("{}.1", path.display()));
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let text = [read(&before), read(&path)].concat();
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(most);
    lines.into_iter().skip(skipped).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_log_never_outgrows_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        let mut log = RotatingFile::open(path.clone(), 1_000).unwrap();
        for number in 0..1_000 {
            writeln!(log, "line number {number}").unwrap();
        }
        let sizes: Vec<u64> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .collect();
        assert_eq!(sizes.len(), 1 + OLD_FILES as usize);
        assert!(sizes.iter().all(|size| *size <= 1_000), "{sizes:?}");
        assert_eq!(last_lines(folder.path(), 2), ["line number 998", "line number 999"]);
        assert_eq!(last_lines(folder.path(), 60).len(), 60);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn several_processes_put_it_aside_once_and_lose_no_line() {
        const WRITERS: usize = 3;
        const LINES: usize = 60;
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        // Each opens the file anew, as a process of its own does.
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let mut log = RotatingFile::open(path.clone(), 2_000).unwrap();
                scope.spawn(move || {
                    for number in 0..LINES {
                        let line = format!("writer {writer} line {number:03} xxxxxxxxxx\n");
                        log.write_all(line.as_bytes()).unwrap();
                    }
                });
            }
        });
        let files = std::fs::read_dir(folder.path()).unwrap();
        let files: Vec<String> = files
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        let num_lines: usize = files.iter().map(|text| text.lines().count()).sum();
        assert_eq!(num_lines, WRITERS * LINES, "{files:?}");
        let num_full = files.iter().filter(|text| text.len() > 1_900).count();
        assert!(num_full + 1 >= files.len(), "put aside before it was full: {files:?}");
    }

    #[test]
    fn a_line_is_written_although_the_file_cannot_be_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        // Folders in the places of the old files.
        for number in 1..=OLD_FILES {
            std::fs::create_dir_all(folder.path().join(format!("berth.log.{number}/x"))).unwrap();
        }
        let mut log = RotatingFile::open(path.clone(), 10).unwrap();
        for word in ["first line", "second line"] {
            log.write_all(format!("{word}\n").as_bytes()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), "first line\nsecond line\n");
    }
}
