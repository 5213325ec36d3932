//! Jumps, and the tests that decide whether the jump after them is taken.

use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::metamethods::{self, Results};
use crate::bytecode::{Instruction, Opcode};
use crate::heap::object::Gc;
use crate::heap::state::{Slot, frame_status};
use crate::heap::table::Table;
use crate::value::number::integer_to_float;
use crate::value::{Tag, Value};
use crate::vm::call::Mode;
use crate::vm::compare::{self, Order};
use crate::vm::meta::{self, Event};

/// Equality where it is plain; `None`: metamethods, long strings or floats may be involved.
#[inline(always)]
fn plainly_equal(a: Slot, b: Slot) -> Option<bool> {
    let tag = a.tag();
    if tag != b.tag() {
        return (tag.base() != b.tag().base()).then_some(false);
    }
    if a.payload() == b.payload() {
        return (tag != Tag::FLOAT).then_some(true);
    }
    matches!(tag, Tag::INTEGER | Tag::SHORT_STRING).then_some(false)
}

/// Goes on after a comparison; `None`: a Lua function was entered for it.
#[inline(always)]
fn compared(mut m: Machine, i: Instruction, condition: Option<bool>) -> Outcome {
    match condition {
        Some(c) => {
            m.reload();
            if c == i.k() {
                return m.branch(i, c);
            }
            m.jump(1);
            m.resume()
        }
        None => {
            // The jump belongs to the comparison: hooks see one instruction.
            let mut frame = m.l.frame.get().below();
            while !frame.is_lua() {
                // `pcall`, as the metamethod.
                frame = frame.below();
            }
            frame.add_status(frame_status::REPEATED);
            Machine::enter(m.l)
        }
    }
}

/// Calls the metamethod of a comparison of registers.
#[inline(always)]
fn call_metamethod(m: Machine, i: Instruction, f: Value, operands: [Value; 2]) -> Outcome {
    // As in `compared`.
    m.l.frame.get().add_status(frame_status::REPEATED);
    metamethods::call(m, i, f, operands, Results::One)
}

/// Goes on after a comparison whose metamethod has returned.
#[inline(always)]
pub fn after_metamethod(m: Machine, i: Instruction, result: Value) -> Outcome {
    let frame = m.l.frame.get();
    let negated = frame.has(frame_status::NEGATED);
    frame.remove_status(frame_status::NEGATED | frame_status::REPEATED);
    m.branch(i, result.is_false() == negated)
}

/// The handlers of an order: for integers, for floats and for one of each.
macro_rules! order {
    ($name:ident, $of_floats:ident, $mixed:ident, $order:expr, $operator:tt) => {
        handlers! {
            fn $name(m, i) {
                let (a, b) = (m.a(i), m.register(i.b()));
                if a.tag() == Tag::INTEGER && b.tag() == Tag::INTEGER {
                    return m.branch(i, (a.payload() as i64) $operator (b.payload() as i64));
                }
                m.go($of_floats, i)
            }

            #[inline(never)]
            fn $of_floats(m, i) {
                let (a, b) = (m.a(i).get(), m.b(i));
                if a.is_float() && b.is_float() {
                    return m.branch(i, a.float_payload() $operator b.float_payload());
                }
                m.go($mixed, i)
            }

            #[inline(never)]
            fn $mixed(m, i) {
                let (a, b) = (m.a(i).get(), m.b(i));
                if a.is_number() && b.is_number() {
                    return m.branch(i, compare::order_numbers($order, a, b));
                }
                m.go(order_of_strings, i)
            }
        }
    };
}

/// As `order`, of a register and an immediate operand.
macro_rules! order_immediate {
    ($name:ident, $of_floats:ident, $operator:tt) => {
        handlers! {
            fn $name(m, i) {
                let a = m.a(i).get();
                if a.is_integer() {
                    return m.branch(i, a.integer_payload() $operator i.sb() as i64);
                }
                m.go($of_floats, i)
            }

            #[inline(never)]
            fn $of_floats(m, i) {
                let a = m.a(i).get();
                if a.is_float() {
                    return m.branch(i, a.float_payload() $operator integer_to_float(i.sb() as i64));
                }
                m.go(order_immediate_slow, i)
            }
        }
    };
}

order!(less, less_floats, less_mixed, Order::Less, <);
order!(less_equal, less_equal_floats, less_equal_mixed, Order::LessEqual, <=);
order_immediate!(less_immediate, less_immediate_floats, <);
order_immediate!(less_equal_immediate, less_equal_immediate_floats, <=);
order_immediate!(greater_immediate, greater_immediate_floats, >);
order_immediate!(greater_equal_immediate, greater_equal_immediate_floats, >=);

handlers! {
    fn jump(m, i) {
        m.jump(i.sj() as isize);
        m.jumped(i)
    }

    fn equal(m, i) {
        match plainly_equal(m.a(i), m.register(i.b())) {
            Some(c) => m.branch(i, c),
            None => m.go(equal_slow, i),
        }
    }

    /// Numbers of which one is a float, long strings, and what may have metamethods.
    #[inline(never)]
    fn equal_slow(m, i) {
        let (a, b) = (m.a(i).get(), m.b(i));
        if a.tag == b.tag && matches!(a.tag, Tag::TABLE | Tag::USERDATA) {
            return m.go(equal_objects, i);
        }
        m.branch(i, compare::raw_equal(a, b))
    }

    /// Different objects of the same kind, which may have metamethods.
    #[inline(never)]
    fn equal_objects(m, i) {
        let [a, b] = [m.a(i).get(), m.b(i)].map(metamethods::metatable);
        let is_without = |mt: Option<Gc<Table>>| mt.is_none_or(|mt| meta::is_absent(mt, Event::Eq));
        if is_without(a) && is_without(b) {
            return m.branch(i, false);
        }
        if let Some(f) = metamethods::of(m.a(i).get(), Event::Eq) {
            return call_metamethod(m, i, f, [m.a(i).get(), m.b(i)]);
        }
        m.save();
        let condition = attempt!(compare::equal_in(m.l, m.a(i).get(), m.b(i), Mode::Instruction));
        compared(m, i, condition)
    }

    fn equal_constant(m, i) {
        match plainly_equal(m.a(i), m.constants.at(i.b())) {
            Some(c) => m.branch(i, c),
            None => m.go(equal_constant_slow, i),
        }
    }

    #[inline(never)]
    fn equal_constant_slow(m, i) {
        m.branch(i, compare::raw_equal(m.a(i).get(), m.constant(i.b())))
    }

    fn equal_immediate(m, i) {
        let (a, n) = (m.a(i).get(), i.sb());
        if a.is_integer() {
            return m.branch(i, a.integer_payload() == n as i64);
        }
        m.branch(i, a.is_float() && a.float_payload() == integer_to_float(n as i64))
    }

    #[inline(never)]
    fn order_of_strings(m, i) {
        if let (Some(a), Some(b)) = (m.a(i).get().as_string(), m.b(i).as_string()) {
            let order = compare::compare_strings(a, b);
            return m.branch(i, if i.opcode() == Opcode::Lt { order < 0 } else { order <= 0 });
        }
        m.go(order_slow, i)
    }

    #[inline(never)]
    fn order_slow(m, i) {
        let (order, event) = if i.opcode() == Opcode::Lt { (Order::Less, Event::Lt) } else { (Order::LessEqual, Event::Le) };
        if let Some(f) = metamethods::of_operands(m.l.global(), m.a(i).get(), m.b(i), event) {
            return call_metamethod(m, i, f, [m.a(i).get(), m.b(i)]);
        }
        m.save();
        let condition = attempt!(compare::order_in(m.l, order, m.a(i).get(), m.b(i), Mode::Instruction));
        compared(m, i, condition)
    }

    #[inline(never)]
    fn order_immediate_slow(m, i) {
        let (order, event, swapped) = match i.opcode() {
            Opcode::LtI => (Order::Less, Event::Lt, false),
            Opcode::LeI => (Order::LessEqual, Event::Le, false),
            Opcode::GtI => (Order::Less, Event::Lt, true),
            _ => (Order::LessEqual, Event::Le, true),
        };
        let a = m.a(i).get();
        let n = if i.c() != 0 { Value::float(i.sb() as f64) } else { Value::integer(i.sb() as i64) };
        let (x, y) = if swapped { (n, a) } else { (a, n) };
        if let Some(f) = metamethods::of_operands(m.l.global(), x, y, event) {
            return call_metamethod(m, i, f, [x, y]);
        }
        m.save();
        let condition = attempt!(compare::order_in(m.l, order, x, y, Mode::Instruction));
        compared(m, i, condition)
    }

    fn test(m, i) {
        m.branch(i, !m.a(i).tag().is_false())
    }

    fn test_and_set(m, i) {
        let b = m.b(i);
        if b.is_false() == i.k() {
            return m.skip();
        }
        m.a(i).set(b);
        m.jump(m.word().sj() as isize + 1);
        m.jumped(i)
    }
}
