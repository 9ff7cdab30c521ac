//! Who did what, from outside: written with every deed, read by admins, followed by the operator.

use crate::common::desk::{LINE, MARIA};
use crate::common::program::{run, text};
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::audit::AuditPage;
use smsdesk_relay::admin::Command;
use smsdesk_relay::store::audit::Anchor;
use smsdesk_relay::store::verify::{verify, verify_audit};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn page(desk: &Desk, token: &str, query: &str) -> AuditPage {
    let path = format!("/v1/audit{query}");
    let answer = desk.request(Method::GET, &path, token, "", None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// What was done, the oldest first: who and what.
fn deeds(page: &AuditPage) -> Vec<(String, String)> {
    let rows = page.rows.iter().rev();
    rows.map(|row| {
        let who = row.name.clone().unwrap_or_else(|| row.actor.clone());
        (who, row.deed.clone())
    })
    .collect()
}

#[tokio::test]
async fn every_deed_has_its_row_and_no_row_has_a_body_or_a_number() {
    let desk = Desk::start(Setup::new()).await;
    let admin = desk.join("Ada", "admin").await;
    desk.receive(1, MARIA, "a canary from outside").await;
    let sent = desk.send(1, MARIA, "a canary from here").await.json();
    desk.send(1, MARIA, "a canary from here").await;
    let settings = json!({ "caps": { "contact_day": 3 } }).to_string();
    let set = desk
        .request(
            Method::PUT,
            "/v1/settings",
            &admin,
            "application/json",
            Some(settings),
        )
        .await;
    assert_eq!(set.status, 200, "{set:?}");
    desk.administrate(Command::SeedRules).await;
    let crm = desk.program("CRM", "read").await;
    desk.revoke("Ana").await;
    desk.get("/v1/changes")
        .await
        .problem(ErrorCode::TokenUnknown);
    let page = page(&desk, &admin, "").await;
    let expected = [
        ("operator", "invited"),
        ("Ana", "logged_in"),
        ("operator", "invited"),
        ("Ada", "logged_in"),
        ("Ana", "sent"),
        ("Ada", "set"),
        ("operator", "rules_set"),
        ("operator", "token_added"),
        ("operator", "agent_revoked"),
    ];
    let expected = expected.map(|(who, deed)| (who.to_owned(), deed.to_owned()));
    assert_eq!(deeds(&page), expected);
    let text = serde_json::to_string(&page).unwrap();
    assert!(text.contains(sent["id"].as_str().unwrap()), "which text");
    for secret in ["canary", MARIA, &MARIA[3..], LINE, &desk.token, &crm] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn the_audit_is_read_by_pages_and_by_filters_and_by_admins_alone() {
    let desk = Desk::start(Setup::new()).await;
    let admin = desk.join("Ada", "admin").await;
    for n in 1..=5 {
        desk.send(n, MARIA, "hello").await;
    }
    let first = page(&desk, &admin, "?limit=4").await;
    let second = page(
        &desk,
        &admin,
        &format!("?limit=4&before={}", first.before.unwrap()),
    )
    .await;
    let third = page(&desk, &admin, "?limit=4&before=2").await;
    let numbers = |page: &AuditPage| page.rows.iter().map(|row| row.n.0).collect::<Vec<_>>();
    assert_eq!(numbers(&first), [9, 8, 7, 6]);
    assert_eq!(numbers(&second), [5, 4, 3, 2]);
    assert_eq!((numbers(&third), third.before), (vec![1], None));
    assert_eq!(page(&desk, &admin, "?deed=sent").await.rows.len(), 5);
    assert_eq!(page(&desk, &admin, "?actor=Ana").await.rows.len(), 6);
    assert_eq!(
        page(&desk, &admin, "?actor=operator&deed=invited")
            .await
            .rows
            .len(),
        2
    );
    assert_eq!(
        page(&desk, &admin, "?since=2999-01-01T00:00:00Z")
            .await
            .rows
            .len(),
        0
    );
    let bad = desk
        .request(Method::GET, "/v1/audit?deed=looked", &admin, "", None)
        .await;
    assert!(
        bad.problem(ErrorCode::ParameterInvalid)
            .detail
            .contains("logged_in")
    );
    desk.get("/v1/audit").await.problem(ErrorCode::Forbidden);
}

#[tokio::test]
async fn what_was_refused_is_counted_and_told_once() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    let admin = desk.join("Ada", "admin").await;
    for _ in 0..50 {
        desk.request(Method::GET, "/v1/agents", "nonsense", "", None)
            .await;
    }
    desk.stop().await.unwrap();
    let desk = Desk::launch(setup, smsdesk_relay::clock::Clock::system()).await;
    let rows = page(&desk, &admin, "?deed=login_failed").await.rows;
    let details: Vec<Value> = rows
        .iter()
        .map(|row| serde_json::from_str(&row.detail).unwrap())
        .collect();
    assert_eq!(details, [json!({ "from": "127.0.0.1", "times": 50 })]);
}

#[tokio::test]
async fn whoever_changes_the_database_is_found_out() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    for n in 1..=5 {
        desk.send(n, MARIA, "hello").await;
    }
    desk.stop().await.unwrap();
    let database = setup.database();
    let whole = verify_audit(&database, &[]).unwrap();
    assert_eq!((whole.rows, whole.fault), (7, None));
    let conn = rusqlite::Connection::open(&database).unwrap();
    for refused in [
        "UPDATE audit SET actor = 'nobody' WHERE n = 3",
        "DELETE FROM audit WHERE n = 7",
        "INSERT OR REPLACE INTO audit SELECT n, at, 'nobody', deed, subject, detail, hash \
         FROM audit WHERE n = 3",
    ] {
        let error = conn.execute(refused, []).unwrap_err().to_string();
        assert!(error.contains("only added to"), "{error}");
    }
    conn.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed")
        .unwrap();
    conn.execute("DELETE FROM audit WHERE n = 7", []).unwrap();
    // With what is kept beside the rows changed, too, only an anchor from elsewhere helps.
    let found = verify_audit(&database, &[]).unwrap().fault.unwrap();
    assert!(found.starts_with("row 7 is missing"), "{found}");
    let report = verify(&database).unwrap();
    assert!(
        report.findings.iter().any(|it| it.check == "audit"),
        "{report:?}"
    );
    conn.execute_batch(
        "UPDATE meta SET value = (SELECT n || ':' || hash FROM audit ORDER BY n DESC LIMIT 1) \
         WHERE name = 'audit'",
    )
    .unwrap();
    assert_eq!(verify_audit(&database, &[]).unwrap().fault, None);
    let found = verify_audit(&database, &[whole.newest]).unwrap().fault;
    assert!(found.unwrap().starts_with("row 7 is missing"));
}

#[tokio::test]
async fn the_operator_shows_checks_and_takes_it_elsewhere_beside_the_running_relay() {
    let setup = Setup::new();
    let desk = Desk::start(setup.clone()).await;
    desk.send(1, MARIA, "hello").await;
    let run = async |arguments: &[&str]| run(&setup, ANY_PORT, arguments).await;
    let shown = run(&["audit", "show", "--deed", "sent"]).await;
    assert!(shown.status.success(), "{shown:?}");
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("\tAna sent 00000000-0000-0000-0000-000000000001"),
        "{shown}"
    );
    let verified = text(&run(&["audit", "verify"]).await.stdout);
    let anchor = verified.lines().last().unwrap();
    let anchor: Anchor = anchor.strip_prefix("anchor ").unwrap().parse().unwrap();
    assert_eq!(anchor.n.0, 3);
    let file = setup.folder.path().join("audit.jsonl");
    let exported = run(&["audit", "export", file.to_str().unwrap()]).await;
    assert!(exported.status.success(), "{exported:?}");
    let rows = std::fs::read_to_string(&file).unwrap();
    let last: Value = serde_json::from_str(rows.lines().last().unwrap()).unwrap();
    assert_eq!(
        (rows.lines().count(), &last["deed"]),
        (4, &json!("exported"))
    );
    let again = run(&["audit", "export", file.to_str().unwrap()]).await;
    assert!(!again.status.success(), "a file that is there stays");
    let anchor = anchor.to_string();
    let still = run(&["audit", "verify", "--json", "--anchor", &anchor]).await;
    assert!(still.status.success(), "{still:?}");
    let other = format!("2:{}", "f".repeat(64));
    let wrong = run(&["audit", "verify", "--anchor", &other]).await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("row 2 is another one"));
    let copy = setup.folder.path().join("copy.db");
    assert!(
        run(&["backup", copy.to_str().unwrap()])
            .await
            .status
            .success()
    );
    let shown = run(&["audit", "show", "--deed", "backed_up", "--json"]).await;
    assert!(text(&shown.stdout).contains("copy.db"));
}
