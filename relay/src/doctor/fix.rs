//! Mends what the doctor found: rights of files at once, webhooks of numbers once somebody agreed, for
//! they may be another program's.

use super::report::{Fix, Report};
use crate::config::Config;
use crate::twilio::client::{Auth, LookError, TwilioClient};
use crate::twilio::holdings::{Hook, Hooks};
use crate::twilio::sid::NumberSid;
use smsdesk_common::phone::Address;
use smsdesk_common::safe_text::SafeText;
use std::path::Path;

/// Why something was not mended.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// The file belongs to somebody else, or is gone.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// Twilio does not do it.
    #[error(transparent)]
    Twilio(#[from] LookError),
    /// No account has the line, or no client can be made.
    #[error("no configured account has this line")]
    Account,
}

/// What would be mended, and whether somebody has to agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// In words.
    pub words: String,
    /// Whether it changes what may be somebody else's.
    pub asks: bool,
    fix: Fix,
}

/// What can be mended of what `report` found.
pub fn proposals(report: &Report) -> Vec<Proposal> {
    let fixes = report.checks.iter().filter_map(|check| check.fix.clone());
    fixes
        .map(|fix| Proposal {
            words: words(&fix),
            asks: matches!(fix, Fix::Webhook { .. }),
            fix,
        })
        .collect()
}

fn words(fix: &Fix) -> String {
    match fix {
        Fix::Mode { path, mode } => {
            format!("{}: mode {:04o}", path.display(), mode & 0o777)
        }
        Fix::Webhook {
            line, before, url, ..
        } => {
            let was = if before.is_set() {
                let address = SafeText::line(&before.url).truncate_to_width(160);
                format!("{} {}", before.method.as_str(), address.as_str())
            } else {
                "nothing".to_owned()
            };
            let line = line.as_str();
            format!("{line}: POST {url} instead of {was}")
        }
    }
}

/// Does it. What was done already stays as it is.
///
/// # Errors
/// It was not done.
pub async fn mend(config: &Config, proposal: &Proposal) -> Result<(), FixError> {
    match &proposal.fix {
        Fix::Mode { path, mode } => Ok(set_mode(path, *mode)?),
        Fix::Webhook {
            line, number, url, ..
        } => set_webhook(config, line, number, url).await,
    }
}

fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

async fn set_webhook(
    config: &Config,
    line: &Address,
    number: &NumberSid,
    url: &str,
) -> Result<(), FixError> {
    let mut accounts = config.accounts.iter();
    let account = accounts.find(|account| account.lines.contains(line));
    let account = account.ok_or(FixError::Account)?;
    let token = Auth::Token(account.auth_token.clone());
    let client = TwilioClient::new(&config.api_base_url, &account.sid, token);
    let client = client.map_err(|_| FixError::Account)?;
    let hook = Hook::posting_to(url);
    let hooks = Hooks {
        inbound: Some(hook.clone()),
        fallback: Some(hook),
        status: None,
    };
    client.set_number(number, &hooks).await?;
    Ok(())
}
