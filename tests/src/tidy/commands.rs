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
const ENDS: &[&str] = &["|", "||", "&", "&&", ";", ">", "2>", ">>", "#"];

/// The commands of `program` in a Markdown page: in fenced blocks, and between backticks where an
/// argument follows the name.
pub fn commands(page: &str, program: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (text, line) in page.lines().zip(1..) {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.extend(command(text, program).map(|words| Command { line, words }));
        } else {
            let inline = text.split('`').skip(1).step_by(2);
            let inline = inline.filter_map(|text| command(text, program));
            found.extend(inline.map(|words| Command { line, words }));
        }
    }
    found
}

fn command(text: &str, program: &str) -> Option<Vec<String>> {
    let mut words = text
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .skip_while(|word| word != program && !word.ends_with(&format!("/{program}")));
    words.next()?;
    let words = words
        .skip_while(|word| word == "--")
        .take_while(|word| !ENDS.contains(&word.as_str()));
    let words: Vec<_> = std::iter::once(program.to_owned()).chain(words).collect();
    (words.len() > 1).then_some(words)
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

    const PAGE: &str = "Run `desk` or `desk go --fast`, not `desk-x go`.\n\
                        ```sh\nsudo -u me /usr/bin/desk join 'A#B'  # once\n\
                        cargo run -p desk -- fly | cat\n# desk is a word\n```\nA desk stands.\n";

    #[test]
    fn commands_are_found_in_blocks_and_between_backticks() {
        let found = commands(PAGE, "desk");
        let found: Vec<_> = found.iter().map(|c| (c.line, c.words.join(" "))).collect();
        let expected = [
            (1, "desk go --fast"),
            (3, "desk join A#B"),
            (4, "desk fly"),
            (5, "desk is a word"),
        ];
        assert_eq!(
            found,
            expected.map(|(line, words)| (line, words.to_owned()))
        );
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let parse = |words: &[String]| match words[1].as_str() {
            "fly" => Err("unknown".to_owned()),
            _ => Ok(()),
        };
        let found = check("README.md", PAGE, "desk", parse);
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["README.md:4: documented commands exist: `desk fly`: unknown"]
        );
    }
}
