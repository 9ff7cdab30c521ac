//! What was taken away since a backup was made stays away when it is restored.

use crate::common::desk::MARIA;
use crate::common::program::{run, text};
use crate::common::{Desk, Setup};
use smsdesk_relay::clock::Clock;
use smsdesk_relay::store::backup::backup;
use smsdesk_relay::store::verify::verify;
use std::net::SocketAddr;

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const OTHER: &str = "+12394267059";

async fn told(setup: &Setup, arguments: &[&str]) -> String {
    let output = run(setup, ANY_PORT, arguments).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn last_line(words: &str) -> String {
    words.lines().last().unwrap().to_owned()
}

async fn answer(desk: &Desk, token: &str) -> u16 {
    let asked = desk.request(reqwest::Method::GET, "/v1/conversations", token, "", None);
    asked.await.status
}

#[tokio::test]
async fn who_was_locked_out_and_who_was_erased_since_the_backup_stay_so() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    for sid in 0..3 {
        assert_eq!(desk.receive(sid, MARIA, "zanzibar").await.status, 200);
        assert_eq!(desk.receive(10 + sid, OTHER, "stays").await.status, 200);
    }
    let mut tokens = Vec::new();
    for name in ["Old program", "New program"] {
        let added = told(&setup, &["token", "add", name, "--scope", "read"]).await;
        tokens.push(last_line(&added));
    }
    let file = setup.folder.path().join("backup");
    backup(&setup.database(), &file).unwrap();
    told(&setup, &["agent", "revoke", "Old program"]).await;
    told(&setup, &["erase", MARIA, "--yes"]).await;
    desk.stop().await.unwrap();

    let words = told(&setup, &["restore", file.to_str().unwrap()]).await;
    assert!(words.contains("revoked again: the token "), "{words}");
    assert!(words.contains(" of Old program\n"), "{words}");
    assert!(!words.contains("New program"), "{words}");
    assert!(words.contains("erased again: 1 conversations"), "{words}");
    assert!(!words.contains("are back"), "{words}");
    assert_eq!(verify(&setup.database()).unwrap().findings, []);
    let bytes = std::fs::read(setup.database()).unwrap();
    let has = |wanted: &str| {
        let mut windows = bytes.windows(wanted.len());
        windows.any(|window| window == wanted.as_bytes())
    };
    assert!(!has("zanzibar") && !has(MARIA) && !has(&MARIA[1..]));
    assert!(has("stays") && has(OTHER));

    let desk = Desk::launch(setup, Clock::system()).await;
    assert_eq!(answer(&desk, &tokens[0]).await, 401);
    assert_eq!(answer(&desk, &tokens[1]).await, 200);
    // What comes again of her texts is known, and what she texts anew begins anew.
    assert_eq!(desk.receive(1, MARIA, "zanzibar").await.status, 200);
    assert_eq!(desk.receive(50, MARIA, "hello again").await.status, 200);
}

#[tokio::test]
async fn a_restore_says_so_where_nothing_tells_what_was_taken_away() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    assert_eq!(desk.receive(1, MARIA, "hello").await.status, 200);
    let file = setup.folder.path().join("backup");
    backup(&setup.database(), &file).unwrap();
    desk.stop().await.unwrap();
    let file = file.to_str().unwrap();
    std::fs::write(setup.database(), "no database at all").unwrap();
    let words = told(&setup, &["restore", file]).await;
    assert!(words.contains("cannot be read"), "{words}");
    assert!(words.contains("are back; see `token list`"), "{words}");
    // Two in one second would have one name.
    for file in std::fs::read_dir(setup.folder.path()).unwrap().flatten() {
        if file.file_name().to_string_lossy().contains(".replaced-") {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
    // The good one is replaced by itself: nothing was taken away.
    let words = told(&setup, &["restore", file]).await;
    assert!(
        !words.contains("again") && !words.contains("are back"),
        "{words}"
    );
}
