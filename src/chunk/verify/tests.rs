//! Each rule of the verifier, by code that keeps it and code that breaks it.

use super::{Refusal, verify};
use crate::bytecode::{Instruction, OFFSET_SJ, Opcode, Opcode as Op};
use crate::chunk::draft::{AbsoluteLine, Constant, Draft, LocalVariable, OpenBox, OpenFunction, UpvalueDesc, Vararg};
use crate::chunk::testing::with_mem;
use crate::heap::mem::Mem;
use core::ops::RangeInclusive;

fn abc(op: Opcode, a: u32, b: u32, c: u32) -> Instruction {
    Instruction::abc(op, a, b, c)
}

fn abck(op: Opcode, a: u32, b: u32, c: u32) -> Instruction {
    Instruction::abck(op, a, b, c, true)
}

fn abx(op: Opcode, a: u32, bx: u32) -> Instruction {
    Instruction::abx(op, a, bx)
}

fn jump(distance: i32) -> Instruction {
    Instruction::with_sj(Op::Jmp, distance)
}

fn extra(ax: u32) -> Instruction {
    Instruction::with_ax(Op::ExtraArg, ax)
}

const RETURN: Instruction = Instruction::abc(Op::Return0, 0, 1, 0);
const CLOSING_RETURN: Instruction = Instruction::abck(Op::Return, 0, 1, 0, true);

/// A draft of one function with five registers and some of everything, and the main function, to be changed before it is put
/// there. Constants: 0 an integer, 1 a float, 2 a short string, 3 a long one, 4 nil. Nested function 0 captures register 1, function
/// 1 upvalue 0, function 2 nothing.
fn draft(mem: Mem, code: &[Instruction]) -> (Draft, OpenFunction) {
    let mut draft = Draft::new(mem);
    let short = draft.symbols.intern(b"short").unwrap();
    let long = draft.symbols.intern(&[b'x'; 41]).unwrap();
    draft.functions.open().unwrap();
    let mut main = OpenFunction::new(mem);
    for captured in [Some((true, 1)), Some((false, 0)), None] {
        let nested = draft.functions.open().unwrap();
        let mut f = OpenFunction::new(mem);
        f.code.push(RETURN.0).unwrap();
        if let Some((in_stack, index)) = captured {
            f.upvalues.push(UpvalueDesc { name: None, in_stack, index, kind: 0 }).unwrap();
        }
        draft.functions.finish(nested, &f).unwrap();
        main.nested.push(nested).unwrap();
    }
    main.max_stack_size = 5;
    main.upvalues.push(UpvalueDesc { name: None, in_stack: true, index: 0, kind: 0 }).unwrap();
    let constants = [Constant::Integer(1), Constant::Float(0.5), Constant::String(short), Constant::String(long), Constant::Nil];
    main.constants.extend(&constants).unwrap();
    code.iter().for_each(|i| main.code.push(i.0).unwrap());
    (draft, main)
}

/// What the verifier says of a draft, after changes of its main function and of what is finished; "" when it accepts.
fn verdict_of(
    code: &[Instruction],
    change_main: impl FnOnce(&mut OpenFunction),
    change: impl FnOnce(&mut Draft),
) -> &'static str {
    let mut said = "";
    with_mem(|mem| {
        let (mut draft, mut main) = draft(mem, code);
        change_main(&mut main);
        draft.functions.finish_main(OpenBox::of(main).unwrap()).unwrap();
        change(&mut draft);
        said = match verify(&draft) {
            Ok(()) => "",
            Err(Refusal::Malformed(why)) => why,
            Err(Refusal::Throw(throw)) => panic!("{throw:?}"),
        };
    });
    said
}

fn verdict_after(code: &[Instruction], change: impl FnOnce(&mut OpenFunction)) -> &'static str {
    verdict_of(code, change, |_| {})
}

fn verdict(code: &[Instruction]) -> &'static str {
    verdict_after(code, |_| {})
}

/// The code, followed by a return.
fn body(code: &[Instruction]) -> Vec<Instruction> {
    [code, &[RETURN]].concat()
}

fn accepts(code: &[Instruction]) {
    assert_eq!(verdict(&body(code)), "", "{code:?}");
}

fn refuses(why: &str, code: &[Instruction]) {
    assert_eq!(verdict(&body(code)), why, "{code:?}");
}

fn accepts_all(code: &[Instruction]) {
    assert_eq!(verdict(code), "", "{code:?}");
}

fn refuses_all(why: &str, code: &[Instruction]) {
    assert_eq!(verdict(code), why, "{code:?}");
}

#[test]
fn code_ends_with_a_return() {
    assert_eq!(verdict(&[]), "function without code");
    refuses_all("missing return", &[abc(Op::Move, 0, 1, 0)]);
    refuses_all("missing return", &[RETURN, jump(-2)]);
    accepts_all(&[abc(Op::Return1, 4, 2, 0)]);
    accepts_all(&[abc(Op::Return, 1, 3, 0)]);
}

#[test]
fn opcodes_beyond_the_last_are_refused() {
    for number in Opcode::COUNT as u32..128 {
        refuses("invalid opcode", &[Instruction(number)]);
    }
}

/// Instructions whose registers lie in 0..=4 exactly when the number that stands for one of them is in the range.
fn register_cases(n: u32) -> Vec<(Instruction, RangeInclusive<u32>)> {
    let mut cases = vec![];
    for op in [Op::Move, Op::Unm, Op::BNot, Op::Not, Op::Len] {
        cases.extend([(abc(op, n, 0, 0), 0..=4), (abc(op, 0, n, 0), 0..=4)]);
    }
    for op in [Op::LoadI, Op::LoadF, Op::LoadFalse, Op::LoadTrue, Op::LoadK, Op::Tbc] {
        cases.push((abx(op, n, 0), 0..=4));
    }
    for op in [Op::GetTable, Op::SetTable] {
        cases.extend([(abc(op, n, 0, 0), 0..=4), (abc(op, 0, n, 0), 0..=4), (abc(op, 0, 0, n), 0..=4)]);
    }
    cases.extend([
        (abc(Op::LoadNil, n, 0, 0), 0..=4),
        (abc(Op::LoadNil, 0, n, 0), 0..=4),
        (abc(Op::LoadNil, 2, n, 0), 0..=2),
        (abc(Op::GetUpval, n, 0, 0), 0..=4),
        (abc(Op::SetUpval, n, 0, 0), 0..=4),
        (abc(Op::GetTabUp, n, 0, 2), 0..=4),
        (abc(Op::SetTabUp, 0, 2, n), 0..=4),
        (abc(Op::GetI, n, 0, 255), 0..=4),
        (abc(Op::GetI, 0, n, 255), 0..=4),
        (abc(Op::SetI, n, 255, 0), 0..=4),
        (abc(Op::SetI, 0, 255, n), 0..=4),
        (abc(Op::GetField, n, 0, 2), 0..=4),
        (abc(Op::GetField, 0, n, 2), 0..=4),
        (abc(Op::SetField, n, 2, 0), 0..=4),
        (abc(Op::SetField, 0, 2, n), 0..=4),
        (abc(Op::SelfOp, n, 0, 0), 0..=3),
        (abc(Op::SelfOp, 0, n, 0), 0..=4),
        (abc(Op::SelfOp, 0, 0, n), 0..=4),
        (abc(Op::Concat, n, 2, 0), 0..=3),
        (abc(Op::Concat, 1, n, 0), 2..=4),
        (abc(Op::Close, n, 0, 0), 0..=5),
        (abc(Op::Call, n, 1, 1), 0..=4),
        (abc(Op::Call, 1, n, 1), 1..=4),
        (abc(Op::Call, 1, 1, n), 1..=5),
        (abc(Op::SetList, n, 1, 0), 0..=3),
        (abc(Op::SetList, 1, n, 0), 1..=3),
        (abc(Op::Return, n, 1, 0), 0..=5),
        (abc(Op::Return, n, 2, 0), 0..=4),
        (abc(Op::Return, 1, n, 0), 1..=5),
        (abc(Op::Return0, n, 1, 0), 0..=5),
        (abc(Op::Return1, n, 2, 0), 0..=4),
        (abx(Op::Closure, n, 2), 0..=4),
    ]);
    cases
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn registers_lie_in_the_frame() {
    for n in (0..=9).chain([254, 255]) {
        for (i, range) in register_cases(n) {
            // Without anything to close, TBC needs a closing return.
            let said = verdict(&[i, CLOSING_RETURN]);
            // What is left of an open operand is refused as such.
            let open = i.takes_top() || i.leaves_top();
            assert_eq!(said.is_empty(), range.contains(&n) && !open, "{i:?}: {said}");
        }
    }
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn constants_exist_and_have_the_kind_that_the_instruction_needs() {
    const INTEGER: u32 = 0;
    const FLOAT: u32 = 1;
    const SHORT: u32 = 2;
    const LONG: u32 = 3;
    let all = [INTEGER, FLOAT, SHORT, LONG, 4, 5, 255];
    let check = |kinds: &[u32], make: &dyn Fn(u32) -> Vec<Instruction>| {
        for k in all {
            let said = verdict(&body(&make(k)));
            assert_eq!(said, if kinds.contains(&k) { "" } else { "invalid constant" }, "{:?}", make(k));
        }
    };
    check(&[0, 1, 2, 3, 4], &|k| vec![abx(Op::LoadK, 0, k)]);
    check(&[0, 1, 2, 3, 4], &|k| vec![abx(Op::LoadKX, 0, 0), extra(k)]);
    check(&[0, 1, 2, 3, 4], &|k| vec![abck(Op::EqK, 0, k, 0), jump(0)]);
    check(&[0, 1, 2, 3, 4], &|k| vec![abck(Op::SetTable, 0, 0, k)]);
    check(&[0, 1, 2, 3, 4], &|k| vec![abck(Op::SetI, 0, 0, k)]);
    check(&[0, 1, 2, 3, 4], &|k| vec![abck(Op::SetField, 0, 2, k)]);
    check(&[0, 1, 2, 3, 4], &|k| vec![abck(Op::SetTabUp, 0, 2, k)]);
    check(&[SHORT], &|k| vec![abc(Op::GetTabUp, 0, 0, k)]);
    check(&[SHORT], &|k| vec![abc(Op::GetField, 0, 0, k)]);
    check(&[SHORT], &|k| vec![abc(Op::SetTabUp, 0, k, 0)]);
    check(&[SHORT], &|k| vec![abc(Op::SetField, 0, k, 0)]);
    check(&[SHORT, LONG], &|k| vec![abck(Op::SelfOp, 0, 0, k)]);
    for op in [Op::AddK, Op::SubK, Op::MulK, Op::ModK, Op::PowK, Op::DivK, Op::IDivK] {
        check(&[INTEGER, FLOAT], &|k| vec![abc(op, 0, 0, k), abc(Op::MmBinK, 0, 0, 6)]);
    }
    for op in [Op::BAndK, Op::BOrK, Op::BXorK] {
        check(&[INTEGER], &|k| vec![abc(op, 0, 0, k), abc(Op::MmBinK, 0, 0, 13)]);
    }
    check(&[0, 1, 2, 3, 4], &|k| vec![abc(Op::AddK, 0, 0, 0), abc(Op::MmBinK, 0, k, 6)]);
}

#[test]
fn upvalues_and_nested_functions_exist() {
    for op in [Op::GetUpval, Op::SetUpval] {
        accepts(&[abc(op, 0, 0, 0)]);
        refuses("invalid upvalue", &[abc(op, 0, 1, 0)]);
    }
    refuses("invalid upvalue", &[abc(Op::GetTabUp, 0, 1, 2)]);
    refuses("invalid upvalue", &[abc(Op::SetTabUp, 1, 2, 0)]);
    accepts(&[abx(Op::Closure, 0, 2)]);
    refuses("invalid nested function", &[abx(Op::Closure, 0, 3)]);
}

#[test]
fn nested_functions_capture_what_the_enclosing_one_has() {
    let capture = |which: u32, index: u8| verdict_of(&[RETURN], |_| {}, |draft| draft.functions[which].upvalues[0].index = index);
    assert_eq!((capture(1, 4), capture(1, 5)), ("", "invalid upvalue"));
    assert_eq!((capture(2, 0), capture(2, 1)), ("", "invalid upvalue"));
    // Those of the main function name nothing.
    assert_eq!(capture(0, 255), "");
}

#[test]
fn halves_of_instructions_stay_together() {
    const PAIR: &str = "incomplete instruction";
    let move_ = abc(Op::Move, 0, 0, 0);
    for (first, second) in [
        (abx(Op::LoadKX, 0, 0), extra(0)),
        (abc(Op::NewTable, 0, 0, 0), extra(0)),
        (abck(Op::SetList, 0, 1, 0), extra(0)),
        (abc(Op::AddI, 0, 0, 0), abc(Op::MmBinI, 0, 0, 6)),
        (abc(Op::ShrI, 0, 0, 0), abc(Op::MmBinI, 0, 0, 17)),
        (abc(Op::MulK, 0, 0, 0), abc(Op::MmBinK, 0, 0, 8)),
        (abc(Op::Shl, 0, 0, 0), abc(Op::MmBin, 0, 0, 16)),
    ] {
        accepts(&[first, second]);
        refuses(PAIR, &[first]);
        refuses(PAIR, &[first, move_]);
        refuses(PAIR, &[second]);
        refuses(PAIR, &[move_, second]);
        refuses(PAIR, &[first, second, second]);
        // One cannot get in between.
        refuses("invalid jump", &[jump(1), first, second]);
    }
    for test in [Op::Eq, Op::Lt, Op::Le, Op::EqK, Op::EqI, Op::LtI, Op::LeI, Op::GtI, Op::GeI, Op::Test, Op::TestSet] {
        accepts(&[abc(test, 0, 0, 0), jump(0)]);
        refuses(PAIR, &[abc(test, 0, 0, 0)]);
        refuses("invalid jump", &[jump(1), abc(test, 0, 0, 0), jump(0)]);
    }
    accepts(&[jump(1), abc(Op::LFalseSkip, 0, 0, 0), abc(Op::LoadTrue, 0, 0, 0)]);
    refuses(PAIR, &[abc(Op::LFalseSkip, 0, 0, 0), move_]);
    refuses(PAIR, &[abc(Op::NewTable, 0, 0, 0), extra(1)]);
}

#[test]
fn metamethods_are_those_of_binary_operations() {
    for event in [0, 5, 6, 17, 18, 24, 255] {
        let said = verdict(&body(&[abc(Op::Add, 0, 0, 0), abc(Op::MmBin, 0, 0, event)]));
        assert_eq!(said, if (6..=17).contains(&event) { "" } else { "invalid metamethod" });
    }
}

#[test]
fn jumps_stay_in_the_code() {
    accepts(&[jump(-1)]);
    accepts(&[jump(0)]);
    refuses("invalid jump", &[jump(-2)]);
    refuses("invalid jump", &[jump(1)]);
    refuses("invalid jump", &[jump(OFFSET_SJ)]);
    refuses("invalid jump", &[jump(-OFFSET_SJ)]);
}

#[test]
fn open_results_go_to_the_next_instruction() {
    const OPEN: &str = "invalid open operand";
    let call = |a, b, c| abc(Op::Call, a, b, c);
    accepts_all(&[call(1, 1, 0), abc(Op::Return, 1, 0, 0), RETURN]);
    accepts_all(&[call(1, 1, 0), abc(Op::Return, 0, 0, 0), RETURN]);
    accepts(&[call(1, 1, 0), call(0, 0, 1)]);
    accepts(&[call(1, 1, 0), abc(Op::SetList, 0, 0, 0)]);
    refuses(OPEN, &[call(1, 1, 0)]);
    refuses(OPEN, &[call(0, 0, 1)]);
    refuses(OPEN, &[abc(Op::SetList, 0, 0, 0)]);
    refuses(OPEN, &[call(1, 1, 0), abc(Op::Move, 0, 0, 0), call(0, 0, 1)]);
    refuses_all(OPEN, &[abc(Op::Return, 0, 0, 0)]);
    // The operands would begin above the results.
    refuses(OPEN, &[call(1, 1, 0), call(1, 0, 1)]);
    refuses(OPEN, &[call(1, 1, 0), abc(Op::SetList, 1, 0, 0)]);
    refuses_all(OPEN, &[call(1, 1, 0), abc(Op::Return, 2, 0, 0), RETURN]);
    refuses("invalid jump", &[jump(1), call(1, 1, 0), call(0, 0, 1)]);
}

#[test]
fn a_tail_call_is_followed_by_the_return_of_its_results() {
    let tail = abc(Op::TailCall, 1, 2, 0);
    accepts_all(&[tail, abc(Op::Return, 1, 0, 0), RETURN]);
    refuses_all("incomplete instruction", &[tail, RETURN]);
    refuses_all("invalid open operand", &[tail, abc(Op::Return, 0, 0, 0), RETURN]);
    refuses_all("invalid open operand", &[tail, abc(Op::Return, 1, 2, 0), RETURN]);
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn vararg_functions_say_so_at_their_start() {
    const VARARG: &str = "invalid vararg";
    let vararg = |code: &[Instruction]| verdict_after(code, |f| f.vararg = Vararg::Hidden);
    let prepare = abc(Op::VarArgPrep, 0, 0, 0);
    let ret = abc(Op::Return, 0, 1, 1);
    assert_eq!(vararg(&[prepare, ret]), "");
    assert_eq!(vararg(&[prepare, abc(Op::VarArg, 0, 0, 0), abc(Op::Return, 0, 0, 1), ret]), "");
    assert_eq!(vararg(&[prepare, abc(Op::VarArg, 0, 0, 6), ret]), "");
    assert_eq!(vararg(&[prepare, abc(Op::VarArg, 0, 0, 7), ret]), "invalid register");
    assert_eq!(vararg(&[ret]), VARARG);
    assert_eq!(vararg(&[prepare, prepare, ret]), VARARG);
    assert_eq!(vararg(&[prepare, RETURN]), VARARG);
    assert_eq!(vararg(&[prepare, abc(Op::Return1, 0, 2, 0)]), VARARG);
    assert_eq!(vararg(&[prepare, abc(Op::Return, 0, 1, 0)]), VARARG);
    assert_eq!(vararg(&[abc(Op::VarArgPrep, 1, 0, 0), ret]), VARARG);
    assert_eq!(vararg(&[prepare, jump(-2), ret]), "invalid jump");
    refuses_all(VARARG, &[prepare, RETURN]);
    refuses_all(VARARG, &[ret]);
    refuses(VARARG, &[abc(Op::VarArg, 0, 0, 2)]);
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn numeric_loops_have_two_matching_ends() {
    const LOOP: &str = "invalid loop";
    let work = abc(Op::Move, 4, 3, 0);
    let ends = |a, forward, b, back| [abx(Op::ForPrep, a, forward), work, abx(Op::ForLoop, b, back)];
    accepts(&ends(0, 1, 0, 2));
    accepts(&ends(1, 1, 1, 2));
    for wrong in [ends(0, 0, 0, 2), ends(0, 2, 0, 2), ends(0, 1, 0, 1), ends(0, 1, 0, 3), ends(0, 1, 1, 2)] {
        refuses(LOOP, &wrong);
    }
    refuses("invalid register", &ends(2, 1, 2, 2));
    refuses(LOOP, &[abx(Op::ForLoop, 0, 0)]);
    refuses(LOOP, &[abx(Op::ForPrep, 0, 1 << 16)]);
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn generic_loops_have_three_matching_parts() {
    let parts = |prep: (u32, u32), call: (u32, u32), last: (u32, u32)| {
        let code = [
            abx(Op::TForPrep, prep.0, prep.1),
            abc(Op::Move, 4, 4, 0),
            abc(Op::TForCall, call.0, 0, call.1),
            abx(Op::TForLoop, last.0, last.1),
            CLOSING_RETURN,
        ];
        verdict_after(&code, |f| f.max_stack_size = 8)
    };
    const LOOP: &str = "invalid loop";
    assert_eq!(parts((0, 1), (0, 1), (0, 3)), "");
    assert_eq!(parts((1, 1), (1, 3), (1, 3)), "");
    assert_eq!(parts((1, 1), (1, 4), (1, 3)), "invalid register");
    assert_eq!(parts((2, 1), (2, 1), (2, 3)), "invalid register");
    assert_eq!(parts((0, 1), (0, 0), (0, 3)), LOOP);
    assert_eq!(parts((0, 0), (0, 1), (0, 3)), LOOP);
    assert_eq!(parts((1, 1), (0, 1), (0, 3)), LOOP);
    assert_eq!(parts((0, 1), (0, 1), (1, 3)), LOOP);
    assert_eq!(parts((0, 1), (0, 1), (0, 2)), LOOP);
    assert_eq!(parts((0, 1), (0, 1), (0, 9)), LOOP);
}

/// A numeric loop at register 0 around some code.
fn looped(code: &[Instruction]) -> Vec<Instruction> {
    let n = code.len() as u32;
    [&[abx(Op::ForPrep, 0, n)], code, &[abx(Op::ForLoop, 0, n + 1), CLOSING_RETURN]].concat()
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn the_body_of_a_numeric_loop_leaves_its_state_alone() {
    const STATE: &str = "loop state overwritten";
    accepts_all(&looped(&[abc(Op::Move, 3, 0, 0), abc(Op::Call, 4, 1, 1)]));
    for code in [
        abc(Op::Move, 0, 3, 0),
        abc(Op::Move, 2, 3, 0),
        abx(Op::LoadI, 1, 0),
        abc(Op::LoadNil, 0, 4, 0),
        abc(Op::LoadNil, 2, 0, 0),
        abc(Op::SelfOp, 1, 3, 3),
        abc(Op::Concat, 2, 2, 0),
        abc(Op::Call, 2, 1, 1),
        abc(Op::GetUpval, 2, 0, 0),
        abx(Op::Closure, 2, 2),
        // Collections clear what lies above.
        abx(Op::Closure, 0, 2),
        abc(Op::Concat, 0, 2, 0),
    ] {
        refuses_all(STATE, &looped(&[code]));
    }
    refuses_all(STATE, &looped(&[abc(Op::TestSet, 1, 3, 0), jump(0)]));
    refuses_all(STATE, &looped(&[abc(Op::NewTable, 2, 0, 0), extra(0)]));
    refuses_all(STATE, &looped(&[abc(Op::Add, 1, 3, 3), abc(Op::MmBin, 3, 3, 6)]));
    // Not even an inner loop touches it.
    refuses_all(STATE, &looped(&looped(&[])[..2]));
}

#[test]
fn one_enters_a_numeric_loop_through_its_start() {
    let inside = [&[jump(1)][..], &looped(&[abc(Op::Move, 3, 3, 0)])].concat();
    refuses_all("jump into a loop", &inside);
    let at_its_end = [&[jump(2)][..], &looped(&[abc(Op::Move, 3, 3, 0)])].concat();
    refuses_all("jump into a loop", &at_its_end);
    let at_its_start = [&[jump(0)][..], &looped(&[abc(Op::Move, 3, 3, 0)])].concat();
    accepts_all(&at_its_start);
    // Out of it, and about in it.
    accepts_all(&looped(&[jump(2), jump(0), jump(-2)]));
    // Two loops that overlap: the second begins in the first and ends after it.
    let overlap = [abx(Op::ForPrep, 0, 1), abx(Op::ForPrep, 1, 1), abx(Op::ForLoop, 0, 2), abx(Op::ForLoop, 1, 2), RETURN];
    assert_ne!(verdict(&overlap), "");
}

#[test]
fn nobody_else_can_change_the_state_of_a_numeric_loop() {
    const CAPTURED: &str = "captured register reused";
    let capture = abx(Op::Closure, 4, 0);
    // Inside; before, still open; before, closed; behind a jump that may skip the closing.
    refuses_all(CAPTURED, &looped(&[capture]));
    refuses_all(CAPTURED, &[&[capture][..], &looped(&[])].concat());
    accepts_all(&[&[capture, abc(Op::Close, 1, 0, 0)][..], &looped(&[])].concat());
    refuses_all(CAPTURED, &[&[capture, abc(Op::Close, 2, 0, 0)][..], &looped(&[])].concat());
    let maybe = [capture, abc(Op::Test, 3, 0, 0), jump(1), abc(Op::Close, 0, 0, 0)];
    refuses_all(CAPTURED, &[&maybe[..], &looped(&[])].concat());
    // The closure of an earlier turn of an outer loop.
    let outer = [&looped(&[])[..2], &[capture, jump(-4), CLOSING_RETURN]].concat();
    refuses_all(CAPTURED, &outer);
}

#[test]
fn a_callee_does_not_get_captured_registers() {
    const CAPTURED: &str = "captured register reused";
    let capture = abx(Op::Closure, 4, 0);
    accepts_all(&[capture, abc(Op::Call, 2, 1, 1), CLOSING_RETURN]);
    refuses_all(CAPTURED, &[capture, abc(Op::Call, 1, 1, 1), CLOSING_RETURN]);
    refuses_all(CAPTURED, &[capture, abc(Op::Call, 0, 1, 1), CLOSING_RETURN]);
    accepts_all(&[capture, abc(Op::Close, 1, 0, 0), abc(Op::Call, 1, 1, 1), CLOSING_RETURN]);
    // Functions that capture upvalues or nothing are no matter.
    accepts(&[abx(Op::Closure, 4, 1), abx(Op::Closure, 4, 2), abc(Op::Call, 0, 1, 1)]);
}

#[test]
fn a_return_closes_what_is_open() {
    const OPEN: &str = "variable left open";
    for open in [abx(Op::Closure, 4, 0), abc(Op::Tbc, 1, 0, 0)] {
        accepts_all(&[open, CLOSING_RETURN]);
        refuses_all(OPEN, &[open, RETURN]);
        refuses_all(OPEN, &[open, abc(Op::Return1, 0, 2, 0)]);
        refuses_all(OPEN, &[open, abc(Op::Return, 0, 2, 0)]);
        accepts_all(&[open, abc(Op::Close, 1, 0, 0), RETURN]);
        refuses_all(OPEN, &[open, abc(Op::Close, 2, 0, 0), RETURN]);
        let tail = |k| [open, Instruction::abck(Op::TailCall, 3, 1, 0, k), abc(Op::Return, 3, 0, 0), CLOSING_RETURN];
        accepts_all(&tail(true));
        refuses_all(OPEN, &tail(false));
        // Only what can be reached counts.
        accepts_all(&[jump(1), open, RETURN]);
        // A path that comes back.
        refuses_all(OPEN, &[abc(Op::Test, 3, 0, 0), jump(2), open, jump(-4), RETURN]);
    }
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "instructions of 5.4; tests/bytecode damages chunks of both editions")]
fn table_sizes_are_in_proportion_to_the_code() {
    let table = |b, c, k, ax| {
        let new = Instruction::abck(Op::NewTable, 0, b, c, k);
        verdict(&body(&[new, extra(ax)]))
    };
    assert_eq!(table(3, 150, false, 0), "");
    assert_eq!(table(4, 0, false, 0), "invalid table size");
    assert_eq!(table(255, 0, false, 0), "invalid table size");
    assert_eq!(table(0, 151, false, 0), "invalid table size");
    assert_eq!(table(0, 0, true, 1 << 24), "invalid table size");
    refuses("invalid table size", &[abc(Op::SetList, 0, 1, 255)]);
    refuses("invalid table size", &[abck(Op::SetList, 0, 1, 0), extra(1 << 24)]);
}

#[test]
fn the_frame_holds_the_parameters() {
    let shape = |stack, parameters| {
        verdict_after(&[RETURN], |f| {
            f.max_stack_size = stack;
            f.parameters = parameters;
        })
    };
    assert_eq!((shape(2, 2), shape(255, 255)), ("", ""));
    assert_eq!((shape(1, 0), shape(4, 5)), ("invalid stack size", "invalid stack size"));
}

#[test]
fn line_information_fits_the_code() {
    let lines = |deltas: &[i8], absolute: &[u32]| {
        verdict_after(&[abc(Op::Move, 0, 0, 0), RETURN], |f| {
            f.line_info.extend(deltas).unwrap();
            for pc in absolute {
                f.absolute_lines.push(AbsoluteLine { pc: *pc, line: 1 }).unwrap();
            }
        })
    };
    for (deltas, absolute) in [(&[][..], &[][..]), (&[], &[0]), (&[1, -1], &[]), (&[-128, -128], &[0, 1])] {
        assert_eq!(lines(deltas, absolute), "");
    }
    for (deltas, absolute) in
        [(&[1][..], &[][..]), (&[1, 1, 1], &[]), (&[1, 1], &[0]), (&[-128, 1], &[]), (&[-128, 1], &[1]), (&[1, -128], &[1, 1])]
    {
        assert_eq!(lines(deltas, absolute), "invalid line information");
    }
}

#[test]
fn local_variables_lie_in_the_code_in_order() {
    let locals = |ranges: &[(u32, u32)]| {
        verdict_after(&[abc(Op::Move, 0, 0, 0), RETURN], |f| {
            for (start_pc, end_pc) in ranges {
                let local = LocalVariable { name: None, start_pc: *start_pc, end_pc: *end_pc };
                f.locals.push(local).unwrap();
            }
        })
    };
    assert_eq!(locals(&[(0, 2), (0, 1), (1, 1), (2, 2)]), "");
    for wrong in [&[(1, 0)][..], &[(0, 3)], &[(1, 2), (0, 2)]] {
        assert_eq!(locals(wrong), "invalid local variable");
    }
}
