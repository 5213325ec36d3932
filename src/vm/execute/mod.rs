//! The interpreter: a handler for each opcode, which does its work and goes on to the handler of the next instruction.
//!
//! Read `machine` (what handlers pass on, and how they go on), then the handlers: `loads`, `tables`, `operators`, `branches`, `calls`,
//! `metamethods`, `protected`, `coroutines`, `loops`. `execute` below is the way in and out.
//!
//! A handler ends by calling the next one. All have the same few arguments and nothing to do afterwards, so that the optimizer makes
//! a jump of that call: an instruction costs its work, a load and an indirect jump of its own, and what the handlers pass on stays
//! in processor registers. Builds that are not optimized (cfg `threaded` in `build.rs`) return to a loop instead, for the native stack must not grow.
//!
//! Rules:
//! * E1 The frame's `pc` is stored (`save`) before anything that can raise, call, collect or look at the frame, and the base is read again
//!   after it (`reload`), since the stack may have moved.
//! * E2 While an instruction runs code that may collect, `l.top` is above every live register: `save` sets it to the frame's end.
//! * E3 A handler is decode, fast path, or else a jump to another one for the slow path, which begins anew from the instruction. So the fast
//!   path calls nothing, and needs no stack frame to keep registers in. Arithmetic that fails falls through to the `MMBIN` instruction that follows it.
//! * E4 What an instruction assumes about its operands is what `chunk::verify` proves, or it is checked here. A write to a
//!   register always writes the tag.
//! * E5 Hooks are looked at on entering and leaving a function, after a call of a host or standard function (as a metamethod or a
//!   finalizer, too), and on jumping; while there is one, handlers come from `TRACED`, where each instruction is announced first.
//! * E6 A handler may go on with another thread (`coroutines`) when all of the first is stored and neither has hooks. Nobody but `Run::current`
//!   knows the thread then, until handlers stop.

mod branches;
mod calls;
mod coroutines;
mod loads;
mod loops;
mod machine;
mod metamethods;
mod operators;
mod protected;
mod tables;

pub use operators::as_exact_integer;

use super::hook;
use super::protect;
use super::run::{self, Flow, Run};
use crate::bytecode::{Instruction, Opcode};
use crate::heap::function::LuaClosure;
use crate::heap::object::Gc;
use crate::heap::state::{Slot, State, frame_status};
use crate::throw::{Result, Throw};
use machine::{Handler, Handlers, Machine, Step, attempt, handlers};

pub use machine::Outcome;

/// Runs the current Lua frame, and those it calls and returns to, until the run ends or something is raised.
///
/// `current` is the running thread, also when an error is returned.
pub fn execute(current: &mut State, run: &Run) -> Result<Flow> {
    let outcome = enter(*current)?;
    go_on(current, run, outcome)
}

/// As `execute`, after handlers have stopped.
#[inline(always)]
pub fn go_on(current: &mut State, run: &Run, outcome: Outcome) -> Result<Flow> {
    let mut outcome = outcome;
    loop {
        // Handlers may have gone on with other coroutines.
        *current = run.current();
        let flow = match outcome.into_step() {
            Step::Frame => Flow::Run,
            Step::Returned(bits) => run::returned(current, run, bits)?,
            Step::Switch => run::start(current, run)?,
            Step::Yield => run::suspend(current, run)?,
            Step::Hooks => {
                outcome = resume(*current);
                continue;
            }
            Step::Raised(t) => {
                // Yields come this way, too; how deep they are does not matter to them.
                if t == Throw::Run
                    && let Some(frame) = run.catcher(*current)
                    && protect::catch_at_once(*current, frame)
                {
                    outcome = resume(*current);
                    continue;
                }
                return Err(t);
            }
        };
        if flow == Flow::Exit {
            return Ok(Flow::Exit);
        }
        outcome = enter(*current)?;
    }
}

/// Whether a call of this function can simply begin: there is room and there are no hooks.
#[inline(always)]
pub fn can_call(l: State, closure: Gc<LuaClosure>) -> bool {
    l.has_room_for_frame() && l.has_room(closure.proto.get().max_stack_size as usize) && l.hooks() == 0
}

/// Calls the Lua function at `func`, which can simply begin, with the arguments above it, until handlers stop.
#[inline(always)]
pub fn call(l: State, func: Slot, closure: Gc<LuaClosure>, results: i32, bits: u16) -> Outcome {
    calls::push_lua(l, func, closure, results, bits, 0).run()
}

/// Goes on with the current frame, which may be one that has just been pushed.
#[inline(always)]
fn enter(l: State) -> Result<Outcome> {
    if l.hooks() != 0 {
        announce_function(l)?;
    }
    Ok(resume(l))
}

/// Goes on with the current frame.
#[inline(always)]
fn resume(l: State) -> Outcome {
    Machine::new(l, if l.hooks() != 0 { &TRACED } else { &HANDLERS }).run()
}

/// Calls the hook for a function whose first instruction is next. Functions with extra arguments do so when these are in place.
#[cold]
fn announce_function(l: State) -> Result {
    let proto = Machine::new(l, &TRACED).proto();
    if l.frame.get().pc.get() == proto.code.as_ptr() && !proto.is_vararg() {
        hook::entering(l)?;
    }
    Ok(())
}

/// What executes an instruction.
static HANDLERS: Handlers = Handlers({
    let mut handlers = [unknown as Handler; 256];
    let mut byte = 0;
    while byte < handlers.len() {
        if let Some(op) = Instruction(byte as u32).opcode_checked() {
            handlers[byte] = handler(op);
        }
        byte += 1;
    }
    handlers
});

/// What executes it while there are hooks.
static TRACED: Handlers = Handlers([announce; 256]);

handlers! {
    /// Looks whether hooks are to be called before the instruction.
    fn announce(m, i) {
        // SAFETY: `i` lies there.
        if unsafe { hook::passes_unseen(m.l, m.pc.wrapping_sub(1), i) } {
            return m.go(HANDLERS.of(i), i);
        }
        m.go(announce_slow, i)
    }

    /// Calls hooks before the instruction.
    #[inline(never)]
    fn announce_slow(m, i) {
        let frame = m.l.frame.get();
        if frame.has(frame_status::REPEATED) {
            frame.remove_status(frame_status::REPEATED);
            return m.go(HANDLERS.of(i), i);
        }
        let pc = m.pc.wrapping_sub(1);
        frame.pc.set(pc);
        // SAFETY: the instruction that was announced.
        if attempt!(unsafe { hook::before_instruction(m.l, pc) }) && m.l.hooks() == 0 {
            return m.stop(Step::Hooks);
        }
        m.reload();
        m.go(HANDLERS.of(i), i)
    }

    /// No opcode has this number, or only as a part of the instruction before it.
    #[cold]
    fn unknown(_m, _i) {
        unreachable!("verified: instructions have handlers")
    }
}

const fn handler(op: Opcode) -> Handler {
    match op {
        Opcode::Move => loads::copy,
        Opcode::LoadI => loads::integer,
        Opcode::LoadF => loads::float,
        Opcode::LoadK => loads::constant,
        Opcode::LoadKX => loads::far_constant,
        Opcode::LoadFalse => loads::load_false,
        Opcode::LFalseSkip => loads::false_and_skip,
        Opcode::LoadTrue => loads::load_true,
        Opcode::LoadNil => loads::nils,
        Opcode::GetUpval => loads::get_upvalue,
        Opcode::SetUpval => loads::set_upvalue,
        Opcode::GetTabUp => tables::get_global,
        Opcode::GetTable => tables::get_indexed,
        Opcode::GetI => tables::get_integer,
        Opcode::GetField => tables::get_field,
        Opcode::SetTabUp => tables::set_global,
        Opcode::SetTable => tables::set_indexed,
        Opcode::SetI => tables::set_integer,
        Opcode::SetField => tables::set_field,
        Opcode::NewTable => tables::new_table,
        Opcode::SelfOp => tables::get_method,
        Opcode::AddI => operators::add_immediate,
        Opcode::AddK => operators::add_constant,
        Opcode::SubK => operators::subtract_constant,
        Opcode::MulK => operators::multiply_constant,
        Opcode::ModK => operators::modulo_constant,
        Opcode::PowK => operators::power_constant,
        Opcode::DivK => operators::divide_constant,
        Opcode::IDivK => operators::floor_divide_constant,
        Opcode::BAndK => operators::and_constant,
        Opcode::BOrK => operators::or_constant,
        Opcode::BXorK => operators::xor_constant,
        Opcode::ShrI => operators::shift_right_immediate,
        Opcode::ShlI => operators::shift_immediate_left,
        Opcode::Add => operators::add,
        Opcode::Sub => operators::subtract,
        Opcode::Mul => operators::multiply,
        Opcode::Mod => operators::modulo,
        Opcode::Pow => operators::power,
        Opcode::Div => operators::divide,
        Opcode::IDiv => operators::floor_divide,
        Opcode::BAnd => operators::and,
        Opcode::BOr => operators::or,
        Opcode::BXor => operators::xor,
        Opcode::Shl => operators::left_shift,
        Opcode::Shr => operators::right_shift,
        Opcode::MmBin | Opcode::MmBinI | Opcode::MmBinK => operators::binary_metamethod,
        Opcode::Unm => operators::negate,
        Opcode::BNot => operators::complement,
        Opcode::Not => operators::not,
        Opcode::Len => operators::length,
        Opcode::Concat => operators::concatenate,
        Opcode::Close => operators::close_variables,
        Opcode::Tbc => operators::mark_to_be_closed,
        Opcode::Jmp => branches::jump,
        Opcode::Eq => branches::equal,
        Opcode::Lt => branches::less,
        Opcode::Le => branches::less_equal,
        Opcode::EqK => branches::equal_constant,
        Opcode::EqI => branches::equal_immediate,
        Opcode::LtI => branches::less_immediate,
        Opcode::LeI => branches::less_equal_immediate,
        Opcode::GtI => branches::greater_immediate,
        Opcode::GeI => branches::greater_equal_immediate,
        Opcode::Test => branches::test,
        Opcode::TestSet => branches::test_and_set,
        Opcode::Call => calls::call,
        Opcode::TailCall => calls::tail_call,
        Opcode::Return => calls::return_many,
        Opcode::Return0 => calls::return_nothing,
        Opcode::Return1 => calls::return_one,
        Opcode::ForLoop => loops::step,
        Opcode::ForPrep => loops::prepare,
        Opcode::TForPrep => loops::prepare_generic,
        Opcode::TForCall => loops::call_generic,
        Opcode::TForLoop => loops::step_generic,
        Opcode::SetList => tables::set_list,
        Opcode::Closure => calls::closure,
        Opcode::VarArg => calls::copy_arguments,
        Opcode::GetVarArg => calls::get_argument,
        Opcode::ErrNotNil => calls::check_new_global,
        Opcode::VarArgPrep => calls::prepare_arguments,
        Opcode::ExtraArg => unknown,
    }
}
