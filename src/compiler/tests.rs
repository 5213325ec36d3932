//! Code and messages of representative sources.
//!
//! Expectations were checked against listings of the reference compiler. Every test also checks that a compilation,
//! failed or not, gives all of its memory back.

use super::lexer::Lexer;
use super::{Failure, compile};
use crate::bytecode::Instruction;
use crate::chunk::draft::{Constant, Draft, FunctionDraft};
use crate::chunk::input::{Input, Reader};
use crate::heap::testing::{Host, with_mem};
use crate::throw::{Result, Throw};

/// Gives a text in pieces of `size` bytes, then maybe raises.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
    end: Result,
}

impl Reader for Pieces<'_> {
    fn piece(&mut self) -> Result<&[u8]> {
        if self.rest.is_empty() {
            self.end?;
        }
        let (piece, rest) = self.rest.split_at(self.size.min(self.rest.len()));
        self.rest = rest;
        Ok(piece)
    }
}

fn with_draft<T>(source: &str, test: impl FnOnce(&Draft) -> T) -> T {
    with_mem(&Host::default(), |mem| {
        let mut bytes = source.as_bytes();
        match compile(mem, Input::new(&mut bytes), b"=test".into(), 0) {
            Ok(draft) => test(&draft),
            Err(Failure::Syntax(text) | Failure::Limit(text)) => panic!("{}", String::from_utf8_lossy(&text)),
            Err(Failure::Throw(throw)) => panic!("{throw:?}"),
        }
    })
}

fn listing(f: &FunctionDraft) -> Vec<String> {
    f.code.iter().map(|i| format!("{:?}", Instruction(*i))).collect()
}

/// The code of function `index`, in the order in which functions begin; 0 is the main function.
fn code_of(source: &str, index: u32) -> Vec<String> {
    with_draft(source, |draft| listing(&draft.functions[index]))
}

/// The code of the main function between its `VARARGPREP` and its final return.
fn code(source: &str) -> Vec<String> {
    let mut code = code_of(source, 0);
    assert_eq!(code.remove(0), "VARARGPREP 0 0 0");
    assert!(code.pop().unwrap().starts_with("RETURN "));
    code
}

fn constants(source: &str) -> Vec<String> {
    with_draft(source, |draft| {
        let show = |k: &Constant| match *k {
            Constant::String(s) => format!("{:?}", String::from_utf8_lossy(draft.symbols.bytes(s))),
            Constant::Integer(i) => i.to_string(),
            other => format!("{other:?}"),
        };
        draft.functions[0].constants.iter().map(show).collect()
    })
}

/// The message of a source that does not compile, in pieces of any size.
fn message(source: &[u8]) -> String {
    let once = |size| {
        with_mem(&Host::default(), |mem| {
            let mut pieces = Pieces { rest: source, size, end: Ok(()) };
            match compile(mem, Input::new(&mut pieces), b"=t".into(), 0) {
                Ok(_) => panic!("compiles: {}", String::from_utf8_lossy(source)),
                Err(Failure::Syntax(text)) => String::from_utf8_lossy(&text).into_owned(),
                Err(Failure::Limit(text)) => format!("limit: {}", String::from_utf8_lossy(&text)),
                Err(Failure::Throw(throw)) => format!("{throw:?}"),
            }
        })
    };
    let whole = once(usize::MAX);
    assert_eq!(once(1), whole);
    whole
}

#[test]
fn globals_are_fields_of_the_environment() {
    assert_eq!(code("x = y"), ["GETTABUP 0 0 1", "SETTABUP 0 0 0"]);
    assert_eq!(constants("x = y"), ["\"x\"", "\"y\""]);
    assert_eq!(code("local _ENV = {}; x = 1"), ["NEWTABLE 0 0 0", "EXTRAARG 0", "SETFIELD 0 0 1 k"]);
}

#[test]
fn consecutive_nils_are_one_instruction() {
    assert_eq!(code("local a; local b, c"), ["LOADNIL 0 2 0"]);
    assert_eq!(code("local a; do local b end; local c"), ["LOADNIL 0 1 0"]);
}

#[test]
fn arithmetic_uses_immediate_and_constant_operands() {
    assert_eq!(code("local a; a = a + 1"), ["LOADNIL 0 0 0", "ADDI 0 0 128", "MMBINI 0 128 6"]);
    assert_eq!(code("local a; a = a - 1"), ["LOADNIL 0 0 0", "ADDI 0 0 126", "MMBINI 0 128 7"]);
    assert_eq!(code("local a; a = 2 * a"), ["LOADNIL 0 0 0", "MULK 0 0 0", "MMBINK 0 0 8 k"]);
    assert_eq!(code("local a; a = 1 << a"), ["LOADNIL 0 0 0", "SHLI 0 0 128", "MMBINI 0 128 16 k"]);
    assert_eq!(code("local a; a = a << 1"), ["LOADNIL 0 0 0", "SHRI 0 0 126", "MMBINI 0 128 16"]);
    assert_eq!(code("local a; a = a & 7"), ["LOADNIL 0 0 0", "BANDK 0 0 0", "MMBINK 0 0 13"]);
    assert_eq!(code("local a; a = 2 - a"), ["LOADNIL 0 0 0", "LOADI 1 2", "SUB 0 1 0", "MMBIN 1 0 7"]);
}

#[test]
fn constant_expressions_are_folded_where_nothing_can_go_wrong() {
    assert_eq!(code("return 2 + 3 * 4"), ["LOADI 0 14", "RETURN 0 2 1"]);
    assert_eq!(code("return 7 // 2 | 1.0"), ["LOADI 0 3", "RETURN 0 2 1"]);
    assert_eq!(code("return 3 / 2"), ["LOADK 0 0", "RETURN 0 2 1"]);
    assert_eq!(code("return 1 // 0"), ["LOADI 0 1", "IDIVK 0 0 0", "MMBINK 0 0 12", "RETURN 0 2 1"]);
    assert_eq!(code("return -0.0"), ["LOADF 0 0", "UNM 0 0 0", "RETURN 0 2 1"]);
    assert_eq!(code("return 0 * -1"), ["LOADI 0 0", "RETURN 0 2 1"]);
}

#[test]
fn comparisons_become_jumps() {
    assert_eq!(code("local a; if a < 1 then a() end"), ["LOADNIL 0 0 0", "LTI 0 128 0", "JMP 2", "MOVE 1 0 0", "CALL 1 1 1"]);
    assert_eq!(code("local a; local b = 1.0 > a")[1..3], ["LTI 0 128 1 k", "JMP 1"]);
    assert_eq!(code("local a; local b = a == 300.0")[1..3], ["EQK 0 0 1 k", "JMP 1"]);
    assert_eq!(
        code("local a; local b = a ~= nil"),
        ["LOADNIL 0 0 0", "EQK 0 0 0", "JMP 1", "LFALSESKIP 1 0 0", "LOADTRUE 1 0 0"]
    );
}

#[test]
fn logical_operators_deliver_values_through_tests() {
    assert_eq!(code("local a, b; local c = a and b"), ["LOADNIL 0 1 0", "TESTSET 2 0 0", "JMP 1", "MOVE 2 1 0"]);
    assert_eq!(code("local a, b; a = a or b"), ["LOADNIL 0 1 0", "TEST 0 0 0 k", "JMP 1", "MOVE 0 1 0"]);
    assert_eq!(
        code("local a, b; local c = not (a and b)"),
        ["LOADNIL 0 1 0", "TEST 0 0 0", "JMP 3", "NOT 2 1 0", "JMP 2", "LFALSESKIP 2 0 0", "LOADTRUE 2 0 0"]
    );
}

#[test]
fn concatenations_are_one_instruction() {
    assert_eq!(
        code("local a; a = a .. 1 .. 'x'"),
        ["LOADNIL 0 0 0", "MOVE 1 0 0", "LOADI 2 1", "LOADK 3 0", "CONCAT 1 3 0", "MOVE 0 1 0"]
    );
}

#[test]
fn tables_are_filled_in_batches() {
    let items = vec!["x"; 51].join(",");
    let code = code(&format!("local x; return {{{items}, n = 1}}"));
    assert_eq!(code[1..3], ["NEWTABLE 1 1 51", "EXTRAARG 0"]);
    assert_eq!(code[53..], ["SETLIST 1 50 0", "MOVE 2 0 0", "SETFIELD 1 0 1 k", "SETLIST 1 1 50", "RETURN 1 2 1"]);
}

#[test]
fn assignments_save_what_they_overwrite() {
    assert_eq!(code("local a; a.x, a = 1, 2"), ["LOADNIL 0 0 0", "MOVE 1 0 0", "LOADI 2 1", "LOADI 0 2", "SETFIELD 1 0 2"]);
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "code of 5.4; tests/compiler compares that of 5.5 with upstream's")]
fn calls_take_and_give_as_many_values_as_are_wanted() {
    assert_eq!(code("f(...)"), ["GETTABUP 0 0 0", "VARARG 1 0 0", "CALL 0 0 1"]);
    assert_eq!(code("return f()"), ["GETTABUP 0 0 0", "TAILCALL 0 1 1", "RETURN 0 0 1"]);
    assert_eq!(code("local a, b = f()"), ["GETTABUP 0 0 0", "CALL 0 1 3"]);
    assert_eq!(code("local a, b = (f())"), ["GETTABUP 0 0 0", "CALL 0 1 2", "LOADNIL 1 0 0"]);
    assert_eq!(code("s:m(1)"), ["GETTABUP 0 0 0", "SELF 0 0 1 k", "LOADI 2 1", "CALL 0 3 1"]);
    assert_eq!(code("local x <close> = f() return g()")[3..], ["GETTABUP 1 0 1", "CALL 1 1 0", "RETURN 1 0 1 k"]);
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "code of 5.4; tests/compiler compares that of 5.5 with upstream's")]
fn loops_jump_by_their_own_instructions() {
    assert_eq!(
        code("for i = 1, 3 do f(i) end"),
        ["LOADI 0 1", "LOADI 1 3", "LOADI 2 1", "FORPREP 0 3", "GETTABUP 4 0 0", "MOVE 5 3 0", "CALL 4 2 1", "FORLOOP 0 4"]
    );
    assert_eq!(
        code("for k in f do g() end"),
        [
            "GETTABUP 0 0 0",
            "LOADNIL 1 2 0",
            "TFORPREP 0 2",
            "GETTABUP 5 0 1",
            "CALL 5 1 1",
            "TFORCALL 0 0 1",
            "TFORLOOP 0 4",
            "CLOSE 0 0 0"
        ]
    );
    assert_eq!(code("while x do f() end")[2..], ["JMP 3", "GETTABUP 0 0 1", "CALL 0 1 1", "JMP -6"]);
}

#[test]
fn upvalues_reach_through_functions() {
    let source = "local a <const>, b = 5, 6; return function() return function() b = a; return b end end";
    with_draft(source, |draft| {
        let inner = &draft.functions[2];
        assert_eq!(listing(inner)[..2], ["GETUPVAL 0 1 0", "SETUPVAL 0 0 0"]);
        let upvalues: Vec<_> = inner.upvalues.iter().map(|u| (u.in_stack, u.index, u.kind)).collect();
        assert_eq!(upvalues, [(false, 0, 0), (false, 1, 1)]);
        let upvalues: Vec<_> = draft.functions[1].upvalues.iter().map(|u| (u.in_stack, u.index, u.kind)).collect();
        assert_eq!(upvalues, [(true, 1, 0), (true, 0, 1)]);
    });
}

#[test]
fn compile_time_constants_use_no_register() {
    assert_eq!(code("local a <const> = 10; return a + 1"), ["LOADI 0 11", "RETURN 0 2 1"]);
    with_draft("local a <const> = 10; return function() return a end", |draft| {
        assert_eq!(listing(&draft.functions[1]), ["LOADI 0 10", "RETURN1 0 2 0", "RETURN0 0 1 0"]);
        assert_eq!(draft.functions[1].upvalues.len(), 0);
        assert_eq!(draft.functions[0].locals.len(), 0);
    });
}

#[test]
fn functions_without_extra_work_return_quickly() {
    assert_eq!(code_of("function f(a) return a end", 1), ["RETURN1 0 2 0", "RETURN0 1 1 0"]);
    assert_eq!(code_of("function f() local x; return function() return x end end", 1)[2], "RETURN 1 2 0 k");
}

#[test]
fn equal_constants_share_an_entry_and_different_kinds_do_not() {
    let source = "x = {0, 1.5, 70000, 70000.0, 1.5, 70000, 'a', 0.0, 2^-52, 'a'}; x = nil == x; x = nil ~= x";
    let expected = ["\"x\"", "Float(1.5)", "70000", "Float(70000.0)", "\"a\"", "Float(2.220446049250313e-16)", "Nil"];
    assert_eq!(constants(source), expected);
}

#[test]
fn many_constants_do_not_fit_operands() {
    let items: String = (0..300).map(|i| format!("{i}.5,")).collect();
    let code = code(&format!("local t = {{{items}}}; t.name = 'value'; return t.name"));
    let tail = ["LOADK 1 300", "LOADK 2 301", "SETTABLE 0 1 2", "LOADK 1 300", "GETTABLE 1 0 1", "RETURN 1 2 1"];
    assert_eq!(code[code.len() - 6..], tail);
}

#[test]
fn lines_are_deltas_with_absolute_ones_in_between() {
    let source = format!("x = 1{}y = 2\nz = 3", "\n".repeat(200));
    with_draft(&source, |draft| {
        let f = &draft.functions[0];
        assert_eq!(f.line_info[..], [1, 0, -128, 1, 0]);
        assert_eq!((f.absolute_lines[0].pc, f.absolute_lines[0].line), (2, 201));
    });
    with_draft(&"f()".repeat(100), |draft| {
        let f = &draft.functions[0];
        assert_eq!(f.absolute_lines.iter().map(|a| a.pc).collect::<Vec<_>>(), [128]);
    });
}

#[test]
fn lines_are_counted_up_to_a_limit() {
    let message = with_mem(&Host::default(), |mem| {
        let mut text: &[u8] = b"x\n\ny";
        let mut lex = Lexer::new(mem, Input::new(&mut text), b"=t".into()).unwrap();
        lex.line = i32::MAX - 2;
        lex.advance().unwrap();
        assert_eq!(lex.advance(), Err(Throw::Syntax));
        lex.message.take().map(|text| text.to_vec())
    });
    assert_eq!(message.unwrap(), b"t:2147483647: chunk has too many lines");
}

#[test]
fn local_variables_know_their_range() {
    with_draft("local a = 1; do local b = 2 end; local function f() end", |draft| {
        let locals = &draft.functions[0].locals;
        let ranges: Vec<_> = locals.iter().map(|l| (l.start_pc, l.end_pc)).collect();
        assert_eq!(ranges, [(2, 5), (3, 3), (4, 5)]);
    });
}

#[test]
fn literals_mean_what_they_should() {
    assert_eq!(
        constants(
            r#"x = "a\65\x42\u{43}\z
                     d\
e" .. [==[
]]f]==] .. '\u{7FFFFFFF}'.. 1e2 .. 0x.8p1 .. 3. .. 0xffffffffffffffffff"#
        )[1..],
        ["\"aABCd\\ne\"", "\"]]f\"", "\"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\""]
    );
    assert_eq!(code("return 100.0, 0x10, 1e2, 0xffffffffffffffff, .5e1")[..5].len(), 5);
    assert_eq!(
        code("return 100.0, 0x10, 0xffffffffffffffff, .5e1")[..4],
        ["LOADF 0 100", "LOADI 1 16", "LOADI 2 -1", "LOADF 3 5"]
    );
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "code of 5.4; tests/compiler compares that of 5.5 with upstream's")]
fn gotos_find_visible_labels() {
    assert_eq!(code("::top:: f() goto top"), ["GETTABUP 0 0 0", "CALL 0 1 1", "JMP -3"]);
    assert_eq!(code("do goto out end; f() ::out::"), ["JMP 2", "GETTABUP 0 0 0", "CALL 0 1 1"]);
    assert_eq!(
        code("while x do local a; g(function() return a end); break end")[7..],
        ["JMP 2", "CLOSE 0 0 0", "JMP -10", "CLOSE 0 0 0"]
    );
}

#[test]
fn syntax_errors_name_the_token() {
    for (source, expected) in [
        ("x = }", "t:1: unexpected symbol near '}'"),
        ("x = 1 2", "t:1: unexpected symbol near '2'"),
        ("\n\nx =", "t:3: unexpected symbol near <eof>"),
        ("for i", "t:1: '=' or 'in' expected near <eof>"),
        ("f(\n1", "t:2: ')' expected (to close '(' at line 1) near <eof>"),
        ("if x then", "t:1: 'end' expected near <eof>"),
        ("do\n\n", "t:3: 'end' expected (to close 'do' at line 1) near <eof>"),
        ("local 'name'", "t:1: <name> expected near ''name''"),
        ("x = @", "t:1: unexpected symbol near '@'"),
        ("x = \x01", "t:1: unexpected symbol near '<\\1>'"),
        ("x = \0", "t:1: unexpected symbol"),
        ("return 'a' 'b\0c'", "t:1: <eof> expected near ''b'"),
        ("a.b", "t:1: syntax error near <eof>"),
        ("function f() return ... end", "t:1: cannot use '...' outside a vararg function near '...'"),
        ("function f(a,) end", "t:1: <name> or '...' expected near ')'"),
        ("x = f 1", "t:1: unexpected symbol near '1'"),
        ("x:y = 1", "t:1: function arguments expected near '='"),
    ] {
        assert_eq!(message(source.as_bytes()), expected, "{source:?}");
    }
    assert_eq!(message(b"x = \xE9"), "t:1: unexpected symbol near '<\\233>'");
}

#[test]
fn bad_literals_are_shown_up_to_the_bad_byte() {
    for (source, expected) in [
        ("x = 'abc", "t:1: unfinished string near <eof>"),
        ("x = 'abc\n'", "t:1: unfinished string near ''abc'"),
        ("x = '\\q'", "t:1: invalid escape sequence near ''\\q'"),
        ("x = 'a\\n\\xag'", "t:1: hexadecimal digit expected near ''a\n\\xag'"),
        ("x = '\\300'", "t:1: decimal escape too large near ''\\300''"),
        ("x = '\\u11'", "t:1: missing '{' near ''\\u1'"),
        ("x = '\\u{11'", "t:1: missing '}' near ''\\u{11''"),
        ("x = '\\u{80000000}'", "t:1: UTF-8 value too large near ''\\u{80000000'"),
        ("x = [==", "t:1: invalid long string delimiter near '[=='"),
        ("x = [[\n\n", "t:3: unfinished long string (starting at line 1) near '<eof>'"),
        ("--[[\n", "t:2: unfinished long comment (starting at line 1) near '<eof>'"),
        ("x = 3x", "t:1: malformed number near '3x'"),
        ("x = 0x", "t:1: malformed number near '0x'"),
        ("x = 1..2", "t:1: malformed number near '1..2'"),
        ("x = 1e+", "t:1: malformed number near '1e+'"),
        ("x = .5.", "t:1: malformed number near '.5.'"),
    ] {
        let expected = expected.replace("'<eof>'", "<eof>");
        assert_eq!(message(source.as_bytes()), expected, "{source:?}");
    }
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "code of 5.4; tests/compiler compares that of 5.5 with upstream's")]
fn errors_of_meaning_name_no_token() {
    for (source, expected) in [
        ("local x <const> = 1; x = 2", "t:1: attempt to assign to const variable 'x'"),
        ("local x <close> = f(); x = 2", "t:1: attempt to assign to const variable 'x'"),
        ("local x <const> = f(); function g() x = 1 end", "t:1: attempt to assign to const variable 'x'"),
        ("local x <const> = 1; function x() end", "t:1: attempt to assign to const variable 'x'"),
        ("local x <static> = 1", "t:1: unknown attribute 'static'"),
        ("local a <close>, b <close> = 1, 2", "t:1: multiple to-be-closed variables in local list"),
        ("\nbreak", "t:2: break outside loop at line 2"),
        ("goto l\ndo ::l:: end", "t:2: no visible label 'l' for <goto> at line 1"),
        ("::l:: f()\n::l::", "t:2: label 'l' already defined on line 1"),
        ("goto l\nlocal a\n::l:: print(a)", "t:3: <goto l> at line 1 jumps into the scope of local 'a'"),
        ("while 1 do function f()\n break end end", "t:2: break outside loop at line 2"),
    ] {
        assert_eq!(message(source.as_bytes()), expected, "{source:?}");
    }
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "code of 5.4; tests/compiler compares that of 5.5 with upstream's")]
fn limits_are_those_of_the_reference() {
    let many = |n: usize, item: &dyn Fn(usize) -> String, separator: &str| (0..n).map(item).collect::<Vec<_>>().join(separator);
    let locals = |n| format!("local {}", many(n, &|i| format!("v{i}"), ","));
    with_draft(&locals(200), |draft| assert_eq!(draft.functions[0].max_stack_size, 200));
    assert_eq!(message(locals(201).as_bytes()), "t:1: too many local variables (limit is 200) in main function near <eof>");
    let upvalues = |n: usize| {
        let outer = |from: usize, to: usize| format!("local {}\n", many(to - from, &|i| format!("u{}", from + i), ","));
        let uses = many(n, &|i| format!("u{i}"), "+");
        format!("{}local function f()\n{}function g() return {uses} end end", outer(0, 150), outer(150, n))
    };
    with_draft(&upvalues(255), |draft| assert_eq!(draft.functions[2].upvalues.len(), 255));
    assert_eq!(message(upvalues(256).as_bytes()), "t:4: too many upvalues (limit is 255) in function at line 4 near 'end'");
    let arguments = format!("f({})", many(254, &|_| "1".into(), ","));
    assert_eq!(message(arguments.as_bytes()), "t:1: function or expression needs too many registers near <eof>");
    let deep = |n: usize| format!("x = {}1{}", "(".repeat(n), ")".repeat(n));
    with_draft(&deep(197), |_| ());
    assert_eq!(message(deep(198).as_bytes()), "limit: C stack overflow");
    let long = format!("for i = 1, 2 do {} end", "f() ".repeat(70000));
    assert_eq!(message(long.as_bytes()), "t:1: control structure too long near 'end'");
    let gotos = format!("do {} end ::l::", "goto l ".repeat(32768));
    assert_eq!(message(gotos.as_bytes()), "limit: too many labels/gotos (limit is 32767)");
}

#[test]
fn nesting_counts_on_from_the_c_calls_under_way() {
    let compile_at = |c_calls| {
        with_mem(&Host::default(), |mem| {
            let mut source: &[u8] = b"x = 1";
            compile(mem, Input::new(&mut source), b"=t".into(), c_calls).map(|_| ()).map_err(|f| match f {
                Failure::Limit(_) => Throw::Run,
                Failure::Syntax(_) => Throw::Syntax,
                Failure::Throw(throw) => throw,
            })
        })
    };
    assert_eq!(compile_at(197), Ok(()));
    assert_eq!(compile_at(198), Err(Throw::Run));
    // While an overflow is handled there is some room more.
    assert_eq!(compile_at(200), Ok(()));
    assert_eq!(compile_at(219), Err(Throw::Handler));
}

#[test]
fn a_reader_that_raises_ends_the_compilation() {
    for end in [Throw::Run, Throw::Syntax, Throw::Memory] {
        let failure = with_mem(&Host::default(), |mem| {
            let mut pieces = Pieces { rest: b"local a = {1, 'x", size: 3, end: Err(end) };
            compile(mem, Input::new(&mut pieces), b"=t".into(), 0).map(|_| ())
        });
        assert!(matches!(failure, Err(Failure::Throw(throw)) if throw == end));
    }
}

#[test]
fn every_failed_allocation_is_reported_and_leaks_nothing() {
    for source in [
        "local a <const>, b = 1, {x = 1.5, 2, 'three', [4] = function(...) local c = b; return ..., c end}\n\
         for i = 1, 10 do goto continue; b[i] = 'x' .. i; ::continue:: end a, b.x = f()",
        "local x <const> = 1; x = 2",
    ] {
        let mut failures = 0;
        loop {
            let failing = Host::default();
            failing.fail_after.set(Some(failures));
            let memory = with_mem(&failing, |mem| {
                let mut bytes = source.as_bytes();
                matches!(compile(mem, Input::new(&mut bytes), b"=t".into(), 0), Err(Failure::Throw(Throw::Memory)))
            });
            if !memory {
                break;
            }
            failures += 1;
        }
        assert!(failures > 10);
    }
}

#[test]
fn long_conditions_take_linear_time() {
    let n = 200_000;
    with_draft(&format!("x = {}z", "y and ".repeat(n)), |draft| {
        assert_eq!(draft.functions[0].code.len(), 3 * n + 4);
    });
    with_draft(&format!("if x then {} end", "elseif y then z() ".repeat(n)), |_| ());
}

#[test]
fn a_hundred_thousand_constants_take_linear_time() {
    let source: String = core::iter::once("return {".to_string())
        .chain((0..100_000).map(|i| format!("{i}.25,'s{i}',{},", i + 1_000_000)))
        .chain(core::iter::once("}".to_string()))
        .collect();
    with_draft(&source, |draft| assert_eq!(draft.functions[0].constants.len(), 300_000));
}
