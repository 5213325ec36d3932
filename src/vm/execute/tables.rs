//! Making, reading and writing tables.

use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::metamethods::{self, Results};
use crate::bytecode::{Instruction, MAX_LIST_C};
use crate::edition::LUA_5_5;
use crate::gc;
use crate::heap::object::Gc;
use crate::heap::state::{Slot, State};
use crate::heap::table::{Place, Table};
use crate::throw::Result;
use crate::value::{Tag, Value};
use crate::vm::call::Mode;
use crate::vm::error::{self, Operand};
use crate::vm::meta::Event;
use crate::vm::{index, meta, shared};

/// Where a lookup found a value.
#[inline(always)]
fn present(place: Option<Place>) -> Option<Place> {
    place.filter(|p| !p.get().is_nil())
}

/// Where `t[k] = value` simply overwrites, so that no metamethod is involved.
#[inline(always)]
fn writable(t: Gc<Table>, place: Option<Place>) -> Option<Place> {
    place.filter(|p| !p.get().is_nil() && t.is_writable())
}

/// As `writable`, for integers as keys (which lent entries do not have), whose places also take a first value when there is no
/// metatable to ask.
#[inline(always)]
fn fillable(t: Gc<Table>, place: Option<Place>) -> Option<Place> {
    place.filter(|p| !p.get().is_nil() || t.metatable.get().is_none())
}

/// Stores RK(C) in a place of R[A], which is a table.
#[inline(always)]
fn write(m: Machine, place: Place) -> Outcome {
    let value = m.rk_c(m.again());
    place.set(value);
    if value.tag.is_collectable() {
        // SAFETY: the caller's.
        let t: Gc<Table> = unsafe { m.a(m.again()).get().object_as() };
        if gc::is_barrier_due(t, value) {
            return m.go(table_barrier, m.again());
        }
    }
    m.next()
}

/// Where a register is, for messages.
#[inline(always)]
fn operand(m: Machine, register: usize) -> Operand {
    Operand::Register(m.l.index_of(m.register(register)))
}

/// The key of `SELF`.
#[inline(always)]
fn method_name(m: Machine, i: Instruction) -> Value {
    if LUA_5_5 { m.constant(i.c()) } else { m.rk_c(i) }
}

/// What fast paths have not found.
#[inline(always)]
fn get_slow(m: Machine, i: Instruction, object: Value, key: Value, operand: Operand) -> Outcome {
    if object.as_table().is_some_and(|t| t.is_plain()) {
        return m.give(i, Value::NIL);
    }
    if let Some(mt) = metamethods::metatable(object) {
        let handler = mt.get_short_str(Event::Index.name());
        if handler.is_function() {
            return metamethods::call(m, i, handler, [object, key], Results::One);
        }
        if let Some(t) = handler.as_table() {
            let v = t.get(key);
            if !v.is_nil() {
                return m.give(i, v);
            }
        }
    }
    m.save();
    let value = attempt!(index::get_slow(m.l, object, key, operand, Mode::Instruction));
    m.finish(i.a(), value)
}

#[inline(always)]
fn set_slow(mut m: Machine, object: Value, key: Value, value: Value, operand: Operand) -> Outcome {
    if let Some(f) = metamethods::of(object, Event::NewIndex)
        && object.as_table().is_none_or(|t| present(t.find(key)).is_none())
    {
        return metamethods::call(m, m.again(), f, [object, key, value], Results::None);
    }
    m.save();
    if !attempt!(index::set_slow(m.l, object, key, value, operand, Mode::Instruction)) {
        return Machine::enter(m.l);
    }
    m.reload();
    m.resume()
}

handlers! {
    fn get_global(m, i) {
        if let Some(t) = m.closure().upvalue(i.b()).get().as_table() {
            let v = t.get_short_str(m.key(i.c()));
            if !v.is_nil() {
                return m.give(m.again(), v);
            }
        }
        m.go(get_inherited_global, m.again())
    }

    /// A field that the table in an upvalue does not have itself, or one of a string.
    #[inline(never)]
    fn get_inherited_global(m, i) {
        let object = m.closure().upvalue(i.b()).get();
        let v = match object.as_table() {
            Some(t) => index::inherited(t, m.key(i.c())),
            None if object.is_string() => meta::string_method(m.l.global(), m.key(i.c())),
            None => Value::ABSENT,
        };
        if v.is_nil() && v.tag != Tag::NIL {
            return m.go(get_global_slow, i);
        }
        m.give(i, v)
    }

    #[cold]
    #[inline(never)]
    fn get_global_slow(m, i) {
        let object = m.closure().upvalue(i.b()).get();
        get_slow(m, i, object, m.key(i.c()).into(), Operand::Upvalue(i.b() as u32))
    }

    fn get_indexed(m, i) {
        let key = m.register(i.c());
        if let Some(t) = m.b(i).as_table()
            && key.tag() == Tag::INTEGER
            && let Some(place) = present(t.find_in_array(key.payload() as i64))
        {
            return m.give(m.again(), place.get());
        }
        m.go(get_hashed, m.again())
    }

    /// What is not in an array part.
    #[inline(never)]
    fn get_hashed(m, i) {
        let key = m.c(i);
        if let Some(t) = m.b(i).as_table() {
            let place = match key.tag {
                Tag::INTEGER => t.find_hashed_integer(key.integer_payload()),
                // SAFETY: the tag says so.
                Tag::SHORT_STRING => t.find_short_str(unsafe { key.object_as() }),
                _ => return m.go(get_by_value, i),
            };
            if let Some(place) = present(place) {
                return m.give(i, place.get());
            }
        }
        m.go(get_slow_by_value, i)
    }

    /// Floats, booleans and objects as keys.
    #[inline(never)]
    fn get_by_value(m, i) {
        let key = m.c(i);
        if key.tag == Tag::LONG_STRING {
            return m.go(get_by_text, i);
        }
        if let Some(t) = m.b(i).as_table()
            && let Some(place) = present(t.find_other(key))
        {
            return m.give(m.again(), place.get());
        }
        m.go(get_slow_by_value, m.again())
    }

    #[inline(never)]
    fn get_by_text(m, i) {
        if let Some(t) = m.b(i).as_table() {
            let v = t.get(m.c(i));
            if !v.is_nil() {
                return m.give(i, v);
            }
        }
        m.go(get_slow_by_value, i)
    }

    #[inline(never)]
    fn get_slow_by_value(m, i) {
        get_slow(m, i, m.b(i), m.c(i), operand(m, i.b()))
    }

    fn get_integer(m, i) {
        if let Some(t) = m.b(i).as_table()
            && let Some(place) = present(t.find_in_array(i.c() as i64))
        {
            return m.give(i, place.get());
        }
        m.go(get_integer_slow, i)
    }

    #[inline(never)]
    fn get_integer_slow(m, i) {
        if let Some(t) = m.b(i).as_table() {
            let v = t.get_integer(i.c() as i64);
            if !v.is_nil() {
                return m.give(i, v);
            }
        }
        get_slow(m, i, m.b(i), Value::integer(i.c() as i64), operand(m, i.b()))
    }

    fn get_field(m, i) {
        if let Some(t) = m.b(i).as_table() {
            let v = t.get_short_str(m.key(i.c()));
            if !v.is_nil() {
                return m.give(m.again(), v);
            }
            return m.go(get_inherited, m.again());
        }
        m.go(get_field_of_string, m.again())
    }

    #[inline(never)]
    fn get_field_of_string(m, i) {
        if m.b(i).is_string() {
            let v = meta::string_method(m.l.global(), m.key(i.c()));
            if !v.is_nil() {
                return m.give(i, v);
            }
        }
        m.go(get_field_slow, i)
    }

    /// A field that the table at hand does not have itself.
    #[inline(never)]
    fn get_inherited(m, i) {
        if let Some(t) = m.b(i).as_table() {
            let v = index::inherited(t, m.key(i.c()));
            if v.tag != Tag::ABSENT {
                return m.give(i, v);
            }
        }
        m.go(get_field_slow, i)
    }

    #[inline(never)]
    fn get_field_slow(m, i) {
        get_slow(m, i, m.b(i), m.key(i.c()).into(), operand(m, i.b()))
    }

    fn get_method(m, i) {
        let object = m.b(i);
        let Some(t) = object.as_table() else {
            return m.go(get_string_method, i);
        };
        if let Some(s) = method_name(m, i).as_string()
            && s.is_short()
        {
            let v = t.get_short_str(s);
            if !v.is_nil() {
                let i = m.again();
                m.a(i).at(1).set(object);
                return m.give(i, v);
            }
        }
        m.go(get_inherited_method, m.again())
    }

    #[inline(never)]
    fn get_string_method(m, i) {
        let object = m.b(i);
        if object.is_string()
            && let Some(s) = method_name(m, i).as_string()
            && s.is_short()
        {
            let v = meta::string_method(m.l.global(), s);
            if !v.is_nil() {
                m.a(i).at(1).set(object);
                return m.give(i, v);
            }
        }
        m.go(get_method_slow, i)
    }

    /// A method that the table at hand does not have itself, or whose name is long.
    #[inline(never)]
    fn get_inherited_method(m, i) {
        let object = m.b(i);
        if let Some(t) = object.as_table()
            && let Some(s) = method_name(m, i).as_string()
        {
            let v = if s.is_short() { index::inherited(t, s) } else { t.get_str(s) };
            if v.tag != Tag::ABSENT && (s.is_short() || !v.is_nil()) {
                m.a(i).at(1).set(object);
                return m.give(i, v);
            }
        }
        m.go(get_method_slow, i)
    }

    #[cold]
    #[inline(never)]
    fn get_method_slow(m, i) {
        let (object, key, operand) = (m.b(i), method_name(m, i), operand(m, i.b()));
        m.a(i).at(1).set(object);
        get_slow(m, i, object, key, operand)
    }

    fn set_global(m, i) {
        if let Some(t) = m.closure().upvalue(i.a()).get().as_table()
            && let Some(place) = writable(t, t.find_short_str(m.key(i.b())))
        {
            let value = m.rk_c(i);
            place.set(value);
            return if gc::is_barrier_due(t, value) { m.go(global_barrier, i) } else { m.next() };
        }
        m.go(set_global_slow, i)
    }

    #[cold]
    #[inline(never)]
    fn set_global_slow(m, i) {
        let object = m.closure().upvalue(i.a()).get();
        set_slow(m, object, m.key(i.b()).into(), m.rk_c(i), Operand::Upvalue(i.a() as u32))
    }

    #[cold]
    #[inline(never)]
    fn global_barrier(m, i) {
        if let Some(t) = m.closure().upvalue(i.a()).get().as_table() {
            gc::barrier_back(m.l.global(), t, m.rk_c(i));
        }
        m.next()
    }

    fn set_indexed(m, i) {
        let key = m.register(i.b());
        if let Some(t) = m.a(i).get().as_table()
            && key.tag() == Tag::INTEGER
            && let Some(place) = fillable(t, t.find_in_array(key.payload() as i64))
        {
            return write(m, place);
        }
        m.go(set_hashed, m.again())
    }

    /// What does not go into an array part.
    #[inline(never)]
    fn set_hashed(m, i) {
        let key = m.b(i);
        if let Some(t) = m.a(i).get().as_table() {
            let place = match key.tag {
                Tag::INTEGER => fillable(t, t.find_hashed_integer(key.integer_payload())),
                // SAFETY: the tag says so.
                Tag::SHORT_STRING => writable(t, t.find_short_str(unsafe { key.object_as() })),
                _ => return m.go(set_by_value, i),
            };
            if let Some(place) = place {
                return write(m, place);
            }
        }
        m.go(set_new, i)
    }

    /// A key without a value.
    #[inline(never)]
    fn set_new(m, i) {
        if let Some(t) = m.a(i).get().as_table() {
            let key = m.b(i);
            if matches!(key.tag, Tag::INTEGER | Tag::SHORT_STRING) && index::try_add(m.l, t, key, m.rk_c(i)) {
                return m.next();
            }
        }
        m.go(set_slow_by_value, i)
    }

    /// Floats, booleans and objects as keys.
    #[inline(never)]
    fn set_by_value(m, i) {
        let key = m.b(i);
        if key.tag == Tag::LONG_STRING {
            return m.go(set_by_text, i);
        }
        if let Some(t) = m.a(i).get().as_table()
            && let Some(place) = writable(t, t.find_other(key))
        {
            return write(m, place);
        }
        m.go(set_slow_by_value, m.again())
    }

    #[inline(never)]
    fn set_by_text(m, i) {
        if let Some(t) = m.a(i).get().as_table()
            && let Some(place) = writable(t, t.find(m.b(i)))
        {
            return write(m, place);
        }
        m.go(set_slow_by_value, i)
    }

    #[cold]
    #[inline(never)]
    fn set_slow_by_value(m, i) {
        set_slow(m, m.a(i).get(), m.b(i), m.rk_c(i), operand(m, i.a()))
    }

    fn set_integer(m, i) {
        if let Some(t) = m.a(i).get().as_table()
            && let Some(place) = fillable(t, t.find_in_array(i.b() as i64))
        {
            return write(m, place);
        }
        m.go(set_integer_slow, i)
    }

    #[inline(never)]
    fn set_integer_slow(m, i) {
        let key = i.b() as i64;
        if let Some(t) = m.a(i).get().as_table()
            && let Some(place) = fillable(t, t.find_integer(key))
        {
            return write(m, place);
        }
        set_slow(m, m.a(i).get(), Value::integer(key), m.rk_c(i), operand(m, i.a()))
    }

    fn set_field(m, i) {
        if let Some(t) = m.a(i).get().as_table()
            && let Some(place) = writable(t, t.find_short_str(m.key(i.b())))
        {
            return write(m, place);
        }
        m.go(set_new_field, m.again())
    }

    /// A field without a value.
    #[inline(never)]
    fn set_new_field(m, i) {
        if let Some(t) = m.a(i).get().as_table()
            && index::try_add(m.l, t, m.key(i.b()).into(), m.rk_c(i))
        {
            return m.next();
        }
        m.go(set_field_slow, i)
    }

    #[cold]
    #[inline(never)]
    fn set_field_slow(m, i) {
        set_slow(m, m.a(i).get(), m.key(i.b()).into(), m.rk_c(i), operand(m, i.a()))
    }

    /// After RK(C) was stored in the table R[A].
    #[cold]
    #[inline(never)]
    fn table_barrier(m, i) {
        if let Some(t) = m.a(i).get().as_table() {
            gc::barrier_back(m.l.global(), t, m.rk_c(i));
        }
        m.next()
    }

    fn new_table(m, i) {
        let hashed = if i.list_b() > 0 { 1usize << (i.list_b() - 1) } else { 0 };
        let extra = m.extra_argument();
        let array = i.list_c() + if i.k() { extra * (MAX_LIST_C as usize + 1) } else { 0 };
        m.save_pc();
        m.l.top.set(m.a(i).at(1));
        let g = m.l.global();
        let t = attempt!(Gc::<Table>::new(g));
        m.a(i).set(t.into());
        if hashed > 0 || array > 0 {
            attempt!(t.resize(g, array, hashed));
        }
        made(m, i)
    }

    fn set_list(m, i) {
        let table = m.a(i).get();
        let mut n = i.list_b();
        let open = n == 0;
        if open {
            n = m.l.top.get().since(m.a(i)) - 1;
        }
        let mut last = i.list_c();
        if i.k() {
            last += m.extra_argument() * (MAX_LIST_C as usize + 1);
        }
        if open {
            // The items may reach above the frame's end.
            m.save_pc();
        } else {
            m.save();
        }
        attempt!(store_list(m.l, table, m.a(i).at(1), n, last));
        m.next()
    }

    /// After an object was made in R[A]. No register above is live.
    #[cold]
    #[inline(never)]
    fn collect(m, i) {
        m.save_pc();
        m.l.top.set(m.a(i).at(1));
        gc::check(m.l);
        m.reload();
        m.resume()
    }
}

/// Goes on after an object was made in R[A]: the collector may do something. No register above is live.
#[inline(always)]
pub fn made(m: Machine, i: Instruction) -> Outcome {
    if is_collection_due(m) { m.go(collect, i) } else { m.next() }
}

#[inline(always)]
pub fn is_collection_due(m: Machine) -> bool {
    cfg!(feature = "gc-stress") || m.l.global().allocator.debt() > 0
}

/// Stores the `n` values from `first` on at the table's indices after `last`.
fn store_list(l: State, table: Value, first: Slot, n: usize, last: usize) -> Result {
    let Some(t) = table.as_table() else {
        return Err(error::type_error(l, table, Operand::Unnamed, "index"));
    };
    if t.header.is_shared() {
        // A hook shared it while it was being made.
        return Err(shared::raw_write_error(l));
    }
    let g = l.global();
    let end = last + n;
    if end > t.array_len() as usize {
        t.resize(g, end, t.node_count())?;
    }
    for i in 0..n {
        let v = first.at(i).get();
        t.array_place((last + i) as u32).set(v);
        gc::barrier_back(g, t, v);
    }
    Ok(())
}
