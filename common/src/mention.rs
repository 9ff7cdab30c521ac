//! Who is meant by `@name` in a note.

use crate::ids::AgentId;

/// The most colleagues that one note calls: more is a meeting.
pub const MENTIONS_MAX: usize = 32;

/// The agents whose names stand behind an `@` in `body`, each once, in the order of the first
/// mention, at most [`MENTIONS_MAX`]. Case does not matter; where two names fit, the longer one is
/// meant. An `@` inside a word, as in an address of mail, calls nobody.
pub fn mentions(body: &str, agents: &[(AgentId, &str)]) -> Vec<AgentId> {
    let mut found = Vec::new();
    for (at, _) in body.match_indices('@') {
        let before = body[..at].chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            continue;
        }
        let behind = &body[at + 1..];
        let fits = agents.iter().filter(|(_, name)| begins(behind, name));
        let longest = fits.max_by_key(|(_, name)| name.len());
        if let Some((id, _)) = longest
            && !found.contains(id)
            && found.len() < MENTIONS_MAX
        {
            found.push(*id);
        }
    }
    found
}

/// Whether `text` begins with the whole words of `name`.
fn begins(text: &str, name: &str) -> bool {
    let mut rest = text.chars();
    let same = |c: char, other: char| c.to_lowercase().eq(other.to_lowercase());
    let matches = name
        .chars()
        .all(|c| rest.next().is_some_and(|other| same(c, other)));
    matches && !name.is_empty() && !rest.next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NAMES: [&str; 4] = ["Ana", "Ana Maria", "Bo", "Émile"];

    fn check(body: &str, expected: &[&str]) {
        let agents = (0..).zip(NAMES);
        let agents = agents.map(|(n, name)| (AgentId(Uuid::from_u128(n)), name));
        let found = mentions(body, &agents.collect::<Vec<_>>());
        let names: Vec<_> = found
            .iter()
            .map(|id| NAMES[usize::try_from(id.0.as_u128()).unwrap()])
            .collect();
        assert_eq!(names, expected, "{body:?}");
    }

    #[test]
    fn whoever_is_named_behind_an_at_is_called_once() {
        check("@Bo can you look? thanks @bo", &["Bo"]);
        check("(@émile), @ANA: see above", &["Émile", "Ana"]);
        check(
            "@ana maria knows, @ana marias does not",
            &["Ana Maria", "Ana"],
        );
    }

    #[test]
    fn what_only_looks_like_a_name_calls_nobody() {
        check("write to info@bo.example or Bo", &[]);
        check("@Bob @ Bo @", &[]);
        check("", &[]);
    }
}
