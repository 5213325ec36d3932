//! The `for` loops.

use super::calls::{entered, is_native, is_plain, native, plain_closure, run_plain};
use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::{HANDLERS, coroutines};
use crate::bytecode::Instruction;
use crate::edition::{FOR_CALL, FOR_CLOSING, LUA_5_5};
use crate::value::{Tag, Value};
use crate::vm::{call, close, forloop};

/// Back to the loop's body.
#[inline(always)]
fn again(m: Machine, i: Instruction) -> Outcome {
    let mut m = m;
    m.jump(-(i.bx() as isize));
    m.jumped(i)
}

handlers! {
    fn step(m, i) {
        let a = m.a(i);
        // ORDER loop registers (see `forloop`).
        let (count, step) = if LUA_5_5 { (a, a.at(1)) } else { (a.at(1), a.at(2)) };
        let index = if LUA_5_5 { a.at(2) } else { a };
        if step.tag() != Tag::INTEGER {
            return m.go(step_float, i);
        }
        let left = count.payload();
        if left == 0 {
            return m.next();
        }
        let next = index.payload().wrapping_add(step.payload());
        // E4: the registers of a loop keep their type (`chunk::verify`, `debug::local`). In 5.5 the index is the control variable.
        count.set_payload(left - 1);
        if !LUA_5_5 {
            index.set_payload(next);
        }
        a.at(if LUA_5_5 { 2 } else { 3 }).set(Value::integer(next as i64));
        again(m, i)
    }

    #[inline(never)]
    fn step_float(m, i) {
        if forloop::step_float(m.a(i)) { again(m, i) } else { m.next() }
    }

    fn prepare(m, i) {
        let a = m.a(i);
        let numbers = [a, a.at(1), a.at(2)];
        if numbers.iter().all(|number| number.tag() == Tag::INTEGER) && numbers[2].payload() != 0 {
            let [first, last, step] = numbers.map(|number| number.payload() as i64);
            let mut m = m;
            if !forloop::prepare_integers(a, first, last, step) {
                m.jump(i.bx() as isize + 1);
            }
            return m.next();
        }
        m.go(prepare_otherwise, i)
    }

    #[inline(never)]
    fn prepare_otherwise(m, i) {
        m.save();
        if !attempt!(forloop::prepare(m.l, m.a(i))) {
            m.jump(i.bx() as isize + 1);
        }
        m.next()
    }

    fn prepare_generic(m, i) {
        m.save();
        let a = m.a(i);
        if LUA_5_5 {
            let control = a.at(2).get();
            a.at(2).set(a.at(3).get());
            a.at(3).set(control);
        }
        attempt!(close::mark(m.l, a.at(FOR_CLOSING)));
        m.jump(i.bx() as isize);
        // The next instruction belongs to this one: no hook between them.
        let call = m.word();
        m.jump(1);
        m.go(HANDLERS.of(call), call)
    }

    fn call_generic(m, i) {
        let a = m.a(i);
        let func = a.at(FOR_CALL);
        // In 5.5 the control variable lies where the function goes.
        let control = a.at(if LUA_5_5 { 3 } else { 2 }).get();
        func.set(a.get());
        func.at(1).set(a.at(1).get());
        func.at(2).set(control);
        m.l.top.set(func.at(3));
        m.save_pc();
        if is_native(m.l, func) && is_plain(func) {
            return m.go(call_native_iterator, i);
        }
        if func.tag() == Tag::NATIVE_CLOSURE { m.go(coroutines::iterate, i) } else { m.go(call_iterator, i) }
    }

    #[inline(never)]
    fn call_native_iterator(m, i) {
        let func = m.a(i).at(FOR_CALL);
        run_plain(m.l, func, native(func), i.c() as i32)
    }

    /// An iterator that is a standard function with upvalues.
    #[inline(never)]
    fn run_iterator(m, i) {
        let func = m.a(i).at(FOR_CALL);
        match plain_closure(m.l, func) {
            Some(native) => run_plain(m.l, func, native, i.c() as i32),
            None => m.go(call_iterator, i),
        }
    }

    #[inline(never)]
    fn call_iterator(m, i) {
        entered(m.l, attempt!(call::enter(m.l, m.a(i).at(FOR_CALL), i.c() as i32, 0)))
    }

    fn step_generic(m, i) {
        let a = m.a(i);
        let control = a.at(FOR_CALL).get();
        if control.is_nil() {
            return m.next();
        }
        if !LUA_5_5 {
            a.at(2).set(control);
        }
        again(m, i)
    }
}
