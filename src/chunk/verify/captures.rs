//! Open upvalues and to-be-closed variables (V8, V9, the captures of V7).
//!
//! Both are properties of a path: a register is captured from the `CLOSURE` on until a `CLOSE` or a return. The check walks the
//! code from the entry and from every place that is jumped to, with the set of registers that *may* be captured there, until the
//! sets grow no more. Functions that capture nothing are done at once.
//!
//! Of to-be-closed variables it asks only that a return closes them. More would be wrong: after a `break` out of a generic loop
//! whose body has a closure over a loop variable, the compiler of 5.4.4 leaves the loop's closing value pending.

use super::loops::Loops;
use super::registers::Registers;
use super::{Check, Function, require};
use crate::bytecode::{Instruction, Opcode};
use crate::heap::mem::Buf;

const CAPTURED: &str = "captured register reused";
const UNCLOSED: &str = "variable left open";

/// What may be the case at one place.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct State {
    /// Registers with an open upvalue.
    upvalues: Registers,
    /// Registers of to-be-closed variables that wait.
    pending: Registers,
}

impl State {
    fn is_empty(&self) -> bool {
        self.upvalues.is_empty() && self.pending.is_empty()
    }
}

/// A place where paths meet.
#[derive(Clone, Copy)]
struct Join {
    pc: usize,
    state: State,
    /// Some path leads here.
    reached: bool,
    /// Waits to be walked from.
    queued: bool,
}

pub fn check(function: &Function, loops: &Loops) -> Check {
    if !(0..function.len()).any(|pc| captures(function, function.instruction(pc))) {
        return Ok(());
    }
    let mut walk = Walk {
        function,
        loops,
        joins: Buf::new(function.mem()),
        join_at: Buf::new(function.mem()),
        queue: Buf::new(function.mem()),
    };
    walk.find_joins()?;
    walk.enter(0, State::default())?;
    while let Some(join) = walk.queue.pop() {
        walk.joins[join as usize].queued = false;
        walk.from(walk.joins[join as usize])?;
    }
    Ok(())
}

fn captures(function: &Function, i: Instruction) -> bool {
    match i.opcode() {
        Opcode::Tbc | Opcode::TForPrep => true,
        Opcode::Closure => function.nested_upvalues(i.bx()).iter().any(|u| u.in_stack),
        _ => false,
    }
}

struct Walk<'a> {
    function: &'a Function<'a>,
    loops: &'a Loops,
    joins: Buf<Join>,
    /// Index in `joins` by pc.
    join_at: Buf<Option<u32>>,
    queue: Buf<u32>,
}

impl Walk<'_> {
    fn find_joins(&mut self) -> Check {
        self.join_at.reserve(self.function.len())?;
        for _ in 0..self.function.len() {
            self.join_at.push(None)?;
        }
        self.add_join(0)?;
        for pc in 0..self.function.len() {
            let i = self.function.instruction(pc);
            match i.opcode() {
                Opcode::Jmp => self.add_join(self.function.jump_target(pc))?,
                Opcode::ForPrep => {
                    self.add_join(pc + 1)?;
                    self.add_join(pc + 2 + i.bx())?;
                }
                Opcode::TForPrep => {
                    self.add_join(pc + 1)?;
                    self.add_join(pc + 1 + i.bx())?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_join(&mut self, pc: usize) -> Check {
        if self.join_at[pc].is_none() {
            self.join_at[pc] = Some(self.joins.len() as u32);
            self.joins.push(Join { pc, state: State::default(), reached: false, queued: false })?;
        }
        Ok(())
    }

    /// A path with this state reaches a join.
    fn enter(&mut self, pc: usize, state: State) -> Check {
        let Some(index) = self.join_at[pc] else { unreachable!("jump to a place that is no join") };
        let join = &mut self.joins[index as usize];
        let merged = State {
            upvalues: join.state.upvalues.union(state.upvalues),
            pending: join.state.pending.union(state.pending),
        };
        if !join.reached || merged != join.state {
            join.state = merged;
            join.reached = true;
            if !join.queued {
                join.queued = true;
                self.queue.push(index)?;
            }
        }
        Ok(())
    }

    /// Follows the code from a join to the next joins.
    fn from(&mut self, join: Join) -> Check {
        let mut state = join.state;
        let mut pc = join.pc;
        loop {
            let i = self.function.instruction(pc);
            self.step(pc, i, &mut state)?;
            let next = match i.opcode() {
                Opcode::Return | Opcode::Return0 | Opcode::Return1 | Opcode::TailCall => return Ok(()),
                Opcode::Jmp => return self.enter(self.function.jump_target(pc), state),
                Opcode::ForPrep => {
                    self.enter(pc + 2 + i.bx(), state)?;
                    return self.enter(pc + 1, state);
                }
                Opcode::TForPrep => return self.enter(pc + 1 + i.bx(), state),
                Opcode::ForLoop | Opcode::TForLoop => {
                    self.enter(pc + 1 - i.bx(), state)?;
                    pc + 1
                }
                op if op.is_test() => {
                    self.enter(self.function.jump_target(pc + 1), state)?;
                    pc + 2
                }
                Opcode::LFalseSkip => pc + 2,
                _ => pc + 1,
            };
            if self.join_at[next].is_some() {
                return self.enter(next, state);
            }
            pc = next;
        }
    }

    /// Checks one instruction and does to `state` what it does.
    fn step(&self, pc: usize, i: Instruction, state: &mut State) -> Check {
        let a = i.a();
        match i.opcode() {
            Opcode::Closure => {
                for upvalue in self.function.nested_upvalues(i.bx()).iter().filter(|u| u.in_stack) {
                    let register = upvalue.index as usize;
                    require(!self.loops.state_at(pc).any_in(register, register + 1), CAPTURED)?;
                    state.upvalues.insert(register);
                }
            }
            Opcode::Close => {
                state.upvalues = state.upvalues.below(a);
                state.pending = state.pending.below(a);
            }
            Opcode::Tbc => state.pending.insert(a),
            Opcode::TForPrep => state.pending.insert(a + 3),
            Opcode::Call => require(state.upvalues.from(a).is_empty(), CAPTURED)?,
            Opcode::TForCall => require(state.upvalues.from(a + 4).is_empty(), CAPTURED)?,
            Opcode::ForPrep => require(!state.upvalues.any_in(a, a + 3), CAPTURED)?,
            Opcode::Return | Opcode::TailCall => require(i.k() || state.is_empty(), UNCLOSED)?,
            Opcode::Return0 | Opcode::Return1 => require(state.is_empty(), UNCLOSED)?,
            _ => {}
        }
        Ok(())
    }
}
