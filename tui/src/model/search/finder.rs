//! The search screen: what was typed, what was found, which of it is chosen, and what stands
//! around that.

use super::{Found, Hit, Person, Reach, SearchQuery, Who};
use crate::model::Focus;
use crate::model::chat::{ChatQuery, TimelineItem, TimelineKey};
use crate::model::editor::{Editor, Motion};
use crate::model::listing::Listing;
use crate::model::roster::{Spot, Step};
use smsdesk_common::filter::{FILTER_CHARACTERS_MAX, FilterError, Needle, Search, Sense};
use smsdesk_common::ids::{ConversationId, EntryId};

/// How many people stand above the texts: they must not push them off the screen.
const PEOPLE_BESIDE_HITS: usize = 3;

/// How many entries are shown around a hit.
pub const PREVIEW_ENTRIES: u32 = 40;

/// Where the agent was before the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What the list showed.
    pub listing: Listing,
    /// What was selected there.
    pub spot: Spot,
    /// Where the keys went.
    pub focus: Focus,
}

/// Something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// Somebody.
    Person(&'a Person),
    /// What somebody said.
    Hit(&'a Hit),
}

impl<'a> Row<'a> {
    /// Who is behind it.
    pub const fn who(self) -> &'a Who {
        match self {
            Self::Person(person) => &person.who,
            Self::Hit(hit) => &hit.who,
        }
    }

    /// What stays the same when other rows come.
    fn id(self) -> (Option<EntryId>, &'a Who) {
        match self {
            Self::Person(person) => (None, &person.who),
            Self::Hit(hit) => (Some(hit.entry), &hit.who),
        }
    }
}

/// What stands around a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What was asked for it.
    pub query: ChatQuery,
    /// The entries.
    pub items: Vec<TimelineItem>,
}

/// Whether Enter was pressed before the answer was here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Haste {
    /// No.
    #[default]
    None,
    /// The chosen row is opened as soon as there is one.
    Opens,
}

/// Who chose the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Nobody: it is the first one.
    Open,
    /// The agent, since the text was typed.
    Made,
}

/// The search screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finder {
    /// Where the agent was.
    pub origin: Origin,
    /// Whether Enter waits.
    pub haste: Haste,
    editor: Editor,
    asked: Option<SearchQuery>,
    found: Found,
    needles: Vec<Needle>,
    odd: Option<FilterError>,
    chosen: usize,
    choice: Choice,
    preview: Option<Preview>,
    preview_asked: Option<ChatQuery>,
}

impl Finder {
    /// An empty screen.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            haste: Haste::None,
            editor: Editor::default(),
            asked: None,
            found: Found::default(),
            needles: Vec::new(),
            odd: None,
            chosen: 0,
            choice: Choice::Open,
            preview: None,
            preview_asked: None,
        }
    }

    /// What is being typed.
    pub const fn editor(&self) -> &Editor {
        &self.editor
    }

    /// Puts text in at the cursor, on one line and as much as a search takes.
    pub fn insert(&mut self, text: &str) {
        let room = FILTER_CHARACTERS_MAX.saturating_sub(self.editor.text().chars().count());
        let line = text.trim_end_matches(['\r', '\n']);
        let line = line.replace("\r\n", " ").replace(['\r', '\n'], " ");
        let fits: String = line.chars().take(room).collect();
        self.edit(|editor| {
            editor.insert(&fits);
        });
    }

    /// Changes what is typed.
    pub fn edit(&mut self, change: impl FnOnce(&mut Editor)) {
        change(&mut self.editor);
        // The editor knows more line breaks than can be typed.
        if self.editor.text().contains('\n') {
            let line = self.editor.text().replace('\n', " ");
            self.editor.replace(&line);
            self.editor.go(Motion::TextEnd);
        }
    }

    /// The question that is due, where what is typed was not asked yet; numbered by `number`.
    pub fn next_query(&mut self, number: u64) -> Option<SearchQuery> {
        let text = self.editor.text();
        if self.asked.as_ref().is_some_and(|asked| asked.text == text) {
            return None;
        }
        let search = Search::read(text);
        self.odd = search.odd.clone();
        self.haste = Haste::None;
        self.choice = Choice::Open;
        let query = SearchQuery {
            number,
            text: text.to_owned(),
        };
        self.asked = Some(query.clone());
        if search.is_empty() {
            self.accept(Found {
                query,
                ..Found::default()
            });
            return None;
        }
        Some(query)
    }

    /// Asks for the same anew, for records have changed.
    pub fn ask_again(&mut self, number: u64) -> Option<SearchQuery> {
        // A question under way brings what is new by itself, or is followed by another one.
        let asked = self
            .asked
            .as_mut()
            .filter(|asked| **asked == self.found.query)?;
        if Search::read(&asked.text).is_empty() {
            return None;
        }
        asked.number = number;
        Some(asked.clone())
    }

    /// Takes an answer. False where it is to an older question. A row that was chosen since the
    /// text was typed stays chosen, also where it stood in the answer to a shorter one; where it is
    /// gone, an Enter that waits opens nothing in its place.
    pub fn accept(&mut self, found: Found) -> bool {
        if self.asked.as_ref() != Some(&found.query) {
            return false;
        }
        let same = found.query.text == self.found.query.text;
        let kept = (same && self.chosen > 0) || self.choice == Choice::Made;
        let chosen = self.chosen().filter(|_| kept);
        let chosen = chosen.map(|row| (row.id().0, row.id().1.clone()));
        if !same {
            self.needles = Search::read(&found.query.text).filter.needles(Sense::Holds);
        }
        self.found = found;
        let again = chosen.as_ref().and_then(|(entry, who)| {
            let same = |row: Row<'_>| row.id() == (*entry, who);
            self.rows().position(same)
        });
        if chosen.is_some() && again.is_none() {
            self.haste = Haste::None;
            self.choice = Choice::Open;
        }
        self.chosen = again.unwrap_or(0);
        true
    }

    /// The answer that is shown.
    pub const fn found(&self) -> &Found {
        &self.found
    }

    /// Whether the answer to what is typed is still to come.
    pub fn is_waiting(&self) -> bool {
        self.asked.as_ref() != Some(&self.found.query)
    }

    /// The words to mark.
    pub fn needles(&self) -> &[Needle] {
        &self.needles
    }

    /// Why a part of what is typed is looked for as it stands.
    pub const fn odd(&self) -> Option<&FilterError> {
        self.odd.as_ref()
    }

    /// Everything that was found, people first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let people = match self.found.hits.is_empty() {
            true => self.found.people.len(),
            false => PEOPLE_BESIDE_HITS,
        };
        let people = self.found.people.iter().take(people).map(Row::Person);
        people.chain(self.found.hits.iter().map(Row::Hit))
    }

    /// Which row is chosen.
    pub const fn chosen_at(&self) -> usize {
        self.chosen
    }

    /// The row that is chosen.
    pub fn chosen(&self) -> Option<Row<'_>> {
        self.rows().nth(self.chosen)
    }

    /// Chooses the next row, or the one before, around the ends.
    pub fn step(&mut self, step: Step) {
        let Some(last) = self.rows().count().checked_sub(1) else {
            return;
        };
        self.chosen = match step {
            Step::Next if self.chosen < last => self.chosen + 1,
            Step::Next => 0,
            Step::Previous if self.chosen > 0 => self.chosen - 1,
            Step::Previous => last,
        };
        self.choice = Choice::Made;
    }

    /// Chooses a row so many further, not beyond the ends.
    pub fn go(&mut self, rows: isize) {
        let Some(last) = self.rows().count().checked_sub(1) else {
            return;
        };
        self.chosen = self.chosen.saturating_add_signed(rows).min(last);
        self.choice = Choice::Made;
    }

    /// What is to be read for the row that is chosen, if that is due and nothing is under way.
    pub fn next_preview(&mut self) -> Option<ChatQuery> {
        let wanted = around(self.chosen()?);
        let shown = self.preview.as_ref().map(|preview| preview.query);
        if self.preview_asked.is_some() || shown == Some(wanted) {
            return None;
        }
        self.preview_asked = Some(wanted);
        Some(wanted)
    }

    /// Takes what stands around a row; false where it was not asked for.
    pub fn accept_preview(&mut self, query: ChatQuery, items: &[TimelineItem]) -> bool {
        if self.preview_asked != Some(query) {
            return false;
        }
        self.preview_asked = None;
        let items = items.to_vec();
        self.preview = Some(Preview { query, items });
        true
    }

    /// The disk could not answer: nothing stands around the row, and it is not asked for again
    /// while the row stays chosen.
    pub fn fail(&mut self) {
        if let Some(query) = self.preview_asked.take() {
            let items = Vec::new();
            self.preview = Some(Preview { query, items });
        }
    }

    /// The conversation is not here (any more).
    pub fn missing(&mut self, conversation: ConversationId) {
        if self
            .preview_asked
            .is_some_and(|asked| asked.conversation() == conversation)
        {
            self.fail();
        }
    }

    /// What stands around the row that is chosen, once it is here.
    pub fn preview(&self) -> Option<&Preview> {
        let wanted = around(self.chosen()?);
        self.preview.as_ref().filter(|it| it.query == wanted)
    }

    /// The answer in a sentence.
    pub fn says(&self) -> String {
        let hits = self.found.hits.len();
        let people = self.found.people.len();
        if Search::read(self.editor.text()).is_empty() {
            return "type words, a name or any three digits of a number".to_owned();
        }
        if self.found.query.text.is_empty() || (self.is_waiting() && hits + people == 0) {
            return "searching…".to_owned();
        }
        let texts = match (self.found.reach, hits) {
            (Reach::First, hits) => format!("the newest {hits} texts · type on to narrow"),
            (Reach::Among(most), hits) => {
                format!("{hits} among the newest {} looked at", grouped(most))
            }
            (Reach::Every, 1) => "1 text".to_owned(),
            (Reach::Every, 0) if people > 0 => "no text".to_owned(),
            (Reach::Every, 0) => "nothing found".to_owned(),
            (Reach::Every, hits) => format!("{hits} texts"),
        };
        match people {
            0 => texts,
            1 => format!("1 person · {texts}"),
            people => format!("{people} people · {texts}"),
        }
    }

    /// How much of the texts was searched, where that is not all of them.
    pub fn covers(&self) -> Option<String> {
        let coverage = self.found.coverage;
        (!coverage.is_whole()).then(|| {
            format!(
                "searching the newest {} of {} texts",
                grouped(coverage.indexed),
                grouped(coverage.entries)
            )
        })
    }
}

/// What stands around a row: its entry, or the newest of the conversation.
fn around(row: Row<'_>) -> ChatQuery {
    let conversation = row.who().conversation;
    let limit = PREVIEW_ENTRIES;
    match row {
        Row::Person(_) => ChatQuery::Around {
            conversation,
            at: TimelineKey::LAST,
            limit,
        },
        Row::Hit(hit) => ChatQuery::Around {
            conversation,
            at: hit.key,
            limit,
        },
    }
}

/// `12340` as `12,340`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
