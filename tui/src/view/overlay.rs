//! What lies over the panes: what can follow a prefix key, notices, help, questions.

use super::audit;
use super::broadcasts;
use super::bulk;
use super::details;
use super::paint::{self, Pen};
use super::stats;
use super::theme::Theme;
use super::timed;
use super::watch;
use crate::action::Action;
use crate::input::command::named;
use crate::input::context::Context;
use crate::input::docs::{HelpLine, help_lines, narrowed};
use crate::input::key::sequence_label;
use crate::model::Model;
use crate::model::geometry;
use crate::model::list::View;
use crate::model::overlay::{Level, Overlay};
use crate::model::relay::TOO_OLD;
use crate::model::transcript::age;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smsdesk_common::ids::EntryId;
use smsdesk_common::safe_text::SafeText;

/// Draws everything that lies over the panes.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    which_key(model, theme, area, buffer);
    match model.overlays.last() {
        Some(Overlay::Help { .. }) => draw_help(model, theme, model.overlays.last(), buffer),
        Some(Overlay::SinceYouLeft) => since_you_left(model, theme, area, buffer),
        Some(Overlay::ConfirmQuit) => confirm_quit(model, theme, area, buffer),
        Some(Overlay::ConfirmResend { entry }) => {
            confirm_resend(model, theme, *entry, area, buffer);
        }
        Some(Overlay::Timed(list)) => timed::draw(model, list, theme, area, buffer),
        Some(Overlay::Broadcasts(list)) => broadcasts::draw(model, list, theme, area, buffer),
        Some(Overlay::Bulk(held)) => bulk::draw(model, held, theme, area, buffer),
        Some(Overlay::Stats) => stats::draw(model, theme, area, buffer),
        Some(Overlay::Status) => watch::draw(model, theme, area, buffer),
        Some(Overlay::Details { entry }) => details::draw(model, *entry, theme, area, buffer),
        Some(Overlay::Audit(log)) => audit::draw(model, log, theme, area, buffer),
        // They have files of their own.
        Some(Overlay::Contact(_) | Overlay::Prompt(_) | Overlay::Sheet(_) | Overlay::Search(_))
        | None => {}
    }
    if model.prompt().is_none() {
        notices(model, theme, area, buffer);
    }
}

/// Draws what lies below a prompt: the help that is being narrowed, and notices, which must not hide
/// the line that is being typed.
pub(super) fn draw_below(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if model.prompt().is_some() {
        draw_help(model, theme, model.overlays.iter().rev().nth(1), buffer);
        notices(model, theme, area, buffer);
    }
}

fn draw_help(model: &Model, theme: Theme, overlay: Option<&Overlay>, buffer: &mut Buffer) {
    if let Some(Overlay::Help {
        context,
        scroll,
        search,
    }) = overlay
    {
        let lines = narrowed(help_lines(&model.keymap, *context), search);
        let title = match search.as_str() {
            "" => "Keys".to_owned(),
            search if lines.is_empty() => format!("Keys: none with {search}"),
            search => format!("Keys with {search}"),
        };
        help(model, theme, &title, &lines, *scroll, buffer);
    }
}

/// The keys that can follow, right above the status line.
fn which_key(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if model.prefix.is_empty() {
        return;
    }
    let follows = model.keymap.continuations(model.context(), &model.prefix);
    let macros = model.keymap.macros_behind(model.context(), &model.prefix);
    let rows: Vec<(SafeText, SafeText, Style)> = follows
        .into_iter()
        .filter_map(|(key, action)| {
            let does = match action.view() {
                // Digits without a view of one's own would only fill the box.
                Some(View::Saved(number)) => &model.setup.saved.get(number.index())?.name,
                _ if model.lacks(action).is_some() => TOO_OLD,
                _ => action.describe(),
            };
            let style = looks(model, theme, action);
            Some((SafeText::line(&key), SafeText::line(does), style))
        })
        .chain(macros.map(|(key, name)| {
            let (key, name) = (SafeText::line(&key), SafeText::line(name));
            (key, name, theme.key())
        }))
        .collect();
    let cell = |(key, does, _): &(SafeText, SafeText, Style)| key.width() + does.width() + 4;
    let widest = rows.iter().map(cell).max().unwrap_or(0);
    // What does not fit below each other stands side by side.
    let most = usize::from(area.height.saturating_sub(4)).max(1);
    let columns = rows.len().div_ceil(most).max(1);
    let height = rows.len().div_ceil(columns);
    let frame = corner(area, widest * columns + 3, height + 2);
    paint::clear(buffer, frame);
    let title = SafeText::line(&sequence_label(&model.prefix));
    paint::frame(
        buffer,
        frame,
        theme.frame(true),
        &[(title, theme.key())],
        &SafeText::default(),
    );
    let inside = geometry::inside(frame);
    let width = usize::from(inside.width) / columns;
    for (at, (key, does, style)) in rows.iter().enumerate() {
        let n = u16::try_from(at % height).unwrap_or(u16::MAX);
        let mut pen = Pen::new(buffer, paint::line(inside, n));
        pen.skip(at / height * width + 1);
        let does = does.truncate_to_width(width.saturating_sub(key.width() + 4));
        let plain = match *style == theme.quiet() {
            true => theme.quiet(),
            false => theme.plain(),
        };
        pen.write(key, *style).skip(2).write(&does, plain);
    }
}

/// A key of an action: quiet where the relay cannot do it.
fn looks(model: &Model, theme: Theme, action: Action) -> Style {
    match model.lacks(action) {
        Some(_) => theme.quiet(),
        None => theme.key(),
    }
}

/// Sentences to the agent, at the top right: the newest texts and the composer stay in sight.
fn notices(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let lines: Vec<(SafeText, Level)> = model
        .notices
        .iter()
        .flat_map(|notice| {
            let room = usize::from(area.width.saturating_sub(8)).min(72);
            let wrapped = SafeText::line(&notice.text).wrap(room);
            wrapped.into_iter().map(|line| (line, notice.level))
        })
        .collect();
    if lines.is_empty() {
        return;
    }
    let widest = lines
        .iter()
        .map(|(line, _)| line.width())
        .max()
        .unwrap_or(0);
    let corner = corner(area, widest + 4, lines.len() + 2);
    let frame = Rect {
        x: corner.x.saturating_sub(2),
        y: area.y + 2,
        ..corner
    };
    paint::clear(buffer, frame);
    let problem = lines.iter().any(|(_, level)| *level != Level::Info);
    let style = if problem { theme.bad() } else { theme.notice() };
    paint::frame(buffer, frame, style, &[], &SafeText::default());
    for (n, (line, _)) in (0..).zip(&lines) {
        Pen::new(buffer, paint::line(geometry::inside(frame), n))
            .skip(1)
            .write(line, theme.plain());
    }
}

fn help(
    model: &Model,
    theme: Theme,
    title: &str,
    lines: &[HelpLine],
    scroll: usize,
    buffer: &mut Buffer,
) {
    let inside = geometry::help(model.setup.size);
    let frame = Rect {
        x: inside.x.saturating_sub(1),
        y: inside.y.saturating_sub(1),
        width: inside.width + 2,
        height: inside.height + 2,
    };
    paint::clear(buffer, frame);
    let height = usize::from(inside.height);
    let scroll = scroll.min(lines.len().saturating_sub(height));
    let title = SafeText::line(title);
    let place = match lines.len() {
        all if all > height => format!("{}–{} of {all}", scroll + 1, scroll + height),
        _ => String::new(),
    };
    let title = [(title, theme.strong())];
    paint::frame(
        buffer,
        frame,
        theme.frame(true),
        &title,
        &SafeText::line(&place),
    );
    let column = |line: &HelpLine| match line {
        HelpLine::Keys { keys, .. } => SafeText::line(keys).width(),
        HelpLine::Title(_) | HelpLine::Gap => 0,
    };
    let widest = lines.iter().map(column).max().unwrap_or(0);
    for (n, line) in (0..).zip(lines.iter().skip(scroll).take(height)) {
        let mut pen = Pen::new(buffer, paint::line(inside, n));
        match line {
            HelpLine::Title(title) => {
                pen.skip(1).words(title, theme.strong());
            }
            HelpLine::Keys { keys, does, name } => {
                let keys = SafeText::line(keys);
                let lacks = named(name).is_some_and(|action| model.lacks(action).is_some());
                let (key, plain, does) = match lacks {
                    true => (theme.quiet(), theme.quiet(), TOO_OLD),
                    false => (theme.key(), theme.plain(), *does),
                };
                pen.skip(2).write(&keys, key);
                pen.skip(widest - keys.width() + 2).words(does, plain);
            }
            HelpLine::Gap => {}
        }
    }
}

fn since_you_left(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let Some(told) = model.absence.told() else {
        return;
    };
    let counted = |count: u32, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let longest = told.longest.as_ref().map(|longest| {
        let waits = age(longest.waiting_since, model.now).0;
        format!("{waits} is the longest wait: {}", longest.who)
    });
    let lines = [
        counted(told.arrived, "text arrived", "texts arrived"),
        counted(
            told.closed,
            "conversation was closed by others",
            "conversations were closed by others",
        ),
        counted(told.failed, "text did not arrive", "texts did not arrive"),
        counted(
            told.timed,
            "text is timed for tonight",
            "texts are timed for tonight",
        ),
        longest,
    ];
    let away = age(told.since, model.now).0;
    let list = Listing {
        title: format!("Since you left, {away} ago"),
        lines: lines.into_iter().flatten().collect(),
        context: Context::SinceYouLeft,
    };
    list.draw(model, theme, area, buffer);
}

/// Some lines and the keys that lead on.
struct Listing {
    title: String,
    lines: Vec<String>,
    context: Context,
}

impl Listing {
    fn draw(&self, model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
        let rows = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        let frame = middle(area, 58, rows.saturating_add(5));
        paint::clear(buffer, frame);
        let title = [(SafeText::line(&self.title), theme.strong())];
        let style = theme.frame(true);
        paint::frame(buffer, frame, style, &title, &SafeText::default());
        let inside = geometry::inside(frame);
        for (n, line) in (1..).zip(&self.lines) {
            Pen::new(buffer, paint::line(inside, n))
                .skip(2)
                .words(line, theme.plain());
        }
        let mut pen = Pen::new(buffer, paint::line(inside, rows.saturating_add(2)));
        for hint in model.keymap.hints(self.context) {
            pen.skip(2)
                .words(&hint.key, theme.key())
                .words(&format!(" {}", hint.word), theme.plain());
        }
    }
}

fn confirm_quit(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let outbox = model.outbox;
    let what = outbox.words().unwrap_or_else(|| "Nothing waits".to_owned());
    let rest = match outbox.total() {
        1 => "It stays on this disk and goes out at the next start.",
        _ => "They stay on this disk and go out at the next start.",
    };
    let lines = [format!("{what} to be sent."), rest.to_owned()];
    let question = Question {
        title: "Quit?",
        lines: lines.map(|line| SafeText::line(&line)),
        context: Context::ConfirmQuit,
    };
    ask(model, theme, &question, area, buffer);
}

fn confirm_resend(model: &Model, theme: Theme, entry: EntryId, area: Rect, buffer: &mut Buffer) {
    let item = model.timeline.as_ref().and_then(|t| t.item(entry));
    let words = item.map_or("", |item| item.entry.body.as_str());
    let question = Question {
        title: "Send it again?",
        lines: [
            SafeText::line(words).truncate_to_width(52),
            SafeText::line("Twilio may have taken it, so it may arrive twice."),
        ],
        context: Context::ConfirmResend,
    };
    ask(model, theme, &question, area, buffer);
}

/// A question with what to know before it is answered.
struct Question {
    title: &'static str,
    lines: [SafeText; 2],
    context: Context,
}

fn ask(model: &Model, theme: Theme, question: &Question, area: Rect, buffer: &mut Buffer) {
    let frame = middle(area, 58, 7);
    paint::clear(buffer, frame);
    let title = [(SafeText::line(question.title), theme.strong())];
    paint::frame(
        buffer,
        frame,
        theme.frame(true),
        &title,
        &SafeText::default(),
    );
    let inside = geometry::inside(frame);
    for (n, line) in (1..).zip(&question.lines) {
        Pen::new(buffer, paint::line(inside, n))
            .skip(2)
            .write(line, theme.plain());
    }
    let mut pen = Pen::new(buffer, paint::line(inside, 4));
    for hint in model.keymap.hints(question.context) {
        pen.skip(2)
            .words(&hint.key, theme.key())
            .words(&format!(" {}", hint.word), theme.plain());
    }
}

/// A box at the bottom right, above the status line.
fn corner(area: Rect, width: usize, height: usize) -> Rect {
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(height)
        .unwrap_or(u16::MAX)
        .min(area.height.saturating_sub(1));
    Rect {
        x: area.right() - width,
        y: area.bottom() - 1 - height,
        width,
        height,
    }
}

pub(super) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}
