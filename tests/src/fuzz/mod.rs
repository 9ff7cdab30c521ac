//! Hostile input: everything that reads what strangers, peers and people write is held against bytes
//! that nobody would write. Deterministic: the same seed tries the same inputs on every machine.
//!
//! A target reads bytes and panics where something is wrong. It gives back a sign of what it made of
//! them; an input with a sign that was not seen yet is kept and changed further.

mod attack;
mod mutate;
mod options;
mod targets;

pub use attack::{Crash, Limit, Tried, attack, check, smaller};
pub use options::{Asked, main, told};
pub use targets::TARGETS;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The longest input, in bytes: what a webhook may have, and more than most parsers take.
pub const INPUT_BYTES_MAX: usize = 64 * 1024;

/// Something that reads what others write.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line, and that of its folder of inputs.
    pub name: &'static str,
    /// What is tried.
    pub doc: &'static str,
    /// Words that it knows, to put into inputs.
    pub words: &'static [&'static str],
    /// Panics where something is wrong; else a sign of what it made of the input.
    pub run: fn(&[u8]) -> u64,
    /// How many inputs are tried where nobody says how many: fewer where each takes long.
    pub tries: u64,
}

/// The target of that name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Where the inputs of a target are kept: by whom it was found, or what it is an example of.
pub fn folder(root: &Path, target: &Target) -> PathBuf {
    root.join("tests/corpus").join(target.name)
}

/// The inputs that are kept for a target, by their names.
///
/// # Errors
/// They cannot be read, or there are none.
pub fn corpus(root: &Path, target: &Target) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let folder = folder(root, target);
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        found.insert(name, std::fs::read(entry.path())?);
    }
    if found.is_empty() {
        let problem = format!("{}: there are no inputs", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, problem));
    }
    Ok(found)
}
