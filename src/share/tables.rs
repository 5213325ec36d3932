//! Shared strings and tables: what `lua_sharestring`, `lua_clonetable`, `lua_makeshared` and `lua_isshared` do. The contents of shared tables
//! are `heap::frozen`.

use super::handles;
use crate::gc;
use crate::heap::frozen;
use crate::heap::function::LuaClosure;
use crate::heap::object::{Gc, mark};
use crate::heap::state::{Global, State};
use crate::heap::table::Table;
use crate::throw::Result;
use crate::value::Value;
use core::ffi::c_void;

/// `lua_sharestring`: the value at an index must be a string. A table that is shared turns its strings into strings of the process by itself.
/// `[-0, +0, v]`
///
/// May: raise ("need a string to share").
pub fn share_string(l: State, index: i32) -> Result {
    if l.value_at(index).as_string().is_some() { Ok(()) } else { Err(l.error_fmt(format_args!("need a string to share"))) }
}

/// `lua_clonetable`: pushes the shared table with this address. `[-0, +1, v]`
///
/// May: raise ("Not a shared table"; memory), collect (emergency only).
pub fn clone_table(l: State, p: *const c_void) -> Result {
    let Some(segment) = frozen::segment_of(p.addr()) else {
        return Err(l.error_fmt(format_args!("Not a shared table")));
    };
    let g = l.global();
    g.shares.hold(g.mem(), &segment)?;
    // SAFETY: the address of a table that is shared, by a VM that is open as long as others use it (F3).
    l.push(unsafe { Gc::<Table>::from_ptr(core::ptr::NonNull::new_unchecked(p.cast_mut().cast())) });
    Ok(())
}

/// `lua_isshared`: whether this is the address of a shared table or function. It is not followed.
pub fn is_shared(p: *const c_void) -> bool {
    frozen::is_registered(p.addr())
}

/// VMs that hold tables which this one has shared.
pub fn holders(l: State) -> usize {
    l.global().shares.holders()
}

/// `lua_makeshared`: freezes the table, or marks the Lua function without upvalues, of this VM that has this address; whether it is shared
/// now. `[-0, +0, m]`
///
/// May: raise (memory), collect (emergency only).
pub fn make_shared(l: State, p: *const c_void) -> Result<bool> {
    if is_shared(p) {
        return Ok(true);
    }
    let g = l.global();
    let v = find(l, p.addr());
    if let Some(t) = v.and_then(Value::as_table) {
        freeze(g, t)
    } else if let Some(closure) = v.and_then(Value::as_lua_closure)
        && closure.upvalue_count() == 0
    {
        let code = handles::code(l, closure);
        frozen::mark_function(g, closure, code, |o| gc::freeze::new_root(g, o))?;
        handles::end_with_vm(closure);
        Ok(true)
    } else {
        Ok(false)
    }
}

/// The table or Lua function of this VM with this address. Mostly it lies on top of the stack.
fn find(l: State, address: usize) -> Option<Value> {
    let top = l.get_top().min(4);
    for i in 1..=top {
        let v = l.from_top(i as usize).get();
        if let Some(o) = v.object()
            && o.as_ptr().addr() == address
        {
            return Some(v);
        }
    }
    let o = l.global().space.find(address)?;
    let dead = o.mark.get() & (l.global().white() ^ mark::WHITES) != 0;
    // SAFETY: an object of the VM that is alive, of a kind that can be a value.
    unsafe {
        match o.tag {
            _ if dead => None,
            crate::value::Tag::TABLE => Some(o.cast::<Table>().into()),
            crate::value::Tag::LUA_CLOSURE => Some(o.cast::<LuaClosure>().into()),
            _ => None,
        }
    }
}

fn freeze(g: &Global, t: Gc<Table>) -> Result<bool> {
    // The VM itself writes to its registry.
    if t.header.is_shared() || t.metatable.get().is_some() || t == g.registry_table() || !gc::freeze::leave(g, t) {
        return Ok(false);
    }
    frozen::freeze(g, t, |o| gc::freeze::new_root(g, o))?;
    frozen::publish(g, t);
    Ok(true)
}
