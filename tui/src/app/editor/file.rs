//! The file that an editor works on, in a folder of its own: who may read it, what it is, and what
//! stands in one that outlived its app. Nothing that a person wrote goes with it unread.

use crate::clock;
use crate::event::Edited;
use crate::model::lent::Lent;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, test_kill_process};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Child;

/// Only the agent may look into the folder. Copies that editors make beside the file lie there, too.
const FOLDER_MODE: u32 = 0o700;
/// Only the agent may read the words.
const FILE_MODE: u32 = 0o600;
/// The largest file that is read back, in bytes: far more than can be sent, so that the composer can
/// say that it is too long.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// The most folders of earlier runs that a start looks at: there is one a kill.
const LEFT_MAX: usize = 100;

const TEXT: &str = "text.txt";
/// What the text is, as JSON.
const LENT: &str = "lent.json";
/// Locked for as long as the app or its editor lives; holds the editor's process id.
const LOCK: &str = "editor.lock";

/// A file with the words, in a folder of its own. Both go when this is dropped.
pub(in crate::app) struct TextFile {
    folder: PathBuf,
    lock: File,
    lent: Lent,
    stays: bool,
}

impl TextFile {
    /// Writes the words into a new folder below `above`.
    pub(super) fn create(above: &Path, lent: &Lent) -> io::Result<Self> {
        let mut folders = DirBuilder::new();
        folders.mode(FOLDER_MODE);
        folders.recursive(true).create(above)?;
        let folder = above.join(clock::new_id().to_string());
        // Fails where somebody else made it first.
        folders.recursive(false).create(&folder)?;
        let lock = private(&folder.join(LOCK))?;
        lock.lock()?;
        let file = Self {
            folder,
            lock,
            lent: lent.clone(),
            stays: false,
        };
        private(&file.folder.join(LENT))?.write_all(serde_json::to_string(lent)?.as_bytes())?;
        let mut out = private(&file.path())?;
        out.write_all(lent.text.as_bytes())?;
        if !lent.text.is_empty() && !lent.text.ends_with('\n') {
            // Editors expect the end of a line there, and add it.
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(file)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(TEXT)
    }

    /// Starts the editor so that the lock is its own, too: what it still has is known by that, even
    /// where the app is killed.
    pub(super) fn hand_over(
        &mut self,
        start: impl FnOnce() -> io::Result<Child>,
    ) -> io::Result<Child> {
        fcntl_setfd(&self.lock, FdFlags::empty())?;
        let child = start();
        fcntl_setfd(&self.lock, FdFlags::CLOEXEC)?;
        let child = child?;
        self.lock.write_all(child.id().to_string().as_bytes())?;
        Ok(child)
    }

    pub(super) fn read(&self) -> Edited {
        read(&self.path())
    }
}

impl TextFile {
    /// Nobody takes the words back before the next start: where there are any, the file stays.
    pub(in crate::app) fn leave(mut self) {
        let saved = self.read();
        self.stays = matches!(saved, Edited::Words(words) if self.lent.takes(&words).is_some());
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        if !self.stays {
            remove(&self.folder);
        }
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(FILE_MODE);
    options.open(path)
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!(%error, "the editor's file was not removed");
    }
}

fn read(path: &Path) -> Edited {
    match bytes(path) {
        Ok(bytes) if bytes.len() as u64 > FILE_BYTES_MAX => {
            Edited::Nothing(format!("it left more than {FILE_BYTES_MAX} bytes"))
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Edited::Words(text),
            Err(_) => Edited::Nothing("what it left is no text in UTF-8".to_owned()),
        },
        Err(error) => Edited::Nothing(format!("what it left cannot be read: {error}")),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A text that an editor had when its app ended without taking it back.
#[derive(Debug)]
pub struct Left {
    folder: PathBuf,
    /// What it holds.
    pub what: LeftWords,
}

/// What a text holds that was left behind.
#[derive(Debug, PartialEq, Eq)]
pub enum LeftWords {
    /// What was handed over, and the words that came of it.
    Words(Lent, String),
    /// Nothing that was not handed over.
    Nothing,
    /// The editor still has it.
    Open,
    /// Nobody knows what it was, or the words cannot be read.
    Unclear,
}

impl Left {
    /// It was taken back: the file goes.
    pub fn taken(self) {
        remove(&self.folder);
    }

    /// It stays where it is, out of the way of later starts. Where.
    ///
    /// # Errors
    /// The disk.
    pub fn keep(self) -> io::Result<PathBuf> {
        let name = self.folder.file_name().unwrap_or_default();
        let kept = self.folder.with_file_name("kept");
        std::fs::create_dir_all(&kept)?;
        let kept = kept.join(name);
        std::fs::rename(&self.folder, &kept)?;
        Ok(kept.join(TEXT))
    }
}

/// What editors had when their app ended, below `above`.
pub fn left(above: &Path) -> Vec<Left> {
    let Ok(entries) = std::fs::read_dir(above) else {
        return Vec::new();
    };
    let folders = entries.flatten().map(|entry| entry.path());
    let folders = folders.filter(|folder| folder.join(LOCK).is_file());
    let left = folders.take(LEFT_MAX).map(|folder| Left {
        what: look(&folder),
        folder,
    });
    left.collect()
}

fn look(folder: &Path) -> LeftWords {
    if is_open(&folder.join(LOCK)) {
        return LeftWords::Open;
    }
    let lent = bytes(&folder.join(LENT)).ok();
    let lent: Option<Lent> = lent.and_then(|json| serde_json::from_slice(&json).ok());
    let (Some(lent), Edited::Words(words)) = (lent, read(&folder.join(TEXT))) else {
        return match folder.join(TEXT).exists() {
            true => LeftWords::Unclear,
            // The app was killed before there was a word.
            false => LeftWords::Nothing,
        };
    };
    match lent.takes(&words) {
        Some(words) => LeftWords::Words(lent, words),
        None => LeftWords::Nothing,
    }
}

/// Whether the editor lives: it holds the lock and has its process id. One of both is not enough, for
/// what an editor starts can outlive it with the lock, and a process id is given out again.
fn is_open(lock: &Path) -> bool {
    let Ok(file) = File::open(lock) else {
        return false;
    };
    if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return false;
    }
    let id = bytes(lock).ok().and_then(|id| String::from_utf8(id).ok());
    let id = id.and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
    id.is_some_and(|id| test_kill_process(id).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lent::Whose;
    use std::os::unix::fs::PermissionsExt as _;

    fn lent(text: &str) -> Lent {
        let title = "Template".to_owned();
        let whose = Whose::Sheet { title };
        let text = text.to_owned();
        Lent { whose, text }
    }

    /// A file whose app is killed before it takes the words back.
    fn killed(above: &Path, handed: &str, saved: &str) -> PathBuf {
        let file = TextFile::create(above, &lent(handed)).unwrap();
        std::fs::write(file.path(), saved).unwrap();
        let folder = file.folder.clone();
        file.leave();
        folder
    }

    #[test]
    fn the_file_is_for_its_agent_alone_and_goes_with_what_has_it() {
        let above = tempfile::tempdir().unwrap();
        let file = TextFile::create(above.path(), &lent("Dear sir")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for name in [TEXT, LENT, LOCK] {
            assert_eq!(mode(&file.folder.join(name)), FILE_MODE, "{name}");
        }
        assert_eq!(mode(&file.folder), FOLDER_MODE);
        let folder = file.folder.clone();
        drop(file);
        assert!(!folder.exists());
    }

    #[test]
    fn what_an_app_left_behind_is_found_with_its_words() {
        let above = tempfile::tempdir().unwrap();
        let look_for = |folder: &Path| {
            let left = left(above.path()).into_iter();
            let mut left = left.filter(|left| left.folder == folder);
            left.next().map(|left| left.what)
        };
        let changed = killed(above.path(), "half", "half a text\n");
        let words = LeftWords::Words(lent("half"), "half a text".to_owned());
        assert_eq!(look_for(&changed), Some(words));
        for saved in ["half\n", "\n", ""] {
            let same = killed(above.path(), "half", "half a text");
            std::fs::write(same.join(TEXT), saved).unwrap();
            assert_eq!(look_for(&same), Some(LeftWords::Nothing), "{saved:?}");
        }
        let unclear = killed(above.path(), "half", "half a text\n");
        std::fs::write(unclear.join(LENT), "{").unwrap();
        assert_eq!(look_for(&unclear), Some(LeftWords::Unclear));
        let kept = left(above.path()).into_iter();
        let mut kept = kept.filter(|left| left.folder == unclear);
        let path = kept.next_back().unwrap().keep().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "half a text\n");
        assert_eq!(look_for(&unclear), None);
    }

    #[test]
    fn a_text_that_an_editor_still_has_is_left_to_it() {
        let above = tempfile::tempdir().unwrap();
        let mut file = TextFile::create(above.path(), &lent("half")).unwrap();
        file.stays = true;
        let mut editor = std::process::Command::new("sleep");
        let mut editor = file.hand_over(|| editor.arg("1000").spawn()).unwrap();
        std::fs::write(file.path(), "half a text").unwrap();
        let what = || left(above.path()).remove(0).what;
        assert_eq!(what(), LeftWords::Open);
        editor.kill().unwrap();
        editor.wait().unwrap();
        // What it started may have the lock for longer; here the app that was not killed has it.
        assert!(matches!(what(), LeftWords::Words(..)));
    }
}
