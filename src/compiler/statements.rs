//! The grammar of statements (§3.3).

use super::expr::{Expr, Kind, Pc, Register};
use super::jumps::JumpList;
use super::labels::LabelName;
use super::message::name_text;
use super::scope::VariableKind;
use super::state::Compiler;
use super::token::Token;
use crate::bytecode::{Instruction, MAX_BX, Opcode};
use crate::chunk::draft::{Constant, Symbol};
use crate::edition::{self, LUA_5_5};
use crate::throw::Result;

/// Name of the variables that a `for` loop keeps for itself.
const FOR_STATE: &str = "(for state)";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Loop {
    Numeric,
    Generic,
}

impl Compiler<'_> {
    /// Whether the current token ends a block. `until` does, but its condition still sees the block's variables.
    fn at_block_end(&self, until_counts: bool) -> bool {
        match self.lex.token {
            Token::Else | Token::ElseIf | Token::End | Token::Eof => true,
            Token::Until => until_counts,
            _ => false,
        }
    }

    /// Statements up to the end of the block.
    pub fn statements(&mut self) -> Result {
        while !self.at_block_end(true) {
            let is_last = self.lex.token == Token::Return;
            self.statement()?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    fn statement(&mut self) -> Result {
        let line = self.lex.line;
        self.enter()?;
        match self.lex.token {
            Token::Byte(b';') => self.lex.advance()?,
            Token::If => self.if_statement(line)?,
            Token::While => self.while_statement(line)?,
            Token::Do => {
                self.lex.advance()?;
                self.inner_block()?;
                self.expect_closing(Token::End, Token::Do, line)?;
            }
            Token::For => self.for_statement(line)?,
            Token::Repeat => self.repeat_statement(line)?,
            Token::Function => self.function_statement(line)?,
            Token::Local => {
                self.lex.advance()?;
                if self.skip_if(Token::Function)? { self.local_function()? } else { self.local_statement()? }
            }
            Token::DoubleColon => {
                self.lex.advance()?;
                let name = self.expect_name()?;
                self.label_statement(name, line)?;
            }
            Token::Return => {
                self.lex.advance()?;
                self.return_statement()?;
            }
            Token::Break if LUA_5_5 => self.break_out(line)?,
            Token::Break => {
                self.lex.advance()?;
                let jump = self.emit_jump()?;
                self.add_goto(LabelName::Break, line, JumpList::of(jump))?;
            }
            Token::Goto => {
                self.lex.advance()?;
                let line = if LUA_5_5 { line } else { self.lex.line };
                let name = self.expect_name()?;
                self.goto(name, line)?;
            }
            _ => {
                if LUA_5_5 && self.at_global_declaration()? {
                    self.global_statement(line)?;
                } else {
                    self.expression_statement()?;
                }
            }
        }
        debug_assert!(self.draft.max_stack_size >= self.function.free);
        debug_assert!(self.function.free >= self.function.local_registers);
        self.function.free = self.function.local_registers;
        self.leave();
        Ok(())
    }

    fn inner_block(&mut self) -> Result {
        self.open_block(false)?;
        self.statements()?;
        self.close_block()
    }

    // Assignments and calls.

    fn expression_statement(&mut self) -> Result {
        let mut e = Expr::new(Kind::Void);
        self.suffixed_expression(&mut e)?;
        if matches!(self.lex.token, Token::Byte(b'=' | b',')) {
            return self.assignment(e);
        }
        let Kind::Call(pc) = e.kind else { return Err(self.lex.error_here(format_args!("syntax error"))) };
        self.edit(pc, |i| i.set_c(1));
        Ok(())
    }

    /// The rest of an assignment (§3.3.3) after its first target.
    fn assignment(&mut self, first: Expr) -> Result {
        let base = self.targets.len();
        self.add_target(first)?;
        while self.skip_if(Token::Byte(b','))? {
            let mut target = Expr::new(Kind::Void);
            self.suffixed_expression(&mut target)?;
            if !target.kind.is_indexed() {
                self.save_overwritten(base, &target)?;
            }
            self.enter()?;
            self.add_target(target)?;
        }
        let targets = (self.targets.len() - base) as u32;
        self.expect(Token::Byte(b'='))?;
        let mut e = Expr::new(Kind::Void);
        let values = self.expression_list(&mut e)?;
        if values == targets {
            self.take_one(&mut e);
            self.store_next(&mut e)?;
        } else {
            self.adjust(targets, values, &mut e)?;
        }
        // The values of the other targets are in the last registers.
        while self.targets.len() > base {
            let mut value = Expr::new(Kind::Register(self.function.free - 1));
            self.store_next(&mut value)?;
        }
        for _ in 1..targets {
            self.leave();
        }
        Ok(())
    }

    fn add_target(&mut self, mut target: Expr) -> Result {
        if !target.kind.is_variable() {
            return Err(self.lex.error_here(format_args!("syntax error")));
        }
        self.check_writable(&mut target)?;
        self.targets.push(target)
    }

    /// Assigns to the last target that is left.
    fn store_next(&mut self, value: &mut Expr) -> Result {
        match self.targets.pop() {
            Some(target) => self.store(&target, value),
            None => Ok(()),
        }
    }

    /// A variable is about to be assigned to which an earlier target uses as table or key: those get a copy.
    fn save_overwritten(&mut self, base: usize, variable: &Expr) -> Result {
        let copy: Register = self.function.free;
        let mut used = false;
        for target in &mut self.targets[base..] {
            match (&mut target.kind, variable.kind) {
                (Kind::IndexedUpvalue { upvalue, key, .. }, Kind::Upvalue(number)) if *upvalue == number => {
                    target.kind = Kind::IndexedField { table: copy, key: *key, read_only: None };
                    used = true;
                }
                (Kind::IndexedField { table, .. } | Kind::IndexedInteger { table, .. }, Kind::Local { register, .. })
                    if *table == register =>
                {
                    *table = copy;
                    used = true;
                }
                (Kind::Indexed { table, key, .. }, Kind::Local { register, .. }) => {
                    for operand in [table, key] {
                        if *operand == register {
                            *operand = copy;
                            used = true;
                        }
                    }
                }
                _ => {}
            }
        }
        if used {
            let i = match variable.kind {
                Kind::Local { register, .. } => Instruction::abc(Opcode::Move, copy.into(), register.into(), 0),
                Kind::Upvalue(number) => Instruction::abc(Opcode::GetUpval, copy.into(), number.into(), 0),
                kind => unreachable!("nothing to copy: {kind:?}"),
            };
            self.emit(i)?;
            self.reserve(1)?;
        }
        Ok(())
    }

    /// Makes `values` expressions, the last of them `e`, fill `wanted` registers.
    fn adjust(&mut self, wanted: u32, values: u32, e: &mut Expr) -> Result {
        if LUA_5_5 {
            self.check_stack(wanted.saturating_sub(values))?;
        }
        if e.kind.is_multiple() {
            // The last one gives what is missing, itself included.
            let extra = (wanted + 1).saturating_sub(values);
            self.take_values(e, Some(extra))?;
            if wanted > values {
                self.reserve(wanted - values)?;
            }
        } else {
            if e.kind != Kind::Void {
                self.place_next(e)?;
            }
            if wanted > values {
                let first = self.reserve(wanted - values)?;
                self.emit_nil(first, wanted - values)?;
            }
        }
        if values > wanted {
            self.function.free -= (values - wanted) as u8;
        }
        Ok(())
    }

    // Local variables.

    /// `local function name`: the body sees the variable.
    fn local_function(&mut self) -> Result {
        let name = self.expect_name()?;
        let number = self.declare(name)?;
        self.activate(1)?;
        self.function_body(&mut Expr::new(Kind::Void), false, self.lex.line)?;
        // Until here its register holds no function.
        self.start_later(number);
        Ok(())
    }

    fn local_statement(&mut self) -> Result {
        let default = if LUA_5_5 { self.attribute(VariableKind::Regular)? } else { VariableKind::Regular };
        let mut to_close = None;
        let mut count = 0;
        let mut last_kind;
        loop {
            let name = self.expect_name()?;
            let number;
            if LUA_5_5 {
                last_kind = self.attribute(default)?;
                number = self.declare_as(Some(name), last_kind)?;
            } else {
                number = self.declare(name)?;
                last_kind = self.attribute(default)?;
                self.variable(number).kind = last_kind;
            }
            if last_kind == VariableKind::ToBeClosed {
                if to_close.is_some() {
                    return Err(self.lex.error(format_args!("multiple to-be-closed variables in local list")));
                }
                to_close = Some(number);
            }
            count += 1;
            if !self.skip_if(Token::Byte(b','))? {
                break;
            }
        }
        let mut e = Expr::new(Kind::Void);
        let values = if self.skip_if(Token::Byte(b'='))? { self.expression_list(&mut e)? } else { 0 };
        let constant =
            if u32::from(count) == values && last_kind == VariableKind::Const { self.compile_time_value(&e) } else { None };
        match constant {
            Some(value) => {
                self.activate(count - 1)?;
                self.activate_constant(value);
            }
            None => {
                self.adjust(count.into(), values, &mut e)?;
                self.activate(count)?;
            }
        }
        if let Some(number) = to_close {
            self.mark_to_be_closed();
            let register = self.variable(number).register;
            self.emit(Instruction::abc(Opcode::Tbc, register.into(), 0, 0))?;
        }
        Ok(())
    }

    /// `<const>` or `<close>`, if there is one, else `default`.
    fn attribute(&mut self, default: VariableKind) -> Result<VariableKind> {
        if !self.skip_if(Token::Byte(b'<'))? {
            return Ok(default);
        }
        let name = self.expect_name()?;
        self.expect(Token::Byte(b'>'))?;
        match self.lex.symbols.bytes(name) {
            b"const" => Ok(VariableKind::Const),
            b"close" => Ok(VariableKind::ToBeClosed),
            other => Err(self.lex.error(format_args!("unknown attribute '{}'", name_text(other)))),
        }
    }

    /// The value of an expression that is known now.
    fn compile_time_value(&self, e: &Expr) -> Option<Constant> {
        match e.kind {
            _ if e.has_jumps() => None,
            Kind::CompileTime(at) => Some(self.variables[at as usize].value),
            kind => kind.constant(),
        }
    }

    // Global variables (5.5).

    /// Whether the current token is the word `global` and begins a declaration.
    fn at_global_declaration(&mut self) -> Result<bool> {
        if self.lex.token != Token::Name(self.global_word) {
            return Ok(false);
        }
        let next = self.lex.look_ahead()?;
        Ok(matches!(next, Token::Byte(b'<' | b'*') | Token::Name(_) | Token::Function))
    }

    fn global_statement(&mut self, line: i32) -> Result {
        self.lex.advance()?;
        if self.skip_if(Token::Function)? {
            return self.global_function(line);
        }
        let default = self.global_attribute(VariableKind::Global)?;
        if self.skip_if(Token::Byte(b'*'))? {
            self.declare_as(None, default)?;
            self.activate_globals(1);
            return Ok(());
        }
        let first = self.variables.len();
        loop {
            let name = self.expect_name()?;
            let kind = self.global_attribute(default)?;
            self.declare_as(Some(name), kind)?;
            if !self.skip_if(Token::Byte(b','))? {
                break;
            }
        }
        let count = self.variables.len() - first;
        if self.skip_if(Token::Byte(b'='))? {
            let line = self.lex.line;
            self.initialize_globals(first, count, line)?;
        }
        self.activate_globals(count as u16);
        Ok(())
    }

    fn global_attribute(&mut self, default: VariableKind) -> Result<VariableKind> {
        match self.attribute(default)? {
            VariableKind::ToBeClosed => Err(self.lex.error(format_args!("global variables cannot be to-be-closed"))),
            VariableKind::Const => Ok(VariableKind::ConstGlobal),
            other => Ok(other),
        }
    }

    /// The values of the `count` declared variables from `first` on, which are not in scope yet.
    #[doc(alias = "initglobal")]
    fn initialize_globals(&mut self, first: usize, count: usize, line: i32) -> Result {
        for n in first..first + count {
            let mut target = Expr::new(Kind::Void);
            self.declared_global(n, &mut target)?;
            self.targets.push(target)?;
            self.enter()?;
        }
        let mut e = Expr::new(Kind::Void);
        let values = self.expression_list(&mut e)?;
        self.adjust(count as u32, values, &mut e)?;
        for n in (first..first + count).rev() {
            self.leave();
            self.check_undefined(n, line)?;
            let mut value = Expr::new(Kind::Register(self.function.free - 1));
            self.store_next(&mut value)?;
        }
        Ok(())
    }

    /// The global variable that a declaration names.
    fn declared_global(&mut self, declaration: usize, e: &mut Expr) -> Result {
        match self.variables[declaration].name {
            Some(name) => self.global(name, e),
            None => unreachable!("only declarations of names have values"),
        }
    }

    /// Code that raises if the variable has a value.
    #[doc(alias = "checkglobal")]
    fn check_undefined(&mut self, declaration: usize, line: i32) -> Result {
        let mut e = Expr::new(Kind::Void);
        self.declared_global(declaration, &mut e)?;
        let name = self.variables[declaration].name.map(Constant::String);
        let constant = name.map_or(Ok(MAX_BX), |name| self.constant(name))?;
        let register = self.place(&mut e)?;
        self.fix_line(line)?;
        let name = if constant >= MAX_BX { 0 } else { constant + 1 };
        self.emit_at(Instruction::abx(Opcode::ErrNotNil, register.into(), name), line)?;
        self.free_expr(&e);
        Ok(())
    }

    /// `global function name`: the body knows that the variable is global.
    fn global_function(&mut self, line: i32) -> Result {
        let name = self.expect_name()?;
        let declaration = self.variables.len();
        self.declare_as(Some(name), VariableKind::Global)?;
        self.activate_globals(1);
        let mut target = Expr::new(Kind::Void);
        self.declared_global(declaration, &mut target)?;
        let mut body = Expr::new(Kind::Void);
        self.function_body(&mut body, false, self.lex.line)?;
        self.check_undefined(declaration, line)?;
        self.store(&target, &mut body)?;
        self.fix_line(line)
    }

    // Functions.

    /// `function a.b:c () ... end`
    fn function_statement(&mut self, line: i32) -> Result {
        self.lex.advance()?;
        let name = self.expect_name()?;
        let mut target = Expr::new(Kind::Void);
        self.resolve(name, &mut target)?;
        while self.lex.token == Token::Byte(b'.') {
            self.field_selector(&mut target)?;
        }
        let is_method = self.lex.token == Token::Byte(b':');
        if is_method {
            self.field_selector(&mut target)?;
        }
        if LUA_5_5 {
            self.check_writable(&mut target)?;
        }
        let mut body = Expr::new(Kind::Void);
        self.function_body(&mut body, is_method, line)?;
        if !LUA_5_5 {
            self.check_writable(&mut target)?;
        }
        self.store(&target, &mut body)?;
        // The definition happens where it begins.
        self.fix_line(line)
    }

    fn return_statement(&mut self) -> Result {
        let mut first = self.function.local_registers;
        let count = if self.at_block_end(true) || self.lex.token == Token::Byte(b';') {
            Some(0)
        } else {
            let mut e = Expr::new(Kind::Void);
            let count = self.expression_list(&mut e)?;
            if e.kind.is_multiple() {
                self.take_values(&e, None)?;
                if let Kind::Call(pc) = e.kind
                    && count == 1
                    && !self.block().inside_tbc
                {
                    self.edit(pc, |i| i.set_opcode(Opcode::TailCall));
                    debug_assert_eq!(self.instruction(pc).a(), usize::from(first));
                }
                None
            } else {
                if count == 1 {
                    first = self.place(&mut e)?;
                } else {
                    self.place_next(&mut e)?;
                    debug_assert_eq!(count, u32::from(self.function.free - first));
                }
                Some(count)
            }
        };
        self.emit_return(first, count)?;
        self.skip_if(Token::Byte(b';'))?;
        Ok(())
    }

    // Labels.

    /// `::name::`, of which the first half has been read.
    fn label_statement(&mut self, name: Symbol, line: i32) -> Result {
        self.expect(Token::DoubleColon)?;
        // Statements that do nothing come before the label takes its place.
        while matches!(self.lex.token, Token::Byte(b';') | Token::DoubleColon) {
            self.statement()?;
        }
        self.check_new_label(name)?;
        self.create_label(name, line, self.at_block_end(false))
    }

    // Control structures.

    /// A condition: the jumps that are taken when it is false.
    fn condition(&mut self) -> Result<JumpList> {
        let mut e = Expr::new(Kind::Void);
        self.expression(&mut e)?;
        if e.kind == Kind::Nil {
            e.kind = Kind::False;
        }
        self.go_if_true(&mut e)?;
        Ok(e.when_false)
    }

    fn while_statement(&mut self, line: i32) -> Result {
        self.lex.advance()?;
        let start = self.label();
        let exit = self.condition()?;
        self.open_block(true)?;
        self.expect(Token::Do)?;
        self.inner_block()?;
        self.emit_jump_to(start)?;
        self.expect_closing(Token::End, Token::While, line)?;
        self.close_block()?;
        self.patch_here(exit)
    }

    fn repeat_statement(&mut self, line: i32) -> Result {
        let start = self.label();
        self.open_block(true)?;
        self.open_block(false)?;
        self.lex.advance()?;
        self.statements()?;
        self.expect_closing(Token::Until, Token::Repeat, line)?;
        let mut again = self.condition()?;
        let scope = *self.block();
        if !LUA_5_5 {
            self.close_block()?;
        }
        if scope.has_upvalue {
            // The way out has closed them; the way back must do it too.
            let exit = self.emit_jump()?;
            self.patch_here(again)?;
            self.emit(Instruction::abc(Opcode::Close, scope.registers.into(), 0, 0))?;
            again = JumpList::of(self.emit_jump()?);
            self.patch_here(JumpList::of(exit))?;
        }
        self.patch(again, start)?;
        if LUA_5_5 {
            self.close_block()?;
        }
        self.close_block()
    }

    fn if_statement(&mut self, line: i32) -> Result {
        let mut exits = JumpList::NONE;
        self.test_and_block(&mut exits)?;
        while self.lex.token == Token::ElseIf {
            self.test_and_block(&mut exits)?;
        }
        if self.skip_if(Token::Else)? {
            self.inner_block()?;
        }
        self.expect_closing(Token::End, Token::If, line)?;
        self.patch_here(exits)
    }

    /// `if` or `elseif` with its condition and block. Jumps from the end of the block past the rest go to `exits`.
    fn test_and_block(&mut self, exits: &mut JumpList) -> Result {
        self.lex.advance()?;
        if LUA_5_5 {
            let otherwise = self.condition()?;
            self.expect(Token::Then)?;
            self.inner_block()?;
            return self.end_of_branch(exits, otherwise);
        }
        let mut e = Expr::new(Kind::Void);
        self.expression(&mut e)?;
        self.expect(Token::Then)?;
        let otherwise = if self.lex.token == Token::Break {
            // The condition itself jumps out of the loop.
            let line = self.lex.line;
            self.go_if_false(&mut e)?;
            self.lex.advance()?;
            self.open_block(false)?;
            self.add_goto(LabelName::Break, line, e.when_true)?;
            while self.skip_if(Token::Byte(b';'))? {}
            if self.at_block_end(false) {
                return self.close_block();
            }
            JumpList::of(self.emit_jump()?)
        } else {
            self.go_if_true(&mut e)?;
            self.open_block(false)?;
            e.when_false
        };
        self.statements()?;
        self.close_block()?;
        self.end_of_branch(exits, otherwise)
    }

    fn end_of_branch(&mut self, exits: &mut JumpList, otherwise: JumpList) -> Result {
        if matches!(self.lex.token, Token::Else | Token::ElseIf) {
            let jump = self.emit_jump()?;
            self.join(exits, JumpList::of(jump))?;
        }
        self.patch_here(otherwise)
    }

    fn for_statement(&mut self, line: i32) -> Result {
        self.open_block(true)?;
        self.lex.advance()?;
        let name = self.expect_name()?;
        match self.lex.token {
            Token::Byte(b'=') => self.numeric_for(name, line)?,
            Token::Byte(b',') | Token::In => self.generic_for(name)?,
            _ => return Err(self.lex.error_here(format_args!("'=' or 'in' expected"))),
        }
        self.expect_closing(Token::End, Token::For, line)?;
        self.close_block()
    }

    fn numeric_for(&mut self, name: Symbol, line: i32) -> Result {
        let base = self.function.free;
        for _ in 0..edition::FOR_STATE {
            self.declare_hidden(FOR_STATE)?;
        }
        self.declare_control(name)?;
        self.expect(Token::Byte(b'='))?;
        self.expression_to_register()?;
        self.expect(Token::Byte(b','))?;
        self.expression_to_register()?;
        if self.skip_if(Token::Byte(b','))? {
            self.expression_to_register()?;
        } else {
            let step = self.function.free;
            self.emit_integer(step, 1)?;
            self.reserve(1)?;
        }
        self.activate(edition::FOR_STATE as u16)?;
        self.for_body(Loop::Numeric, base, 1, line)
    }

    fn generic_for(&mut self, name: Symbol) -> Result {
        let base = self.function.free;
        for _ in 0..edition::FOR_CALL {
            self.declare_hidden(FOR_STATE)?;
        }
        self.declare_control(name)?;
        let mut count = 1;
        while self.skip_if(Token::Byte(b','))? {
            let name = self.expect_name()?;
            self.declare(name)?;
            count += 1;
        }
        self.expect(Token::In)?;
        let line = self.lex.line;
        let mut e = Expr::new(Kind::Void);
        let values = self.expression_list(&mut e)?;
        self.adjust(4, values, &mut e)?;
        self.activate(edition::FOR_CALL as u16)?;
        self.mark_to_be_closed();
        // The call of the iterator needs a copy of function, state and control; in 5.5 the first is where the control
        // variable was.
        self.check_stack(if LUA_5_5 { 2 } else { 3 })?;
        self.for_body(Loop::Generic, base, count, line)
    }

    /// Declares the variable that controls a loop, which 5.5 protects from assignments.
    fn declare_control(&mut self, name: Symbol) -> Result {
        let kind = if LUA_5_5 { VariableKind::Const } else { VariableKind::Regular };
        self.declare_as(Some(name), kind)?;
        Ok(())
    }

    fn expression_to_register(&mut self) -> Result {
        let mut e = Expr::new(Kind::Void);
        self.expression(&mut e)?;
        self.place_next(&mut e)?;
        Ok(())
    }

    /// The body of a loop with `count` variables of the user's.
    fn for_body(&mut self, kind: Loop, base: Register, count: u16, line: i32) -> Result {
        let (prepare, again) = match kind {
            Loop::Numeric => (Opcode::ForPrep, Opcode::ForLoop),
            Loop::Generic => (Opcode::TForPrep, Opcode::TForLoop),
        };
        let a = u32::from(base);
        self.expect(Token::Do)?;
        let start = self.emit(Instruction::abx(prepare, a, 0))?;
        if LUA_5_5 {
            // The last of the values is now where the control variable goes.
            self.function.free -= 1;
        }
        self.open_block(false)?;
        self.activate(count)?;
        self.reserve(count.into())?;
        self.inner_block()?;
        self.close_block()?;
        let end = self.label();
        self.set_loop_jump(start, end - (start + 1))?;
        if kind == Loop::Generic {
            self.emit_at(Instruction::abc(Opcode::TForCall, a, 0, count.into()), line)?;
        }
        let end = self.emit(Instruction::abx(again, a, 0))?;
        self.set_loop_jump(end, end - start)?;
        self.fix_line(line)
    }

    /// Sets the distance of a loop instruction, forward or backward.
    fn set_loop_jump(&mut self, pc: Pc, distance: u32) -> Result {
        if distance > MAX_BX {
            return Err(self.lex.error_here(format_args!("control structure too long")));
        }
        self.edit(pc, |i| i.set_bx(distance));
        Ok(())
    }
}
