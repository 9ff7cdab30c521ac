//! Twilio's identifiers: two letters that say of what, and 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

/// Longest identifier that is taken, in bytes. Twilio documents 34.
const SID_BYTES_MAX: usize = 64;

/// A text that is not the identifier that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct SidError(&'static str);

macro_rules! sid {
    ($($(#[$doc:meta])* $name:ident: $($prefix:literal)|+, $expected:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// What such an identifier looks like.
            pub const EXPECTED: &str = $expected;

            /// The identifier as Twilio writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Takes more than Twilio documents (letters instead of hexadecimal digits, another length
        /// up to 64), for a genuine message must not be lost over the shape of its name.
        impl FromStr for $name {
            type Err = SidError;

            fn from_str(text: &str) -> Result<Self, SidError> {
                if [$($prefix),+].iter().any(|prefix| has_shape(text, prefix)) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(SidError($expected))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0
            }
        }
    )+};
}

sid! {
    /// An account or a subaccount.
    AccountSid: "AC", "AC and 32 hexadecimal digits";
    /// A message: `SM…` is text, `MM…` has media or is rich.
    MessageSid: "SM" | "MM", "SM or MM and 32 hexadecimal digits";
    /// A call.
    CallSid: "CA", "CA and 32 hexadecimal digits";
    /// The name of an API key.
    ApiKeySid: "SK", "SK and 32 hexadecimal digits";
    /// A number of the account.
    NumberSid: "PN", "PN and 32 hexadecimal digits";
    /// A messaging service.
    ServiceSid: "MG", "MG and 32 hexadecimal digits";
    /// An application.
    ApplicationSid: "AP", "AP and 32 hexadecimal digits";
}

fn has_shape(text: &str, prefix: &str) -> bool {
    text.len() <= SID_BYTES_MAX
        && text.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_reads_back_as_written() {
        let text = "SM099a5ca83ba8dbc63f02dc02e02ceb88";
        assert_eq!(text.parse::<MessageSid>().unwrap().as_str(), text);
        assert!(text.replace("SM", "MM").parse::<MessageSid>().is_ok());
        assert!(
            "AC319743aabbccddeeff00112233445566"
                .parse::<AccountSid>()
                .is_ok()
        );
    }

    #[test]
    fn what_could_not_be_a_sid_is_refused() {
        let long = format!("SM{}", "0".repeat(63));
        for text in [
            "",
            "SM",
            "AC099a5ca83ba8dbc63f02dc02e02ceb88",
            "SM09/../x",
            "SM09\n",
            "SMé",
            &long,
        ] {
            assert!(text.parse::<MessageSid>().is_err(), "{text:?}");
        }
        let error = "x".parse::<AccountSid>().unwrap_err();
        assert_eq!(error.to_string(), "expected AC and 32 hexadecimal digits");
    }
}
