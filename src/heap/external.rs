//! External strings (§4.6, `lua_pushexternalstring`): text in a host's memory, which the host is told when it is no longer in use.
//!
//! A long string refers to the host's text. A short one is a copy, since it has one address in the VM, and every VM knows its length where it
//! looks for the text. The host may go on using its own text meanwhile: so that is given back when the copy dies; or after the next collection, if
//! there was an equal string already, which may live for ever.

use super::mem::AllocFn;
use super::object::Gc;
use super::state::Global;
use super::string::{self, MAX_SHORT, Str};
use super::strings;
use crate::throw::Result;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::slice;

/// A text that is to be given back to its host. Lives in memory of the VM, linked from the global state.
pub struct External {
    next: *mut External,
    /// What keeps it in use; nothing, once the next collection has marked what lives.
    string: Option<Gc<Str>>,
    text: *mut c_void,
    /// Bytes, with the NUL.
    size: usize,
    free: AllocFn,
    ud: *mut c_void,
}

impl External {
    fn give_back_text(&self) {
        // SAFETY: the host gave the function for this, and this is the only call for this text.
        unsafe { (self.free)(self.ud, self.text, self.size, 0) };
    }
}

/// A string of the `len` bytes at `text`, after which a NUL follows. When they are not in use any more, `free(ud, text, len + 1, 0)` is
/// called, exactly once; also when this fails. Without `free` they stay for ever.
///
/// May: raise (memory), collect (emergency only).
///
/// # Safety
/// The text stays as it is until it is given back; `free` may be called at any time, while no code of the host's runs in this VM too.
#[doc(alias = "luaS_newextlstr")]
pub unsafe fn new(g: &Global, text: NonNull<u8>, len: usize, free: Option<AllocFn>, ud: *mut c_void) -> Result<Gc<Str>> {
    let Some(free) = free else {
        // SAFETY: the caller's.
        return Ok(unsafe { new_string(g, text, len) }?.0);
    };
    let entry = External { next: ptr::null_mut(), string: None, text: text.as_ptr().cast(), size: len + 1, free, ud };
    let place = match g.mem().obtain(size_of::<External>(), 0) {
        Ok(place) => place.cast::<External>(),
        Err(t) => {
            entry.give_back_text();
            return Err(t);
        }
    };
    // SAFETY: the caller's.
    let (s, is_new) = match unsafe { new_string(g, text, len) } {
        Ok(made) => made,
        Err(t) => {
            // SAFETY: the block just obtained.
            unsafe { g.mem().give_back(place.cast(), size_of::<External>()) };
            entry.give_back_text();
            return Err(t);
        }
    };
    g.mem().allocator().charge(size_of::<External>() as isize);
    // SAFETY: fresh memory of the right size.
    unsafe { place.write(External { next: g.externals.get(), string: is_new.then_some(s), ..entry }) };
    g.externals.set(place.as_ptr());
    Ok(s)
}

/// The string, and whether there was none like it.
///
/// # Safety
/// As for `new`.
unsafe fn new_string(g: &Global, text: NonNull<u8>, len: usize) -> Result<(Gc<Str>, bool)> {
    if len > MAX_SHORT {
        return Ok((string::new_external(g, text, len)?, true));
    }
    // SAFETY: the caller's.
    let text = unsafe { slice::from_raw_parts(text.as_ptr(), len) };
    let hash = string::hash_in_vm(text);
    match strings::find(g, text, hash) {
        Some(s) => Ok((s, false)),
        None => Ok((strings::intern_hashed(g, text, hash)?, true)),
    }
}

/// Gives back the texts that `unused` says are not in use, the youngest first: a library may be what gives back those that were made after it
/// was loaded (`package.loadlib`).
fn give_back(g: &Global, unused: impl Fn(&External) -> bool) {
    let mut kept = ptr::null_mut::<External>();
    let mut last = ptr::null_mut::<External>();
    let mut next = g.externals.replace(ptr::null_mut());
    while let Some(place) = NonNull::new(next) {
        // SAFETY: entries of the list are live, and nothing else refers to them.
        unsafe {
            let entry = place.as_ref();
            next = entry.next;
            if unused(entry) {
                entry.give_back_text();
                g.mem().give_back(place.cast(), size_of::<External>());
                continue;
            }
            (*place.as_ptr()).next = ptr::null_mut();
            if last.is_null() {
                kept = place.as_ptr();
            } else {
                (*last).next = place.as_ptr();
            }
            last = place.as_ptr();
        }
    }
    g.externals.set(kept);
}

/// Gives back the texts of strings that are dead: those that are white when all that lives is marked. What is dead is not read any more.
///
/// May: call the host's function.
pub fn give_back_dead(g: &Global) {
    give_back(g, |entry| entry.string.is_none_or(|s| s.erase().is_white()));
}

/// Gives back all texts: the state closes.
pub fn give_back_all(g: &Global) {
    give_back(g, |_| true);
}
