//! The verifier: decides whether a function from outside may run.
//!
//! The interpreter reads verified code without checks. `mod.rs` looks at a function as a whole and at its debug
//! information, `instructions.rs` at each instruction and its neighbours, `loops.rs` and `captures.rs` at what no
//! single instruction shows.
//!
//! # What the interpreter may rely on
//!
//! * V1 Every word is an instruction of this edition. The last one is `RETURN`, `RETURN0` or `RETURN1`; whatever runs,
//!   `pc` stays inside the code.
//! * V2 Register operands lie below `max_stack_size`, ranges included: `LOADNIL A..A+B`, `SELF A..A+1`, `CONCAT
//!   A..A+B-1` with B >= 2, arguments and fixed results of `CALL` and `VARARG`, `SETLIST A..A+B`, `RETURN A..A+B-2`,
//!   `FORPREP`/`FORLOOP A..A+3` (5.5: A+2), `TFORPREP A..A+3`, `TFORCALL A..A+6` and `A+4..A+3+C` (5.5: A+5 and A+2+C) with C >= 1,
//!   the vararg parameter that 5.5 has after the others. `RETURN` without values,
//!   `RETURN0` and `CLOSE` may name `max_stack_size` itself. Parameters fit; `max_stack_size` is at least 2.
//! * V3 Constant, upvalue and nested-function operands exist. Keys of `GETTABUP GETFIELD SETTABUP SETFIELD` are short
//!   strings, the constant key of `SELF` is a string (5.5: `K[C]`, a short one); constants of `ADDK..IDIVK` are numbers, of `BANDK..BXORK` integers.
//! * V4 `LOADKX`, `NEWTABLE` and `SETLIST` with k have their `EXTRAARG`; every binary operation has the `MMBIN`, `MMBINI` or
//!   `MMBINK` of its operand kinds, whose event is a binary one (`__add` to `__shr`); every test has its `JMP`, every `LFALSESKIP`
//!   its `LOADTRUE`, `TFORCALL` its `TFORLOOP` (same A), `TAILCALL` its `RETURN` of all results (same A). Except that `LOADTRUE`,
//!   none of these second halves is reached in another way.
//! * V5 An instruction with open operands (B == 0 in `CALL TAILCALL RETURN SETLIST`) runs directly after one with
//!   open results (C == 0 in `CALL VARARG`, or `TAILCALL`), which always has such a successor; the producer's A is above the
//!   consumer's (for `RETURN`: not below), so the number of operands is not negative.
//! * V6 `VARARGPREP` is the first instruction of vararg functions, with A the number of parameters (5.4), and nowhere
//!   else, and is never jumped to; `VARARG` occurs in vararg functions only, with k (5.5) where the extra arguments are in a table;
//!   `GETVARG` only where they are hidden below the frame. C of `RETURN` and `TAILCALL` is the number of
//!   parameters plus one in functions with hidden arguments and 0 in others; `RETURN0` and `RETURN1` are not in the former.
//! * V7 `FORPREP` and `FORLOOP` come in pairs, so do `TFORPREP` and `TFORCALL`, with equal A and matching distances. Numeric
//!   loops nest, are entered only through their `FORPREP`, and nothing in the body writes `R[A..A+2]` (5.5: A+1) or captures them; when
//!   the loop starts no open upvalue refers to them. So in `FORLOOP` these registers hold what `FORPREP` left there.
//! * V8 At `CALL` and `TFORCALL` no open upvalue lies at or above the callee's slot.
//! * V9 A `RETURN` or `TAILCALL` without k, a `RETURN0` and a `RETURN1` leave neither an open upvalue nor a pending to-be-closed
//!   variable of their frame behind.
//! * V10 Upvalue descriptions of nested functions name registers below the `max_stack_size` of the enclosing function or
//!   existing upvalues of it. (Those of the main function name nothing.)
//! * V11 Line deltas are none or one per instruction. Where there are deltas, absolute lines ascend by `pc`, one for each
//!   delta that is `ABSOLUTE`. Locals ascend by `start_pc`, and `start_pc <= end_pc <= code.len()`.
//! * V12 Size hints of `NEWTABLE` and indices of `SETLIST` are in proportion to the size of the code.
//!
//! # What it must check itself
//!
//! * Types of registers, everywhere except V7; in particular that `R[A]` of `SETLIST` is a table.
//! * The order of to-be-closed variables: `TBC` and `TFORPREP` may run while variables at the same or a higher slot are pending (these
//!   are to be dropped from the list), and a `TAILCALL` with k while variables of its frame are.
//! * That a local variable found in the debug information has a register: its number may exceed `max_stack_size`.
//! * V7 holds as long as nobody outside the function writes into its frame: `lua_setlocal` must not change the type of
//!   these registers.
//! * That the register of a vararg table (5.5) holds a table.

mod captures;
mod instructions;
mod loops;
mod registers;
#[cfg(test)]
mod tests;

use super::draft::{Constant, Draft, FunctionDraft, UpvalueDesc};
use super::lines::ABSOLUTE;
use crate::bytecode::Instruction;
use crate::heap::mem::Mem;
use crate::throw::Throw;

/// Why a chunk does not become a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It breaks a rule; the reason as the user sees it.
    Malformed(&'static str),
    /// Something else failed on the way (memory, the reader).
    Throw(Throw),
}

impl From<Throw> for Refusal {
    fn from(throw: Throw) -> Refusal {
        Refusal::Throw(throw)
    }
}

/// Result of a check.
type Check<T = ()> = core::result::Result<T, Refusal>;

fn refuse<T>(why: &'static str) -> Check<T> {
    Err(Refusal::Malformed(why))
}

fn require(condition: bool, why: &'static str) -> Check {
    if condition { Ok(()) } else { refuse(why) }
}

/// Checks every function of a draft. May: raise (memory), collect.
pub fn verify(draft: &Draft) -> Check {
    for index in 0..draft.functions.len() as u32 {
        let function = Function::new(draft, index);
        function.shape()?;
        let opcodes = instructions::check(&function)?;
        let loops = loops::check(&function, opcodes)?;
        captures::check(&function, &loops, opcodes)?;
        function.debug_information()?;
    }
    Ok(())
}

/// The function under examination.
struct Function<'a> {
    draft: &'a Draft,
    f: &'a FunctionDraft,
    /// What `f` has, found once: each instruction looks at it.
    code: &'a [u32],
    constants: &'a [Constant],
}

impl<'a> Function<'a> {
    fn new(draft: &'a Draft, index: u32) -> Function<'a> {
        let f = &draft.functions[index];
        Function { draft, f, code: &f.code, constants: &f.constants }
    }

    fn mem(&self) -> Mem {
        self.draft.functions.mem()
    }

    fn len(&self) -> usize {
        self.code.len()
    }

    fn instruction(&self, pc: usize) -> Instruction {
        Instruction(self.code[pc])
    }

    fn nested_upvalues(&self, index: usize) -> &[UpvalueDesc] {
        &self.draft.functions[self.f.nested[index]].upvalues
    }

    /// The instruction that a jump of the instruction at `pc` leads to. Only meaningful once jumps are checked.
    fn jump_target(&self, pc: usize) -> usize {
        (pc as i64 + 1 + self.instruction(pc).sj() as i64) as usize
    }

    fn shape(&self) -> Check {
        let f = self.f;
        require(!self.code.is_empty(), "function without code")?;
        require(f.max_stack_size >= 2 && f.parameters <= f.max_stack_size, "invalid stack size")?;
        require(f.upvalues.len() <= u8::MAX as usize, "too many upvalues")?;
        for nested in f.nested.iter() {
            for upvalue in self.draft.functions[*nested].upvalues.iter() {
                let limit = if upvalue.in_stack { f.max_stack_size as usize } else { f.upvalues.len() };
                require((upvalue.index as usize) < limit, "invalid upvalue")?;
            }
        }
        Ok(())
    }

    fn debug_information(&self) -> Check {
        const LINES: &str = "invalid line information";
        let f = self.f;
        let mut absolute = f.absolute_lines.iter();
        // Without deltas nobody looks at absolute lines, which upstream's luac leaves when it combines many files.
        if !f.line_info.is_empty() {
            require(f.line_info.len() == self.len(), LINES)?;
            // Most rows of 32 have none, which is seen eight bytes at a time.
            for (row, deltas) in f.line_info.chunks(32).enumerate().filter(|(_, deltas)| deltas.contains(&ABSOLUTE)) {
                for (i, _) in deltas.iter().enumerate().filter(|(_, delta)| **delta == ABSOLUTE) {
                    require(absolute.next().is_some_and(|a| a.pc as usize == row * 32 + i), LINES)?;
                }
            }
            require(absolute.next().is_none(), LINES)?;
        }
        let mut start = 0;
        for local in f.locals.iter() {
            let sane = start <= local.start_pc && local.start_pc <= local.end_pc && local.end_pc as usize <= self.len();
            require(sane, "invalid local variable")?;
            start = local.start_pc;
        }
        Ok(())
    }
}
