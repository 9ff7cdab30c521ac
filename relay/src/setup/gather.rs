//! The questions: what the relay has to know, each answer tried at once.

use super::document::Setting;
use super::https::{self, Way};
use super::known::Known;
use super::plan::Found;
use super::source::{Question, Source};
use super::{print, survey, system};
use crate::twilio::client::{FetchedAccount, LookError, TwilioClient};
use crate::twilio::holdings::Standing;
use crate::twilio::public_url::PublicUrl;
use crate::twilio::sid::AccountSid;
use anyhow::bail;
use secrecy::SecretString;
use smsdesk_common::phone::{Address, Region};
use smsdesk_common::safe_text::SafeText;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Twilio's own address.
const TWILIO: &str = "https://api.twilio.com";

/// What was answered, but for the lines.
#[derive(Debug)]
pub struct Choices {
    /// What Twilio and agents call.
    pub public_url: PublicUrl,
    /// Who brings HTTPS.
    pub way: Way,
    /// Where the relay listens.
    pub listen: SocketAddr,
    /// For numbers without a country code.
    pub region: Region,
    /// How the company signs its texts; may be empty.
    pub company: String,
    /// The SQLite file.
    pub database: PathBuf,
    /// The account.
    pub account: AccountSid,
    /// Its token.
    pub token: SecretString,
    /// Where Twilio's API is.
    pub api_base_url: String,
    /// Whether the service is to be made.
    pub service: bool,
    /// Who gets the first invite; may be empty.
    pub admin: String,
}

/// Asks for everything but the lines; the account and its token are tried.
///
/// # Errors
/// A file's answer will not do, or nobody answers any more.
pub async fn choices(
    source: &mut Source,
    known: &Known,
    config: &Path,
) -> anyhow::Result<(Choices, TwilioClient)> {
    let public_url = public_url(source, known)?;
    let way = https::way(source, known, &public_url)?;
    // Where it listens belongs to the way: another one has a place of its own.
    let is_as_before = known.value("tls").unwrap_or("proxy") == way.word();
    let listen = match (&way, known.value("listen")) {
        (_, Some(known)) if is_as_before => known,
        (Way::Proxy, _) => "127.0.0.1:8080",
        (Way::Files { .. } | Way::Acme { .. }, _) => "0.0.0.0:443",
    };
    let words = "Address and port to listen on";
    let listen = ask(source, "listen", words, Some(listen.to_owned()))?;
    let region = known.or("default_region", "US");
    let words = "Country of numbers written without a country code";
    let region = ask(source, "default_region", words, region)?;
    let company = known.or("company", "");
    let words = "Name of the company, as it signs its texts (may be empty)";
    let company = text(source, "company", words, company)?;
    let database = known.or("database", &default_database(config));
    let database = PathBuf::from(text(source, "database", "The database's file", database)?);
    if !database.is_absolute() {
        bail!(
            "{}: database: expected a path from the root on",
            database.display()
        );
    }
    let account = account(source, known).await?;
    let words = "Make the user smsdesk and a systemd service, and start it";
    let may = system::is_root() || !source.is_person();
    let service = may && source.agrees("service", words, source.is_person())?;
    if service && !system::is_root() {
        source.reject("service", "wants root: run it again with sudo")?;
    }
    if service && system::is_hidden(&database) {
        let folder = "it is hidden from the service: expected one in another folder, such as \
                      /var/lib/smsdesk";
        let problem = format!("{}: {folder}", database.display());
        source.reject("database", &problem)?;
        bail!("nothing was changed");
    }
    let words = "Who gets the first invite, as an admin (may be empty)";
    let admin = text(source, "admin", words, Some(String::new()))?;
    let choices = Choices {
        public_url,
        way,
        listen,
        region,
        company,
        database,
        account: account.sid,
        token: account.token,
        api_base_url: account.base,
        service,
        admin,
    };
    Ok((choices, account.client))
}

pub(super) fn ask<T: std::str::FromStr<Err: std::fmt::Display>>(
    source: &mut Source,
    key: &'static str,
    words: &str,
    default: Option<String>,
) -> anyhow::Result<T> {
    let question = Question {
        key,
        words,
        default,
    };
    source.ask(&question, |text| {
        text.parse().map_err(|error| format!("{text:?}: {error}"))
    })
}

/// One line; control characters are none of it.
pub(super) fn text(
    source: &mut Source,
    key: &'static str,
    words: &str,
    default: Option<String>,
) -> anyhow::Result<String> {
    let question = Question {
        key,
        words,
        default,
    };
    source.ask(&question, |text| {
        if text.chars().any(char::is_control) {
            return Err("expected printable characters".to_owned());
        }
        Ok(text.to_owned())
    })
}

fn public_url(source: &mut Source, known: &Known) -> anyhow::Result<PublicUrl> {
    let question = Question {
        key: "public_url",
        words: "Public address of the relay, such as https://sms.example.com",
        default: known.value("public_url").map(str::to_owned),
    };
    source.ask(&question, |text| {
        let url = if text.is_empty() || text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        PublicUrl::parse(&url).map_err(|error| format!("{text:?}: {error}"))
    })
}

fn default_database(config: &Path) -> String {
    if system::is_root() {
        return "/var/lib/smsdesk/smsdesk.db".to_owned();
    }
    let folder = config.parent().unwrap_or_else(|| Path::new("."));
    folder.join("smsdesk.db").display().to_string()
}

struct Account {
    sid: AccountSid,
    token: SecretString,
    base: String,
    client: TwilioClient,
}

/// Asks for the account until Twilio knows it.
async fn account(source: &mut Source, known: &Known) -> anyhow::Result<Account> {
    // Nobody but a test or somebody who practises has another one.
    let base = known.or("api_base_url", TWILIO);
    let base = match source {
        Source::File(answers) => answers.given("api_base_url").map(str::to_owned).or(base),
        Source::Person(_) => base,
    };
    let base = base.unwrap_or_default().trim_end_matches('/').to_owned();
    let known_token = std::env::var("TWILIO_AUTH_TOKEN")
        .ok()
        .filter(|token| !token.is_empty())
        .map(SecretString::from)
        .or_else(|| known.token.clone());
    let mut sid = known.value("account_sid").map(str::to_owned);
    let mut secret = "Its Auth Token";
    loop {
        let words = "Twilio's Account SID (console.twilio.com shows it)";
        let account: AccountSid = ask(source, "account_sid", words, sid)?;
        let token = source.secret("auth_token", secret, known_token.as_ref())?;
        let token = from_file(source, token)?;
        let client = survey::client(&base, &account, &token)?;
        match client.fetch_account().await {
            Ok(fetched) => {
                greet(&fetched);
                return Ok(Account {
                    sid: account,
                    token,
                    base,
                    client,
                });
            }
            Err(error @ LookError::Refused { .. }) => {
                source.reject("auth_token", &survey::words(&error))?;
                sid = Some(account.to_string());
                secret = "Its Auth Token again";
            }
            Err(error) => return Err(survey::told("the account", &error)),
        }
    }
}

/// What a token `file:/path` stands for.
fn from_file(source: &Source, token: SecretString) -> anyhow::Result<SecretString> {
    use secrecy::ExposeSecret as _;
    let Some(path) = token.expose_secret().strip_prefix("file:") else {
        return Ok(token);
    };
    let held = super::disk::read(Path::new(path))?.unwrap_or_default();
    let held = held.trim();
    if held.is_empty() {
        let problem = format!("{path}: expected a file with the token");
        return match source {
            Source::File(answers) => Err(answers.bad("auth_token", problem).into()),
            Source::Person(_) => bail!(problem),
        };
    }
    Ok(SecretString::from(held.to_owned()))
}

fn greet(fetched: &FetchedAccount) {
    let facts = &fetched.facts;
    let mut words = format!("Twilio knows the account {}", SafeText::line(&facts.name));
    match facts.standing {
        Standing::Active | Standing::Unknown => {}
        Standing::Suspended => words += ", and has suspended it: it can send nothing for now",
        Standing::Closed => words += ", and has closed it: it can send nothing any more",
    }
    if facts.is_trial {
        words += "; it is for trial and texts verified numbers only";
    }
    print(&words);
}

/// Asks which lines the desk has.
///
/// # Errors
/// The account has none, a file's answer will not do, or nobody answers any more.
pub fn lines(
    source: &mut Source,
    known: &Known,
    found: &Found,
    region: Region,
) -> anyhow::Result<Vec<Address>> {
    let offered = offered(found);
    if offered.is_empty() {
        bail!(
            "the account has no number that can text: buy one in Twilio's console (Phone Numbers, \
             Manage, Buy a number), then run it again"
        );
    }
    if source.is_person() {
        print("The account has");
        for ((line, name), place) in offered.iter().zip(1..) {
            let name = SafeText::line(name);
            print(&format!("  {place}  {}  {name}", line.as_str()));
        }
    }
    let question = Question {
        key: "lines",
        words: "Lines of the desk: all numbers, or some of these with commas between them",
        default: known.or("lines", "all"),
    };
    source.ask(&question, |text| pick(text, &offered, region))
}

/// What can be a line: numbers that can text, then messaging services.
fn offered(found: &Found) -> Vec<(Address, String)> {
    let numbers = found.numbers.iter().filter(|number| number.can_text);
    let mut offered: Vec<_> = numbers
        .map(|number| (number.number.clone(), number.name.clone()))
        .collect();
    offered.sort_by(|one, other| one.0.as_str().cmp(other.0.as_str()));
    let services = found.services.iter().filter_map(|(service, _)| {
        let line = Address::from_twilio(service.sid.as_str()).ok()?;
        Some((line, service.name.clone()))
    });
    offered.extend(services);
    offered
}

fn pick(text: &str, offered: &[(Address, String)], region: Region) -> Result<Vec<Address>, String> {
    let is_service = |line: &Address| line.as_str().starts_with("MG");
    if text == "all" {
        let numbers = offered.iter().map(|(line, _)| line.clone());
        let numbers: Vec<_> = numbers.filter(|line| !is_service(line)).collect();
        let none = "there is no number that can text: name a messaging service";
        return if numbers.is_empty() {
            Err(none.to_owned())
        } else {
            Ok(numbers)
        };
    }
    let mut picked = Vec::new();
    for word in text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        let by_place = word
            .parse::<usize>()
            .ok()
            .and_then(|place| offered.get(place.checked_sub(1)?));
        let by_name = || {
            let meant = Address::parse_dialable(word, Some(region)).ok();
            offered.iter().find(|(line, _)| {
                line.as_str() == word || meant.as_ref().is_some_and(|meant| meant == line)
            })
        };
        let Some((line, _)) = by_place.or_else(by_name) else {
            let all: Vec<_> = offered.iter().map(|(line, _)| line.as_str()).collect();
            return Err(format!(
                "{word:?} is none of the account's: expected all, or some of {}",
                all.join(", ")
            ));
        };
        if !picked.contains(line) {
            picked.push(line.clone());
        }
    }
    if picked.is_empty() {
        return Err("expected all, or at least one line".to_owned());
    }
    Ok(picked)
}

/// What the configuration gets.
#[must_use]
pub fn settings(
    choices: &Choices,
    lines: &[Address],
    known: &Known,
    token_file: &Path,
) -> Vec<Setting> {
    let relay = |key, value: &str| Setting::text("relay", key, value);
    let twilio = |key, value: &str| Setting::text("relay.twilio", key, value);
    let mut settings = vec![
        relay("listen", &choices.listen.to_string()),
        relay("public_url", &choices.public_url.to_string()),
        relay(
            "database",
            &format!("sqlite:{}", choices.database.display()),
        ),
        relay("default_region", &choices.region.to_string()),
    ];
    if !choices.company.is_empty() || known.value("company").is_some() {
        settings.push(relay("company", &choices.company));
    }
    settings.extend(choices.way.settings(known));
    settings.push(twilio("account_sid", choices.account.as_str()));
    settings.push(twilio(
        "auth_token",
        &format!("file:{}", token_file.display()),
    ));
    if choices.api_base_url != TWILIO || known.value("api_base_url").is_some() {
        settings.push(twilio("api_base_url", &choices.api_base_url));
    }
    let lines = lines.iter().map(Address::as_str);
    settings.push(Setting::list("relay.twilio", "lines", lines));
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Vec<(Address, String)> {
        ["+15557122661", "+15557122662", "MG01"]
            .map(|line| (Address::from_twilio(line).unwrap(), String::new()))
            .to_vec()
    }

    fn picked(text: &str) -> Result<Vec<String>, String> {
        let picked = pick(text, &offered(), "US".parse().unwrap())?;
        Ok(picked.iter().map(|line| line.as_str().to_owned()).collect())
    }

    #[test]
    fn lines_are_picked_by_place_number_or_all_and_each_once() {
        assert_eq!(picked("all").unwrap(), ["+15557122661", "+15557122662"]);
        assert_eq!(picked("2, +15557122662").unwrap(), ["+15557122662"]);
        assert_eq!(picked("MG01,1").unwrap(), ["MG01", "+15557122661"]);
    }

    #[test]
    fn a_line_that_the_account_has_not_is_named_with_those_that_it_has() {
        for word in ["9", "+15550000000", "Ana"] {
            let told = picked(word).unwrap_err();
            assert!(
                told.contains(word) && told.contains("+15557122661"),
                "{told}"
            );
        }
        assert!(picked(" , ").is_err());
    }
}
