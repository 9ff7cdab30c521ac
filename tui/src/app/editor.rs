//! The agent's own editor: a text in a private file, and a program that has the terminal for a
//! while. Never touches the terminal itself, and never leaves the file behind.

mod file;

pub use self::file::{Left, LeftWords, left};

use self::file::TextFile;
use crate::event::Edited;
use crate::model::lent::Lent;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;
use tokio::task::JoinHandle;

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
    /// Starts the editor on a file below `folder` that holds the text. The terminal must be free.
    ///
    /// # Errors
    /// In words: the file cannot be written, or no shell can be started.
    pub(super) fn start(command: &str, folder: &Path, lent: &Lent) -> Result<Self, String> {
        let wrong = |what: &str, error: io::Error| format!("{what}: {error}");
        let text = TextFile::create(folder, lent);
        let mut text = text.map_err(|error| wrong("no file for it", error))?;
        // As git does: the command is a shell's, the file is an argument of its own.
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} \"$@\""), command]);
        shell.arg(text.path());
        let child = text.hand_over(|| shell.spawn());
        let mut child = child.map_err(|error| wrong("no shell", error))?;
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

    /// Ends it because the app ends. What it had saved by then is for the next start.
    pub(super) async fn end(mut self) -> TextFile {
        for signal in [Signal::HUP, Signal::KILL] {
            if self.ends.is_finished() {
                break;
            }
            if let Some(id) = self.id {
                let _ = kill_process(id, signal);
            }
            if tokio::time::timeout(GRACE, &mut self.ends).await.is_ok() {
                break;
            }
        }
        self.text
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lent::Whose;
    use std::path::PathBuf;

    fn lent(text: &str) -> Lent {
        let title = "Template".to_owned();
        let whose = Whose::Sheet { title };
        let text = text.to_owned();
        Lent { whose, text }
    }

    async fn check(command: &str, text: &str) -> (Edited, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let mut editor = Editor::start(command, folder.path(), &lent(text)).unwrap();
        let path = editor.text.path();
        let edited = tokio::time::timeout(Duration::from_secs(30), editor.ended());
        let edited = edited.await.unwrap();
        drop(editor);
        assert!(!path.parent().unwrap().exists(), "{command}");
        (edited, path)
    }

    #[tokio::test]
    async fn what_the_editor_saved_comes_back_and_the_file_goes() {
        let (edited, path) = check("printf 'and madam\n' >>", "Dear sir").await;
        assert_eq!(edited, Edited::Words("Dear sir\nand madam\n".to_owned()));
        assert!(!path.exists());
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
            let (edited, _) = check(command, "Dear sir").await;
            let Edited::Nothing(found) = edited else {
                panic!("{command}: {edited:?}");
            };
            assert!(found.starts_with(words), "{command}: {found}");
        }
    }

    #[tokio::test]
    async fn an_editor_ends_with_the_app() {
        let folder = tempfile::tempdir().unwrap();
        let editor = Editor::start("exec sleep 1000; :", folder.path(), &lent("")).unwrap();
        let path = editor.text.path();
        let ended = tokio::time::timeout(Duration::from_secs(30), editor.end());
        ended.await.unwrap().leave();
        assert!(!path.exists());
    }
}
