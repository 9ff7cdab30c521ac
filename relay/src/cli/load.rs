//! Finds the configuration file and reads it.

use crate::config::{self, Config};
use directories::ProjectDirs;
use smsdesk_common::config::ConfigError;
use std::path::{Path, PathBuf};

/// The machine's own configuration.
const SYSTEM_FILE: &str = "/etc/smsdesk/relay.toml";
/// The most bytes of a configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Reads the file that was named, else the first one that exists; the environment alone will do
/// where there is none.
pub(super) fn config(named: Option<&Path>) -> Result<Config, ConfigError> {
    let variable = |name: &str| std::env::var(name).ok();
    match named.map(Path::to_path_buf).or_else(existing) {
        Some(path) => config::parse(&path, &read(&path)?, variable),
        None => config::parse(Path::new("relay.toml"), "", variable).map_err(|error| {
            let problem = format!(
                "{} (there is no configuration file: name one with --config, or copy \
                 config.example.toml to {SYSTEM_FILE})",
                error.problem
            );
            ConfigError::new(error.place, problem)
        }),
    }
}

/// The file that was named, else the first one that exists, else the one to be written: the
/// machine's for root, else the user's own.
pub(super) fn place(named: Option<&Path>) -> PathBuf {
    let own = ProjectDirs::from("", "", "smsdesk").map(|dirs| dirs.config_dir().join("relay.toml"));
    let own = own.filter(|_| !rustix::process::geteuid().is_root());
    let new = || own.unwrap_or_else(|| PathBuf::from(SYSTEM_FILE));
    named
        .map(Path::to_path_buf)
        .or_else(existing)
        .unwrap_or_else(new)
}

fn existing() -> Option<PathBuf> {
    let own = ProjectDirs::from("", "", "smsdesk").map(|dirs| dirs.config_dir().join("relay.toml"));
    own.into_iter()
        .chain([PathBuf::from(SYSTEM_FILE)])
        .find(|path| path.exists())
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let fail = |problem: String| ConfigError::new(path.display().to_string(), problem);
    let size = std::fs::metadata(path)
        .map_err(|error| fail(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(fail(format!("expected at most {FILE_BYTES_MAX} bytes")));
    }
    std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))
}
