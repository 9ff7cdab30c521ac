//! Pages of the documentation that are written from tables in the code.

use super::Violation;
use smsdesk_common::agent::Role;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::config::{Key, markdown};
use smsdesk_common::scope::{Scope, Scopes};
use smsdesk_relay::auth::need::{Need, Rights};
use smsdesk_relay::metrics::table::FIGURES;
use smsdesk_relay::router::{REQUEST_BYTES_MAX, ROUTES, WEBHOOK_BYTES_MAX};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// The environment variable that has the pages written anew instead of compared.
pub const BLESS: &str = "SMSDESK_BLESS";

/// A page as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From the top of the repository.
    pub path: &'static str,
    /// All of it.
    pub content: String,
}

/// One program's part of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// The program.
    pub title: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// What no table can say.
    pub notes: &'static [&'static str],
}

/// The programs that are configured.
pub const SIDES: &[Side] = &[
    Side {
        title: "The relay",
        keys: smsdesk_relay::config::KEYS,
        notes: &[smsdesk_relay::config::ACCOUNTS_DOC],
    },
    Side {
        title: "The terminal app",
        keys: smsdesk::config::KEYS,
        notes: &[
            smsdesk::config::VIEWS_DOC,
            smsdesk::config::MACROS_DOC,
            smsdesk::config::AIDS_DOC,
        ],
    },
];

/// Every generated page.
pub fn pages() -> Vec<Page> {
    vec![configuration(), api(), authorisation(), keys(), metrics()]
}

fn keys() -> Page {
    Page {
        path: "docs/keys.md",
        content: smsdesk::input::docs::docs_markdown(),
    }
}

fn configuration() -> Page {
    let mut content = String::from(
        "# Configuration\n\n\
         One TOML file; [config.example.toml](../config.example.toml) is one with every key. An \
         environment variable overrides its key. A key that does not exist or a value of another \
         type is an error that names file, line and key. Where the table says so, `file:/path` \
         has the value read from a file.\n\n\
         Each program takes the file that `--config` names, else the one in `SMSDESK_CONFIG`, \
         else its own in the user's configuration folder (on Linux `~/.config/smsdesk/`): \
         `relay.toml` for the relay, which also looks for `/etc/smsdesk/relay.toml`, and \
         `smsdesk.toml` for the terminal app.\n",
    );
    for Side { title, keys, notes } in SIDES {
        let note = notes.join("\n\n");
        let table = markdown(keys);
        // Writing to a string cannot fail.
        let _ = write!(content, "\n## {title}\n\n{table}\n{note}\n");
    }
    let _ = write!(content, "\n### Keys\n\n{}\n", smsdesk::config::KEYS_DOC);
    Page {
        path: "docs/configuration.md",
        content: head("the tables of keys in the code") + &content,
    }
}

fn api() -> Page {
    let mut content = format!(
        "# HTTP interface\n\n\
         Paths are below the relay's `public_url`. A request's body is JSON of at most {} KiB, a \
         webhook's a form of at most {} KiB. *Token* stands for `Authorization: Bearer …` with a \
         token from `POST /v1/join` or `smsdesk-relay token add --scope read NAME`; *agent* for a person whose role \
         may write, *scope* for what a program's token has to have; \
         [authorisation.md](authorisation.md) has all of it in one table. `GET /v1/openapi.json` \
         describes all of it for programs, with the shapes of bodies and answers, which \
         [protocol.md](protocol.md) tells in words; [api-clients.md](api-clients.md) has examples.\n\n\
         ## Paths\n\n| method | path | access | what it does |\n|---|---|---|---|\n",
        REQUEST_BYTES_MAX / 1024,
        WEBHOOK_BYTES_MAX / 1024,
    );
    for route in ROUTES {
        let _ = writeln!(
            content,
            "| {} | `{}` | {} | {} |",
            route.method,
            route.path,
            route.need.words(),
            route.doc
        );
    }
    content.push_str(
        "\n## Errors\n\n\
         Below `/v1`, and for paths that do not exist, an error is `application/problem+json` \
         (RFC 9457): `{\"type\": \"about:blank\", \"title\", \"status\", \"detail\", \"code\"}`. \
         `code` is what programs go by; `detail` says in words what was found and expected. The \
         same request may succeed later where *again* stands.\n\n\
         | code | status | title | |\n|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let again = if code.is_temporary() { "again" } else { "" };
        let (status, title) = (code.status(), code.title());
        let name = code.as_str();
        let _ = writeln!(content, "| `{name}` | {status} | {title} | {again} |");
    }
    Page {
        path: "docs/api.md",
        content: head("the router and the error codes in the code") + &content,
    }
}

fn metrics() -> Page {
    let mut content = String::from(
        "# Figures for Prometheus\n\n\
         What the relay tells at `GET /metrics` of `relay.metrics_listen`, in Prometheus' text format. \
         Labels have a few values each, which come from the code; none is a number, a name or a text of \
         anybody, a line of ours neither. A counter starts anew with the relay. A histogram has `_bucket`, `_sum` \
         and `_count`. [monitoring.md](monitoring.md) says what to look at.\n\n\
         | figure | kind | labels | what it says |\n|---|---|---|---|\n",
    );
    for figure in FIGURES {
        let labels: Vec<_> = figure.labels.iter().map(|it| format!("`{it}`")).collect();
        let (name, kind) = (figure.name, figure.kind.as_str());
        let (labels, help) = (labels.join(" "), figure.help);
        let _ = writeln!(content, "| `{name}` | {kind} | {labels} | {help} |");
    }
    Page {
        path: "docs/metrics.md",
        content: head("the table of figures in the code") + &content,
    }
}

/// Whoever may come with a request, for the columns of the matrix.
fn holders() -> Vec<(String, Option<Rights>)> {
    let person = |role: Role| {
        let scopes = Scopes::default();
        (role.as_str().to_owned(), Some(Rights { role, scopes }))
    };
    let program = |scope: Scope| {
        let scopes = [scope].into_iter().collect();
        let role = Role::Integration;
        (
            format!("`{}`", scope.as_str()),
            Some(Rights { role, scopes }),
        )
    };
    let people = [Role::Admin, Role::Agent, Role::Readonly].map(person);
    std::iter::once(("nobody".to_owned(), None))
        .chain(people)
        .chain(Scope::ALL.map(program))
        .collect()
}

fn authorisation() -> Page {
    let holders = holders();
    let names: Vec<_> = holders.iter().map(|(name, _)| name.as_str()).collect();
    let mut content = format!(
        "# Who may do what\n\n\
         Every route with everybody who may come: nobody, which stands for no token as for one that \
         is unknown, was revoked or has ended; people by their role; programs by the one scope of \
         their token, of several scopes each counts. Where nobody may come, *signature* and *invite* \
         say by what. The relay's gate goes by the same table, and a test asks for every cell of it. \
         [security.md](security.md) says the rest.\n\n\
         | method | path | {} |\n|---|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len()),
    );
    for route in ROUTES {
        let cells: Vec<_> = holders
            .iter()
            .map(|(_, rights)| match (route.need, rights) {
                (Need::Nothing, None) => "yes",
                (Need::Signature, _) => "signature",
                (Need::Invite, _) => "invite",
                (_, None) => "–",
                (need, Some(rights)) if need.is_met_by(rights) => "yes",
                (_, Some(_)) => "–",
            })
            .collect();
        let (method, path) = (route.method, route.path);
        let _ = writeln!(content, "| {method} | `{path}` | {} |", cells.join(" | "));
    }
    Page {
        path: "docs/authorisation.md",
        content: head("the table of routes in the code") + &content,
    }
}

fn head(from: &str) -> String {
    format!(
        "<!-- Written from {from}. After a change there:\n     \
         {BLESS}=1 cargo test -p smsdesk-tests --test tidy -->\n\n"
    )
}

/// The first place where the file differs from the page.
pub fn compare(root: &Path, page: &Page) -> Option<Violation> {
    let held = std::fs::read_to_string(root.join(page.path)).unwrap_or_default();
    if held == page.content {
        return None;
    }
    let same = held
        .lines()
        .zip(page.content.lines())
        .take_while(|(held, wanted)| held == wanted);
    let line = same.count() + 1;
    let wanted = page.content.lines().nth(line - 1).unwrap_or("the end");
    let problem = format!(
        "expected `{wanted}`; write the page anew with \
         {BLESS}=1 cargo test -p smsdesk-tests --test tidy"
    );
    let rule = "documentation in step with the code";
    Some(Violation::new(page.path, line, rule, problem))
}

/// Writes the page.
///
/// # Errors
/// The file cannot be written.
pub fn bless(root: &Path, page: &Page) -> io::Result<()> {
    std::fs::write(root.join(page.path), &page.content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_behind_is_named_with_its_first_other_line() {
        let root = tempfile::tempdir().unwrap();
        let page = |content: &str| Page {
            path: "page.md",
            content: content.to_owned(),
        };
        assert_eq!(compare(root.path(), &page("a\nb\n")).unwrap().line, 1);
        bless(root.path(), &page("a\nb\n")).unwrap();
        assert_eq!(compare(root.path(), &page("a\nb\n")), None);
        let found = compare(root.path(), &page("a\nc\n")).unwrap();
        assert_eq!((found.path.as_str(), found.line), ("page.md", 2));
        assert!(found.found.starts_with("expected `c`"), "{found}");
        assert_eq!(compare(root.path(), &page("a\n")).unwrap().line, 2);
    }

    #[test]
    fn the_pages_hold_every_key_route_and_code() {
        let (configuration, api) = (configuration().content, api().content);
        for key in SIDES.iter().flat_map(|side| side.keys) {
            assert!(configuration.contains(&format!("| `{}` |", key.path)));
        }
        for route in ROUTES {
            assert!(api.contains(&format!("| {} | `{}` |", route.method, route.path)));
        }
        for code in ErrorCode::ALL {
            assert!(api.contains(&format!("| `{}` | {} |", code.as_str(), code.status())));
        }
    }
}
