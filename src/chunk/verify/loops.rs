//! Numeric loops (V7): they nest, one gets into them only through `FORPREP`, and the registers of the loop's state
//! belong to `FORPREP` and `FORLOOP` alone.

use super::instructions::Opcodes;
use super::registers::Registers;
use super::{Check, Function, require};
use crate::bytecode::{Instruction, Opcode};
use crate::edition::{FOR_CALL, FOR_STATE as STATE, LUA_5_5};
use crate::heap::mem::Buf;

/// A body with its `FORLOOP`.
#[derive(Clone, Copy)]
struct Loop {
    first: usize,
    last: usize,
    /// State of this loop and of those around it.
    state: Registers,
    /// The loop around it.
    outer: Option<u32>,
}

/// The numeric loops of a function.
pub struct Loops {
    list: Buf<Loop>,
    /// The innermost loop around each instruction; empty when there are no loops.
    innermost: Buf<Option<u32>>,
}

impl Loops {
    fn around(&self, pc: usize) -> Option<&Loop> {
        self.innermost.get(pc).copied().flatten().map(|i| &self.list[i as usize])
    }

    /// Registers that the instruction at `pc` may not change, or let others change.
    pub fn state_at(&self, pc: usize) -> Registers {
        self.around(pc).map_or(Registers::NONE, |l| l.state)
    }
}

pub fn check(function: &Function, opcodes: Opcodes) -> Check<Loops> {
    let mut loops = Loops { list: Buf::new(function.mem()), innermost: Buf::new(function.mem()) };
    if !opcodes.has(Opcode::ForPrep) {
        return Ok(loops);
    }
    loops.innermost.reserve(function.len())?;
    let mut current: Option<u32> = None;
    let mut state = Registers::NONE;
    for pc in 0..function.len() {
        let i = function.instruction(pc);
        loops.innermost.push(current)?;
        match i.opcode() {
            Opcode::ForPrep => {
                untouched(state, i)?;
                let last = pc + 1 + i.bx();
                let fits = loops.around(pc).is_none_or(|around| last < around.last);
                require(fits, "overlapping loops")?;
                (i.a()..i.a() + STATE).for_each(|r| state.insert(r));
                loops.list.push(Loop { first: pc + 1, last, state, outer: current })?;
                current = Some(loops.list.len() as u32 - 1);
            }
            Opcode::ForLoop => {
                // Pairing was checked and loops nest, so this ends the current loop.
                current = current.and_then(|l| loops.list[l as usize].outer);
                state = current.map_or(Registers::NONE, |l| loops.list[l as usize].state);
                untouched(state, i)?;
            }
            _ if state.is_empty() => {}
            _ => untouched(state, i)?,
        }
    }
    for pc in 0..function.len() {
        if let Some(target) = explicit_target(function, pc)
            && let Some(entered) = loops.around(target)
        {
            require((entered.first..=entered.last).contains(&pc), "jump into a loop")?;
        }
    }
    Ok(loops)
}

/// Where the jumps that can cross a loop's border lead.
fn explicit_target(function: &Function, pc: usize) -> Option<usize> {
    let i = function.instruction(pc);
    match i.opcode() {
        Opcode::Jmp => Some(function.jump_target(pc)),
        Opcode::TForPrep => Some(pc + 1 + i.bx()),
        Opcode::TForLoop => Some(pc + 1 - i.bx()),
        _ => None,
    }
}

fn untouched(state: Registers, i: Instruction) -> Check {
    let (first, end) = written(i);
    require(!state.any_in(first, end), "loop state overwritten")
}

/// The registers that an instruction may change, half open.
///
/// A call has everything from the function up to itself. Where tables, closures and strings are made, a collection may take
/// everything above for dead and clear it.
fn written(i: Instruction) -> (usize, usize) {
    let a = i.a();
    match i.opcode() {
        Opcode::LoadNil => (a, a + i.b() + 1),
        Opcode::SelfOp => (a, a + 2),
        Opcode::Call | Opcode::TailCall => (a, usize::MAX),
        Opcode::NewTable | Opcode::Closure | Opcode::Concat => (a, usize::MAX),
        Opcode::VarArg if i.c() == 0 => (a, usize::MAX),
        Opcode::VarArg => (a, a + i.c() - 1),
        // Before the loop there are three values, after the preparation the state and the control variable.
        Opcode::ForPrep | Opcode::ForLoop => (a, a + 3.max(STATE + 1)),
        Opcode::TForPrep if LUA_5_5 => (a + 2, a + 4),
        Opcode::TForCall => (a + FOR_CALL, usize::MAX),
        Opcode::TForLoop if LUA_5_5 => (0, 0),
        Opcode::TForLoop => (a + 2, a + 3),
        op if op.sets_a() => (a, a + 1),
        _ => (0, 0),
    }
}
