//! What a webhook's reply asks Twilio to send (pure).
//!
//! Sources: twilio.com/docs/messaging/twiml for the verbs, docs/api/errors for the codes. The
//! reader knows as much XML as TwiML needs: elements, attributes, the five entities, character
//! references, comments and CDATA. It knows no namespaces, DTDs or processing instructions.

use super::xml::{Element, Node};

/// One message that a reply asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) body: String,
    pub(super) media_urls: Vec<String>,
}

/// Messages that one reply can ask for (Twilio's error 14109).
const MAX_ANSWERS: usize = 10;

/// Why a reply was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TwimlError {
    /// Not XML, or no `Response`.
    Malformed,
    /// A content type that is no TwiML, or none.
    ContentType,
    /// More than ten messages.
    TooMany,
    /// The person does not want messages.
    Unsubscribed,
}

impl TwimlError {
    /// Twilio's code.
    pub(super) const fn code(self) -> u32 {
        match self {
            Self::Malformed => 12100,
            Self::ContentType => 12300,
            Self::TooMany => 14109,
            Self::Unsubscribed => 21610,
        }
    }
}

/// The messages that a reply asks for. Text that is plain is sent as it stands; no content at all
/// is fine with status 204.
pub(super) fn answers(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Vec<Answer>, TwimlError> {
    if status == 204 {
        return Ok(Vec::new());
    }
    let mime = content_type
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    let text = String::from_utf8_lossy(body);
    match mime {
        Some("text/xml" | "application/xml" | "text/html") => response(&text),
        Some("text/plain") if text.is_empty() => Ok(Vec::new()),
        Some("text/plain") => Ok(vec![Answer {
            body: text.into_owned(),
            media_urls: Vec::new(),
        }]),
        Some(_) | None => Err(TwimlError::ContentType),
    }
}

fn response(text: &str) -> Result<Vec<Answer>, TwimlError> {
    let root = Element::parse(text).ok_or(TwimlError::Malformed)?;
    if root.name != "Response" {
        return Err(TwimlError::Malformed);
    }
    let answers: Vec<Answer> = root
        .children()
        .filter(|child| child.name == "Message")
        .map(answer)
        .collect();
    if answers.len() > MAX_ANSWERS {
        Err(TwimlError::TooMany)
    } else {
        Ok(answers)
    }
}

/// Reads `<Message>`: its text is either its own or that of `<Body>`.
fn answer(message: &Element) -> Answer {
    let parts = |name: &'static str| message.children().filter(move |child| child.name == name);
    let own: String = message
        .nodes
        .iter()
        .filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        })
        .collect();
    let bodies: Vec<String> = parts("Body").map(Element::text).collect();
    Answer {
        body: if bodies.is_empty() {
            own.trim().to_owned()
        } else {
            bodies.concat()
        },
        media_urls: parts("Media")
            .map(|media| media.text().trim().to_owned())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(body: &str) -> Result<Vec<Answer>, TwimlError> {
        answers(200, Some("text/xml; charset=utf-8"), body.as_bytes())
    }

    fn texts(body: &str) -> Vec<String> {
        xml(body)
            .unwrap_or_default()
            .into_iter()
            .map(|answer| answer.body)
            .collect()
    }

    #[test]
    fn an_empty_response_asks_for_nothing() {
        for body in [
            "<Response/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response></Response>",
        ] {
            assert_eq!(xml(body), Ok(vec![]), "{body}");
        }
    }

    #[test]
    fn each_message_is_one_answer() {
        assert_eq!(
            texts(
                "<Response><Message>a &amp; b</Message><Message><Body>c</Body></Message></Response>"
            ),
            ["a & b", "c"]
        );
        let with_media = "<Response><Message><Body>x</Body><Media>https://m.test/a.png</Media></Message></Response>";
        assert_eq!(
            xml(with_media),
            Ok(vec![Answer {
                body: "x".to_owned(),
                media_urls: vec!["https://m.test/a.png".to_owned()]
            }])
        );
    }

    #[test]
    fn a_plain_text_reply_is_sent_to_the_person() {
        let plain = answers(200, Some("text/plain"), b"OK");
        assert_eq!(
            plain,
            Ok(vec![Answer {
                body: "OK".to_owned(),
                media_urls: vec![]
            }])
        );
    }

    #[test]
    fn a_reply_that_is_no_twiml_has_its_code() {
        assert_eq!(
            answers(200, Some("application/json"), b"{}"),
            Err(TwimlError::ContentType)
        );
        assert_eq!(answers(200, None, b""), Err(TwimlError::ContentType));
        assert_eq!(answers(204, None, b""), Ok(vec![]));
        for body in [
            "",
            " <?xml version=\"1.0\"?><Response/>",
            "<response/>",
            "<Response>",
            "<Response></Answer>",
        ] {
            assert_eq!(xml(body), Err(TwimlError::Malformed), "{body}");
        }
        let many = format!("<Response>{}</Response>", "<Message>x</Message>".repeat(11));
        assert_eq!(xml(&many), Err(TwimlError::TooMany));
    }
}
