//! The device's token, which would open everything to whoever finds it beside encrypted files: it lies
//! in the encrypted outbox.

use super::{Sealing, look};
use crate::cache::error::CacheError;
use crate::cache::{Cache, files, glance, identity};
use secrecy::{ExposeSecret as _, SecretString};
use std::path::Path;

/// The token that the outbox of a folder keeps; none where it keeps none.
///
/// # Errors
/// The outbox cannot be read, or not be decrypted.
pub fn token(folder: &Path, sealing: &Sealing) -> Result<Option<SecretString>, CacheError> {
    let [outbox, _] = glance::files(folder);
    if !outbox.exists() {
        return Ok(None);
    }
    let seal = look(folder, sealing)?;
    let connection = files::beside(&outbox, &seal)?;
    Ok(identity::token(&connection)?.map(SecretString::from))
}

impl Cache {
    /// Keeps the token.
    ///
    /// # Errors
    /// The disk.
    pub async fn keep_token(&self, token: SecretString) -> Result<(), CacheError> {
        self.work(move |disk| identity::keep_token(&disk.outbox, token.expose_secret()))
            .await
    }

    /// Forgets the token, which lies elsewhere again.
    ///
    /// # Errors
    /// The disk.
    pub async fn forget_token(&self) -> Result<(), CacheError> {
        self.work(|disk| identity::forget_token(&disk.outbox)).await
    }
}
