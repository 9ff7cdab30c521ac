//! How the authority is called: over HTTPS alone, with limits of time and bytes.

use axum::http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long one request may take, in seconds.
const REQUEST_S_MAX: u64 = 30;
/// The most bytes of an answer: a chain of certificates has some kilobytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What the authority asked for by `Retry-After` while it took no more, in seconds; 0 for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked(Arc<AtomicU64>);

impl Asked {
    pub(super) fn seconds(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }

    fn note<B>(&self, answer: &Response<B>) {
        let refuses = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        let seconds = answer.headers().get(header::RETRY_AFTER);
        let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        if refuses.contains(&answer.status()) {
            self.0.store(seconds.unwrap_or(0), Ordering::Relaxed);
        }
    }
}

/// The client, and what it hears.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    pub(super) asked: Asked,
}

impl Http {
    /// A client that trusts what the system trusts, and the roots in `ca` besides.
    pub(super) fn new(ca: Option<&Path>) -> Result<Self, String> {
        let mut builder = reqwest::Client::builder()
            .https_only(true)
            .timeout(Duration::from_secs(REQUEST_S_MAX))
            .redirect(reqwest::redirect::Policy::none());
        if let Some(path) = ca {
            let fail = |problem: String| format!("{}: {problem}", path.display());
            let pem = crate::tls::pair::bytes(path).map_err(|error| error.to_string())?;
            let roots = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|error| fail(error.to_string()))?;
            if roots.is_empty() {
                return Err(fail("no certificate in it".to_owned()));
            }
            builder = builder.tls_certs_merge(roots);
        }
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            asked: Asked::default(),
        })
    }

    /// The same, for one try: what was asked for before does not count.
    pub(super) fn fresh(&self) -> Self {
        Self {
            client: self.client.clone(),
            asked: Asked::default(),
        }
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<axum::body::Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let Self { client, asked } = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = match body.collect().await {
                Ok(body) => body.to_bytes(),
                Err(never) => match never {},
            };
            let request = Request::from_parts(parts, body);
            let request = reqwest::Request::try_from(request).map_err(other)?;
            let answer = client.execute(request).await.map_err(other)?;
            let answer: Response<reqwest::Body> = answer.into();
            asked.note(&answer);
            let limited = answer.map(|body| Limited::new(body, ANSWER_BYTES_MAX));
            Ok(BytesResponse::from(limited))
        })
    }
}

fn other(error: reqwest::Error) -> Error {
    Error::Other(Box::new(error))
}
