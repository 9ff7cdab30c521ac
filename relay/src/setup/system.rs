//! The service: its user, its unit, its start. Only as root, and only where that was asked for.

use super::disk::{self, Access};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whom the relay runs as.
pub const USER: &str = "smsdesk";
/// The unit's name.
const SERVICE: &str = "smsdesk-relay.service";
/// Where the machine's own units are, and where packages put theirs.
const UNITS: &str = "/etc/systemd/system";
const PACKAGED_UNITS: [&str; 2] = ["/usr/lib/systemd/system", "/lib/systemd/system"];
/// Folders that the unit hides from the relay.
const HIDDEN: [&str; 3] = ["/home", "/root", "/run/user"];

/// Whether this process may do all that.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// User and group of the relay, if there is such a user.
#[must_use]
pub fn user() -> Option<(u32, u32)> {
    let users = disk::read(Path::new("/etc/passwd")).ok()??;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(USER);
        let ids = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_it.then_some(ids)
    })
}

/// Makes the user, where there is none.
///
/// # Errors
/// `useradd` does not do it.
pub fn make_user(home: &Path) -> anyhow::Result<(u32, u32)> {
    if user().is_none() {
        let home = home.display().to_string();
        let shell = "/usr/sbin/nologin";
        run(
            "useradd",
            &[
                "--system",
                "--user-group",
                "--home-dir",
                &home,
                "--shell",
                shell,
                USER,
            ],
        )?;
    }
    user().context("the user smsdesk was made, and is not in /etc/passwd")
}

/// Where the unit is to be written; none where a package has brought it.
#[must_use]
pub fn unit_file() -> Option<PathBuf> {
    let own = Path::new(UNITS).join(SERVICE);
    let packaged = PACKAGED_UNITS
        .iter()
        .any(|folder| Path::new(folder).join(SERVICE).exists());
    (own.exists() || !packaged).then_some(own)
}

/// Where a packaged unit is added to.
#[must_use]
pub fn drop_in_file() -> PathBuf {
    Path::new(UNITS)
        .join(format!("{SERVICE}.d"))
        .join("setup.conf")
}

/// Whether the unit hides a path from the relay.
#[must_use]
pub fn is_hidden(path: &Path) -> bool {
    HIDDEN.iter().any(|folder| path.starts_with(folder))
}

/// This program, if the unit can run it.
///
/// # Errors
/// It lies where the relay would not see it.
pub fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("where this program lies")?;
    if is_hidden(&program) {
        bail!(
            "{} is hidden from the service: install it first, as with `install -m 755 {0} \
             /usr/local/bin/`, and run setup from there",
            program.display()
        );
    }
    Ok(program)
}

/// Writes the unit, or removes it where it has no text; whether it is another one now.
///
/// # Errors
/// It cannot be written or removed.
pub fn write_unit(path: &Path, text: Option<&str>) -> anyhow::Result<bool> {
    if disk::read(path)?.as_deref() == text {
        return Ok(false);
    }
    let Some(text) = text else {
        let removed = std::fs::remove_file(path);
        removed.with_context(|| format!("{} cannot be removed", path.display()))?;
        return Ok(true);
    };
    let access = |mode| Access { owner: None, mode };
    disk::folder(path.parent().unwrap_or(path), access(0o755))?;
    disk::write(path, text, access(0o644))?;
    Ok(true)
}

/// What has happened to the service's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing.
    None,
    /// They are others than those that it was started with.
    Some,
}

/// Starts the service, now and with the machine; again where its files are others. Without a
/// running systemd it only says how.
///
/// # Errors
/// systemd does not do it.
pub fn start(news: News) -> anyhow::Result<&'static str> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Ok("systemd does not run here: later, `systemctl enable --now smsdesk-relay`");
    }
    run("systemctl", &["daemon-reload"])?;
    match news {
        News::None => run("systemctl", &["enable", "--now", SERVICE])?,
        News::Some => {
            run("systemctl", &["enable", SERVICE])?;
            run("systemctl", &["restart", SERVICE])?;
        }
    }
    Ok("the service runs: journalctl -u smsdesk-relay -f")
}

fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let words = || format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(words)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    bail!("{}: {said}", words())
}
