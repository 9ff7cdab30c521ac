//! Devices and programs: given access, listed, and taken away while they are at work.

use crate::common::client::{Next, handshake};
use crate::common::desk::MARIA;
use crate::common::{Answer, Desk, Setup, Stream, in_time};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::tokens::Tokens;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::admin::{self, Command};
use smsdesk_relay::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn tokens(desk: &Desk, token: &str) -> Tokens {
    let answer = desk
        .request(Method::GET, "/v1/tokens", token, "", None)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

async fn as_(desk: &Desk, token: &str, path: &str) -> Answer {
    desk.request(Method::GET, path, token, "", None).await
}

/// The answer's headers, too.
async fn wipes(desk: &Desk, token: &str) -> Option<String> {
    let url = format!("http://{}/v1/changes", desk.address);
    let request = reqwest::Client::new().get(url).bearer_auth(token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let header = answer.headers().get("smsdesk-wipe")?;
    Some(header.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_admin_sees_every_device_with_its_last_use_and_takes_one_away() {
    let desk = Desk::start(Setup::new()).await;
    let admin = desk.join("Ada", "admin").await;
    let first = desk.join("Bo", "agent").await;
    let second = desk.join("Bo", "agent").await;
    let crm = desk.program("CRM", "contacts,send").await;
    assert_eq!(as_(&desk, &crm, "/v1/contacts").await.status, 200);
    let known = tokens(&desk, &admin).await.tokens;
    let names: Vec<_> = known.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Ada", "Ana", "Bo", "Bo", "CRM"]);
    assert_eq!(known[4].scopes.to_string(), "send,contacts");
    assert!(known[4].device.is_none() && known[2].device.is_some());
    // One of Bo's devices stays. Which is which, only a use tells.
    assert_eq!(as_(&desk, &second, "/v1/agents").await.status, 200);
    let path = format!("/v1/tokens/{}", known[2].id);
    let gone = desk.request(Method::DELETE, &path, &admin, "", None).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    let accepted = [&first, &second];
    let mut statuses = Vec::new();
    for token in accepted {
        statuses.push(as_(&desk, token, "/v1/agents").await.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let path = format!("/v1/tokens/{}", uuid::Uuid::nil());
    let nobody = desk.request(Method::DELETE, &path, &admin, "", None).await;
    nobody.problem(ErrorCode::TokenIdUnknown);
}

#[tokio::test]
async fn when_a_token_was_used_last_outlives_a_restart() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    let admin = desk.join("Ada", "admin").await;
    let crm = desk.program("CRM", "contacts").await;
    let of = |known: &Tokens, name: &str| {
        let found = known.tokens.iter().find(|it| it.name == name).unwrap();
        (found.created_at, found.used_at)
    };
    let known = tokens(&desk, &admin).await;
    assert_eq!(of(&known, "CRM").1, None, "nobody has used it");
    let (created, used) = of(&known, "Ada");
    assert_eq!(used, Some(created), "whoever joins is there");
    assert_eq!(as_(&desk, &crm, "/v1/contacts").await.status, 200);
    desk.stop().await.unwrap();
    let desk = Desk::launch(setup, Clock::system()).await;
    let known = tokens(&desk, &admin).await;
    let (created, used) = of(&known, "CRM");
    assert!(used.unwrap() >= created);
}

#[tokio::test]
async fn whatever_is_revoked_is_closed_within_a_second_and_refused_at_once() {
    let desk = Desk::start(Setup::new()).await;
    let bo = desk.join("Bo", "agent").await;
    let program = desk.program("Reader", "read").await;
    let listed = tokens(&desk, &desk.join("Ada", "admin").await).await.tokens;
    let reader = listed.iter().find(|it| it.name == "Reader").unwrap().id;
    let mut bos = Stream::open(&desk, &bo).await;
    bos.hello(None, None).await;
    let mut reads = Stream::open(&desk, &program).await;
    reads.hello(None, None).await;
    let revocations = [
        (
            &bo,
            &mut bos,
            Command::Revoke {
                name: "Bo".to_owned(),
                wipe: false,
            },
        ),
        (
            &program,
            &mut reads,
            Command::RevokeToken {
                id: reader,
                wipe: false,
            },
        ),
    ];
    for (number, (token, stream, command)) in (1..).zip(revocations) {
        let secret = format!("secret {number}");
        desk.administrate(command).await;
        let refused = as_(&desk, token, "/v1/agents").await;
        refused.problem(ErrorCode::TokenUnknown);
        // What was committed after the revocation never comes.
        desk.receive(number, MARIA, &secret).await;
        let code = loop {
            match stream.next().await {
                Next::Closed(code) => break code,
                Next::Frame(frame) => {
                    let frame = format!("{frame:?}");
                    assert!(!frame.contains(&secret), "{frame}");
                }
            }
        };
        assert_eq!(code, 4501);
        Stream::shake(&desk, handshake(&desk, token))
            .await
            .unwrap_err();
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_ends_with_its_token() {
    let desk = Desk::start(Setup::new()).await;
    let bo = desk.join("Bo", "agent").await;
    let mut connection = TcpStream::connect(desk.address).await.unwrap();
    // A body that does not come to its end.
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {bo}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(as_(&desk, &bo, "/v1/agents").await.status, 200);
    desk.revoke("Bo").await;
    let mut answer = [0; 12];
    let reading = connection.read_exact(&mut answer);
    in_time("the end of the request", reading).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
}

#[tokio::test]
async fn whoever_holds_a_token_that_was_revoked_so_is_told_to_remove_their_copy() {
    let desk = Desk::start(Setup::new()).await;
    let (bo, cy) = (
        desk.join("Bo", "agent").await,
        desk.join("Cy", "agent").await,
    );
    let mut open = Stream::open(&desk, &bo).await;
    open.hello(None, None).await;
    let revoke = |name: &str, wipe| Command::Revoke {
        name: name.to_owned(),
        wipe,
    };
    desk.administrate(revoke("Bo", true)).await;
    let code = loop {
        if let Next::Closed(code) = open.next().await {
            break code;
        }
    };
    assert_eq!(code, 4504);
    assert_eq!(
        wipes(&desk, &bo).await.as_deref(),
        Some("records"),
        "whoever was away"
    );
    desk.administrate(revoke("Cy", false)).await;
    assert_eq!(wipes(&desk, &cy).await, None);
    desk.administrate(revoke("Cy", true)).await;
    assert_eq!(
        wipes(&desk, &cy).await.as_deref(),
        Some("records"),
        "an order may come later"
    );
    assert_eq!(wipes(&desk, "nonsense").await, None);
}

#[tokio::test]
async fn a_token_ends_at_its_time_and_what_is_open_by_it_is_closed() {
    let now = Arc::new(AtomicI64::new(1_795_176_000_000));
    let clock = {
        let now = Arc::clone(&now);
        Clock::from_fn(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
    };
    let setup = Setup::new();
    let mut desk = Desk::launch(setup.clone(), clock.clone()).await;
    let add = Command::AddToken {
        name: "Reader".to_owned(),
        scopes: "read".parse().unwrap(),
        lasts_ms: Some(1_000),
    };
    let admin::Answer::Token { token, .. } = desk.administrate(add).await else {
        panic!("no token")
    };
    // One that is started knows when the next token ends.
    desk.stop().await.unwrap();
    let desk = Desk::launch(setup, clock).await;
    let mut open = Stream::open(&desk, &token).await;
    open.hello(None, None).await;
    now.fetch_add(1_000, Ordering::Relaxed);
    as_(&desk, &token, "/v1/agents")
        .await
        .problem(ErrorCode::TokenUnknown);
    let closed = in_time("its end", async {
        loop {
            if let Next::Closed(code) = open.next().await {
                return code;
            }
        }
    });
    assert_eq!(closed.await, 4501);
}

#[tokio::test]
async fn a_program_has_a_name_of_its_own_and_no_invite() {
    let desk = Desk::start(Setup::new()).await;
    let crm = desk.program("CRM", "send").await;
    let scopes = || "send".parse().unwrap();
    for command in [
        Command::AddToken {
            name: "Ana".to_owned(),
            scopes: scopes(),
            lasts_ms: None,
        },
        Command::Invite {
            name: "CRM".to_owned(),
            role: None,
        },
        Command::Invite {
            name: "New".to_owned(),
            role: Some("integration".parse().unwrap()),
        },
    ] {
        let config = desk.setup.config();
        let refused = admin::client::ask(&config, command.clone()).await;
        assert!(refused.is_err(), "{command:?}");
    }
    let message = json!({ "to": MARIA, "body": "hello" }).to_string();
    let sent = desk
        .request(
            Method::POST,
            "/v1/messages",
            &crm,
            "application/json",
            Some(message),
        )
        .await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let agents = desk.get("/v1/agents").await.json();
    let named = agents["agents"].as_array().unwrap().iter();
    let crm = named.clone().find(|it| it["name"] == "CRM").unwrap();
    assert_eq!(crm["role"], "integration");
    assert_eq!(
        sent.json()["author"],
        Value::from(format!("agent:{}", crm["id"].as_str().unwrap()))
    );
}

#[tokio::test]
async fn a_token_in_an_address_opens_nothing() {
    let desk = Desk::start(Setup::new()).await;
    let token = &desk.token;
    for name in ["token", "access_token", "authorization", "bearer"] {
        let refused = as_(&desk, "", &format!("/v1/agents?{name}={token}")).await;
        refused.problem(ErrorCode::TokenMissing);
    }
    let address = format!("/v1/stream?token={token}");
    as_(&desk, "", &address)
        .await
        .problem(ErrorCode::TokenMissing);
    assert_eq!(as_(&desk, token, "/v1/agents").await.status, 200);
}
