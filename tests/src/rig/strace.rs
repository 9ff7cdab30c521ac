//! strace as the means to see and to spoil system calls.

use std::process::{Command, Stdio};

/// Why strace cannot be used here; none where it can.
pub fn missing() -> Option<String> {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-o", "/dev/null", "-e", "trace=fsync", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => None,
        Ok(_) => Some("strace may not trace processes here".to_owned()),
        Err(_) => Some("strace is not installed".to_owned()),
    }
}

/// The words of a command line.
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
