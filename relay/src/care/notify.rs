//! What the relay tells whoever started it, by the protocol of `sd_notify(3)`: that it is ready, that
//! it stops, that it is alive. Without anybody who listens nothing is told.

use crate::state::Relay;
use crate::store::{StoreError, meta};
use std::ffi::OsStr;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

/// The way to whoever started the relay. Cloned freely.
#[derive(Clone, Debug, Default)]
pub struct Notifier {
    way: Option<Arc<(UnixDatagram, SocketAddr)>>,
}

impl Notifier {
    /// The way to the socket of that name, `$NOTIFY_SOCKET`: a path, or an abstract name after `@`.
    ///
    /// # Errors
    /// It is no such name, or no socket can be made.
    pub fn to(socket: &OsStr) -> std::io::Result<Self> {
        let bytes = socket.as_encoded_bytes();
        let address = match bytes.split_first() {
            #[cfg(target_os = "linux")]
            Some((b'@', name)) => {
                use std::os::linux::net::SocketAddrExt as _;
                SocketAddr::from_abstract_name(name)?
            }
            _ => SocketAddr::from_pathname(socket)?,
        };
        let socket = UnixDatagram::unbound()?;
        // Whoever does not listen must not keep the relay waiting.
        socket.set_nonblocking(true)?;
        let way = Some(Arc::new((socket, address)));
        Ok(Self { way })
    }

    /// Tells a state. That nobody hears it is no reason to stop.
    pub fn tell(&self, state: &str) {
        if let Some(way) = &self.way
            && let Err(error) = way.0.send_to_addr(state.as_bytes(), &way.1)
        {
            tracing::debug!(%error, "whoever started the relay does not hear it");
        }
    }
}

/// It serves.
pub(crate) const READY: &str = "READY=1";
/// It reads its configuration again.
pub(crate) const RELOADING: &str = "RELOADING=1";
/// It ends what is under way.
pub(crate) const STOPPING: &str = "STOPPING=1";
/// It is alive.
const ALIVE: &str = "WATCHDOG=1";

/// Says so as long as the writer answers; two times in what is waited for. A writer that hangs in a
/// system call, or a runtime that does nothing any more, is not alive, and is started again. One that
/// says that the disk is full is: starting again would not help.
pub(crate) async fn watch(relay: Arc<Relay>, notifier: Notifier, within: Duration) {
    let half = within / 2;
    loop {
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = tokio::time::sleep(half / 2) => {}
        }
        let written = tokio::time::timeout(half, relay.store.write(meta::touch)).await;
        match written {
            Ok(Ok(()) | Err(StoreError::Failing(..))) => notifier.tell(ALIVE),
            Ok(Err(error)) => tracing::warn!(%error, "the writer does not commit"),
            Err(_) => tracing::error!("the writer does not answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_state_is_told_to_a_path_and_to_an_abstract_name_and_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.as_os_str()).unwrap();
        notifier.tell(READY);
        assert_eq!(heard(&socket), "READY=1");
        drop(socket);
        notifier.tell(STOPPING);
        Notifier::default().tell(READY);
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::net::SocketAddrExt as _;
            let name = format!("smsdesk-test-{}", std::process::id());
            let address = SocketAddr::from_abstract_name(&name).unwrap();
            let socket = UnixDatagram::bind_addr(&address).unwrap();
            let notifier = Notifier::to(OsStr::new(&format!("@{name}"))).unwrap();
            notifier.tell(STOPPING);
            assert_eq!(heard(&socket), "STOPPING=1");
        }
    }
}
