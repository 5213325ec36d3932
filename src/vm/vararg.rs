//! Variable arguments (§3.4.11). The extra arguments of a vararg function lie below its frame, which is moved above them.

use crate::heap::function::LuaClosure;
use crate::heap::object::Gc;
use crate::heap::state::State;
use crate::throw::Result;
use crate::value::Value;

/// Moves the function and its `parameters` above the arguments it was called with, which become the extra ones.
///
/// May: raise, move the stack.
#[doc(alias = "luaT_adjustvarargs")]
pub fn adjust(l: State, closure: Gc<LuaClosure>, parameters: usize) -> Result {
    let frame = l.frame.get();
    let given = l.top.get().since(l.slot(frame.func.get())) - 1;
    let extra = given - parameters.min(given);
    // Until they have moved there are none: a message handler may look at the frame of a function that the stack has no room for.
    frame.extra.set(0);
    let size = closure.proto.get().max_stack_size as usize;
    l.ensure_stack(size + 1)?;
    frame.extra.set(extra as u32);
    let func = l.slot(frame.func.get());
    l.push(func.get());
    for i in 1..=parameters {
        let from = func.at(i);
        l.push(from.get());
        // The old copy must not keep the value alive.
        from.set(Value::NIL);
    }
    let distance = given as u32 + 1;
    frame.func.set(frame.func.get() + distance);
    frame.top.set(frame.top.get() + distance);
    Ok(())
}

/// Copies `wanted` extra arguments (negative: all, and the top ends behind them) to register `register` and up.
///
/// May: raise, move the stack.
#[doc(alias = "luaT_getvarargs")]
pub fn copy(l: State, register: usize, wanted: i32) -> Result {
    let frame = l.frame.get();
    let extra = frame.extra.get() as usize;
    let wanted = if wanted < 0 {
        l.ensure_stack(extra)?;
        l.top.set(l.base().at(register + extra));
        extra
    } else {
        wanted as usize
    };
    let target = l.base().at(register);
    let first = l.func().before(extra);
    for i in 0..wanted.min(extra) {
        target.at(i).set(first.at(i).get());
    }
    for i in extra..wanted {
        target.at(i).set_nil();
    }
    Ok(())
}
