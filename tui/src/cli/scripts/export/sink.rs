//! Where an export goes: stdout, or a file that appears whole or not at all.

use crate::cli::scripts::ScriptError;
use crate::clock;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What customers wrote is for whoever exports it.
const FILE_MODE: u32 = 0o600;

/// An open end.
pub(super) enum Sink {
    /// To whoever reads.
    Stdout(BufWriter<Stdout>),
    /// Into a file beside the one that it becomes.
    File(Part),
}

/// A file in the making. It goes where it is not finished.
pub(super) struct Part {
    out: BufWriter<File>,
    path: PathBuf,
    becomes: PathBuf,
}

impl Sink {
    /// Opens stdout, or a file that becomes `output`.
    pub(super) fn open(output: Option<PathBuf>) -> Result<Self, ScriptError> {
        let Some(becomes) = output else {
            return Ok(Self::Stdout(BufWriter::new(io::stdout())));
        };
        let part = Part::create(&becomes).map_err(|error| in_words(&becomes, &error))?;
        Ok(Self::File(part))
    }

    /// Writes a piece.
    pub(super) fn write(&mut self, text: &str) -> Result<(), ScriptError> {
        match self {
            Self::Stdout(out) => out
                .write_all(text.as_bytes())
                .map_err(|error| stdout(&error)),
            Self::File(part) => {
                let written = part.out.write_all(text.as_bytes());
                written.map_err(|error| in_words(&part.becomes, &error))
            }
        }
    }

    /// It is whole.
    pub(super) fn finish(self) -> Result<(), ScriptError> {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(|error| stdout(&error)),
            Self::File(mut part) => {
                let done = part.finish();
                done.map_err(|error| in_words(&part.becomes, &error))
            }
        }
    }
}

impl Part {
    fn create(becomes: &Path) -> io::Result<Self> {
        let name = becomes.file_name().ok_or(ErrorKind::InvalidInput)?;
        let part = format!(".{}.{}.part", name.to_string_lossy(), clock::new_id());
        let path = becomes.with_file_name(part);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(FILE_MODE);
        let out = BufWriter::new(file.open(&path)?);
        Ok(Self {
            out,
            path,
            becomes: becomes.to_owned(),
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        std::fs::rename(&self.path, &self.becomes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // One that was finished has another name by now.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn stdout(error: &io::Error) -> ScriptError {
    match error.kind() {
        ErrorKind::BrokenPipe => ScriptError::Failed("nobody reads the output".to_owned()),
        _ => ScriptError::Failed(format!("the output cannot be written: {error}")),
    }
}

fn in_words(file: &Path, error: &io::Error) -> ScriptError {
    ScriptError::Failed(format!("{}: {error}", file.display()))
}
