//! Linking: making the code of a shared chunk usable in one VM, and letting go of it.
//!
//! Linking lists the chunk's short string constants in the VM's string table, so that from then on the VM finds them when it
//! makes equal ones: a short string keeps one address in the VM, and code is used where it lies. Where the VM already has an equal string of
//! its own, the functions that name it get a *variant*: a prototype of the VM's with constants (and nested functions) of its own
//! and everything else the chunk's.

use crate::heap::function::{LuaClosure, Proto, UpVal};
use crate::heap::mem::Buf;
use crate::heap::object::{Gc, GrayLink};
use crate::heap::pool;
use crate::heap::shared::{Link, Links, SharedChunk};
use crate::heap::state::Global;
use crate::heap::string::{self, MAX_SHORT, Str};
use crate::heap::strings::{self, Listed};
use crate::throw::Result;
use crate::value::{Tag, Value};
use std::collections::HashSet;
use std::sync::Arc;

/// A string of the chunk and the VM's own one with the same text.
type Conflict = (Gc<Str>, Gc<Str>);

/// The main function of a shared chunk for this VM, which links it if it has not yet.
///
/// May: raise (memory), collect (emergency only).
pub fn link(g: &Global, chunk: &Arc<SharedChunk>) -> Result<Gc<Proto>> {
    if let Some(i) = g.links.find(Arc::as_ptr(chunk)) {
        return Ok(g.links.links()[i].main);
    }
    g.mem().unanchored(|| {
        let mem = g.mem();
        g.links.list(mem).reserve(1)?;
        let mut conflicts: Buf<Conflict> = Buf::new(mem);
        let outcome = list_constants(g, chunk, &mut conflicts).and_then(|()| {
            if conflicts.is_empty() { Ok(chunk.main) } else { Ok(variant(g, chunk.main, &conflicts)?.unwrap_or(chunk.main)) }
        });
        match outcome {
            Ok(main) => {
                g.links.add(mem, Arc::clone(chunk), main)?;
                Ok(main)
            }
            Err(t) => {
                unlist(g, &chunk.constants);
                Err(t)
            }
        }
    })
}

/// A closure of the chunk's main function in this VM, its upvalues fresh and nil. Push it before the next allocation.
///
/// May: raise (memory), collect (emergency only).
pub fn closure(g: &Global, chunk: &Arc<SharedChunk>) -> Result<Gc<LuaClosure>> {
    g.mem().unanchored(|| {
        // Each time anew: the collection between two tries lets go of a retired chunk that has no closure yet.
        let closure = Gc::<LuaClosure>::new(g, link(g, chunk)?)?;
        for upvalue in closure.upvalues() {
            upvalue.set(Some(Gc::<UpVal>::new_closed(g)?));
        }
        Ok(closure)
    })
}

/// The short string with a text that is a name in the code of a host or library. If the process has it, that one is used: functions that are shared
/// name what hosts name, and where the VM had a string of its own they would need variants.
///
/// May: raise (memory), collect (emergency only).
pub fn name(g: &Global, text: &[u8]) -> Result<Gc<Str>> {
    if text.len() > MAX_SHORT {
        return string::new(g, text);
    }
    let hash = string::hash_bytes(text);
    if let Some(s) = strings::find(g, text, hash) {
        return Ok(s);
    }
    let Some(s) = pool::find(text, hash) else { return strings::intern_hashed(g, text, hash) };
    let room = g.mem().unanchored(|| {
        g.strings.reserve(g.mem())?;
        g.links.named(g.mem()).reserve(1)
    });
    if let Err(t) = room.and_then(|()| g.links.named(g.mem()).push(s)) {
        pool::release(s);
        return Err(t);
    }
    g.strings.insert(s);
    Ok(s)
}

fn list_constants(g: &Global, chunk: &SharedChunk, conflicts: &mut Buf<Conflict>) -> Result {
    for s in &chunk.constants {
        if s.is_short() {
            g.strings.reserve(g.mem())?;
            match g.strings.list(*s) {
                Listed::Now | Listed::Already => {}
                Listed::Other(own) => {
                    g.revive(own);
                    conflicts.push((*s, own))?;
                }
            }
        }
    }
    Ok(())
}

/// Takes strings out of the VM's table that nothing in the VM needs listed (L2).
fn unlist(g: &Global, strings: &[Gc<Str>]) {
    if strings.is_empty() {
        return;
    }
    let own = [g.links.held(g.mem()), g.links.named(g.mem())];
    let mut needed: HashSet<*mut Str> = own.into_iter().flat_map(|list| list.iter()).map(|s| s.as_ptr()).collect();
    for link in g.links.links() {
        needed.extend(link.chunk().constants.iter().map(|s| s.as_ptr()));
    }
    g.shares.for_each_string(|s| {
        needed.insert(s.as_ptr());
    });
    for s in strings {
        if s.is_short() && pool::is_pooled(*s) && !needed.contains(&s.as_ptr()) && g.strings.lists(*s) {
            g.strings.remove(s.as_ptr(), s.hash());
        }
    }
}

/// This VM's variant of a function that names conflicting strings, itself or in a nested function; `None` if it does not.
fn variant(g: &Global, proto: Gc<Proto>, conflicts: &[Conflict]) -> Result<Option<Gc<Proto>>> {
    let own = |v: &Value| {
        let s = v.as_string()?;
        conflicts.iter().find(|c| c.0 == s).map(|c| c.1)
    };
    let changes_constants = proto.constants().iter().any(|v| own(v).is_some());
    let mut nested: Buf<Gc<Proto>> = Buf::new(g.mem());
    let mut changes_nested = false;
    for child in proto.nested() {
        let mine = variant(g, *child, conflicts)?;
        changes_nested |= mine.is_some();
        nested.push(mine.unwrap_or(*child))?;
    }
    if !changes_constants && !changes_nested {
        return Ok(None);
    }
    let constants_len = if changes_constants { proto.constants().len() } else { 0 };
    let nested_len = if changes_nested { nested.len() } else { 0 };
    // ORDER arrays of a variant (`heap::function`).
    let constants_at = size_of::<Proto>();
    let nested_at = constants_at + constants_len * size_of::<Value>();
    let size = nested_at + nested_len * size_of::<Gc<Proto>>();
    let block = g.space.allocate(g, size, Tag::PROTO)?;
    // SAFETY: the block has room for the prototype and both arrays; what is not copied lies in the chunk, which stays linked.
    unsafe {
        let p = block.cast::<Proto>();
        p.as_ptr().write(Proto {
            header: g.new_header(Tag::PROTO),
            gray_next: GrayLink::none(),
            ..core::ptr::read(proto.as_ptr())
        });
        if changes_constants {
            let constants = block.add(constants_at).cast::<Value>();
            for (i, v) in proto.constants().iter().enumerate() {
                constants.add(i).write(own(v).map_or(*v, Value::from));
            }
            (*p.as_ptr()).constants = constants;
        }
        if changes_nested {
            let list = block.add(nested_at).cast::<Gc<Proto>>();
            core::ptr::copy_nonoverlapping(nested.as_ptr(), list.as_ptr(), nested.len());
            (*p.as_ptr()).nested = list;
        }
        Ok(Some(Gc::from_ptr(p)))
    }
}

/// After all reachable objects were visited with tracking on: lets go of retired chunks of which no function is in use, of segments of shared tables of
/// which no table is, and of held and named strings that are not. Strings of such chunks and segments that are still values stay, held one by one.
pub fn let_go_unused(g: &Global) {
    let mem = g.mem();
    let links = &g.links;
    let held_before: HashSet<*mut Str> = links.held(mem).iter().map(|s| s.as_ptr()).collect();
    // What loses a reason to be listed; the references are given up when it is not listed any more.
    let mut loose: Vec<Gc<Str>> = Vec::new();
    let mut gone: Vec<Link> = Vec::new();
    let mut i = 0;
    while i < links.links().len() {
        let link = links.links()[i];
        // A variant that was marked, because the chunk was not yet retired then, lives until the next collection, and refers to the chunk.
        let marked = !link.main.header.is_shared() && !link.main.header.is_white();
        if marked || links.is_used(&link) || !link.chunk().is_retired() || !hold_seen(g, &held_before, &link.chunk().constants) {
            i += 1;
            continue;
        }
        let list = links.list(mem);
        let last = list.len() - 1;
        list.swap(i, last);
        list.truncate(last);
        loose.extend(&link.chunk().constants);
        gone.push(link);
    }
    let segments = g.shares.take_unused(|segment| {
        let mut strings = Vec::new();
        segment.for_each_string(|s| strings.push(s));
        let done = hold_seen(g, &held_before, &strings);
        if done {
            loose.append(&mut strings);
        }
        done
    });
    let released = links.take_unseen(mem);
    loose.extend(&released);
    unlist(g, &loose);
    gone.into_iter().for_each(Links::let_go);
    released.into_iter().for_each(pool::release);
    drop(segments);
    links.end_tracking();
}

/// Takes references on those strings that are values of the VM and not held yet; `false` when memory is short.
fn hold_seen(g: &Global, held_before: &HashSet<*mut Str>, strings: &[Gc<Str>]) -> bool {
    let seen = || strings.iter().filter(|s| g.links.was_seen(**s) && !held_before.contains(&s.as_ptr()));
    let held = g.links.held(g.mem());
    if held.reserve(seen().count()).is_err() {
        return false;
    }
    for s in seen().filter(|s| pool::is_pooled(**s)) {
        // A string of two of them is held twice, which is as good as once.
        pool::retain(*s);
        if held.push(*s).is_err() {
            pool::release(*s);
            return false;
        }
    }
    true
}

/// Whether a function lies in shared code, or is a VM's variant of some.
pub fn is_shared(proto: Gc<Proto>) -> bool {
    !proto.chunk.is_null()
}
