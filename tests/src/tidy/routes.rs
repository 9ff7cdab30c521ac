//! The table of routes has what the router has, so that documentation and description have it, too.

use super::Violation;
use super::lexer::{Kind, Token};
use super::source::Sources;

const RULE: &str = "the table of routes is complete";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Below which paths routers are nested.
const PREFIXES: [&str; 3] = ["", "/v1", "/webhooks/twilio"];

/// Routes of the relay's router that are not in `table`, by method and path.
pub fn check(sources: &Sources, table: &[(&str, &str)]) -> Vec<Violation> {
    let ours = |path: &str| path == "relay/src/router.rs" || path.starts_with("relay/src/router/");
    let mut found = Vec::new();
    for file in sources.files.iter().filter(|file| ours(&file.path)) {
        for (method, path, line) in routes(&file.code()) {
            let is_there = |prefix: &&str| {
                let whole = format!("{prefix}{path}");
                table.contains(&(method.as_str(), whole.as_str()))
            };
            if !PREFIXES.iter().any(|prefix| is_there(&prefix)) {
                let problem = format!("{method} {path} is not in ROUTES");
                found.push(Violation::new(&file.path, line, RULE, problem));
            }
        }
    }
    found
}

/// Each `.route("path", method(…))` of a file.
fn routes(code: &[&Token]) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    for (n, window) in code.windows(4).enumerate() {
        let [dot, name, open, path] = window else {
            continue;
        };
        let begins = dot.is_mark(".") && name.is_name("route") && open.is_mark("(");
        if !begins || path.kind != Kind::Text {
            continue;
        }
        let mut depth = 1;
        for pair in code[n + 3..].windows(2) {
            match pair[0].text.as_str() {
                "(" if pair[0].kind == Kind::Mark => depth += 1,
                ")" if pair[0].kind == Kind::Mark => depth -= 1,
                name if depth == 1 && METHODS.contains(&name) && pair[1].is_mark("(") => {
                    let method = name.to_uppercase();
                    found.push((method, path.text.clone(), path.line));
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::Source;

    #[test]
    fn a_route_that_the_table_lacks_is_named() {
        let text = r#"
            fn api() -> Router {
                Router::new()
                    .route("/jobs", get(jobs::page).post(jobs::make))
                    .route("/jobs/{id}", get(jobs::one).layer(compression()))
            }
        "#;
        let sources = Sources {
            files: vec![Source::new("relay/src/router.rs", text)],
        };
        let table = [("GET", "/v1/jobs"), ("GET", "/v1/jobs/{id}")];
        let found = check(&sources, &table);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].found.starts_with("POST /jobs is"), "{}", found[0]);
        let more = [table.as_slice(), &[("POST", "/v1/jobs")]].concat();
        assert_eq!(check(&sources, &more), []);
    }
}
