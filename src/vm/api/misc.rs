//! Traversal, operators, to-be-closed slots, the collector, warnings.

use super::access::text_to_number;
use crate::capi::boundary;
use crate::gc;
pub use crate::gc::Request as GcRequest;
use crate::heap::names::Name;
use crate::heap::state::State;
use crate::throw::{Result, Throw};
use crate::value::Value;
use crate::value::arith::ArithOp;
use crate::vm::auxiliary::Buffer;
use crate::vm::{arith, close, concat, error, index, shared};
use core::ffi::c_char;

impl State {
    /// Pops a key and pushes the next key and value of the table; at the end only pops. `lua_next`.
    ///
    /// May: raise ("invalid key to 'next'"; of a shared table: memory, not shared), collect (emergency only, of a shared table).
    pub fn next(self, i: i32) -> Result<bool> {
        let t = self.table_at(i);
        if t.header.is_shared() {
            return shared::next(self, t);
        }
        let slot = self.from_top(1);
        let traversed = &self.global().traversed;
        let Some(position) = t.position_after(slot.get(), traversed.get()) else {
            return Err(error::run_error(self, format_args!("invalid key to 'next'")));
        };
        match t.entry_from(position) {
            Some((position, key, value)) => {
                traversed.set(position);
                slot.set(key);
                self.push(value);
                Ok(true)
            }
            None => {
                self.pop(1);
                Ok(false)
            }
        }
    }

    /// Replaces the `n` values on top by their concatenation, with metamethods. `lua_concat`.
    ///
    /// May: raise, collect, move the stack.
    pub fn concat(self, n: i32) -> Result {
        match n {
            0 => self.push_name(Name::EMPTY),
            1 => {}
            _ => concat::concat(self, n as usize)?,
        }
        gc::check(self);
        Ok(())
    }

    /// Pushes the length, with metamethods. `lua_len`.
    ///
    /// May: raise, collect, move the stack.
    #[inline]
    pub fn len(self, i: i32) -> Result {
        let v = self.value_at(i);
        let v = if let Some(s) = v.as_string() { Value::integer(s.len() as i64) } else { index::len(self, v)? };
        self.push(v);
        Ok(())
    }

    /// Replaces the two operands on top (for unary operators: the one) by the result, with metamethods. `lua_arith`.
    ///
    /// May: raise, collect, move the stack.
    pub fn arith(self, op: ArithOp) -> Result {
        if matches!(op, ArithOp::Unm | ArithOp::BNot) {
            self.push(self.from_top(1).get());
        }
        let v = arith::arith(self, op, self.from_top(2).get(), self.from_top(1).get())?;
        self.from_top(2).set(v);
        self.pop(1);
        Ok(())
    }

    /// Pushes the number that the text denotes, if it is one. `lua_stringtonumber`.
    pub fn string_to_number(self, text: &[u8]) -> Option<Value> {
        let v = text_to_number(text)?;
        self.push(v);
        Some(v)
    }

    /// Makes a slot a to-be-closed variable of the running function. `lua_toclose`.
    ///
    /// May: raise (no `__close`, memory).
    pub fn to_close(self, i: i32) -> Result {
        let slot = self.slot_at(i);
        close::mark(self, slot)?;
        let frame = self.frame.get();
        // Below -1: the number of results, and that something is to be closed at the return.
        if frame.results.get() >= super::MULTIPLE as i16 {
            frame.results.set(-frame.results.get() - 3);
        }
        Ok(())
    }

    /// Closes the to-be-closed variable in a slot, and makes it nil. `lua_closeslot`.
    ///
    /// May: raise, collect, move the stack.
    pub fn close_slot(self, i: i32) -> Result {
        let level = self.index_of(self.slot_at(i));
        close::close_nested(self, self.slot(level), None)?;
        self.slot(level).set_nil();
        Ok(())
    }

    /// Controls the collector. `lua_gc`; -1 when it cannot be controlled now.
    ///
    /// May: collect, run finalizers, move the stack.
    #[inline(always)]
    pub fn gc(self, request: GcRequest) -> i32 {
        gc::control(self, request)
    }

    /// Emits a piece of a warning; the host's warn function sees it up to its first NUL. `lua_warning`.
    ///
    /// May: raise (memory, or what the warn function does).
    pub fn warning(self, message: &[u8], to_continue: bool) -> Result {
        if self.global().warn.get().is_none() {
            return Ok(());
        }
        let mut short = [0u8; 128];
        if let Some(copy) = short[..127].get_mut(..message.len()) {
            copy.copy_from_slice(message);
            // SAFETY: the text is shorter than the array, which was all zeros.
            return unsafe { self.warning_c(short.as_ptr().cast(), to_continue) };
        }
        let mut text = Buffer::new(self);
        text.extend(message)?;
        text.push(0)?;
        // SAFETY: a NUL was appended.
        unsafe { self.warning_c(text.as_ptr().cast(), to_continue) }
    }

    /// As `warning`, for a text that ends with a NUL.
    ///
    /// # Safety
    /// `message` is such a text.
    pub unsafe fn warning_c(self, message: *const c_char, to_continue: bool) -> Result {
        let g = self.global();
        let Some(warn) = g.warn.get() else { return Ok(()) };
        // SAFETY: the state's slot for records; the host gave function and data together; the text is the caller's.
        unsafe { boundary::call_warn(g.record.as_ptr().cast(), warn, g.warn_ud.get(), message, to_continue.into()) }
            .map_err(Throw::from_code)
    }
}
