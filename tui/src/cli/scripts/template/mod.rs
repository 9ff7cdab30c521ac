//! `template`: the team's templates from scripts.

mod exchange;

use super::{Desk, Quiet, ScriptError, send};
use crate::clock;
use clap::{Args, Subcommand};
use smsdesk_common::api::templates::{
    MakeTemplate, Preview, Previewed, ReplaceTemplate, Scope, Seeded, TemplateContent, TemplatePage,
};
use smsdesk_common::ids::{ConversationId, RequestId, TemplateId};
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::template::{Template, check};

/// The most pages that are read: as many templates as a relay keeps.
const PAGES_MAX: usize = 200;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TemplateCommand {
    /// List templates by name.
    List {
        #[command(flatten)]
        quiet: Quiet,
    },
    /// Show one with its words.
    Show {
        /// Its name, short name, key or id.
        template: String,
    },
    /// Make a template and print its id.
    Add(Content),
    /// Change a template; what is not given stays.
    Edit(EditArguments),
    /// Delete templates.
    Rm {
        /// Names, short names, keys or ids.
        #[arg(required = true, value_name = "TEMPLATE")]
        templates: Vec<String>,
    },
    /// Print what a template would be as a text, what is missing, and what it takes.
    Preview(PreviewArguments),
    /// Make and change templates as a file says.
    Import(exchange::ImportArguments),
    /// Print templates as such a file.
    Export,
    /// Make the six templates of a visit at a customer's, as far as they are not there.
    Seed {
        #[command(flatten)]
        quiet: Quiet,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Content {
    /// Its name.
    name: String,
    /// The words, with variables such as {{ contact.first_name }}; `-` reads them from stdin.
    text: String,
    /// A short name to find it by.
    #[arg(long)]
    shortcut: Option<String>,
    /// Where it is kept.
    #[arg(long)]
    folder: Option<String>,
    /// Offer it to nobody but me.
    #[arg(long)]
    mine: bool,
    /// The words in another language.
    #[arg(long = "lang", value_name = "TAG=TEXT", value_parser = pair)]
    translations: Vec<(String, String)>,
    /// The template's id, a UUID: the same id again makes nothing again.
    #[arg(long)]
    id: Option<uuid::Uuid>,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EditArguments {
    /// Its name, short name, key or id.
    template: String,
    /// The new name.
    #[arg(long)]
    name: Option<String>,
    /// The new words; `-` reads them from stdin.
    #[arg(long)]
    text: Option<String>,
    /// The new short name; empty for none.
    #[arg(long)]
    shortcut: Option<String>,
    /// Where it is kept from now on; empty for nowhere.
    #[arg(long)]
    folder: Option<String>,
    /// The words in another language; empty words take it away.
    #[arg(long = "lang", value_name = "TAG=TEXT", value_parser = pair)]
    translations: Vec<(String, String)>,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PreviewArguments {
    /// Its name, short name, key or id.
    template: String,
    /// For whom: a conversation's whole id.
    #[arg(long)]
    conversation: Option<ConversationId>,
    /// The tag of the language to take.
    #[arg(long)]
    lang: Option<String>,
    #[command(flatten)]
    values: Values,
}

/// Values of variables.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct Values {
    /// The value of a variable of the template.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) values: Vec<(String, String)>,
}

impl Values {
    pub(super) fn object(self) -> serde_json::Map<String, serde_json::Value> {
        let pairs = self.values.into_iter();
        pairs.map(|(name, value)| (name, value.into())).collect()
    }
}

/// `name=value`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("expected NAME=VALUE, such as eta_minutes=20")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Does what a command says.
pub(super) async fn run(desk: &mut Desk, command: TemplateCommand) -> Result<(), ScriptError> {
    match command {
        TemplateCommand::List { quiet } => list(desk, quiet).await,
        TemplateCommand::Show { template } => show(desk, &template).await,
        TemplateCommand::Add(content) => add(desk, content).await,
        TemplateCommand::Edit(arguments) => edit(desk, arguments).await,
        TemplateCommand::Rm { templates } => remove(desk, &templates).await,
        TemplateCommand::Preview(arguments) => preview(desk, arguments).await,
        TemplateCommand::Import(arguments) => exchange::import(desk, &arguments).await,
        TemplateCommand::Export => exchange::export(desk).await,
        TemplateCommand::Seed { quiet } => seed(desk, quiet).await,
    }
}

/// Every template that I can choose from, by name.
async fn all(desk: &Desk) -> Result<Vec<Template>, ScriptError> {
    let (mut all, mut path) = (Vec::new(), "/v1/templates?limit=500".to_owned());
    for _ in 0..PAGES_MAX {
        let page: TemplatePage = desk.api.get(&path).await?;
        all.extend(page.templates.into_iter().filter_map(template_of));
        let Some(cursor) = page.next_cursor else {
            break;
        };
        path = format!("/v1/templates?limit=500&cursor={cursor}");
    }
    all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(all)
}

fn template_of(record: Record) -> Option<Template> {
    match record {
        Record::Template(template) => Some(*template),
        _ => None,
    }
}

/// The template of that name, short name, key or id.
pub(super) async fn named(desk: &Desk, name: &str) -> Result<Template, ScriptError> {
    let found = if name.parse::<TemplateId>().is_ok() {
        let record: Record = desk.api.get(&format!("/v1/templates/{name}")).await?;
        template_of(record)
    } else {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("name", name)
            .finish();
        let page: TemplatePage = desk.api.get(&format!("/v1/templates?{query}")).await?;
        page.templates.into_iter().find_map(template_of)
    };
    found.ok_or_else(|| ScriptError::Usage(format!("no template is called {name:?}")))
}

fn print(desk: &mut Desk, template: Template, quiet: Quiet) -> Result<(), ScriptError> {
    let id = template.id.to_string();
    let (name, folder) = (template.name.clone(), template.folder.clone());
    let body = template.body.clone();
    let columns = [&id, &name, folder.as_deref().unwrap_or("-"), &body];
    let record = Record::Template(Box::new(template));
    desk.output.record(&record, quiet, &columns)
}

async fn list(desk: &mut Desk, quiet: Quiet) -> Result<(), ScriptError> {
    for template in all(desk).await? {
        print(desk, template, quiet)?;
    }
    Ok(())
}

async fn show(desk: &mut Desk, name: &str) -> Result<(), ScriptError> {
    let template = named(desk, name).await?;
    let mut lines = vec![
        format!("name      {}", template.name),
        format!("id        {}", template.id),
        format!("used      {}", template.uses),
    ];
    let more = [
        ("key", &template.key),
        ("shortcut", &template.shortcut),
        ("folder", &template.folder),
    ];
    let more = more
        .iter()
        .filter_map(|(what, text)| Some((what, text.as_ref()?)));
    lines.extend(more.map(|(what, text)| format!("{what:9} {text}")));
    let names = check(&template.body).unwrap_or_default();
    lines.push(format!("variables {}", names.join(", ")));
    lines.push(String::new());
    lines.push(template.body.clone());
    for (tag, body) in &template.translations {
        lines.extend([String::new(), format!("[{tag}]"), body.clone()]);
    }
    let record = Record::Template(Box::new(template));
    desk.output
        .text(&record, &SafeText::block(&lines.join("\n")))
}

async fn add(desk: &mut Desk, given: Content) -> Result<(), ScriptError> {
    let make = MakeTemplate {
        id: Some(TemplateId(given.id.unwrap_or_else(clock::new_id))),
        content: TemplateContent {
            name: given.name,
            body: send::words(given.text)?,
            translations: given.translations.into_iter().collect(),
            shortcut: given.shortcut,
            folder: given.folder,
            scope: if given.mine { Scope::Mine } else { Scope::Team },
        },
    };
    let made: Record = desk.api.post("/v1/templates", &make).await?;
    let id = made.id();
    desk.output.record(&made, given.quiet, &[&id])
}

/// What a template says, as it is given to the relay.
fn content(template: &Template) -> TemplateContent {
    TemplateContent {
        name: template.name.clone(),
        body: template.body.clone(),
        translations: template.translations.clone(),
        shortcut: template.shortcut.clone(),
        folder: template.folder.clone(),
        scope: match template.owner {
            Some(_) => Scope::Mine,
            None => Scope::Team,
        },
    }
}

async fn edit(desk: &mut Desk, given: EditArguments) -> Result<(), ScriptError> {
    let template = named(desk, &given.template).await?;
    let mut content = content(&template);
    let or_none = |text: String| Some(text).filter(|text| !text.is_empty());
    if let Some(name) = given.name {
        content.name = name;
    }
    if let Some(text) = given.text {
        content.body = send::words(text)?;
    }
    if let Some(shortcut) = given.shortcut {
        content.shortcut = or_none(shortcut);
    }
    if let Some(folder) = given.folder {
        content.folder = or_none(folder);
    }
    for (tag, text) in given.translations {
        match text.is_empty() {
            true => content.translations.remove(&tag),
            false => content.translations.insert(tag, text),
        };
    }
    let changed = put(desk, &template, content).await?;
    let id = changed.id();
    desk.output.record(&changed, given.quiet, &[&id])
}

/// Replaces what a template says, unless somebody edited it since it was read.
async fn put(
    desk: &Desk,
    template: &Template,
    content: TemplateContent,
) -> Result<Record, ScriptError> {
    let replace = ReplaceTemplate {
        id: Some(RequestId(clock::new_id())),
        content,
        if_seq: Some(template.seq),
    };
    let path = format!("/v1/templates/{}", template.id);
    Ok(desk.api.put(&path, &replace).await?)
}

async fn remove(desk: &mut Desk, names: &[String]) -> Result<(), ScriptError> {
    for name in names {
        let template = named(desk, name).await?;
        let path = format!("/v1/templates/{}?if_seq={}", template.id, template.seq);
        desk.api.remove(&path).await?;
    }
    Ok(())
}

async fn preview(desk: &mut Desk, given: PreviewArguments) -> Result<(), ScriptError> {
    let template = named(desk, &given.template).await?;
    let asked = Preview {
        template: Some(template.id),
        variables: given.values.object(),
        conversation: given.conversation,
        language: given.lang,
        ..Preview::default()
    };
    let previewed: Previewed = desk.api.post("/v1/templates/preview", &asked).await?;
    let missing = match previewed.missing.as_slice() {
        [] => "nothing is missing".to_owned(),
        names => format!("missing: {}", names.join(", ")),
    };
    let encoding = match previewed.encoding {
        smsdesk_common::segments::Encoding::Gsm7 => "GSM-7",
        smsdesk_common::segments::Encoding::Ucs2 => "UCS-2",
    };
    let segments = previewed.segments;
    let words = format!(
        "{}\n\n{encoding} · segments: {segments} · {missing}",
        previewed.text
    );
    desk.output.text(&previewed, &SafeText::block(&words))
}

async fn seed(desk: &mut Desk, quiet: Quiet) -> Result<(), ScriptError> {
    let nothing = serde_json::json!({});
    let seeded: Seeded = desk.api.post("/v1/templates/seed", &nothing).await?;
    for template in seeded.templates.into_iter().filter_map(template_of) {
        print(desk, template, quiet)?;
    }
    Ok(())
}

/// The words of a template for a text, and its id; refused where a value is missing.
pub(super) async fn filled(
    desk: &Desk,
    name: &str,
    values: Values,
    conversation: Option<ConversationId>,
) -> Result<(String, TemplateId), ScriptError> {
    let template = named(desk, name).await?;
    let asked = Preview {
        template: Some(template.id),
        variables: values.object(),
        conversation,
        ..Preview::default()
    };
    let previewed: Previewed = desk.api.post("/v1/templates/preview", &asked).await?;
    if !previewed.missing.is_empty() {
        let names: Vec<String> = previewed
            .missing
            .iter()
            .map(|name| format!("--var {name}=…"))
            .collect();
        let says = format!("not sent: expected values for {}", names.join(" "));
        return Err(ScriptError::Usage(says));
    }
    Ok((previewed.text, template.id))
}
