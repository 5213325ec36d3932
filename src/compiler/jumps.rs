//! Jumps whose target is not known yet, and what happens to the values they carry.
//!
//! The jumps of a list are chained through their own distance operand: each holds the distance to the next one; a jump
//! to itself (distance -1) ends the list. Patching a list walks it and writes the real distances.
//!
//! A conditional jump is two instructions: a test, then `JMP`. The list holds the `JMP`. A `TESTSET` before it also
//! delivers the tested value, which patching turns into a plain `TEST` where nobody wants the value.

use super::expr::Pc;
use super::state::Compiler;
use crate::bytecode::{Instruction, NO_REGISTER, OFFSET_SJ, Opcode};
use crate::throw::Result;

const END_OF_LIST: i32 = -1;

/// A chain of jumps, or none. Keeping its end makes joining take constant time, however long a condition is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JumpList {
    first: Pc,
    last: Pc,
}

impl JumpList {
    pub const NONE: JumpList = JumpList { first: Pc::MAX, last: Pc::MAX };

    pub fn of(jump: Pc) -> JumpList {
        JumpList { first: jump, last: jump }
    }

    pub fn is_empty(self) -> bool {
        self.first == Pc::MAX
    }

    pub fn first(self) -> Option<Pc> {
        if self.is_empty() { None } else { Some(self.first) }
    }
}

impl Compiler<'_> {
    /// A jump to be patched.
    pub fn emit_jump(&mut self) -> Result<Pc> {
        self.emit(Instruction::with_sj(Opcode::Jmp, END_OF_LIST))
    }

    /// A jump to a place that is known.
    pub fn emit_jump_to(&mut self, target: Pc) -> Result {
        let jump = self.emit_jump()?;
        self.set_jump(jump, target)
    }

    /// A test with the jump that it controls; the jump's place.
    pub fn emit_conditional_jump(&mut self, test: Instruction) -> Result<Pc> {
        debug_assert!(test.opcode().is_test());
        self.emit(test)?;
        self.emit_jump()
    }

    /// The current place, where jumps may arrive: what is emitted from here on is not merged with what is before.
    pub fn label(&mut self) -> Pc {
        self.function.last_target = self.pc();
        self.pc()
    }

    fn next_jump(&self, jump: Pc) -> Option<Pc> {
        match self.instruction(jump).sj() {
            END_OF_LIST => None,
            distance => Some(jump.wrapping_add_signed(distance + 1)),
        }
    }

    fn set_jump(&mut self, jump: Pc, target: Pc) -> Result {
        let distance = i64::from(target) - (i64::from(jump) + 1);
        if !(-(OFFSET_SJ as i64)..=OFFSET_SJ as i64 + 1).contains(&distance) {
            return Err(self.lex.error_here(format_args!("control structure too long")));
        }
        debug_assert_eq!(self.instruction(jump).opcode(), Opcode::Jmp);
        self.edit(jump, |i| i.set_sj(distance as i32));
        Ok(())
    }

    /// Appends `more` to `list`.
    pub fn join(&mut self, list: &mut JumpList, more: JumpList) -> Result {
        if list.is_empty() {
            *list = more;
        } else if !more.is_empty() {
            debug_assert_eq!(self.next_jump(list.last), None);
            self.set_jump(list.last, more.first)?;
            list.last = more.last;
        }
        Ok(())
    }

    /// Lets every jump of the list go to `target`, carrying no value.
    pub fn patch(&mut self, list: JumpList, target: Pc) -> Result {
        self.patch_values(list, target, NO_REGISTER as u8, target)
    }

    pub fn patch_here(&mut self, list: JumpList) -> Result {
        let here = self.label();
        self.patch(list, here)
    }

    /// Lets jumps that deliver their value into `register` go to `with_value`, the others to `without`.
    pub fn patch_values(&mut self, list: JumpList, with_value: Pc, register: u8, without: Pc) -> Result {
        let mut at = list.first();
        while let Some(jump) = at {
            at = self.next_jump(jump);
            let target = if self.direct_value(jump, register) { with_value } else { without };
            self.set_jump(jump, target)?;
        }
        Ok(())
    }

    /// The instruction that decides about a jump: the test before it, or the jump itself.
    fn control(&self, jump: Pc) -> Pc {
        match jump.checked_sub(1) {
            Some(before) if self.instruction(before).opcode().is_test() => before,
            _ => jump,
        }
    }

    /// Tells a jump where to deliver its value; false if it has none. With `NO_REGISTER`, or when the value is in
    /// the register already, a plain test is enough.
    fn direct_value(&mut self, jump: Pc, register: u8) -> bool {
        let control = self.control(jump);
        let test = self.instruction(control);
        if test.opcode() != Opcode::TestSet {
            return false;
        }
        let from = test.b() as u32;
        let to = u32::from(register);
        if to != NO_REGISTER && to != from {
            self.edit(control, |i| i.set_a(to));
        } else {
            self.edit(control, |i| *i = Instruction::abck(Opcode::Test, from, 0, 0, test.k()));
        }
        true
    }

    /// Lets no jump of the list deliver a value.
    pub fn drop_values(&mut self, list: JumpList) {
        let mut at = list.first();
        while let Some(jump) = at {
            self.direct_value(jump, NO_REGISTER as u8);
            at = self.next_jump(jump);
        }
    }

    /// Whether some jump of the list delivers no value, so that one must be loaded for it.
    pub fn lacks_value(&self, list: JumpList) -> bool {
        let mut at = list.first();
        while let Some(jump) = at {
            if self.instruction(self.control(jump)).opcode() != Opcode::TestSet {
                return true;
            }
            at = self.next_jump(jump);
        }
        false
    }

    /// Turns the condition of a comparison's jump around.
    pub fn negate(&mut self, jump: Pc) {
        let control = self.control(jump);
        debug_assert!(self.instruction(control).opcode().is_test());
        self.edit(control, |i| i.set_k(!i.k()));
    }

    /// Where a chain of jumps to jumps ends. Chains may be loops, so there is a limit.
    pub fn final_target(&self, jump: Pc) -> Pc {
        let mut at = jump;
        for _ in 0..100 {
            let i = self.instruction(at);
            if i.opcode() != Opcode::Jmp {
                break;
            }
            at = at.wrapping_add_signed(i.sj() + 1);
        }
        at
    }

    /// Redirects a jump to the end of its chain.
    pub fn shorten_jump(&mut self, jump: Pc) -> Result {
        let target = self.final_target(jump);
        self.set_jump(jump, target)
    }
}
