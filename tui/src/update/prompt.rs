//! Lines that want an answer: what each kind offers, and what an answer does.
//!
//! A kind has its own file with two functions; `offer` and `accept` here only hand on.

mod assign;
mod bulk;
mod command;
mod contact;
mod correct;
mod flag;
mod labels;
mod narrow;
mod new_text;
mod palette;
mod rules;
mod settings;
mod snooze;
mod split;
mod templates;
mod timed;
mod view;

pub(super) use narrow::open as narrow;
pub(in crate::update) use rules::{
    edited as rules_edited, list as rules, written as rules_written,
};
pub(super) use settings::{
    heard as settings_heard, list as settings, look_again as settings_look_again,
};
pub(super) use templates::{list as templates, written as template_written};
pub(super) use timed::{edit as edit_timed, their_zone, turn_cancel_on_reply};

use super::actions::TextEdit;
use super::{list, marks, screens, template};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::batch::Target;
use crate::model::list::ListRow;
use crate::model::overlay::Overlay;
use crate::model::prompt::{Offer, Prompt, PromptKind};
use crate::model::roster::Step;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::ConversationId;

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// It was taken, and that is all.
    Closed,
    /// It was not: why, in a sentence.
    Refused(String),
}

/// What a kind shows while the line holds `text`.
fn offer(model: &Model, kind: &PromptKind, text: &str) -> Offer {
    match kind {
        PromptKind::Command => command::offer(model, text),
        PromptKind::Palette => palette::offer(model, text),
        PromptKind::SearchHelp => Offer {
            title: "Search the help".to_owned(),
            about: format!(
                "a key, or words of what it does · {} shows all again",
                model.key(Action::LeavePrompt)
            ),
            ..Offer::default()
        },
        PromptKind::Narrow { .. } => narrow::offer(model),
        PromptKind::View => view::offer(model),
        PromptKind::BulkWhom => bulk::offer(model, text),
        PromptKind::BulkWords { whom } => bulk::offer_words(model, whom, text),
        PromptKind::Template { .. } => template::offer(model, text),
        PromptKind::Rules => rules::offer(model, text),
        PromptKind::Templates => templates::offer(model, text),
        PromptKind::Settings => settings::offer(model),
        PromptKind::SettingValue { path } => settings::offer_value(path),
        PromptKind::TemplateParts { template } => templates::parts(template),
        PromptKind::TemplatePart { template, part } => templates::part(template, *part),
        PromptKind::Snooze { targets } => snooze::offer(model, targets, text),
        PromptKind::SendLater {
            conversation,
            purpose,
            cancel_on_reply,
        } => timed::offer(model, *conversation, (*purpose, *cancel_on_reply), text),
        PromptKind::EditTimed { conversation, .. } => timed::offer_words(model, *conversation),
        PromptKind::FlagReason { targets } => flag::offer(model, targets),
        PromptKind::Assign { targets } => assign::offer(model, targets),
        PromptKind::Split { conversation } => split::offer(model, *conversation),
        PromptKind::Correct { word, .. } => correct::offer(model, word),
        PromptKind::Labels { targets, toggled } => labels::offer(model, targets, toggled, text),
        PromptKind::ContactField { field, .. } => contact::offer(model, field),
        PromptKind::NewText => new_text::offer(model, text),
        PromptKind::NewTextLine { address } => new_text::offer_lines(model, address),
    }
}

/// Does what the answer means: the candidate that is chosen, or the text where none is. The prompt
/// is not on the screen while that is done.
fn answered(model: &mut Model, prompt: &Prompt, effects: &mut Vec<Effect>) -> Accepted {
    let chosen = prompt.chosen();
    match prompt.kind() {
        PromptKind::Narrow { .. } => narrow::accept(model, prompt.editor().text()),
        PromptKind::Command => command::accept(model, prompt, effects),
        PromptKind::Palette => palette::accept(model, prompt.chosen(), effects),
        // The help below is narrowed already.
        PromptKind::SearchHelp => Accepted::Closed,
        PromptKind::View => view::accept(model, chosen, effects),
        PromptKind::BulkWhom => bulk::accept(model, prompt.text(), chosen),
        PromptKind::BulkWords { whom } => bulk::accept_words(model, whom, chosen, effects),
        PromptKind::Template { .. } => template::accept(model, prompt),
        PromptKind::Rules => rules::accept(model, chosen, effects),
        PromptKind::Templates => templates::accept(model, chosen),
        PromptKind::Settings => settings::accept(model, prompt, effects),
        PromptKind::SettingValue { path } => settings::accept_value(path, prompt.text(), effects),
        PromptKind::TemplateParts { template } => templates::choose_part(model, template, chosen),
        PromptKind::TemplatePart { template, part } => {
            let answer = (prompt.text(), chosen);
            templates::accept_part(model, (template, *part), answer, effects)
        }
        PromptKind::Snooze { targets } => snooze::accept(model, targets, chosen, effects),
        PromptKind::SendLater { .. } => timed::accept(model, prompt, effects),
        PromptKind::EditTimed { conversation, text } => {
            timed::accept_words(*conversation, *text, prompt.editor().text(), effects)
        }
        PromptKind::FlagReason { targets } => flag::accept(model, targets, prompt.text(), effects),
        PromptKind::Assign { targets } => assign::accept(model, targets, chosen, effects),
        PromptKind::Split { conversation } => split::accept(model, *conversation, chosen, effects),
        PromptKind::Correct { word, place } => {
            correct::accept(model, (word, place.clone()), prompt.text(), chosen)
        }
        PromptKind::ContactField { contact, field } => {
            contact::accept(model, *contact, field, prompt.text(), effects)
        }
        PromptKind::NewText => new_text::accept(model, prompt.text(), chosen, effects),
        PromptKind::NewTextLine { address } => new_text::accept_line(address, chosen, effects),
        PromptKind::Labels { targets, toggled } => {
            labels::accept(model, targets, toggled, chosen, effects)
        }
    }
}

/// Asks until when the selected conversation is to be put away.
pub(super) fn snooze(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(targets) = selected(model, effects) {
        open(model, PromptKind::Snooze { targets });
    }
}

/// Asks why the selected conversation wants attention; begins with the reason that it has.
pub(super) fn flag_reason(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(targets) = selected(model, effects) {
        let reason = common(model, &targets, |held| held.flag_reason.clone());
        let kind = PromptKind::FlagReason { targets };
        let prompt = Prompt::with_text(kind, &reason.flatten().unwrap_or_default());
        model.overlays.push(Overlay::Prompt(Box::new(prompt)));
    }
}

/// Asks who is to own the selected conversation.
pub(super) fn assign(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(targets) = selected(model, effects) {
        effects.push(Effect::LoadDirectory);
        open(model, PromptKind::Assign { targets });
    }
}

/// Asks which labels the selected conversation is to have.
pub(super) fn labels(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(targets) = selected(model, effects) {
        effects.push(Effect::LoadDirectory);
        let toggled = Vec::new();
        open(model, PromptKind::Labels { targets, toggled });
    }
}

/// Asks whom to write to.
pub(super) fn new_text(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::LoadDirectory);
    open(model, PromptKind::NewText);
}

/// What an action asks where it is meant without an argument; none for those that ask nothing.
fn asks(model: &Model, action: Action) -> Option<PromptKind> {
    if action == Action::View {
        return Some(PromptKind::View);
    }
    let targets = marks::targets(model);
    if targets.is_empty() {
        return None;
    }
    Some(match action {
        Action::Snooze => PromptKind::Snooze { targets },
        Action::Assign => PromptKind::Assign { targets },
        Action::FlagReason => PromptKind::FlagReason { targets },
        Action::Labels => PromptKind::Labels {
            targets,
            toggled: Vec::new(),
        },
        _ => return None,
    })
}

/// Asks for an action by its name; colleagues and labels are there by the time they are named.
pub(super) fn command(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::LoadDirectory);
    open(model, PromptKind::Command);
}

/// Asks something.
pub(super) fn open(model: &mut Model, kind: PromptKind) {
    model
        .overlays
        .push(Overlay::Prompt(Box::new(Prompt::new(kind))));
}

/// Leaves without an answer.
pub(super) fn leave(model: &mut Model) {
    let Some(Overlay::Prompt(prompt)) =
        model.overlays.pop_if(|it| matches!(it, Overlay::Prompt(_)))
    else {
        return;
    };
    if *prompt.kind() == PromptKind::SearchHelp
        && let Some(Overlay::Help { search, .. }) = model.overlays.last_mut()
    {
        search.clear();
    }
    if let PromptKind::Narrow { before, spot } = prompt.kind() {
        narrow::leave(model, before, *spot);
    }
    // What it was about stayed selected, in the view or not.
    model.roster.refresh();
}

/// Puts text in at the cursor.
pub(super) fn insert(model: &mut Model, text: &str) {
    let line = model.prompt_mut();
    if let Some(line) = line.filter(|line| *line.kind() == PromptKind::Command)
        && text.starts_with(' ')
    {
        // An argument follows: the name that was chosen becomes the text.
        line.complete();
    }
    let several = matches!(
        model.prompt().map(Prompt::kind),
        Some(PromptKind::Labels { .. })
    );
    if !several {
        return insert_as_it_is(model, text);
    }
    for (n, piece) in text.split(',').enumerate() {
        if n > 0 {
            settle(model);
            model.prompt_mut().into_iter().for_each(labels::go_on);
        }
        insert_as_it_is(model, piece);
    }
}

fn insert_as_it_is(model: &mut Model, text: &str) {
    if let Some(prompt) = model.prompt_mut() {
        prompt.insert(text);
    }
    narrow::typed(model);
}

/// Changes the text.
pub(super) fn edit(model: &mut Model, edit: TextEdit) {
    if let Some(prompt) = model.prompt_mut() {
        prompt.edit(|editor| edit.apply(editor));
    }
    narrow::typed(model);
}

/// Goes to another candidate.
pub(super) fn step(model: &mut Model, step: Step) {
    if let Some(prompt) = model.prompt_mut() {
        prompt.step(step);
    }
}

/// Takes the answer.
pub(super) fn accept(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Prompt(mut prompt)) = model.overlays.pop() else {
        return;
    };
    match answered(model, &prompt, effects) {
        Accepted::Closed => model.roster.refresh(),
        Accepted::Refused(problem) => {
            prompt.refuse(problem);
            model.overlays.push(Overlay::Prompt(prompt));
        }
    }
}

/// What is offered follows the text, the time and the records.
pub(super) fn settle(model: &mut Model) {
    let Some(prompt) = model.prompt() else {
        return;
    };
    let offer = offer(model, prompt.kind(), prompt.text());
    if *prompt.kind() == PromptKind::SearchHelp {
        let words = prompt.text().to_owned();
        screens::narrow_help(model, &words);
    }
    if let Some(prompt) = model.prompt_mut() {
        prompt.show(offer);
    }
}

/// The conversations that a prompt is about from now on; said where there are none.
fn selected(model: &mut Model, effects: &mut Vec<Effect>) -> Option<Vec<Target>> {
    // Keys can be faster than the chat follows the selection.
    list::follow(model, effects);
    let targets = marks::targets(model);
    if targets.is_empty() {
        screens::nobody(model);
        return None;
    }
    Some(targets)
}

/// What all of them have in common; none where they differ or are not on the screen.
fn common<T: PartialEq>(
    model: &Model,
    targets: &[Target],
    of: impl Fn(&Conversation) -> T,
) -> Option<T> {
    let mut all = targets
        .iter()
        .map(|it| Some(of(held(model, it.conversation)?)));
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// A conversation as the screen shows it.
fn held(model: &Model, conversation: ConversationId) -> Option<&Conversation> {
    Some(&row(model, conversation)?.conversation)
}

pub(super) fn row(model: &Model, conversation: ConversationId) -> Option<&ListRow> {
    let chat = model.timeline.as_ref();
    let chat = chat.filter(|chat| chat.conversation() == conversation);
    let row = model.roster.row(conversation);
    row.or_else(|| chat?.row())
}

/// Whom they are with, in words.
fn whom(model: &Model, targets: &[Target]) -> String {
    match targets {
        [only] => named(model, only.conversation),
        several => format!("{} conversations", several.len()),
    }
}

fn named(model: &Model, conversation: ConversationId) -> String {
    row(model, conversation).map_or_else(
        || "this conversation".to_owned(),
        |row| {
            let address = || {
                row.conversation
                    .address
                    .display(model.setup.home)
                    .to_string()
            };
            let name = row.name.clone().filter(|name| !name.trim().is_empty());
            name.unwrap_or_else(address)
        },
    )
}
