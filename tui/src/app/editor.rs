//! The agent's own editor: a text in a private file, and a program that has the terminal for a
//! while. Never touches the terminal itself, and never leaves the file behind.

use crate::clock;
use crate::event::Edited;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Only the agent may look into the folder. Copies that editors make beside the file lie there, too.
const FOLDER_MODE: u32 = 0o700;
/// Only the agent may read the words.
const FILE_MODE: u32 = 0o600;
/// The largest file that is read back, in bytes: far more than can be sent, so that the composer can
/// say that it is too long.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// How long an editor gets that must end because the app does: saving its own copies takes
/// milliseconds.
const GRACE: Duration = Duration::from_secs(2);

/// A running editor.
pub(super) struct Editor {
    text: TextFile,
    id: Option<Pid>,
    ends: JoinHandle<io::Result<ExitStatus>>,
}

impl Editor {
    /// Starts the editor on a file that holds `text`. The terminal must be free.
    ///
    /// # Errors
    /// In words: the file cannot be written, or no shell can be started.
    pub(super) fn start(command: &str, text: &str) -> Result<Self, String> {
        let wrong = |what: &str, error: io::Error| format!("{what}: {error}");
        let text = TextFile::create(text).map_err(|error| wrong("no file for it", error))?;
        // As git does: the command is a shell's, the file is an argument of its own.
        let mut child = Command::new("sh")
            .args(["-c", &format!("{command} \"$@\""), command])
            .arg(text.path())
            .spawn()
            .map_err(|error| wrong("no shell", error))?;
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        Ok(Self {
            text,
            id,
            // Nobody polls for hours: a thread waits, and there is one editor at a time.
            ends: tokio::task::spawn_blocking(move || wait(&mut child)),
        })
    }

    /// Waits until it has ended. What it left.
    pub(super) async fn ended(&mut self) -> Edited {
        let ended = (&mut self.ends).await;
        let status = ended.map_err(io::Error::other).and_then(|ended| ended);
        match status {
            Ok(status) if status.success() => self.text.read(),
            Ok(status) => Edited::Nothing(words(status)),
            Err(error) => Edited::Nothing(format!("nobody knows how it ended: {error}")),
        }
    }

    /// Ends it because the app ends.
    pub(super) async fn end(mut self) {
        for signal in [Signal::HUP, Signal::KILL] {
            if self.ends.is_finished() {
                return;
            }
            if let Some(id) = self.id {
                let _ = kill_process(id, signal);
            }
            if tokio::time::timeout(GRACE, &mut self.ends).await.is_ok() {
                return;
            }
        }
    }
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    child.wait()
}

fn words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(127), _) => "there is no such program".to_owned(),
        // As shells say of a program of theirs.
        (Some(code @ 129..), _) => format!("it was killed by signal {}", code - 128),
        (Some(code), _) => format!("it ended with code {code}"),
        (None, Some(signal)) => format!("it was killed by signal {signal}"),
        (None, None) => "it did not end by itself".to_owned(),
    }
}

/// A file with the words, in a folder of its own. Both go when this is dropped.
struct TextFile {
    folder: PathBuf,
}

impl TextFile {
    fn create(text: &str) -> io::Result<Self> {
        // Gone with the session where the system has such a place.
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.filter(|folder| folder.is_absolute() && folder.is_dir());
        let above = runtime.unwrap_or_else(std::env::temp_dir);
        let folder = above.join(format!("smsdesk-{}", clock::new_id()));
        // Fails where somebody else made it first.
        DirBuilder::new().mode(FOLDER_MODE).create(&folder)?;
        let file = Self { folder };
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(file.path())?;
        out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            // Editors expect the end of a line there, and add it.
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(file)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("text.txt")
    }

    fn read(&self) -> Edited {
        match read(&self.path()) {
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
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Drop for TextFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the editor's file was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    async fn check(command: &str, text: &str) -> (Edited, PathBuf) {
        let mut editor = Editor::start(command, text).unwrap();
        let path = editor.text.path();
        let edited = tokio::time::timeout(Duration::from_secs(30), editor.ended());
        (edited.await.unwrap(), path)
    }

    #[tokio::test]
    async fn what_the_editor_saved_comes_back_and_the_file_is_private_and_goes() {
        let file = TextFile::create("Dear sir").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file.path()), FILE_MODE);
        assert_eq!(mode(&file.folder), FOLDER_MODE);
        drop(file);
        let (edited, path) = check("printf 'and madam\n' >>", "Dear sir").await;
        assert_eq!(edited, Edited::Words("Dear sir\nand madam\n".to_owned()));
        assert!(!path.exists());
        assert!(!path.parent().unwrap().exists());
    }

    #[tokio::test]
    async fn an_editor_that_fails_is_killed_or_is_not_there_leaves_nothing() {
        for (command, words) in [
            ("false", "it ended with code 1"),
            ("kill -9 $$;", "it was killed by signal 9"),
            ("/nowhere/at/all", "there is no such program"),
            ("rm", "what it left cannot be read"),
            ("printf '\\377' >", "what it left is no text in UTF-8"),
            (
                "head -c 300000 /dev/zero >",
                "it left more than 262144 bytes",
            ),
        ] {
            let (edited, path) = check(command, "Dear sir").await;
            let Edited::Nothing(found) = edited else {
                panic!("{command}: {edited:?}");
            };
            assert!(found.starts_with(words), "{command}: {found}");
            assert!(!path.parent().unwrap().exists(), "{command}");
        }
    }

    #[tokio::test]
    async fn an_editor_ends_with_the_app() {
        let editor = Editor::start("exec sleep 1000; :", "").unwrap();
        let path = editor.text.path();
        tokio::time::timeout(Duration::from_secs(30), editor.end())
            .await
            .unwrap();
        assert!(!path.exists());
    }
}
