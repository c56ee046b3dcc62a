//! What is left of a panic: a report in the state folder, of which the next start tells.

use std::backtrace::Backtrace;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use crate::settings::folders::create_private;

/// The user was not told of this one yet.
const NEW: &str = "new";
const TOLD: &str = "txt";
/// Older ones are removed.
const MOST: usize = 10;

/// From now on each panic leaves a report; what else happens to it is as before.
pub fn install(state_folder: PathBuf) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let report = report(info);
        tracing::error!("{}", report.lines().next().unwrap_or_default());
        // Nobody is left to tell when this fails too.
        write(&state_folder, &report).ok();
        before(info);
    }));
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)");
    let thread = std::thread::current();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    format!(
        "panic: {message}\nat: {place}\nthread: {}\nversion: {}\n\n{}",
        thread.name().unwrap_or("(unnamed)"),
        env!("CARGO_PKG_VERSION"),
        Backtrace::force_capture()
    )
}

fn write(folder: &Path, report: &str) -> std::io::Result<()> {
    create_private(folder)?;
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = since_epoch.map_or(0, |duration| duration.as_nanos());
    let path = folder.join(format!("panic-{nanos:020}-{}.{NEW}", std::process::id()));
    let mut file = std::fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(report.as_bytes())
}

/// The reports nobody was told of, oldest first; from now on they count as told.
pub fn take_new(folder: &Path) -> Vec<PathBuf> {
    let mut taken = Vec::new();
    for path in reports(folder) {
        if path.extension().is_some_and(|extension| extension == NEW) {
            let told = path.with_extension(TOLD);
            if std::fs::rename(&path, &told).is_ok() {
                taken.push(told);
            }
        }
    }
    let all = reports(folder);
    for old in all.iter().take(all.len().saturating_sub(MOST)) {
        std::fs::remove_file(old).ok();
    }
    taken
}

/// All reports, oldest first.
pub fn reports(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut reports: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let extension = path.extension().unwrap_or_default();
            name.starts_with("panic-") && (extension == NEW || extension == TOLD)
        })
        .collect();
    reports.sort();
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_reported_and_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path().to_owned());
        let thread = std::thread::Builder::new().name("doomed".to_owned());
        thread
            .spawn(|| panic!("the sky is falling"))
            .unwrap()
            .join()
            .unwrap_err();
        drop(std::panic::take_hook());

        // Other tests of the same process may panic meanwhile, and are reported too.
        let ours = |paths: Vec<PathBuf>| -> Vec<String> {
            let reports = paths.iter().map(|path| std::fs::read_to_string(path).unwrap());
            reports
                .filter(|report| report.starts_with("panic: the sky is falling\nat: "))
                .collect()
        };
        let told = ours(take_new(folder.path()));
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("thread: doomed"), "{}", told[0]);
        assert_eq!(ours(take_new(folder.path())), Vec::<String>::new());
        assert_eq!(ours(reports(folder.path())).len(), 1);
    }
}
