//! The line between a terminal and a program: a long way, few bytes a second, pieces of odd sizes.

#![expect(
    clippy::disallowed_methods,
    reason = "a line delivers at the time that it says"
)]

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Pieces that may be under way in one direction.
const PIECES_MAX: usize = 4_096;
/// Bytes read at once from a program far away.
const READ_BYTES: usize = 8 * 1024;
/// How often a second a slow line delivers.
const DELIVERIES_A_SECOND: u32 = 50;
/// Between two pieces of one write: the reader is faster, and sees them one by one.
const PIECE_PAUSE: Duration = Duration::from_millis(2);
/// Sizes of pieces, over and over: no sequence and no character is safe.
const PIECES: [usize; 5] = [1, 2, 1, 3, 7];

/// What a line is like.
#[derive(Clone, Copy, Debug, Default)]
pub enum Line {
    /// None at all: a terminal on the same machine.
    #[default]
    Local,
    /// It takes so many bytes a second from the program; keys are as fast as ever.
    Slow {
        /// Bytes a second.
        bytes_a_second: u32,
    },
    /// Everything takes so long, each way, and arrives in pieces.
    Far {
        /// One way.
        each_way: Duration,
    },
}

impl Line {
    pub(super) fn reads(self, program: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Self::Local => program,
            Self::Slow { bytes_a_second } => Box::new(Slow {
                program,
                bytes_a_second,
            }),
            Self::Far { each_way } => Box::new(FarOutput::start(program, each_way)),
        }
    }

    pub(super) fn writes(self, program: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        match self {
            Self::Local | Self::Slow { .. } => program,
            Self::Far { each_way } => Box::new(FarKeys::start(program, each_way)),
        }
    }
}

struct Slow {
    program: Box<dyn Read + Send>,
    bytes_a_second: u32,
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = (self.bytes_a_second / DELIVERIES_A_SECOND).max(1) as usize;
        let most = most.min(buffer.len());
        let read = self.program.read(&mut buffer[..most])?;
        let bytes = u32::try_from(read).unwrap_or(u32::MAX);
        std::thread::sleep(Duration::from_secs(1) * bytes / self.bytes_a_second.max(1));
        Ok(read)
    }
}

/// Bytes and when they arrive.
type Due = (Instant, Vec<u8>);

fn sleep_until(due: Instant) {
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
}

struct FarOutput {
    under_way: Receiver<Due>,
    arrived: Vec<u8>,
    pieces: usize,
}

impl FarOutput {
    fn start(mut program: Box<dyn Read + Send>, each_way: Duration) -> Self {
        let (send, under_way) = sync_channel(PIECES_MAX);
        std::thread::spawn(move || {
            let mut chunk = [0; READ_BYTES];
            // The end of the program reads as an error on Linux; either ends the line.
            while let Ok(read @ 1..) = program.read(&mut chunk) {
                if send
                    .send((Instant::now() + each_way, chunk[..read].to_vec()))
                    .is_err()
                {
                    return;
                }
            }
        });
        Self {
            under_way,
            arrived: Vec::new(),
            pieces: 0,
        }
    }
}

impl Read for FarOutput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.arrived.is_empty() {
            let Ok((due, bytes)) = self.under_way.recv() else {
                return Ok(0);
            };
            sleep_until(due);
            self.arrived = bytes;
        }
        let piece = PIECES[self.pieces % PIECES.len()] * PIECES.len();
        self.pieces += 1;
        let most = piece.min(self.arrived.len()).min(buffer.len());
        buffer[..most].copy_from_slice(&self.arrived[..most]);
        self.arrived.drain(..most);
        Ok(most)
    }
}

struct FarKeys {
    under_way: SyncSender<Due>,
    each_way: Duration,
}

impl FarKeys {
    fn start(mut program: Box<dyn Write + Send>, each_way: Duration) -> Self {
        let (send, under_way) = sync_channel::<Due>(PIECES_MAX);
        let mut sizes = PIECES.into_iter().cycle();
        std::thread::spawn(move || {
            for (due, bytes) in under_way {
                sleep_until(due);
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let (piece, left) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
                    rest = left;
                    // Where the program is gone, nobody takes keys.
                    let _ = program.write_all(piece).and_then(|()| program.flush());
                    std::thread::sleep(PIECE_PAUSE);
                }
            }
        });
        Self {
            under_way: send,
            each_way,
        }
    }
}

impl Write for FarKeys {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let due = (Instant::now() + self.each_way, bytes.to_vec());
        let sent = self.under_way.send(due);
        sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
