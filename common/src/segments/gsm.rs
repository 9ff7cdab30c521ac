//! The GSM 7-bit alphabet (3GPP TS 23.038, default table and its extension).

/// The default table without its escape, which stands for nothing by itself.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// What is sent as an escape and a second septet.
const EXTENSION: &str = "\u{0C}^{}\\[~]|€";

/// Septets that `c` takes in GSM-7: 1, or 2 behind an escape; `None` if it cannot be written.
pub(super) fn septets(c: char) -> Option<u32> {
    if c.is_ascii_alphanumeric() || c == ' ' || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}
