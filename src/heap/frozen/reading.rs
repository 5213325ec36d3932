//! Shared tables as one VM sees them: what lies in a body becomes a value of the VM that reads it.

use super::body::Body;
use crate::heap::object::{Gc, mark};
use crate::heap::pool;
use crate::heap::state::Global;
use crate::heap::string::Str;
use crate::heap::strings::Listed;
use crate::heap::table::Table;
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::sync::atomic::{AtomicU8, Ordering};

/// Why something cannot be read.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// Memory.
    Throw(Throw),
    /// The value belongs to the VM that made the table and is not shared.
    NotShared(Tag),
    /// The key to go on from is not in the table.
    NoKey,
}

impl From<Throw> for Refusal {
    fn from(t: Throw) -> Refusal {
        Refusal::Throw(t)
    }
}

/// The VM's own address for a pooled short string, which is listed if it has none.
///
/// May: raise (memory), collect (emergency only).
fn adopt(g: &Global, s: Gc<Str>) -> Result<Gc<Str>> {
    if !pool::is_pooled(s) {
        return Ok(s);
    }
    g.strings.reserve(g.mem())?;
    Ok(match g.strings.list(s) {
        Listed::Now | Listed::Already => s,
        Listed::Other(own) => {
            g.revive(own);
            own
        }
    })
}

/// A value of a body as one of this VM.
fn import(g: &Global, body: &Body, v: Value) -> Result<Value, Refusal> {
    match v.tag {
        // SAFETY: the tag says so.
        Tag::SHORT_STRING => Ok(adopt(g, unsafe { v.object_as() })?.into()),
        tag if !tag.is_collectable() || tag == Tag::LONG_STRING => Ok(v),
        Tag::TABLE => {
            // SAFETY: the tag says so, and the mark is a byte of an object that the VM which made it keeps alive (F1).
            let t: Gc<Table> = unsafe { v.object_as() };
            // SAFETY: as above.
            let mark = unsafe { AtomicU8::from_ptr(t.header.mark.as_ptr()) }.load(Ordering::Acquire);
            if mark & mark::SHARED != 0 {
                if let Some(other) = t.body()
                    && other.segment != body.segment
                {
                    // SAFETY: the segment of a live shared table is alive.
                    g.shares.hold(g.mem(), unsafe { &*other.segment })?;
                }
                Ok(v)
            } else if g.shares.owns(body.segment) {
                Ok(v)
            } else {
                Err(Refusal::NotShared(v.tag))
            }
        }
        _ if g.shares.owns(body.segment) => Ok(v),
        Tag::LUA_CLOSURE => match g.shares.import(g, body.segment, v.address::<u8>().addr())? {
            Some(closure) => Ok(closure.into()),
            None => Err(Refusal::NotShared(v.tag)),
        },
        tag => Err(Refusal::NotShared(tag)),
    }
}

/// A key of this VM as bodies of the segment have it.
fn export(g: &Global, body: &Body, key: Value) -> Value {
    match key.as_lua_closure().and_then(|c| g.shares.imported_from(body.segment, c)) {
        Some(address) => Value { payload: address as u64, ..key },
        None => key,
    }
}

/// What a shared table has for a key; a nil variant when it has nothing.
///
/// May: raise (memory, not shared), collect (emergency only).
pub fn get(g: &Global, t: Gc<Table>, key: Value) -> Result<Value, Refusal> {
    let body = t.body().expect("a shared table");
    match body.position(export(g, body, key)) {
        Some(position) => import(g, body, body.value(position)),
        None => Ok(Value::ABSENT),
    }
}

/// The value after `key` (nil: the first) in the order of traversal. Its key is given to `anchor` before, which makes it reachable.
///
/// May: raise (memory, not shared, not a key), collect (emergency only).
pub fn next(g: &Global, t: Gc<Table>, key: Value, anchor: impl FnOnce(Value)) -> Result<Option<Value>, Refusal> {
    let body = t.body().expect("a shared table");
    let position = if key.is_nil() { 0 } else { body.position(export(g, body, key)).ok_or(Refusal::NoKey)? };
    let Some((key, value)) = body.after(position) else {
        return Ok(None);
    };
    anchor(import(g, body, key)?);
    import(g, body, value).map(Some)
}

/// A field of a metatable, which may be a shared table: what cannot be read is not there.
#[inline]
pub fn field(g: &Global, t: Gc<Table>, name: Gc<Str>) -> Value {
    let v = t.get_short_str(name);
    if v.is_nil() && t.header.is_shared() { field_slow(g, t, name) } else { v }
}

#[cold]
fn field_slow(g: &Global, t: Gc<Table>, name: Gc<Str>) -> Value {
    get(g, t, name.into()).unwrap_or(Value::ABSENT)
}

/// Reads what a shared table has as a metatable, so that later `field` finds it without need of memory.
///
/// May: raise (memory, not shared), collect (emergency only).
pub fn prepare_metatable(g: &Global, t: Gc<Table>) -> Result<(), Refusal> {
    let body = t.body().expect("a shared table");
    for i in 0..body.entry_count as usize {
        let e = body.entry(i);
        if e.key().as_string().is_some_and(|s| s.bytes().starts_with(b"__")) {
            import(g, body, e.value())?;
        }
    }
    Ok(())
}
