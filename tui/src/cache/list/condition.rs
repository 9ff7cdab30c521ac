//! A filter as SQL over the records.
//!
//! Knows what the records say and nothing of what this device adds to them: drafts count as none
//! here, and what is on its way to the relay is put right by [`super::picks`], one by one.

use super::super::error::CacheError;
use super::super::sql::uuid_out;
use rusqlite::Connection;
use rusqlite::types::Value;
use smsdesk_common::filter::{
    Bound, Filter, Owner, Scope, Sense, Speaker, State, Test, Thing, Viewpoint, fold, is_called,
    number_fragment, start_of_day,
};

/// Whether the customer of `own` wants no more texts there, as their record says. Few records say
/// anything of it, so only these are read for it.
pub(in crate::cache) const OPTED_OUT: &str = "EXISTS (
    SELECT 1 FROM contact AS person JOIN records AS theirs ON theirs.n = person.n
    WHERE person.id = own.contact AND CASE
        WHEN instr(theirs.body, '\"opt_outs\"') = 0 THEN FALSE
        ELSE EXISTS (
            SELECT 1 FROM json_each(theirs.body, '$.opt_outs') AS said, records AS its
            WHERE its.n = own.n AND said.value ->> '$.address' = its.body ->> '$.address'
                AND coalesce(said.value ->> '$.line', its.body ->> '$.line')
                    = its.body ->> '$.line')
        END)";

/// What stands behind `WHERE`, over `conversation AS own` and `conversation_words AS words`.
#[derive(Debug)]
pub(in crate::cache) struct Condition {
    pub(in crate::cache) sql: String,
    /// For its question marks, in their order.
    pub(in crate::cache) values: Vec<Value>,
    /// Whether it asks for words.
    pub(in crate::cache) asks_words: bool,
}

/// Writes the condition that means what the filter means.
pub(in crate::cache) fn condition(
    records: &Connection,
    filter: &Filter,
    from: &Viewpoint,
) -> Result<Condition, CacheError> {
    let mut condition = Condition {
        sql: "TRUE".to_owned(),
        values: Vec::new(),
        asks_words: false,
    };
    for term in filter.terms() {
        let holds = match term.sense {
            Sense::Holds => " AND (",
            Sense::HoldsNot => " AND NOT (",
        };
        condition.sql.push_str(holds);
        condition.add(records, &term.test, from)?;
        condition.sql.push(')');
    }
    Ok(condition)
}

/// The condition that every conversation meets of which single entries are meant: what the filter
/// asks of conversations, and who must be behind them. None where that may be anybody.
pub(in crate::cache) fn implied(
    records: &Connection,
    filter: &Filter,
    from: &Viewpoint,
) -> Result<Option<Condition>, CacheError> {
    let of_conversations = filter.about(Scope::Conversation);
    let mut implied = condition(records, &of_conversations, from)?;
    let mut is_any = of_conversations.is_empty();
    for term in filter.terms() {
        let (columns, part): (&[&str], _) = match (term.sense, &term.test) {
            (Sense::Holds, Test::From(Speaker::Called(called)))
                if agents_called(records, called)?.is_empty() =>
            {
                (&["words.name", "words.number"], called)
            }
            (Sense::Holds, Test::To(whom)) => (&["words.name", "words.number", "own.line"], whom),
            _ => continue,
        };
        is_any = false;
        implied.say(" AND (", []);
        implied.add_part(columns, part);
        implied.say(")", []);
    }
    Ok((!is_any).then_some(implied))
}

impl Condition {
    /// Every test is true or false, never NULL: a `NOT` before it must turn it over.
    fn add(
        &mut self,
        records: &Connection,
        test: &Test,
        from: &Viewpoint,
    ) -> Result<(), CacheError> {
        match test {
            Test::Is(state) => self.add_state(*state, from),
            Test::Assignee(Owner::Me) => match from.me {
                Some(me) => self.say("own.owner = ?", [Value::Blob(me.0.as_bytes().to_vec())]),
                None => self.say("FALSE", []),
            },
            Test::Assignee(Owner::None) => self.say("own.owner = x''", []),
            Test::Assignee(Owner::Called(name)) => {
                let owners = agents_called(records, name)?;
                let marks = vec!["?"; owners.len()].join(", ");
                self.say(&format!("own.owner IN ({marks})"), owners);
            }
            Test::Label(label) => self.say(
                "instr(own.labels, ?) > 0",
                [Value::Text(format!("\n{}\n", fold(label.trim())))],
            ),
            Test::Waiting(bound, span) => {
                let sign = match bound {
                    Bound::LongerThan => '<',
                    Bound::ShorterThan => '>',
                };
                let edge = from.now.plus_millis(-span.as_millis()).as_millis();
                let sql = format!("own.waiting IS NOT NULL AND own.waiting {sign} ?");
                self.say(&sql, [Value::Integer(edge)]);
            }
            Test::Line(part) => self.add_part(&["own.line"], part),
            Test::Before(day) => {
                let start = start_of_day(*day, &from.zone).as_millis();
                self.say("own.last_at < ?", [Value::Integer(start)]);
            }
            Test::After(day) => {
                let start = start_of_day(*day, &from.zone).as_millis();
                self.say("own.last_at >= ?", [Value::Integer(start)]);
            }
            Test::From(Speaker::Me) => match from.me {
                Some(me) => self.say("own.speaker = ?", [Value::Blob(me.0.as_bytes().to_vec())]),
                None => self.say("FALSE", []),
            },
            Test::From(Speaker::Called(called)) => {
                let speakers = agents_called(records, called)?;
                let marks = vec!["?"; speakers.len()].join(", ");
                self.say(&format!("own.speaker IN ({marks})"), speakers);
                self.asks_words = true;
                self.say(" OR (own.spoke = 'inbound' AND (", []);
                self.add_part(&["words.name", "words.number"], called);
                self.say("))", []);
            }
            Test::To(whom) => {
                self.asks_words = true;
                self.say("(own.spoke = 'outbound' AND (", []);
                self.add_part(&["words.name", "words.number"], whom);
                self.say(")) OR (own.spoke = 'inbound' AND (", []);
                self.add_part(&["own.line"], whom);
                self.say("))", []);
            }
            Test::Has(Thing::Media) => self.say("own.media > 0", []),
            Test::Has(Thing::Draft) => self.say("FALSE", []),
            Test::Words(part) => {
                self.asks_words = true;
                self.add_part(&["words.name", "words.number", "words.preview"], part);
            }
        }
        Ok(())
    }

    fn add_state(&mut self, state: State, from: &Viewpoint) {
        match state {
            State::Open | State::Done | State::Snoozed => {
                // The names of the language are those of the record.
                let status = Value::Text(state.as_str().to_owned());
                self.say("own.status = ?", [status]);
            }
            State::Flagged => self.say("own.flagged = 1", []),
            State::Waiting => self.say("own.waiting IS NOT NULL", []),
            State::OptedOut => self.say(OPTED_OUT, []),
            State::Unread => {
                let reader = from.me.map(|me| me.0.as_bytes().to_vec());
                self.say(
                    "own.inbound_total > coalesce((SELECT inbound_read FROM read_marker
                         WHERE agent = ? AND conversation = own.id LIMIT 1), 0)",
                    [Value::Blob(reader.unwrap_or_default())],
                );
            }
        }
    }

    /// The words, or the digits of a number, in one of the columns.
    fn add_part(&mut self, columns: &[&str], part: &str) {
        let mut tests = Vec::new();
        let mut values = Vec::new();
        for text in [Some(fold(part)), number_fragment(part)]
            .into_iter()
            .flatten()
        {
            for column in columns {
                tests.push(format!("instr({column}, ?) > 0"));
                values.push(Value::Text(text.clone()));
            }
        }
        self.say(&tests.join(" OR "), values);
    }

    fn say(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(sql);
        self.values.extend(values);
    }
}

/// The colleagues that go by a name; they are few.
pub(in crate::cache) fn agents_called(
    records: &Connection,
    called: &str,
) -> Result<Vec<Value>, CacheError> {
    let mut statement = records.prepare_cached("SELECT id, name FROM agent")?;
    let mut rows = statement.query(())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        if is_called(&name, called) {
            found.push(Value::Blob(uuid_out(row, 0)?.as_bytes().to_vec()));
        }
    }
    Ok(found)
}
