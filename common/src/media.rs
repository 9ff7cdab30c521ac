//! Pictures and files that belong to a message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most attachments of one text: the provider takes no more.
pub const ATTACHMENTS_MAX: usize = 10;
/// The longest address of an attachment, in bytes: more than any store of files makes.
pub const URL_BYTES_MAX: usize = 2_048;

/// What a file is of which nothing is known (RFC 2046, section 4.5.1).
const UNKNOWN_CONTENT_TYPE: &str = "application/octet-stream";

/// Types by the ending of a name: those that phones show.
const TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("mp4", "video/mp4"),
    ("3gp", "video/3gpp"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("pdf", "application/pdf"),
    ("vcf", "text/vcard"),
    ("txt", "text/plain"),
];

/// One attachment of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// Names the file within its message, from 0.
    pub index: u32,
    /// MIME type as the sender's carrier declared it, such as `image/jpeg`; of what we send, by its name.
    pub content_type: String,
    /// Where the provider keeps the file: fetching it takes the provider's credentials. Of what we send,
    /// where the provider fetches it.
    pub url: String,
}

impl Media {
    /// An attachment of a text of ours; none where `url` is no address that a provider could fetch.
    pub fn to_send(index: u32, url: String) -> Option<Self> {
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"))?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = is_plain && url.len() <= URL_BYTES_MAX && !host.is_empty();
        let content_type = type_of(rest).to_owned();
        fits.then_some(Self {
            index,
            content_type,
            url,
        })
    }
}

fn type_of(address: &str) -> &'static str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(ending))
        .map_or(UNKNOWN_CONTENT_TYPE, |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_an_address_and_gets_its_type_from_its_name() {
        for (url, kind) in [
            (
                "https://files.example.com/a/Plan.PDF?x=1.png",
                "application/pdf",
            ),
            ("http://127.0.0.1:8000/p.jpg#top", "image/jpeg"),
            ("https://files.example.com", UNKNOWN_CONTENT_TYPE),
            ("https://files.example.com/x", UNKNOWN_CONTENT_TYPE),
        ] {
            let media = Media::to_send(3, url.to_owned()).unwrap();
            assert_eq!(
                (media.index, media.content_type.as_str()),
                (3, kind),
                "{url}"
            );
        }
    }

    #[test]
    fn what_no_provider_could_fetch_is_none() {
        let long = format!("https://x.example/{}", "a".repeat(URL_BYTES_MAX));
        for url in [
            "",
            "x",
            "/etc/passwd",
            "file:///etc/passwd",
            "https://",
            "https:///a",
            "https://x/a b",
            "https://x/é",
            &long,
        ] {
            assert_eq!(Media::to_send(0, url.to_owned()), None, "{url}");
        }
    }
}
