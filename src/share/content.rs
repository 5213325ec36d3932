//! Sharing without being asked: files that several VMs load with the same bytes and name become shared code.
//!
//! The index knows, by chunk name and content, who loaded a file first, and the shared chunk if there is one. The first VM compiles its
//! own private chunk. When a second one comes, it compiles a shared chunk instead, and every later VM links that. Content decides, so nothing
//! is ever stale, and the index is weak: a chunk lives as long as VMs that use it. Nobody can tell, but by the memory and the time.
//!
//! `PERILUNE_SHARE=0` turns it off; with `PERILUNE_SHARE=all` texts from memory are treated as files are. Only when the host asks for that
//! does text that a script has made reach the process's memory, and even so it is bounded (`MOST_TEXT`, `MOST_SHARED`, `MOST_ENTRIES`).

use super::compile;
use super::handles;
use super::outcome::Outcome;
use crate::heap::shared::SharedChunk;
use crate::heap::state::{OK, State, Status};
use crate::heap::string;
use crate::throw::Result;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

/// Longest text that is shared.
pub const MOST_TEXT: usize = 4 << 20;
/// Bytes of shared code beyond which texts stay private.
const MOST_SHARED: usize = 256 << 20;
/// Texts the index remembers.
const MOST_ENTRIES: usize = 1 << 14;

/// A text as the index knows it: a fast hash of chunk name and content finds it. What is shared is compared by a strong hash.
type Key = (u64, u64);

/// A shared chunk and the hash of its text and name.
type Shared = (blake3::Hash, Arc<SharedChunk>);

enum Entry {
    /// One VM has compiled it for itself: its number.
    Seen(u64),
    /// A VM is compiling it for all who want it meanwhile; nothing comes of it when the text is wrong.
    Compiling(Arc<Outcome<Option<Shared>>>),
    Shared(blake3::Hash, Weak<SharedChunk>),
}

static INDEX: Mutex<Option<HashMap<Key, Entry>>> = Mutex::new(None);

/// VMs of the process that are open now.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// What the environment says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Nothing,
    Files,
    All,
}

pub fn setting() -> Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    *SETTING.get_or_init(|| match std::env::var_os("PERILUNE_SHARE") {
        Some(v) if v == "0" => Setting::Nothing,
        Some(v) if v == "all" => Setting::All,
        _ => Setting::Files,
    })
}

/// A state was made: gives it its number.
pub fn opened(l: State) {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    l.global().number.set(NUMBERS.fetch_add(1, Ordering::Relaxed));
    OPEN.fetch_add(1, Ordering::Relaxed);
}

/// A state is about to be closed: what it alone has seen is forgotten.
pub fn closing(l: State) {
    OPEN.fetch_sub(1, Ordering::Relaxed);
    let g = l.global();
    if g.has_seen_files.get()
        && let Some(index) = &mut *INDEX.lock()
    {
        let number = g.number.get();
        index.retain(|_, e| !matches!(e, Entry::Seen(n) if *n == number));
    }
}

/// `luaL_loadfilex` of a file that is not to come from the code cache. `None` where sharing does not apply and the file is to be loaded as ever.
///
/// Pushes the function, or the message, and gives the status. May: raise (memory), collect, wait for another thread's load.
pub fn load_file(l: State, name: &[u8], mode: Option<&[u8]>) -> Option<Result<Status>> {
    if setting() == Setting::Nothing {
        return None;
    }
    // Pipes and devices are read as they come.
    let metadata = std::fs::metadata(OsStr::from_bytes(name)).ok()?;
    if !metadata.is_file() || metadata.len() > MOST_TEXT as u64 {
        return None;
    }
    // It may have become another since.
    let (bytes, _) = compile::read(name, MOST_TEXT as u64 + 1).ok()?;
    if bytes.len() > MOST_TEXT {
        return None;
    }
    let text = compile::without_first_line(&bytes);
    let chunk_name = [b"@", name].concat();
    Some(match load_text(l, text, &chunk_name, mode) {
        Ok(true) => Ok(OK),
        Ok(false) => Ok(l.load_buffer(text, &chunk_name[..], mode)),
        Err(t) => Err(t),
    })
}

/// Pushes the main function of a text's shared chunk, if it has one or is to have one; otherwise the VM compiles its own, as it does where the
/// text is wrong.
///
/// May: raise (memory), collect (emergency only), wait for another thread's load.
pub fn load_text(l: State, text: &[u8], chunk_name: &[u8], mode: Option<&[u8]>) -> Result<bool> {
    if text.len() > MOST_TEXT || !compile::allows(mode, text) {
        return Ok(false);
    }
    let key = (string::hash_words(text), string::hash_words(chunk_name));
    let number = l.global().number.get();
    let mut guard = INDEX.lock();
    let index = guard.get_or_insert_default();
    let is_anothers = match index.get(&key) {
        Some(Entry::Compiling(outcome)) => {
            let outcome = Arc::clone(outcome);
            drop(guard);
            return push(l, outcome.wait(), text, chunk_name);
        }
        Some(Entry::Shared(hash, chunk)) => match chunk.upgrade() {
            Some(chunk) => {
                let shared = Some((*hash, chunk));
                drop(guard);
                return push(l, shared, text, chunk_name);
            }
            None => true,
        },
        Some(Entry::Seen(n)) => *n != number,
        None => {
            if index.len() >= MOST_ENTRIES {
                index.retain(|_, e| is_in_use(e));
            }
            if index.len() < MOST_ENTRIES {
                index.insert(key, Entry::Seen(number));
                l.global().has_seen_files.set(true);
            }
            false
        }
    };
    if !is_anothers || OPEN.load(Ordering::Relaxed) <= 1 {
        return Ok(false);
    }
    let outcome = Arc::new(Outcome::pending());
    index.insert(key, Entry::Compiling(Arc::clone(&outcome)));
    drop(guard);
    let shared = share(l, text, chunk_name, mode);
    let entry = match &shared {
        Some((hash, chunk)) => Entry::Shared(*hash, Arc::downgrade(chunk)),
        None => {
            l.global().has_seen_files.set(true);
            Entry::Seen(number)
        }
    };
    INDEX.lock().get_or_insert_default().insert(key, entry);
    outcome.finish(shared.clone());
    let Some((_, chunk)) = shared else { return Ok(false) };
    handles::push_closure(l, &chunk)?;
    Ok(true)
}

fn is_in_use(e: &Entry) -> bool {
    match e {
        Entry::Seen(_) => false,
        Entry::Compiling(_) => true,
        Entry::Shared(_, chunk) => chunk.strong_count() > 0,
    }
}

fn strong_hash(text: &[u8], chunk_name: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&chunk_name.len().to_le_bytes()).update(chunk_name).update(text);
    hasher.finalize()
}

/// Compiles a text into a shared chunk, if there is room for more and the text is right.
fn share(l: State, text: &[u8], chunk_name: &[u8], mode: Option<&[u8]>) -> Option<Shared> {
    if totals().1 >= MOST_SHARED {
        return None;
    }
    let chunk = compile::text(text, chunk_name, mode, l.c_depth()).ok()?;
    // VMs let go of it as soon as they do not use it.
    chunk.retire();
    Some((strong_hash(text, chunk_name), chunk))
}

/// Pushes the main function of a chunk that was found, if there is one and it is this text's.
fn push(l: State, shared: Option<Shared>, text: &[u8], chunk_name: &[u8]) -> Result<bool> {
    match shared {
        Some((hash, chunk)) if hash == strong_hash(text, chunk_name) => {
            handles::push_closure(l, &chunk)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Shared chunks that came to be unasked and are in use, and their bytes.
pub fn totals() -> (usize, usize) {
    let guard = INDEX.lock();
    let chunks = guard.iter().flat_map(|index| index.values()).filter_map(|e| match e {
        Entry::Shared(_, chunk) => chunk.upgrade(),
        _ => None,
    });
    chunks.fold((0, 0), |(n, bytes), chunk| (n + 1, bytes + chunk.bytes()))
}
