//! What a disk may hold after the power went: pure, from the calls that a program made.
//!
//! The model is that of a journaling file system in its ordinary mode (ext4, `data=ordered` and
//! harsher); docs/reliability.md states it in words. In short: what was synced is there; of what
//! was not, any sector of 512 bytes may be new or old; a file's length may be any that it had
//! since its last sync; names appear and vanish in order, and a sync of a file brings its own
//! name and all older changes of names with it.

use crate::random::Random;
use std::collections::BTreeMap;

/// What a disk writes as a whole.
pub const SECTOR: usize = 512;
/// What the page cache writes as a whole.
const PAGE: usize = 4_096;

/// One of the disk's files, under whatever name.
pub type FileId = usize;

/// Marks a moment: a sync covers what came before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(u64);

/// The disk with what is under way to it.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    /// Names as programs see them.
    names: BTreeMap<String, FileId>,
    /// Names that survive.
    durable: BTreeMap<String, FileId>,
    /// Changes of names since, in order.
    renames: Vec<(Moment, Naming)>,
    now: u64,
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<(Moment, Change)>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, data: Vec<u8> },
    Length(usize),
}

#[derive(Clone, Debug)]
enum Naming {
    Create {
        name: String,
        file: FileId,
    },
    Remove {
        name: String,
    },
    Rename {
        from: String,
        to: String,
        file: FileId,
    },
}

/// How much of what is under way an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// Nothing.
    None,
    /// All.
    All,
    /// The first changes, in order.
    Prefix,
    /// Any pages.
    Pages,
    /// Any sectors: pages are torn.
    Sectors,
}

impl Luck {
    /// Every kind.
    pub const KINDS: [Self; 5] = [
        Self::None,
        Self::All,
        Self::Prefix,
        Self::Pages,
        Self::Sectors,
    ];
}

impl Disk {
    /// This moment: all that was called is before it, all that will be is after it.
    pub fn moment(&mut self) -> Moment {
        self.now += 1;
        Moment(self.now)
    }

    /// Whether there is such a name now.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Makes an empty file unless there is one.
    pub fn create(&mut self, name: &str) {
        if self.has(name) {
            return;
        }
        let file = self.files.len();
        self.files.push(File::default());
        self.names.insert(name.to_owned(), file);
        let name = name.to_owned();
        self.note(Naming::Create { name, file });
    }

    /// Takes a name away; whoever has the file open may go on with it.
    pub fn remove(&mut self, name: &str) {
        if self.names.remove(name).is_some() {
            let name = name.to_owned();
            self.note(Naming::Remove { name });
        }
    }

    /// Gives a file another name, in place of whatever had it.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(file) = self.names.remove(from) {
            self.names.insert(to.to_owned(), file);
            let (from, to) = (from.to_owned(), to.to_owned());
            self.note(Naming::Rename { from, to, file });
        }
    }

    /// Writes into a file.
    pub fn write(&mut self, name: &str, at: usize, data: Vec<u8>) {
        self.change(name, Change::Write { at, data });
    }

    /// Cuts a file off, or makes it longer with zeros.
    pub fn set_length(&mut self, name: &str, length: usize) {
        self.change(name, Change::Length(length));
    }

    /// A sync of a file that began at `since` is through.
    pub fn sync(&mut self, name: &str, since: Moment) {
        let Some(&id) = self.names.get(name) else {
            return;
        };
        if let Some(file) = self.files.get_mut(id) {
            let kept = file
                .pending
                .partition_point(|(moment, _)| moment.0 < since.0);
            for (_, change) in file.pending.drain(..kept) {
                apply(&mut file.durable, &change);
            }
        }
        // The journal is in order: a file's name comes with all that happened to names before.
        let own = self.renames.iter().rposition(|(moment, naming)| {
            moment.0 < since.0
                && matches!(naming, Naming::Create { file, .. } | Naming::Rename { file, .. }
                    if *file == id)
        });
        if let Some(own) = own {
            self.settle_names(own + 1);
        }
    }

    /// A sync of the folder that began at `since` is through.
    pub fn sync_folder(&mut self, since: Moment) {
        let count = self
            .renames
            .partition_point(|(moment, _)| moment.0 < since.0);
        self.settle_names(count);
    }

    /// One thing that the disk may hold if the power goes now.
    pub fn image(&self, random: &mut Random) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.durable.clone();
        let survive = random.place(self.renames.len() + 1);
        for (_, naming) in self.renames.iter().take(survive) {
            rename(&mut names, naming);
        }
        let luck = Luck::KINDS[random.place(Luck::KINDS.len())];
        names
            .into_iter()
            .filter_map(|(name, id)| {
                // Each file fares on its own now and then.
                let own = Luck::KINDS[random.place(Luck::KINDS.len())];
                let luck = if random.one_in(3) { own } else { luck };
                Some((name, self.files.get(id)?.after(luck, random)))
            })
            .collect()
    }

    /// How many changes of contents and names are under way.
    pub fn pending(&self) -> usize {
        let contents: usize = self.files.iter().map(|file| file.pending.len()).sum();
        contents + self.renames.len()
    }

    fn note(&mut self, naming: Naming) {
        let moment = self.moment();
        self.renames.push((moment, naming));
    }

    fn change(&mut self, name: &str, change: Change) {
        let moment = self.moment();
        let file = self.names.get(name).and_then(|id| self.files.get_mut(*id));
        // What is written into a file without a name is gone with the power anyway.
        if let Some(file) = file {
            file.pending.push((moment, change));
        }
    }

    fn settle_names(&mut self, count: usize) {
        for (_, naming) in self.renames.drain(..count) {
            rename(&mut self.durable, &naming);
        }
    }
}

impl File {
    fn after(&self, luck: Luck, random: &mut Random) -> Vec<u8> {
        let mut data = self.durable.clone();
        let changes = self.pending.len();
        let grain = match luck {
            Luck::None => return data,
            Luck::All | Luck::Prefix => {
                let kept = match luck {
                    Luck::Prefix => random.place(changes + 1),
                    _ => changes,
                };
                for (_, change) in self.pending.iter().take(kept) {
                    apply(&mut data, change);
                }
                return data;
            }
            Luck::Pages => PAGE,
            Luck::Sectors => SECTOR,
        };
        // Of each grain a version of its own: that after the first k changes.
        let mut versions: BTreeMap<usize, usize> = BTreeMap::new();
        let mut lengths = vec![data.len()];
        let mut length = data.len();
        for (n, (_, change)) in self.pending.iter().enumerate() {
            match change {
                Change::Write { at, data: bytes } => {
                    length = length.max(at + bytes.len());
                    write(&mut data, *at, bytes, grain, |sector| {
                        n < *versions
                            .entry(sector)
                            .or_insert_with(|| version(changes, random))
                    });
                }
                Change::Length(to) => {
                    let end = data.len();
                    let zeros = vec![0; end.saturating_sub(*to)];
                    write(&mut data, *to, &zeros, grain, |sector| {
                        n < *versions
                            .entry(sector)
                            .or_insert_with(|| version(changes, random))
                    });
                    length = *to;
                }
            }
            lengths.push(length);
        }
        data.resize(lengths[random.place(lengths.len())], 0);
        data
    }
}

/// The oldest, the newest or any in between.
fn version(changes: usize, random: &mut Random) -> usize {
    match random.below(3) {
        0 => 0,
        1 => changes,
        _ => random.place(changes + 1),
    }
}

/// Writes those grains of `bytes` that `has` says.
fn write(
    data: &mut Vec<u8>,
    at: usize,
    bytes: &[u8],
    grain: usize,
    mut has: impl FnMut(usize) -> bool,
) {
    let end = at + bytes.len();
    if data.len() < end {
        data.resize(end, 0);
    }
    let mut from = at;
    while from < end {
        let number = from / grain;
        let to = ((number + 1) * grain).min(end);
        if has(number) {
            data[from..to].copy_from_slice(&bytes[from - at..to - at]);
        }
        from = to;
    }
}

fn apply(data: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, data: bytes } => write(data, *at, bytes, SECTOR, |_| true),
        Change::Length(length) => data.resize(*length, 0),
    }
}

fn rename(names: &mut BTreeMap<String, FileId>, naming: &Naming) {
    match naming {
        Naming::Create { name, file } => {
            names.insert(name.clone(), *file);
        }
        Naming::Remove { name } => {
            names.remove(name);
        }
        Naming::Rename { from, to, file } => {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LUCK: u64 = 300;

    /// Every image that so many seeds bring.
    fn images(disk: &Disk) -> Vec<BTreeMap<String, Vec<u8>>> {
        (0..LUCK)
            .map(|seed| disk.image(&mut Random::new(seed)))
            .collect()
    }

    /// A disk with the synced file `a` that holds `bytes`.
    fn with(bytes: &[u8]) -> Disk {
        let mut disk = Disk::default();
        disk.create("a");
        disk.write("a", 0, bytes.to_vec());
        let now = disk.moment();
        disk.sync("a", now);
        disk
    }

    #[test]
    fn what_was_synced_is_in_every_image() {
        let disk = with(b"kept");
        assert_eq!(disk.pending(), 0);
        for image in images(&disk) {
            assert_eq!(image["a"], b"kept");
        }
    }

    #[test]
    fn what_was_not_synced_may_be_there_may_be_missing_and_may_be_torn() {
        let mut disk = with(&[1; 2 * SECTOR]);
        disk.write("a", 0, vec![2; 2 * SECTOR]);
        let found: std::collections::BTreeSet<_> = images(&disk)
            .into_iter()
            .map(|image| (image["a"][0], image["a"][SECTOR]))
            .collect();
        assert_eq!(found, [(1, 1), (1, 2), (2, 1), (2, 2)].into());
        let whole = |image: BTreeMap<String, Vec<u8>>| {
            image["a"]
                .chunks(SECTOR)
                .all(|s| s.iter().all(|b| *b == s[0]))
        };
        assert!(
            images(&disk).into_iter().all(whole),
            "a sector is never torn"
        );
    }

    #[test]
    fn a_later_write_may_survive_an_earlier_one_unless_a_sync_lies_between() {
        let mut disk = with(&[0; 2 * PAGE]);
        disk.write("a", 0, vec![1; 10]);
        disk.write("a", PAGE, vec![1; 10]);
        let reordered =
            |image: &BTreeMap<String, Vec<u8>>| image["a"][0] == 0 && image["a"][PAGE] == 1;
        assert!(images(&disk).iter().any(reordered));

        let mut disk = with(&[0; 2 * PAGE]);
        disk.write("a", 0, vec![1; 10]);
        let now = disk.moment();
        disk.sync("a", now);
        disk.write("a", PAGE, vec![1; 10]);
        assert!(!images(&disk).iter().any(reordered));
    }

    #[test]
    fn a_sync_covers_only_what_came_before_it_began() {
        let mut disk = with(&[0; 8]);
        let began = disk.moment();
        disk.write("a", 0, vec![1; 8]);
        disk.sync("a", began);
        assert!(images(&disk).iter().any(|image| image["a"] == [0; 8]));
    }

    #[test]
    fn a_length_that_was_not_synced_may_be_the_old_or_the_new_one() {
        let mut disk = with(&[7; 100]);
        disk.set_length("a", 10);
        let found: std::collections::BTreeSet<_> =
            images(&disk).iter().map(|image| image["a"].len()).collect();
        assert_eq!(found, [10, 100].into());
    }

    #[test]
    fn a_new_file_is_there_for_certain_only_after_a_sync_of_it_or_of_the_folder() {
        let mut disk = Disk::default();
        disk.create("a");
        assert!(images(&disk).iter().any(BTreeMap::is_empty));
        let now = disk.moment();
        disk.sync_folder(now);
        assert!(images(&disk).iter().all(|image| image.contains_key("a")));
        disk.create("b");
        disk.create("c");
        let now = disk.moment();
        disk.sync("c", now);
        assert!(
            images(&disk).iter().all(|image| image.len() == 3),
            "names are in order"
        );
    }

    #[test]
    fn a_file_that_was_removed_may_be_there_again() {
        let mut disk = with(b"old");
        disk.remove("a");
        disk.create("a");
        disk.write("a", 0, b"new".to_vec());
        let found: std::collections::BTreeSet<_> = images(&disk)
            .into_iter()
            .map(|image| image.get("a").cloned().unwrap_or_default())
            .collect();
        assert!(found.contains(b"old".as_slice()) && found.contains(b"new".as_slice()));
    }

    #[test]
    fn a_renamed_file_takes_its_contents_along() {
        let mut disk = with(b"x");
        disk.rename("a", "b");
        disk.write("b", 1, b"y".to_vec());
        let now = disk.moment();
        disk.sync("b", now);
        let image = disk.image(&mut Random::new(1));
        assert_eq!(image.get("b").map(Vec::as_slice), Some(b"xy".as_slice()));
        assert!(!image.contains_key("a"));
    }
}
