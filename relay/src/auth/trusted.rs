//! The proxies that are believed now: another configuration may bring others.

use super::proxies::Proxies;
use core::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The networks that are trusted now. Whoever lets connections in and whoever reads their requests go by the
/// same ones; cloned freely.
#[derive(Clone, Debug, Default)]
pub struct Trusted(Arc<RwLock<Proxies>>);

impl Trusted {
    /// Whether an address is a proxy's.
    pub fn has(&self, address: IpAddr) -> bool {
        self.held().has(address)
    }

    /// Those of now.
    pub fn held(&self) -> RwLockReadGuard<'_, Proxies> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Others are from now on.
    pub fn take(&self, proxies: Proxies) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = proxies;
    }
}

impl From<Proxies> for Trusted {
    fn from(proxies: Proxies) -> Self {
        Self(Arc::new(RwLock::new(proxies)))
    }
}
