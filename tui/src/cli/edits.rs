//! Texts that were in an editor when the app ended: at the next start they are drafts again.

use crate::app::{LeftWords, left};
use crate::cache::{Cache, CacheError};
use crate::model::Model;
use crate::model::lent::{Lent, Placed, Whose};
use crate::model::overlay::{Level, Notice};
use crate::model::rules::{Draft, Kept};
use std::path::Path;

/// The app with what lies in the folder taken back, and told. A file goes once its words are a draft
/// on the disk.
pub(super) async fn taken_back(mut model: Model, cache: &Cache, folder: &Path) -> Model {
    let told = take_back(cache, folder).await.into_iter();
    told.for_each(|notice| model.notices.push(notice));
    // What cannot be read now is read at the next start.
    model.rules.kept = cache.kept_rules().await.ok().flatten();
    model
}

async fn take_back(cache: &Cache, folder: &Path) -> Vec<Notice> {
    let mut told = Vec::new();
    for left in left(folder) {
        let (lent, words) = match &left.what {
            LeftWords::Nothing => {
                left.taken();
                continue;
            }
            LeftWords::Open => {
                let says = "Your editor still has a text from before: what it saves is the draft \
                            at the start after it ends";
                told.push(notice(says.to_owned()));
                continue;
            }
            LeftWords::Unclear => {
                told.extend(kept(left.keep(), "A text that your editor had"));
                continue;
            }
            LeftWords::Words(lent, words) => (lent.clone(), words.clone()),
        };
        let Lent { whose, text } = lent;
        match whose {
            Whose::Draft {
                conversation,
                writing,
            } => match cache
                .take_edited((conversation, writing), text, words)
                .await
            {
                Ok(placed) => {
                    told.push(notice(words_of(placed).to_owned()));
                    left.taken();
                }
                Err(CacheError::TextTooLong(_)) => {
                    told.extend(kept(
                        left.keep(),
                        "A text from your editor that is too long",
                    ));
                }
                // The file stays for the next start.
                Err(error) => told.push(notice(format!("A text of your editor waits: {error}"))),
            },
            Whose::Sheet { title } => {
                told.extend(kept(left.keep(), &format!("What you wrote for {title}")));
            }
            Whose::Rules { if_seq } => {
                let kept = Kept {
                    draft: Draft {
                        text: words,
                        if_seq,
                    },
                    why: "your editor had it when the app ended".to_owned(),
                };
                match cache.keep_rules(Some(kept)).await {
                    Ok(()) => {
                        let says =
                            "What your editor had of the rules is kept: :rules goes on with it";
                        told.push(notice(says.to_owned()));
                        left.taken();
                    }
                    // The file stays for the next start.
                    Err(error) => {
                        told.push(notice(format!("A text of your editor waits: {error}")));
                    }
                }
            }
        }
    }
    told
}

fn kept(path: std::io::Result<std::path::PathBuf>, what: &str) -> Option<Notice> {
    // It is found again at the next start.
    let path = path.ok()?;
    Some(notice(format!("{what} is kept in {}", path.display())))
}

const fn words_of(placed: Placed) -> &'static str {
    match placed {
        Placed::Alone => {
            "What your editor had when the app ended is the draft again: ✎ in the list"
        }
        Placed::BeforeNewer => {
            "What your editor had when the app ended stands before the newer draft: ✎ in the list"
        }
    }
}

const fn notice(text: String) -> Notice {
    let level = Level::Problem;
    Notice { level, text }
}
