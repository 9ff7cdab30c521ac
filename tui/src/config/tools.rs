//! Keys, macros and views as the app takes them, and what of them is left out.

use super::Config;
use crate::model::overlay::NOTICES_MAX;
use crate::model::tools::Tools;
use smsdesk_common::config::ConfigError;

impl Config {
    /// Keys, macros and views.
    pub fn tools(&self) -> Tools {
        Tools {
            keymap: self.keymap.clone().with_macros(self.macros.clone()),
            saved: self.views.to_vec(),
            left_out: left_out(&self.left_out, &self.troubles),
        }
    }
}

/// What is left out, in as many sentences as there is room for.
fn left_out(wrong: &[ConfigError], macros: &[String]) -> Vec<String> {
    let wrong = wrong.iter().map(|problem| format!("Left out: {problem}"));
    let mut sentences: Vec<String> = wrong.chain(macros.iter().cloned()).collect();
    if sentences.len() > NOTICES_MAX {
        let more = sentences.split_off(NOTICES_MAX - 1).len();
        sentences.push(format!("{more} more settings are left out"));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_in_as_many_sentences_as_there_is_room_for() {
        let problems = |count| vec![ConfigError::new("smsdesk.toml:3:9", "expected a day"); count];
        let told = left_out(&problems(1), &[]);
        assert_eq!(told, ["Left out: smsdesk.toml:3:9: expected a day"]);
        assert_eq!(left_out(&problems(NOTICES_MAX), &[]).len(), NOTICES_MAX);
        let many = left_out(
            &problems(NOTICES_MAX),
            &["a macro".to_owned(), "another".to_owned()],
        );
        assert_eq!(many.len(), NOTICES_MAX);
        assert_eq!(many[NOTICES_MAX - 1], "3 more settings are left out");
    }
}
