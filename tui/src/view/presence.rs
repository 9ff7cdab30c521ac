//! The colleagues: two letters in the list, a sentence above the composer.

use crate::model::presence::Colleague;
use crate::model::{Focus, Model};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::stream::PresenceState;

/// The most colleagues that a row of the list names.
const ROW_COLLEAGUES_MAX: usize = 2;

/// Who is there, for a row of the list: `✎BO •CY`, who writes before who looks.
pub(super) fn marks(model: &Model, conversation: ConversationId) -> Option<SafeText> {
    let here = model.presence.at(conversation, me(model));
    let mark = |colleague: &&Colleague| {
        let mark = match colleague.state {
            PresenceState::Typing => "✎",
            PresenceState::Viewing | PresenceState::Away => "•",
        };
        format!("{mark}{}", model.presence.letters(colleague))
    };
    let mut marks: Vec<_> = here.iter().take(ROW_COLLEAGUES_MAX).map(mark).collect();
    if here.len() > ROW_COLLEAGUES_MAX {
        marks.push(format!("+{}", here.len() - ROW_COLLEAGUES_MAX));
    }
    (!marks.is_empty()).then(|| SafeText::line(&marks.join(" ")))
}

/// Whether the sentence warns: somebody else writes where I do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Warning,
}

/// Who is there, as a sentence: "Bo began to write 20 s ago", "Bo is typing…", "Bo, Cy are here".
pub(super) fn sentence(model: &Model, conversation: ConversationId) -> Option<(SafeText, Tone)> {
    let here = model.presence.at(conversation, me(model));
    let first = *here.first()?;
    let typing = first.state == PresenceState::Typing;
    let alike: Vec<_> = here.iter().filter(|it| it.state == first.state).collect();
    let names = match alike.as_slice() {
        [one] => one.name.clone(),
        [one, two] => format!("{}, {}", one.name, two.name),
        [one, more @ ..] => format!("{} and {} more", one.name, more.len()),
        [] => return None,
    };
    let (be, tone) = match alike.len() {
        1 => ("is", Tone::Plain),
        _ => ("are", Tone::Plain),
    };
    let (words, tone) = match (typing, model.focus) {
        (true, Focus::Composer) => {
            let ago = ago(model.now.millis_since(first.since));
            (format!("{names} began to write {ago}"), Tone::Warning)
        }
        (true, _) => (format!("{names} {be} typing…"), tone),
        (false, _) => (format!("{names} {be} here"), tone),
    };
    Some((SafeText::line(&words), tone))
}

fn me(model: &Model) -> Option<AgentId> {
    model.setup.me.as_ref().map(|me| me.id)
}

/// By tens of seconds: what changes more often draws the eye.
fn ago(ms: i64) -> String {
    match ms / 1_000 {
        ..10 => "just now".to_owned(),
        s @ 10..60 => format!("{} s ago", s / 10 * 10),
        s => format!("{} min ago", s / 60),
    }
}
