//! Single calls to the relay, for commands that ask one thing and end.

use super::failure::Failure;
use super::http::{self, Http};
use super::relay_url::RelayUrl;
use reqwest::Method;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The relay's API by a token.
#[derive(Debug)]
pub struct Api {
    http: Http,
}

impl Api {
    /// The API of `relay` as the owner of `token` may use it.
    ///
    /// # Errors
    /// The token cannot be sent, or this system cannot do TLS.
    pub fn new(relay: RelayUrl, token: &SecretString) -> Result<Self, Failure> {
        let set_up = http::bearer(token).and_then(|bearer| Http::new(relay, Some(bearer)));
        match set_up {
            Ok(http) => Ok(Self { http }),
            Err(error) => Err(Failure::SignedOut(error.to_string())),
        }
    }

    /// Reads what is at `path`, which begins with a slash and may have a query.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn get<T>(&self, path: &str) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.http.get(path).await
    }

    /// Asks for something to be done.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn post<T>(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.ask(Method::POST, path, body).await
    }

    /// Asks for a part of a record to be changed.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn patch<T>(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.ask(Method::PATCH, path, body).await
    }

    /// Asks for a record to be set.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn put<T>(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.ask(Method::PUT, path, body).await
    }

    /// Asks for something to be forgotten.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn delete<T>(&self, path: &str) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let nothing = serde_json::Value::Null;
        self.ask(Method::DELETE, path, &nothing).await
    }

    /// Deletes what is at `path`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn remove(&self, path: &str) -> Result<(), Failure> {
        self.http.delete(path).await
    }

    async fn ask<T>(
        &self,
        method: Method,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let body = serde_json::to_string(body)
            .map_err(|error| Failure::Faulty(format!("the request cannot be written: {error}")))?;
        let answered = self.http.ask(method, path, body).await?;
        Ok(answered.value)
    }
}
