//! Lua values as data: tags, the 16-byte `Value`, number conversion and number text.
//!
//! Nothing here knows of a state or a heap. Read `mod.rs`, then `number.rs` (text to number), `format.rs` (number to
//! text), `arith.rs` (operators), `chunk_id.rs` (how a chunk name appears in messages).

pub mod arith;
pub mod chunk_id;
pub mod format;
pub mod number;
pub mod utf8;

use core::ffi::c_void;

/// The kind of a value: basic type in the low four bits, variant above, bit 6 for collectable.
///
/// The numbers are those of the reference implementation, since binary chunks contain them.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Tag(pub u8);

/// The basic types, as `lua_type` reports them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i8)]
pub enum Type {
    None = -1,
    Nil = 0,
    Boolean = 1,
    LightUserdata = 2,
    Number = 3,
    String = 4,
    Table = 5,
    Function = 6,
    Userdata = 7,
    Thread = 8,
}

impl Type {
    /// Names as `type` returns them ("no value" for an index that is not there).
    pub const fn name(self) -> &'static str {
        match self {
            Type::None => "no value",
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::LightUserdata | Type::Userdata => "userdata",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::Thread => "thread",
        }
    }

    /// The type with this number, if there is one.
    #[inline]
    pub const fn from_number(n: i32) -> Option<Type> {
        Some(match n {
            -1 => Type::None,
            0 => Type::Nil,
            1 => Type::Boolean,
            2 => Type::LightUserdata,
            3 => Type::Number,
            4 => Type::String,
            5 => Type::Table,
            6 => Type::Function,
            7 => Type::Userdata,
            8 => Type::Thread,
            _ => return None,
        })
    }
}

impl Tag {
    pub const COLLECTABLE: u8 = 0x40;

    pub const NIL: Tag = Tag(0x00);
    /// A table slot without a value. Never leaves a table.
    pub const EMPTY: Tag = Tag(0x10);
    /// The answer of a lookup that found no slot. Never stored.
    pub const ABSENT: Tag = Tag(0x20);
    pub const FALSE: Tag = Tag(0x01);
    pub const TRUE: Tag = Tag(0x11);
    pub const LIGHT_USERDATA: Tag = Tag(0x02);
    pub const INTEGER: Tag = Tag(0x03);
    pub const FLOAT: Tag = Tag(0x13);
    pub const SHORT_STRING: Tag = Tag(0x04 | Self::COLLECTABLE);
    pub const LONG_STRING: Tag = Tag(0x14 | Self::COLLECTABLE);
    pub const TABLE: Tag = Tag(0x05 | Self::COLLECTABLE);
    pub const LUA_CLOSURE: Tag = Tag(0x06 | Self::COLLECTABLE);
    /// A C function without upvalues: the payload is its address.
    pub const LIGHT_C: Tag = Tag(0x16);
    pub const C_CLOSURE: Tag = Tag(0x26 | Self::COLLECTABLE);
    /// A standard function without upvalues: the payload is the address of its `Native`.
    pub const NATIVE: Tag = Tag(0x36);
    /// A standard function with upvalues; laid out as a C closure.
    pub const NATIVE_CLOSURE: Tag = Tag(0x76);
    pub const USERDATA: Tag = Tag(0x07 | Self::COLLECTABLE);
    pub const THREAD: Tag = Tag(0x08 | Self::COLLECTABLE);
    /// Only in object headers.
    pub const UPVALUE: Tag = Tag(0x09 | Self::COLLECTABLE);
    /// Only in object headers.
    pub const PROTO: Tag = Tag(0x0A | Self::COLLECTABLE);
    /// Key of a table node whose key object was collected; the payload still compares by address.
    pub const DEAD_KEY: Tag = Tag(0x0B);

    #[inline(always)]
    pub const fn base(self) -> u8 {
        self.0 & 0x0F
    }

    #[inline(always)]
    pub const fn is_collectable(self) -> bool {
        self.0 & Self::COLLECTABLE != 0
    }

    /// nil, an empty slot or an absent one.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 & 0x0F == 0
    }

    #[inline(always)]
    pub const fn is_false(self) -> bool {
        self.0 == Self::FALSE.0 || self.is_nil()
    }

    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.0 & 0x0F == 4
    }

    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.0 & 0x0F == 3
    }

    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.0 & 0x0F == 6
    }

    /// The basic type; nil of what stands for no value. Must not be called on other internal tags.
    #[inline]
    pub const fn type_of(self) -> Type {
        match Type::from_number((self.0 & 0x0F) as i32) {
            Some(t) => t,
            None => Type::Thread,
        }
    }
}

impl core::fmt::Debug for Tag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Tag({:#04x})", self.0)
    }
}

/// A Lua value: eight bytes of payload and a tag.
///
/// Payload by tag: integers and floats as their bits, booleans and nil unused, everything else an address.
/// Two scalars, so that it travels in two registers and is stored as two stores.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Value {
    pub payload: u64,
    pub tag: Tag,
}

const _: () = assert!(size_of::<Value>() == 16);

impl Value {
    pub const NIL: Value = Value { payload: 0, tag: Tag::NIL };
    pub const ABSENT: Value = Value { payload: 0, tag: Tag::ABSENT };
    pub const EMPTY: Value = Value { payload: 0, tag: Tag::EMPTY };
    pub const TRUE: Value = Value { payload: 0, tag: Tag::TRUE };
    pub const FALSE: Value = Value { payload: 0, tag: Tag::FALSE };

    #[inline(always)]
    pub const fn integer(i: i64) -> Value {
        Value { payload: i as u64, tag: Tag::INTEGER }
    }

    #[inline(always)]
    pub const fn float(n: f64) -> Value {
        Value { payload: n.to_bits(), tag: Tag::FLOAT }
    }

    #[inline(always)]
    pub const fn boolean(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    #[inline(always)]
    pub fn light_userdata(p: *mut c_void) -> Value {
        Value { payload: p.expose_provenance() as u64, tag: Tag::LIGHT_USERDATA }
    }

    /// A value whose payload is an address.
    #[inline(always)]
    pub fn pointer<T>(tag: Tag, p: *const T) -> Value {
        Value { payload: p.expose_provenance() as u64, tag }
    }

    /// The payload as an address.
    #[inline(always)]
    pub fn address<T>(self) -> *mut T {
        core::ptr::with_exposed_provenance_mut(self.payload as usize)
    }

    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.tag.is_nil()
    }

    /// nil or false.
    #[inline(always)]
    pub const fn is_false(self) -> bool {
        self.tag.is_false()
    }

    #[inline(always)]
    pub const fn is_integer(self) -> bool {
        self.tag.0 == Tag::INTEGER.0
    }

    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.tag.0 == Tag::FLOAT.0
    }

    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.tag.is_number()
    }

    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.tag.is_string()
    }

    #[inline(always)]
    pub const fn is_table(self) -> bool {
        self.tag.0 == Tag::TABLE.0
    }

    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.tag.is_function()
    }

    /// The integer in the payload; the tag must say so.
    #[inline(always)]
    pub const fn integer_payload(self) -> i64 {
        debug_assert!(self.tag.0 == Tag::INTEGER.0);
        self.payload as i64
    }

    /// The float in the payload; the tag must say so.
    #[inline(always)]
    pub const fn float_payload(self) -> f64 {
        debug_assert!(self.tag.0 == Tag::FLOAT.0);
        f64::from_bits(self.payload)
    }

    #[inline(always)]
    pub const fn as_integer(self) -> Option<i64> {
        if self.is_integer() { Some(self.payload as i64) } else { None }
    }

    /// A number of either kind as a float; strings are not converted.
    #[inline(always)]
    pub fn as_number(self) -> Option<f64> {
        match self.tag {
            Tag::FLOAT => Some(f64::from_bits(self.payload)),
            Tag::INTEGER => Some(number::integer_to_float(self.payload as i64)),
            _ => None,
        }
    }

    #[inline(always)]
    pub const fn type_of(self) -> Type {
        self.tag.type_of()
    }
}
