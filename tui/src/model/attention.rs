//! What deserves a bell or a notification, and when: only what concerns me, only what is new, and
//! never so often that nobody listens any more.
//!
//! Decides alone; the terminal and the hook are told through effects.

use crate::effect::{Effect, Outward, Sequence};
use crate::event::Window;
use serde::{Deserialize, Serialize};
use smsdesk_common::activity::Activity;
use smsdesk_common::agent::Agent;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;

/// Between two notifications, in milliseconds: what comes meanwhile is told together. A customer
/// who writes five lines in a row rings twice and not five times.
pub const GAP_MS: i64 = 8_000;

/// The most news that one commit brings to the app: more are a backlog, and told by number.
pub const NEWS_MAX: usize = 64;

/// The longest part of a text that is shown, in characters.
pub const PREVIEW_CHARACTERS_MAX: usize = 140;

/// What can concern an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text in a conversation of mine.
    Mine,
    /// A text in a conversation that nobody owns.
    Unassigned,
    /// A colleague named me in a note.
    Mention,
    /// A colleague gave me a conversation.
    Assigned,
    /// A text of mine did not arrive.
    Failed,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Mine,
        Self::Unassigned,
        Self::Mention,
        Self::Assigned,
        Self::Failed,
    ];

    /// The name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Mention => "mention",
            Self::Assigned => "assigned",
            Self::Failed => "failed",
        }
    }
}

/// One thing that has just happened and may concern me.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub kind: Kind,
    /// The customer's name or number; remote text.
    pub who: String,
    /// The beginning of the text; remote text.
    pub text: String,
}

/// How to call for attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Whether the bell rings.
    pub bell: bool,
    /// How the desktop is told, where the terminal can do that.
    pub desktop: Option<Sequence>,
    /// What is told at all.
    pub kinds: Vec<Kind>,
    /// Whether the text's beginning is told, or only who wrote.
    pub preview: bool,
    /// A program and its arguments, run with the words on its input; empty for none.
    pub command: Vec<String>,
}

impl Notify {
    /// Nothing at all.
    pub const OFF: Self = Self {
        bell: false,
        desktop: None,
        kinds: Vec::new(),
        preview: false,
        command: Vec::new(),
    };
}

/// What a stored entry means to `me`; none where it does not concern me. `before` is the entry as it
/// was stored until now, `owner` whose conversation it is in.
pub fn concerns(
    entry: &Entry,
    before: Option<&Entry>,
    owner: Option<AgentId>,
    me: &Agent,
) -> Option<Kind> {
    let by_me = entry.author == Author::Agent(me.id);
    let failed = |entry: &Entry| entry.status.is_some_and(DeliveryStatus::is_failure);
    match (entry.entry_kind, entry.direction) {
        (EntryKind::Message, Direction::Inbound) if before.is_none() => match owner {
            None => Some(Kind::Unassigned),
            Some(owner) if owner == me.id => Some(Kind::Mine),
            Some(_) => None,
        },
        (EntryKind::Message, Direction::Outbound) if by_me && failed(entry) => {
            (!before.is_some_and(failed)).then_some(Kind::Failed)
        }
        (EntryKind::Note, _) if before.is_none() && !by_me => {
            mentions(&entry.body, &me.name).then_some(Kind::Mention)
        }
        (EntryKind::Activity, _) if before.is_none() && !by_me => {
            let to_me =
                |did: &Activity| matches!(did, Activity::Assignee { to, .. } if *to == Some(me.id));
            entry.activity.iter().any(to_me).then_some(Kind::Assigned)
        }
        _ => None,
    }
}

/// Whether `@name` stands in a note, not as a part of a longer name.
fn mentions(body: &str, name: &str) -> bool {
    let (body, name) = (body.to_lowercase(), name.trim().to_lowercase());
    let at_name = format!("@{name}");
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    !name.is_empty()
        && body
            .match_indices(&at_name)
            .any(|(at, found)| ends(&body[at + found.len()..]))
}

/// What matters for the decision.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// How to call.
    pub notify: &'a Notify,
    /// The time.
    pub now: Timestamp,
    /// Whether the app is up to date: what comes before is old news.
    pub is_live: bool,
    /// The conversation that is opened on the screen.
    pub on_screen: Option<ConversationId>,
}

/// What was told, and what waits to be.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    window: Window,
    told_at: Option<Timestamp>,
    held: Vec<News>,
    /// More than are held.
    uncounted: usize,
}

/// When what is held may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueIn(pub u32);

impl Attention {
    /// The terminal's window got or lost the keyboard. Whoever looks needs no call.
    pub fn look(&mut self, window: Window) {
        self.window = window;
        if window == Window::Focused {
            self.held.clear();
            self.uncounted = 0;
        }
    }

    /// Takes news in. What to do at once, and when to ask again with [`Self::due`].
    pub fn take(
        &mut self,
        news: Vec<News>,
        situation: Situation<'_>,
    ) -> (Vec<Effect>, Option<DueIn>) {
        if !situation.is_live {
            return (Vec::new(), None);
        }
        let seen = |news: &News| {
            self.window == Window::Focused && situation.on_screen == Some(news.conversation)
        };
        let news: Vec<News> = news
            .into_iter()
            .filter(|news| situation.notify.kinds.contains(&news.kind) && !seen(news))
            .collect();
        for one in news {
            if self.held.len() < NEWS_MAX {
                self.held.push(one);
            } else {
                self.uncounted += 1;
            }
        }
        if self.held.is_empty() {
            return (Vec::new(), None);
        }
        let rested = self
            .told_at
            .map_or(i64::MAX, |at| situation.now.millis_since(at));
        // A clock that was set back must not silence the app.
        if (0..GAP_MS).contains(&rested) {
            let left = u32::try_from(GAP_MS - rested).unwrap_or(0);
            return (Vec::new(), Some(DueIn(left)));
        }
        (self.due(situation), None)
    }

    /// Tells what is held.
    pub fn due(&mut self, situation: Situation<'_>) -> Vec<Effect> {
        let held = std::mem::take(&mut self.held);
        let more = std::mem::take(&mut self.uncounted);
        let Some(words) = words(&held, more, situation.notify) else {
            return Vec::new();
        };
        self.told_at = Some(situation.now);
        call(situation.notify, words)
    }
}

fn call(notify: &Notify, words: String) -> Vec<Effect> {
    let mut effects = Vec::new();
    if notify.bell {
        effects.push(Effect::Tell(Outward::Bell));
    }
    if let Some(sequence) = notify.desktop {
        let text = words.clone();
        effects.push(Effect::Tell(Outward::Note { sequence, text }));
    }
    if !notify.command.is_empty() {
        effects.push(Effect::Hook {
            command: notify.command.clone(),
            text: words,
        });
    }
    effects
}

/// One thing in words, or several by number.
fn words(held: &[News], more: usize, notify: &Notify) -> Option<String> {
    let said = match (held, more) {
        ([], _) => return None,
        ([one], 0) => one_in_words(one, notify.preview),
        (several, more) => {
            let count = several.len() + more;
            let texts = |news: &News| matches!(news.kind, Kind::Mine | Kind::Unassigned);
            match several.iter().all(texts) {
                true => format!("{count} new texts"),
                false => format!("{count} things for you"),
            }
        }
    };
    Some(SafeText::line(&said).into_string())
}

fn one_in_words(news: &News, preview: bool) -> String {
    let (who, text) = (&news.who, &news.text);
    let says = match news.kind {
        Kind::Mine | Kind::Unassigned if !preview => return format!("{who} wrote"),
        Kind::Mine | Kind::Unassigned => return format!("{who}: {text}"),
        Kind::Mention => "You were named",
        Kind::Assigned => "Yours now",
        Kind::Failed => "Not delivered",
    };
    match preview && !text.is_empty() && news.kind != Kind::Assigned {
        true => format!("{says}, {who}: {text}"),
        false => format!("{says}: {who}"),
    }
}

/// The window's title where so many customers wait for me.
pub fn title(waiting: u32) -> String {
    match waiting {
        0 => "smsdesk".to_owned(),
        1..=999 => format!("({waiting}) smsdesk"),
        _ => "(999+) smsdesk".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{NOW, Text, agent_ana, agent_bo, conversation_id};
    use smsdesk_common::status::DeliveryStatus::{Delivered, Failed, Sent};

    fn notify() -> Notify {
        Notify {
            bell: true,
            desktop: Some(Sequence::Osc9),
            kinds: Kind::ALL.to_vec(),
            preview: true,
            command: Vec::new(),
        }
    }

    fn situation(notify: &Notify, after_ms: i64) -> Situation<'_> {
        Situation {
            notify,
            now: NOW.plus_millis(after_ms),
            is_live: true,
            on_screen: None,
        }
    }

    fn news(n: u32, text: &str) -> News {
        News {
            conversation: conversation_id(n),
            kind: Kind::Mine,
            who: format!("Customer {n}"),
            text: text.to_owned(),
        }
    }

    fn said(effects: &[Effect]) -> Vec<String> {
        let text = |effect: &Effect| match effect {
            Effect::Tell(Outward::Note { text, .. }) => Some(text.clone()),
            _ => None,
        };
        effects.iter().filter_map(text).collect()
    }

    fn entry(text: Text) -> Entry {
        text.item(conversation_id(1), 1).entry
    }

    #[test]
    fn only_what_is_new_and_mine_or_nobody_s_concerns_me() {
        let (ana, bo) = (agent_ana(), agent_bo());
        let inbound = entry(Text::from_them("hi", 1));
        for (owner, kind) in [
            (None, Some(Kind::Unassigned)),
            (Some(ana.id), Some(Kind::Mine)),
            (Some(bo.id), None),
        ] {
            assert_eq!(concerns(&inbound, None, owner, &ana), kind);
            assert_eq!(concerns(&inbound, Some(&inbound), owner, &ana), None);
        }
    }

    #[test]
    fn a_text_of_mine_that_fails_concerns_me_once() {
        let (ana, bo) = (agent_ana(), agent_bo());
        let sent = entry(Text::from_us("hi", 1, Sent));
        let failed = entry(Text::from_us("hi", 1, Failed));
        let fate = |before| concerns(&failed, before, None, &ana);
        assert_eq!(fate(Some(&sent)), Some(Kind::Failed));
        assert_eq!(fate(None), Some(Kind::Failed));
        assert_eq!(fate(Some(&failed)), None);
        assert_eq!(concerns(&failed, Some(&sent), None, &bo), None);
        let delivered = entry(Text::from_us("hi", 1, Delivered));
        assert_eq!(concerns(&delivered, Some(&sent), None, &ana), None);
    }

    #[test]
    fn a_colleague_s_note_concerns_me_where_it_names_me() {
        let ana = agent_ana();
        for (body, named) in [
            ("@Ana, can you call her?", true),
            ("ask @ana", true),
            ("@Anabel knows", false),
            ("Ana knows", false),
        ] {
            let note = entry(Text::internal(EntryKind::Note, body, 1));
            assert_eq!(
                concerns(&note, None, None, &ana),
                named.then_some(Kind::Mention),
                "{body}"
            );
        }
        let own = entry(Text::from_us("@Ana", 1, Sent));
        assert_eq!(concerns(&own, None, None, &ana), None);
    }

    #[test]
    fn a_conversation_that_somebody_else_gives_me_concerns_me() {
        let (ana, bo) = (agent_ana(), agent_bo());
        let mut given = entry(Text::internal(EntryKind::Activity, "assigned it to Ana", 1));
        given.activity = vec![Activity::Assignee {
            from: None,
            to: Some(ana.id),
        }];
        assert_eq!(concerns(&given, None, None, &ana), Some(Kind::Assigned));
        given.author = Author::Agent(ana.id);
        assert_eq!(concerns(&given, None, None, &ana), None);
        assert_eq!(concerns(&given, None, None, &bo), None);
    }

    #[test]
    fn the_first_is_told_at_once_and_those_behind_it_together() {
        let notify = notify();
        let mut attention = Attention::default();
        let (effects, due) = attention.take(vec![news(1, "hello")], situation(&notify, 0));
        assert_eq!(said(&effects), ["Customer 1: hello"]);
        assert_eq!(effects[0], Effect::Tell(Outward::Bell));
        assert_eq!(due, None);
        for n in 1..=5 {
            let (effects, due) = attention.take(vec![news(n, "more")], situation(&notify, 1_000));
            assert_eq!((effects, due), (Vec::new(), Some(DueIn(7_000))));
        }
        let effects = attention.due(situation(&notify, 8_000));
        assert_eq!(said(&effects), ["5 new texts"]);
        assert!(attention.due(situation(&notify, 16_000)).is_empty());
    }

    #[test]
    fn old_news_and_what_is_looked_at_make_no_noise() {
        let notify = notify();
        let mut attention = Attention::default();
        let catching_up = Situation {
            is_live: false,
            ..situation(&notify, 0)
        };
        let silence = (Vec::new(), None);
        assert_eq!(attention.take(vec![news(1, "old")], catching_up), silence);
        let looking = Situation {
            on_screen: Some(conversation_id(1)),
            ..situation(&notify, 0)
        };
        assert_eq!(attention.take(vec![news(1, "seen")], looking), silence);
        attention.look(Window::Away);
        let (effects, _) = attention.take(vec![news(1, "unseen")], looking);
        assert_eq!(said(&effects), ["Customer 1: unseen"]);
    }

    #[test]
    fn who_comes_back_to_the_window_needs_no_call_for_what_waited() {
        let notify = notify();
        let mut attention = Attention::default();
        attention.look(Window::Away);
        attention.take(vec![news(1, "one")], situation(&notify, 0));
        attention.take(vec![news(1, "two")], situation(&notify, 1));
        attention.look(Window::Focused);
        assert!(attention.due(situation(&notify, GAP_MS)).is_empty());
    }

    #[test]
    fn a_kind_that_is_not_wanted_is_not_told_and_a_text_only_where_it_may_be() {
        let mut notify = notify();
        notify.preview = false;
        notify.kinds = vec![Kind::Mine];
        let mut attention = Attention::default();
        let failed = News {
            kind: Kind::Failed,
            ..news(1, "x")
        };
        let (effects, _) = attention.take(vec![failed], situation(&notify, 0));
        assert!(effects.is_empty());
        let (effects, _) = attention.take(vec![news(1, "secret")], situation(&notify, 0));
        assert_eq!(said(&effects), ["Customer 1 wrote"]);
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let notify = notify();
        let mut attention = Attention::default();
        attention.take(vec![news(1, "first")], situation(&notify, 0));
        for _ in 0..10 {
            let many = (0..50).map(|n| news(n, "x")).collect();
            attention.take(many, situation(&notify, 1));
            assert!(attention.held.len() <= NEWS_MAX);
        }
        let effects = attention.due(situation(&notify, GAP_MS));
        assert_eq!(said(&effects), ["500 new texts"]);
    }

    #[test]
    fn what_a_stranger_writes_is_told_as_safe_text() {
        let notify = notify();
        let hostile = news(1, "a\u{1b}]0;b\u{7}\nc\u{202e}");
        let (effects, _) = Attention::default().take(vec![hostile], situation(&notify, 0));
        let said = said(&effects).remove(0);
        assert!(!said.chars().any(char::is_control), "{said:?}");
        assert!(!said.contains('\u{202e}'), "{said:?}");
    }

    #[test]
    fn the_title_counts_who_waits() {
        assert_eq!(title(0), "smsdesk");
        assert_eq!(title(3), "(3) smsdesk");
        assert_eq!(title(5_000), "(999+) smsdesk");
    }
}
