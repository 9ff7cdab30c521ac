//! What an endpoint answered: read with suspicion, for a model may say anything. Pure.

use serde::Deserialize;
use serde_json::Value;
use smsdesk_common::insight::{EMAIL, Insight, Intent, NUMBER, Sentiment, Source};

/// The longest reply that is offered, in characters: three segments, and more is no text.
pub const REPLY_CHARACTERS_MAX: usize = 400;

/// What was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Mood and matter.
    pub insight: Insight,
    /// A reply, where one was asked for and there is a fit one.
    pub reply: Option<Reply>,
    /// What the call took, where the endpoint says so.
    pub usage: Option<Usage>,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its words.
    pub words: String,
    /// How sure of it the endpoint is, in percent; not at all where it does not say.
    pub confidence: u8,
}

/// What a call took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Usage {
    /// Tokens of the question.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
}

/// Why an answer is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing was said.
    Empty,
    /// It is not the JSON that was asked for.
    NotJson,
    /// A value is none of those that there are.
    UnknownValue,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    sentiment: String,
    score: f64,
    intent: String,
    confidence: f64,
    #[serde(default)]
    reply: Option<String>,
    #[serde(default)]
    reply_confidence: Option<f64>,
}

/// Reads the body of an answer.
///
/// # Errors
/// Why it is of no use.
pub fn read(body: &[u8]) -> Result<Judged, Unfit> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Unfit::Empty);
    }
    let completion: Completion = serde_json::from_slice(body).map_err(|_| Unfit::NotJson)?;
    let usage = completion.usage;
    let usage = usage.and_then(|usage| serde_json::from_value(usage).ok());
    let first = completion.choices.into_iter().next();
    let content = first.and_then(|choice| choice.message.content);
    let content = content.filter(|content| !content.trim().is_empty());
    let content = content.ok_or(Unfit::Empty)?;
    let content: Content = serde_json::from_str(&content).map_err(|_| Unfit::NotJson)?;
    let insight = Insight {
        sentiment: Sentiment::parse(&content.sentiment).ok_or(Unfit::UnknownValue)?,
        score: whole(content.score, -100.0).ok_or(Unfit::UnknownValue)?,
        intent: Intent::parse(&content.intent).ok_or(Unfit::UnknownValue)?,
        confidence: percent(content.confidence).ok_or(Unfit::UnknownValue)?,
        source: Source::Ai,
    };
    let confidence = content.reply_confidence.and_then(percent).unwrap_or(0);
    let words = content.reply.and_then(|reply| fit(&reply));
    Ok(Judged {
        insight,
        reply: words.map(|words| Reply { words, confidence }),
        usage,
    })
}

/// The words of a reply as they may stand in a text; none where they may not. One that names what was
/// taken out of the question would go to the customer with a hole in it.
fn fit(reply: &str) -> Option<String> {
    let words = reply.trim();
    let printable = words.chars().all(|c| c == '\n' || !c.is_control());
    let whole = !words.contains(NUMBER) && !words.contains(EMAIL);
    let short = (1..=REPLY_CHARACTERS_MAX).contains(&words.chars().count());
    (printable && whole && short).then(|| words.to_owned())
}

fn percent(value: f64) -> Option<u8> {
    whole(value, 0.0).and_then(|value| u8::try_from(value).ok())
}

/// A number between `least` and 100, as a whole one.
fn whole(value: f64, least: f64) -> Option<i8> {
    (least..=100.0)
        .contains(&value)
        .then(|| value.round() as i8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn completion(content: &str) -> Vec<u8> {
        let answer = json!({
            "id": "x",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 210, "completion_tokens": 30, "total_tokens": 240},
        });
        answer.to_string().into_bytes()
    }

    fn content(changes: &Value) -> String {
        let mut content = json!({
            "sentiment": "negative", "score": -62, "intent": "complaint", "confidence": 91,
            "reply": "We are sorry and look into it.", "reply_confidence": 84,
        });
        for (key, value) in changes.as_object().into_iter().flatten() {
            content[key] = value.clone();
        }
        content.to_string()
    }

    #[test]
    fn a_good_answer_is_read() {
        let judged = read(&completion(&content(&json!({})))).unwrap();
        assert_eq!(judged.insight.sentiment, Sentiment::Negative);
        assert_eq!(judged.insight.score, -62);
        assert_eq!(judged.insight.intent, Intent::Complaint);
        assert_eq!(judged.insight.source, Source::Ai);
        let reply = judged.reply.unwrap();
        assert_eq!(
            (reply.words.as_str(), reply.confidence),
            ("We are sorry and look into it.", 84)
        );
        assert_eq!(judged.usage.unwrap().prompt_tokens, 210);
    }

    #[test]
    fn what_is_of_no_use_is_refused_with_its_reason() {
        for (body, expected) in [
            (Vec::new(), Unfit::Empty),
            (b" \n".to_vec(), Unfit::Empty),
            (completion(""), Unfit::Empty),
            (b"{\"choices\":[]}".to_vec(), Unfit::Empty),
            (
                b"{\"choices\":[{\"message\":{\"content\":null}}]}".to_vec(),
                Unfit::Empty,
            ),
            (b"<html>".to_vec(), Unfit::NotJson),
            (b"{}".to_vec(), Unfit::NotJson),
            (completion("I think it is negative."), Unfit::NotJson),
            (completion("{\"sentiment\":\"negative\"}"), Unfit::NotJson),
            (
                completion(&content(&json!({"sentiment": "sad"}))),
                Unfit::UnknownValue,
            ),
            (
                completion(&content(&json!({"intent": "sue"}))),
                Unfit::UnknownValue,
            ),
            (
                completion(&content(&json!({"score": 101}))),
                Unfit::UnknownValue,
            ),
            (
                completion(&content(&json!({"confidence": -1}))),
                Unfit::UnknownValue,
            ),
            (completion(&content(&json!({"score": "5"}))), Unfit::NotJson),
        ] {
            assert_eq!(
                read(&body),
                Err(expected),
                "{}",
                String::from_utf8_lossy(&body)
            );
        }
    }

    #[test]
    fn a_reply_that_is_unfit_is_left_out_and_the_rest_stays() {
        for reply in [
            json!(""),
            json!("  "),
            json!(null),
            json!("We call you at [number]."),
            json!("a\u{1b}[2J"),
            json!("x".repeat(REPLY_CHARACTERS_MAX + 1)),
        ] {
            let judged = read(&completion(&content(&json!({"reply": reply})))).unwrap();
            assert_eq!(judged.reply, None, "{reply}");
            assert_eq!(judged.insight.score, -62);
        }
        let unsure = read(&completion(&content(&json!({"reply_confidence": null}))));
        assert_eq!(unsure.unwrap().reply.unwrap().confidence, 0);
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(body: Vec<u8>, words: String) {
            let _ = read(&body);
            let _ = read(&completion(&words));
        }
    }
}
