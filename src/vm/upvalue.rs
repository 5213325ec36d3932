//! Open upvalues: finding, making and closing them.
//!
//! Invariant: a thread's list is sorted by stack position, highest first, without duplicates; a thread with open upvalues
//! is in the VM's list of such threads (the collector looks at it again in the atomic phase).

use crate::gc;
use crate::heap::function::{OpenLinks, UpVal};
use crate::heap::object::{Gc, mark};
use crate::heap::state::{Slot, State};
use crate::throw::Result;
use core::ptr::NonNull;

/// The open upvalue for a slot, new or old. May: raise (memory), collect (emergency only).
#[doc(alias = "luaF_findupval")]
#[inline(always)]
pub fn find(l: State, level: Slot) -> Result<Gc<UpVal>> {
    let recent = &l.global().recent_upvalues;
    match recent.find(level.0) {
        Some(u) => Ok(u),
        None => find_listed(l, level).inspect(|u| recent.note(*u)),
    }
}

#[inline(never)]
fn find_listed(l: State, level: Slot) -> Result<Gc<UpVal>> {
    let g = l.global();
    // SAFETY: listed upvalues are alive and open; the list is searched anew where the allocation may have collected.
    unsafe {
        let mut link = place(l, level);
        if let Some(u) = NonNull::new(*link)
            && u.as_ref().slot() == level.0
        {
            return Ok(Gc::from_ptr(u));
        }
        let u = match Gc::<UpVal>::try_new_open(g, level.0) {
            Some(u) => u,
            None => {
                let u = Gc::<UpVal>::new_open(g, level.0)?;
                link = place(l, level);
                u
            }
        };
        let next = *link;
        u.links().write(OpenLinks { next, previous: link });
        *link = u.as_ptr();
        if let Some(n) = NonNull::new(next) {
            (*n.as_ref().links()).previous = &raw mut (*u.links()).next;
        }
        if !l.in_upvalue_list.get() {
            l.in_upvalue_list.set(true);
            l.next_with_upvalues.set(g.gc.threads_with_upvalues.get());
            g.gc.threads_with_upvalues.set(Some(l));
        }
        Ok(u)
    }
}

/// Where the open upvalue for a slot is listed, or would be: the link to the first one that is not above it.
#[inline(always)]
fn place(l: State, level: Slot) -> *mut *mut UpVal {
    let mut link = l.open_upvalues.as_ptr();
    // SAFETY: listed upvalues are alive and open.
    unsafe {
        while let Some(u) = NonNull::new(*link)
            && u.as_ref().is_above(level.0)
        {
            link = &raw mut (*u.as_ref().links()).next;
        }
    }
    link
}

/// Whether an upvalue is open at `level` or above.
#[inline(always)]
pub fn is_open(l: State, level: Slot) -> bool {
    // SAFETY: listed upvalues are alive and open.
    NonNull::new(l.open_upvalues.get()).is_some_and(|u| unsafe { u.as_ref() }.slot() >= level.0)
}

/// As `close`, for where there rarely is one.
#[cold]
#[inline(never)]
pub fn close_apart(l: State, level: Slot) {
    close(l, level);
}

/// Closes all upvalues at `level` and above.
#[doc(alias = "luaF_closeupval")]
#[inline]
pub fn close(l: State, level: Slot) {
    while let Some(p) = NonNull::new(l.open_upvalues.get()) {
        // SAFETY: listed upvalues are alive and open.
        let u: Gc<UpVal> = unsafe { Gc::from_ptr(p) };
        if u.slot() < level.0 {
            break;
        }
        u.unlink(l.global());
        let v = u.close();
        // A closed upvalue is never gray: the collector will not come back to it.
        let header = u.erase();
        if !header.is_white() {
            header.mark.set(header.mark.get() | mark::BLACK);
            gc::barrier(l.global(), u, v);
        }
    }
}
