//! Files as other programs write them, as text.

/// How a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli::scripts) enum Encoding {
    Utf8,
    Utf8Marked,
    Utf16Little,
    Utf16Big,
    Latin1,
}

impl Encoding {
    /// What to say of it; nothing of what is usual.
    pub(in crate::cli::scripts) const fn words(self) -> Option<&'static str> {
        match self {
            Self::Utf8 => None,
            Self::Utf8Marked => Some("UTF-8 with a byte order mark"),
            Self::Utf16Little | Self::Utf16Big => Some("UTF-16"),
            Self::Latin1 => Some("no UTF-8: read as Windows-1252 (Latin-1)"),
        }
    }
}

/// Reads bytes. Only UTF-16 that ends in the middle of a character cannot be read.
pub(in crate::cli::scripts) fn decode(bytes: &[u8]) -> Result<(String, Encoding), &'static str> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let text = std::str::from_utf8(rest);
        let text = text.map_err(|_| "it is marked as UTF-8 and is not")?;
        return Ok((text.to_owned(), Encoding::Utf8Marked));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Ok((utf16(rest, u16::from_le_bytes)?, Encoding::Utf16Little));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Ok((utf16(rest, u16::from_be_bytes)?, Encoding::Utf16Big));
    }
    match bytes {
        // Letters of any file that begins with a header in Latin letters.
        [first, 0, ..] if *first != 0 => {
            Ok((utf16(bytes, u16::from_le_bytes)?, Encoding::Utf16Little))
        }
        [0, second, ..] if *second != 0 => {
            Ok((utf16(bytes, u16::from_be_bytes)?, Encoding::Utf16Big))
        }
        _ => Ok(match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), Encoding::Utf8),
            Err(_) => (
                bytes.iter().map(|byte| latin(*byte)).collect(),
                Encoding::Latin1,
            ),
        }),
    }
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Result<String, &'static str> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| read(*pair));
    let text = char::decode_utf16(units).collect::<Result<String, _>>();
    let text = text.map_err(|_| "it is UTF-16 with half a character in it")?;
    match rest {
        [] => Ok(text),
        _ => Err("it is UTF-16 that ends in the middle of a character"),
    }
}

/// Windows-1252, which is Latin-1 but for 32 characters (encoding.spec.whatwg.org).
fn latin(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let utf16 = |mark: [u8; 2], write: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let units = "Zoë".encode_utf16().flat_map(write);
            mark.into_iter().chain(units).collect()
        };
        for (bytes, expected) in [
            ("Zoë".as_bytes().to_vec(), Encoding::Utf8),
            (b"\xef\xbb\xbfZo\xc3\xab".to_vec(), Encoding::Utf8Marked),
            (utf16([0xff, 0xfe], u16::to_le_bytes), Encoding::Utf16Little),
            (utf16([0xfe, 0xff], u16::to_be_bytes), Encoding::Utf16Big),
            (b"Zo\xeb".to_vec(), Encoding::Latin1),
        ] {
            assert_eq!(decode(&bytes), Ok(("Zoë".to_owned(), expected)));
        }
        assert_eq!(decode(b"\x80 5").unwrap().0, "€ 5");
        assert!(decode(b"\xff\xfeZ").is_err());
        assert_eq!(decode(b"Z\0o\0").unwrap().0, "Zo", "without a mark");
    }
}
