//! One order, from the account to the chain of certificates (RFC 8555, 7.4).

use super::folder::Folder;
use super::http::Http;
use crate::config::Challenge;
use crate::tls::life::Setback;
use crate::tls::pair::{Held, PairError};
use crate::tls::shown::{Proof, Shown};
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeHandle, ChallengeType, Error,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use smsdesk_common::safe_text::SafeText;
use std::sync::Arc;
use std::time::Duration;

/// How long the authority may take to look, and to issue, in seconds each.
const POLL_S_MAX: u64 = 90;
/// How long a problem's words in the log may be, in columns.
const WORDS_MAX: usize = 400;
/// What an authority says of an account that it does not know (RFC 8555, 6.7).
const ACCOUNT_UNKNOWN: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

/// Why there is no certificate, in words for the log.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) setback: Setback,
    pub(super) words: String,
}

impl Failure {
    pub(super) fn unreachable(words: &str) -> Self {
        Self::new(Setback::Unreachable, words)
    }

    fn refused(words: &str) -> Self {
        Self::new(Setback::Refused, words)
    }

    fn new(setback: Setback, words: &str) -> Self {
        let words = SafeText::line(words).truncate_to_width(WORDS_MAX);
        Self {
            setback,
            words: words.into_string(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let refused = match &error {
            Error::Api(problem) => problem.status.is_none_or(|status| status < 500),
            // Neither an answer nor one that it means: a proxy's page, a connection that broke.
            Error::Other(_) | Error::Json(_) | Error::Timeout(_) | Error::Str(_) => false,
            _ => true,
        };
        let mut words = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            words = format!("{words}: {inner}");
            cause = inner.source();
        }
        if refused {
            Self::refused(&words)
        } else {
            Self::unreachable(&words)
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::unreachable(&format!("the folder: {error}"))
    }
}

impl From<PairError> for Failure {
    fn from(error: PairError) -> Self {
        Self::refused(&format!("what was issued cannot be used: {error}"))
    }
}

/// What is ordered.
pub(super) struct Wanted<'a> {
    pub(super) directory: &'a str,
    pub(super) contact: Option<&'a str>,
    pub(super) challenge: Challenge,
    pub(super) host: &'a str,
}

impl Wanted<'_> {
    /// Gets a certificate and keeps it.
    pub(super) async fn get(
        &self,
        http: &Http,
        folder: &Folder,
        shown: &Shown,
    ) -> Result<Held, Failure> {
        let account = self.account(http, folder).await?;
        let identifiers = [Identifier::Dns(self.host.to_owned())];
        let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
        let proved = self.prove(&mut order, shown).await;
        shown.prove(None);
        proved?;
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&policy()).await?;
        let pem = format!("{key}{chain}");
        let held = Held::parse(pem.as_bytes(), pem.as_bytes())?;
        if !held.is_for(self.host) {
            return Err(Failure::refused("what was issued is for another name"));
        }
        let folder = folder.clone();
        let kept = tokio::task::spawn_blocking(move || folder.keep_pair(&pem)).await;
        // It can be shown although it is not kept; the next start orders another one.
        if let Err(error) = kept.map_err(std::io::Error::other).flatten() {
            tracing::error!(%error, "the certificate could not be kept");
        }
        Ok(held)
    }

    /// The account that is kept, or a new one, kept before anything is ordered.
    async fn account(&self, http: &Http, folder: &Folder) -> Result<Account, Failure> {
        let contacts = self.contacts();
        let contacts: Vec<_> = contacts.iter().map(String::as_str).collect();
        if let Some(kept) = folder.account()? {
            match serde_json::from_str::<AccountCredentials>(&kept) {
                Ok(kept) => {
                    let account = Account::builder_with_http(Box::new(http.clone()));
                    let account = account.from_credentials(kept).await?;
                    match account.update_contacts(&contacts).await {
                        Ok(()) => return Ok(account),
                        Err(Error::Api(problem))
                            if problem.r#type.as_deref() == Some(ACCOUNT_UNKNOWN) =>
                        {
                            tracing::warn!("the authority does not know the account: a new one");
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(error) => tracing::error!(%error, "the account kept cannot be read: a new one"),
            }
            folder.forget_account()?;
        }
        let (account, credentials) = Account::builder_with_http(Box::new(http.clone()))
            .create(
                &NewAccount {
                    contact: &contacts,
                    terms_of_service_agreed: true,
                    only_return_existing: false,
                },
                self.directory.to_owned(),
                None,
            )
            .await?;
        let text = serde_json::to_string(&credentials).map_err(Error::from)?;
        folder.keep_account(&text)?;
        tracing::info!("a new account with the authority");
        Ok(account)
    }

    fn contacts(&self) -> Vec<String> {
        let mailto = self.contact.map(|contact| format!("mailto:{contact}"));
        mailto.into_iter().collect()
    }

    /// Shows the authority that the name is ours.
    async fn prove(&self, order: &mut Order, shown: &Shown) -> Result<(), Failure> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                // From an order before.
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                status => return Err(Failure::refused(&format!("an authorization is {status:?}"))),
            }
            let kind = match self.challenge {
                Challenge::TlsAlpn01 => ChallengeType::TlsAlpn01,
                Challenge::Http01 => ChallengeType::Http01,
            };
            let Some(mut challenge) = authorization.challenge(kind) else {
                let words = format!("the authority has no {}", self.challenge.as_str());
                return Err(Failure::refused(&words));
            };
            shown.prove(Some(self.proof(&challenge)?));
            challenge.set_ready().await?;
        }
        match order.poll_ready(&policy()).await? {
            OrderStatus::Invalid => Err(why(order).await),
            _ => Ok(()),
        }
    }

    fn proof(&self, challenge: &ChallengeHandle<'_>) -> Result<Proof, Failure> {
        let answer = challenge.key_authorization();
        if self.challenge == Challenge::Http01 {
            return Ok(Proof::File {
                token: challenge.token.clone(),
                content: answer.as_str().to_owned(),
            });
        }
        let made = certificate(self.host, answer.digest().as_ref());
        let made = made.map_err(|error| Failure::refused(&error.to_string()))?;
        Ok(Proof::Certificate(Arc::new(made)))
    }
}

/// The certificate by which a name is shown to be ours (RFC 8737, 3): signed by itself, with the
/// answer to the challenge in it.
fn certificate(host: &str, digest: &[u8]) -> Result<CertifiedKey, rcgen::Error> {
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let made = params.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = any_supported_type(&key).map_err(|_| rcgen::Error::KeyGenerationUnavailable)?;
    Ok(CertifiedKey::new(vec![made.der().clone()], key))
}

/// What the authority found when it looked.
async fn why(order: &mut Order) -> Failure {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if let Ok(state) = authorization.refresh().await {
            let mut problems = state.challenges.iter().filter_map(|one| one.error.as_ref());
            if let Some(problem) = problems.next() {
                return Failure::refused(&problem.to_string());
            }
        }
    }
    Failure::refused("the authority could not see that the name is ours")
}

const fn policy() -> RetryPolicy {
    RetryPolicy::new().timeout(Duration::from_secs(POLL_S_MAX))
}
