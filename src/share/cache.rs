//! The code cache: file name -> shared chunk, for the whole process.
//!
//! A file is read and compiled once however many VMs ask for it at the same time: the first makes an entry and works outside the lock,
//! the others wait for it. A failure is reported to all of them and forgotten. Off until `enable` or `PERILUNE_CODECACHE=1`, so that
//! an ordinary host sees upstream's behaviour.
//!
//! The map holds a reference on each chunk, as does every VM that has linked it. What leaves the map is retired: it lives until
//! the last VM lets go, and is listed meanwhile so that `stat` can tell who keeps what alive.

use super::compile::{self, Identity, Refusal};
use super::handles;
use super::outcome::Outcome;
use crate::heap::shared::SharedChunk;
use crate::heap::state::{OK, State, Status};
use crate::heap::string::TextHasher;
use crate::throw::Result;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

/// How a VM uses the cache (`Global::cache_mode`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Mode {
    /// Not at all.
    Off = 0,
    /// It takes what is there and adds nothing.
    Exist = 1,
    /// It takes what is there and adds what is not.
    On = 2,
    /// As `On`, and a file that has changed since is loaded anew.
    Check = 3,
}

impl Mode {
    pub const NAMES: [&'static str; 4] = ["OFF", "EXIST", "ON", "CHECK"];
    /// In the order of their numbers.
    pub const ALL: [Mode; 4] = [Mode::Off, Mode::Exist, Mode::On, Mode::Check];

    pub fn of(l: State) -> Mode {
        match l.global().cache_mode.get() {
            0 => Mode::Off,
            1 => Mode::Exist,
            3 => Mode::Check,
            _ => Mode::On,
        }
    }

    pub fn set(self, l: State) {
        l.global().cache_mode.set(self as u8);
    }
}

type Loaded = core::result::Result<(Arc<SharedChunk>, Option<Identity>), Refusal>;

struct Entry {
    outcome: Outcome<Loaded>,
    hits: AtomicU64,
    /// How often a file of this name has been loaded, this time included.
    generation: u64,
    made: Instant,
}

/// A chunk that has left the map, while VMs hold it.
struct Retired {
    name: Vec<u8>,
    chunk: Weak<SharedChunk>,
    hits: u64,
    generation: u64,
    made: Instant,
}

#[derive(Default)]
struct Cache {
    entries: HashMap<Vec<u8>, Arc<Entry>, BuildHasherDefault<TextHasher>>,
    retired: Vec<Retired>,
    generations: HashMap<Vec<u8>, u64, BuildHasherDefault<TextHasher>>,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
static ENABLED: AtomicBool = AtomicBool::new(false);

/// Turns the cache on for the process (`luaL_initcodecache`).
pub fn enable() {
    ENABLED.store(true, Ordering::Release);
}

fn is_enabled() -> bool {
    static ASKED: OnceLock<bool> = OnceLock::new();
    ENABLED.load(Ordering::Acquire) || *ASKED.get_or_init(|| std::env::var_os("PERILUNE_CODECACHE").is_some_and(|v| v == "1"))
}

impl Cache {
    /// The entry for a name. In mode `Check` it is taken out if the file, whose identity is `now`, has changed since.
    fn current(&mut self, name: &[u8], mode: Mode, now: Option<Identity>) -> Option<Arc<Entry>> {
        let entry = self.entries.get(name).cloned()?;
        if mode == Mode::Check
            && now.is_some()
            && let Some(Ok((_, then))) = entry.outcome.now()
            && then != now
        {
            self.remove(name, Some(&entry));
            return None;
        }
        Some(entry)
    }

    /// A load failed: it is not counted, so that names which no file has leave nothing behind.
    fn forget_generation(&mut self, name: &[u8], generation: u64) {
        if self.generations.get(name) != Some(&generation) {
            // Cleared meanwhile, and loaded once more.
        } else if generation == 1 {
            self.generations.remove(name);
        } else {
            self.generations.insert(name.to_vec(), generation - 1);
        }
    }

    /// A new entry for a name that has none.
    fn add(&mut self, name: &[u8], outcome: Outcome<Loaded>) -> Arc<Entry> {
        let generation = self.generations.entry(name.to_vec()).or_default();
        *generation += 1;
        let entry = Arc::new(Entry { outcome, hits: AtomicU64::new(0), generation: *generation, made: Instant::now() });
        self.entries.insert(name.to_vec(), Arc::clone(&entry));
        entry
    }

    /// Takes an entry out of the map, if it is (still) the one for this name; its chunk is retired. Whether there was one.
    fn remove(&mut self, name: &[u8], entry: Option<&Arc<Entry>>) -> bool {
        if let Some(expected) = entry
            && !self.entries.get(name).is_some_and(|e| Arc::ptr_eq(e, expected))
        {
            return false;
        }
        let Some(entry) = self.entries.remove(name) else { return false };
        // A load under way keeps its entry to itself and the waiting; nobody new will find it.
        if let Some(Ok((chunk, _))) = entry.outcome.now() {
            self.retire(name, &entry, &chunk);
        }
        true
    }

    /// Retires the chunk of an entry that is not in the map.
    fn retire(&mut self, name: &[u8], entry: &Entry, chunk: &Arc<SharedChunk>) {
        chunk.retire();
        self.retired.retain(|r| r.chunk.strong_count() > 0);
        self.retired.push(Retired {
            name: name.to_vec(),
            chunk: Arc::downgrade(chunk),
            hits: entry.hits.load(Ordering::Relaxed),
            generation: entry.generation,
            made: entry.made,
        });
    }
}

/// `luaL_loadfilex` through the cache; `None` where it does not apply and the file is to be loaded as ever.
///
/// Pushes the function, or the message, and gives the status. May: raise (memory), collect, wait for another thread's load.
pub fn load(l: State, name: &[u8], mode: Option<&[u8]>) -> Option<Result<Status>> {
    if !is_enabled() {
        return None;
    }
    let cache_mode = Mode::of(l);
    if cache_mode == Mode::Off {
        return None;
    }
    let (entry, is_ours) = match find(name, cache_mode)? {
        Ok(found) => found,
        Err(refusal) => return Some(refusal.push(l)),
    };
    if is_ours {
        fill(&entry, name, mode, l.c_depth());
    }
    Some(match entry.outcome.wait() {
        Ok((chunk, _)) => {
            if !is_ours {
                entry.hits.fetch_add(1, Ordering::Relaxed);
            }
            handles::push_closure(l, &chunk).map(|()| OK)
        }
        Err(refusal) => refusal.push(l),
    })
}

/// The entry for a name, and whether the caller has to fill it. `None`: there is none, and the mode adds none, or the file is one that is
/// not cached. Where there is no file, a refusal: hosts try many names, and nobody has to wait for that.
fn find(name: &[u8], mode: Mode) -> Option<core::result::Result<(Arc<Entry>, bool), Refusal>> {
    // The file is looked at while the lock is not held.
    let now = if mode == Mode::Check { Identity::now(name) } else { None };
    let found = CACHE.lock().get_or_insert_default().current(name, mode, now);
    if let Some(entry) = found {
        return Some(Ok((entry, false)));
    }
    if mode == Mode::Exist {
        return None;
    }
    match compile::may_be_shared(name) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(refusal) => return Some(Err(refusal)),
    }
    let mut guard = CACHE.lock();
    let cache = guard.get_or_insert_default();
    Some(Ok(match cache.current(name, mode, now) {
        Some(entry) => (entry, false),
        None => (cache.add(name, Outcome::pending()), true),
    }))
}

/// Loads the file of a new entry and tells those who wait. A failure leaves no entry behind.
fn fill(entry: &Arc<Entry>, name: &[u8], mode: Option<&[u8]>, depth: u32) {
    let outcome = compile::file(name, mode, depth);
    let mut guard = CACHE.lock();
    let cache = guard.get_or_insert_default();
    let in_map = cache.entries.get(name).is_some_and(|e| Arc::ptr_eq(e, entry));
    match &outcome {
        Ok(_) if in_map => {}
        // Cleared meanwhile: those who wait get it, nobody after them.
        Ok((chunk, _)) => cache.retire(name, entry, chunk),
        Err(_) => {
            if in_map {
                cache.entries.remove(name);
            }
            cache.forget_generation(name, entry.generation);
        }
    }
    entry.outcome.finish(outcome);
}

/// Puts code that was compiled just now in the place of what the cache has for a file, at once for the whole process. Without the cache
/// the code belongs to those who link it.
pub fn replace(l: State, name: &[u8], chunk: &Arc<SharedChunk>, identity: Option<Identity>) {
    if !is_enabled() || Mode::of(l) == Mode::Off {
        chunk.retire();
        return;
    }
    let mut guard = CACHE.lock();
    let cache = guard.get_or_insert_default();
    cache.remove(name, None);
    cache.add(name, Outcome::known(Ok((Arc::clone(chunk), identity))));
}

/// Forgets all files, or one; how many. Code in use stays until its VMs let go.
pub fn clear(name: Option<&[u8]>) -> usize {
    let mut guard = CACHE.lock();
    let Some(cache) = &mut *guard else { return 0 };
    match name {
        Some(name) => cache.remove(name, None) as usize,
        None => {
            let names: Vec<Vec<u8>> = cache.entries.keys().cloned().collect();
            names.iter().filter(|name| cache.remove(name, None)).count()
        }
    }
}

/// What is known of one file.
pub struct FileStat {
    pub name: Vec<u8>,
    /// Code, constants and debug information.
    pub bytes: usize,
    /// Loads that found it.
    pub hits: u64,
    /// VMs that hold it.
    pub holders: usize,
    pub generation: u64,
    pub age: Duration,
    /// Whether a load would still find it; otherwise VMs only hold it.
    pub cached: bool,
}

/// All files in the cache, and those that VMs still hold after they left it.
pub fn stat() -> Vec<FileStat> {
    let mut guard = CACHE.lock();
    let Some(cache) = &mut *guard else { return Vec::new() };
    cache.retired.retain(|r| r.chunk.strong_count() > 0);
    let mut list = Vec::new();
    for (name, entry) in &cache.entries {
        if let Some(Ok((chunk, _))) = entry.outcome.now() {
            list.push(FileStat {
                name: name.clone(),
                bytes: chunk.bytes(),
                hits: entry.hits.load(Ordering::Relaxed),
                holders: chunk.holders(),
                generation: entry.generation,
                age: entry.made.elapsed(),
                cached: true,
            });
        }
    }
    for r in &cache.retired {
        if let Some(chunk) = r.chunk.upgrade() {
            list.push(FileStat {
                name: r.name.clone(),
                bytes: chunk.bytes(),
                hits: r.hits,
                holders: chunk.holders(),
                generation: r.generation,
                age: r.made.elapsed(),
                cached: false,
            });
        }
    }
    list
}
