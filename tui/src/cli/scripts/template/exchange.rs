//! Templates as a TOML file, out and in.

use super::{Desk, all, content, put};
use crate::cli::scripts::ScriptError;
use crate::clock;
use clap::Args;
use serde::Deserialize;
use smsdesk_common::api::templates::{MakeTemplate, Scope, TemplateContent};
use smsdesk_common::filter::fold;
use smsdesk_common::ids::TemplateId;
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::template::{Template, check};
use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;
use std::path::PathBuf;

/// The most bytes of a file: as many templates as a relay keeps, of a usual length.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArguments {
    /// The file; `-` for stdin.
    file: PathBuf,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    template: Vec<Entry>,
}

/// A template in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    body: String,
    #[serde(default)]
    shortcut: Option<String>,
    #[serde(default)]
    folder: Option<String>,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    translations: BTreeMap<String, String>,
}

impl Entry {
    fn content(self) -> TemplateContent {
        TemplateContent {
            name: self.name,
            body: self.body,
            translations: self.translations,
            shortcut: self.shortcut,
            folder: self.folder,
            scope: self.scope,
        }
    }

    /// Why it is no template, told before anything is asked of the relay.
    fn fault(&self) -> Option<String> {
        let bodies = std::iter::once(("body", &self.body)).chain(
            self.translations
                .iter()
                .map(|(tag, body)| (tag.as_str(), body)),
        );
        bodies
            .filter_map(|(field, body)| Some((field, check(body).err()?)))
            .map(|(field, error)| format!("`{field}`: {error}"))
            .next()
    }
}

/// Prints every template as a file that [`import`] takes.
pub(super) async fn export(desk: &mut Desk) -> Result<(), ScriptError> {
    let mut file = String::new();
    for template in all(desk).await? {
        write_entry(&mut file, content(&template))
            .map_err(|error| ScriptError::Failed(format!("cannot be written: {error}")))?;
    }
    desk.output.plain(&SafeText::block(file.trim_end()))
}

fn write_entry(file: &mut String, content: TemplateContent) -> serde_json::Result<()> {
    file.push_str("[[template]]\n");
    let mut line = |key: &str, value: &str| -> serde_json::Result<()> {
        file.push_str(&format!("{key} = {}\n", quoted(value)?));
        Ok(())
    };
    line("name", &content.name)?;
    line("body", &content.body)?;
    let more = [("shortcut", content.shortcut), ("folder", content.folder)];
    for (key, value) in more {
        if let Some(value) = value {
            line(key, &value)?;
        }
    }
    if content.scope == Scope::Mine {
        line("scope", "mine")?;
    }
    for (tag, body) in &content.translations {
        line(&format!("translations.{}", quoted(tag)?), body)?;
    }
    file.push('\n');
    Ok(())
}

/// A string of TOML: JSON's, where what JSON leaves as it is and TOML does not is escaped, too.
fn quoted(text: &str) -> serde_json::Result<String> {
    Ok(serde_json::to_string(text)?.replace('\u{7f}', "\\u007F"))
}

/// Makes what is not there and changes what differs, by name. Each one that cannot be is told with
/// its reason; the others are done all the same.
pub(super) async fn import(desk: &mut Desk, given: &ImportArguments) -> Result<(), ScriptError> {
    let name = given.file.display().to_string();
    let text = read(given).map_err(|why| ScriptError::Usage(format!("{name}: {why}")))?;
    let file: File = toml::from_str(&text)
        .map_err(|error| ScriptError::Usage(format!("{name}: {}", error.to_string().trim())))?;
    let held = all(desk).await?;
    let (mut refused, mut seen) = (0, HashSet::new());
    for entry in file.template {
        let called = SafeText::line(&entry.name);
        let twice = !seen.insert((entry.scope == Scope::Mine, fold(&entry.name)));
        let done = match entry.fault() {
            _ if twice => Err("the file has that name twice".to_owned()),
            Some(fault) => Err(fault),
            None => take(desk, &held, entry, given.dry_run).await?,
        };
        let line = match done {
            Ok(did) => format!("{did:9} {}", called.as_str()),
            Err(why) => {
                refused += 1;
                format!("{:9} {}: {why}", "refused", called.as_str())
            }
        };
        desk.output.plain(&SafeText::line(&line))?;
    }
    match refused {
        0 => Ok(()),
        _ => Err(ScriptError::Refused(format!(
            "{refused} of them were refused"
        ))),
    }
}

/// Does what one entry says; what was done, or why the relay refused it. A dry run does nothing.
async fn take(
    desk: &Desk,
    held: &[Template],
    entry: Entry,
    dry_run: bool,
) -> Result<Result<&'static str, String>, ScriptError> {
    let is_it = |template: &&Template| {
        fold(&template.name) == fold(&entry.name)
            && template.owner.is_some() == (entry.scope == Scope::Mine)
    };
    let held = held.iter().find(is_it);
    let wanted = entry.content();
    let (did, asked) = match held {
        Some(held) if content(held) == wanted => return Ok(Ok("same")),
        Some(_) if dry_run => return Ok(Ok("changes")),
        None if dry_run => return Ok(Ok("makes")),
        Some(held) => ("changed", put(desk, held, wanted).await.map(|_| ())),
        None => {
            let id = Some(TemplateId(clock::new_id()));
            let make = MakeTemplate {
                id,
                content: wanted,
            };
            let made: Result<Record, _> = desk.api.post("/v1/templates", &make).await;
            ("made", made.map(|_| ()).map_err(ScriptError::from))
        }
    };
    match asked {
        Ok(()) => Ok(Ok(did)),
        Err(ScriptError::Refused(why)) => Ok(Err(why)),
        Err(error) => Err(error),
    }
}

fn read(given: &ImportArguments) -> Result<String, String> {
    let source: Box<dyn std::io::Read> = match given.file.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(std::fs::File::open(&given.file).map_err(|e| e.to_string())?),
    };
    let mut text = String::new();
    let read = source
        .take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    match read as u64 > FILE_BYTES_MAX {
        true => Err(format!("expected at most {FILE_BYTES_MAX} bytes")),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_exported_is_imported_as_it_was(
            name in ".{1,20}", body in "(.|\n){0,40}", folder in prop::option::of(".{0,5}"),
            translations in prop::collection::btree_map("[a-z]{2}", "(.|\r){0,9}", 0..3),
        ) {
            let written = TemplateContent {
                name, body, folder, translations, shortcut: None, scope: Scope::Mine,
            };
            let mut file = String::new();
            write_entry(&mut file, written.clone()).unwrap();
            write_entry(&mut file, written.clone()).unwrap();
            let read: File = toml::from_str(&file).unwrap();
            let read: Vec<_> = read.template.into_iter().map(Entry::content).collect();
            prop_assert_eq!(read, [written.clone(), written]);
        }
    }
}
