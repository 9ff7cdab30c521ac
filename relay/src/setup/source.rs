//! Where answers come from: a file, or somebody at a terminal, who is asked again until an answer
//! will do.

use super::answers::Answers;
use super::terminal::Terminal;
use anyhow::bail;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// Something to be known.
pub struct Question<'a> {
    /// The key in a file of answers.
    pub key: &'static str,
    /// What a person is asked.
    pub words: &'a str,
    /// What holds where nothing is answered; without it an answer is required.
    pub default: Option<String>,
}

/// Who answers.
pub enum Source {
    /// A file; what it leaves out is as it was configured before.
    File(Answers),
    /// Somebody.
    Person(Terminal),
}

impl Source {
    /// Whether somebody can be asked again.
    #[must_use]
    pub const fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }

    /// An answer that `read` takes.
    ///
    /// # Errors
    /// The file's answer will not do or is missing, or nobody answers any more.
    pub fn ask<T>(
        &mut self,
        question: &Question<'_>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        match self {
            Self::File(answers) => {
                let given = answers.given(question.key).map(str::to_owned);
                let Some(answer) = given.or_else(|| question.default.clone()) else {
                    bail!(answers.bad(question.key, "is required"));
                };
                let read = read(answer.trim());
                read.map_err(|problem| answers.bad(question.key, problem).into())
            }
            Self::Person(terminal) => loop {
                let answer = terminal.ask(question.words, question.default.as_deref())?;
                match read(answer.trim()) {
                    Ok(answer) => return Ok(answer),
                    Err(problem) => terminal.say(&format!("  {problem}")),
                }
            },
        }
    }

    /// A secret: the file's, else what is known already; a person types it unseen.
    ///
    /// # Errors
    /// There is none.
    pub fn secret(
        &mut self,
        key: &'static str,
        words: &str,
        known: Option<&SecretString>,
    ) -> anyhow::Result<SecretString> {
        match self {
            Self::File(answers) => match answers.token().or(known) {
                Some(secret) => Ok(secret.clone()),
                None => bail!(answers.bad(key, "is required")),
            },
            Self::Person(terminal) => loop {
                let typed = terminal.hidden(words, known.is_some())?;
                match (typed.expose_secret().trim(), known) {
                    ("", Some(known)) => return Ok(known.clone()),
                    ("", None) => terminal.say("  It is required."),
                    (typed, _) => return Ok(SecretString::from(typed.to_owned())),
                }
            },
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn agrees(
        &mut self,
        key: &'static str,
        words: &str,
        default: bool,
    ) -> anyhow::Result<bool> {
        let default = match (self.is_person(), default) {
            (true, true) => "yes",
            (true, false) => "no",
            (false, is) => {
                if is {
                    "true"
                } else {
                    "false"
                }
            }
        };
        let question = Question {
            key,
            words,
            default: Some(default.to_owned()),
        };
        self.ask(&question, |answer| {
            match answer.to_ascii_lowercase().as_str() {
                "y" | "yes" | "true" => Ok(true),
                "n" | "no" | "false" => Ok(false),
                _ => Err("expected yes or no".to_owned()),
            }
        })
    }

    /// An answer turned out not to do. A person is told and asked again by the caller.
    ///
    /// # Errors
    /// The answer stands in a file.
    pub fn reject(&mut self, key: &'static str, problem: &str) -> anyhow::Result<()> {
        match self {
            Self::File(answers) => bail!(answers.bad(key, problem)),
            Self::Person(terminal) => {
                terminal.say(&format!("  {problem}"));
                Ok(())
            }
        }
    }
}

/// What is configured already, by the keys of a file of answers.
pub type Known = BTreeMap<&'static str, String>;
