//! From the C face of a standard function back to the function.
//!
//! A host that takes `print` apart with `lua_tocfunction` and pushes the address again gets `print`, not a C function
//! that happens to do the same. The process remembers each face that was ever handed out; most hosts never ask for one.

use crate::heap::function::{CFunction, Native};
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// More than twice the number of standard functions.
const SLOTS: usize = 512;

/// Open addressing by the face's address; entries are only added.
static HANDED_OUT: [AtomicPtr<Native>; SLOTS] = [const { AtomicPtr::new(ptr::null_mut()) }; SLOTS];
/// Lowest and highest address in the table.
static LOWEST: AtomicUsize = AtomicUsize::new(usize::MAX);
static HIGHEST: AtomicUsize = AtomicUsize::new(0);

fn slots(address: usize) -> impl Iterator<Item = &'static AtomicPtr<Native>> {
    let start = (address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    (0..SLOTS).map(move |i| &HANDED_OUT[(start as usize + i) % SLOTS])
}

/// The face of a standard function, which is remembered.
#[inline]
pub fn face_of(native: &'static Native) -> CFunction {
    // Most are asked for again and again. Who sees that one was handed out sees its entry, too.
    if native.handed_out.load(Ordering::Acquire) { native.face } else { remember(native) }
}

/// Remembers the face of a standard function, and gives it.
#[cold]
#[inline(never)]
fn remember(native: &'static Native) -> CFunction {
    let address = native.face as usize;
    // Before the mark is set, and by whoever sets it: who sees the mark looks at the bounds without asking for order.
    LOWEST.fetch_min(address, Ordering::Relaxed);
    HIGHEST.fetch_max(address, Ordering::Relaxed);
    for slot in slots(address) {
        let new = ptr::from_ref(native).cast_mut();
        match slot.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => break,
            Err(there) if there == new => break,
            Err(_) => {}
        }
    }
    native.handed_out.store(true, Ordering::Release);
    native.face
}

/// The standard function that was handed out with this face.
#[inline(always)]
pub fn native_of(face: CFunction) -> Option<&'static Native> {
    let address = face as usize;
    if address < LOWEST.load(Ordering::Relaxed) || address > HIGHEST.load(Ordering::Relaxed) {
        return None;
    }
    find(address)
}

#[cold]
fn find(address: usize) -> Option<&'static Native> {
    for slot in slots(address) {
        // SAFETY: entries are null or addresses of static descriptors.
        let native: &'static Native = unsafe { slot.load(Ordering::Acquire).as_ref() }?;
        if native.face as usize == address {
            return Some(native);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native;

    fn nothing(_: crate::heap::state::State) -> crate::throw::Result<u32> {
        Ok(0)
    }

    native!(HANDED = "handed", nothing);
    native!(KEPT = "kept", nothing);

    #[test]
    fn a_face_leads_back_once_it_was_handed_out() {
        assert!(native_of(KEPT.face).is_none());
        let face = face_of(&HANDED);
        face_of(&HANDED);
        assert!(native_of(face).is_some_and(|n| ptr::eq(n, &raw const HANDED)));
        assert!(native_of(KEPT.face).is_none());
    }
}
