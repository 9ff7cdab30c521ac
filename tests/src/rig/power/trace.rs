//! Reads what strace wrote (`-f -yy -xx`): pure, one line after the other.
//!
//! A write counts from its beginning, for its data may be on the way from then on; a sync counts
//! from its end, and covers what came before its beginning. So nothing is taken for safe that is
//! not, and whatever was said to somebody counts from the moment at which the call began.

use std::collections::BTreeMap;

/// What a program did that matters for its files and for those it talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file was opened that is made where it is missing.
    Create {
        /// Name in the folder.
        name: String,
    },
    /// Data goes into a file.
    Write {
        /// Name in the folder.
        name: String,
        /// Where.
        at: usize,
        /// What.
        data: Vec<u8>,
    },
    /// A file gets a length.
    Length {
        /// Name in the folder.
        name: String,
        /// In bytes.
        length: usize,
    },
    /// A name goes.
    Remove {
        /// Name in the folder.
        name: String,
    },
    /// A name changes.
    Rename {
        /// Old name in the folder.
        from: String,
        /// New name in the folder.
        to: String,
    },
    /// A thread begins to sync.
    SyncBegins {
        /// Which thread.
        thread: u32,
    },
    /// The thread's sync is through; the folder's own name is empty.
    SyncEnds {
        /// Which thread.
        thread: u32,
        /// Name in the folder.
        name: String,
    },
    /// Something is said over a TCP connection.
    Said {
        /// Our port.
        local: u16,
        /// Theirs.
        remote: u16,
        /// The words.
        data: Vec<u8>,
    },
}

/// Reads lines; keeps the calls that have not ended.
#[derive(Clone, Debug)]
pub struct Reader {
    folder: String,
    unfinished: BTreeMap<u32, (String, String)>,
}

/// A call as one line shows it.
struct Call<'a> {
    thread: u32,
    name: &'a str,
    arguments: &'a str,
}

impl Reader {
    /// A reader of what happens in `folder`, an absolute path without a slash at its end.
    pub fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            unfinished: BTreeMap::new(),
        }
    }

    /// What a line means.
    ///
    /// # Errors
    /// A call that changes a file in a way that this reader does not know.
    pub fn line(&mut self, line: &str) -> Result<Vec<Event>, String> {
        let Some((thread, rest)) = line.trim_start().split_once(' ') else {
            return Ok(Vec::new());
        };
        let Ok(thread) = thread.parse() else {
            return Ok(Vec::new());
        };
        let rest = rest.trim_start();
        let mut events = Vec::new();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some((name, arguments)) = self.unfinished.remove(&thread) else {
                return Ok(events);
            };
            if let Some((_, result)) = resumed.rsplit_once(" = ") {
                let (name, arguments) = (&name, &arguments);
                let call = Call {
                    thread,
                    name,
                    arguments,
                };
                self.ends(&call, result, &mut events)?;
            }
            return Ok(events);
        }
        let Some((name, rest)) = rest.split_once('(') else {
            return Ok(events);
        };
        let (arguments, result) = match rest.strip_suffix("<unfinished ...>") {
            Some(arguments) => (arguments, None),
            None => match rest.rsplit_once(" = ") {
                Some((arguments, result)) => (arguments, Some(result)),
                None => return Ok(events),
            },
        };
        let call = Call {
            thread,
            name,
            arguments,
        };
        match result {
            // What has failed has changed nothing.
            Some(result) if result.starts_with('-') => {}
            Some(result) => {
                self.begins(&call, &mut events)?;
                self.ends(&call, result, &mut events)?;
            }
            None => {
                self.begins(&call, &mut events)?;
                let owned = (name.to_owned(), arguments.to_owned());
                self.unfinished.insert(thread, owned);
            }
        }
        Ok(events)
    }

    fn begins(&self, call: &Call<'_>, events: &mut Vec<Event>) -> Result<(), String> {
        let Call {
            thread,
            name,
            arguments,
        } = *call;
        match name {
            "pwrite64" => {
                if let Some(file) = self.file(arguments) {
                    let at = last_number(arguments).ok_or("pwrite64 without a place")?;
                    let data = strings(arguments).concat();
                    events.push(Event::Write {
                        name: file,
                        at,
                        data,
                    });
                }
            }
            "write" | "writev" | "sendto" | "sendmsg" => {
                if let Some((local, remote)) = socket(arguments) {
                    let data = strings(arguments).concat();
                    events.push(Event::Said {
                        local,
                        remote,
                        data,
                    });
                } else if let Some(file) = self.file(arguments).filter(|file| is_database(file)) {
                    return Err(format!("{name} on {file}: its place is not known"));
                }
            }
            "pwritev" | "pwritev2" | "fallocate" | "copy_file_range" | "sendfile" => {
                if let Some(file) = self.file(arguments) {
                    return Err(format!("{name} on {file} is not known to the model"));
                }
            }
            "ftruncate" => {
                if let Some(name) = self.file(arguments) {
                    let length = last_number(arguments).ok_or("ftruncate without a length")?;
                    events.push(Event::Length { name, length });
                }
            }
            "fsync" | "fdatasync" => events.push(Event::SyncBegins { thread }),
            _ => {}
        }
        Ok(())
    }

    fn ends(&self, call: &Call<'_>, result: &str, events: &mut Vec<Event>) -> Result<(), String> {
        if result.starts_with('-') || result.starts_with('?') {
            return Ok(());
        }
        match call.name {
            "fsync" | "fdatasync" => {
                if let Some(name) = self.file(call.arguments) {
                    let thread = call.thread;
                    events.push(Event::SyncEnds { thread, name });
                }
            }
            "open" | "openat" | "creat" => {
                let makes = call.arguments.contains("O_CREAT") || call.name == "creat";
                if let Some(name) = self.file(result).filter(|name| makes && !name.is_empty()) {
                    events.push(Event::Create { name: name.clone() });
                    if call.arguments.contains("O_TRUNC") {
                        events.push(Event::Length { name, length: 0 });
                    }
                }
            }
            "unlink" | "unlinkat" => {
                let path = strings(call.arguments).pop().unwrap_or_default();
                if let Some(name) = self.inside(&path) {
                    events.push(Event::Remove { name });
                }
            }
            "rename" | "renameat" | "renameat2" => {
                let paths = strings(call.arguments);
                let names: Vec<_> = paths.iter().map(|path| self.inside(path)).collect();
                match names.as_slice() {
                    [Some(from), Some(to)] => events.push(Event::Rename {
                        from: from.clone(),
                        to: to.clone(),
                    }),
                    [None, None] => {}
                    _ => return Err("a rename into the folder or out of it".to_owned()),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The file that a descriptor such as `5<\x2f…>` stands for, by its name in the folder.
    fn file(&self, text: &str) -> Option<String> {
        let (number, rest) = text.split_once('<')?;
        number.trim().parse::<u32>().ok()?;
        let (path, after) = rest.split_once('>')?;
        if after.starts_with("(deleted)") {
            return None;
        }
        self.inside(&unescape(path)?)
    }

    fn inside(&self, path: &[u8]) -> Option<String> {
        let path = std::str::from_utf8(path).ok()?;
        let name = path.strip_prefix(&self.folder)?;
        if name.is_empty() {
            return Some(String::new());
        }
        name.strip_prefix('/').map(str::to_owned)
    }
}

fn is_database(name: &str) -> bool {
    [".db", "-wal", "-journal"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The ports of `5<TCP:[127.0.0.1:80->127.0.0.1:51]>`.
fn socket(arguments: &str) -> Option<(u16, u16)> {
    let (_, rest) = arguments.split_once("<TCP:[")?;
    let (ends, _) = rest.split_once(']')?;
    let (local, remote) = ends.split_once("->")?;
    let port = |end: &str| end.rsplit_once(':')?.1.parse().ok();
    Some((port(local)?, port(remote)?))
}

fn last_number(arguments: &str) -> Option<usize> {
    let last = arguments.rsplit(',').next()?;
    let last = last.trim().trim_end_matches(')').trim_end();
    last.trim_end_matches(')').trim().parse().ok()
}

/// Every text in quotation marks.
fn strings(arguments: &str) -> Vec<Vec<u8>> {
    let quoted = arguments.split('"').skip(1).step_by(2);
    quoted.filter_map(unescape).collect()
}

/// Reads `\x2f\x74`; a text without escapes is itself.
fn unescape(text: &str) -> Option<Vec<u8>> {
    if !text.starts_with("\\x") {
        return Some(text.as_bytes().to_vec());
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    text.as_bytes()
        .chunks(4)
        .map(|escape| match escape {
            [b'\\', b'x', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    fn read(lines: &[String]) -> Vec<Event> {
        let mut reader = Reader::new("/d");
        lines
            .iter()
            .flat_map(|line| reader.line(line).unwrap())
            .collect()
    }

    #[test]
    fn writes_syncs_and_answers_come_in_the_order_of_the_log() {
        let (path, words) = (hex("/d/a.db"), hex("HTTP/1.1 200"));
        let events = read(&[
            format!("71 openat(AT_FDCWD<{path}>, \"{path}\", O_RDWR|O_CREAT, 0600) = 5<{path}>"),
            format!("71 pwrite64(5<{path}>, \"{}\", 2, 4096) = 2", hex("hi")),
            format!("71 fdatasync(5<{path}>)           = 0"),
            format!(
                "  72 sendto(9<TCP:[127.0.0.1:80->127.0.0.1:51]>, \"{words}\", 12, 0, NULL, 0) = 12"
            ),
        ]);
        let name = || "a.db".to_owned();
        let expected = [
            Event::Create { name: name() },
            Event::Write {
                name: name(),
                at: 4096,
                data: b"hi".to_vec(),
            },
            Event::SyncBegins { thread: 71 },
            Event::SyncEnds {
                thread: 71,
                name: name(),
            },
            Event::Said {
                local: 80,
                remote: 51,
                data: b"HTTP/1.1 200".to_vec(),
            },
        ];
        assert_eq!(events, expected);
    }

    #[test]
    fn a_call_that_another_thread_interrupts_begins_and_ends_where_it_does() {
        let path = hex("/d/a.db-wal");
        let events = read(&[
            format!("71 fdatasync(5<{path}> <unfinished ...>"),
            format!(
                "72 pwrite64(6<{path}>, \"{}\", 1, 0 <unfinished ...>",
                hex("x")
            ),
            "71 <... fdatasync resumed>)            = 0".to_owned(),
            "72 <... pwrite64 resumed>)             = 1".to_owned(),
            format!("71 fsync(5<{path}> <unfinished ...>"),
            "71 <... fsync resumed>)                = ?".to_owned(),
            "71 +++ killed by SIGKILL +++".to_owned(),
        ]);
        let name = "a.db-wal".to_owned();
        let expected = [
            Event::SyncBegins { thread: 71 },
            Event::Write {
                name: name.clone(),
                at: 0,
                data: b"x".to_vec(),
            },
            Event::SyncEnds { thread: 71, name },
            Event::SyncBegins { thread: 71 },
        ];
        assert_eq!(events, expected);
    }

    #[test]
    fn what_failed_what_lies_elsewhere_and_what_has_no_name_any_more_is_left_out() {
        let (here, there) = (hex("/d/a.db"), hex("/data/a.db"));
        let events = read(&[
            format!(
                "71 pwrite64(5<{here}>, \"{}\", 1, 0) = -1 ENOSPC (No space left)",
                hex("x")
            ),
            format!("71 fdatasync(5<{here}>) = -1 EIO (Input/output error) (INJECTED)"),
            format!("71 pwrite64(5<{there}>, \"{}\", 1, 0) = 1", hex("x")),
            format!(
                "71 pwrite64(5<{here}>(deleted), \"{}\", 1, 0) = 1",
                hex("x")
            ),
            format!("71 unlink(\"{here}\") = -1 ENOENT (No such file or directory)"),
            "71 --- SIGTERM {si_signo=SIGTERM} ---".to_owned(),
        ]);
        assert_eq!(events, []);
    }

    #[test]
    fn names_lengths_and_the_folder_itself_are_seen() {
        let (a, b, folder) = (hex("/d/a"), hex("/d/b"), hex("/d"));
        let events = read(&[
            format!("1 ftruncate(5<{a}>, 4096) = 0"),
            format!("1 rename(\"{a}\", \"{b}\") = 0"),
            format!("1 fsync(6<{folder}>) = 0"),
            format!("1 unlink(\"{b}\") = 0"),
        ]);
        let [a, b] = ["a", "b"].map(str::to_owned);
        let expected = [
            Event::Length {
                name: a.clone(),
                length: 4096,
            },
            Event::Rename {
                from: a,
                to: b.clone(),
            },
            Event::SyncBegins { thread: 1 },
            Event::SyncEnds {
                thread: 1,
                name: String::new(),
            },
            Event::Remove { name: b },
        ];
        assert_eq!(events, expected);
    }

    #[test]
    fn a_write_whose_place_is_unknown_is_an_error_rather_than_a_guess() {
        let mut reader = Reader::new("/d");
        let line = format!("1 write(5<{}>, \"{}\", 1) = 1", hex("/d/a.db"), hex("x"));
        assert!(reader.line(&line).is_err());
    }
}
