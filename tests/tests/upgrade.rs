//! A relay of this version on the database of the first one, killed on the way.

#![expect(clippy::unwrap_used, reason = "tests")]

use rusqlite::{Connection, OpenFlags};
use smsdesk_tests::process::RelayProcess;
use smsdesk_tests::world::{free_address, install_crypto};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const RELAY: &str = env!("CARGO_BIN_EXE_relay-under-test");
/// A desk as the first schema left it.
const FIRST: &str = include_str!("../../relay/src/store/tests/schema-1.sql");
/// Nothing listens there: no text goes out here.
const NO_PROVIDER: &str = "http://127.0.0.1:9";
/// Upgrades that are killed, each a little later than the one before.
const KILLS: u32 = 28;
/// How much later, in milliseconds: the last ones are killed when all is done.
const STEP_MS: u64 = 5;

fn bodies(path: &Path) -> Vec<(String, String)> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT id, body FROM entry WHERE entry_kind = 'message' ORDER BY id";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn an_upgrade_that_is_killed_at_any_point_is_finished_by_the_next_start() {
    install_crypto();
    for n in 0..KILLS {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("smsdesk.db");
        Connection::open(&database)
            .unwrap()
            .execute_batch(&format!("BEGIN; {FIRST} COMMIT;"))
            .unwrap();
        let before = bodies(&database);
        assert!(!before.is_empty());
        // It makes the configuration, and is killed with the first start under way.
        let address = free_address().await;
        let config = folder.path().join("relay.toml");
        std::fs::write(
            &config,
            format!(
                "[relay]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
                 [relay.twilio]\naccount_sid = \"AC0123456789abcdef0123456789abcdef\"\n\
                 auth_token = \"0123456789abcdef\"\napi_base_url = \"{NO_PROVIDER}\"\n\
                 lines = [\"+15557122661\"]\n"
            ),
        )
        .unwrap();
        let mut child = Command::new(RELAY)
            .args(["serve", "--log-level", "error", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(STEP_MS) * n).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let relay = RelayProcess::start(RELAY.into(), folder.path(), address, NO_PROVIDER);
        let relay = relay.await.unwrap();
        assert!(relay.run(&["verify"]).is_ok());
        assert_eq!(bodies(&database), before, "killed after {n} steps of time");
    }
}
