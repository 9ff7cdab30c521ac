//! Commands of ours that the documentation tells people to type.

use super::Violation;

/// A command in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Where it stands, counted from 1.
    pub line: usize,
    /// The program's name and its arguments.
    pub words: Vec<String>,
}

/// What ends a command within a line of a shell.
const ENDS: &[&str] = &["|", "||", "&", "&&", ";", ">", "2>", ">>", "#", "\\"];
/// Fenced blocks that hold commands.
const SHELLS: &[&str] = &["```sh", "```ini"];
/// What `cargo run` runs where no package is named.
const DEFAULT_PROGRAM: &str = "smsdesk";

/// The commands of `program` in a Markdown page: in fenced blocks of a shell or a unit file, and
/// between backticks where an argument follows the name.
pub fn commands(page: &str, program: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut fence = None;
    for (text, line) in page.lines().zip(1..) {
        let commands: Vec<_> = match fence {
            _ if text.trim_start().starts_with("```") => {
                let opened = fence.is_none().then(|| text.trim());
                fence = opened;
                continue;
            }
            Some(fence) if SHELLS.contains(&fence) => vec![text],
            Some(_) => continue,
            None => text.split('`').skip(1).step_by(2).collect(),
        };
        let commands = commands.into_iter().filter_map(command);
        // What has `::` behind the program names tests of it.
        let runs = |words: &Vec<String>| words.len() > 1 && !words[1].contains("::");
        let ours = commands.filter(|words| runs(words) && words[0] == program);
        found.extend(ours.map(|words| Command { line, words }));
    }
    found
}

/// The program's name without its folder, and the arguments. What comes before it in a shell or a
/// unit file is left out: a prompt, variables, `sudo`, `cargo run`.
fn command(text: &str) -> Option<Vec<String>> {
    let text = text.trim().trim_start_matches("ExecStart=");
    let mut words = text
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .take_while(|word| !ENDS.contains(&word.as_str()))
        .skip_while(|word| word == "$" || word.contains('='))
        .peekable();
    let mut first = words.next()?;
    if first == "sudo" {
        while words.next_if(|word| word.starts_with('-')).is_some() {
            words.next();
        }
        first = words.next()?;
    }
    if first == "cargo" {
        words.next_if(|word| word == "run")?;
        let options: Vec<_> = words.by_ref().take_while(|word| word != "--").collect();
        let package = options.iter().position(|option| option == "-p");
        let package = package.and_then(|at| options.get(at + 1));
        first = package.map_or(DEFAULT_PROGRAM, |name| name).to_owned();
    }
    let name = first.rsplit('/').next()?.to_owned();
    Some(std::iter::once(name).chain(words).collect())
}

/// Commands that `parse` does not take.
pub fn check(
    path: &str,
    page: &str,
    program: &str,
    parse: impl Fn(&[String]) -> Result<(), String>,
) -> Vec<Violation> {
    commands(page, program)
        .into_iter()
        .filter_map(|Command { line, words }| {
            let problem = parse(&words).err()?;
            let problem = format!("`{}`: {}", words.join(" "), problem.trim());
            Some(Violation::new(
                path,
                line,
                "documented commands exist",
                problem,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Run `desk-relay` or `desk-relay go --fast`, not `other go`.\n\
                        ```sh\nsudo -u me /usr/bin/desk-relay join 'A#B'  # once\n\
                        A=b cargo run --release -p desk-relay -- fly | cat\n\
                        cargo run --release -- demo\n# desk-relay is a word\n```\n\
                        ```\ndesk-relay in a picture\n```\n\
                        ```ini\nExecStart=/usr/bin/desk-relay serve\n```\ndesk-relay stands.\n";

    fn found(program: &str) -> Vec<(usize, String)> {
        let found = commands(PAGE, program).into_iter();
        found.map(|c| (c.line, c.words.join(" "))).collect()
    }

    #[test]
    fn commands_are_found_in_blocks_and_between_backticks() {
        let expected = [
            (1, "desk-relay go --fast"),
            (3, "desk-relay join A#B"),
            (4, "desk-relay fly"),
            (12, "desk-relay serve"),
        ];
        let expected = expected.map(|(line, words)| (line, words.to_owned()));
        assert_eq!(found("desk-relay"), expected);
        assert_eq!(found("smsdesk"), [(5, "smsdesk demo".to_owned())]);
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let parse = |words: &[String]| match words[1].as_str() {
            "fly" => Err("unknown".to_owned()),
            _ => Ok(()),
        };
        let found = check("README.md", PAGE, "desk-relay", parse);
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["README.md:4: documented commands exist: `desk-relay fly`: unknown"]
        );
    }
}
