//! A reader for the little XML that TwiML uses (pure).

/// An element and what is in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) nodes: Vec<Node>,
}

/// A part of an element.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

/// Elements inside each other; TwiML needs three.
const MAX_DEPTH: usize = 16;

impl Element {
    /// The root element of a document, or none if the text is not well formed. Attributes are
    /// skipped: nothing that the simulator does depends on one.
    pub(super) fn parse(document: &str) -> Option<Self> {
        let mut reader = Reader { rest: document };
        if let Some(after) = reader.rest.strip_prefix("<?xml") {
            reader.rest = after.split_once("?>")?.1;
        }
        reader.skip_space_and_comments()?;
        let root = reader.element(0)?;
        reader.skip_space_and_comments()?;
        reader.rest.is_empty().then_some(root)
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The text in this element and in those inside it.
    pub(super) fn text(&self) -> String {
        let part = |node: &Node| match node {
            Node::Element(element) => element.text(),
            Node::Text(text) => text.clone(),
        };
        self.nodes.iter().map(part).collect()
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn until(&mut self, token: &str) -> Option<&'a str> {
        let (before, after) = self.rest.split_once(token)?;
        self.rest = after;
        Some(before)
    }

    fn name(&mut self) -> Option<String> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.')))?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn skip_space_and_comments(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start();
            if self.take("<!--").is_none() {
                return Some(());
            }
            self.until("-->")?;
        }
    }

    fn element(&mut self, depth: usize) -> Option<Element> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.take("<")?;
        let name = self.name()?;
        self.skip_attributes()?;
        if self.take("/>").is_some() {
            return Some(Element {
                name,
                nodes: Vec::new(),
            });
        }
        self.take(">")?;
        let nodes = self.nodes(depth)?;
        let closes = self.name()? == name;
        self.rest = self.rest.trim_start();
        self.take(">")?;
        closes.then_some(Element { name, nodes })
    }

    fn skip_attributes(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with(['>', '/']) {
                return Some(());
            }
            self.name()?;
            self.rest = self.rest.trim_start();
            self.take("=")?;
            self.rest = self.rest.trim_start();
            let quote = if self.rest.starts_with('\'') {
                "'"
            } else {
                "\""
            };
            self.take(quote)?;
            self.until(quote)?;
        }
    }

    /// Everything up to and including the `</` that ends the element.
    fn nodes(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            if self.take("</").is_some() {
                return Some(nodes);
            }
            if self.take("<!--").is_some() {
                self.until("-->")?;
            } else if self.take("<![CDATA[").is_some() {
                nodes.push(Node::Text(self.until("]]>")?.to_owned()));
            } else if self.rest.starts_with('<') {
                nodes.push(Node::Element(self.element(depth + 1)?));
            } else {
                let (text, rest) = self.rest.split_at(self.rest.find('<')?);
                self.rest = rest;
                nodes.push(Node::Text(unescape(text)?));
            }
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';')?;
        plain.push_str(before);
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => character(entity.strip_prefix('#')?)?,
        });
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

fn character(reference: &str) -> Option<char> {
    let code = match reference.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => reference.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(document: &str) -> Option<String> {
        Element::parse(document).map(|root| root.text())
    }

    #[test]
    fn text_is_read_with_entities_references_and_cdata() {
        for (document, text) in [
            ("<a>x &lt;&#62;&#x1F44D;</a>", "x <>\u{1F44D}"),
            ("<a b='1' c=\"2 > 1\"><![CDATA[<&]]></a>", "<&"),
            ("<!-- hi --><a><!-- there -->x<b>y</b></a >\n", "xy"),
        ] {
            assert_eq!(text_of(document).as_deref(), Some(text), "{document}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_nothing() {
        let deep = format!("{}{}", "<a>".repeat(20), "</a>".repeat(20));
        for document in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&nope;</a>",
            "<a>& b</a>",
            "<a b=1/>",
            &deep,
        ] {
            assert_eq!(text_of(document), None, "{document}");
        }
    }

    proptest! {
        #[test]
        fn no_document_makes_the_reader_panic(document in "[<>/a &;#!\\[\\]'\"=-]{0,60}") {
            let _ = Element::parse(&document);
        }

        #[test]
        fn escaped_text_comes_back_as_it_was(text in "[^\\x00]{0,40}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(text_of(&format!("<a>{escaped}</a>")), Some(text));
        }
    }
}
