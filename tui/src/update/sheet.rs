//! Sheets: writing them, saving them, leaving them. What could not be saved stays on its sheet.

use super::actions::text_edit;
use super::{bulk, compose, editor, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::bulk::{Says, Whom};
use crate::model::contact::{Ask, Field};
use crate::model::editor::{Editor, Motion};
use crate::model::geometry;
use crate::model::job_edit;
use crate::model::lent::{Lent, Whose};
use crate::model::overlay::{Level, Overlay};
use crate::model::sheet::{Asked, Sheet, Subject};
use crate::model::template_edit::{Write, content};
use smsdesk_common::api::templates::TemplateContent;
use smsdesk_common::contact::unfit;
use smsdesk_common::ids::ContactId;
use smsdesk_common::template::check;

/// Lays a sheet over everything.
pub(super) fn open(model: &mut Model, subject: Subject, words: &str) {
    let sheet = Box::new(Sheet::new(subject, words));
    model.overlays.push(Overlay::Sheet(sheet));
}

/// Does what is meant on a sheet.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    let columns = geometry::sheet_columns(model.setup.size);
    let Some(sheet) = model.sheet_mut() else {
        return false;
    };
    match action {
        Action::SaveSheet => save(model, effects),
        Action::LeaveSheet => leave(model),
        Action::OpenEditor => lend(model, effects),
        Action::Newline => insert(model, "\n"),
        Action::CursorUp => sheet.edit(|editor| editor.go_row(-1, columns)),
        Action::CursorDown => sheet.edit(|editor| editor.go_row(1, columns)),
        Action::UndoEdit => {
            sheet.edit(Editor::undo);
        }
        Action::RedoEdit => {
            sheet.edit(Editor::redo);
        }
        _ => match text_edit(action) {
            Some(edit) => sheet.edit(|editor| edit.apply(editor)),
            None => return false,
        },
    }
    true
}

/// Puts words in at the cursor.
pub(super) fn insert(model: &mut Model, words: &str) {
    let inserted = model.sheet_mut().map(|sheet| sheet.insert(words));
    compose::say_if_cut(model, inserted);
}

/// The agent's own editor has these words.
pub(super) fn edited(model: &mut Model, words: &str) {
    let inserted = model.sheet_mut().map(|sheet| {
        sheet.edit(|editor| {
            let inserted = editor.replace(words);
            editor.go(Motion::TextEnd);
            inserted
        })
    });
    let says = format!("Not saved yet: {} saves it", model.key(Action::SaveSheet));
    screens::notice(model, Level::Info, &says);
    compose::say_if_cut(model, inserted);
}

fn lend(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(sheet) = model.sheet_mut().filter(|sheet| sheet.asked.is_none()) else {
        return;
    };
    let title = sheet.subject.title();
    let whose = Whose::Sheet { title };
    let text = sheet.editor().text().to_owned();
    editor::lend(model, Lent { whose, text }, effects);
}

fn leave(model: &mut Model) {
    let saves = model.key(Action::SaveSheet);
    let leaves = model.key(Action::LeaveSheet);
    let Some(sheet) = model.sheet_mut() else {
        return;
    };
    if sheet.may_leave() {
        model.overlays.pop();
    } else {
        sheet.refuse(format!(
            "not saved: {saves} saves it, {leaves} again forgets it"
        ));
    }
}

fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(sheet) = model.sheet_mut().filter(|sheet| sheet.asked.is_none()) else {
        return;
    };
    let words = sheet.words().to_owned();
    let write = match &sheet.subject {
        Subject::NewTemplate { name } => checked(words).map(|body| {
            Write::Make(TemplateContent {
                name: name.clone(),
                body,
                ..TemplateContent::default()
            })
        }),
        Subject::Template { template, language } => {
            let mut content = content(template);
            put(&mut content, language.as_deref(), words).map(|()| Write::Replace {
                template: template.id,
                if_seq: template.seq,
                content,
            })
        }
        Subject::ContactNotes { contact, .. } => {
            let contact = *contact;
            return save_notes(model, contact, &words, effects);
        }
        Subject::Broadcast { whom } => {
            let whom = whom.clone();
            return save_broadcast(model, whom, words, effects);
        }
        Subject::NewJob { .. } | Subject::Job { .. } => return save_job(model, effects),
    };
    match write {
        Ok(write) => {
            sheet.asked = Some(Asked::Template(Box::new(write.clone())));
            effects.push(Effect::WriteTemplate(Box::new(write)));
        }
        Err(why) => sheet.refuse(why),
    }
}

/// Words that can be those of a template, or what is wrong with them and where.
fn checked(words: String) -> Result<String, String> {
    if words.is_empty() {
        return Err("expected some words".to_owned());
    }
    check(&words).map_err(|error| error.to_string())?;
    Ok(words)
}

fn put(content: &mut TemplateContent, tag: Option<&str>, words: String) -> Result<(), String> {
    match tag {
        None => content.body = checked(words)?,
        Some(tag) if words.is_empty() => {
            content.translations.remove(tag);
        }
        Some(tag) => {
            content.translations.insert(tag.to_owned(), checked(words)?);
        }
    }
    Ok(())
}

/// Asks the relay, now or not at all: the customer is told of a job at once.
fn save_job(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now;
    let Some(sheet) = model.sheet_mut() else {
        return;
    };
    let write = match &sheet.subject {
        Subject::NewJob {
            conversation,
            zone,
            id,
        } => job_edit::make(sheet.words(), (*id, *conversation), (now, zone)).map(Some),
        Subject::Job { job } => job_edit::change(sheet.words(), job, now),
        _ => return,
    };
    match write {
        Ok(Some(write)) => {
            sheet.asked = Some(Asked::Job);
            effects.push(Effect::WriteJob(Box::new(write)));
        }
        Ok(None) => {
            model.overlays.pop();
            screens::notice(model, Level::Info, "Nothing was changed");
        }
        Err(why) => sheet.refuse(why),
    }
}

/// The relay has answered about a job.
pub(super) fn job_written(model: &mut Model, write: &job_edit::Write, refused: Option<&str>) {
    let waits = |overlay: &Overlay| match overlay {
        Overlay::Sheet(sheet) => sheet.asked == Some(Asked::Job),
        _ => false,
    };
    let waiting = model.overlays.iter().rposition(waits);
    let Some(why) = refused else {
        if let Some(at) = waiting {
            model.overlays.remove(at);
        }
        return screens::notice(model, Level::Info, &write.done());
    };
    let Some(Overlay::Sheet(sheet)) = waiting.and_then(|at| model.overlays.get_mut(at)) else {
        return screens::notice(model, Level::Problem, &format!("Job not saved: {why}"));
    };
    if let (Subject::NewJob { id, .. }, job_edit::Write::Make { id: tried, .. }) =
        (&mut sheet.subject, write)
    {
        *id = *tried;
    }
    sheet.refuse(format!("not saved: {why}"));
}

/// It is counted before anything goes out; the words stay until it has begun.
fn save_broadcast(model: &mut Model, whom: Whom, words: String, effects: &mut Vec<Effect>) {
    match (checked(words), model.sheet_mut()) {
        (Ok(words), _) => bulk::prepare(model, whom, Says::Words(words), effects),
        (Err(why), Some(sheet)) => sheet.refuse(why),
        (Err(_), None) => {}
    }
}

/// They go into the outbox like any change of a contact, so that the sheet is done with.
fn save_notes(model: &mut Model, contact: ContactId, words: &str, effects: &mut Vec<Effect>) {
    let patch = Field::Notes.patch(words);
    let fits = patch.and_then(|patch| match unfit(&patch.details()) {
        Some(why) => Err(why),
        None => Ok(Box::new(patch)),
    });
    match (fits, model.sheet_mut()) {
        (Ok(patch), _) => {
            model.overlays.pop();
            effects.push(Effect::Contact(Ask::Edit { contact, patch }));
        }
        (Err(why), Some(sheet)) => sheet.refuse(why),
        (Err(_), None) => {}
    }
}

/// The relay has answered: the sheet is done with, or says why it was refused. Says whether one waited.
pub(super) fn written(model: &mut Model, write: &Write, refused: Option<&str>) -> bool {
    let waits = |overlay: &Overlay| match overlay {
        Overlay::Sheet(sheet) => match &sheet.asked {
            Some(Asked::Template(asked)) => **asked == *write,
            Some(Asked::Job) | None => false,
        },
        _ => false,
    };
    let Some(at) = model.overlays.iter().rposition(waits) else {
        return false;
    };
    match (refused, &mut model.overlays[at]) {
        (Some(why), Overlay::Sheet(sheet)) => sheet.refuse(format!("not saved: {why}")),
        _ => {
            model.overlays.remove(at);
        }
    }
    true
}
