//! Against the real SQLCipher.

mod kills;

use super::*;
use crate::cache::testing::{Feed, contact, conversation, conversation_id, entry};
use crate::cache::{DigestCheck, Opened};
use crate::identity::Identity;
use crate::keyring::CommandKey;
use crate::model::chat::ChatQuery;
use secrecy::ExposeSecret as _;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

const CANARY: &str = "quetzalcoatlus";
const DRAFT: &str = "a half quetzalcoatlus";
/// Enough for many pages, and for the index to have pieces.
const ENTRIES: u64 = 400;

/// A keyring in memory.
#[derive(Clone, Debug, Default)]
struct Ring(Arc<Mutex<BTreeMap<PathBuf, Key>>>);

impl Ring {
    fn keys(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Key>> {
        self.0.lock().unwrap()
    }

    fn wish(&self, wish: Wish) -> Sealing {
        let keys: Arc<dyn KeyStore> = Arc::new(self.clone());
        let keys = Some(keys);
        Sealing { wish, keys }
    }
}

impl KeyStore for Ring {
    fn get(&self, file: &Path) -> Result<Option<Key>, KeyError> {
        Ok(self.keys().get(file).cloned())
    }

    fn put(&self, file: &Path, key: &Key) -> Result<(), KeyError> {
        self.keys().insert(file.to_owned(), key.clone());
        Ok(())
    }

    fn remove(&self, file: &Path) -> Result<(), KeyError> {
        self.keys().remove(file);
        Ok(())
    }

    fn place(&self) -> &'static str {
        "the keyring"
    }
}

/// A key that does not depend on the file's name.
fn command(digits: &str, wish: Wish) -> Sealing {
    let keys: Arc<dyn KeyStore> =
        Arc::new(CommandKey::ask(&format!("echo {}", digits.repeat(32))).unwrap());
    let keys = Some(keys);
    Sealing { wish, keys }
}

fn folder() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("desk");
    (parent, path)
}

fn feed() -> Feed {
    let mut feed = Feed::new(1);
    feed.commit(Record::Conversation(Box::new(conversation(1))));
    feed.commit(Record::Contact(Box::new(contact(1, Some(CANARY)))));
    for n in 1..=ENTRIES {
        let minutes = i64::try_from(n).unwrap();
        feed.commit(Record::Entry(Box::new(Entry {
            body: format!("{CANARY} number {n}"),
            ..entry(n, 1, minutes)
        })));
    }
    feed
}

fn open(folder: &Path, sealing: &Sealing) -> Cache {
    let Opened { cache, replaced } = Cache::open_sealed(folder, sealing).unwrap();
    assert_eq!(replaced, None);
    cache
}

/// A desk with a history, a draft and a text that waits.
async fn filled(folder: &Path, sealing: &Sealing) -> Cache {
    let cache = open(folder, sealing);
    let feed = feed();
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    let place = conversation_id(1);
    cache.save_draft(place, DRAFT.to_owned()).await.unwrap();
    let text = format!("{CANARY} waits");
    cache.submit(place, text, Seq(1)).await.unwrap();
    cache
}

/// Everything that [`filled`] wrote is there.
async fn assert_whole(cache: &Cache) {
    assert_eq!(cache.outbox().await.unwrap().waiting, 1);
    assert_eq!(cache.cursor().await.unwrap().unwrap().high, feed().head);
    assert_eq!(cache.recount().await.unwrap(), DigestCheck::Equal);
    let query = ChatQuery::Latest {
        conversation: conversation_id(1),
        limit: 10,
    };
    let chat = cache.chat(query, None).await.unwrap().unwrap();
    // The one that waits stands below the newest ten.
    assert_eq!((chat.draft.as_str(), chat.items.len()), (DRAFT, 11));
}

/// The files that hold the canary.
fn holding(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let content = fs::read(&path).unwrap_or_default();
        let mut parts = content.windows(CANARY.len());
        if parts.any(|part| part == CANARY.as_bytes()) {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

fn states(folder: &Path) -> [State; 2] {
    crate::cache::glance::files(folder).map(|path| state(&path).unwrap())
}

#[tokio::test]
async fn no_file_holds_a_word_of_what_came_or_was_written_and_plain_files_do() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    let cache = filled(&folder, &ring.wish(Wish::Encrypted)).await;
    assert!(folder.join("cache.db-wal").metadata().unwrap().len() > 0);
    assert_eq!(holding(&folder), Vec::<String>::new(), "while it is open");
    assert_whole(&cache).await;
    cache.close().await;
    assert_eq!(holding(&folder), Vec::<String>::new(), "when it is closed");
    assert_eq!(states(&folder), [State::Encrypted; 2]);
    let cache = open(&folder, &ring.wish(Wish::Encrypted));
    assert_whole(&cache).await;
    assert_eq!(ring.keys().len(), 2, "each file has a key of its own");

    let (_parent, folder) = self::folder();
    let cache = filled(&folder, &Sealing::default()).await;
    assert!(!holding(&folder).is_empty());
    cache.close().await;
    assert_eq!(holding(&folder), ["cache.db", "outbox.db"]);
}

#[tokio::test]
async fn what_was_plain_becomes_encrypted_and_plain_again_with_all_that_is_in_it() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    filled(&folder, &Sealing::default()).await.close().await;
    fs::write(
        folder.join("cache.db.damaged"),
        b"SQLite format 3\0 and so on",
    )
    .unwrap();
    for wish in [Wish::Encrypted, Wish::Plain, Wish::Encrypted] {
        let cache = open(&folder, &ring.wish(wish));
        assert_whole(&cache).await;
        cache.close().await;
        let (states, state) = (
            states(&folder),
            match wish {
                Wish::Encrypted => State::Encrypted,
                Wish::Plain => State::Plain,
            },
        );
        assert_eq!(states, [state; 2]);
        assert_eq!(holding(&folder).is_empty(), wish == Wish::Encrypted);
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["cache.db", "outbox.db", "smsdesk.lock"]);
    }
}

#[tokio::test]
async fn another_key_opens_nothing_changes_nothing_and_is_told() {
    let (_parent, folder) = folder();
    let right = command("5a", Wish::Encrypted);
    filled(&folder, &right).await.close().await;
    let files = crate::cache::glance::files(&folder);
    let before = files.clone().map(|path| fs::read(path).unwrap());
    for wish in [Wish::Encrypted, Wish::Plain] {
        let refused = Cache::open_sealed(&folder, &command("5b", wish)).unwrap_err();
        let words = refused.to_string();
        for part in [
            "outbox.db",
            "ui.cache_key_command",
            "nothing was changed",
            "lost-key",
        ] {
            assert!(words.contains(part), "{words}");
        }
    }
    assert_eq!(files.map(|path| fs::read(path).unwrap()), before);
    assert_whole(&open(&folder, &right)).await;
}

#[tokio::test]
async fn a_lost_key_costs_nothing_until_the_files_are_put_away_and_those_are_kept() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    let sealing = ring.wish(Wish::Encrypted);
    filled(&folder, &sealing).await.close().await;
    let kept = ring.keys().clone();
    let now = Timestamp::from_millis(1_800_000_000_000);
    let away = |sealing| Cache::put_away_unreadable(&folder, sealing, now).unwrap();
    assert_eq!(away(&sealing), Vec::<PathBuf>::new());
    ring.keys().clear();
    let refused = Cache::open_sealed(&folder, &sealing)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("the keyring has no key for it"),
        "{refused}"
    );
    assert!(
        ring.keys().is_empty(),
        "no key is made for what is encrypted already"
    );
    let names = away(&sealing);
    assert!(
        names[0].ends_with("outbox.db.unreadable-2027-01-15-080000"),
        "{names:?}"
    );
    let cache = open(&folder, &sealing);
    assert_eq!(cache.outbox().await.unwrap().waiting, 0);
    cache.close().await;
    // The key turns up.
    for path in crate::cache::glance::files(&folder) {
        fs::rename(
            names
                .iter()
                .find(|name| name.to_str().unwrap().starts_with(path.to_str().unwrap()))
                .unwrap(),
            &path,
        )
        .unwrap();
    }
    *ring.keys() = kept;
    assert_whole(&open(&folder, &sealing)).await;
}

#[tokio::test]
async fn a_copy_whose_key_is_gone_alone_is_put_aside_and_fetched_again() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    let sealing = ring.wish(Wish::Encrypted);
    filled(&folder, &sealing).await.close().await;
    ring.keys().remove(&folder.join("cache.db"));
    let opened = Cache::open_sealed(&folder, &sealing).unwrap();
    assert_eq!(opened.replaced, Some(crate::cache::Replaced::Damaged));
    assert_eq!(opened.cache.cursor().await.unwrap(), None);
    assert_eq!(opened.cache.outbox().await.unwrap().waiting, 1);
    assert_eq!(
        state(&folder.join("cache.db.damaged")).unwrap(),
        State::Encrypted
    );
}

#[tokio::test]
async fn whoever_is_wiped_loses_the_key_of_the_copy_and_keeps_what_was_not_sent() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    let sealing = ring.wish(Wish::Encrypted);
    let cache = filled(&folder, &sealing).await;
    let before = fs::read(folder.join("cache.db")).unwrap();
    let (left, _) = cache.wipe().await.unwrap();
    assert_eq!((left.drafts, left.waiting), (1, 1));
    let keys: Vec<PathBuf> = ring.keys().keys().cloned().collect();
    assert_eq!(keys, [folder.join("outbox.db")]);
    // What was found on the disk of it is read by nobody, the new file by the app alone.
    let old = folder.join("found");
    fs::write(&old, before).unwrap();
    assert!(!turn::opens(&old, None));
    assert_eq!(cache.cursor().await.unwrap().unwrap().high, feed().head);
    cache.close().await;
    let opened = Cache::open_sealed(&folder, &sealing).unwrap();
    assert_eq!(opened.cache.outbox().await.unwrap().waiting, 1);
}

#[tokio::test]
async fn a_file_that_somebody_else_reads_stays_as_it_is() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    filled(&folder, &Sealing::default()).await.close().await;
    let reader = Connection::open(folder.join("outbox.db")).unwrap();
    let read = "BEGIN; SELECT count(*) FROM draft";
    reader.execute_batch(read).unwrap();
    let refused = Cache::open_sealed(&folder, &ring.wish(Wish::Encrypted)).unwrap_err();
    let words = refused.to_string();
    assert!(words.contains("another program has it open"), "{words}");
    assert_eq!(states(&folder), [State::Plain; 2]);
    drop(reader);
    assert_whole(&open(&folder, &ring.wish(Wish::Encrypted))).await;
}

#[tokio::test]
async fn the_token_is_never_beside_encrypted_files_and_never_lost() {
    let (_parent, folder) = folder();
    let ring = Ring::default();
    let token = "zygomorphic";
    let joined = Identity {
        relay: "https://x.example".to_owned(),
        token: token.to_owned().into(),
    };
    let cache = filled(&folder, &Sealing::default()).await;
    joined.save(&folder).unwrap();
    cache.close().await;
    for wish in [Wish::Encrypted, Wish::Plain, Wish::Encrypted] {
        let sealing = ring.wish(wish);
        let found = || {
            Identity::load_with(&folder, || Ok(sealing.clone()))
                .unwrap()
                .unwrap()
        };
        assert_eq!(found().token.expose_secret(), token, "before it is opened");
        let cache = open(&folder, &sealing);
        // Any number of times.
        for _ in 0..2 {
            found().rehome(&folder, &cache, wish).await.unwrap();
        }
        assert_eq!(found().token.expose_secret(), token);
        cache.close().await;
        assert_eq!(found().token.expose_secret(), token);
        let file = fs::read_to_string(folder.join("identity.json")).unwrap();
        assert_eq!(file.contains(token), wish == Wish::Plain, "{file}");
        let kept = super::token(&folder, &sealing).unwrap().is_some();
        assert_eq!(kept, wish == Wish::Encrypted);
    }
    let lost = Identity::load(&folder).unwrap_err().to_string();
    assert!(lost.contains("outbox.db"), "{lost}");
}

#[test]
fn this_sqlcipher_is_new_enough_and_is_one() {
    let connection = Connection::open_in_memory().unwrap();
    let version: String = connection
        .pragma_query_value(None, "cipher_version", |row| row.get(0))
        .unwrap();
    assert!(version.starts_with("4."), "{version}");
}
