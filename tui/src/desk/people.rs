//! Effects about whom one writes to, and with which words.

use super::CacheDesk;
use crate::cache::CacheError;
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::settings::Ask;
use smsdesk_common::ids::ConversationId;

/// Something of a conversation has changed, or of none.
pub(super) fn touched(conversation: Option<ConversationId>) -> CacheEvent {
    CacheEvent::Applied {
        conversations: conversation.into_iter().collect(),
        everything: false,
    }
}

impl CacheDesk {
    /// Contacts, and texts to numbers that nobody wrote to.
    pub(super) async fn people(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
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
            _ => None,
        })
    }

    /// What is set at the relay.
    pub(super) async fn settings(&self, ask: Ask) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match ask {
            Ask::Load => Some(CacheEvent::Settings(Box::new(self.cache.settings().await?))),
            Ask::Set(wanted) => {
                self.clerk.set(wanted, self.events.clone());
                None
            }
        })
    }

    /// What is known of templates and rules.
    pub(super) async fn templates(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::LoadTemplates => {
                let shelf = self.cache.templates().await?;
                Some(CacheEvent::Templates(Box::new(shelf)))
            }
            Effect::LoadTemplate(id) => {
                let template = self.cache.template(id).await?.map(Box::new);
                Some(CacheEvent::Template { id, template })
            }
            Effect::LoadRules => Some(CacheEvent::Rules(self.cache.rules().await?)),
            Effect::KeepOrigin {
                conversation,
                origin,
            } => {
                self.cache.keep_origin(conversation, origin).await?;
                None
            }
            _ => None,
        })
    }
}
