//! Variables, upvalues and blocks.

use super::expr::{Expr, Kind, Pc, Register};
use super::message::name_text;
use super::state::Compiler;
use crate::bytecode::{Instruction, Opcode};
use crate::chunk::draft::{Constant, LocalVariable, Symbol, UpvalueDesc, Vararg};
use crate::edition::LUA_5_5;
use crate::throw::{Result, Throw};

/// Local variables that a function may have in scope; in 5.5 those that are compile-time constants do not count.
const MAX_LOCALS: usize = 200;
const MAX_UPVALUES: usize = 255;
/// Bound of several lists of the reference compiler.
pub const MAX_SHORT: usize = i16::MAX as usize;

/// What a declaration declares. The numbers of local variables stand in binary chunks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum VariableKind {
    Regular = 0,
    Const = 1,
    ToBeClosed = if LUA_5_5 { 3 } else { 2 },
    /// Its value is known and lives in no register.
    CompileTime = if LUA_5_5 { 4 } else { 3 },
    /// The vararg parameter (5.5).
    Varargs = if LUA_5_5 { 2 } else { 4 },
    /// A global variable, or all of them (5.5).
    Global = 5,
    /// The same, read-only.
    ConstGlobal = 6,
}

impl VariableKind {
    /// Whether the variable occupies a register.
    fn has_register(self) -> bool {
        !matches!(self, VariableKind::CompileTime) && !self.is_global()
    }

    pub fn is_global(self) -> bool {
        matches!(self, VariableKind::Global | VariableKind::ConstGlobal)
    }
}

/// A declared variable. It is in scope once it is counted in `Function::active`.
#[derive(Clone, Copy)]
pub struct Variable {
    /// `None`: the declaration is about all global variables.
    pub name: Option<Symbol>,
    pub kind: VariableKind,
    /// Set when it comes into scope, as is `debug`.
    pub register: Register,
    /// Index of its debug information.
    debug: u16,
    /// Of a compile-time constant.
    pub value: Constant,
}

/// A block under way.
#[derive(Clone, Copy)]
pub struct Block {
    /// First entries of the block in the lists of labels and of pending gotos.
    pub first_label: u32,
    pub first_goto: u32,
    /// Variables in scope outside, and the registers they occupy.
    pub active: u16,
    pub registers: Register,
    /// Some variable of it is an upvalue or to be closed.
    pub has_upvalue: bool,
    pub is_loop: bool,
    /// 5.5: a `break` leaves it.
    pub has_break: bool,
    /// In the scope of a to-be-closed variable.
    pub inside_tbc: bool,
}

/// What a name means.
enum Found {
    Variable(Kind),
    /// A global variable that was declared.
    Global {
        read_only: bool,
    },
}

impl Compiler<'_> {
    // Variables.

    /// Declares a local variable; its number in the function. It is not in scope yet.
    pub fn declare(&mut self, name: Symbol) -> Result<u16> {
        self.declare_as(Some(name), VariableKind::Regular)
    }

    /// Declares what `kind` says. It is not in scope yet.
    pub fn declare_as(&mut self, name: Option<Symbol>, kind: VariableKind) -> Result<u16> {
        let count = self.variables.len() - self.function.first_variable as usize;
        if !LUA_5_5 && count >= MAX_LOCALS {
            return Err(self.too_many("local variables", MAX_LOCALS, self.draft.line_defined));
        }
        if self.variables.len() >= MAX_SHORT {
            let what = if LUA_5_5 { "variable declarations" } else { "local variables" };
            return Err(self.lex.error_limit(what, MAX_SHORT));
        }
        self.variables.push(Variable { name, kind, register: 0, debug: 0, value: Constant::Nil })?;
        if let Some(name) = name {
            self.lex.info(name).declared += 1;
        }
        Ok(count as u16)
    }

    /// Declares a variable that the source does not name.
    pub fn declare_hidden(&mut self, name: &str) -> Result<u16> {
        let name = self.lex.intern(name.as_bytes())?;
        self.declare(name)
    }

    #[cold]
    pub fn too_many(&self, what: &str, limit: usize, line: i32) -> Throw {
        if line == 0 {
            self.lex.error_here(format_args!("too many {what} (limit is {limit}) in main function"))
        } else {
            self.lex.error_here(format_args!("too many {what} (limit is {limit}) in function at line {line}"))
        }
    }

    /// A variable of the current function by its number.
    pub fn variable(&mut self, number: u16) -> &mut Variable {
        &mut self.variables[self.function.first_variable as usize + usize::from(number)]
    }

    /// Brings the next `count` declared variables into scope: they take the next registers after the other variables'.
    pub fn activate(&mut self, count: u16) -> Result {
        for _ in 0..count {
            let debug = self.draft.locals.len();
            if debug >= MAX_SHORT {
                return Err(self.lex.error_limit("local variables", MAX_SHORT));
            }
            let start_pc = self.pc();
            let register = self.function.local_registers;
            let number = self.function.active;
            let variable = self.variable(number);
            variable.register = register;
            variable.debug = debug as u16;
            let name = variable.name;
            self.draft.locals.push(LocalVariable { name, start_pc, end_pc: 0 })?;
            self.function.active += 1;
            self.function.local_registers += 1;
            if LUA_5_5 && usize::from(register) >= MAX_LOCALS {
                return Err(self.too_many("local variables", MAX_LOCALS, self.draft.line_defined));
            }
        }
        Ok(())
    }

    /// Brings the next `count` declared global variables into scope.
    pub fn activate_globals(&mut self, count: u16) {
        self.function.active += count;
        self.globals += u32::from(count);
    }

    /// Brings the next declared variable into scope as a compile-time constant.
    pub fn activate_constant(&mut self, value: Constant) {
        let number = self.function.active;
        let variable = self.variable(number);
        variable.kind = VariableKind::CompileTime;
        variable.value = value;
        self.function.active += 1;
    }

    /// Debuggers see a variable only from here on.
    pub fn start_later(&mut self, number: u16) {
        let start_pc: Pc = self.pc();
        let debug = self.variable(number).debug;
        self.draft.locals[usize::from(debug)].start_pc = start_pc;
    }

    /// Ends the scope of all variables but the first `active`, which occupy `registers`.
    fn deactivate(&mut self, active: u16, registers: Register) {
        let end_pc = self.pc();
        while self.function.active > active {
            self.function.active -= 1;
            let number = self.function.active;
            let Variable { name, kind, debug, .. } = *self.variable(number);
            if let Some(name) = name {
                self.lex.info(name).declared -= 1;
            }
            if kind.is_global() {
                self.globals -= 1;
            } else if kind.has_register() {
                self.draft.locals[usize::from(debug)].end_pc = end_pc;
            }
        }
        self.variables.truncate(self.function.first_variable as usize + usize::from(active));
        self.function.local_registers = registers;
    }

    /// Raises if the expression is a variable that may not be assigned to. An element of the vararg table becomes one that
    /// may: the function gets a real table.
    pub fn check_writable(&mut self, target: &mut Expr) -> Result {
        let name = match target.kind {
            Kind::CompileTime(at) => self.variables[at as usize].name,
            Kind::IndexedVarargs { table, key, read_only } => {
                self.draft.vararg = Vararg::Table;
                target.kind = Kind::Indexed { table, key, read_only: None };
                read_only
            }
            Kind::Indexed { read_only, .. } | Kind::IndexedField { read_only, .. } | Kind::IndexedUpvalue { read_only, .. } => {
                read_only
            }
            Kind::Local { variable, .. } | Kind::VarargTable { variable, .. } => {
                let variable = self.variable(variable);
                if variable.kind == VariableKind::Regular { None } else { variable.name }
            }
            Kind::Upvalue(number) => {
                let upvalue = &self.draft.upvalues[usize::from(number)];
                if upvalue.kind != VariableKind::Regular as u8 { upvalue.name } else { None }
            }
            _ => None,
        };
        match name {
            None => Ok(()),
            Some(name) => {
                let name = name_text(self.lex.symbols.bytes(name));
                Err(self.lex.error(format_args!("attempt to assign to const variable '{name}'")))
            }
        }
    }

    // Names.

    /// The variable that a name means here: local, upvalue, compile-time constant, or else a field of `_ENV` (§2.2).
    pub fn resolve(&mut self, name: Symbol, e: &mut Expr) -> Result {
        let is_read_only = match self.find(name)? {
            Some(Found::Variable(kind)) => {
                *e = Expr::new(kind);
                return Ok(());
            }
            Some(Found::Global { read_only }) => read_only,
            None if self.globals > 0 => self.undeclared_is_read_only(name)?,
            None => false,
        };
        self.global(name, e)?;
        if is_read_only
            && let Kind::Indexed { read_only, .. }
            | Kind::IndexedVarargs { read_only, .. }
            | Kind::IndexedField { read_only, .. }
            | Kind::IndexedUpvalue { read_only, .. } = &mut e.kind
        {
            *read_only = Some(name);
        }
        Ok(())
    }

    /// The field of `_ENV` that is the global variable `name`.
    pub fn global(&mut self, name: Symbol, e: &mut Expr) -> Result {
        match self.find(self.environment)? {
            Some(Found::Variable(environment)) => *e = Expr::new(environment),
            Some(Found::Global { .. }) => {
                let name = name_text(self.lex.symbols.bytes(name));
                return Err(self.lex.error(format_args!("_ENV is global when accessing variable '{name}'")));
            }
            None => unreachable!("the main function has it"),
        }
        self.place_unless_upvalue(e)?;
        self.index(e, &mut Expr::new(Kind::String(name)))
    }

    /// A name that no declaration in scope mentions: what the innermost declaration of all global variables says. Where
    /// there are only others, the name means nothing.
    #[cold]
    fn undeclared_is_read_only(&mut self, name: Symbol) -> Result<bool> {
        let mut collective = None;
        for level in (0..=self.enclosing.len()).rev() {
            let (_, variables) = self.variables_in_scope(level);
            collective = variables.iter().rfind(|v| v.kind.is_global() && v.name.is_none()).map(|v| v.kind);
            if collective.is_some() {
                break;
            }
        }
        match collective {
            Some(kind) => Ok(kind == VariableKind::ConstGlobal),
            None => {
                let name = name_text(self.lex.symbols.bytes(name));
                Err(self.lex.error(format_args!("variable '{name}' not declared")))
            }
        }
    }

    /// Looks for a variable in the function and those around it. Functions in between get it as an upvalue.
    fn find(&mut self, name: Symbol) -> Result<Option<Found>> {
        // Every local variable in scope, and every upvalue, belongs to a declaration that is counted.
        if self.lex.info(name).declared == 0 {
            return Ok(None);
        }
        let innermost = self.enclosing.len();
        let mut level = innermost;
        let mut kind = loop {
            match self.find_local(level, name) {
                Some(Found::Variable(kind)) if level == innermost => break kind,
                Some(Found::Variable(Kind::VarargTable { register, variable })) => {
                    // Another function needs it as a table.
                    self.around[level].vararg = Vararg::Table;
                    self.mark_captured(level, variable);
                    break Kind::Local { register, variable };
                }
                Some(Found::Variable(kind)) => {
                    if let Kind::Local { variable, .. } = kind {
                        self.mark_captured(level, variable);
                    }
                    break kind;
                }
                Some(global) => return Ok(Some(global)),
                None => {}
            }
            if let Some(number) = self.upvalues(level).iter().position(|u| u.name == Some(name)) {
                break Kind::Upvalue(number as u8);
            }
            match level.checked_sub(1) {
                Some(outer) => level = outer,
                None => return Ok(None),
            }
        };
        if !matches!(kind, Kind::CompileTime(_)) {
            while level < innermost {
                kind = Kind::Upvalue(self.add_upvalue(level + 1, name, kind)?);
                level += 1;
            }
        }
        Ok(Some(Found::Variable(kind)))
    }

    /// The variables in scope at one level of nesting, and the index of the first.
    fn variables_in_scope(&self, level: usize) -> (usize, &[Variable]) {
        let function = self.enclosing.get(level).unwrap_or(&self.function);
        let first = function.first_variable as usize;
        (first, &self.variables[first..first + usize::from(function.active)])
    }

    fn find_local(&self, level: usize, name: Symbol) -> Option<Found> {
        let (first, variables) = self.variables_in_scope(level);
        let number = variables.iter().rposition(|v| v.name == Some(name))?;
        let Variable { kind, register, .. } = variables[number];
        let variable = number as u16;
        Some(Found::Variable(match kind {
            VariableKind::CompileTime => Kind::CompileTime((first + number) as u32),
            VariableKind::Varargs => Kind::VarargTable { register, variable },
            VariableKind::Global | VariableKind::ConstGlobal => {
                return Some(Found::Global { read_only: kind == VariableKind::ConstGlobal });
            }
            _ => Kind::Local { register, variable },
        }))
    }

    fn upvalues(&self, level: usize) -> &[UpvalueDesc] {
        if level < self.enclosing.len() { &self.around[level].upvalues } else { &self.draft.upvalues }
    }

    /// Gives the function at `level` an upvalue for what is `kind` in the function around it; its number.
    fn add_upvalue(&mut self, level: usize, name: Symbol, kind: Kind) -> Result<u8> {
        let upvalue = match kind {
            Kind::Local { register, variable } => {
                let (_, variables) = self.variables_in_scope(level - 1);
                let kind = variables[usize::from(variable)].kind as u8;
                UpvalueDesc { name: Some(name), in_stack: true, index: register, kind }
            }
            Kind::Upvalue(number) => {
                let kind = self.upvalues(level - 1)[usize::from(number)].kind;
                UpvalueDesc { name: Some(name), in_stack: false, index: number, kind }
            }
            _ => unreachable!("only variables are captured"),
        };
        let draft = if level < self.enclosing.len() { &mut self.around[level] } else { &mut self.draft };
        let number = draft.upvalues.len();
        if number >= MAX_UPVALUES {
            let line = draft.line_defined;
            return Err(self.too_many("upvalues", MAX_UPVALUES, line));
        }
        draft.upvalues.push(upvalue)?;
        Ok(number as u8)
    }

    /// A variable of an enclosing function is an upvalue: its block must close it.
    fn mark_captured(&mut self, level: usize, variable: u16) {
        let function = &mut self.enclosing[level];
        function.needs_close = true;
        let first = function.first_block as usize;
        let end = self.enclosing.get(level + 1).unwrap_or(&self.function).first_block as usize;
        if let Some(block) = self.blocks[first..end].iter_mut().rev().find(|b| b.active <= variable) {
            block.has_upvalue = true;
        }
    }

    // Blocks.

    /// The innermost block.
    pub fn block(&mut self) -> &mut Block {
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    pub fn open_block(&mut self, is_loop: bool) -> Result {
        debug_assert_eq!(self.function.free, self.function.local_registers);
        let inside_tbc = self.blocks.len() > self.function.first_block as usize && self.block().inside_tbc;
        self.blocks.push(Block {
            first_label: self.labels.len() as u32,
            first_goto: self.gotos.len() as u32,
            active: self.function.active,
            registers: self.function.local_registers,
            has_upvalue: false,
            is_loop,
            has_break: false,
            inside_tbc,
        })
    }

    /// Ends a block: its variables and labels go out of scope, pending gotos move to the block around it.
    pub fn close_block(&mut self) -> Result {
        let block = *self.block();
        let is_body = self.blocks.len() - 1 == self.function.first_block as usize;
        if LUA_5_5 {
            if !is_body && block.has_upvalue {
                self.emit(Instruction::abc(Opcode::Close, block.registers.into(), 0, 0))?;
            }
            // The variables' names are still wanted by messages.
            self.resolve_gotos_of_block(&block)?;
            self.deactivate(block.active, block.registers);
            self.function.free = block.registers;
            self.labels.truncate(block.first_label as usize);
            self.blocks.pop();
            return if is_body { self.check_gotos(&block) } else { Ok(()) };
        }
        self.deactivate(block.active, block.registers);
        // Breaks arrive here.
        let closed = block.is_loop && self.create_break_label()?;
        if !closed && !is_body && block.has_upvalue {
            self.emit(Instruction::abc(Opcode::Close, block.registers.into(), 0, 0))?;
        }
        self.function.free = block.registers;
        self.labels.truncate(block.first_label as usize);
        self.blocks.pop();
        if is_body {
            return self.check_gotos(&block);
        }
        self.move_gotos_out(&block);
        Ok(())
    }

    /// The innermost block has a variable to be closed.
    pub fn mark_to_be_closed(&mut self) {
        let block = self.block();
        block.has_upvalue = true;
        block.inside_tbc = true;
        self.function.needs_close = true;
    }
}
