//! Labels, `goto` and `break` (§3.3.4).
//!
//! A goto to a label that has been seen is a jump backward and done at once. Any other is pending until a label of a
//! block around it has its name; each block that ends hands its pending gotos to the one around it. `break` is a goto
//! to a label that every loop has at its end.
//!
//! In 5.5 every goto is pending until its block ends, which looks for the label among its own. Behind the jump waits an
//! instruction that is never reached; the jump takes its place if upvalues must be closed first.

use super::expr::{Pc, Register};
use super::jumps::JumpList;
use super::message::name_text;
use super::scope::{Block, MAX_SHORT};
use super::state::Compiler;
use crate::bytecode::{Instruction, Opcode};
use crate::chunk::draft::Symbol;
use crate::edition::LUA_5_5;
use crate::throw::{Result, Throw};

/// The name of a label; the one of `break` is none that a source could use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LabelName {
    Break,
    Name(Symbol),
}

#[derive(Clone, Copy)]
pub struct Label {
    name: LabelName,
    pc: Pc,
    line: i32,
    /// Variables in scope there, and the registers they occupy.
    active: u16,
    registers: Register,
}

/// A goto without label, so far.
#[derive(Clone, Copy)]
pub struct Goto {
    name: LabelName,
    /// In 5.5 just one.
    jumps: JumpList,
    line: i32,
    /// Variables in scope where it jumps from, and their registers; in the end those around the blocks that it has left.
    active: u16,
    registers: Register,
    /// It leaves the scope of an upvalue.
    needs_close: bool,
}

impl Compiler<'_> {
    fn find_label(&self, name: Symbol) -> Option<Label> {
        let first = self.function.first_label as usize;
        self.labels[first..].iter().find(|l| l.name == LabelName::Name(name)).copied()
    }

    /// `goto name`, on `line`.
    pub fn goto(&mut self, name: Symbol, line: i32) -> Result {
        if LUA_5_5 {
            return self.add_swappable_goto(LabelName::Name(name), line);
        }
        match self.find_label(name) {
            None => {
                let jump = self.emit_jump()?;
                self.add_goto(LabelName::Name(name), line, JumpList::of(jump))
            }
            Some(label) => {
                if self.function.local_registers > label.registers {
                    self.emit(Instruction::abc(Opcode::Close, label.registers.into(), 0, 0))?;
                }
                self.emit_jump_to(label.pc)
            }
        }
    }

    /// `break`, on `line`, as 5.5 compiles it. The current token is still the word.
    pub fn break_out(&mut self, line: i32) -> Result {
        let first = self.function.first_block as usize;
        let Some(block) = self.blocks[first..].iter_mut().rev().find(|b| b.is_loop) else {
            return Err(self.lex.error_here(format_args!("break outside loop")));
        };
        block.has_break = true;
        self.lex.advance()?;
        self.add_swappable_goto(LabelName::Break, line)
    }

    fn add_swappable_goto(&mut self, name: LabelName, line: i32) -> Result {
        let jump = self.emit_jump()?;
        self.emit(Instruction::abc(Opcode::Close, 0, 1, 0))?;
        self.add_goto(name, line, JumpList::of(jump))
    }

    /// 5.5: a block ends. Its gotos go to its labels; those that want another jump from the block around it.
    pub fn resolve_gotos_of_block(&mut self, block: &Block) -> Result {
        if block.has_break {
            self.put_label(LabelName::Break, 0, (block.active, block.registers))?;
        }
        let first = block.first_goto as usize;
        let mut kept = first;
        for i in first..self.gotos.len() {
            let mut goto = self.gotos[i];
            let labels = &self.labels[block.first_label as usize..];
            if let Some(label) = labels.iter().find(|l| l.name == goto.name) {
                let label = *label;
                self.close_goto(&goto, &label, block.has_upvalue)?;
                continue;
            }
            if block.has_upvalue && goto.registers > block.registers {
                goto.needs_close = true;
            }
            goto.active = block.active;
            goto.registers = block.registers;
            self.gotos[kept] = goto;
            kept += 1;
        }
        self.gotos.truncate(kept);
        Ok(())
    }

    /// 5.5: a goto of a block has found its label there. `has_upvalue`: the block has variables to be closed.
    #[doc(alias = "closegoto")]
    fn close_goto(&mut self, goto: &Goto, label: &Label, has_upvalue: bool) -> Result {
        if goto.active < label.active {
            return Err(self.jumps_into_scope(goto));
        }
        let mut jump = goto.jumps;
        if (goto.needs_close || label.active < goto.active && has_upvalue)
            && let Some(pc) = jump.first()
        {
            let moved = self.instruction(pc);
            self.edit(pc, |i| *i = Instruction::abc(Opcode::Close, label.registers.into(), 0, 0));
            self.edit(pc + 1, |i| *i = moved);
            jump = JumpList::of(pc + 1);
        }
        self.patch(jump, label.pc)
    }

    /// Notes jumps to a label that is still to come.
    pub fn add_goto(&mut self, name: LabelName, line: i32, jumps: JumpList) -> Result {
        if self.gotos.len() >= MAX_SHORT {
            return Err(self.lex.error_limit("labels/gotos", MAX_SHORT));
        }
        let (active, registers) = (self.function.active, self.function.local_registers);
        self.gotos.push(Goto { name, jumps, line, active, registers, needs_close: false })
    }

    /// Raises if the function has this label already.
    pub fn check_new_label(&mut self, name: Symbol) -> Result {
        let Some(label) = self.find_label(name) else { return Ok(()) };
        let name = name_text(self.lex.symbols.bytes(name));
        Err(self.lex.error(format_args!("label '{name}' already defined on line {}", label.line)))
    }

    /// Puts a label here. At the end of a block (`is_last`) the block's variables count as out of scope.
    pub fn create_label(&mut self, name: Symbol, line: i32, is_last: bool) -> Result {
        self.add_label(LabelName::Name(name), line, is_last).map(drop)
    }

    /// The label at the end of a loop; whether upvalues had to be closed there.
    pub fn create_break_label(&mut self) -> Result<bool> {
        self.add_label(LabelName::Break, 0, false)
    }

    fn put_label(&mut self, name: LabelName, line: i32, (active, registers): (u16, Register)) -> Result<Label> {
        if self.labels.len() >= MAX_SHORT {
            return Err(self.lex.error_limit("labels/gotos", MAX_SHORT));
        }
        let label = Label { name, pc: self.label(), line, active, registers };
        self.labels.push(label)?;
        Ok(label)
    }

    fn add_label(&mut self, name: LabelName, line: i32, is_last: bool) -> Result<bool> {
        let block = *self.block();
        let scope = if is_last { (block.active, block.registers) } else { (self.function.active, self.function.local_registers) };
        let label = self.put_label(name, line, scope)?;
        if LUA_5_5 {
            return Ok(false);
        }
        let needs_close = self.resolve_gotos(block.first_goto as usize, &label)?;
        if needs_close {
            self.emit(Instruction::abc(Opcode::Close, self.function.local_registers.into(), 0, 0))?;
        }
        Ok(needs_close)
    }

    /// Lets the pending gotos from `first` on that want this label jump to it; whether one must close upvalues.
    fn resolve_gotos(&mut self, first: usize, label: &Label) -> Result<bool> {
        let mut needs_close = false;
        let mut kept = first;
        for i in first..self.gotos.len() {
            let goto = self.gotos[i];
            if goto.name != label.name {
                self.gotos[kept] = goto;
                kept += 1;
                continue;
            }
            if goto.active < label.active {
                return Err(self.jumps_into_scope(&goto));
            }
            needs_close |= goto.needs_close;
            self.patch(goto.jumps, label.pc)?;
        }
        self.gotos.truncate(kept);
        Ok(needs_close)
    }

    #[cold]
    fn jumps_into_scope(&mut self, goto: &Goto) -> Throw {
        let variable = self.variable(goto.active).name;
        let variable = variable.map_or("*", |name| name_text(self.lex.symbols.bytes(name)));
        let label = match goto.name {
            LabelName::Name(name) => name_text(self.lex.symbols.bytes(name)),
            LabelName::Break => "break",
        };
        let line = goto.line;
        let what = if LUA_5_5 { "" } else { "local " };
        self.lex.error(format_args!("<goto {label}> at line {line} jumps into the scope of {what}'{variable}'"))
    }

    /// Pending gotos of a block that has ended now jump from the block around it.
    pub fn move_gotos_out(&mut self, block: &Block) {
        for goto in &mut self.gotos[block.first_goto as usize..] {
            if goto.registers > block.registers {
                goto.needs_close |= block.has_upvalue;
            }
            goto.active = block.active;
            goto.registers = block.registers;
        }
    }

    /// At the end of a function no goto may be pending.
    pub fn check_gotos(&mut self, body: &Block) -> Result {
        let Some(goto) = self.gotos.get(body.first_goto as usize) else { return Ok(()) };
        let line = goto.line;
        Err(match goto.name {
            LabelName::Break => self.lex.error(format_args!("break outside loop at line {line}")),
            LabelName::Name(name) => {
                let name = name_text(self.lex.symbols.bytes(name));
                self.lex.error(format_args!("no visible label '{name}' for <goto> at line {line}"))
            }
        })
    }
}
