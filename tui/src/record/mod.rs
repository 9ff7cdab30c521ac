//! Recordings: every event of a session with its time, and the screens again from them.
//!
//! A recording is JSON, a line an event behind a line about the session. Words, names and numbers
//! in it are masked unless somebody asked for them. [`Recorder`] writes the file; reading one needs
//! no terminal, no disk of ours and no relay.

pub mod mask;
pub mod replay;
pub mod tape;

use self::mask::masked;
use self::tape::{Header, Line, Words};
use crate::event::{Event, Input};
use crate::input::context::Context;
use crate::model::Preferences;
use smsdesk_common::time::Timestamp;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The longest recording, in bytes: some days of work. It ends there and says so.
const RECORDING_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Writes a recording.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    words: Words,
    bytes: usize,
}

impl Recorder {
    /// A new file that only its owner can read, with the line about the session.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn create(path: &Path, header: &Header) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let mut recorder = Self {
            file,
            words: header.words,
            bytes: 0,
        };
        recorder.write(&serde_json::to_value(header)?)?;
        Ok(recorder)
    }

    /// Keeps one event that happened where the agent's hands were in `context`.
    ///
    /// # Errors
    /// The disk, or the recording is too long. Nothing more is to be kept then.
    pub fn keep(&mut self, event: &Event, context: Context, at: Timestamp) -> io::Result<()> {
        let event = match self.words {
            Words::Kept => serde_json::to_value(event)?,
            Words::Masked => masked(&typed(event, context))?,
        };
        self.write(&serde_json::to_value(Line { at, event })?)
    }

    fn write(&mut self, line: &serde_json::Value) -> io::Result<()> {
        let mut bytes = line.to_string().into_bytes();
        bytes.push(b'\n');
        self.bytes += bytes.len();
        if self.bytes > RECORDING_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.write_all(&bytes)
    }
}

/// Keys that are words where they were typed lose them; keys that are commands stay.
fn typed(event: &Event, context: Context) -> Event {
    match event {
        Event::Input(Input::Key(key)) if context.takes_text() => {
            Event::Input(Input::Key(mask::key(*key)))
        }
        // A burst is a paste: what of it was a command nobody can tell.
        Event::Input(Input::Burst(keys)) => {
            Event::Input(Input::Burst(keys.iter().copied().map(mask::key).collect()))
        }
        Event::Configuration(read) => {
            let mut read = read.clone();
            if let Ok(Preferences { tools, .. }) = read.as_mut() {
                *tools = tools.take().map(mask::tools);
            }
            Event::Configuration(read)
        }
        event => event.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::replay::{Shown, replay};
    use super::*;
    use crate::event::{CacheEvent, LinkEvent};
    use crate::input::key::parse_sequence;
    use crate::model::connection::Connection;
    use crate::testkit::{Disk, NOW, Rig, Text, conversation_id, desk, row};
    use crate::update::update;

    /// A session, its screens, and what a recorder of it has written.
    struct Session {
        screens: Vec<String>,
        file: tempfile::NamedTempFile,
    }

    fn session(disk: Disk, words: Words, keys: &str) -> Session {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tape");
        let mut rig = Rig::new(120, 30, disk);
        // From the first event on: an app that has asked nothing yet.
        rig.model = crate::model::Model::new(rig.model.setup.clone(), NOW);
        let mut recorder = Recorder::create(&path, &Header::of(&rig.model, words)).unwrap();
        let mut asked = crate::update::start(&mut rig.model);
        let mut screens = Vec::new();
        let live = Event::Link(LinkEvent::Connection(Connection::Live));
        let applied = Event::Cache(CacheEvent::Applied {
            conversations: vec![conversation_id(1)],
            everything: false,
        });
        let resize = Event::Input(Input::Resize {
            width: 110,
            height: 28,
        });
        let keys = parse_sequence(keys).unwrap();
        let keys = keys.into_iter().map(|key| Event::Input(Input::Key(key)));
        let paste = Event::Input(Input::Paste("Ünter uns: 你好 4471".to_owned()));
        for event in [live, applied, resize]
            .into_iter()
            .chain(keys)
            .chain([paste])
        {
            let mut waiting = vec![event];
            while let Some(event) = waiting.pop() {
                recorder.keep(&event, rig.model.context(), NOW).unwrap();
                let effects = update(&mut rig.model, event, NOW);
                screens.push(rig.screen());
                asked.extend(effects);
                let disk = asked.drain(..).filter(|effect| rig.disk.answers(effect));
                let disk: Vec<_> = disk.collect();
                let answers = disk
                    .into_iter()
                    .filter_map(|effect| rig.disk.perform(effect));
                waiting.extend(answers.map(Event::Cache));
            }
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&std::fs::read(&path).unwrap()).unwrap();
        Session { screens, file }
    }

    fn screens(session: &Session) -> Vec<String> {
        let mut shown = Vec::new();
        let file = std::fs::read_to_string(session.file.path()).unwrap();
        replay(file.as_bytes(), None, |screen: Shown<'_>| {
            shown.push(screen.text.to_owned());
        })
        .unwrap();
        shown
    }

    #[test]
    fn a_recording_replays_with_the_keys_macros_and_views_of_its_agent() {
        use crate::input::preset::Preset;
        use crate::model::batch::{Deed, Then, Wish};
        use crate::model::listing::{SavedView, Sorting};
        use crate::model::macros::Macro;
        use crate::model::tools::Tools;
        let named = Macro {
            name: "Close for Zwölf".to_owned(),
            key: 'c',
            deed: Deed {
                wishes: vec![Wish::AssignTo("Viktor Secret".to_owned())],
                then: Then::Stay,
            },
        };
        let view = SavedView {
            name: "Secret view".to_owned(),
            filter: "label:secret".parse().unwrap(),
            sorting: Sorting::Name,
        };
        let tools = Tools {
            keymap: Preset::Vim.keymap().with_macros(vec![named]),
            saved: vec![view],
            left_out: vec!["Left out: secret.toml:3".to_owned()],
        };
        let rig = Rig::new(120, 30, desk());
        let model = rig.model.with_tools(tools.clone());
        let kept = Header::of(&model, Words::Kept);
        assert_eq!(kept.tools.as_ref(), Some(&tools));
        let masked = serde_json::to_string(&Header::of(&model, Words::Masked)).unwrap();
        for word in ["Secret", "secret", "Zwölf", "Viktor"] {
            assert!(!masked.contains(word), "{word}");
        }
        let masked: Header = serde_json::from_str(&masked).unwrap();
        let masked = masked.tools.unwrap();
        assert_eq!(masked.keymap.macros()[0].key, 'c');
        let keys = |tools: &Tools| tools.keymap.clone().with_macros(Vec::new());
        assert_eq!(keys(&masked), keys(&tools), "what a key means is no word");
    }

    #[test]
    fn a_recording_of_before_there_were_keys_in_it_is_still_read() {
        let session = session(desk(), Words::Kept, "j");
        let file = std::fs::read_to_string(session.file.path()).unwrap();
        let (first, rest) = file.split_once('\n').unwrap();
        let mut header: serde_json::Value = serde_json::from_str(first).unwrap();
        header.as_object_mut().unwrap().remove("tools");
        let mut shown = 0;
        replay(format!("{header}\n{rest}").as_bytes(), None, |_| shown += 1).unwrap();
        assert_eq!(shown, session.screens.len());
    }

    const KEYS: &str =
        "j k enter K r h e l l o enter esc q A * ? j esc g a space space e z Z 2 * z z z z z z .";

    #[test]
    fn a_recording_with_its_words_replays_to_the_same_screens() {
        let session = session(desk(), Words::Kept, KEYS);
        assert_eq!(screens(&session), session.screens);
    }

    #[test]
    fn a_masked_recording_replays_to_the_same_layout_and_holds_no_word() {
        let secret = "Zwölf Boxkämpfer jagen Viktor, +49 1512 3456789, Москва 東京 🙏";
        let disk = desk().with(
            row(9, "Viktor Secret"),
            0,
            vec![Text::from_them(secret, 200)],
        );
        let session = session(disk, Words::Masked, KEYS);
        let layout = |screens: &[String]| -> Vec<String> {
            screens.iter().map(|screen| mask::words(screen)).collect()
        };
        assert_eq!(layout(&screens(&session)), layout(&session.screens));
        let file = std::fs::read_to_string(session.file.path()).unwrap();
        for word in [
            "Viktor",
            "Box",
            "3456789",
            "Москва",
            "東京",
            "Maria",
            "plumber",
            "5550101",
            "hello",
            "Ünter",
        ] {
            assert!(!file.contains(word), "{word}");
        }
    }

    #[test]
    fn a_recording_is_private_and_overwrites_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tape");
        let rig = Rig::new(120, 30, desk());
        let header = Header::of(&rig.model, Words::Masked);
        drop(Recorder::create(&path, &header).unwrap());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let error = Recorder::create(&path, &header).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_file_that_is_no_recording_is_refused_by_line() {
        let session = session(desk(), Words::Masked, "j");
        let file = std::fs::read_to_string(session.file.path()).unwrap();
        let first = file.lines().next().unwrap();
        let newer = first.replace("\"smsdesk_recording\":1", "\"smsdesk_recording\":2");
        for (text, expected) in [
            (String::new(), "line 1: expected the head of a recording"),
            (
                "{}\n".to_owned(),
                "line 1: expected the head of a recording",
            ),
            (
                newer,
                "line 1: a recording of version 2; this smsdesk reads 1",
            ),
            (format!("{first}\nwords\n"), "line 2: expected an event"),
        ] {
            let error = replay(text.as_bytes(), None, |_| {}).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}
