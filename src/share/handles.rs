//! Shared functions by handle: `lua_sharefunction` and `lua_clonefunction`.
//!
//! A handle is the address of the closure that was shared (`lua_topointer`), as skynet has it. The process keeps the code by that
//! address, so a handle outlives the VM that made it, and an address that is none is refused instead of followed.

use crate::chunk::publish;
use crate::gc;
use crate::heap::frozen;
use crate::heap::function::{LuaClosure, Proto};
use crate::heap::link;
use crate::heap::object::Gc;
use crate::heap::shared::SharedChunk;
use crate::heap::state::State;
use crate::throw::Result;
use core::ffi::c_void;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

static HANDLES: Mutex<Option<HashMap<usize, Arc<SharedChunk>>>> = Mutex::new(None);

/// What was made of functions within shared chunks, which are immutable and cannot remember it themselves: by the prototype's address.
static NESTED: Mutex<Option<NestedFunctions>> = Mutex::new(None);

#[derive(Default)]
struct NestedFunctions {
    map: HashMap<usize, Nested>,
    /// Entries that the last sweep left.
    swept: usize,
}

impl NestedFunctions {
    /// Fewer entries are not swept.
    const MIN_SWEPT: usize = 16;

    /// Adds a function. Those whose chunks are gone are swept out when there are twice as many as after the last sweep: the time
    /// for it, in proportion to the additions, is the same however many there are.
    fn insert(&mut self, address: usize, function: Nested) {
        if self.map.len() >= 2 * self.swept.max(Self::MIN_SWEPT) {
            self.map.retain(|_, n| n.home.strong_count() > 0 && n.own.strong_count() > 0);
            self.swept = self.map.len();
        }
        self.map.insert(address, function);
    }
}

struct Nested {
    /// The chunk that the function lies in. While this is here, no other chunk is at its address.
    home: Weak<SharedChunk>,
    /// The chunk of which it is the main function.
    own: Weak<SharedChunk>,
}

/// Shares the code of the Lua function at an index (`lua_sharefunction`); its address becomes a handle. Doing it again changes
/// nothing. `[-0, +0, v]`
///
/// May: raise ("Only Lua function can share").
pub fn share_function(l: State, index: i32) -> Result {
    let v = l.value_at(index);
    let Some(closure) = v.as_lua_closure() else {
        return Err(l.error_fmt(format_args!("Only Lua function can share")));
    };
    if frozen::code(l.global(), closure).is_some() {
        // A function for shared tables (`tables::make_shared`): its handle lives as long as they do.
        return Ok(());
    }
    let chunk = code(l, closure);
    let before = HANDLES.lock().get_or_insert_default().insert(closure.as_ptr().addr(), Arc::clone(&chunk));
    if let Some(before) = before
        && !Arc::ptr_eq(&before, &chunk)
    {
        // No handle leads to it any more: those who have it let go of it when they can.
        before.retire();
    }
    Ok(())
}

/// The code of a function as a chunk of the process: the one that was made of it before, or a new one.
pub fn code(l: State, closure: Gc<LuaClosure>) -> Arc<SharedChunk> {
    let proto = closure.proto.get();
    let address = closure.as_ptr().addr();
    // Another closure, and another prototype, may have been at these addresses; the prototype itself knows.
    if let Some(chunk) = HANDLES.lock().get_or_insert_default().get(&address)
        && Arc::as_ptr(chunk) == proto.published.get().cast_const()
    {
        return Arc::clone(chunk);
    }
    if let Some(chunk) = frozen::code(l.global(), closure).or_else(|| existing(l, proto)) {
        return chunk;
    }
    if proto.header.is_shared() {
        return nested(proto);
    }
    let chunk = publish::publish(proto);
    proto.published.set(Arc::as_ptr(&chunk).cast_mut());
    chunk
}

/// As `code`, for a function within a shared chunk.
fn nested(proto: Gc<Proto>) -> Arc<SharedChunk> {
    let address = proto.as_ptr().addr();
    let known = || {
        let guard = NESTED.lock();
        let found = guard.as_ref()?.map.get(&address).filter(|n| n.home.as_ptr() == proto.chunk)?;
        found.own.upgrade().filter(|chunk| !chunk.is_retired())
    };
    if let Some(chunk) = known() {
        return chunk;
    }
    let chunk = publish::publish(proto);
    let home = Arc::downgrade(&reference(proto.chunk));
    let own = Arc::downgrade(&chunk);
    NESTED.lock().get_or_insert_default().insert(address, Nested { home, own });
    chunk
}

/// One more reference on a chunk that a VM has linked.
fn reference(chunk: *const SharedChunk) -> Arc<SharedChunk> {
    // SAFETY: the VM has a reference on what it links; this makes one more.
    unsafe {
        Arc::increment_strong_count(chunk);
        Arc::from_raw(chunk)
    }
}

/// A function is marked for shared tables: its address, which may have been a handle, is one as long as its VM is open, and no longer.
pub fn end_with_vm(closure: Gc<LuaClosure>) {
    HANDLES.lock().get_or_insert_default().remove(&closure.as_ptr().addr());
}

/// The chunk of which a function is the main function in this VM.
fn existing(l: State, proto: Gc<Proto>) -> Option<Arc<SharedChunk>> {
    let i = l.global().links.find(proto.chunk)?;
    let link = l.global().links.links()[i];
    (link.main == proto).then(|| reference(link.chunk.as_ptr()))
}

/// Pushes a new closure of the shared function with this handle (`lua_clonefunction`): fresh upvalues, of which the first
/// is the table of globals. `[-0, +1, m]`
///
/// May: raise (not a handle; memory), collect (emergency only).
pub fn clone_function(l: State, handle: *const c_void) -> Result {
    let lasting = || HANDLES.lock().as_ref().and_then(|h| h.get(&handle.addr()).cloned());
    match frozen::function_code(handle.addr()).or_else(lasting) {
        Some(chunk) => push_closure(l, &chunk),
        None => Err(l.error_fmt(format_args!("Not a shared function"))),
    }
}

/// Pushes a closure of a shared chunk's main function, whose first upvalue is the table of globals.
///
/// May: raise (memory), collect (emergency only).
pub fn push_closure(l: State, chunk: &Arc<SharedChunk>) -> Result {
    let closure = link::closure(l.global(), chunk)?;
    l.push(closure);
    if closure.upvalue_count() > 0 {
        let u = closure.upvalue(0);
        let globals = l.globals();
        u.set(globals);
        gc::barrier(l.global(), u, globals);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::testing::{compile, with_mem};
    use crate::chunk::view::DraftView;
    use crate::heap::state::OK;
    use crate::heap::testing::{Host, allocate};
    use crate::vm::state;

    fn new_state(host: &Host) -> State {
        // SAFETY: the function follows the protocol; the host outlives the state.
        unsafe { state::new_state(allocate, host.ud()) }.expect("there is memory")
    }

    #[test]
    fn a_function_in_the_place_of_one_shared_before_is_shared_anew() {
        for n in 0..8 {
            let host = Host::default();
            let owner = new_state(&host);
            assert_eq!(owner.load_buffer(format!("return {n}").as_bytes(), b"=test", None), OK);
            share_function(owner, -1).expect("a Lua function");
            share_function(owner, -1).expect("again changes nothing");
            let handle = owner.to_pointer(-1);
            state::close(owner);
            let user = new_state(&host);
            clone_function(user, handle).expect("a handle");
            user.call(0, 1).expect("the call succeeds");
            assert_eq!(user.to_integer(-1), Some(n));
            state::close(user);
            host.assert_empty();
        }
    }

    #[test]
    fn a_function_within_a_shared_chunk_is_published_once() {
        let host = Host::default();
        let owner = new_state(&host);
        let text = b"local function f() return 7 end return f, function() return 8 end";
        assert_eq!(owner.load_buffer(text, b"=test", None), OK);
        share_function(owner, -1).expect("a Lua function");
        let handle = owner.to_pointer(-1);
        let user = new_state(&host);
        let functions = || {
            clone_function(user, handle).expect("a handle");
            user.call(0, 2).expect("the call succeeds");
            [-2, -1].map(|i| user.value_at(i).as_lua_closure().expect("a function"))
        };
        let [f, other] = functions();
        let chunk = code(user, f);
        assert!(Arc::ptr_eq(&chunk, &code(user, f)), "the same function");
        assert!(!Arc::ptr_eq(&chunk, &code(user, other)), "another function");
        let [again, _] = functions();
        assert!(Arc::ptr_eq(&chunk, &code(user, again)), "another closure of the same function");
        drop(chunk);
        share_function(user, -4).expect("a Lua function");
        state::close(owner);
        clone_function(user, f.as_ptr().cast()).expect("a handle");
        user.call(0, 1).expect("the call succeeds");
        assert_eq!(user.to_integer(-1), Some(7));
        state::close(user);
        host.assert_empty();
    }

    /// A variant counts as what it takes of the VM's memory, and collecting it gives exactly that back.
    #[test]
    fn a_variant_is_as_large_as_what_it_does_not_share() {
        let text = b"local function other(...) local a, b = ... return a, b, 'another text' end
            local function f(t) return t['a text of its own'] end return f, other";
        let host = Host::default();
        let (owner, user) = (new_state(&host), new_state(&host));
        assert_eq!(owner.load_buffer(text, b"=test", None), OK);
        share_function(owner, -1).expect("a Lua function");
        let chunk = code(owner, owner.value_at(-1).as_lua_closure().expect("a function"));
        chunk.retire();
        user.push_bytes(b"a text of its own").expect("there is memory");
        let mut in_use = Vec::new();
        for _ in 0..4 {
            push_closure(user, &chunk).expect("there is memory");
            let main = user.value_at(-1).as_lua_closure().expect("a function").proto.get();
            let [f, other] = [1, 0].map(|i| main.nested()[i]);
            assert!(!main.header.is_shared() && !f.header.is_shared() && other.header.is_shared());
            assert_eq!(main.size(), size_of::<Proto>() + size_of_val(main.nested()));
            assert_eq!(f.size(), size_of::<Proto>() + size_of_val(f.constants()));
            user.pop(1);
            // What was made while the chunk was marked lives until the next collection.
            (0..2).for_each(|_| gc::full(user, false));
            assert!(user.global().links.links().is_empty(), "the chunk is let go");
            in_use.push((user.global().allocator.in_use(), user.global().allocator.held()));
        }
        assert!(in_use[1..].iter().all(|after| *after == in_use[1]), "{in_use:?}");
        drop(chunk);
        state::close(user);
        state::close(owner);
        host.assert_empty();
    }

    #[test]
    fn nested_functions_are_swept_when_they_have_doubled() {
        with_mem(|mem| {
            let draft = compile(mem, "return 1");
            let chunk = || publish::publish(DraftView::main(&draft));
            let (kept, passing) = (chunk(), chunk());
            let mut functions = NestedFunctions::default();
            let mut sweeps = Vec::new();
            for address in 0..10_000 {
                let own = if address < 5_000 { &kept } else { &passing };
                let before = functions.swept;
                functions.insert(address, Nested { home: Arc::downgrade(&kept), own: Arc::downgrade(own) });
                if functions.swept != before {
                    sweeps.push(address);
                }
            }
            assert!(sweeps.len() < 12, "{sweeps:?}");
            assert_eq!(functions.map.len(), 10_000, "chunks that are in use stay");
            drop(passing);
            for address in 10_000..20_000 {
                functions.insert(address, Nested { home: Arc::downgrade(&kept), own: Arc::downgrade(&kept) });
            }
            assert_eq!(functions.map.len(), 15_000, "those that are gone go");
            assert!(functions.map.contains_key(&4_999) && !functions.map.contains_key(&5_000));
        });
    }
}
