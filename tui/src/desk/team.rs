//! Effects about what the whole team has: people, templates, rules, settings.

use super::CacheDesk;
use crate::cache::CacheError;
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::settings::Ask;

impl CacheDesk {
    /// What the team has in common, and texts to numbers that nobody wrote to.
    pub(super) async fn team(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::LoadDirectory => {
                let directory = self.cache.directory().await?;
                Some(CacheEvent::Directory(Box::new(directory)))
            }
            Effect::Contact(ask) => {
                let told = self.cache.contact(ask).await?;
                self.outbox_bell.notify_one();
                Some(CacheEvent::Contact(Box::new(told)))
            }
            Effect::FindPeople { words } => {
                let found = self.cache.find_people(words.clone()).await?;
                Some(CacheEvent::People { words, found })
            }
            Effect::Begin { line, address } => {
                Some(CacheEvent::Begun(self.cache.begin(line, address).await?))
            }
            Effect::LoadTemplates => {
                let shelf = self.cache.templates().await?;
                Some(CacheEvent::Templates(Box::new(shelf)))
            }
            Effect::LoadTemplate(id) => {
                let template = self.cache.template(id).await?.map(Box::new);
                Some(CacheEvent::Template { id, template })
            }
            Effect::LookHere => Some(CacheEvent::Here(self.cache.here().await?)),
            Effect::LoadBroadcasts => Some(CacheEvent::Broadcasts(self.cache.broadcasts().await?)),
            Effect::LoadRules => Some(CacheEvent::Rules(self.cache.rules().await?)),
            Effect::KeepRules(kept) => {
                self.cache.keep_rules(kept.map(|kept| *kept)).await?;
                None
            }
            Effect::KeepOrigin {
                conversation,
                origin,
            } => {
                self.cache.keep_origin(conversation, origin).await?;
                None
            }
            Effect::Settings(Ask::Load) => {
                Some(CacheEvent::Settings(Box::new(self.cache.settings().await?)))
            }
            Effect::Settings(Ask::Set(wanted)) => {
                self.clerk.set(wanted, self.events.clone());
                None
            }
            _ => None,
        })
    }
}
