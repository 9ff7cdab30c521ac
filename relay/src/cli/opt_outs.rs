//! `optouts`: the account of who wanted texts and who did not, for whoever asks for it.

use crate::cli::print;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::StoreError;
use crate::store::consent::{self, Noted};
use crate::store::view::View;
use clap::Subcommand;
use smsdesk_common::phone::Address;

/// Rows that are read at once.
const PAGE: u32 = 1_000;
/// The first row.
const HEAD: &str = "address,line,service,said,how,at,noted,entry,agent";

#[derive(Debug, Subcommand)]
pub(super) enum OptOutsCommand {
    /// Print all that was ever said, oldest first, as CSV. Goes beside a running relay.
    Export,
}

/// Prints the whole account.
pub(super) async fn run(config: &Config, command: OptOutsCommand) -> anyhow::Result<()> {
    let OptOutsCommand::Export = command;
    let view = View::open(&config.database, Clock::system())?;
    print(HEAD);
    for page in 0.. {
        let rows = view.read(move |reads| consent::page(reads, page * PAGE, PAGE));
        let rows: Vec<Noted> = rows.await.map_err(|error: StoreError| error)?;
        rows.iter().for_each(|row| print(&line(row)));
        if rows.len() < PAGE as usize {
            break;
        }
    }
    Ok(())
}

fn line(row: &Noted) -> String {
    let said = &row.said;
    let maybe = |address: &Option<Address>| address.as_ref().map_or_else(String::new, cell);
    let id = |id: Option<String>| id.unwrap_or_default();
    [
        cell(&row.address),
        maybe(&said.line),
        maybe(&said.service),
        said.consent.as_str().to_owned(),
        said.means.as_str().to_owned(),
        said.at.to_rfc3339(),
        row.noted.to_rfc3339(),
        id(row.entry.map(|id| id.to_string())),
        id(row.agent.map(|id| id.to_string())),
    ]
    .join(",")
}

/// An address as a cell. A number is no formula, whatever a spreadsheet makes of it; anything else
/// may be one, and may hold what ends a cell.
fn cell(address: &Address) -> String {
    let text = address.as_str();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == ':';
    if digits.chars().all(|c| c.is_ascii_digit()) || text.chars().all(plain) {
        return text.to_owned();
    }
    let safe = smsdesk_common::safe_text::SafeText::line(text).into_string();
    format!("\"'{}\"", safe.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::optout::{Consent, Means, Said};
    use smsdesk_common::time::Timestamp;

    #[test]
    fn a_row_is_a_line_and_never_a_formula() {
        let address = |text: &str| Address::from_twilio(text).unwrap();
        let row = Noted {
            address: address("+12394267058"),
            said: Said {
                line: Some(address("+15557122661")),
                service: None,
                consent: Consent::Out,
                means: Means::Keyword,
                at: Timestamp::from_millis(0),
            },
            entry: None,
            agent: None,
            noted: Timestamp::from_millis(1),
        };
        assert_eq!(
            line(&row),
            "+12394267058,+15557122661,,out,keyword,1970-01-01T00:00:00.000Z,\
             1970-01-01T00:00:00.001Z,,"
        );
        assert_eq!(
            cell(&address("whatsapp:+12394267058")),
            "\"'whatsapp:+12394267058\""
        );
        assert_eq!(cell(&address("=cmd,\"x\"")), "\"'=cmd,\"\"x\"\"\"");
    }
}
