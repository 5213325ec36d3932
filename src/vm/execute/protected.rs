//! `pcall` of a Lua function, which needs no more than a marked frame below that of the function: entering and leaving both at once.
//!
//! Everything else (`xpcall`, other functions, hooks, little room) goes by `vm::protect`.

use super::HANDLERS;
use super::calls::{fill_parameters, push_native_with, run_special};
use super::machine::{Machine, Outcome, Step, attempt, handlers};
use crate::heap::function::LuaClosure;
use crate::heap::object::Gc;
use crate::heap::state::{MAX_C_CALLS, Slot, frame_status};
use crate::value::{Tag, Value};
use crate::vm::call::ALL;
use crate::vm::protect;

handlers! {
    /// Calls `pcall`, for whose frame there is room.
    #[inline(never)]
    fn call(m, i) {
        let (l, func) = (m.l, m.a(i));
        let callee = func.at(1);
        let end = l.top.get();
        if end <= callee || callee.tag() != Tag::LUA_CLOSURE || !l.has_room_for_frames(2) || l.c_depth() + 1 >= MAX_C_CALLS {
            return m.go(run_special, i);
        }
        // SAFETY: the tag says so.
        let closure: Gc<LuaClosure> = unsafe { callee.get().object_as() };
        let proto = closure.proto.get();
        let size = proto.max_stack_size as usize;
        if !l.has_room(size) {
            return m.go(run_special, i);
        }
        let hooks = if l.allow_hook.get() { frame_status::SAVED_ALLOW_HOOK } else { 0 };
        push_native_with(l, func, i.c() as i32 - 1, frame_status::PROTECTED | hooks);
        protect::begin(l, l.frame.get(), 0);
        let index = l.index_of(callee);
        l.push_frame_in_room(index, index + 1 + size as u32, ALL, frame_status::LUA, 0);
        m.base = callee.at(1);
        m.constants = Slot(proto.constants.as_ptr());
        m.pc = proto.code.as_ptr();
        if end < m.register(proto.parameters as usize) { m.go(fill_parameters, i) } else { m.next() }
    }

    /// The function that the current frame, of `pcall` or `xpcall`, called has returned.
    #[inline(never)]
    fn finish(m, i) {
        let l = m.l;
        let frame = l.frame.get();
        let waiting = frame.below();
        if l.handler.get() != 0 || l.hooks() != 0 || !frame.was_called_by_instruction() {
            return m.go(finish_slowly, i);
        }
        protect::end(l, frame);
        // The results are where they belong already, above the place of `pcall`.
        let func = l.slot(frame.func.get());
        func.set(Value::TRUE);
        l.frame.set(waiting);
        let wanted = frame.results.get() as i32;
        if wanted != ALL {
            let end = func.at(wanted as usize);
            let mut p = l.top.get();
            while p < end {
                p.set_nil();
                p = p.at(1);
            }
            l.top.set(end);
        }
        Machine::new(l, &HANDLERS).next()
    }

    /// As `finish`, for `xpcall`, with hooks, or where the frame below is not simply that of a Lua function.
    #[inline(never)]
    fn finish_slowly(m, _i) {
        let bits = m.l.frame.get().status.get();
        attempt!(protect::finish_ok(m.l));
        m.leave(bits)
    }
}
