//! Who else may read and write what the relay makes: nobody, however careless whoever started it was;
//! and the doctor names what somebody has opened since.

use crate::common::program::{Program, run_in, text};
use crate::common::{Setup, eventually};
use serde_json::Value;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// What the environment says of where the database is.
const DATABASE: &str = "SMSDESK_RELAY__DATABASE";

/// Everything below a folder, with its rights.
fn rights(folder: &Path) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_dir() {
            found.extend(rights(&entry.path()));
        }
        let mode = metadata.permissions().mode() & 0o777;
        found.push((entry.path().display().to_string(), mode));
    }
    found
}

/// A relay that everybody could read and write if it did not see to that itself, with all that it makes
/// by itself: a database, copies of it, and what it keeps of an authority.
struct Careless {
    program: Program,
    root: PathBuf,
    database: String,
}

impl Careless {
    async fn start() -> Self {
        let more = "[relay.backup]\nfolder = \"new/copies\"\nevery = \"1h\"\n\
                    [relay.tls]\nmode = \"acme\"\nacme_directory = \"https://127.0.0.1:9/dir\"\n";
        let setup = Setup {
            // There is no such name.
            public_url: "https://desk.invalid:9".to_owned(),
            more: more.to_owned(),
            ..Setup::new()
        };
        let root = setup.folder.path().to_owned();
        let database = format!("sqlite:{}", root.join("new/deeper/smsdesk.db").display());
        let program = Program::serve_carelessly(setup, &[(DATABASE, &database)]).await;
        let careless = Self {
            program,
            root,
            database,
        };
        eventually("a copy, and a try at a certificate", async || {
            let made = careless.made();
            let has = |ending: &str| made.iter().any(|(path, _)| path.ends_with(ending));
            (has(".backup") && has("tries.json")).then_some(())
        })
        .await;
        careless
    }

    fn made(&self) -> Vec<(String, u32)> {
        rights(&self.root.join("new"))
    }

    /// Files that the doctor says others may read or write.
    async fn open(&self) -> Vec<String> {
        let environment = [(DATABASE, self.database.as_str())];
        let setup = &self.program.desk.setup;
        let output = run_in(&environment, setup, ANY_PORT, &["doctor", "--json"]).await;
        let report: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        let checks = report["checks"].as_array().unwrap().iter();
        let open = checks.filter(|check| check["name"] == "files" && check["state"] != "ok");
        open.map(|check| check["subject"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn nobody_else_may_read_what_the_relay_makes_and_the_doctor_names_what_is_opened_later() {
    let careless = Careless::start().await;
    let made = careless.made();
    let open: Vec<_> = made.iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
    assert!(open.is_empty(), "{open:#?}");
    assert_eq!(careless.open().await, Vec::<String>::new());
    let mut opened = Vec::new();
    for (ending, mode) in [
        ("smsdesk.db", 0o644),
        ("smsdesk.db-wal", 0o644),
        ("smsdesk.db.sock", 0o666),
        (".backup", 0o644),
        ("/copies", 0o777),
        ("/deeper", 0o777),
        ("tries.json", 0o644),
        ("smsdesk.db.acme", 0o777),
    ] {
        let found = made.iter().find(|(path, _)| path.ends_with(ending));
        let (path, _) = found.unwrap_or_else(|| panic!("no {ending} in {made:#?}"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        opened.push(path.clone());
    }
    let mut named = careless.open().await;
    named.sort();
    opened.sort();
    assert_eq!(named, opened);
}
