//! The interpreter loop.
//!
//! Rules of this file:
//! * E1 `pc`, `base` and `l` are locals; the frame's `pc` is stored (`save!`) before anything that can raise, call, collect or
//!   look at the frame, and `base` is read again after it (`reload!`), since the stack may have moved.
//! * E2 While an instruction runs code that may collect, `l.top` is above every live register: `save!` sets it to the
//!   frame's end.
//! * E3 An arm is decode, fast path, and at most one call of a slow path elsewhere. Arithmetic that fails falls through to
//!   the `MMBIN` instruction that follows it.
//! * E4 What an instruction assumes about its operands is what `chunk::verify` proves, or it is checked here. A write to a
//!   register always writes the tag.
//! * E5 Hooks are looked at on entering a function, after a call of a host or standard function, and on jumping back; while
//!   there is one, the traced copy of the loop runs, which looks before every instruction.

use super::arith;
use super::call::{self, ALL, Entered, Mode};
use super::close;
use super::compare::{self, Order};
use super::concat;
use super::error::{self, Operand};
use super::forloop;
use super::hook;
use super::index;
use super::meta::{self, Event};
use super::run::{self, Flow, Run};
use super::shared;
use super::upvalue;
use super::vararg;
use crate::bytecode::{Instruction, MAX_LIST_C, Opcode};
use crate::edition::{FOR_CALL, FOR_CLOSING, LUA_5_5};
use crate::gc;
use crate::heap::function::{LuaClosure, Proto};
use crate::heap::object::Gc;
use crate::heap::state::{Slot, State, frame_status};
use crate::heap::string::Str;
use crate::heap::table::Table;
use crate::throw::Result;
use crate::value::arith::{
    ArithError, ArithOp, floor_div_float, floor_div_integer, mod_float, mod_integer, pow_float, shift_left, shift_right,
};
use crate::value::number::{Rounding, float_to_integer};
use crate::value::{Tag, Value};

/// Runs the current Lua frame, and those it calls and returns to, until the run ends or something is raised.
///
/// `current` is the running thread, also when an error is returned.
pub fn execute(current: &mut State, run: &Run) -> Result<Flow> {
    loop {
        if let Some(flow) = interpret::<false>(current, run)? {
            return Ok(flow);
        }
        if let Some(flow) = interpret::<true>(current, run)? {
            return Ok(flow);
        }
    }
}

/// A number that has an exact integer value.
#[inline(always)]
pub fn as_exact_integer(v: Value) -> Option<i64> {
    match v.tag {
        Tag::INTEGER => Some(v.integer_payload()),
        Tag::FLOAT => float_to_integer(v.float_payload(), Rounding::Exact),
        _ => None,
    }
}

/// The loop, compiled twice. `None`: hooks were set or cleared, and the other copy goes on.
fn interpret<const TRACED: bool>(current: &mut State, run: &Run) -> Result<Option<Flow>> {
    let mut l = *current;
    'frame: loop {
        if (l.hooks() != 0) != TRACED {
            return Ok(None);
        }
        let frame = l.frame.get();
        debug_assert!(frame.is_lua());
        let mut base = l.slot(frame.func.get()).at(1);
        // SAFETY: Lua frames are frames of Lua closures.
        let closure: Gc<LuaClosure> = unsafe { base.before(1).get().object_as() };
        let proto: Gc<Proto> = closure.proto.get();
        let constants = Slot(proto.constants.as_ptr());
        let size = proto.max_stack_size as usize;
        let mut pc = frame.pc.get();
        if TRACED && pc == proto.code.as_ptr() && !proto.is_vararg() {
            hook::entering(l)?;
            base = l.base();
        }

        /// Makes the frame whole for code outside the loop (E1, E2).
        macro_rules! save {
            () => {
                l.frame.get().pc.set(pc);
                l.top.set(base.at(size));
            };
        }
        /// As `save!`, where the top is an operand.
        macro_rules! save_pc {
            () => {
                l.frame.get().pc.set(pc)
            };
        }
        macro_rules! reload {
            () => {
                base = l.base()
            };
        }
        macro_rules! constant {
            ($n:expr) => {
                constants.at($n).get()
            };
        }
        macro_rules! key {
            ($n:expr) => {{
                // SAFETY: E4: such constants are short strings.
                let s: Gc<Str> = unsafe { constants.at($n).get().object_as() };
                s
            }};
        }
        macro_rules! jump {
            ($distance:expr) => {
                pc = pc.wrapping_offset($distance as isize)
            };
        }
        /// A jump back: the place where a tight loop notices hooks.
        macro_rules! jump_back {
            ($distance:expr) => {
                jump!(-($distance as isize));
                if !TRACED && l.hooks() != 0 {
                    save!();
                    return Ok(None);
                }
            };
        }
        /// After a test: takes the jump that follows, or skips it.
        macro_rules! conditional_jump {
            ($i:expr, $condition:expr) => {
                if $condition == $i.k() {
                    // SAFETY: E4: a jump follows every test.
                    let distance = Instruction(unsafe { *pc }).sj();
                    if distance < 0 {
                        jump_back!(-(distance + 1));
                    } else {
                        jump!(distance + 1);
                    }
                } else {
                    jump!(1);
                }
            };
        }
        macro_rules! register_operand {
            ($slot:expr) => {
                Operand::Register(l.index_of($slot))
            };
        }
        /// The other thread or frame that is current now, or the end of the run.
        macro_rules! follow {
            ($flow:expr) => {
                match $flow? {
                    Flow::Run => {
                        l = *current;
                        continue 'frame;
                    }
                    Flow::Exit => return Ok(Some(Flow::Exit)),
                }
            };
        }
        /// Goes on after `call::enter`; falls through when the callee has returned.
        macro_rules! entered {
            ($entered:expr) => {
                match $entered {
                    Entered::Done => {
                        if !TRACED && l.hooks() != 0 {
                            return Ok(None);
                        }
                        reload!();
                    }
                    Entered::Lua => continue 'frame,
                    other => follow!(run::proceed(current, run, other, 0)),
                }
            };
        }
        macro_rules! store_result {
            ($a:expr, $outcome:expr) => {
                match $outcome {
                    Some(v) => {
                        reload!();
                        base.at($a).set(v);
                    }
                    None => continue 'frame,
                }
            };
        }
        macro_rules! collect {
            ($limit:expr) => {
                if cfg!(feature = "gc-stress") || l.global().allocator.debt() > 0 {
                    save_pc!();
                    l.top.set($limit);
                    gc::check(l);
                    reload!();
                }
            };
        }
        macro_rules! get_slow {
            ($i:expr, $object:expr, $key:expr, $operand:expr) => {
                save!();
                store_result!($i.a(), index::get_slow(l, $object, $key, $operand, Mode::Instruction)?);
            };
        }
        macro_rules! set_slow {
            ($object:expr, $key:expr, $value:expr, $operand:expr) => {
                save!();
                if !index::set_slow(l, $object, $key, $value, $operand, Mode::Instruction)? {
                    continue 'frame;
                }
                reload!();
            };
        }
        /// `t[k] = v` where `t` has a value there already: no metamethod is involved.
        macro_rules! set_fast {
            ($table:expr, $place:expr, $value:expr) => {
                if let Some(place) = $place
                    && !place.get().is_nil()
                    && $table.is_writable()
                {
                    place.set($value);
                    gc::barrier_back(l.global(), $table, $value);
                    continue;
                }
            };
        }
        /// As `set_fast!` for integers as keys, whose places also take a first value when there is no metatable to ask.
        macro_rules! set_fast_integer {
            ($table:expr, $key:expr, $value:expr) => {
                if let Some(place) = $table.find_integer($key)
                    && (!place.get().is_nil() || $table.metatable.get().is_none())
                {
                    place.set($value);
                    gc::barrier_back(l.global(), $table, $value);
                    continue;
                }
            };
        }
        macro_rules! rk_c {
            ($i:expr) => {
                if $i.k() { constant!($i.c()) } else { base.at($i.c()).get() }
            };
        }
        macro_rules! arith_op {
            ($i:expr, $b:expr, $c:expr, $int:expr, $float:expr) => {{
                let (b, c): (Value, Value) = ($b, $c);
                if b.is_integer() && c.is_integer() {
                    base.at($i.a()).set(Value::integer($int(b.integer_payload(), c.integer_payload())));
                    jump!(1);
                } else if let (Some(x), Some(y)) = (b.as_number(), c.as_number()) {
                    base.at($i.a()).set(Value::float($float(x, y)));
                    jump!(1);
                }
            }};
        }
        macro_rules! float_op {
            ($i:expr, $b:expr, $c:expr, $float:expr) => {{
                let (b, c): (Value, Value) = ($b, $c);
                if let (Some(x), Some(y)) = (b.as_number(), c.as_number()) {
                    base.at($i.a()).set(Value::float($float(x, y)));
                    jump!(1);
                }
            }};
        }
        /// Division and modulo: integers by zero raise.
        macro_rules! division_op {
            ($i:expr, $b:expr, $c:expr, $int:expr, $float:expr, $zero:expr) => {{
                let (b, c): (Value, Value) = ($b, $c);
                if b.is_integer() && c.is_integer() {
                    if c.integer_payload() == 0 {
                        save!();
                        return Err(error::number_error(l, $zero));
                    }
                    base.at($i.a()).set(Value::integer($int(b.integer_payload(), c.integer_payload())));
                    jump!(1);
                } else if let (Some(x), Some(y)) = (b.as_number(), c.as_number()) {
                    base.at($i.a()).set(Value::float($float(x, y)));
                    jump!(1);
                }
            }};
        }
        macro_rules! bit_op {
            ($i:expr, $b:expr, $c:expr, $int:expr) => {{
                let (b, c): (Value, Value) = ($b, $c);
                if let (Some(x), Some(y)) = (as_exact_integer(b), as_exact_integer(c)) {
                    base.at($i.a()).set(Value::integer($int(x, y)));
                    jump!(1);
                }
            }};
        }
        macro_rules! order_op {
            ($i:expr, $order:expr, $int:expr, $float:expr) => {{
                let (a, b) = (base.at($i.a()).get(), base.at($i.b()).get());
                let condition = if a.is_integer() && b.is_integer() {
                    $int(&a.integer_payload(), &b.integer_payload())
                } else if a.is_float() && b.is_float() {
                    $float(&a.float_payload(), &b.float_payload())
                } else {
                    save!();
                    match compare::order_in(l, $order, a, b, Mode::Instruction)? {
                        Some(c) => {
                            reload!();
                            c
                        }
                        None => continue 'frame,
                    }
                };
                conditional_jump!($i, condition);
            }};
        }
        /// Comparison with an immediate; `swapped`: the immediate is the first operand.
        macro_rules! order_immediate {
            ($i:expr, $int:expr, $float:expr, $order:expr, $swapped:expr) => {{
                let a = base.at($i.a()).get();
                let im = $i.sb();
                let condition = if a.is_integer() {
                    $int(&a.integer_payload(), &(im as i64))
                } else if a.is_float() {
                    $float(&a.float_payload(), &(im as f64))
                } else {
                    save!();
                    let im = if $i.c() != 0 { Value::float(im as f64) } else { Value::integer(im as i64) };
                    let (x, y) = if $swapped { (im, a) } else { (a, im) };
                    match compare::order_in(l, $order, x, y, Mode::Instruction)? {
                        Some(c) => {
                            reload!();
                            c
                        }
                        None => continue 'frame,
                    }
                };
                conditional_jump!($i, condition);
            }};
        }
        /// Leaves the current frame for the caller, whose results are in place.
        macro_rules! go_back {
            ($bits:expr) => {
                let bits: u16 = $bits;
                if bits & (frame_status::FRESH | frame_status::META) == 0 && l.frame.get().is_lua() {
                    continue 'frame;
                }
                follow!(run::returned(current, run, bits))
            };
        }

        // The next instruction belongs to the last one: no hook between them.
        let mut announced = false;
        loop {
            if TRACED && !core::mem::take(&mut announced) {
                save_pc!();
                if hook::before_instruction(l, pc)? && l.hooks() == 0 {
                    return Ok(None);
                }
                reload!();
            }
            // SAFETY: E4: code ends with a return, and jumps stay inside.
            let i = Instruction(unsafe { *pc });
            jump!(1);
            // SAFETY: E4.
            match unsafe { i.opcode_unchecked() } {
                Opcode::Move => base.at(i.a()).set(base.at(i.b()).get()),
                Opcode::LoadI => base.at(i.a()).set(Value::integer(i.sbx() as i64)),
                Opcode::LoadF => base.at(i.a()).set(Value::float(i.sbx() as f64)),
                Opcode::LoadK => base.at(i.a()).set(constant!(i.bx())),
                Opcode::LoadKX => {
                    // SAFETY: E4: an EXTRAARG follows.
                    let extra = Instruction(unsafe { *pc });
                    jump!(1);
                    base.at(i.a()).set(constant!(extra.ax()));
                }
                Opcode::LoadFalse => base.at(i.a()).set(Value::FALSE),
                Opcode::LFalseSkip => {
                    base.at(i.a()).set(Value::FALSE);
                    jump!(1);
                }
                Opcode::LoadTrue => base.at(i.a()).set(Value::TRUE),
                Opcode::LoadNil => {
                    for n in 0..=i.b() {
                        base.at(i.a() + n).set_nil();
                    }
                }
                Opcode::GetUpval => base.at(i.a()).set(closure.upvalue(i.b()).get()),
                Opcode::SetUpval => {
                    let v = base.at(i.a()).get();
                    let u = closure.upvalue(i.b());
                    u.set(v);
                    gc::barrier(l.global(), u, v);
                }
                Opcode::GetTabUp => {
                    let object = closure.upvalue(i.b()).get();
                    let key = key!(i.c());
                    if let Some(t) = object.as_table() {
                        let v = t.get_short_str(key);
                        if !v.is_nil() {
                            base.at(i.a()).set(v);
                            continue;
                        }
                    }
                    get_slow!(i, object, key.into(), Operand::Upvalue(i.b() as u32));
                }
                Opcode::GetTable => {
                    let (object, key) = (base.at(i.b()).get(), base.at(i.c()).get());
                    if let Some(t) = object.as_table() {
                        let v = if key.is_integer() { t.get_integer(key.integer_payload()) } else { t.get(key) };
                        if !v.is_nil() {
                            base.at(i.a()).set(v);
                            continue;
                        }
                    }
                    get_slow!(i, object, key, register_operand!(base.at(i.b())));
                }
                Opcode::GetI => {
                    let object = base.at(i.b()).get();
                    if let Some(t) = object.as_table() {
                        let v = t.get_integer(i.c() as i64);
                        if !v.is_nil() {
                            base.at(i.a()).set(v);
                            continue;
                        }
                    }
                    get_slow!(i, object, Value::integer(i.c() as i64), register_operand!(base.at(i.b())));
                }
                Opcode::GetField => {
                    let object = base.at(i.b()).get();
                    let key = key!(i.c());
                    if let Some(t) = object.as_table() {
                        let mut v = t.get_short_str(key);
                        if v.is_nil() && t.metatable.get().is_some() {
                            v = index::inherited(t, key);
                        }
                        if !v.is_nil() {
                            base.at(i.a()).set(v);
                            continue;
                        }
                    }
                    get_slow!(i, object, key.into(), register_operand!(base.at(i.b())));
                }
                Opcode::SetTabUp => {
                    let object = closure.upvalue(i.a()).get();
                    let (key, value) = (key!(i.b()), rk_c!(i));
                    if let Some(t) = object.as_table() {
                        set_fast!(t, t.find_short_str(key), value);
                    }
                    set_slow!(object, key.into(), value, Operand::Upvalue(i.a() as u32));
                }
                Opcode::SetTable => {
                    let object = base.at(i.a()).get();
                    let (key, value) = (base.at(i.b()).get(), rk_c!(i));
                    if let Some(t) = object.as_table() {
                        if key.is_integer() {
                            set_fast_integer!(t, key.integer_payload(), value);
                        } else {
                            set_fast!(t, t.find(key), value);
                        }
                    }
                    set_slow!(object, key, value, register_operand!(base.at(i.a())));
                }
                Opcode::SetI => {
                    let object = base.at(i.a()).get();
                    let value = rk_c!(i);
                    if let Some(t) = object.as_table() {
                        set_fast_integer!(t, i.b() as i64, value);
                    }
                    set_slow!(object, Value::integer(i.b() as i64), value, register_operand!(base.at(i.a())));
                }
                Opcode::SetField => {
                    let object = base.at(i.a()).get();
                    let (key, value) = (key!(i.b()), rk_c!(i));
                    if let Some(t) = object.as_table() {
                        set_fast!(t, t.find_short_str(key), value);
                    }
                    set_slow!(object, key.into(), value, register_operand!(base.at(i.a())));
                }
                Opcode::NewTable => {
                    let hashed = if i.list_b() > 0 { 1usize << (i.list_b() - 1) } else { 0 };
                    // SAFETY: E4: an EXTRAARG follows.
                    let extra = Instruction(unsafe { *pc });
                    jump!(1);
                    let array = i.list_c() + if i.k() { extra.ax() * (MAX_LIST_C as usize + 1) } else { 0 };
                    save_pc!();
                    l.top.set(base.at(i.a() + 1));
                    let g = l.global();
                    let t = Gc::<Table>::new(g)?;
                    base.at(i.a()).set(t.into());
                    if hashed > 0 || array > 0 {
                        t.resize(g, array, hashed)?;
                    }
                    collect!(base.at(i.a() + 1));
                }
                Opcode::SelfOp => {
                    let object = base.at(i.b()).get();
                    let key = if LUA_5_5 { constant!(i.c()) } else { rk_c!(i) };
                    base.at(i.a() + 1).set(object);
                    if let (Some(t), Some(s)) = (object.as_table(), key.as_string()) {
                        let mut v = t.get_str(s);
                        if v.is_nil() && s.is_short() {
                            v = index::inherited(t, s);
                        }
                        if !v.is_nil() {
                            base.at(i.a()).set(v);
                            continue;
                        }
                    } else if object.tag.is_string()
                        && let Some(s) = key.as_string()
                        && let Some(v) = meta::string_method(l.global(), s)
                    {
                        base.at(i.a()).set(v);
                        continue;
                    }
                    get_slow!(i, object, key, register_operand!(base.at(i.b())));
                }
                Opcode::AddI => {
                    let b = base.at(i.b()).get();
                    let im = i.sc();
                    if b.is_integer() {
                        base.at(i.a()).set(Value::integer(b.integer_payload().wrapping_add(im as i64)));
                        jump!(1);
                    } else if b.is_float() {
                        base.at(i.a()).set(Value::float(b.float_payload() + im as f64));
                        jump!(1);
                    }
                }
                Opcode::AddK => {
                    arith_op!(i, base.at(i.b()).get(), constant!(i.c()), i64::wrapping_add, |x: f64, y| x + y)
                }
                Opcode::SubK => {
                    arith_op!(i, base.at(i.b()).get(), constant!(i.c()), i64::wrapping_sub, |x: f64, y| x - y)
                }
                Opcode::MulK => {
                    arith_op!(i, base.at(i.b()).get(), constant!(i.c()), i64::wrapping_mul, |x: f64, y| x * y)
                }
                Opcode::ModK => division_op!(
                    i,
                    base.at(i.b()).get(),
                    constant!(i.c()),
                    mod_integer,
                    mod_float,
                    ArithError::ModuloByZero
                ),
                Opcode::PowK => float_op!(i, base.at(i.b()).get(), constant!(i.c()), pow_float),
                Opcode::DivK => float_op!(i, base.at(i.b()).get(), constant!(i.c()), |x: f64, y| x / y),
                Opcode::IDivK => division_op!(
                    i,
                    base.at(i.b()).get(),
                    constant!(i.c()),
                    floor_div_integer,
                    floor_div_float,
                    ArithError::DivideByZero
                ),
                Opcode::BAndK => bit_op!(i, base.at(i.b()).get(), constant!(i.c()), |x: i64, y| x & y),
                Opcode::BOrK => bit_op!(i, base.at(i.b()).get(), constant!(i.c()), |x: i64, y| x | y),
                Opcode::BXorK => bit_op!(i, base.at(i.b()).get(), constant!(i.c()), |x: i64, y| x ^ y),
                Opcode::ShrI => {
                    if let Some(x) = as_exact_integer(base.at(i.b()).get()) {
                        base.at(i.a()).set(Value::integer(shift_right(x, i.sc() as i64)));
                        jump!(1);
                    }
                }
                Opcode::ShlI => {
                    if let Some(x) = as_exact_integer(base.at(i.b()).get()) {
                        base.at(i.a()).set(Value::integer(shift_left(i.sc() as i64, x)));
                        jump!(1);
                    }
                }
                Opcode::Add => {
                    arith_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), i64::wrapping_add, |x: f64, y| x + y)
                }
                Opcode::Sub => {
                    arith_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), i64::wrapping_sub, |x: f64, y| x - y)
                }
                Opcode::Mul => {
                    arith_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), i64::wrapping_mul, |x: f64, y| x * y)
                }
                Opcode::Mod => division_op!(
                    i,
                    base.at(i.b()).get(),
                    base.at(i.c()).get(),
                    mod_integer,
                    mod_float,
                    ArithError::ModuloByZero
                ),
                Opcode::Pow => float_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), pow_float),
                Opcode::Div => float_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), |x: f64, y| x / y),
                Opcode::IDiv => division_op!(
                    i,
                    base.at(i.b()).get(),
                    base.at(i.c()).get(),
                    floor_div_integer,
                    floor_div_float,
                    ArithError::DivideByZero
                ),
                Opcode::BAnd => bit_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), |x: i64, y| x & y),
                Opcode::BOr => bit_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), |x: i64, y| x | y),
                Opcode::BXor => bit_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), |x: i64, y| x ^ y),
                Opcode::Shl => bit_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), shift_left),
                Opcode::Shr => bit_op!(i, base.at(i.b()).get(), base.at(i.c()).get(), shift_right),
                Opcode::MmBin | Opcode::MmBinI | Opcode::MmBinK => {
                    save!();
                    // SAFETY: E4: the failed operation stands before; its A is where the result goes.
                    let target = Instruction(unsafe { *pc.wrapping_sub(2) }).a();
                    store_result!(target, binary_metamethod(l, i, base, constants)?);
                }
                Opcode::Unm => {
                    let b = base.at(i.b()).get();
                    if b.is_integer() {
                        base.at(i.a()).set(Value::integer(b.integer_payload().wrapping_neg()));
                    } else if b.is_float() {
                        base.at(i.a()).set(Value::float(-b.float_payload()));
                    } else {
                        save!();
                        store_result!(i.a(), unary_metamethod(l, ArithOp::Unm, base.at(i.b()))?);
                    }
                }
                Opcode::BNot => {
                    let b = base.at(i.b()).get();
                    match as_exact_integer(b) {
                        Some(x) => base.at(i.a()).set(Value::integer(!x)),
                        None => {
                            save!();
                            store_result!(i.a(), unary_metamethod(l, ArithOp::BNot, base.at(i.b()))?);
                        }
                    }
                }
                Opcode::Not => base.at(i.a()).set(Value::boolean(base.at(i.b()).get().is_false())),
                Opcode::Len => {
                    let b = base.at(i.b()).get();
                    if let Some(t) = b.as_table()
                        && t.metatable.get().is_none()
                    {
                        base.at(i.a()).set(Value::integer(t.length() as i64));
                    } else {
                        save!();
                        let operand = register_operand!(base.at(i.b()));
                        store_result!(i.a(), index::len_in(l, b, operand, Mode::Instruction)?);
                    }
                }
                Opcode::Concat => {
                    let n = i.b();
                    l.top.set(base.at(i.a() + n));
                    save_pc!();
                    if !concat::concat_in(l, n, Mode::Instruction)? {
                        continue 'frame;
                    }
                    reload!();
                    collect!(base.at(i.a() + 1));
                }
                Opcode::Close => {
                    save!();
                    if !close::close_for_instruction(l, l.index_of(base.at(i.a())))? {
                        continue 'frame;
                    }
                    reload!();
                }
                Opcode::Tbc => {
                    save!();
                    close::mark(l, base.at(i.a()))?;
                }
                Opcode::Jmp => {
                    let distance = i.sj();
                    if distance < 0 {
                        jump_back!(-distance);
                    } else {
                        jump!(distance);
                    }
                }
                Opcode::Eq => {
                    let (a, b) = (base.at(i.a()).get(), base.at(i.b()).get());
                    let condition = if a.tag == b.tag && a.payload == b.payload && !a.is_float() {
                        true
                    } else {
                        save!();
                        match compare::equal_in(l, a, b, Mode::Instruction)? {
                            Some(c) => {
                                reload!();
                                c
                            }
                            None => continue 'frame,
                        }
                    };
                    conditional_jump!(i, condition);
                }
                Opcode::Lt => order_op!(i, Order::Less, i64::lt, f64::lt),
                Opcode::Le => order_op!(i, Order::LessEqual, i64::le, f64::le),
                Opcode::EqK => {
                    let condition = compare::raw_equal(base.at(i.a()).get(), constant!(i.b()));
                    conditional_jump!(i, condition);
                }
                Opcode::EqI => {
                    let a = base.at(i.a()).get();
                    let condition = if a.is_integer() {
                        a.integer_payload() == i.sb() as i64
                    } else {
                        a.is_float() && a.float_payload() == i.sb() as f64
                    };
                    conditional_jump!(i, condition);
                }
                Opcode::LtI => order_immediate!(i, i64::lt, f64::lt, Order::Less, false),
                Opcode::LeI => order_immediate!(i, i64::le, f64::le, Order::LessEqual, false),
                Opcode::GtI => order_immediate!(i, i64::gt, f64::gt, Order::Less, true),
                Opcode::GeI => order_immediate!(i, i64::ge, f64::ge, Order::LessEqual, true),
                Opcode::Test => {
                    let condition = !base.at(i.a()).tag().is_false();
                    conditional_jump!(i, condition);
                }
                Opcode::TestSet => {
                    let b = base.at(i.b()).get();
                    if b.is_false() == i.k() {
                        jump!(1);
                    } else {
                        base.at(i.a()).set(b);
                        // SAFETY: E4: a jump follows every test.
                        let distance = Instruction(unsafe { *pc }).sj();
                        jump!(distance + 1);
                    }
                }
                Opcode::Call => {
                    let func = base.at(i.a());
                    if i.b() != 0 {
                        l.top.set(func.at(i.b()));
                    }
                    save_pc!();
                    let results = i.c() as i32 - 1;
                    entered!(call::enter(l, func, results, 0)?);
                }
                Opcode::TailCall => {
                    let func = base.at(i.a());
                    if i.b() != 0 {
                        l.top.set(func.at(i.b()));
                    }
                    save_pc!();
                    if i.k() {
                        upvalue::close(l, base);
                        close::forget(l, l.index_of(base));
                    }
                    let (func, extra) = resolve_callee(l, func)?;
                    if func.tag() == Tag::LUA_CLOSURE {
                        replace_frame(l, func, i.c())?;
                        continue 'frame;
                    }
                    // Other functions are called as usual; the RETURN that follows passes their results on.
                    entered!(call::enter_other(l, func, ALL, 0, extra)?);
                }
                Opcode::Return => {
                    let mut first = base.at(i.a());
                    let n = if i.b() != 0 { i.b() - 1 } else { l.top.get().since(first) };
                    save_pc!();
                    if i.k() {
                        let index = l.index_of(base);
                        if close::pending(l, index) {
                            close::begin_return(l, n);
                            if l.top.get() < base.at(size) {
                                l.top.set(base.at(size));
                            }
                            if !close::close_for_instruction(l, index)? {
                                continue 'frame;
                            }
                            l.frame.get().remove_status(frame_status::CLOSING);
                            reload!();
                            first = base.at(i.a());
                        } else {
                            upvalue::close(l, base);
                        }
                    }
                    if TRACED {
                        l.top.set(first.at(n));
                        hook::returning(l, n)?;
                        reload!();
                        first = base.at(i.a());
                    }
                    let frame = l.frame.get();
                    if i.c() != 0 {
                        // A vararg function: back to where the caller put it.
                        frame.func.set(frame.func.get() - (frame.extra.get() + i.c() as u32));
                    }
                    let bits = frame.status.get();
                    let target = l.slot(frame.func.get());
                    l.pop_frame();
                    call::move_results(l, target, first, n, frame.results.get() as i32);
                    go_back!(bits);
                }
                Opcode::Return0 => {
                    if TRACED {
                        save_pc!();
                        l.top.set(base.at(i.a()));
                        hook::returning(l, 0)?;
                        reload!();
                    }
                    let frame = l.frame.get();
                    let bits = frame.status.get();
                    let wanted = frame.results.get() as i32;
                    let target = base.before(1);
                    l.pop_frame();
                    l.top.set(target);
                    for n in 0..wanted.max(0) as usize {
                        target.at(n).set_nil();
                        l.top.set(target.at(n + 1));
                    }
                    go_back!(bits);
                }
                Opcode::Return1 => {
                    if TRACED {
                        save_pc!();
                        l.top.set(base.at(i.a() + 1));
                        hook::returning(l, 1)?;
                        reload!();
                    }
                    let frame = l.frame.get();
                    let bits = frame.status.get();
                    let wanted = frame.results.get() as i32;
                    let target = base.before(1);
                    l.pop_frame();
                    if wanted == 1 {
                        target.set(base.at(i.a()).get());
                        l.top.set(base);
                    } else {
                        call::move_results(l, target, base.at(i.a()), 1, wanted);
                    }
                    go_back!(bits);
                }
                Opcode::ForLoop => {
                    let a = base.at(i.a());
                    if LUA_5_5 {
                        if a.at(1).tag() == Tag::INTEGER {
                            let count = a.payload();
                            if count > 0 {
                                let index = (a.at(2).payload() as i64).wrapping_add(a.at(1).payload() as i64);
                                a.set(Value::integer((count - 1) as i64));
                                a.at(2).set(Value::integer(index));
                                jump_back!(i.bx());
                            }
                        } else if forloop::step_float(a) {
                            jump_back!(i.bx());
                        }
                    } else if a.at(2).tag() == Tag::INTEGER {
                        let count = a.at(1).payload();
                        if count > 0 {
                            let index = (a.payload() as i64).wrapping_add(a.at(2).payload() as i64);
                            a.at(1).set(Value::integer((count - 1) as i64));
                            a.set(Value::integer(index));
                            a.at(3).set(Value::integer(index));
                            jump_back!(i.bx());
                        }
                    } else if forloop::step_float(a) {
                        jump_back!(i.bx());
                    }
                }
                Opcode::ForPrep => {
                    save!();
                    if !forloop::prepare(l, base.at(i.a()))? {
                        jump!(i.bx() + 1);
                    }
                }
                Opcode::TForPrep => {
                    save!();
                    let a = base.at(i.a());
                    if LUA_5_5 {
                        let control = a.at(2).get();
                        a.at(2).set(a.at(3).get());
                        a.at(3).set(control);
                    }
                    close::mark(l, a.at(FOR_CLOSING))?;
                    jump!(i.bx());
                    announced = TRACED;
                }
                Opcode::TForCall => {
                    let a = base.at(i.a());
                    let func = a.at(FOR_CALL);
                    // In 5.5 the control variable lies where the function goes.
                    let control = a.at(if LUA_5_5 { 3 } else { 2 }).get();
                    func.set(a.get());
                    func.at(1).set(a.at(1).get());
                    func.at(2).set(control);
                    l.top.set(func.at(3));
                    save_pc!();
                    entered!(call::enter(l, func, i.c() as i32, 0)?);
                }
                Opcode::TForLoop => {
                    let a = base.at(i.a());
                    let control = a.at(FOR_CALL).get();
                    if !control.is_nil() {
                        if !LUA_5_5 {
                            a.at(2).set(control);
                        }
                        jump_back!(i.bx());
                    }
                }
                Opcode::SetList => {
                    let table = base.at(i.a()).get();
                    let mut n = i.list_b();
                    let open = n == 0;
                    if open {
                        n = l.top.get().since(base.at(i.a())) - 1;
                    }
                    let mut last = i.list_c();
                    if i.k() {
                        // SAFETY: E4: an EXTRAARG follows.
                        last += Instruction(unsafe { *pc }).ax() * (MAX_LIST_C as usize + 1);
                        jump!(1);
                    }
                    if open {
                        // The items may reach above the frame's end.
                        save_pc!();
                    } else {
                        save!();
                    }
                    set_list(l, table, base.at(i.a() + 1), n, last)?;
                }
                Opcode::Closure => {
                    save!();
                    let nested = proto.nested()[i.bx()];
                    let made = Gc::<LuaClosure>::new(l.global(), nested)?;
                    base.at(i.a()).set(made.into());
                    fill_closure(l, made, closure, base)?;
                    collect!(base.at(i.a() + 1));
                }
                Opcode::VarArg => {
                    save!();
                    if LUA_5_5 && i.k() {
                        vararg::copy_from_table(l, i.a(), i.c() as i32 - 1, i.b())?;
                    } else {
                        vararg::copy(l, i.a(), i.c() as i32 - 1)?;
                    }
                    reload!();
                }
                Opcode::GetVarArg => base.at(i.a()).set(vararg::get(l, base.at(i.c()).get())),
                Opcode::ErrNotNil => {
                    if !base.at(i.a()).tag().is_nil() {
                        save!();
                        return Err(error::defined_global(l, i.bx().checked_sub(1).map(|k| constant!(k))));
                    }
                }
                Opcode::VarArgPrep => {
                    save_pc!();
                    vararg::adjust(l, closure)?;
                    if TRACED {
                        hook::entering(l)?;
                        // So that the next instruction counts as a new line.
                        l.old_pc.set(1);
                    }
                    reload!();
                }
                Opcode::ExtraArg => {
                    debug_assert!(false, "EXTRAARG is read by the instruction before it");
                }
            }
        }
    }
}

/// The metamethod of the binary operation before a `MMBIN` instruction; `None`: a Lua function was entered.
#[cold]
#[inline(never)]
fn binary_metamethod(l: State, i: Instruction, base: Slot, constants: Slot) -> Result<Option<Value>> {
    let op = Event::from_number(i.c()).operator().expect("verified: an arithmetic event");
    let at = |slot: Slot| (slot.get(), Operand::Register(l.index_of(slot)));
    let a = at(base.at(i.a()));
    let (b, swapped) = match i.opcode() {
        Opcode::MmBin => (at(base.at(i.b())), false),
        Opcode::MmBinI => ((Value::integer(i.sb() as i64), Operand::Unnamed), i.k()),
        _ => ((constants.at(i.b()).get(), Operand::Unnamed), i.k()),
    };
    let operands = if swapped { [b, a] } else { [a, b] };
    let e = if op.is_bitwise() { ArithError::NoInteger } else { ArithError::NotNumber };
    arith::failed(l, op, e, operands, Mode::Instruction)
}

/// The metamethod of a unary operation; `None`: a Lua function was entered.
#[cold]
#[inline(never)]
fn unary_metamethod(l: State, op: ArithOp, slot: Slot) -> Result<Option<Value>> {
    let operand = (slot.get(), Operand::Register(l.index_of(slot)));
    let e = if op.is_bitwise() { ArithError::NoInteger } else { ArithError::NotNumber };
    arith::failed(l, op, e, [operand, operand], Mode::Instruction)
}

/// The slot of a function that can be entered: `__call` metamethods are put in front until there is one. And how many.
#[inline(always)]
fn resolve_callee(l: State, func: Slot) -> Result<(Slot, u8)> {
    let mut func = func;
    let mut extra = 0;
    while !func.tag().is_function() {
        let index = l.index_of(func);
        extra = call::insert_call_metamethod(l, func, extra)?;
        func = l.slot(index);
    }
    Ok((func, extra))
}

/// Turns the current frame into that of the Lua function at `func`, whose arguments lie above it (a tail call).
/// `vararg` is 0, or for a function with extra arguments below its frame its number of parameters plus one.
#[inline]
fn replace_frame(l: State, func: Slot, vararg: usize) -> Result {
    // SAFETY: the caller checked the tag.
    let callee: Gc<LuaClosure> = unsafe { func.get().object_as() };
    let proto = callee.proto.get();
    let size = proto.max_stack_size as usize;
    let arguments = l.top.get().since(func);
    let index = l.index_of(func);
    l.ensure_stack(size)?;
    let func = l.slot(index);
    let frame = l.frame.get();
    if vararg > 0 {
        frame.func.set(frame.func.get() - (frame.extra.get() + vararg as u32));
    }
    let target = l.slot(frame.func.get());
    for n in 0..arguments {
        target.at(n).set(func.at(n).get());
    }
    let mut given = arguments;
    while given <= proto.parameters as usize {
        target.at(given).set_nil();
        given += 1;
    }
    l.top.set(target.at(given));
    frame.top.set(frame.func.get() + 1 + size as u32);
    frame.pc.set(proto.code.as_ptr());
    frame.add_status(frame_status::TAIL);
    Ok(())
}

/// Stores the `n` values from `first` on at the table's indices after `last`.
fn set_list(l: State, table: Value, first: Slot, n: usize, last: usize) -> Result {
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

/// Gives a closure its upvalues, from the stack and the upvalues of the enclosing function.
fn fill_closure(l: State, made: Gc<LuaClosure>, outer: Gc<LuaClosure>, base: Slot) -> Result {
    for (cell, desc) in made.upvalues().iter().zip(made.proto.get().upvalues()) {
        let u = if desc.in_stack {
            upvalue::find(l, base.at(desc.index as usize))?
        } else {
            outer.upvalue(desc.index as usize)
        };
        cell.set(Some(u));
        gc::barrier_object(l.global(), made, u);
    }
    Ok(())
}
