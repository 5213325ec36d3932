//! Open upvalues: finding, making and closing them.
//!
//! Invariant: a thread's list is sorted by stack position, highest first, without duplicates; a thread with open upvalues
//! is in the VM's list of such threads (the collector looks at it again in the atomic phase).

use crate::gc;
use crate::heap::function::{OpenLinks, UpVal};
use crate::heap::object::{Gc, mark};
use crate::heap::state::{Slot, State};
use crate::throw::Result;
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ptr::NonNull;

/// The open upvalue for a slot, new or old. May: raise (memory), collect (emergency only).
#[doc(alias = "luaF_findupval")]
pub fn find(l: State, level: Slot) -> Result<Gc<UpVal>> {
    let g = l.global();
    if let Some(u) = listed(l, level) {
        return Ok(u);
    }
    let block = g.space.allocate(g, size_of::<UpVal>(), Tag::UPVALUE)?.cast::<UpVal>();
    // SAFETY: fresh memory of the right size; the list is searched anew, since the allocation may have collected.
    unsafe {
        block.as_ptr().write(UpVal {
            header: g.new_header(Tag::UPVALUE),
            slot: Cell::new(level.0),
            closed: Cell::new(Value::NIL),
        });
        let u = Gc::from_ptr(block);
        let mut link = l.open_upvalues.as_ptr();
        while let Some(o) = NonNull::new(*link) {
            if o.as_ref().slot.get() < level.0 {
                break;
            }
            link = &raw mut (*o.as_ref().links()).next;
        }
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

/// The open upvalue for a slot, if there is one.
fn listed(l: State, level: Slot) -> Option<Gc<UpVal>> {
    let mut p = l.open_upvalues.get();
    while let Some(u) = NonNull::new(p) {
        // SAFETY: listed upvalues are alive and open.
        unsafe {
            let slot = u.as_ref().slot.get();
            if slot <= level.0 {
                return if slot == level.0 { Some(Gc::from_ptr(u)) } else { None };
            }
            p = (*u.as_ref().links()).next;
        }
    }
    None
}

/// Takes an open upvalue out of its thread's list (it is being closed, or the collector frees it).
#[doc(alias = "luaF_unlinkupval")]
pub fn unlink(u: Gc<UpVal>) {
    // SAFETY: the links of an open upvalue point to live neighbours.
    unsafe {
        let OpenLinks { next, previous } = *u.links();
        *previous = next;
        if let Some(n) = NonNull::new(next) {
            (*n.as_ref().links()).previous = previous;
        }
    }
}

/// Closes all upvalues at `level` and above.
#[doc(alias = "luaF_closeupval")]
#[inline]
pub fn close(l: State, level: Slot) {
    while let Some(p) = NonNull::new(l.open_upvalues.get()) {
        // SAFETY: listed upvalues are alive and open.
        let u: Gc<UpVal> = unsafe { Gc::from_ptr(p) };
        if u.slot.get() < level.0 {
            break;
        }
        unlink(u);
        let v = u.get();
        u.closed.set(v);
        u.slot.set(u.closed.as_ptr());
        // A closed upvalue is never gray: the collector will not come back to it.
        if !u.header.is_white() {
            u.header.mark.set(u.header.mark.get() | mark::BLACK);
            gc::barrier(l.global(), u, v);
        }
    }
}
