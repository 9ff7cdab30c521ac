//! The whole matrix of docs/authorisation.md, cell by cell, asked of a running relay. The page is
//! written from the table of routes and read by people when it changes; here it is what is expected.

use crate::common::{Answer, Desk, Setup};
use reqwest::Method;
use smsdesk_common::api::ErrorCode;
use smsdesk_relay::auth::limits::{Rate, Rates};
use smsdesk_relay::router::ROUTES;
use std::collections::BTreeSet;
use uuid::Uuid;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/authorisation.md");

/// The page's header and rows: method, path, and a cell for each holder.
fn page() -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let text: &'static str = std::fs::read_to_string(PAGE).unwrap().leak();
    let mut rows = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().trim_matches('`')).collect()
        });
    let header: Vec<_> = rows.next().unwrap();
    (header, rows.collect())
}

/// A relay that looks at every token, however many are wrong.
async fn desk() -> Desk {
    let many = Rate {
        burst: 1_000_000,
        refill_ms: 1,
    };
    let rates = Rates {
        guesses: many,
        invites: many,
        ..Rates::STANDARD
    };
    Desk::start(Setup {
        rates,
        ..Setup::new()
    })
    .await
}

async fn ask(desk: &Desk, method: &str, path: &str, token: &str) -> Answer {
    let path = path
        .replace("{id}", &Uuid::nil().to_string())
        .replace("{index}", "0")
        .replace("{type}", "scheduled");
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    // Without a body: whoever may is told what is missing, and nothing is done.
    desk.request(method, &path, token, "", None).await
}

/// The token of each column.
async fn tokens(desk: &Desk, columns: &[&'static str]) -> Vec<(&'static str, String)> {
    let mut tokens = Vec::new();
    for column in columns {
        let token = match *column {
            "nobody" => String::new(),
            role @ ("admin" | "agent" | "readonly") => desk.join(role, role).await,
            scope => desk.program(scope, scope).await,
        };
        tokens.push((*column, token));
    }
    tokens
}

#[tokio::test]
async fn every_route_does_for_everybody_what_the_page_says() {
    let desk = desk().await;
    let (header, rows) = page();
    let tokens = tokens(&desk, &header[2..]).await;
    assert_eq!(tokens.len(), 8, "a column for everybody");
    let mut wrong = Vec::new();
    for row in &rows {
        let (method, path) = (row[0], row[1]);
        for ((who, token), cell) in tokens.iter().zip(&row[2..]) {
            let status = ask(&desk, method, path, token).await.status;
            let right = match (*cell, *who) {
                ("–", "nobody") => status == 401,
                ("–", _) => status == 403,
                ("yes" | "signature" | "invite", _) => ![401, 403].contains(&status),
                other => panic!("{other:?}"),
            };
            if !right {
                wrong.push(format!(
                    "{method} {path} {who}: {status}, and the page says {cell}"
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let asked: BTreeSet<_> = rows.iter().map(|row| (row[0], row[1])).collect();
    let table: BTreeSet<_> = ROUTES.iter().map(|it| (it.method, it.path)).collect();
    assert_eq!(asked, table, "the page has every route and no other");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_opens_nothing_and_is_answered_like_any_other() {
    let desk = desk().await;
    let revoked = desk.join("Bo", "admin").await;
    desk.revoke("Bo").await;
    let other = Desk::start(Setup::new()).await;
    let wrong = [
        revoked,
        other.token.clone(),
        format!("{}x", desk.token),
        "nonsense".to_owned(),
    ];
    let (_, rows) = page();
    for row in rows.iter().filter(|row| row[2] == "–") {
        let mut answers = BTreeSet::new();
        for token in &wrong {
            let answer = ask(&desk, row[0], row[1], token).await;
            answer.problem(ErrorCode::TokenUnknown);
            answers.insert(answer.body);
        }
        assert_eq!(answers.len(), 1, "{} {}: {answers:?}", row[0], row[1]);
    }
}

#[tokio::test]
async fn several_scopes_open_what_each_of_them_opens() {
    let desk = desk().await;
    let both = desk.program("Both", "send,contacts").await;
    for (method, path, status) in [
        ("POST", "/v1/messages", 415),
        ("POST", "/v1/contacts", 415),
        ("GET", "/v1/contacts", 200),
        ("GET", "/v1/conversations", 403),
        ("POST", "/v1/triggers/{type}", 403),
        ("PUT", "/v1/settings", 403),
    ] {
        let found = ask(&desk, method, path, &both).await.status;
        assert_eq!(found, status, "{method} {path}");
    }
}

#[tokio::test]
async fn a_head_is_what_its_get_is() {
    let desk = desk().await;
    let program = desk.program("Sender", "send").await;
    assert_eq!(
        ask(&desk, "HEAD", "/v1/conversations", &program)
            .await
            .status,
        403
    );
    assert_eq!(ask(&desk, "HEAD", "/v1/agents", &program).await.status, 200);
    assert_eq!(ask(&desk, "HEAD", "/v1/agents", "").await.status, 401);
}
