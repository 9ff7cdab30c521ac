//! Templates on a disk for tests.

use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::rules::Kept;
use crate::model::templates::{Head, Origin, Shelf};
use smsdesk_common::ids::{ConversationId, Seq, TemplateId};
use smsdesk_common::rule::Rule;
use smsdesk_common::template::Template;
use smsdesk_common::time::Timestamp;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What the cache knows of templates.
#[derive(Clone, Debug, Default)]
pub(crate) struct TemplateDisk {
    pub(crate) all: Vec<Template>,
    /// Why the relay refuses every change.
    pub(crate) refuses: Option<String>,
    pub(crate) owes: HashMap<ConversationId, Origin>,
    pub(crate) rules: Vec<Rule>,
    /// A text of rules that was kept.
    pub(crate) kept_rules: Option<Kept>,
}

impl TemplateDisk {
    /// Does what the cache would do.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<CacheEvent> {
        match effect {
            Effect::LoadTemplates => Some(CacheEvent::Templates(Box::new(self.shelf()))),
            Effect::LoadTemplate(id) => {
                let found = self.all.iter().find(|template| template.id == id);
                let template = found.cloned().map(Box::new);
                Some(CacheEvent::Template { id, template })
            }
            Effect::KeepOrigin {
                conversation,
                origin,
            } => {
                self.owes.insert(conversation, origin);
                None
            }
            Effect::WriteTemplate(write) => {
                let refused = self.refuses.clone();
                Some(CacheEvent::TemplateWritten { write, refused })
            }
            Effect::WriteJob(write) => {
                let refused = self.refuses.clone();
                Some(CacheEvent::JobWritten { write, refused })
            }
            Effect::KeepRules(kept) => {
                self.kept_rules = kept.map(|kept| *kept);
                None
            }
            Effect::LoadRules => Some(CacheEvent::Rules(self.rules.clone())),
            Effect::WriteRules(draft) => {
                let refused = self.refuses.clone();
                Some(CacheEvent::RulesWritten { draft, refused })
            }
            other => panic!("not about templates: {other:?}"),
        }
    }

    fn shelf(&self) -> Shelf {
        let heads = self.all.iter().map(|template| Head {
            id: template.id,
            name: template.name.clone(),
            shortcut: template.shortcut.clone(),
            folder: template.folder.clone(),
            uses: template.uses,
        });
        Shelf {
            heads: heads.collect(),
            company: Some("Riverside Plumbing".to_owned()),
        }
    }
}

/// A template of the team's.
pub(crate) fn template(n: u128, name: &str, body: &str) -> Template {
    let at = Timestamp::from_millis(0);
    Template {
        id: TemplateId(Uuid::from_u128(0x7e00 + n)),
        seq: Seq(1),
        name: name.to_owned(),
        key: None,
        shortcut: None,
        folder: None,
        owner: None,
        body: body.to_owned(),
        translations: BTreeMap::new(),
        uses: 0,
        used_at: None,
        edited_seq: Seq(1),
        edited_at: at,
        edited_by: None,
        created_at: at,
    }
}
