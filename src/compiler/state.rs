//! All that a compilation keeps, and the lowest level of the code generator: instructions, lines, constants, registers.
//!
//! Invariants:
//! * S1 `draft` is the function being compiled; the functions around it lie in `around`, by level, as far as the source has been
//!   read. What lies there from the current level on is empty.
//! * S2 registers below `function.local_registers` belong to active variables; those from there up to `function.free`
//!   are temporaries, used as a stack.
//! * S3 `line_info` of a draft has one entry per instruction.

use super::constants::ConstantCache;
use super::expr::{Expr, Pc, Register};
use super::labels::{Goto, Label};
use super::lexer::{Lexer, NO_CONSTANT};
use super::scope::{Block, Variable};
use super::{Failure, token::Token};
use crate::bytecode::{Instruction, MAX_AX, MAX_B, MAX_BX, Opcode};
use crate::chunk::draft::{
    AbsoluteLine, ChunkName, Constant, Draft, Functions, OpenBox, OpenFunctions, Symbol, UpvalueDesc, Vararg,
};
use crate::chunk::input::Input;
use crate::edition::{self, LUA_5_5};
use crate::heap::mem::{Buf, Mem};
use crate::heap::string;
use crate::throw::{Result, Throw};

/// Registers of a function are numbered below this, so that their number fits an operand.
pub const MAX_REGISTERS: u32 = 255;

/// In the list of line deltas: look into the list of absolute lines.
const ABSOLUTE: i8 = i8::MIN;
/// So many instructions after an absolute line there is another one, so that looking for a line is not slow.
const MAX_SINCE_ABSOLUTE: u8 = 128;

/// One function that is being compiled.
#[derive(Clone, Copy, Default)]
pub struct Function {
    /// Its index in the draft's functions.
    pub index: u32,
    /// The last place where a jump may arrive.
    pub last_target: Pc,
    /// Line of the last instruction.
    previous_line: i32,
    /// Instructions since the last absolute line.
    since_absolute: u8,
    /// Number of variables in scope.
    pub active: u16,
    /// Registers that they occupy.
    pub local_registers: Register,
    /// The first free register.
    pub free: Register,
    /// Whether it must close upvalues when it returns.
    pub needs_close: bool,
    /// Where its entries begin in the lists of `Compiler`.
    pub first_variable: u32,
    pub first_label: u32,
    pub first_block: u32,
    first_moved_constant: u32,
}

pub struct Compiler<'i> {
    pub lex: Lexer<'i>,
    pub draft: OpenBox,
    pub function: Function,
    /// The functions around it, outermost first.
    pub enclosing: Buf<Function>,
    pub around: OpenFunctions,
    pub functions: Functions,
    /// Open blocks, declared variables, labels in scope and gotos without label: of all open functions, innermost last.
    pub blocks: Buf<Block>,
    pub variables: Buf<Variable>,
    pub labels: Buf<Label>,
    pub gotos: Buf<Goto>,
    /// Left sides of the assignments under way.
    pub targets: Buf<Expr>,
    /// Declarations of global variables in scope (5.5). Without any, all names may be used.
    pub globals: u32,
    constants: ConstantCache,
    /// 5.5: where constants of open functions were before inner functions had them too.
    moved_constants: Buf<MovedConstant>,
    /// Nested C calls of the thread, unfinished rules of this parser included.
    c_calls: u32,
    /// `_ENV`
    pub environment: Symbol,
    /// `global`, which 5.5 reserves only where a declaration can begin.
    pub global_word: Symbol,
}

/// What was known of a constant before the current function got it.
#[derive(Clone, Copy)]
struct MovedConstant {
    value: Constant,
    place: u32,
}

impl<'i> Compiler<'i> {
    pub fn run(mem: Mem, input: Input<'i>, chunk_name: ChunkName, c_calls: u32) -> Result<Draft, Failure> {
        let mut lex = Lexer::new(mem, input, chunk_name).map_err(Failure::Throw)?;
        let environment = lex.intern(b"_ENV").map_err(Failure::Throw)?;
        let global_word = if LUA_5_5 { lex.intern(b"global").map_err(Failure::Throw)? } else { environment };
        // Hashes are random for each process.
        let seed = string::hash_words(b"_ENV");
        let mut compiler = Compiler {
            lex,
            draft: OpenBox::new(mem).map_err(Failure::Throw)?,
            function: Function::default(),
            enclosing: Buf::new(mem),
            around: OpenFunctions::new(mem),
            functions: Functions::new(mem),
            blocks: Buf::new(mem),
            variables: Buf::new(mem),
            labels: Buf::new(mem),
            gotos: Buf::new(mem),
            targets: Buf::new(mem),
            globals: 0,
            moved_constants: Buf::new(mem),
            constants: ConstantCache::new(mem, seed),
            c_calls,
            environment,
            global_word,
        };
        match compiler.main_function() {
            Ok(()) => {
                let Compiler { lex, draft, mut functions, .. } = compiler;
                functions.finish_main(draft).map_err(Failure::Throw)?;
                Ok(Draft { symbols: lex.symbols, functions })
            }
            Err(throw) => Err(match (throw, compiler.lex.message.take()) {
                (Throw::Syntax, Some(text)) => Failure::Syntax(text),
                (Throw::Run, Some(text)) => Failure::Limit(text),
                (throw, _) => Failure::Throw(throw),
            }),
        }
    }

    /// The main function: vararg, with the environment as its only upvalue.
    fn main_function(&mut self) -> Result {
        self.function.index = self.functions.open()?;
        self.draft.source = Some(self.lex.source);
        self.lex.info(self.environment).declared = 1;
        self.open_block(false)?;
        self.declare_vararg()?;
        self.draft.upvalues.push(UpvalueDesc { name: Some(self.environment), in_stack: true, index: 0, kind: 0 })?;
        self.lex.advance()?;
        self.statements()?;
        self.check(Token::Eof)?;
        self.finish_function()
    }

    /// Begins a function nested in the current one.
    pub fn open_function(&mut self, line: i32) -> Result {
        if self.draft.nested.len() >= MAX_BX as usize {
            return Err(self.lex.error_limit("functions", MAX_BX as usize));
        }
        let index = self.functions.open()?;
        self.draft.nested.push(index)?;
        let level = self.enclosing.len();
        self.around.ensure(level)?;
        self.enclosing.push(self.function)?;
        self.around.swap(level, &mut self.draft);
        self.draft.line_defined = line;
        self.draft.source = Some(self.lex.source);
        self.function = Function {
            index,
            previous_line: line,
            first_variable: self.variables.len() as u32,
            first_label: self.labels.len() as u32,
            first_block: self.blocks.len() as u32,
            first_moved_constant: self.moved_constants.len() as u32,
            ..Function::default()
        };
        self.open_block(false)
    }

    /// Ends a nested function; the current one is then the one around it.
    pub fn close_function(&mut self) -> Result {
        self.finish_function()?;
        if LUA_5_5 {
            self.restore_constants()?;
        }
        self.functions.finish(self.function.index, &self.draft)?;
        self.draft.clear();
        let Some(outer) = self.enclosing.pop() else { unreachable!("the main function is not nested") };
        self.function = outer;
        self.around.swap(self.enclosing.len(), &mut self.draft);
        Ok(())
    }

    /// Final return, end of scope, and the adjustments that need to know the whole function.
    fn finish_function(&mut self) -> Result {
        self.emit_return(self.function.local_registers, Some(0))?;
        self.close_block()?;
        let vararg = (self.draft.vararg == Vararg::Hidden).then_some(u32::from(self.draft.parameters) + 1);
        let has_vararg_table = self.draft.vararg == Vararg::Table;
        let needs_close = self.function.needs_close;
        for pc in 0..self.pc() {
            match self.instruction(pc).opcode() {
                Opcode::Return0 | Opcode::Return1 if vararg.is_none() && !needs_close => {}
                op @ (Opcode::Return0 | Opcode::Return1 | Opcode::Return | Opcode::TailCall) => {
                    self.edit(pc, |i| {
                        if op != Opcode::TailCall {
                            i.set_opcode(Opcode::Return);
                        }
                        if needs_close {
                            i.set_k(true);
                        }
                        if let Some(c) = vararg {
                            i.set_c(c);
                        }
                    });
                }
                Opcode::Jmp => self.shorten_jump(pc)?,
                Opcode::GetVarArg if has_vararg_table => self.edit(pc, |i| i.set_opcode(Opcode::GetTable)),
                Opcode::VarArg if has_vararg_table => self.edit(pc, |i| i.set_k(true)),
                _ => {}
            }
        }
        Ok(())
    }

    // Nesting.

    /// Enters a rule of the grammar that may contain itself. `leave` when it is done.
    #[inline]
    pub fn enter(&mut self) -> Result {
        self.c_calls += 1;
        if self.c_calls >= edition::MAX_C_CALLS { self.check_nesting() } else { Ok(()) }
    }

    #[inline]
    pub fn leave(&mut self) {
        self.c_calls -= 1;
    }

    /// A little more than the limit is granted to whoever handles the first overflow.
    #[cold]
    fn check_nesting(&self) -> Result {
        if self.c_calls == edition::MAX_C_CALLS {
            Err(self.lex.error_overflow())
        } else if self.c_calls >= edition::MAX_C_CALLS / 10 * 11 {
            Err(Throw::Handler)
        } else {
            Ok(())
        }
    }

    // Instructions.

    /// The place of the next instruction.
    #[inline]
    pub fn pc(&self) -> Pc {
        self.draft.code.len() as Pc
    }

    #[inline]
    pub fn instruction(&self, pc: Pc) -> Instruction {
        Instruction(self.draft.code[pc as usize])
    }

    #[inline]
    pub fn edit(&mut self, pc: Pc, change: impl FnOnce(&mut Instruction)) {
        let word = &mut self.draft.code[pc as usize];
        let mut i = Instruction(*word);
        change(&mut i);
        *word = i.0;
    }

    /// Adds an instruction, on the line of the token that was read last; its place.
    #[inline]
    pub fn emit(&mut self, i: Instruction) -> Result<Pc> {
        let pc = self.pc();
        if pc == i32::MAX as u32 {
            return Err(self.lex.error_limit("opcodes", i32::MAX as usize));
        }
        self.draft.code.push(i.0)?;
        self.add_line(self.lex.last_line)?;
        Ok(pc)
    }

    /// Adds an instruction on a given line.
    pub fn emit_at(&mut self, i: Instruction, line: i32) -> Result<Pc> {
        let pc = self.emit(i)?;
        self.fix_line(line)?;
        Ok(pc)
    }

    /// The instruction before the current place, unless a jump may arrive between the two.
    pub fn previous(&self) -> Option<Instruction> {
        if self.pc() > self.function.last_target { Some(self.instruction(self.pc() - 1)) } else { None }
    }

    pub fn remove_last(&mut self) {
        self.remove_line();
        self.draft.code.pop();
    }

    /// Loads a constant of the list.
    pub fn emit_constant(&mut self, register: Register, constant: u32) -> Result {
        let a = register.into();
        if constant <= MAX_BX {
            self.emit(Instruction::abx(Opcode::LoadK, a, constant))?;
        } else {
            self.emit(Instruction::abx(Opcode::LoadKX, a, 0))?;
            self.emit(Instruction::with_ax(Opcode::ExtraArg, constant))?;
        }
        Ok(())
    }

    /// Sets `count` registers to nil, in the previous instruction if that does the same to its neighbours.
    pub fn emit_nil(&mut self, from: Register, count: u32) -> Result {
        let from = u32::from(from);
        let end = from + count;
        if let Some(i) = self.previous()
            && i.opcode() == Opcode::LoadNil
        {
            let before = i.a() as u32;
            let before_end = before + i.b() as u32 + 1;
            if (before..=before_end).contains(&from) || (from..=end).contains(&before) {
                let start = from.min(before);
                let count = end.max(before_end) - start;
                let pc = self.pc() - 1;
                self.edit(pc, |i| {
                    i.set_a(start);
                    i.set_b(count - 1);
                });
                return Ok(());
            }
        }
        self.emit(Instruction::abc(Opcode::LoadNil, from, count - 1, 0))?;
        Ok(())
    }

    /// A return of `count` values from `first` on; `None`: up to the top.
    pub fn emit_return(&mut self, first: Register, count: Option<u32>) -> Result {
        let op = match count {
            Some(0) => Opcode::Return0,
            Some(1) => Opcode::Return1,
            _ => Opcode::Return,
        };
        if LUA_5_5 && count.is_some_and(|n| n + 1 > MAX_B) {
            return Err(self.too_many("returns", MAX_B as usize, self.draft.line_defined));
        }
        self.emit(Instruction::abc(op, first.into(), count.map_or(0, |n| n + 1), 0))?;
        Ok(())
    }

    // Lines.

    /// Notes the line of the instruction that was just added.
    #[inline]
    fn add_line(&mut self, line: i32) -> Result {
        let f = &mut self.function;
        let difference = line - f.previous_line;
        let mut delta = difference as i8;
        if i32::from(delta) != difference || delta == ABSOLUTE || f.since_absolute >= MAX_SINCE_ABSOLUTE {
            let pc = self.draft.line_info.len() as Pc;
            self.draft.absolute_lines.push(AbsoluteLine { pc, line })?;
            delta = ABSOLUTE;
            f.since_absolute = 0;
        }
        f.since_absolute += 1;
        f.previous_line = line;
        self.draft.line_info.push(delta)
    }

    fn remove_line(&mut self) {
        let f = &mut self.function;
        match self.draft.line_info.pop() {
            Some(ABSOLUTE) => {
                self.draft.absolute_lines.pop();
                // The line before is not known here, so the next one must be absolute as well.
                f.since_absolute = MAX_SINCE_ABSOLUTE + 1;
            }
            Some(delta) => {
                f.previous_line -= i32::from(delta);
                f.since_absolute -= 1;
            }
            None => unreachable!("S3"),
        }
    }

    /// Gives the last instruction another line.
    #[inline]
    pub fn fix_line(&mut self, line: i32) -> Result {
        if line == self.function.previous_line {
            return Ok(());
        }
        self.remove_line();
        self.add_line(line)
    }

    // Constants.

    /// The index of a constant in the function's list, where it is put if it is not there. May: raise, collect.
    pub fn constant(&mut self, value: Constant) -> Result<u32> {
        let mut is_noted = ConstantCache::notes(value);
        let place = match value {
            Constant::String(symbol) => self.lex.info(symbol).constant.wrapping_add(1),
            _ if !is_noted => 0,
            other => *self.constants.place(other)?,
        };
        // What the note says may be true of another function only.
        if let Some(index) = place.checked_sub(1)
            && let Some(noted) = self.draft.constants.get(index as usize)
        {
            if *noted == value {
                return Ok(index);
            }
            // In 5.5 the note of this function's first float stays.
            is_noted &= !LUA_5_5 || !ConstantCache::confuses(*noted, value);
        }
        let index = self.draft.constants.len() as u32;
        if index >= MAX_AX {
            return Err(self.lex.error_limit("constants", MAX_AX as usize));
        }
        self.draft.constants.push(value)?;
        const { assert!(NO_CONSTANT.wrapping_add(1) == 0) };
        if is_noted {
            if LUA_5_5 && place != 0 {
                self.moved_constants.push(MovedConstant { value, place })?;
            }
            self.note_constant(value, index + 1)?;
        }
        Ok(index)
    }

    /// `place` is one more than the index.
    fn note_constant(&mut self, value: Constant, place: u32) -> Result {
        match value {
            Constant::String(symbol) => self.lex.info(symbol).constant = place.wrapping_sub(1),
            other => *self.constants.place(other)? = place,
        }
        Ok(())
    }

    /// A nested function ends, and the one around it finds its constants where they were.
    fn restore_constants(&mut self) -> Result {
        while self.moved_constants.len() > self.function.first_moved_constant as usize
            && let Some(MovedConstant { value, place }) = self.moved_constants.pop()
        {
            self.note_constant(value, place)?;
        }
        Ok(())
    }

    // Registers.

    /// Makes sure that the function's frame has `count` registers above the free one.
    #[inline]
    pub fn check_stack(&mut self, count: u32) -> Result {
        let size = u32::from(self.function.free) + count;
        if size > u32::from(self.draft.max_stack_size) {
            if LUA_5_5 && size > MAX_REGISTERS {
                return Err(self.too_many("registers", MAX_REGISTERS as usize, self.draft.line_defined));
            }
            if !LUA_5_5 && size >= MAX_REGISTERS {
                return Err(self.lex.error_here(format_args!("function or expression needs too many registers")));
            }
            self.draft.max_stack_size = size as u8;
        }
        Ok(())
    }

    /// Takes the next `count` registers; the first of them.
    #[inline]
    pub fn reserve(&mut self, count: u32) -> Result<Register> {
        self.check_stack(count)?;
        let first = self.function.free;
        self.function.free += count as u8;
        Ok(first)
    }

    /// Gives a register back, unless it belongs to a variable. Temporaries go in the reverse order of their coming.
    #[inline]
    pub fn free_register(&mut self, register: Register) {
        if register >= self.function.local_registers {
            self.function.free -= 1;
            debug_assert_eq!(register, self.function.free);
        }
    }

    /// Gives two registers back, the higher one first.
    pub fn free_registers(&mut self, a: Register, b: Register) {
        self.free_register(a.max(b));
        self.free_register(a.min(b));
    }
}
