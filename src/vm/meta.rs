//! Metatables and metamethod events (§2.4).

use crate::heap::frozen;
use crate::heap::names::Name;
use crate::heap::object::Gc;
use crate::heap::state::{Global, State};
use crate::heap::string::Str;
use crate::heap::table::Table;
use crate::value::{Type, Value};

/// The events. ORDER events: their names are the first of `heap::names`, in this order; `Eq` is the last whose absence
/// tables remember; from `Add` on in the order of `ArithOp`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Event {
    Index,
    NewIndex,
    Gc,
    Mode,
    Len,
    Eq,
    Add,
    Sub,
    Mul,
    Mod,
    Pow,
    Div,
    IDiv,
    BAnd,
    BOr,
    BXor,
    Shl,
    Shr,
    Unm,
    BNot,
    Lt,
    Le,
    Concat,
    Call,
    Close,
}

impl Event {
    /// The event with this number. Instructions carry such numbers; the verifier checks them.
    pub fn from_number(n: usize) -> Event {
        const ALL: [Event; 25] = [
            Event::Index,
            Event::NewIndex,
            Event::Gc,
            Event::Mode,
            Event::Len,
            Event::Eq,
            Event::Add,
            Event::Sub,
            Event::Mul,
            Event::Mod,
            Event::Pow,
            Event::Div,
            Event::IDiv,
            Event::BAnd,
            Event::BOr,
            Event::BXor,
            Event::Shl,
            Event::Shr,
            Event::Unm,
            Event::BNot,
            Event::Lt,
            Event::Le,
            Event::Concat,
            Event::Call,
            Event::Close,
        ];
        ALL[n]
    }

    /// The metamethod's name, such as `__index`.
    #[inline(always)]
    pub fn name(self) -> Gc<Str> {
        Name(self as u16).get()
    }
}

/// The metatable of any value.
#[inline]
pub fn metatable_of(g: &Global, v: Value) -> Option<Gc<Table>> {
    match v.type_of() {
        // SAFETY: the type says so; both variants of userdata share the type name but not the tag.
        Type::Table => unsafe { v.object_as::<Table>().metatable.get() },
        Type::Userdata => v.as_userdata()?.metatable.get(),
        t => g.metatables[t as usize].get(),
    }
}

/// Whether a metatable is known to have no metamethod for one of the first events.
#[inline(always)]
pub fn is_absent(metatable: Gc<Table>, event: Event) -> bool {
    debug_assert!(event <= Event::Eq);
    metatable.flags.get() & 1 << event as u8 != 0
}

/// The metamethod of a metatable for one of the first events, remembering absence.
#[inline(always)]
pub fn fast_metamethod(g: &Global, metatable: Option<Gc<Table>>, event: Event) -> Option<Value> {
    let mt = metatable?;
    if is_absent(mt, event) { None } else { slow_metamethod(g, mt, event) }
}

fn slow_metamethod(g: &Global, mt: Gc<Table>, event: Event) -> Option<Value> {
    let v = frozen::field(g, mt, event.name());
    if v.is_nil() {
        if !mt.header.is_shared() {
            mt.flags.set(mt.flags.get() | 1 << event as u8);
        }
        return None;
    }
    Some(v)
}

/// The metamethod of any value for any event; nil when there is none.
pub fn metamethod(g: &Global, v: Value, event: Event) -> Value {
    match metatable_of(g, v) {
        Some(mt) => {
            let m = frozen::field(g, mt, event.name());
            if m.is_nil() { Value::NIL } else { m }
        }
        None => Value::NIL,
    }
}

/// The method of strings with this name, a short string, where `__index` of their metatable is a table that has it; a nil value where not.
#[inline(always)]
pub fn string_method(g: &Global, name: Gc<Str>) -> Value {
    let methods = g.metatables[Type::String as usize].get().and_then(|mt| mt.get_short_str(Name::INDEX.get()).as_table());
    methods.map_or(Value::ABSENT, |methods| methods.get_short_str(name))
}

/// The type of a value for messages: `__name` of its metatable if that is a string, else the type's name.
pub fn type_name(l: State, v: Value) -> &'static [u8] {
    let mt = match v.type_of() {
        Type::Table => v.as_table().and_then(|t| t.metatable.get()),
        Type::Userdata => v.as_userdata().and_then(|u| u.metatable.get()),
        _ => None,
    };
    if let Some(mt) = mt
        && let Some(name) = frozen::field(l.global(), mt, Name::NAME.get()).as_string()
    {
        return name.bytes();
    }
    v.type_of().name().as_bytes()
}
