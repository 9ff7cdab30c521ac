//! The file of an attachment. The client shows its secret to Twilio's API alone: where that leads to,
//! the file is fetched without it.

use super::{TwilioClient, header};
use crate::metrics::calls::Endpoint;
use reqwest::header::LOCATION;
use reqwest::{Response, Url};

/// The largest file that is fetched, in bytes: WhatsApp's most, and three times what carriers pass on.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The address is none of this account's: nothing was asked.
    #[error("the address is none of the provider's API")]
    Elsewhere,
    /// Twilio does not have it any more.
    #[error("the provider does not have the file any more")]
    Gone,
    /// Twilio did not answer, or with something else.
    #[error("the provider does not give the file now")]
    Unavailable,
    /// It is larger than [`FILE_BYTES_MAX`].
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / 1024 / 1024)]
    TooLarge,
}

impl TwilioClient {
    /// The file at `url`, which is one of [`smsdesk_common::media::Media::url`].
    ///
    /// # Errors
    /// There is none, or it does not come whole.
    pub async fn file(&self, url: &str) -> Result<Vec<u8>, FileError> {
        let below = format!("{}/2010-04-01/Accounts/{}/", self.base, self.account);
        let url = Url::parse(url).map_err(|_| FileError::Elsewhere)?;
        if !url.as_str().starts_with(&below) {
            return Err(FileError::Elsewhere);
        }
        let request = self.authorized(self.http.get(url.clone()));
        let first = self.send(Endpoint::Other, request).await;
        let first = first.map_err(|_| FileError::Unavailable)?;
        if !first.status().is_redirection() {
            return whole(first).await;
        }
        let there = header(first.headers(), LOCATION.as_str()).ok_or(FileError::Unavailable)?;
        let there = url.join(&there).map_err(|_| FileError::Unavailable)?;
        // A relay must not be led to what stands beside it.
        if there.scheme() != "https" && !there.as_str().starts_with(&self.base) {
            return Err(FileError::Unavailable);
        }
        let stored = self.send(Endpoint::Other, self.http.get(there)).await;
        whole(stored.map_err(|_| FileError::Unavailable)?).await
    }
}

async fn whole(mut response: Response) -> Result<Vec<u8>, FileError> {
    match response.status().as_u16() {
        200 => {}
        404 | 410 => return Err(FileError::Gone),
        _ => return Err(FileError::Unavailable),
    }
    let mut file = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if file.len() + chunk.len() > FILE_BYTES_MAX => {
                return Err(FileError::TooLarge);
            }
            Ok(Some(chunk)) => file.extend_from_slice(&chunk),
            Ok(None) => return Ok(file),
            Err(_) => return Err(FileError::Unavailable),
        }
    }
}
