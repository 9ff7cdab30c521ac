//! Smart encoding: look-alikes that GSM-7 has a character for.
//!
//! The facts are those of Twilio's smart encoding, as published in Twilio Labs' npm package
//! `sms-segments-calculator` 1.3.0 (`SmartEncodingMap`, MIT licence, © 2021 Twilio Inc.).

/// What Twilio writes instead, and the characters that it does so for. Fullwidth digits and
/// capitals are not listed; see [`replacement`].
const LOOK_ALIKES: [(&str, &str); 64] = [
    (
        "",
        "\u{0000}\u{0003}\u{0004}\u{0010}\u{0011}\u{0012}\u{0013}\u{0014}\u{0017}\u{0019}\
        \u{200B}\u{200C}\u{2060}\u{FEFF}",
    ),
    (" ", "\u{2001}\u{2028}\u{2029}"),
    (
        "  ",
        "\u{0080}\u{008D}\u{0090}\u{009B}\u{009F}\u{00A0}\u{2000}\u{2002}\u{2003}\u{2004}\
        \u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{202F}\u{205F}\u{3000}",
    ),
    ("       ", "\u{0009}"),
    ("!", "\u{01C3}\u{FE15}\u{FE57}\u{FF01}"),
    ("!!", "\u{203C}"),
    (
        "\"",
        "\u{00AB}\u{00BB}\u{02BA}\u{02EE}\u{201C}\u{201D}\u{201E}\u{201F}\u{275D}\u{275E}\
        \u{301D}\u{301E}\u{FF02}",
    ),
    ("#", "\u{FE5F}\u{FF03}"),
    ("$", "\u{FE69}\u{FF04}"),
    ("%", "\u{FE6A}\u{FF05}"),
    ("&", "\u{FE60}\u{FF06}"),
    (
        "'",
        "\u{0060}\u{00B4}\u{02B9}\u{02BB}\u{02BC}\u{02BD}\u{02C8}\u{02CA}\u{02CB}\u{0313}\
        \u{0314}\u{2018}\u{2019}\u{201B}\u{275B}\u{275C}\u{FE10}\u{FE11}\u{FF07}",
    ),
    ("(", "\u{2768}\u{276A}\u{27EE}\u{2985}\u{FE59}\u{FF08}"),
    (")", "\u{2769}\u{276B}\u{27EF}\u{2986}\u{FE5A}\u{FF09}"),
    (
        "*",
        "\u{204E}\u{2217}\u{229B}\u{2722}\u{2723}\u{2724}\u{2725}\u{2731}\u{2732}\u{2733}\
        \u{273A}\u{273B}\u{273C}\u{273D}\u{2743}\u{2749}\u{274A}\u{274B}\u{29C6}\u{FE61}\
        \u{FF0A}",
    ),
    ("+", "\u{02D6}\u{FE62}\u{FF0B}"),
    (
        ",",
        "\u{0326}\u{201A}\u{3001}\u{FE50}\u{FE51}\u{FF0C}\u{FF64}",
    ),
    (
        "-",
        "\u{2010}\u{2013}\u{2014}\u{2015}\u{2022}\u{2043}\u{23BC}\u{23BD}\u{FE63}\u{FF0D}",
    ),
    (".", "\u{3002}\u{FE52}\u{FF0E}\u{FF61}"),
    ("...", "\u{2026}"),
    (
        "/",
        "\u{00F7}\u{0337}\u{0338}\u{2044}\u{2215}\u{29F8}\u{FF0F}",
    ),
    ("1/2", "\u{00BD}"),
    ("1/4", "\u{00BC}"),
    ("3/4", "\u{00BE}"),
    (":", "\u{02D0}\u{02F8}\u{2982}\u{A789}\u{FE13}\u{FF1A}"),
    (";", "\u{204F}\u{FE14}\u{FE54}\u{FF1B}"),
    ("<", "\u{2039}\u{FE64}\u{FF1C}"),
    ("=", "\u{0347}\u{A78A}\u{FE66}\u{FF1D}"),
    (">", "\u{203A}\u{FE65}\u{FF1E}"),
    ("?", "\u{FE16}\u{FE56}\u{FF1F}"),
    ("@", "\u{FE6B}\u{FF20}"),
    ("A", "\u{1D00}"),
    ("B", "\u{0299}"),
    ("C", "\u{1D04}"),
    ("D", "\u{1D05}"),
    ("E", "\u{1D07}"),
    ("F", "\u{A730}"),
    ("G", "\u{0262}"),
    ("H", "\u{029C}"),
    ("I", "\u{026A}"),
    ("J", "\u{1D0A}"),
    ("K", "\u{1D0B}"),
    ("L", "\u{029F}"),
    ("M", "\u{1D0D}"),
    ("N", "\u{0274}"),
    ("O", "\u{1D0F}"),
    ("P", "\u{1D18}"),
    ("R", "\u{0280}"),
    ("S", "\u{A731}"),
    ("T", "\u{1D1B}"),
    ("U", "\u{1D1C}"),
    ("V", "\u{1D20}"),
    ("W", "\u{1D21}"),
    ("Y", "\u{028F}"),
    ("Z", "\u{1D22}"),
    ("[", "\u{FF3B}"),
    ("\\", "\u{20E5}\u{29F5}\u{29F9}\u{FE68}\u{FF3C}"),
    ("]", "\u{FF3D}"),
    ("^", "\u{02C6}\u{0302}\u{1DCD}\u{FF3E}"),
    ("_", "\u{0332}\u{2017}\u{FF3F}"),
    ("{", "\u{2774}\u{FE5B}\u{FF5B}"),
    (
        "|",
        "\u{20D2}\u{20D3}\u{2223}\u{239C}\u{239F}\u{23B8}\u{23B9}\u{23D0}\u{FF5C}",
    ),
    ("}", "\u{2775}\u{FE5C}\u{FF5D}"),
    (
        "~",
        "\u{02DC}\u{02F7}\u{0303}\u{0330}\u{0334}\u{223C}\u{FF5E}",
    ),
];

const DIGITS: &str = "0123456789";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What smart encoding writes instead of `c`; `None` if it leaves it alone.
pub(super) fn replacement(c: char) -> Option<&'static str> {
    if c.is_ascii() && !c.is_ascii_control() && c != '`' {
        return None;
    }
    fullwidth(c, '\u{FF10}', DIGITS)
        .or_else(|| fullwidth(c, '\u{FF21}', CAPITALS))
        .or_else(|| {
            let group = LOOK_ALIKES
                .iter()
                .find(|(_, look_alikes)| look_alikes.contains(c));
            group.map(|(replacement, _)| *replacement)
        })
}

/// The plain one of a row of characters whose fullwidth forms start at `first`.
fn fullwidth(c: char, first: char, plain: &'static str) -> Option<&'static str> {
    let at = u32::from(c).checked_sub(u32::from(first))? as usize;
    plain.get(at..=at)
}
