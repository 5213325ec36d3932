//! What the collector does to the open upvalues of threads, and to dead threads.

use crate::heap::function::UpVal;
use crate::heap::object::Gc;
use crate::heap::state::{Slot, State};
use core::ptr::NonNull;

/// Calls `visit` for every open upvalue of a thread, which may unlink it.
pub fn for_each_open_upvalue(l: State, mut visit: impl FnMut(Gc<UpVal>)) {
    let mut next = NonNull::new(l.open_upvalues.get());
    while let Some(p) = next {
        // SAFETY: listed upvalues are live and open.
        unsafe {
            let u = Gc::from_ptr(p);
            next = NonNull::new((*u.links()).next);
            visit(u);
        }
    }
}

/// Closes all upvalues of a thread that is dead.
fn close_all_upvalues(l: State) {
    for_each_open_upvalue(l, |u| {
        u.unlink(l.global());
        let v = u.close();
        // It may be reached through closures; `remark_upvalues` has marked its value then.
        if u.erase().is_gray() {
            super::mark::set_black(u.erase());
            // It may have been set since, while the sweep makes it old.
            if l.global().gc.growth.aging.get() {
                super::barrier(l.global(), u, v);
            }
        }
    });
}

/// Gives back what belongs to a thread that is dead; upvalues that outlive it are closed.
#[doc(alias = "luaE_freethread")]
pub fn free_parts(l: State) {
    close_all_upvalues(l);
    l.free_stack();
    l.stack.set(Slot(core::ptr::null_mut()));
}
