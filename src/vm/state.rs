//! Making and closing a state.

use super::call;
use crate::edition::{LUA_5_5, REGISTRY_GLOBALS, REGISTRY_LAST, REGISTRY_MAIN_THREAD};
use crate::gc;
use crate::heap::mem::{AllocFn, Allocator, is_in_reach};
use crate::heap::names;
use crate::heap::object::{Gc, Header, mark};
use crate::heap::state::{EXTRA_SPACE, Global, NOT_YIELDABLE, State, Thread};
use crate::heap::table::Table;
use crate::throw::Result;
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::{self, NonNull};

/// What one allocation holds: the main thread with the host's extra space before it, and the global state.
#[repr(C)]
struct MainBlock {
    _align: [u64; 1],
    extra: [u8; EXTRA_SPACE],
    thread: Thread,
    global: Global,
}

const _: () = assert!(core::mem::offset_of!(MainBlock, thread) % 16 == 0);

/// `lua_newstate` (§4.6): a state whose memory all comes from `function`; `None` when there is not enough.
///
/// # Safety
/// `function` follows the `lua_Alloc` protocol.
pub unsafe fn new_state(function: AllocFn, ud: *mut c_void) -> Option<State> {
    names::init();
    let size = size_of::<MainBlock>();
    // SAFETY: the protocol: a new block for a thread.
    let block = unsafe { function(ud, ptr::null_mut(), Tag::THREAD.base() as usize, size) }.cast::<MainBlock>();
    let block = NonNull::new(block)?.as_ptr();
    if !is_in_reach(block.cast(), size) {
        // SAFETY: obtained just now.
        unsafe { function(ud, block.cast(), size, 0) };
        return None;
    }
    // SAFETY: a fresh block of the right size and alignment.
    let l: State = unsafe {
        (&raw mut (*block).extra).write([0; EXTRA_SPACE]);
        (&raw mut (*block).global).write(Global::new(Allocator::new(function, ud)));
        let global = NonNull::new_unchecked(&raw mut (*block).global);
        let header = Header { tag: Tag::THREAD, mark: Cell::new(mark::WHITE0) };
        (&raw mut (*block).thread).write(Thread::empty(header, global));
        Gc::from_ptr(NonNull::new_unchecked(&raw mut (*block).thread))
    };
    let g = l.global();
    g.main.set(Some(l));
    g.allocator.adopt(size);
    l.c_calls.set(NOT_YIELDABLE);
    if fill(l).is_err() {
        free(l);
        return None;
    }
    Some(l)
}

/// The parts of a state that may fail.
fn fill(l: State) -> Result {
    let g = l.global();
    l.make_stack()?;
    let registry = Gc::<Table>::new(g)?;
    g.registry.set(registry.into());
    registry.resize(g, REGISTRY_LAST as usize, 0)?;
    if LUA_5_5 {
        // Where `luaL_ref` will have its list: false is no list yet, and no end of the array either.
        registry.set_integer(g, 1, Value::FALSE)?;
    }
    registry.set_integer(g, REGISTRY_MAIN_THREAD, l.into())?;
    let globals = Gc::<Table>::new(g)?;
    registry.set_integer(g, REGISTRY_GLOBALS, globals.into())?;
    registry.flags.set(0);
    g.gc.call_finalizer.set(Some(call_finalizer));
    // SAFETY of the hook: the allocator is the first field of `Global`.
    g.allocator.set_emergency(Some(gc::emergency));
    g.complete.set(true);
    Ok(())
}

/// `lua_close` (§4.6): closes pending variables, calls all finalizers, frees everything. `l` may be any thread.
///
/// May: run code.
pub fn close(l: State) {
    let main = l.global().main.get().expect("a state has a main thread");
    main.frame.set(main.frames.get());
    super::close::close_all(main, None);
    main.top.set(main.slot(1));
    main.handler.set(0);
    gc::close_all(main);
    free(main);
}

fn free(main: State) {
    let g = main.global();
    g.allocator.set_emergency(None);
    gc::free_all(g);
    main.free_stack();
    g.strings.free(g.mem());
    let block = main.as_ptr().cast::<u8>().wrapping_sub(core::mem::offset_of!(MainBlock, thread));
    let (function, ud) = g.allocator.function();
    // SAFETY: the block of `new_state`; nothing refers to it any more.
    unsafe { function(ud, block.cast(), size_of::<MainBlock>(), 0) };
}

/// Calls a finalizer; an error becomes a warning (§2.5.3).
fn call_finalizer(l: State, finalizer: Value, object: Value) {
    let allow_hook = l.allow_hook.replace(false);
    let frame = l.frame.get();
    frame.add_status(crate::heap::state::frame_status::FINALIZER);
    let level = l.index_of(l.top.get());
    l.push(finalizer);
    l.push(object);
    let status = super::protect::protected(l, level, 0, || call::call_no_yield(l, l.from_top(2), 0))
        .expect("finalizers do not close the coroutine that they run in");
    l.frame.get().remove_status(crate::heap::state::frame_status::FINALIZER);
    l.allow_hook.set(allow_hook);
    if status != 0 {
        super::warn::finalizer_error(l);
        l.top.set(l.slot(level));
    }
}
