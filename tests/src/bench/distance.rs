//! A relay far away: everything that goes to it and comes from it takes its time.

use crate::world::free_address;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// Pieces under way in one direction of one connection.
const PIECES_MAX: usize = 256;
/// Bytes of a piece.
const PIECE_BYTES: usize = 16 * 1024;

/// A way to `relay` that takes `each_way`; dropped connections are dropped at once.
pub(super) struct Distance {
    pub(super) address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Distance {
    pub(super) async fn start(relay: SocketAddr, each_way: Duration) -> anyhow::Result<Self> {
        let address = free_address().await;
        let listener = TcpListener::bind(address).await?;
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(async move {
                    // One end that is gone ends the other.
                    let _ = connect(near, relay, each_way).await;
                });
            }
        });
        Ok(Self { address, listening })
    }
}

impl Drop for Distance {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn connect(near: TcpStream, relay: SocketAddr, each_way: Duration) -> anyhow::Result<()> {
    let far = TcpStream::connect(relay).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    tokio::select! {
        end = carry(near_read, far_write, each_way) => end,
        end = carry(far_read, near_write, each_way) => end,
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    each_way: Duration,
) -> anyhow::Result<()> {
    let (send, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES_MAX);
    let reading = async move {
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = from.read(&mut piece).await?;
            if read == 0 {
                return anyhow::Ok(());
            }
            send.send((Instant::now() + each_way, piece[..read].to_vec()))
                .await?;
        }
    };
    let writing = async move {
        while let Some((due, piece)) = under_way.recv().await {
            sleep_until(due).await;
            to.write_all(&piece).await?;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(reading, writing)?;
    Ok(())
}
