//! What libvirt writes down of a serial line whether or not anybody is attached, and where in it one has been.
//!
//! A log that grew too long is put away (`NAME.0`, then `NAME.1`…) and begun anew, as it may be at a machine's start. So
//! a place in it names the file it lies in and the words before it: what is not found there again was not read before.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Of the words before a place.
const MOST_WORDS: usize = 64;
/// So many bytes may have been lost between log and line, or written down later than they were heard.
const NEAR: u64 = 4 << 10;
/// The last of the words, should a letter have been lost among them.
const FEWER_WORDS: [usize; 3] = [MOST_WORDS, 24, 10];
/// Logs that were put away; libvirt keeps three unless told otherwise.
const MOST_PUT_AWAY: u32 = 10;

/// One line's log, as it was when the line was opened.
#[derive(Debug)]
pub struct ConsoleLog {
    path: PathBuf,
    part: Part,
}

/// A place in a log, which is found again after the log was put away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    file: FileId,
    /// In that file, or in those that came after it.
    offset: u64,
    /// The last that was read before it.
    words: Vec<u8>,
}

/// Numbers of files are given away again, at once where one is deleted and made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    inode: u64,
    made_at: Option<SystemTime>,
}

/// One of the files that a log consists of.
#[derive(Debug)]
struct Part {
    file: File,
    id: FileId,
    length: u64,
}

impl ConsoleLog {
    /// To be made before the line is opened: `file` is the one at `path`.
    pub(crate) fn new(path: &Path, file: File) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            part: Part::of(file)?,
        })
    }

    /// Where in the log the line was opened.
    pub fn opened_at(&self) -> LogPlace {
        let length = self.part.length;
        let words = self.part.read(length.saturating_sub(MOST_WORDS as u64), length);
        LogPlace {
            file: self.part.id,
            offset: length,
            words: words.unwrap_or_default(),
        }
    }

    /// What was said before the line was opened, since the place `from` (`None`: ever), of it the last `most` bytes.
    /// Where the place is not found again, the log has begun anew.
    pub fn before_opening(&self, from: Option<&LogPlace>, most: u64) -> io::Result<Vec<u8>> {
        let put_away = self.put_away();
        let whole = self.whole(&put_away);
        let found = from.and_then(|place| whole.find(place));
        let start = found.map_or(0, |found| found.at);
        whole.read(start.max(whole.length().saturating_sub(most)), whole.length())
    }

    /// How many of the bytes heard before `place` were not written down yet when the line was opened.
    pub fn written_later(&self, place: &LogPlace) -> u64 {
        let found = self.whole(&self.put_away()).find(place);
        found.map_or(0, |found| found.num_ahead)
    }

    /// What was said after the log was measured and before the line was open: nobody heard it. The first of it, so many
    /// bytes, was heard before all the same. `first` are the first bytes that were heard now; `None`: none were.
    pub fn missed(&self, num_heard: u64, first: Option<&[u8]>) -> io::Result<Vec<u8>> {
        // The time between is milliseconds; a guest says no more in it.
        const MOST: u64 = 64 << 10;
        let begins = self.part.length.saturating_add(num_heard);
        let end = self.part.file.metadata()?.len().min(begins.saturating_add(MOST));
        let mut since = self.part.read(begins, end)?;
        if let Some(first) = first {
            since.truncate(missed_length(&since, first));
        }
        Ok(since)
    }

    /// All that was written down when the line was opened.
    fn whole<'a>(&'a self, put_away: &'a [Part]) -> Whole<'a> {
        // It may have been put away itself since; those that came later are not history.
        let newest = put_away.iter().rposition(|part| part.id == self.part.id);
        let older = put_away.get(..newest.unwrap_or(put_away.len())).unwrap_or_default();
        Whole(older.iter().chain([&self.part]).collect())
    }

    /// The same place in the file that it lies in now: the one that it was counted from may be put away too often to be
    /// found again.
    pub fn settled(&self, place: &LogPlace) -> LogPlace {
        let present = File::open(&self.path).and_then(Part::of).ok();
        let put_away = self.put_away();
        let parts: Vec<&Part> = put_away.iter().chain(&present).collect();
        let mut settled = place.clone();
        let begun = parts.iter().skip_while(|part| part.id != place.file);
        for (part, next) in begun.clone().zip(begun.skip(1)) {
            if settled.offset <= part.length {
                break;
            }
            settled.offset -= part.length;
            settled.file = next.id;
        }
        settled
    }

    /// The oldest first.
    fn put_away(&self) -> Vec<Part> {
        let part = |number: u32| {
            let mut path = self.path.clone().into_os_string();
            path.push(format!(".{number}"));
            File::open(path).and_then(Part::of).ok()
        };
        let mut parts: Vec<Part> = (0..MOST_PUT_AWAY).map_while(part).collect();
        parts.reverse();
        parts
    }
}

impl LogPlace {
    /// Further on by what was heard, before which so much was lost.
    pub fn advance(&mut self, heard: &[u8], skipped_bytes: u64) {
        self.offset += heard.len() as u64 + skipped_bytes;
        if skipped_bytes > 0 {
            self.words.clear();
        }
        self.words.extend_from_slice(last(heard, MOST_WORDS));
        self.words.drain(..self.words.len().saturating_sub(MOST_WORDS));
    }
}

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            made_at: metadata.created().ok(),
        }
    }
}

impl Part {
    fn of(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            id: FileId::of(&metadata),
            length: metadata.len(),
            file,
        })
    }

    fn read(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; to.saturating_sub(from) as usize];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, from + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

/// Where a place lies in what is written down.
struct Found {
    at: u64,
    /// The place itself is so much further on.
    num_ahead: u64,
}

/// All files of a log as one, the oldest first.
struct Whole<'a>(Vec<&'a Part>);

impl Whole<'_> {
    fn length(&self) -> u64 {
        self.0.iter().map(|part| part.length).sum()
    }

    fn read(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut begins = 0;
        for part in &self.0 {
            let ends = begins + part.length;
            if from < ends && begins < to {
                bytes.extend(part.read(from.max(begins) - begins, to.min(ends) - begins)?);
            }
            begins = ends;
        }
        Ok(bytes)
    }

    fn find(&self, place: &LogPlace) -> Option<Found> {
        let index = self.0.iter().position(|part| part.id == place.file)?;
        let begins: u64 = self.0.iter().take(index).map(|part| part.length).sum();
        let (at, words) = (begins + place.offset, &place.words);
        let num_ahead = at.saturating_sub(self.length());
        if words.is_empty() {
            return (num_ahead == 0).then_some(Found { at, num_ahead });
        }
        // What was heard last may not be written down yet.
        let written = words.len().saturating_sub(num_ahead as usize);
        let written = words.get(..written).filter(|written| !written.is_empty())?;
        let at = at.min(self.length());
        // What is older than all that is kept cannot be compared.
        let kept = last(written, at as usize);
        if self.read(at - kept.len() as u64, at).ok()? == kept {
            return Some(Found { at, num_ahead });
        }
        // A letter that got lost between the two moves all after it.
        let since = at.saturating_sub(NEAR).max(begins);
        let near = self.read(since, at.saturating_add(NEAR)).ok()?;
        let found = FEWER_WORDS.iter().find_map(|count| {
            let words = last(words, *count);
            let found = near.windows(words.len()).rposition(|window| window == words)?;
            Some(found + words.len())
        })?;
        Some(Found {
            at: since + found as u64,
            num_ahead: 0,
        })
    }
}

fn last(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(count)..).unwrap_or_default()
}

/// How much of `since` comes before `first` begins in it. The log may lag behind: then `first` is only begun in it, or
/// not in it at all.
fn missed_length(since: &[u8], first: &[u8]) -> usize {
    if first.is_empty() {
        return 0;
    }
    (0..since.len())
        .find(|&start| {
            let rest = since.get(start..).unwrap_or_default();
            let common = rest.len().min(first.len());
            rest.get(..common) == first.get(..common)
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::fs::{OpenOptions, remove_file, rename, write};
    use std::io::Write as _;

    use super::*;

    fn open(path: &Path) -> ConsoleLog {
        ConsoleLog::new(path, File::open(path).unwrap()).unwrap()
    }

    fn append(path: &Path, words: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(words.as_bytes()).unwrap();
    }

    /// As libvirt does it.
    fn put_away(path: &Path) {
        let older = |number: u32| PathBuf::from(format!("{}.{number}", path.display()));
        for number in (0..3).rev() {
            rename(older(number), older(number + 1)).ok();
        }
        rename(path, older(0)).unwrap();
        remove_file(older(3)).ok();
        write(path, "").unwrap();
    }

    fn since(log: &ConsoleLog, place: &LogPlace) -> String {
        String::from_utf8(log.before_opening(Some(place), 1 << 20).unwrap()).unwrap()
    }

    #[test]
    fn nothing_is_missed_or_told_twice_between_log_and_line() {
        assert_eq!(missed_length(b"", b"abc"), 0);
        assert_eq!(missed_length(b"abc", b"abc"), 0, "all of it was heard");
        assert_eq!(missed_length(b"boot: abc", b"abc"), 6);
        assert_eq!(missed_length(b"boot: ab", b"abc"), 6, "the log lags behind");
        assert_eq!(missed_length(b"boot: abcdef", b"abc"), 6, "the line lags behind");
        assert_eq!(missed_length(b"something else", b"abc"), 0, "not in the log yet");
    }

    #[test]
    fn history_is_what_was_said_since_one_last_looked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "01234567");
        let mut looked = open(&path).opened_at();
        append(&path, "89");
        let log = open(&path);
        append(&path, "later");
        let before = |most| String::from_utf8(log.before_opening(None, most).unwrap()).unwrap();
        assert_eq!(before(100), "0123456789");
        assert_eq!(before(4), "6789");
        assert_eq!(since(&log, &looked), "89");
        looked.advance(b"89", 0);
        assert_eq!(since(&log, &looked), "");
        looked.advance(b"later", 0);
        assert_eq!(since(&log, &looked), "", "heard before it was written down");
        assert_eq!(log.missed(0, Some(b"ter")).unwrap(), b"la");
        assert_eq!(log.missed(0, None).unwrap(), b"later");
    }

    #[test]
    fn what_is_written_down_later_than_it_was_heard_is_not_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "login: ");
        let mut place = open(&path).opened_at();
        append(&path, "COU");
        place.advance(b"COUNTED ", 0);
        let log = open(&path);
        assert_eq!(since(&log, &place), "");
        let num_heard = log.written_later(&place);
        assert_eq!(num_heard, 5);
        append(&path, "NTED missed heard");
        assert_eq!(log.missed(num_heard, Some(b"heard")).unwrap(), b"missed ");
        assert_eq!(log.missed(num_heard, None).unwrap(), b"missed heard");
        assert_eq!(log.written_later(&open(&path).opened_at()), 17, "by its words");
        assert_eq!(log.written_later(&log.opened_at()), 0);
    }

    #[test]
    fn what_was_put_away_meanwhile_is_told_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "the first part. ");
        let mut place = open(&path).opened_at();
        append(&path, "heard. unheard, ");
        place.advance(b"heard. ", 0);
        put_away(&path);
        append(&path, "a second part, ");
        put_away(&path);
        // Longer than the place is far: its length alone tells nothing.
        append(&path, "and a third one that is longer than the first was");
        let log = open(&path);
        let told = "unheard, a second part, and a third one that is longer than the first was";
        assert_eq!(since(&log, &place), told);
        put_away(&path);
        append(&path, "not history");
        assert_eq!(since(&log, &place), told);
        let all = log.before_opening(None, 1 << 20).unwrap();
        assert_eq!(all, format!("the first part. heard. {told}").as_bytes());
    }

    #[test]
    fn a_line_that_was_listened_to_while_its_log_was_put_away_again_and_again_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "begun. ");
        let log = open(&path);
        let mut place = log.opened_at();
        for round in 0..9 {
            let words = format!("round {round}. ");
            append(&path, &words);
            place.advance(words.as_bytes(), 0);
            if round % 2 == 0 {
                put_away(&path);
            }
            place = log.settled(&place);
        }
        append(&path, "unheard");
        assert_eq!(since(&open(&path), &place), "unheard");
    }

    #[test]
    fn a_log_that_was_begun_anew_is_told_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "the first run: login: ");
        let place = open(&path).opened_at();
        write(&path, "the second run says more than the first did: login: ").unwrap();
        let told = "the second run says more than the first did: login: ";
        assert_eq!(since(&open(&path), &place), told, "emptied");
        write(&path, "short").unwrap();
        assert_eq!(since(&open(&path), &place), "short", "emptied");
        // Another file that begins with the same words.
        let other = folder.path().join("other");
        append(&other, "the first run: login: again");
        rename(&other, &path).unwrap();
        assert_eq!(since(&open(&path), &place), "the first run: login: again", "made anew");
    }

    #[test]
    fn letters_lost_between_log_and_line_move_the_place_and_repeat_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "boot. ");
        let mut place = open(&path).opened_at();
        append(&path, "COUNTED one. COUNTED two. unheard");
        place.advance(b"OUNTED one. COUNTED two. ", 0);
        assert_eq!(since(&open(&path), &place), "unheard");
    }
}
