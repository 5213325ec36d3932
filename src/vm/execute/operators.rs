//! Arithmetic, bitwise and unary operators, length and concatenation.
//!
//! A binary operation that numbers alone do not give falls through to the `MMBIN` instruction that follows it.

use super::machine::{Machine, Outcome, Step, attempt, handlers};
use super::metamethods::{self, Results};
use super::tables::{collect, is_collection_due};
use crate::bytecode::{Instruction, Opcode};
use crate::edition::LUA_5_5;
use crate::heap::state::{Slot, frame_status};
use crate::value::arith::{
    ArithError, ArithOp, floor_div_float, floor_div_integer, mod_float, mod_integer, pow_float, shift_left, shift_right,
};
use crate::value::number::{Rounding, float_to_integer, integer_to_float};
use crate::value::{Tag, Value};
use crate::vm::call::Mode;
use crate::vm::error::{self, Operand};
use crate::vm::meta::Event;
use crate::vm::{arith, close, concat, index, upvalue};

/// A number that has an exact integer value.
#[inline(always)]
pub fn as_exact_integer(v: Value) -> Option<i64> {
    match v.tag {
        Tag::INTEGER => Some(v.integer_payload()),
        Tag::FLOAT => float_to_integer(v.float_payload(), Rounding::Exact),
        _ => None,
    }
}

/// Whether `n` is a power of two: as a constant it often is, and then nothing needs to be divided.
#[inline(always)]
fn is_power_of_two(n: i64) -> bool {
    n > 0 && n & (n - 1) == 0
}

/// `floor_div_integer` for a constant `n`.
#[inline(always)]
fn floor_div_constant(m: i64, n: i64) -> i64 {
    if is_power_of_two(n) { m >> n.trailing_zeros() } else { floor_div_integer(m, n) }
}

/// `mod_integer` for a constant `n`.
#[inline(always)]
fn mod_constant(m: i64, n: i64) -> i64 {
    if is_power_of_two(n) { m & (n - 1) } else { mod_integer(m, n) }
}

/// The handlers of an operator whose result is an integer if both operands are: for integers, for floats and for one of each. The second
/// operand is what the machine's method `$c` gives.
macro_rules! arithmetic {
    ($name:ident, $of_floats:ident, $mixed:ident, $c:ident, $integers:expr, $floats:expr) => {
        handlers! {
            fn $name(m, i) {
                let (b, c) = (m.b(i), m.$c(i));
                if !b.is_integer() {
                    return m.go($of_floats, i);
                }
                if !c.is_integer() {
                    return m.go($mixed, i);
                }
                m.a(i).set(Value::integer($integers(b.integer_payload(), c.integer_payload())));
                m.skip()
            }
        }
        float_arithmetic!($of_floats, $mixed, $c, $floats);
    };
}

/// The handlers of an operator whose operands become floats: for two floats, and for other operands. If these are not numbers, the
/// next instruction calls the metamethod.
macro_rules! float_arithmetic {
    ($name:ident, $mixed:ident, $c:ident, $floats:expr) => {
        handlers! {
            #[inline(never)]
            fn $name(m, i) {
                let (b, c) = (m.b(i), m.$c(i));
                if !b.is_float() {
                    return m.go($mixed, i);
                }
                if !c.is_float() {
                    return m.go($mixed, i);
                }
                m.a(i).set(Value::float($floats(b.float_payload(), c.float_payload())));
                m.skip()
            }

            #[inline(never)]
            fn $mixed(m, i) {
                let Some(x) = m.b(i).as_number() else {
                    return m.go(no_numbers, i);
                };
                let Some(y) = m.$c(i).as_number() else {
                    return m.go(no_numbers, i);
                };
                m.a(i).set(Value::float($floats(x, y)));
                m.skip()
            }
        }
    };
}

/// As `arithmetic`, for floor division and modulo: integers by zero raise.
macro_rules! division {
    ($name:ident, $of_floats:ident, $mixed:ident, $c:ident, $integers:expr, $floats:expr) => {
        handlers! {
            fn $name(m, i) {
                let (b, c) = (m.b(i), m.$c(i));
                if !b.is_integer() {
                    return m.go($of_floats, i);
                }
                if !c.is_integer() {
                    return m.go($mixed, i);
                }
                if c.integer_payload() == 0 {
                    return m.go(divide_by_zero, i);
                }
                m.a(i).set(Value::integer($integers(b.integer_payload(), c.integer_payload())));
                m.skip()
            }
        }
        float_arithmetic!($of_floats, $mixed, $c, $floats);
    };
}

/// The handlers of a bitwise operator: for integers, and for floats with exact integer values. For other operands the next instruction calls the
/// metamethod.
macro_rules! bitwise {
    ($name:ident, $of_floats:ident, $c:ident, $integers:expr) => {
        handlers! {
            fn $name(m, i) {
                let (b, c) = (m.b(i), m.$c(i));
                if b.is_integer() && c.is_integer() {
                    m.a(i).set(Value::integer($integers(b.integer_payload(), c.integer_payload())));
                    return m.skip();
                }
                m.go($of_floats, i)
            }

            #[inline(never)]
            fn $of_floats(m, i) {
                if let (Some(x), Some(y)) = (as_exact_integer(m.b(i)), as_exact_integer(m.$c(i))) {
                    m.a(i).set(Value::integer($integers(x, y)));
                    return m.skip();
                }
                m.go(no_numbers, i)
            }
        }
    };
}

arithmetic!(add, add_floats, add_mixed, c, i64::wrapping_add, |x: f64, y| x + y);
arithmetic!(add_constant, add_constant_floats, add_constant_mixed, constant_c, i64::wrapping_add, |x: f64, y| x + y);
arithmetic!(subtract, subtract_floats, subtract_mixed, c, i64::wrapping_sub, |x: f64, y| x - y);
arithmetic!(subtract_constant, subtract_constant_floats, subtract_constant_mixed, constant_c, i64::wrapping_sub, |x: f64, y| x
    - y);
arithmetic!(multiply, multiply_floats, multiply_mixed, c, i64::wrapping_mul, |x: f64, y| x * y);
arithmetic!(multiply_constant, multiply_constant_floats, multiply_constant_mixed, constant_c, i64::wrapping_mul, |x: f64, y| x
    * y);
division!(modulo, modulo_floats, modulo_mixed, c, mod_integer, mod_float);
division!(modulo_constant, modulo_constant_floats, modulo_constant_mixed, constant_c, mod_constant, mod_float);
division!(floor_divide, floor_divide_floats, floor_divide_mixed, c, floor_div_integer, floor_div_float);
division!(
    floor_divide_constant,
    floor_divide_constant_floats,
    floor_divide_constant_mixed,
    constant_c,
    floor_div_constant,
    floor_div_float
);
float_arithmetic!(divide, divide_mixed, c, |x: f64, y| x / y);
float_arithmetic!(divide_constant, divide_constant_mixed, constant_c, |x: f64, y| x / y);
float_arithmetic!(power, power_mixed, c, pow_float);
float_arithmetic!(power_constant, power_constant_mixed, constant_c, pow_float);
bitwise!(and, and_floats, c, |x: i64, y| x & y);
bitwise!(and_constant, and_constant_floats, constant_c, |x: i64, y| x & y);
bitwise!(or, or_floats, c, |x: i64, y| x | y);
bitwise!(or_constant, or_constant_floats, constant_c, |x: i64, y| x | y);
bitwise!(xor, xor_floats, c, |x: i64, y| x ^ y);
bitwise!(xor_constant, xor_constant_floats, constant_c, |x: i64, y| x ^ y);
bitwise!(left_shift, left_shift_floats, c, shift_left);
bitwise!(right_shift, right_shift_floats, c, shift_right);

handlers! {
    fn add_immediate(m, i) {
        let b = m.b(i);
        if b.is_integer() {
            m.a(i).set(Value::integer(b.integer_payload().wrapping_add(i.sc() as i64)));
            return m.skip();
        }
        m.go(add_immediate_other, i)
    }

    #[inline(never)]
    fn add_immediate_other(m, i) {
        let b = m.b(i);
        if b.is_float() {
            m.a(i).set(Value::float(b.float_payload() + integer_to_float(i.sc() as i64)));
            return m.skip();
        }
        m.go(no_numbers, i)
    }

    /// The operands are not both numbers: the next instruction calls the metamethod.
    #[cold]
    #[inline(never)]
    fn no_numbers(m, _i) {
        m.next()
    }

    fn shift_right_immediate(m, i) {
        let b = m.b(i);
        if b.is_integer() {
            m.a(i).set(Value::integer(shift_right(b.integer_payload(), i.sc() as i64)));
            return m.skip();
        }
        m.go(shift_float, i)
    }

    fn shift_immediate_left(m, i) {
        let b = m.b(i);
        if b.is_integer() {
            m.a(i).set(Value::integer(shift_left(i.sc() as i64, b.integer_payload())));
            return m.skip();
        }
        m.go(shift_float, i)
    }

    /// Shifts of floats and other values by an immediate operand, or of one.
    #[inline(never)]
    fn shift_float(m, i) {
        let Some(x) = as_exact_integer(m.b(i)) else {
            return m.go(no_numbers, i);
        };
        let n = i.sc() as i64;
        m.a(i).set(Value::integer(if i.opcode() == Opcode::ShrI { shift_right(x, n) } else { shift_left(n, x) }));
        m.skip()
    }

    #[cold]
    #[inline(never)]
    fn divide_by_zero(m, i) {
        let modulo = matches!(i.opcode(), Opcode::Mod | Opcode::ModK);
        m.save();
        m.stop(Step::Raised(error::number_error(
            m.l,
            if modulo { ArithError::ModuloByZero } else { ArithError::DivideByZero },
        )))
    }

    /// The operation before was not one of numbers alone.
    #[cold]
    #[inline(never)]
    fn binary_metamethod(m, i) {
        let (op, operands) = binary_operation(m, i);
        let [a, b] = operands.map(|(v, _)| v);
        if let Some(f) = metamethods::of_operands(m.l.global(), a, b, Event::of(op)) {
            return metamethods::call(m, i, f, [a, b], Results::One);
        }
        m.save();
        // SAFETY: E4: the failed operation stands before; its A is where the result goes.
        let target = Instruction(unsafe { *m.pc.wrapping_sub(2) }).a();
        let value = {
            let e = if op.is_bitwise() { ArithError::NoInteger } else { ArithError::NotNumber };
            attempt!(arith::failed(m.l, op, e, operands, Mode::Instruction))
        };
        m.finish(target, value)
    }

    fn negate(m, i) {
        let b = m.b(i);
        if b.is_integer() {
            return m.give(i, Value::integer(b.integer_payload().wrapping_neg()));
        }
        if b.is_float() {
            return m.give(i, Value::float(-b.float_payload()));
        }
        m.go(unary_metamethod, i)
    }

    fn complement(m, i) {
        let b = m.b(i);
        if b.is_integer() {
            return m.give(i, Value::integer(!b.integer_payload()));
        }
        m.go(complement_slow, i)
    }

    #[cold]
    #[inline(never)]
    fn complement_slow(m, i) {
        match as_exact_integer(m.b(i)) {
            Some(x) => m.give(i, Value::integer(!x)),
            None => m.go(unary_metamethod, i),
        }
    }

    #[cold]
    #[inline(never)]
    fn unary_metamethod(m, i) {
        let (op, e) = match i.opcode() {
            Opcode::Unm => (ArithOp::Unm, ArithError::NotNumber),
            _ => (ArithOp::BNot, ArithError::NoInteger),
        };
        if let Some(f) = metamethods::of(m.b(i), Event::of(op)) {
            return metamethods::call(m, i, f, [m.b(i); 2], Results::One);
        }
        m.save();
        let operand = (m.b(i), Operand::Register(m.l.index_of(m.register(i.b()))));
        let value = attempt!(arith::failed(m.l, op, e, [operand, operand], Mode::Instruction));
        m.finish(i.a(), value)
    }

    fn not(m, i) {
        m.give(i, Value::boolean(m.b(i).is_false()))
    }

    fn length(m, i) {
        if let Some(t) = m.b(i).as_table()
            && t.metatable.get().is_none()
        {
            return m.give(i, Value::integer(t.length() as i64));
        }
        if let Some(s) = m.b(i).as_string() {
            return m.give(i, Value::integer(s.len() as i64));
        }
        m.go(length_slow, i)
    }

    #[inline(never)]
    fn length_slow(m, i) {
        if let Some(f) = metamethods::of(m.b(i), Event::Len) {
            return metamethods::call(m, i, f, [m.b(i); 2], Results::One);
        }
        m.save();
        let operand = Operand::Register(m.l.index_of(m.register(i.b())));
        let value = attempt!(index::len_in(m.l, m.b(i), operand, Mode::Instruction));
        m.finish(i.a(), value)
    }

    fn concatenate(m, i) {
        let end = m.a(i).at(i.b());
        let (a, b) = (end.before(2), end.before(1));
        if a.tag() == Tag::TABLE || b.tag() == Tag::TABLE {
            return m.go(concatenate_tables, i);
        }
        m.go(concatenate_texts, i)
    }

    /// One of the last two operands is a table.
    #[inline(never)]
    fn concatenate_tables(m, i) {
        let end = m.a(i).at(i.b());
        let (a, b) = (end.before(2).get(), end.before(1).get());
        if let Some(f) = metamethods::of_operands(m.l.global(), a, b, Event::Concat) {
            return metamethods::call_at(m, i, end, f, [a, b], Results::One);
        }
        m.go(concatenate_texts, i)
    }

    fn concatenate_texts(m, i) {
        let n = i.b();
        m.l.top.set(m.a(i).at(n));
        m.save_pc();
        if !attempt!(concat::concat_in(m.l, n, Mode::Instruction)) {
            return Machine::enter(m.l);
        }
        m.reload();
        if is_collection_due(m) { m.go(collect, i) } else { m.resume() }
    }

    fn close_variables(m, i) {
        if close::pending(m.l, m.l.index_of(m.a(i))) {
            return m.go(close_pending, i);
        }
        upvalue::close(m.l, m.a(i));
        m.next()
    }

    #[inline(never)]
    fn close_pending(m, i) {
        let variable = close::last(m.l);
        if let Some(f) = metamethods::of(variable, Event::Close) {
            upvalue::close(m.l, m.a(i));
            close::take_last(m.l);
            m.l.frame.get().add_status(frame_status::REPEATED);
            if LUA_5_5 {
                return metamethods::call(m, i, f, [variable], Results::None);
            }
            return metamethods::call(m, i, f, [variable, Value::NIL], Results::None);
        }
        m.save();
        if !attempt!(close::close_for_instruction(m.l, m.l.index_of(m.a(i)))) {
            return Machine::enter(m.l);
        }
        m.reload();
        m.resume()
    }

    fn mark_to_be_closed(m, i) {
        m.save();
        attempt!(close::mark(m.l, m.a(i)));
        m.next()
    }
}

/// The binary operation before a `MMBIN` instruction, and its operands with where they are.
#[inline(always)]
fn binary_operation(m: Machine, i: Instruction) -> (ArithOp, [(Value, Operand); 2]) {
    let op = Event::from_number(i.c()).operator().expect("verified: an arithmetic event");
    let at = |slot: Slot| (slot.get(), Operand::Register(m.l.index_of(slot)));
    let a = at(m.a(i));
    let (b, swapped) = match i.opcode() {
        Opcode::MmBin => (at(m.register(i.b())), false),
        Opcode::MmBinI => ((Value::integer(i.sb() as i64), Operand::Unnamed), i.k()),
        _ => ((m.constant(i.b()), Operand::Unnamed), i.k()),
    };
    (op, if swapped { [b, a] } else { [a, b] })
}
