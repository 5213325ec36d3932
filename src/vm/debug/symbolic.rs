//! Names for values, found by looking at the code around an instruction.
//!
//! Nothing here knows of a state: a function, an instruction and a register go in, a name comes out. It is a guess, made for
//! messages; code that was verified but not made by a compiler may be told nonsense.

use crate::bytecode::{Instruction, Opcode};
use crate::chunk::view::{Constant, View};
use crate::edition::LUA_5_5;
use crate::heap::names::Name;
use core::ffi::CStr;

/// What a name is the name of, as `lua_Debug::namewhat` says it (§4.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Global,
    Local,
    Method,
    Field,
    Upvalue,
    Constant,
    Metamethod,
    ForIterator,
    Hook,
}

impl Kind {
    pub const fn c_text(self) -> &'static CStr {
        match self {
            Kind::Global => c"global",
            Kind::Local => c"local",
            Kind::Method => c"method",
            Kind::Field => c"field",
            Kind::Upvalue => c"upvalue",
            Kind::Constant => c"constant",
            Kind::Metamethod => c"metamethod",
            Kind::ForIterator => c"for iterator",
            Kind::Hook => c"hook",
        }
    }

    pub const fn as_bytes(self) -> &'static [u8] {
        self.c_text().to_bytes()
    }
}

/// A kind and a name. When the function is a prototype, a NUL follows the text of the name in memory.
pub type Named<'a> = (Kind, &'a [u8]);

const UNKNOWN: &[u8] = c"?".to_bytes();
const INTEGER_INDEX: &[u8] = c"integer index".to_bytes();
const FOR_ITERATOR: &[u8] = c"for iterator".to_bytes();
const ENVIRONMENT: &[u8] = b"_ENV";

/// The name of the local variable that is number `number` (from 1) among those active before `pc`: the one in register
/// `number - 1`.
#[doc(alias = "luaF_getlocalname")]
pub fn local_name<'a, V: View<'a>>(f: V, number: usize, pc: usize) -> Option<&'a [u8]> {
    let mut left = number;
    for i in 0..f.local_count() {
        let range = f.local_range(i);
        if range.start as usize > pc {
            break;
        }
        if pc < range.end as usize {
            left = left.checked_sub(1)?;
            if left == 0 {
                return f.local(i).name;
            }
        }
    }
    None
}

/// The name of an upvalue, "?" when stripped.
pub fn upvalue_name<'a, V: View<'a>>(f: V, index: usize) -> &'a [u8] {
    f.upvalue(index).name.unwrap_or(UNKNOWN)
}

/// Where the value in a register comes from when the instruction at `pc` runs.
#[doc(alias = "getobjname")]
pub fn register_name<'a, V: View<'a>>(f: V, pc: usize, register: usize) -> Option<Named<'a>> {
    let at = match origin(f, pc, register) {
        Origin::Named(named) => return Some(named),
        Origin::Instruction(at) => at,
        Origin::Unknown => return None,
    };
    let i = instruction(f, at);
    match i.opcode() {
        Opcode::GetTabUp => {
            let key = constant_name(f, i.c()).unwrap_or(UNKNOWN);
            Some((global_or_field(upvalue_name(f, i.b())), key))
        }
        Opcode::GetTable | Opcode::GetVarArg => {
            let key = register_constant(f, at, i.c());
            Some((indexed_kind(f, at, i.b()), key))
        }
        Opcode::GetI => Some((Kind::Field, INTEGER_INDEX)),
        Opcode::GetField => {
            let key = constant_name(f, i.c()).unwrap_or(UNKNOWN);
            Some((indexed_kind(f, at, i.b()), key))
        }
        Opcode::SelfOp => {
            let key = if LUA_5_5 || i.k() { constant_name(f, i.c()).unwrap_or(UNKNOWN) } else { register_constant(f, at, i.c()) };
            Some((Kind::Method, key))
        }
        _ => None,
    }
}

/// The name of the function that the instruction at `pc` calls, in one way or another.
#[doc(alias = "funcnamefromcode")]
pub fn called_name<'a, V: View<'a>>(f: V, pc: usize) -> Option<Named<'a>> {
    use Opcode as Op;
    let i = instruction(f, pc);
    let event = match i.opcode() {
        Op::Call | Op::TailCall => return register_name(f, pc, i.a()),
        Op::TForCall => return Some((Kind::ForIterator, FOR_ITERATOR)),
        Op::SelfOp | Op::GetTabUp | Op::GetTable | Op::GetI | Op::GetField => Name::INDEX,
        Op::SetTabUp | Op::SetTable | Op::SetI | Op::SetField => Name::NEWINDEX,
        // ORDER events: the first names are those of the events.
        Op::MmBin | Op::MmBinI | Op::MmBinK => Name(i.c() as u16),
        // Its metamethod is that of the instruction behind it.
        op if (Op::AddI..=Op::Shr).contains(&op) => Name(instruction(f, pc + 1).c() as u16),
        Op::Unm => Name::UNM,
        Op::BNot => Name::BNOT,
        Op::Len => Name::LEN,
        Op::Concat => Name::CONCAT,
        // Comparisons with constants call no metamethod.
        Op::Eq => Name::EQ,
        Op::Lt | Op::LtI | Op::GtI => Name::LT,
        Op::Le | Op::LeI | Op::GeI => Name::LE,
        Op::Close | Op::Return => Name::CLOSE,
        _ => return None,
    };
    Some((Kind::Metamethod, without_prefix(event)))
}

/// What the closure that the instruction at `pc` makes is called: the variable or field it goes to, with the table's name where that has one
/// (`f`, `M.f`, `a.b.f`). Nothing for closures that are arguments, results or elements.
pub fn closure_name<'a, V: View<'a>>(f: V, pc: usize) -> Option<Vec<u8>> {
    let register = instruction(f, pc).a();
    if let Some(name) = local_name(f, register + 1, pc + 1) {
        return Some(name.to_vec());
    }
    for at in pc + 1..f.code().len() {
        let i = instruction(f, at);
        let stores = !i.k() && i.c() == register;
        match i.opcode() {
            Opcode::SetField if stores => {
                let key = constant_name(f, i.b()).unwrap_or(UNKNOWN);
                return Some(match register_name(f, at, i.a()) {
                    Some((_, table)) => [table, b".", key].concat(),
                    None => key.to_vec(),
                });
            }
            Opcode::SetTabUp if stores => {
                let key = constant_name(f, i.b()).unwrap_or(UNKNOWN);
                let table = upvalue_name(f, i.a());
                return Some(if table == ENVIRONMENT { key.to_vec() } else { [table, b".", key].concat() });
            }
            Opcode::SetUpval if i.a() == register => return Some(upvalue_name(f, i.b()).to_vec()),
            Opcode::Move if i.b() == register => return Some(local_name(f, i.a() + 1, at + 1)?.to_vec()),
            // `a.f, a.g = function ... end, function ... end`.
            Opcode::Closure if i.a() != register => {}
            Opcode::SetField | Opcode::SetTabUp | Opcode::SetUpval | Opcode::SetTable | Opcode::SetI | Opcode::Move => {}
            _ => return None,
        }
    }
    None
}

/// The name of a metamethod without its two underscores.
pub fn without_prefix(event: Name) -> &'static [u8] {
    &event.get().bytes()[2..]
}

fn instruction<'a, V: View<'a>>(f: V, pc: usize) -> Instruction {
    Instruction(f.code()[pc])
}

/// What is known of the value in a register without looking at tables.
enum Origin<'a> {
    Named(Named<'a>),
    /// The instruction that made it.
    Instruction(usize),
    Unknown,
}

fn origin<'a, V: View<'a>>(f: V, pc: usize, register: usize) -> Origin<'a> {
    let (mut pc, mut register) = (pc, register);
    loop {
        if let Some(name) = local_name(f, register + 1, pc) {
            return Origin::Named((Kind::Local, name));
        }
        let Some(setter) = setter(f, pc, register) else { return Origin::Unknown };
        pc = setter;
        let i = instruction(f, pc);
        let constant = match i.opcode() {
            // A move down is to a variable, which has the name; a move up is a copy of one.
            Opcode::Move if i.b() < i.a() => {
                register = i.b();
                continue;
            }
            Opcode::GetUpval => return Origin::Named((Kind::Upvalue, upvalue_name(f, i.b()))),
            Opcode::LoadK => constant_name(f, i.bx()),
            Opcode::LoadKX => constant_name(f, instruction(f, pc + 1).ax()),
            _ => None,
        };
        return match constant {
            Some(name) => Origin::Named((Kind::Constant, name)),
            None => Origin::Instruction(pc),
        };
    }
}

/// The last instruction before `pc` that changed a register; nothing when it may have been skipped by a jump.
#[doc(alias = "findsetreg")]
fn setter<'a, V: View<'a>>(f: V, pc: usize, register: usize) -> Option<usize> {
    // The operation before a metamethod call did not happen.
    let end = if instruction(f, pc).opcode().is_metamethod() { pc - 1 } else { pc };
    let mut setter = None;
    // Code before this place may have been jumped over.
    let mut certain_from = 0;
    for (at, word) in f.code()[..end].iter().enumerate() {
        let i = Instruction(*word);
        let a = i.a();
        let changes = match i.opcode() {
            Opcode::LoadNil => (a..=a + i.b()).contains(&register),
            Opcode::TForCall => register >= a + 2,
            Opcode::Call | Opcode::TailCall => register >= a,
            Opcode::Jmp => {
                let target = at as i64 + 1 + i.sj() as i64;
                if target <= end as i64 && target > certain_from {
                    certain_from = target;
                }
                false
            }
            op => op.sets_a() && register == a,
        };
        if changes {
            setter = if (at as i64) < certain_from { None } else { Some(at) };
        }
    }
    setter
}

/// The text of a constant, if it is a string.
fn constant_name<'a, V: View<'a>>(f: V, index: usize) -> Option<&'a [u8]> {
    match f.constant(index) {
        Constant::String(text) => Some(text),
        _ => None,
    }
}

/// The constant string that a register holds, or "?".
fn register_constant<'a, V: View<'a>>(f: V, pc: usize, register: usize) -> &'a [u8] {
    match origin(f, pc, register) {
        Origin::Named((Kind::Constant, name)) => name,
        _ => UNKNOWN,
    }
}

/// Whether indexing the value of a register gives a global variable or a field.
fn indexed_kind<'a, V: View<'a>>(f: V, pc: usize, register: usize) -> Kind {
    match origin(f, pc, register) {
        Origin::Named((Kind::Local | Kind::Upvalue, name)) => global_or_field(name),
        _ => Kind::Field,
    }
}

fn global_or_field(table: &[u8]) -> Kind {
    if table == ENVIRONMENT { Kind::Global } else { Kind::Field }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::testing::{compile, with_mem};
    use crate::chunk::view::DraftView;

    /// Names what each instruction with this opcode calls.
    fn called(source: &str, opcode: Opcode) -> Vec<Option<(Kind, String)>> {
        ask(source, opcode, |f, pc, _| called_name(f, pc))
    }

    /// Names what each instruction with this opcode has in register B.
    fn operand(source: &str, opcode: Opcode) -> Vec<Option<(Kind, String)>> {
        ask(source, opcode, |f, pc, i| register_name(f, pc, i.b()))
    }

    fn ask(
        source: &str,
        opcode: Opcode,
        question: impl for<'a> Fn(DraftView<'a>, usize, Instruction) -> Option<Named<'a>>,
    ) -> Vec<Option<(Kind, String)>> {
        let mut answers = vec![];
        with_mem(|mem| {
            let draft = compile(mem, source);
            let f = DraftView::main(&draft);
            for pc in 0..f.code().len() {
                let i = instruction(f, pc);
                if i.opcode() == opcode {
                    let name = question(f, pc, i);
                    answers.push(name.map(|(kind, text)| (kind, String::from_utf8_lossy(text).into_owned())));
                }
            }
        });
        answers
    }

    fn named(kind: Kind, name: &str) -> Option<(Kind, String)> {
        Some((kind, name.into()))
    }

    #[test]
    fn called_functions_are_named_after_where_they_come_from() {
        let call = |source| called(source, Opcode::Call);
        assert_eq!(call("print()"), [named(Kind::Global, "print")]);
        assert_eq!(call("local f; f()"), [named(Kind::Local, "f")]);
        assert_eq!(call("local t; t.f()"), [named(Kind::Field, "f")]);
        assert_eq!(call("a.b.c()"), [named(Kind::Field, "c")]);
        assert_eq!(call("local t; t:m()"), [named(Kind::Method, "m")]);
        assert_eq!(call("local t; t[1]()"), [named(Kind::Field, "integer index")]);
        assert_eq!(call("local t; t['k']()"), [named(Kind::Field, "k")]);
        assert_eq!(call("local t, k; t[k]()"), [named(Kind::Field, "?")]);
        assert_eq!(call("local _ENV = {}; g()"), [named(Kind::Global, "g")]);
        assert_eq!(call("local t; (t or print)()"), [None]);
        assert_eq!(call("('x')()"), [named(Kind::Constant, "x")]);
        assert_eq!(call("(1)()"), [None]);
    }

    #[test]
    fn instructions_that_call_metamethods_name_them() {
        crate::heap::names::init();
        let metamethod = |name| named(Kind::Metamethod, name);
        for (source, opcode, name) in [
            ("local a; a = a.x", Opcode::GetField, "index"),
            ("local a; a.x = 1", Opcode::SetField, "newindex"),
            ("local a; a = a + a", Opcode::Add, "add"),
            ("local a; a = a + a", Opcode::MmBin, "add"),
            ("local a; a = a - 1", Opcode::MmBinI, "sub"),
            ("local a; a = a // 300", Opcode::IDivK, "idiv"),
            ("local a; a = -a", Opcode::Unm, "unm"),
            ("local a; a = ~a", Opcode::BNot, "bnot"),
            ("local a; a = #a", Opcode::Len, "len"),
            ("local a; a = a .. a", Opcode::Concat, "concat"),
            ("local a; a = a == a", Opcode::Eq, "eq"),
            ("local a; a = a < 1", Opcode::LtI, "lt"),
            ("local a; a = a >= 1", Opcode::GeI, "le"),
            ("do local a <close> = nil end", Opcode::Close, "close"),
        ] {
            assert_eq!(called(source, opcode), [metamethod(name)], "{source}");
        }
        assert_eq!(called("local a; a = a == 1", Opcode::EqI), [None]);
        let iterator = named(Kind::ForIterator, "for iterator");
        assert_eq!(called("for k in f do end", Opcode::TForCall), [iterator]);
    }

    #[test]
    fn operands_are_named_as_variables_fields_and_constants() {
        assert_eq!(operand("local a; a = a.x", Opcode::GetField), [named(Kind::Local, "a")]);
        assert_eq!(operand("a = b.x", Opcode::GetField), [named(Kind::Global, "b")]);
        assert_eq!(operand("a = b.c.x", Opcode::GetField)[1], named(Kind::Field, "c"));
        let length = "local a; do local b = a end; a = #a.b";
        assert_eq!(operand(length, Opcode::Len), [named(Kind::Field, "b")]);
        assert_eq!(operand("local a = #'text'", Opcode::Len), [named(Kind::Constant, "text")]);
    }

    #[test]
    fn closures_are_named_after_where_they_go() {
        for (source, name) in [
            ("local function f() end", Some("f")),
            ("local f = function() end", Some("f")),
            ("function f() end", Some("f")),
            ("local M = {}; function M.f() end", Some("M.f")),
            ("local M = {}; function M:f() end", Some("M.f")),
            ("function a.b.f() end", Some("b.f")),
            ("local t = { f = function() end }", Some("f")),
            ("local f; f = function() end", Some("f")),
            ("local f; function g() f = function() end end", Some("g")),
            ("local a; a.f, a.g = print, function() end", Some("a.g")),
            ("print(function() end)", None),
            ("return function() end", None),
            ("local t = { function() end }", None),
        ] {
            with_mem(|mem| {
                let draft = compile(mem, source);
                let f = DraftView::main(&draft);
                let pc = (0..f.code().len()).find(|pc| instruction(f, *pc).opcode() == Opcode::Closure);
                assert_eq!(closure_name(f, pc.expect("a closure")).as_deref(), name.map(str::as_bytes), "{source}");
            });
        }
    }

    #[test]
    fn a_value_that_depends_on_a_jump_has_no_name() {
        assert_eq!(operand("local a, b; a = #(a and b.x or b.y)", Opcode::Len), [None]);
        // A jump that ends before makes no difference.
        assert_eq!(operand("local a; if a then a = 1 end; a = #a.x", Opcode::Len), [named(Kind::Field, "x")]);
    }

    #[test]
    fn locals_are_counted_among_those_that_are_active() {
        with_mem(|mem| {
            let draft = compile(mem, "local a = 1; do local b = 2; print(b) end; local c = 3; return c");
            let f = DraftView::main(&draft);
            let at = |number, pc| local_name(f, number, pc).map(|n| String::from_utf8_lossy(n).into_owned());
            let last = f.code().len() - 2;
            assert_eq!((at(1, last), at(2, last)), (Some("a".into()), Some("c".into())));
            assert_eq!((at(0, last), at(3, last), at(1, 0)), (None, None, None));
            assert_eq!(at(2, 3), Some("b".into()));
        });
    }
}
