//! Who else may read or write what the relay lives on.

use super::report::{Check, FILES, Fix};
use crate::admin::socket;
use crate::care;
use crate::config::{Adapter, Config, Pair};
use secrecy::ExposeSecret as _;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The rights of a file among those that can be set.
const RIGHTS: u32 = 0o7777;
/// Everybody may read, or write.
const OTHERS: u32 = 0o006;
/// Everybody may write.
const OTHERS_WRITE: u32 = 0o002;
/// The group may read.
const GROUP_READ: u32 = 0o040;
/// The group may write.
const GROUP_WRITE: u32 = 0o020;
/// In a folder with it only a file's owner may remove or rename it.
const STICKY: u32 = 0o1000;

/// What a file is to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The configuration; secrets stand in it.
    SecretConfiguration,
    /// The configuration, without a secret.
    Configuration,
    /// A secret that the configuration names.
    Secret,
    /// What holds texts and numbers.
    Texts,
    /// The administration socket.
    Socket,
    /// The folder of the database.
    Folder,
    /// A folder of copies of it.
    Copies,
    /// A folder of keys.
    Keys,
}

/// A file and its rights.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    path: PathBuf,
    kind: Kind,
    mode: u32,
}

/// Looks at the rights of every file that is there.
pub(super) fn look(config: &Config, now: Timestamp) -> Vec<Check> {
    let origin = &config.origin;
    let mut files = vec![(origin.file.clone(), configuration(config))];
    let mut secrets: BTreeSet<_> = origin.secrets.iter().collect();
    match config.tls.as_ref().map(|tls| &tls.pair) {
        Some(Pair::Files { key, .. }) => {
            secrets.insert(key);
        }
        Some(Pair::Acme(acme)) => files.extend(keys(&acme.folder)),
        None => {}
    }
    files.extend(secrets.into_iter().map(|at| (at.clone(), Kind::Secret)));
    let database = &config.database;
    let copies = care::copies(&config.care, database, now);
    files.extend(copies.into_iter().map(|copy| (copy.path, Kind::Texts)));
    if let Some(plan) = &config.care.backup {
        files.push((plan.folder.clone(), Kind::Copies));
    }
    for ending in ["", "-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        files.push((PathBuf::from(name), Kind::Texts));
    }
    files.push((socket::path(database), Kind::Socket));
    files.push((folder(database), Kind::Folder));
    let found: Vec<_> = files
        .into_iter()
        .filter_map(|(path, kind)| {
            let rights = std::fs::metadata(&path).ok()?.permissions();
            let mode = rights.mode() & RIGHTS;
            Some(Found { path, kind, mode })
        })
        .collect();
    judge(&found)
}

/// What the relay keeps of authorities: accounts and keys, in a folder each.
fn keys(root: &Path) -> Vec<(PathBuf, Kind)> {
    let below = |folder: &Path| {
        let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
        found.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut found = vec![(root.to_owned(), Kind::Keys)];
    for folder in below(root) {
        found.extend(below(&folder).into_iter().map(|at| (at, Kind::Secret)));
        found.push((folder, Kind::Keys));
    }
    found
}

/// The folder that a file lies in.
pub(super) fn folder(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|at| !at.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new(".")).to_owned()
}

/// Whether a secret stands in the configuration itself. One that the environment brings does not.
fn configuration(config: &Config) -> Kind {
    let text = std::fs::read_to_string(&config.origin.file).unwrap_or_default();
    let accounts = config.accounts.iter();
    let mut secrets: Vec<_> = accounts
        .flat_map(|account| {
            let key = account.api_key.as_ref().map(|key| &key.secret);
            [Some(&account.auth_token), key].into_iter().flatten()
        })
        .collect();
    if let Some(Adapter::Endpoint(endpoint)) = config.insight.as_ref().map(|it| &it.adapter) {
        secrets.extend(&endpoint.api_key);
    }
    let stands_there = |secret: &&secrecy::SecretString| text.contains(secret.expose_secret());
    if secrets.iter().any(stands_there) {
        Kind::SecretConfiguration
    } else {
        Kind::Configuration
    }
}

/// What is wrong with each, or that nothing is.
fn judge(found: &[Found]) -> Vec<Check> {
    let wrong: Vec<_> = found.iter().filter_map(judge_one).collect();
    if !wrong.is_empty() {
        return wrong;
    }
    let number = found.len();
    vec![Check::ok(
        FILES,
        format!("Nobody else may read or write the {number} files of the relay."),
    )]
}

/// Rights that nobody should have, those that are worth a word, and what they lead to.
const fn limits(kind: Kind) -> (u32, u32, &'static str) {
    match kind {
        Kind::SecretConfiguration => (OTHERS | GROUP_WRITE, 0, "it holds a secret"),
        Kind::Configuration => (
            OTHERS_WRITE | GROUP_WRITE,
            0,
            "whoever writes it has the relay",
        ),
        Kind::Secret => (OTHERS | GROUP_WRITE, 0, "it is a secret"),
        Kind::Texts => (
            OTHERS | GROUP_WRITE,
            GROUP_READ,
            "it holds everybody's texts",
        ),
        Kind::Socket => (
            OTHERS | GROUP_READ | GROUP_WRITE,
            0,
            "whoever opens it administrates the relay",
        ),
        Kind::Folder => (
            OTHERS_WRITE,
            GROUP_WRITE,
            "whoever writes there can put another database in place",
        ),
        Kind::Copies => (
            OTHERS_WRITE,
            GROUP_WRITE,
            "whoever writes there can put another copy in place",
        ),
        Kind::Keys => (
            OTHERS_WRITE | GROUP_WRITE,
            0,
            "whoever writes there can put another key in place",
        ),
    }
}

fn judge_one(found: &Found) -> Option<Check> {
    let Found { path, kind, mode } = found;
    let (never, unusual, why) = limits(*kind);
    let sticky = matches!(kind, Kind::Folder | Kind::Copies) && mode & STICKY != 0;
    let (bad, odd) = (mode & never, mode & unusual);
    if bad | odd == 0 || sticky {
        return None;
    }
    let who = if (bad | odd) & OTHERS == 0 {
        "The group"
    } else {
        "Everybody on this machine"
    };
    let may = if (bad | odd) & (OTHERS_WRITE | GROUP_WRITE) == 0 {
        "read"
    } else {
        "write to"
    };
    let at = path.display();
    let rights = mode & 0o777;
    let sentence = format!("{who} may {may} {at} (mode {rights:04o}): {why}.");
    let mended = mode & !(never | unusual);
    let spoiled = matches!(kind, Kind::SecretConfiguration | Kind::Secret) && bad & OTHERS != 0;
    let further = if spoiled {
        " Where others work on this machine, change the secret at its provider as well."
    } else {
        ""
    };
    let remedy = format!(
        "Run `smsdesk-relay doctor --fix`, or `chmod {:04o} {at}`.{further}",
        mended & 0o777
    );
    let check = if bad == 0 {
        Check::warn(FILES, sentence, remedy)
    } else {
        Check::fail(FILES, sentence, remedy)
    };
    let fix = Fix::Mode {
        path: path.clone(),
        mode: mended,
    };
    Some(check.about(at.to_string()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;

    #[track_caller]
    fn check(kind: Kind, mode: u32, expected: State, words: &str, mended: u32) {
        let path = PathBuf::from("/etc/x");
        let found = judge(&[Found { path, kind, mode }]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].state, expected, "{mode:o}: {found:?}");
        assert!(found[0].sentence.contains(words), "{found:?}");
        match &found[0].fix {
            Some(Fix::Mode { mode, .. }) => assert_eq!(*mode, mended, "{mode:o}"),
            _ => assert_eq!(expected, State::Ok),
        }
    }

    #[test]
    fn rights_beyond_the_owner_are_judged_by_what_the_file_is() {
        use Kind::{
            Configuration, Copies, Folder, Keys, Secret, SecretConfiguration, Socket, Texts,
        };
        let everybody = "Everybody on this machine may read /etc/x (mode 0644)";
        check(Secret, 0o644, State::Fail, everybody, 0o640);
        check(Secret, 0o640, State::Ok, "Nobody else", 0);
        check(Secret, 0o400, State::Ok, "Nobody else", 0);
        check(Secret, 0o602, State::Fail, "may write to", 0o600);
        check(SecretConfiguration, 0o644, State::Fail, everybody, 0o640);
        check(SecretConfiguration, 0o640, State::Ok, "", 0);
        check(Configuration, 0o644, State::Ok, "", 0);
        check(
            Configuration,
            0o664,
            State::Fail,
            "The group may write to",
            0o644,
        );
        check(Texts, 0o600, State::Ok, "", 0);
        check(Texts, 0o640, State::Warn, "The group may read", 0o600);
        check(Texts, 0o644, State::Fail, everybody, 0o600);
        check(Socket, 0o600, State::Ok, "", 0);
        check(Socket, 0o666, State::Fail, "administrates", 0o600);
        check(Folder, 0o755, State::Ok, "", 0);
        check(Folder, 0o777, State::Fail, "another database", 0o755);
        check(Folder, 0o1777, State::Ok, "", 0);
        check(Copies, 0o777, State::Fail, "another copy", 0o755);
        check(Copies, 0o1777, State::Ok, "", 0);
        check(Keys, 0o700, State::Ok, "", 0);
        check(Keys, 0o1777, State::Fail, "another key", 0o1755);
    }

    #[test]
    fn a_secret_that_everybody_could_read_is_to_be_changed() {
        let path = PathBuf::from("/etc/token");
        let (kind, mode) = (Kind::Secret, 0o644);
        let found = judge(&[Found { path, kind, mode }]);
        let remedy = found[0].remedy.as_deref().unwrap();
        assert!(remedy.contains("chmod 0640 /etc/token"), "{remedy}");
        assert!(remedy.contains("change the secret"), "{remedy}");
    }
}
