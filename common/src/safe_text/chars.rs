//! Which characters may reach a terminal. Tables only; what is done about them is in `filter`.

/// What is to become of one character of remote text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Carries a visible sign, or is a mark upon one.
    Plain,
    /// Must not pass: its number is shown in its place.
    Forbidden,
    /// U+200C or U+200D: invisible, but some writing and many emoji need it.
    Joiner,
    /// Picks a variant of the sign before it.
    VariationSelector,
}

pub(super) const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
pub(super) const ZERO_WIDTH_JOINER: char = '\u{200D}';

pub(super) fn class(c: char) -> Class {
    match c {
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => Class::Joiner,
        // The Mongolian selectors, the sixteen common ones, the ideographic ones.
        '\u{180B}'..='\u{180D}'
        | '\u{180F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{E0100}'..='\u{E01EF}' => Class::VariationSelector,
        _ if is_forbidden(c) => Class::Forbidden,
        _ => Class::Plain,
    }
}

/// Controls, format characters (Unicode's Cc, Cf, Zl, Zp), whatever is invisible by definition
/// (`Default_Ignorable_Code_Point`, with the Hangul fillers), and noncharacters.
///
/// The few format characters that do have a sign (Arabic number signs, end of ayah) are among
/// them: they swallow the character that follows into their own cluster.
fn is_forbidden(c: char) -> bool {
    let is_noncharacter = matches!(c, '\u{FDD0}'..='\u{FDEF}') || (u32::from(c) & 0xFFFE) == 0xFFFE;
    is_noncharacter
        || matches!(c,
            '\u{0000}'..='\u{001F}'       // C0, with ESC, NUL, BEL
            | '\u{007F}'..='\u{009F}'     // DEL and C1, with CSI and OSC as single characters
            | '\u{00AD}'                  // soft hyphen
            | '\u{034F}'                  // combining grapheme joiner
            | '\u{0600}'..='\u{0605}' | '\u{06DD}' | '\u{070F}'
            | '\u{0890}'..='\u{0891}' | '\u{08E2}' | '\u{110BD}' | '\u{110CD}'
            | '\u{061C}'                  // Arabic letter mark (bidi)
            | '\u{115F}'..='\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers
            | '\u{17B4}'..='\u{17B5}'     // Khmer inherent vowels
            | '\u{180E}'                  // Mongolian vowel separator
            | '\u{200B}'                  // zero-width space
            | '\u{200E}'..='\u{200F}'     // bidi marks
            | '\u{2028}'..='\u{202E}'     // line and paragraph separators, bidi embeddings, overrides
            | '\u{2060}'..='\u{206F}'     // word joiner, invisible operators, bidi isolates
            | '\u{FEFF}'                  // byte order mark
            | '\u{FFF0}'..='\u{FFFB}'     // unassigned ignorables, interlinear annotation
            | '\u{13430}'..='\u{1343F}'   // Egyptian format controls
            | '\u{1BCA0}'..='\u{1BCA3}'   // shorthand format controls
            | '\u{1D173}'..='\u{1D17A}'   // musical format controls
            | '\u{E0000}'..='\u{E0FFF}' // tags and what else is ignorable there
        )
}

/// The viramas (canonical combining class 9): after one of them a joiner chooses between the forms
/// of a conjunct, so it is part of the spelling (RFC 5892, appendix A.1 and A.2).
pub(super) fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{094D}' | '\u{09CD}' | '\u{0A4D}' | '\u{0ACD}' | '\u{0B4D}' | '\u{0BCD}' | '\u{0C4D}'
            | '\u{0CCD}' | '\u{0D3B}'..='\u{0D3C}' | '\u{0D4D}' | '\u{0DCA}' | '\u{0E3A}'
            | '\u{0EBA}' | '\u{0F84}' | '\u{1039}'..='\u{103A}' | '\u{1714}'..='\u{1715}'
            | '\u{1734}' | '\u{17D2}' | '\u{1A60}' | '\u{1B44}' | '\u{1BAA}'..='\u{1BAB}'
            | '\u{1BF2}'..='\u{1BF3}' | '\u{A806}' | '\u{A82C}' | '\u{A8C4}' | '\u{A953}'
            | '\u{A9C0}' | '\u{AAF6}' | '\u{ABED}' | '\u{11046}' | '\u{11133}'..='\u{11134}'
            | '\u{111C0}' | '\u{11235}' | '\u{1134D}' | '\u{11442}' | '\u{114C2}'
    )
}

/// Letters of the Arabic script, between which U+200C keeps two letters apart (Persian, Urdu,
/// Kurdish). Coarser than RFC 5892's joining types, which only matter for how it looks.
pub(super) fn is_arabic_letter(c: char) -> bool {
    let is_arabic = matches!(c,
        '\u{0620}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{0870}'..='\u{08FF}');
    is_arabic && c.is_alphabetic()
}

/// The flags that Unicode recommends for parts of a country (England, Scotland, Wales), without
/// the black flag before them. Any other sequence of tags is a way to hide text.
pub(super) const FLAG_TAGS: [&str; 3] = [
    "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// The flag that [`FLAG_TAGS`] follow.
pub(super) const BLACK_FLAG: char = '\u{1F3F4}';
