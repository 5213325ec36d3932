//! Full userdata.

use super::object::{Gc, Header, object_value};
use super::state::Global;
use super::table::Table;
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::slice;

/// A full userdata: this header, the user values, then the host's block (16-byte aligned).
#[repr(C, align(16))]
pub struct Userdata {
    pub header: Header,
    pub user_value_count: u16,
    pub len: usize,
    pub metatable: Cell<Option<Gc<Table>>>,
    pub gray_next: Cell<Option<Gc<Header>>>,
}

const _: () = assert!(size_of::<Userdata>() == 32);

object_value!(Userdata, as_userdata, USERDATA, |_o| Tag::USERDATA);

impl Userdata {
    pub const fn size_for(len: usize, user_values: usize) -> usize {
        size_of::<Userdata>() + user_values * size_of::<Value>() + len
    }

    pub fn user_values(&self) -> &[Cell<Value>] {
        // SAFETY: allocated with room for them.
        unsafe { slice::from_raw_parts((self as *const Userdata).add(1).cast(), self.user_value_count as usize) }
    }

    /// The host's block.
    pub fn data(&self) -> *mut u8 {
        (self as *const Userdata).wrapping_add(1).cast::<Value>().wrapping_add(self.user_value_count as usize) as *mut u8
    }

    pub fn size(&self) -> usize {
        Self::size_for(self.len, self.user_value_count as usize)
    }

    /// A block of `len` bytes (not initialised) with `user_values` nils. May: raise (memory), collect (emergency only).
    pub fn new(g: &Global, len: usize, user_values: u16) -> Result<Gc<Userdata>> {
        if len > isize::MAX as usize - (1 << 21) {
            return Err(Throw::Memory);
        }
        let size = Self::size_for(len, user_values as usize);
        let p = g.space.allocate(g, size, Tag::USERDATA)?.cast::<Userdata>();
        // SAFETY: fresh memory of the right size.
        unsafe {
            p.as_ptr().write(Userdata {
                header: g.new_header(Tag::USERDATA),
                user_value_count: user_values,
                len,
                metatable: Cell::new(None),
                gray_next: Cell::new(None),
            });
            let u = Gc::from_ptr(p);
            for v in u.user_values() {
                v.set(Value::NIL);
            }
            Ok(u)
        }
    }
}
