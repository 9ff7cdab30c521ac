//! The keys of a rule, each with what is expected of it.

use super::{Reader, Span};
use crate::phone::{Address, AddressKind};
use crate::rule::definition::{
    AGENT_CHARACTERS_MAX, Definition, Hours, KEYWORD_CHARACTERS_MAX, KEYWORDS_MAX, LINES_MAX,
    NAME_CHARACTERS_MAX, PRIORITY_DEFAULT, PRIORITY_MAX, Reply, SNOOZE_DAYS_MAX,
};
use crate::rule::hours::{DAY_MINUTES, DAYS, Window};
use crate::rule::words::Said;
use crate::template::{self, BODY_CHARACTERS_MAX};
use crate::triage;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of a rule.
const KEYS: &str = "name, enabled, priority, any, whole, lines, hours, first_contact_only, reply, \
                    reply_ai, flag, label, assign, snooze, stop";

type Value<'t> = Spanned<DeValue<'t>>;

impl Reader<'_> {
    pub(super) fn definition(&mut self, head: Span, table: &DeTable<'_>) -> Option<Definition> {
        let before = self.errors.len();
        let mut rule = Definition {
            name: String::new(),
            enabled: true,
            priority: PRIORITY_DEFAULT,
            any: Vec::new(),
            whole: Vec::new(),
            lines: Vec::new(),
            hours: None,
            first_contact_only: false,
            reply: None,
            flag: None,
            labels: Vec::new(),
            assign: None,
            snooze_minutes: None,
            stop: false,
        };
        for (key, value) in table {
            self.key(&mut rule, key.get_ref().as_ref(), key.span(), value);
        }
        if self.errors.len() > before {
            return None;
        }
        self.whole_rule(&head, &rule);
        (self.errors.len() == before).then_some(rule)
    }

    fn key(&mut self, rule: &mut Definition, key: &str, at: Span, value: &Value<'_>) {
        match key {
            "name" => rule.name = self.title(key, value, NAME_CHARACTERS_MAX),
            "enabled" => rule.enabled = self.switch(key, value),
            "priority" => rule.priority = self.priority(value),
            "any" => rule.any = self.keywords(key, value),
            "whole" => rule.whole = self.keywords(key, value),
            "lines" => rule.lines = self.lines(value),
            "hours" => rule.hours = self.hours(value),
            "first_contact_only" => rule.first_contact_only = self.switch(key, value),
            "reply" => {
                let reply = self.reply(value);
                self.answers(rule, at, key, reply);
            }
            "reply_ai" => {
                let reply = self.switch(key, value).then_some(Reply::Ai);
                self.answers(rule, at, key, reply);
            }
            "flag" => rule.flag = self.flag(value),
            "label" => rule.labels = self.labels(value),
            "assign" => rule.assign = Some(self.title(key, value, AGENT_CHARACTERS_MAX)),
            "snooze" => rule.snooze_minutes = self.snooze(value),
            "stop" => rule.stop = self.switch(key, value),
            _ => self.wrong(at, key, format!("is not known; expected one of {KEYS}")),
        }
    }

    /// A rule has one answer.
    fn answers(&mut self, rule: &mut Definition, at: Span, key: &str, reply: Option<Reply>) {
        if reply.is_some() && rule.reply.is_some() {
            let problem = "`reply` and `reply_ai` stand together; expected one of them";
            self.wrong(at, key, problem.to_owned());
        }
        rule.reply = reply.or_else(|| rule.reply.take());
    }

    /// What holds of the keys together.
    fn whole_rule(&mut self, head: &Span, rule: &Definition) {
        if rule.name.is_empty() {
            self.wrong(
                head.clone(),
                "name",
                "is missing; expected a name".to_owned(),
            );
        }
        if rule.any.is_empty() && rule.whole.is_empty() && !rule.first_contact_only {
            let problem = "is missing; expected keywords under `any` or `whole`, or \
                           `first_contact_only = true` for every first text";
            self.wrong(head.clone(), "any", problem.to_owned());
        }
        let acts = rule.reply.is_some()
            || rule.flag.is_some()
            || !rule.labels.is_empty()
            || rule.assign.is_some()
            || rule.snooze_minutes.is_some()
            || rule.stop;
        if !acts {
            let problem = "the rule does nothing; expected one of reply, reply_ai, flag, \
                           label, assign, snooze, stop";
            self.wrong(head.clone(), "", problem.to_owned());
        }
    }

    fn text<'v>(&mut self, key: &str, value: &'v Value<'_>, expected: &str) -> Option<&'v str> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.as_ref());
        }
        self.wrong(value.span(), key, format!("expected {expected}"));
        None
    }

    fn title(&mut self, key: &str, value: &Value<'_>, most: usize) -> String {
        let expected = format!("1 to {most} printable characters without spaces at the ends");
        let Some(text) = self.text(key, value, &expected) else {
            return String::new();
        };
        let fits = (1..=most).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(char::is_control);
        if !fits {
            self.wrong(value.span(), key, format!("expected {expected}"));
        }
        text.to_owned()
    }

    fn switch(&mut self, key: &str, value: &Value<'_>) -> bool {
        if let DeValue::Boolean(on) = value.get_ref() {
            return *on;
        }
        self.wrong(value.span(), key, "expected true or false".to_owned());
        false
    }

    fn priority(&mut self, value: &Value<'_>) -> u32 {
        let number = match value.get_ref() {
            DeValue::Integer(digits) => u32::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        let fitting = number.filter(|number| (1..=PRIORITY_MAX).contains(number));
        fitting.unwrap_or_else(|| {
            let problem =
                format!("expected a whole number from 1, which comes first, to {PRIORITY_MAX}");
            self.wrong(value.span(), "priority", problem);
            PRIORITY_DEFAULT
        })
    }

    /// A list of texts; a single text is a list of one.
    fn list<'v, 't>(&mut self, key: &str, value: &'v Value<'t>, most: usize) -> Vec<&'v Value<'t>> {
        let items: Vec<_> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            DeValue::String(_) => vec![value],
            _ => Vec::new(),
        };
        if items.is_empty() || items.len() > most {
            let problem =
                format!("expected a list of 1 to {most} texts, such as [\"this\", \"that\"]");
            self.wrong(value.span(), key, problem);
            return Vec::new();
        }
        items
    }

    fn keywords(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        let expected = format!("a word or words of at most {KEYWORD_CHARACTERS_MAX} characters");
        let mut keywords = Vec::new();
        for item in self.list(key, value, KEYWORDS_MAX) {
            let Some(text) = self.text(key, item, &expected) else {
                continue;
            };
            if Said::of(text).is_empty() || text.chars().count() > KEYWORD_CHARACTERS_MAX {
                self.wrong(
                    item.span(),
                    key,
                    format!("{text:?} is none, expected {expected}"),
                );
            }
            keywords.push(text.to_owned());
        }
        keywords
    }

    fn lines(&mut self, value: &Value<'_>) -> Vec<String> {
        let expected = "a line of yours, such as \"+15557122661\" or \"MG…\"";
        let mut lines = Vec::new();
        for item in self.list("lines", value, LINES_MAX) {
            let Some(text) = self.text("lines", item, expected) else {
                continue;
            };
            let receives = Address::from_twilio(text)
                .is_ok_and(|line| line.kind() != AddressKind::Alphanumeric);
            if !receives {
                self.wrong(
                    item.span(),
                    "lines",
                    format!("{text:?} is none, expected {expected}"),
                );
            }
            lines.push(text.to_owned());
        }
        lines
    }

    fn hours(&mut self, value: &Value<'_>) -> Option<Hours> {
        let expected = "expected \"business\", \"outside\" or { from = \"08:00\", to = \"18:00\", \
                        days = [\"mon\", \"tue\"], zone = \"Europe/Berlin\" }";
        match value.get_ref() {
            DeValue::String(word) if word == "business" => Some(Hours::Business),
            DeValue::String(word) if word == "outside" => Some(Hours::Outside),
            DeValue::Table(table) => self.window(value.span(), table).map(Hours::Window),
            _ => {
                self.wrong(value.span(), "hours", expected.to_owned());
                None
            }
        }
    }

    fn window(&mut self, at: Span, table: &DeTable<'_>) -> Option<Window> {
        let before = self.errors.len();
        let (mut from, mut to, mut days, mut zone) = (None, None, Vec::new(), None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "from" => from = self.minute("hours.from", value),
                "to" => to = self.minute("hours.to", value),
                "days" => days = self.days(value),
                "zone" => zone = self.zone(value),
                other => {
                    let key_name = format!("hours.{other}");
                    let problem = "is not known; expected one of from, to, days, zone";
                    self.wrong(key.span(), &key_name, problem.to_owned());
                }
            }
        }
        let (Some(from), Some(to), Some(zone)) = (from, to, zone) else {
            if self.errors.len() == before {
                let problem = "expected `from`, `to` and `zone`".to_owned();
                self.wrong(at, "hours", problem);
            }
            return None;
        };
        if from == to || from == DAY_MINUTES {
            let problem = "begins and ends at once; expected `from` before `to`".to_owned();
            self.wrong(at, "hours", problem);
        }
        Some(Window {
            from,
            to,
            days,
            zone,
        })
    }

    fn minute(&mut self, key: &str, value: &Value<'_>) -> Option<u32> {
        let expected = "a time of day such as \"08:30\", at most \"24:00\"";
        let text = self.text(key, value, expected)?;
        let minute = minute_of(text);
        if minute.is_none() {
            self.wrong(
                value.span(),
                key,
                format!("{text:?} is none, expected {expected}"),
            );
        }
        minute
    }

    fn days(&mut self, value: &Value<'_>) -> Vec<String> {
        let expected = format!("days out of {}", DAYS.join(", "));
        let mut days = Vec::new();
        for item in self.list("hours.days", value, DAYS.len()) {
            let Some(day) = self.text("hours.days", item, &expected) else {
                continue;
            };
            if !DAYS.contains(&day) {
                self.wrong(
                    item.span(),
                    "hours.days",
                    format!("{day:?} is none, expected {expected}"),
                );
            }
            days.push(day.to_owned());
        }
        days
    }

    fn zone(&mut self, value: &Value<'_>) -> Option<String> {
        let expected = "a zone such as \"America/New_York\"";
        let name = self.text("hours.zone", value, expected)?;
        if TimeZone::get(name).is_err() {
            self.wrong(
                value.span(),
                "hours.zone",
                format!("{name:?} is not known, expected {expected}"),
            );
        }
        Some(name.to_owned())
    }

    fn reply(&mut self, value: &Value<'_>) -> Option<Reply> {
        let expected = "words, or { template = \"name\" }";
        match value.get_ref() {
            DeValue::String(words) => {
                self.body(value.span(), words);
                Some(Reply::Text(words.to_string()))
            }
            DeValue::Table(table) => {
                let mut named = None;
                for (key, value) in table {
                    match key.get_ref().as_ref() {
                        "template" => {
                            named = Some(self.title(
                                "reply.template",
                                value,
                                template::NAME_CHARACTERS_MAX,
                            ));
                        }
                        other => {
                            let key_name = format!("reply.{other}");
                            let problem = format!("is not known; expected {expected}");
                            self.wrong(key.span(), &key_name, problem);
                        }
                    }
                }
                if named.is_none() {
                    self.wrong(value.span(), "reply", format!("expected {expected}"));
                }
                named.map(Reply::Template)
            }
            _ => {
                self.wrong(value.span(), "reply", format!("expected {expected}"));
                None
            }
        }
    }

    fn body(&mut self, at: Span, words: &str) {
        let characters = words.chars().count();
        if words.trim().is_empty() || characters > BODY_CHARACTERS_MAX {
            let problem = format!("expected 1 to {BODY_CHARACTERS_MAX} characters of words");
            return self.wrong(at, "reply", problem);
        }
        if let Err(error) = template::check(words) {
            self.wrong(at, "reply", error.to_string());
        }
    }

    fn flag(&mut self, value: &Value<'_>) -> Option<String> {
        let reason = self.text("flag", value, "a reason in words")?.trim();
        if let Some(why) = triage::unfit_reason(reason) {
            self.wrong(value.span(), "flag", why);
        }
        Some(reason.to_owned())
    }

    fn labels(&mut self, value: &Value<'_>) -> Vec<String> {
        let items = self.list("label", value, triage::LABELS_MAX);
        let labels = items.into_iter().filter_map(|item| {
            let label = self.text("label", item, "a label, or a list of them")?;
            Some(label.to_owned())
        });
        let labels = triage::tidy(&labels.collect::<Vec<_>>());
        if let Some(why) = triage::unfit(&labels) {
            self.wrong(value.span(), "label", why);
        }
        labels
    }

    fn snooze(&mut self, value: &Value<'_>) -> Option<i64> {
        let expected =
            format!("a time such as \"30m\", \"2h\" or \"1d\", at most {SNOOZE_DAYS_MAX} days");
        let text = self.text("snooze", value, &expected)?;
        let minutes = minutes_of(text);
        if minutes.is_none() {
            self.wrong(
                value.span(),
                "snooze",
                format!("{text:?} is none, expected {expected}"),
            );
        }
        minutes
    }
}

/// Reads `08:30`.
fn minute_of(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= DAY_MINUTES).then_some(all)
}

/// Reads `30m`, `2h`, `1d`.
fn minutes_of(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let of_unit = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let minutes = number.parse::<i64>().ok()?.checked_mul(of_unit)?;
    (1..=SNOOZE_DAYS_MAX * 24 * 60)
        .contains(&minutes)
        .then_some(minutes)
}
