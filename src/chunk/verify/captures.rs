//! Open upvalues and to-be-closed variables (V8, V9, the captures of V7).
//!
//! Both are properties of a path: a register is captured from the `CLOSURE` on until a `CLOSE` or a return. The check walks the
//! code from the entry and from every place that is jumped to, with the set of registers that *may* be captured there, until the
//! sets grow no more. Of the places that wait it takes the first in the code: compiled code mostly runs forwards, so most places are
//! walked from once, with all that comes before known. Functions that capture nothing are done at once.
//!
//! Of to-be-closed variables it asks only that a return closes them. More would be wrong: after a `break` out of a generic loop
//! whose body has a closure over a loop variable, the compiler of 5.4.4 leaves the loop's closing value pending.

use super::instructions::Opcodes;
use super::loops::Loops;
use super::registers::Registers;
use super::{Check, Function, require};
use crate::bytecode::{Instruction, Opcode};
use crate::edition::{FOR_CALL, FOR_CLOSING, FOR_STATE};
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

pub fn check(function: &Function, loops: &Loops, opcodes: Opcodes) -> Check {
    let may_capture = [Opcode::Tbc, Opcode::TForPrep, Opcode::Closure].iter().any(|op| opcodes.has(*op));
    if !may_capture || !(0..function.len()).any(|pc| captures(function, function.instruction(pc))) {
        return Ok(());
    }
    let mut walk = Walk {
        function,
        loops,
        joins: Buf::new(function.mem()),
        join_at: Buf::new(function.mem()),
        queue: Queue(Buf::new(function.mem())),
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
    /// In the order of the code.
    joins: Buf<Join>,
    /// Index in `joins` by pc; `NOWHERE` between joins.
    join_at: Buf<u32>,
    queue: Queue,
}

const NOWHERE: u32 = u32::MAX;

impl Walk<'_> {
    fn find_joins(&mut self) -> Check {
        let len = self.function.len();
        self.join_at.reserve(len)?;
        for _ in 0..len {
            self.join_at.push(NOWHERE)?;
        }
        // First which, then their numbers.
        self.join_at[0] = 0;
        for pc in 0..len {
            let i = self.function.instruction(pc);
            match i.opcode() {
                Opcode::Jmp => self.join_at[self.function.jump_target(pc)] = 0,
                // Both truth values lead here: without a join, the code from here on would be walked twice.
                Opcode::LFalseSkip => self.join_at[pc + 2] = 0,
                Opcode::ForPrep => {
                    self.join_at[pc + 1] = 0;
                    self.join_at[pc + 2 + i.bx()] = 0;
                }
                Opcode::TForPrep => {
                    self.join_at[pc + 1] = 0;
                    self.join_at[pc + 1 + i.bx()] = 0;
                }
                _ => {}
            }
        }
        for pc in 0..len {
            if self.join_at[pc] != NOWHERE {
                self.join_at[pc] = self.joins.len() as u32;
                self.joins.push(Join { pc, state: State::default(), reached: false, queued: false })?;
            }
        }
        Ok(())
    }

    /// A path with this state reaches a join.
    fn enter(&mut self, pc: usize, state: State) -> Check {
        let index = self.join_at[pc];
        let join = &mut self.joins[index as usize];
        let merged =
            State { upvalues: join.state.upvalues.union(state.upvalues), pending: join.state.pending.union(state.pending) };
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

    /// Follows the code from a join to the next joins, and checks each instruction on the way.
    fn from(&mut self, join: Join) -> Check {
        use Opcode as Op;
        let function = self.function;
        let mut state = join.state;
        let mut pc = join.pc;
        loop {
            let i = function.instruction(pc);
            let a = i.a();
            let next = match i.opcode() {
                Op::Closure => {
                    self.capture(pc, i, &mut state)?;
                    pc + 1
                }
                Op::Close => {
                    state.upvalues.remove_from(a);
                    state.pending.remove_from(a);
                    pc + 1
                }
                Op::Tbc => {
                    state.pending.insert(a);
                    pc + 1
                }
                Op::Call => {
                    require(!state.upvalues.any_from(a), CAPTURED)?;
                    pc + 1
                }
                Op::TForCall => {
                    require(!state.upvalues.any_from(a + FOR_CALL), CAPTURED)?;
                    pc + 1
                }
                Op::Return | Op::TailCall => return require(i.k() || state.is_empty(), UNCLOSED),
                Op::Return0 | Op::Return1 => return require(state.is_empty(), UNCLOSED),
                Op::Jmp => return self.enter(function.jump_target(pc), state),
                Op::ForPrep => {
                    require(!state.upvalues.any_in(a, a + FOR_STATE), CAPTURED)?;
                    self.enter(pc + 2 + i.bx(), state)?;
                    return self.enter(pc + 1, state);
                }
                Op::TForPrep => {
                    state.pending.insert(a + FOR_CLOSING);
                    return self.enter(pc + 1 + i.bx(), state);
                }
                Op::ForLoop | Op::TForLoop => {
                    self.enter(pc + 1 - i.bx(), state)?;
                    pc + 1
                }
                Op::LFalseSkip => pc + 2,
                op if op.is_test() => {
                    self.enter(function.jump_target(pc + 1), state)?;
                    pc + 2
                }
                _ => pc + 1,
            };
            if self.join_at[next] != NOWHERE {
                return self.enter(next, state);
            }
            pc = next;
        }
    }

    /// What a `CLOSURE` captures.
    fn capture(&self, pc: usize, i: Instruction, state: &mut State) -> Check {
        for upvalue in self.function.nested_upvalues(i.bx()).iter().filter(|u| u.in_stack) {
            let register = upvalue.index as usize;
            require(!self.loops.state_at(pc).any_in(register, register + 1), CAPTURED)?;
            state.upvalues.insert(register);
        }
        Ok(())
    }
}

/// Joins that wait, the first in the code ahead: a binary heap.
struct Queue(Buf<u32>);

impl Queue {
    fn push(&mut self, join: u32) -> Check {
        self.0.push(join)?;
        let mut at = self.0.len() - 1;
        while at > 0 && self.0[at] < self.0[(at - 1) / 2] {
            self.0.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<u32> {
        let last = self.0.pop()?;
        let Some(first) = self.0.first_mut() else { return Some(last) };
        let first = core::mem::replace(first, last);
        let mut at = 0;
        loop {
            let left = 2 * at + 1;
            let Some(children) = self.0.get(left..) else { break };
            let child = match children {
                [] => break,
                [left_value, right_value, ..] if right_value < left_value => left + 1,
                _ => left,
            };
            if self.0[at] <= self.0[child] {
                break;
            }
            self.0.swap(at, child);
            at = child;
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::testing::with_mem;

    #[test]
    fn the_queue_gives_the_smallest_first() {
        with_mem(|mem| {
            let mut queue = Queue(Buf::new(mem));
            let mut numbers: Vec<u32> = (0..200).map(|i| i * 7919 % 211).collect();
            for n in &numbers {
                assert!(queue.push(*n).is_ok());
            }
            numbers.sort();
            for n in &numbers {
                assert_eq!(queue.pop(), Some(*n));
            }
            assert_eq!(queue.pop(), None);
        });
    }
}
