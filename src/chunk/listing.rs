//! The listing of functions that `luac -l` prints.

use super::draft::Vararg;
use super::lines;
use super::view::{Constant, Upvalue, View};
use crate::bytecode::{Instruction, MAX_LIST_C, Opcode};
use crate::edition::LUA_5_5;
use crate::heap::names::Name;
use crate::value::format::NumberText;
use std::io::{self, Write};

/// Prints a function and those nested in it; with `full`, also constants, locals and upvalues.
pub fn list<'a, V: View<'a>>(f: V, full: bool, out: &mut dyn Write) -> io::Result<()> {
    Listing { f, out: &mut *out }.function(full)?;
    (0..f.nested_count()).try_for_each(|i| list(f.nested(i), full, out))
}

struct Listing<'o, V> {
    f: V,
    out: &'o mut dyn Write,
}

/// `s` unless there is exactly one.
fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// What stands behind the operands, after a semicolon.
#[derive(Clone, Copy)]
enum Comment {
    Nothing,
    /// Constant Bx.
    ConstantBx,
    /// The constant whose index is in the `EXTRAARG`.
    ConstantExtra,
    ConstantB,
    ConstantC,
    /// Constant C, with k.
    ConstantK,
    /// Constant B, and constant C with k.
    KeyAndValue,
    UpvalueB,
    /// Upvalue B and constant C.
    GlobalRead,
    /// Upvalue A, constant B, and constant C with k.
    GlobalWrite,
    /// Number of registers set: B + 1.
    Nils,
    /// Array size or index: C and the `EXTRAARG`.
    ListSize,
    /// As `ListSize`, with k.
    ListStart,
    /// The metamethod; then, with k, that the operands are swapped.
    Event,
    /// The metamethod and constant B; then as `Event`.
    EventConstant,
    /// Target of a jump by sJ.
    Jump,
    /// Target of a jump forward by Bx.
    Forward,
    /// Target of a jump back by Bx.
    Back,
    /// Where a numeric loop goes when it does not run.
    Exit,
    /// Arguments and results.
    Call,
    /// Arguments.
    Arguments,
    /// Values returned: B - 1.
    Returned,
    /// Values made: C - 1.
    Varargs,
    /// Name of a global that must not be defined yet, by Bx - 1.
    Global,
    /// Address of the nested function.
    Nested,
}

/// Operands and comment of an opcode.
///
/// In the operands `A B C v` (vB) `V` (vC) `x` (Bx) and `e` (Ax) are unsigned, `X` (sBx) `b` (sB) `c` (sC) and `j` (sJ) signed, `k` is the bit as a
/// number, and `K` puts the letter k behind the operand before it when the bit is set.
fn form(op: Opcode) -> (&'static str, Comment) {
    use Comment::*;
    use Opcode as Op;
    match op {
        Op::Move | Op::Unm | Op::BNot | Op::Not | Op::Len | Op::Concat => ("A B", Nothing),
        Op::LoadI | Op::LoadF => ("A X", Nothing),
        Op::LoadK => ("A x", ConstantBx),
        Op::LoadKX => ("A", ConstantExtra),
        Op::LoadFalse | Op::LFalseSkip | Op::LoadTrue | Op::Close | Op::Tbc | Op::Return1 | Op::VarArgPrep => ("A", Nothing),
        Op::LoadNil => ("A B", Nils),
        Op::GetUpval | Op::SetUpval => ("A B", UpvalueB),
        Op::GetTabUp => ("A B C", GlobalRead),
        Op::GetTable | Op::GetI => ("A B C", Nothing),
        Op::GetField => ("A B C", ConstantC),
        Op::SetTabUp => ("A B CK", GlobalWrite),
        Op::SetTable | Op::SetI | Op::SelfOp => ("A B CK", ConstantK),
        Op::SetField => ("A B CK", KeyAndValue),
        Op::NewTable if LUA_5_5 => ("A v VK", ListSize),
        Op::NewTable => ("A B C", ListSize),
        Op::AddI | Op::ShrI | Op::ShlI => ("A B c", Nothing),
        op if (Op::AddK..=Op::BXorK).contains(&op) => ("A B C", ConstantC),
        op if (Op::Add..=Op::Shr).contains(&op) => ("A B C", Nothing),
        Op::MmBin => ("A B C", Event),
        Op::MmBinI => ("A b C k", Event),
        Op::MmBinK => ("A B C k", EventConstant),
        Op::Jmp => ("j", Jump),
        Op::Eq | Op::Lt | Op::Le | Op::TestSet => ("A B k", Nothing),
        Op::EqK => ("A B k", ConstantB),
        Op::EqI | Op::LtI | Op::LeI | Op::GtI | Op::GeI => ("A b k", Nothing),
        Op::Test => ("A k", Nothing),
        Op::Call => ("A B C", Call),
        Op::TailCall => ("A B CK", Arguments),
        Op::Return => ("A B CK", Returned),
        Op::Return0 => ("", Nothing),
        Op::ForLoop | Op::TForLoop => ("A x", Back),
        Op::ForPrep => ("A x", Exit),
        Op::TForPrep => ("A x", Forward),
        Op::TForCall => ("A C", Nothing),
        Op::SetList if LUA_5_5 => ("A v VK", ListStart),
        Op::SetList => ("A B C", ListStart),
        Op::Closure => ("A x", Nested),
        Op::VarArg if LUA_5_5 => ("A B CK", Varargs),
        Op::VarArg => ("A C", Varargs),
        Op::GetVarArg => ("A B C", Nothing),
        Op::ErrNotNil => ("A x", Global),
        Op::ExtraArg => ("e", Nothing),
        _ => unreachable!("the runs above cover the rest"),
    }
}

impl<'a, V: View<'a>> Listing<'_, V> {
    fn function(&mut self, full: bool) -> io::Result<()> {
        self.header()?;
        for pc in 0..self.f.code().len() {
            self.instruction(pc)?;
        }
        if full {
            self.constants()?;
            self.locals()?;
            self.upvalues()?;
        }
        Ok(())
    }

    fn header(&mut self) -> io::Result<()> {
        let f = self.f;
        let source: &[u8] = match f.source() {
            None => b"?",
            Some([b'@' | b'=', name @ ..]) => name,
            Some([0x1B, ..]) => b"(bstring)",
            Some(_) => b"(string)",
        };
        let (first, last) = (f.line_defined(), f.last_line_defined());
        write!(self.out, "\n{} <", if first == 0 { "main" } else { "function" })?;
        self.out.write_all(source)?;
        let n = f.code().len();
        writeln!(self.out, ":{first},{last}> ({n} instruction{} at {:#x})", plural(n), f.address())?;
        let parameters = f.parameters() as usize;
        let open = if f.vararg() != Vararg::No { "+" } else { "" };
        write!(self.out, "{parameters}{open} param{}, ", plural(parameters))?;
        let counts = [
            (f.max_stack_size() as usize, "slot"),
            (f.upvalue_count(), "upvalue"),
            (f.local_count(), "local"),
            (f.constant_count(), "constant"),
            (f.nested_count(), "function"),
        ];
        for (i, (n, what)) in counts.into_iter().enumerate() {
            write!(self.out, "{}{n} {what}{}", if i == 0 { "" } else { ", " }, plural(n))?;
        }
        writeln!(self.out)
    }

    fn instruction(&mut self, pc: usize) -> io::Result<()> {
        let i = Instruction(self.f.code()[pc]);
        let op = i.opcode();
        write!(self.out, "\t{}\t", pc + 1)?;
        match lines::line(self.f, pc) {
            Some(line) if line > 0 => write!(self.out, "[{line}]\t")?,
            _ => write!(self.out, "[-]\t")?,
        }
        write!(self.out, "{:<9}\t", op.name())?;
        let (operands, comment) = form(op);
        for letter in operands.chars() {
            match letter {
                'A' => write!(self.out, "{}", i.a()),
                'B' => write!(self.out, "{}", i.b()),
                'C' => write!(self.out, "{}", i.c()),
                'v' => write!(self.out, "{}", i.list_b()),
                'V' => write!(self.out, "{}", i.list_c()),
                'x' => write!(self.out, "{}", i.bx()),
                'e' => write!(self.out, "{}", i.ax()),
                'X' => write!(self.out, "{}", i.sbx()),
                'b' => write!(self.out, "{}", i.sb()),
                'c' => write!(self.out, "{}", i.sc()),
                'j' => write!(self.out, "{}", i.sj()),
                'k' => write!(self.out, "{}", i.k() as u8),
                'K' => write!(self.out, "{}", if i.k() { "k" } else { "" }),
                other => write!(self.out, "{other}"),
            }?;
        }
        self.comment(comment, pc, i)?;
        writeln!(self.out)
    }

    fn comment(&mut self, comment: Comment, pc: usize, i: Instruction) -> io::Result<()> {
        // Places are counted from 1; a jump counts from the instruction after it.
        let next = pc as i64 + 2;
        match comment {
            Comment::Nothing => return Ok(()),
            Comment::ConstantK | Comment::ListStart if !i.k() => return Ok(()),
            _ => write!(self.out, "\t; ")?,
        }
        match comment {
            Comment::Nothing => Ok(()),
            Comment::ConstantBx => self.constant(i.bx()),
            Comment::ConstantExtra => self.constant(self.extra(pc)),
            Comment::ConstantB => self.constant(i.b()),
            Comment::ConstantC | Comment::ConstantK => self.constant(i.c()),
            Comment::KeyAndValue => {
                self.constant(i.b())?;
                self.value(i)
            }
            Comment::UpvalueB => self.upvalue(i.b()),
            Comment::GlobalRead => {
                self.upvalue(i.b())?;
                write!(self.out, " ")?;
                self.constant(i.c())
            }
            Comment::GlobalWrite => {
                self.upvalue(i.a())?;
                write!(self.out, " ")?;
                self.constant(i.b())?;
                self.value(i)
            }
            Comment::Nils => write!(self.out, "{} out", i.b() + 1),
            Comment::ListSize | Comment::ListStart => {
                write!(self.out, "{}", self.extra(pc) * (MAX_LIST_C as usize + 1) + i.list_c())
            }
            Comment::Event => {
                self.event(i)?;
                self.flip(i)
            }
            Comment::EventConstant => {
                self.event(i)?;
                write!(self.out, " ")?;
                self.constant(i.b())?;
                self.flip(i)
            }
            Comment::Jump => write!(self.out, "to {}", next + i.sj() as i64),
            Comment::Forward => write!(self.out, "to {}", next + i.bx() as i64),
            Comment::Back => write!(self.out, "to {}", next - i.bx() as i64),
            Comment::Exit => write!(self.out, "exit to {}", next + i.bx() as i64 + 1),
            Comment::Call => {
                self.count(i.b(), "in")?;
                write!(self.out, " ")?;
                self.count(i.c(), "out")
            }
            // Upstream does not say "all" here.
            Comment::Arguments => write!(self.out, "{} in", i.b() as i64 - 1),
            Comment::Returned => self.count(i.b(), "out"),
            Comment::Varargs => self.count(i.c(), "out"),
            Comment::Global => match i.bx().checked_sub(1) {
                None => write!(self.out, "?"),
                Some(name) => self.constant(name),
            },
            Comment::Nested => write!(self.out, "{:#x}", self.f.nested(i.bx()).address()),
        }
    }

    /// The operand in the `EXTRAARG` that follows.
    fn extra(&self, pc: usize) -> usize {
        self.f.code().get(pc + 1).map_or(0, |word| Instruction(*word).ax())
    }

    fn value(&mut self, i: Instruction) -> io::Result<()> {
        if i.k() {
            write!(self.out, " ")?;
            self.constant(i.c())?;
        }
        Ok(())
    }

    /// A number of values stored plus one; 0 stands for all.
    fn count(&mut self, n: usize, what: &str) -> io::Result<()> {
        match n.checked_sub(1) {
            None => write!(self.out, "all {what}"),
            Some(n) => write!(self.out, "{n} {what}"),
        }
    }

    fn event(&mut self, i: Instruction) -> io::Result<()> {
        // ORDER events: the first names are those of the events.
        write!(self.out, "{}", Name(i.c() as u16).text())
    }

    fn flip(&mut self, i: Instruction) -> io::Result<()> {
        write!(self.out, "{}", if i.k() { " flip" } else { "" })
    }

    fn upvalue(&mut self, index: usize) -> io::Result<()> {
        self.out.write_all(self.f.upvalue(index).name.unwrap_or(b"-"))
    }

    fn constant(&mut self, index: usize) -> io::Result<()> {
        match self.f.constant(index) {
            Constant::Nil => write!(self.out, "nil"),
            Constant::False => write!(self.out, "false"),
            Constant::True => write!(self.out, "true"),
            Constant::Integer(i) => write!(self.out, "{i}"),
            Constant::Float(n) => self.out.write_all(NumberText::rounded(n).as_bytes()),
            Constant::String(text) => self.string(text),
        }
    }

    fn string(&mut self, text: &[u8]) -> io::Result<()> {
        write!(self.out, "\"")?;
        for byte in text {
            match byte {
                b'"' => write!(self.out, "\\\""),
                b'\\' => write!(self.out, "\\\\"),
                0x07 => write!(self.out, "\\a"),
                0x08 => write!(self.out, "\\b"),
                0x0C => write!(self.out, "\\f"),
                b'\n' => write!(self.out, "\\n"),
                b'\r' => write!(self.out, "\\r"),
                b'\t' => write!(self.out, "\\t"),
                0x0B => write!(self.out, "\\v"),
                b' '..=b'~' => self.out.write_all(&[*byte]),
                other => write!(self.out, "\\{other:03}"),
            }?;
        }
        write!(self.out, "\"")
    }

    fn constants(&mut self) -> io::Result<()> {
        let n = self.f.constant_count();
        writeln!(self.out, "constants ({n}) for {:#x}:", self.f.address())?;
        for i in 0..n {
            let kind = match self.f.constant(i) {
                Constant::Nil => 'N',
                Constant::False | Constant::True => 'B',
                Constant::Integer(_) => 'I',
                Constant::Float(_) => 'F',
                Constant::String(_) => 'S',
            };
            write!(self.out, "\t{i}\t{kind}\t")?;
            self.constant(i)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn locals(&mut self) -> io::Result<()> {
        let n = self.f.local_count();
        writeln!(self.out, "locals ({n}) for {:#x}:", self.f.address())?;
        for i in 0..n {
            let local = self.f.local(i);
            write!(self.out, "\t{i}\t")?;
            self.out.write_all(local.name.unwrap_or(b"-"))?;
            writeln!(self.out, "\t{}\t{}", local.start_pc + 1, local.end_pc + 1)?;
        }
        Ok(())
    }

    fn upvalues(&mut self) -> io::Result<()> {
        let n = self.f.upvalue_count();
        writeln!(self.out, "upvalues ({n}) for {:#x}:", self.f.address())?;
        for i in 0..n {
            let Upvalue { name, in_stack, index, .. } = self.f.upvalue(i);
            write!(self.out, "\t{i}\t")?;
            self.out.write_all(name.unwrap_or(b"-"))?;
            writeln!(self.out, "\t{}\t{index}", in_stack as u8)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::testing::{compile, with_mem};
    use crate::chunk::view::DraftView;
    use crate::edition::LUA_5_5;

    /// The listing of a chunk, addresses left out.
    fn listing(source: &str, full: bool) -> String {
        let mut text = Vec::new();
        with_mem(|mem| {
            let draft = compile(mem, source);
            list(DraftView::main(&draft), full, &mut text).expect("memory takes everything");
        });
        let text = String::from_utf8(text).expect("the sources are text");
        let mut parts = text.split("0x");
        let head = parts.next().unwrap_or_default().to_string();
        parts.fold(head, |all, part| all + "ADDRESS" + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
    }

    const SOURCE: &str = "local t = {1, x = 'a\\tb\\0'}\nfor i = 1, 2 do\n  t[i] = function(...) return t, ... end\nend";

    #[test]
    fn a_full_listing_shows_code_constants_locals_and_upvalues() {
        // In code of 5.4.
        if LUA_5_5 {
            return;
        }
        let expected = r#"
main <test:0,0> (14 instructions at ADDRESS)
0+ params, 6 slots, 1 upvalue, 5 locals, 2 constants, 1 function
	1	[1]	VARARGPREP	0
	2	[1]	NEWTABLE 	0 1 1	; 1
	3	[1]	EXTRAARG 	0
	4	[1]	LOADI    	1 1
	5	[1]	SETFIELD 	0 0 1k	; "x" "a\tb\000"
	6	[1]	SETLIST  	0 1 0
	7	[2]	LOADI    	1 1
	8	[2]	LOADI    	2 2
	9	[2]	LOADI    	3 1
	10	[2]	FORPREP  	1 2	; exit to 14
	11	[3]	CLOSURE  	5 0	; ADDRESS
	12	[3]	SETTABLE 	0 4 5
	13	[2]	FORLOOP  	1 3	; to 11
	14	[4]	RETURN   	1 1 1k	; 0 out
constants (2) for ADDRESS:
	0	S	"x"
	1	S	"a\tb\000"
locals (5) for ADDRESS:
	0	t	7	15
	1	(for state)	10	14
	2	(for state)	10	14
	3	(for state)	10	14
	4	i	11	13
upvalues (1) for ADDRESS:
	0	_ENV	1	0

function <test:3,3> (5 instructions at ADDRESS)
0+ params, 2 slots, 1 upvalue, 0 locals, 0 constants, 0 functions
	1	[3]	VARARGPREP	0
	2	[3]	GETUPVAL 	0 0	; t
	3	[3]	VARARG   	1 0	; all out
	4	[3]	RETURN   	0 0 1	; all out
	5	[3]	RETURN   	0 1 1	; 0 out
constants (0) for ADDRESS:
locals (0) for ADDRESS:
upvalues (1) for ADDRESS:
	0	t	1	0
"#;
        assert_eq!(listing(SOURCE, true), expected);
    }

    #[test]
    fn a_short_listing_leaves_out_all_but_the_code() {
        let short = listing(SOURCE, false);
        assert_eq!(short.lines().count(), listing(SOURCE, true).lines().count() - 15);
        assert!(!short.contains("constants (") && short.contains("FORLOOP  \t1 3\t; to 11\n"));
    }

    #[test]
    fn constants_are_written_as_the_compiler_reads_them() {
        let constants = |source| {
            let text = listing(source, true);
            let start = text.find("constants (").expect("a full listing");
            text[start..].lines().skip(1).take_while(|l| l.starts_with('\t')).map(str::to_string).collect::<Vec<_>>()
        };
        let source = r#"x = {1.0e300, 0.1, 1e15, 1000000, 5e15 // 1, -0.0, "\"\\\a\b\f\n\r\t\v\1\200", nil}"#;
        let expected = [
            r#"0	S	"x""#,
            "1	F	1e+300",
            "2	F	0.1",
            "3	F	1e+15",
            "4	I	1000000",
            "5	F	5e+15",
            r#"6	S	"\"\\\a\b\f\n\r\t\v\001\200""#,
        ];
        assert_eq!(constants(source), expected.map(|line| format!("\t{line}")));
    }
}
