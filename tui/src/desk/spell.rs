//! Runs what finds misspelt words, beside the app: a text in, words out, and an end after some
//! seconds whatever it does.

mod answer;

use crate::event::{Event, Spelled};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a look may take: a dictionary is loaded in tenths of a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes: a text of misspelt words with ten suggestions each.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// The most bytes that are kept of what a command says of its trouble: a line.
const TROUBLE_BYTES_MAX: u64 = 200;

/// Starts a look at `text`; the app is told how it ended.
pub(super) fn run(command: String, text: String, events: mpsc::Sender<Event>) {
    tokio::spawn(async move {
        let spelled = match look(&command, text, PATIENCE).await {
            Ok(output) => Spelled::Words(answer::read(&output)),
            Err(why) => Spelled::Failed(why),
        };
        // An app that has gone wants no news.
        let _ = events.send(Event::Spelled(spelled)).await;
    });
}

/// What the command prints for a text; why there is nothing, in words.
async fn look(command: &str, text: String, patience: Duration) -> Result<String, String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .envs(in_utf8(|name| std::env::var(name).ok()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: what hangs is ended with all that it has started.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("no shell: {error}"))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let talk = tokio::task::spawn_blocking(move || talk(&mut child, &text));
    let talked = tokio::time::timeout(patience, talk).await;
    if talked.is_err()
        && let Some(group) = group
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let talked = talked.map_err(|_| format!("no answer within {} s", patience.as_secs()))?;
    let talked = talked.map_err(|error| error.to_string())?;
    talked.map_err(|error| error.to_string())
}

/// What a command is told so that it reads the text as what it is. Programs go by their locale, and one
/// that names no encoding has them cut words at each accent. The language stays, by which they choose a
/// dictionary.
fn in_utf8(held: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let set = |name| held(name).filter(|value| !value.is_empty());
    let all = set("LC_ALL");
    let names = all.clone().or_else(|| set("LC_CTYPE"));
    let names = names.or_else(|| set("LANG")).unwrap_or_default();
    let names = names.to_lowercase().replace('-', "");
    if names.contains("utf8") {
        return Vec::new();
    }
    let mut told = vec![("LC_CTYPE", "C.UTF-8".to_owned())];
    if let Some(all) = all {
        // It would go before the other; an empty one does not.
        told.extend([("LC_ALL", String::new()), ("LANG", all)]);
    }
    told
}

/// Says the text and hears the answer. A text is far shorter than a pipe is long.
fn talk(child: &mut Child, text: &str) -> io::Result<String> {
    let input = child.stdin.take();
    let output = child.stdout.take();
    // Beside the answer: a command that fills this pipe would wait for ever.
    let trouble = child.stderr.take();
    let trouble = std::thread::spawn(move || trouble.map(first_line).unwrap_or_default());
    let said = input.map(|mut input| input.write_all(answer::question(text).as_bytes()));
    let mut heard = Vec::new();
    if let Some(output) = output {
        output.take(ANSWER_BYTES_MAX).read_to_end(&mut heard)?;
    }
    let status = child.wait()?;
    match said {
        _ if !status.success() => Err(io::Error::other(match status.code() {
            Some(127) => "there is no such program".to_owned(),
            Some(code) => match trouble.join().unwrap_or_default().as_str() {
                "" => format!("it ended with code {code}"),
                says => format!("it ended with code {code}: {says}"),
            },
            None => "it was killed".to_owned(),
        })),
        // One that has heard enough may end before all was said.
        Some(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(String::from_utf8_lossy(&heard).into_owned()),
    }
}

/// What a command says first of its trouble; all of it is read.
fn first_line(mut trouble: impl io::Read) -> String {
    let mut heard = Vec::new();
    let kept = trouble.by_ref().take(TROUBLE_BYTES_MAX);
    let read = io::BufReader::new(kept).read_to_end(&mut heard);
    if read.is_ok() {
        io::copy(&mut trouble, &mut io::sink()).ok();
    }
    let heard = String::from_utf8_lossy(&heard);
    heard.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(command: &str, text: &str) -> Result<Vec<String>, String> {
        let output = look(command, text.to_owned(), Duration::from_secs(30)).await?;
        let words = answer::read(&output).into_iter();
        Ok(words.map(|found| found.word).collect())
    }

    #[tokio::test]
    async fn a_command_that_prints_words_is_heard() {
        let script = "tr -cs a-zA-Z '\\n' | grep -x teh";
        let found = check(script, "teh cat\n*and teh dog").await;
        assert_eq!(found, Ok(vec!["teh".to_owned()]), "each word once");
    }

    #[test]
    fn a_command_reads_the_text_as_utf_8_whatever_the_locale_names_and_keeps_its_language() {
        let told = |held: &[(&str, &str)]| {
            let of = |name: &str| {
                let found = held.iter().find(|(held, _)| *held == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let told = in_utf8(of).into_iter();
            let told: Vec<_> = told
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            told.join(" ")
        };
        for (held, expected) in [
            (&[("LANG", "de_DE.UTF-8")][..], ""),
            (&[("LANG", "C"), ("LC_CTYPE", "en_US.utf8")], ""),
            (&[("LC_ALL", ""), ("LANG", "C.UTF-8")], ""),
            (&[], "LC_CTYPE=C.UTF-8"),
            (&[("LANG", "de_DE")], "LC_CTYPE=C.UTF-8"),
            (
                &[("LC_ALL", "de_DE"), ("LANG", "C.UTF-8")],
                "LC_CTYPE=C.UTF-8 LC_ALL= LANG=de_DE",
            ),
        ] {
            assert_eq!(told(held), expected, "{held:?}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_fails_or_hangs_says_so() {
        let failed = async |command| check(command, "teh").await.unwrap_err();
        assert_eq!(failed("/nowhere/at/all").await, "there is no such program");
        assert_eq!(failed("cat; exit 3").await, "it ended with code 3");
        let says = "it ended with code 1: No word lists for the language de";
        let command = "echo No word lists for the language de >&2; exit 1";
        assert_eq!(failed(command).await, says);
        let flood = "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1";
        assert!(failed(flood).await.starts_with("it ended with code 1: xxx"));
        let hangs = look("sleep 1000; :", String::new(), Duration::from_millis(1)).await;
        assert_eq!(hangs, Err("no answer within 0 s".to_owned()));
    }
}
