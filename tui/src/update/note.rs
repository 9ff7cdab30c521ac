//! Private notes: writing, saving, taking back what the relay refused. Never hands words to a
//! customer: what is written here leaves as [`Effect::WriteNote`] or not at all.

use super::{begin as begun, compose, screens, triage, writing};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::chat::Local;
use crate::model::composer::{Composer, Unsendable};
use crate::model::note::Writing;
use crate::model::overlay::Level;
use crate::model::timeline::Timeline;
use crate::model::triage::About;
use smsdesk_common::api::Problem;
use smsdesk_common::api::notes::NOTE_CHARACTERS_MAX;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::ConversationId;

/// Begins or goes on with the note on the selected conversation. The reply keeps its draft.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(conversation) = compose::take_up(model, Writing::Note, effects) {
        model.notes.get_mut(conversation);
        if model.directory.agents.is_empty() {
            effects.push(Effect::LoadDirectory);
        }
    }
}

/// Hands the note to the outbox; it stands in the chat once it is on the disk.
pub(super) fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(conversation) = compose::shown(model).filter(|_| model.writes_note()) else {
        return;
    };
    // As with a text: the outbox uses up a draft with the same words, and no older one.
    compose::save_drafts(model, effects);
    match model.notes.get_mut(conversation).take_note() {
        Ok(body) => {
            if let Some(timeline) = &mut model.timeline {
                timeline.scroll_to_bottom();
            }
            effects.push(Effect::WriteNote { conversation, body });
        }
        // No template goes into a note.
        Err(Unsendable::Unfilled) => {}
        Err(Unsendable::Empty) => {
            screens::notice(model, Level::Info, "There is nothing to save yet");
        }
        Err(Unsendable::TooLong { characters }) => {
            let says = format!(
                "Not saved: {characters} characters, and {NOTE_CHARACTERS_MAX} is the end. Shorten it first"
            );
            screens::notice(model, Level::Problem, &says);
        }
    }
}

/// The note is in the outbox: its draft is done with, and it can be shown.
pub(super) fn kept(model: &mut Model, conversation: ConversationId, effects: &mut Vec<Effect>) {
    let conversation = begun::meant(model, conversation);
    model.notes.get_mut(conversation).left();
    compose::save_drafts(model, effects);
    let shown = model.timeline.as_mut();
    if let Some(timeline) = shown.filter(|shown| shown.conversation() == conversation) {
        timeline.refresh();
    }
    model.roster.refresh();
}

/// The relay refused a note, which stays in its conversation with the reason.
pub(super) fn refused(
    model: &mut Model,
    conversation: ConversationId,
    problem: &Problem,
    about: &About,
) {
    // It is said here, in better words than a count has.
    model.outbox.refused += 1;
    let name = triage::whom(model, conversation, about);
    let name = name.unwrap_or_else(|| "A conversation".to_owned());
    let title = &problem.title;
    let key = model.key(Action::Resend);
    let says = format!("{name}: the note was refused ({title}) · {key} there takes it back");
    screens::notice(model, Level::Problem, &says);
}

/// Takes the newest refused note back into the composer of notes.
pub(super) fn take_back(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.note().is_some_and(Composer::has_draft) {
        let says = "There is a note begun already: save or clear it first";
        screens::notice(model, Level::Info, says);
        return;
    }
    let Some((conversation, entry, body)) = newest_refused(model) else {
        return;
    };
    let note = model.notes.get_mut(conversation);
    note.edit(|editor| editor.replace(&body));
    // The draft first: whatever happens in between, the words are on the disk.
    compose::save_drafts(model, effects);
    effects.push(Effect::WithdrawNote { entry });
    begin(model, effects);
    let save = model.key(Action::SaveNote);
    let says = format!("Change what was wrong; {save} saves the note again");
    screens::notice(model, Level::Info, &says);
}

fn newest_refused(model: &Model) -> Option<(ConversationId, smsdesk_common::ids::EntryId, String)> {
    let timeline = model.timeline.as_ref()?;
    let item = timeline.failed().filter(|item| {
        item.entry.entry_kind == EntryKind::Note && matches!(item.local, Some(Local::Refused(_)))
    })?;
    Some((
        Timeline::conversation(timeline),
        item.entry.id,
        item.entry.body.clone(),
    ))
}

/// Writes drafts of notes.
pub(super) fn save_drafts(drafts: Vec<(ConversationId, String)>, effects: &mut Vec<Effect>) {
    let drafts = drafts.into_iter();
    effects.extend(drafts.map(|(conversation, text)| Effect::SaveNoteDraft { conversation, text }));
}

/// Completes the colleague's name behind the `@` before the cursor, where only one fits.
pub(super) fn complete_name(model: &mut Model) {
    let Some(note) = model.note().filter(|_| model.writes_note()) else {
        return;
    };
    if !note.emoji().is_empty() {
        return writing::complete_emoji(model);
    }
    let before = &note.editor().text()[..note.editor().cursor()];
    let names: Vec<&str> = model
        .directory
        .active()
        .map(|agent| agent.name.as_str())
        .collect();
    match completion(before, &names) {
        Completion::Rest(rest) => compose::insert(model, &rest),
        Completion::Several(names) => {
            let says = format!("@ could be {}", names.join(", "));
            screens::notice(model, Level::Info, &says);
        }
        Completion::Nobody => {
            let says = "No colleague's name begins like that; write @ and its first letters";
            screens::notice(model, Level::Info, says);
        }
    }
}

/// The most names that a notice offers: more do not fit a line.
const OFFERED_MAX: usize = 4;

/// What a half-written name can become.
#[derive(Debug, PartialEq, Eq)]
enum Completion {
    /// Only this is missing.
    Rest(String),
    /// Who is meant cannot be told yet.
    Several(Vec<String>),
    /// Nobody is called like that.
    Nobody,
}

fn completion(before: &str, names: &[&str]) -> Completion {
    let Some(at) = before.rfind('@') else {
        return Completion::Nobody;
    };
    let in_a_word = before[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let begun = &before[at + 1..];
    let fits: Vec<(&str, &str)> = names
        .iter()
        .filter_map(|name| Some((*name, rest(name, begun)?)))
        .collect();
    match fits.as_slice() {
        _ if in_a_word => Completion::Nobody,
        [] => Completion::Nobody,
        [(_, rest)] => Completion::Rest(format!("{rest} ")),
        several => {
            let several = several.iter().take(OFFERED_MAX);
            Completion::Several(several.map(|(name, _)| (*name).to_owned()).collect())
        }
    }
}

/// What of `name` comes behind `begun`; case does not matter.
fn rest<'n>(name: &'n str, begun: &str) -> Option<&'n str> {
    let mut left = name.chars();
    let same = |c: char, other: char| c.to_lowercase().eq(other.to_lowercase());
    let begins = begun
        .chars()
        .all(|c| left.next().is_some_and(|other| same(c, other)));
    begins.then_some(left.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, expected: &Completion) {
        let names = ["Ana", "Bo", "Boris", "Émile"];
        assert_eq!(&completion(before, &names), expected, "{before:?}");
    }

    #[test]
    fn the_only_name_that_fits_is_completed_and_several_are_offered() {
        check("see @a", &Completion::Rest("na ".to_owned()));
        check("(@éM", &Completion::Rest("ile ".to_owned()));
        check("@bor", &Completion::Rest("is ".to_owned()));
        let both = vec!["Bo".to_owned(), "Boris".to_owned()];
        check("@bo", &Completion::Several(both));
    }

    #[test]
    fn an_address_or_an_unknown_name_is_left_alone() {
        check("info@a", &Completion::Nobody);
        check("@zoe", &Completion::Nobody);
        check("no name", &Completion::Nobody);
    }
}
