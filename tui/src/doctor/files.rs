//! Who else may read what this device holds.

use super::FILES;
use crate::cache::glance;
use crate::identity;
use smsdesk_common::checkup::Check;
use std::path::Path;

/// Looks at the rights of every file that is there.
#[cfg(unix)]
pub(super) fn look(folder: &Path) -> Check {
    use std::os::unix::fs::PermissionsExt as _;
    let mut files = vec![identity::path(folder)];
    files.extend(glance::files(folder));
    let modes = files.into_iter().filter_map(|path| {
        let rights = std::fs::metadata(&path).ok()?.permissions();
        Some((path, rights.mode() & 0o777))
    });
    let modes: Vec<_> = modes.collect();
    let open: Vec<_> = modes.iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
    let Some((path, mode)) = open.first() else {
        let number = modes.len();
        return match number {
            0 => Check::skipped(
                FILES,
                format!("There is nothing yet in {}.", folder.display()),
            ),
            _ => Check::ok(
                FILES,
                format!(
                    "Nobody else may read the {number} files in {}; the token is one of them.",
                    folder.display()
                ),
            ),
        };
    };
    let at = path.display();
    Check::fail(
        FILES,
        format!("Others on this machine may read {at} (mode {mode:04o}), and with it texts or the token."),
        format!("Run `chmod 600 {at}`; where others work here, have the token revoked and join anew."),
    )
    .about(at.to_string())
}

/// Rights are not told in this way here.
#[cfg(not(unix))]
pub(super) fn look(folder: &Path) -> Check {
    let _ = (glance::files(folder), identity::path(folder));
    Check::skipped(FILES, "Rights of files are looked at on Unix only.")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use smsdesk_common::checkup::State;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_token_that_others_may_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(folder.path()).state, State::Skipped);
        let path = identity::path(folder.path());
        std::fs::write(&path, "{}").unwrap();
        for (mode, state) in [
            (0o600, State::Ok),
            (0o640, State::Fail),
            (0o644, State::Fail),
        ] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(look(folder.path()).state, state, "{mode:o}");
        }
    }
}
