//! Binary chunks as a whole: what the compiler makes comes back unchanged, what is damaged is refused.

use super::draft::{Draft, SymbolPool};
use super::dump::dump;
use super::input::{Input, Reader};
use super::testing::{compile, many_functions_with_a_long_name, with_mem};
use super::undump::undump;
use super::view::DraftView;
use crate::bytecode::{Instruction, Opcode};
use crate::edition::LUA_5_5;
use crate::heap::mem::{Buf, Mem};
use crate::throw::{Result, Throw};
use std::time::{Duration, Instant};

/// Code that uses every instruction.
const SOURCE: &str = r#"
    local a, b, c = ...
    local t = {1, 2, x = 3, ["y z"] = 4, ...}
    local long = "a string that is longer than the forty bytes of a short one"
    local function f(p, ...) local q <close> = p; return select('#', ...) end
    for i = 1, 10 do t[i] = i + 1.5; if i == 5 then break end end
    for i = 10, 1, -1 do local function g() return i end; t.x = g end
    for k, v in pairs(t) do t[k] = v .. "!" .. k; if v then goto continue end; t = nil ::continue:: end
    while a < b and b <= c or not a do a = a // 2; b = b % 3; c = c ^ 2 end
    repeat local u = t.x; t.y = function() u = u + 1; return u end until u == nil
    a = a & 7 | b ~ 3 << c >> 2; b = ~a; c = -b; a = #t
    a = b < 1; b = c > 2.0; c = a ~= "k"; t[1] = nil; t[a] = t[b]; t.x.y:z(1)
    a, b = 1e300, 0x7fffffffffffffff; c = 5 // a - 10 / b * 3; c = 2 << a; c = a == 3 and b or c
    local n = nil; global = n; t.f = t; t[2] = 3
    a = 1.0; b = false; c = t[1]; a = b - 2.5; b = c / 3; c = a | 5; a = b ~ 6; c = a + b; b = a * c; a = b % c; c = b ^ a
    a = b & c; b = a << c; c = b >> a; a = b | c; b = not a; c = a == b; a = b <= 3; c = a >= 4; b = -a + (a - b) / c // b ~ a
    do local x <const> = 10; local y <close> = nil; print(x + a) end
    return f(a, b, t:m(...), ...)
"#;

fn bytes_of(draft: &Draft, strip: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end = dump(draft.symbols.mem(), DraftView::main(draft), strip, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(0)
    });
    assert_eq!(end, Ok(0));
    bytes
}

fn read(mem: Mem, mut bytes: &[u8]) -> core::result::Result<Draft, String> {
    let mut message = Buf::new(mem);
    match undump(mem, &mut Input::new(&mut bytes), b"=name", &mut message) {
        Ok(draft) => Ok(draft),
        Err(Throw::Syntax) => Err(String::from_utf8(message.to_vec()).expect("messages are text")),
        Err(other) => Err(format!("{other:?}")),
    }
}

fn refusal(mem: Mem, bytes: &[u8]) -> String {
    match read(mem, bytes) {
        Ok(_) => "accepted".into(),
        Err(message) => message,
    }
}

#[test]
fn every_instruction_passes() {
    with_mem(|mem| {
        // More constants than LOADK can count.
        let many_constants: String = (0..(1 << 17) + 2).map(|i| format!("x={i}.5 ")).collect();
        let mut seen = [false; Opcode::COUNT];
        let new = if LUA_5_5 { "global x = 1; local function f(... t) return t[1] end" } else { "" };
        for source in [SOURCE, new, &format!("local x {many_constants}")] {
            let draft = compile(mem, source);
            let bytes = bytes_of(&draft, true);
            assert!(read(mem, &bytes).is_ok_and(|back| bytes_of(&back, true) == bytes));
            for function in 0..draft.functions.len() as u32 {
                for word in draft.functions[function].code.iter() {
                    seen[Instruction(*word).opcode() as usize] = true;
                }
            }
        }
        let missing: Vec<_> = Opcode::ALL.iter().filter(|op| !seen[**op as usize]).collect();
        assert!(missing.is_empty(), "{missing:?}");
    });
}

#[test]
fn what_was_dumped_comes_back_the_same() {
    with_mem(|mem| {
        let draft = compile(mem, SOURCE);
        for strip in [false, true] {
            let bytes = bytes_of(&draft, strip);
            let back = read(mem, &bytes).expect("compiled code is valid");
            assert_eq!(bytes_of(&back, strip), bytes);
        }
        assert!(bytes_of(&draft, true).len() < bytes_of(&draft, false).len());
    });
}

#[test]
fn a_chunk_that_ends_too_soon_is_truncated_wherever_it_ends() {
    with_mem(|mem| {
        let bytes = bytes_of(&compile(mem, SOURCE), false);
        for end in 0..bytes.len() {
            assert_eq!(refusal(mem, &bytes[..end]), "name: bad binary format (truncated chunk)", "at {end}");
        }
    });
}

#[test]
fn a_damaged_header_is_named() {
    with_mem(|mem| {
        let bytes = bytes_of(&compile(mem, "return 1"), false);
        let places_5_5 = [
            (1, "not a binary chunk"),
            (4, "version mismatch"),
            (5, "format mismatch"),
            (6, "corrupted chunk"),
            (12, "int size mismatch"),
            (13, "int format mismatch"),
            (17, "instruction size mismatch"),
            (18, "instruction format mismatch"),
            (22, "Lua integer size mismatch"),
            (23, "Lua integer format mismatch"),
            (31, "Lua number size mismatch"),
            (32, "Lua number format mismatch"),
        ];
        let places = [
            (1, "not a binary chunk"),
            (4, "version mismatch"),
            (5, "format mismatch"),
            (6, "corrupted chunk"),
            (12, "Instruction size mismatch"),
            (13, "lua_Integer size mismatch"),
            (14, "lua_Number size mismatch"),
            (15, "integer format mismatch"),
            (23, "float format mismatch"),
        ];
        let places: &[(usize, &str)] = if LUA_5_5 { &places_5_5 } else { &places };
        for &(at, why) in places {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            assert_eq!(refusal(mem, &damaged), format!("name: bad binary format ({why})"));
        }
        let mut damaged = bytes.clone();
        let (at, why) = if LUA_5_5 { (40, "corrupted chunk") } else { (31, "wrong number of upvalues") };
        damaged[at] = 2;
        assert_eq!(refusal(mem, &damaged), format!("name: bad binary format ({why})"));
    });
}

#[test]
fn a_size_that_is_too_large_for_its_type_overflows() {
    with_mem(|mem| {
        let mut bytes = bytes_of(&compile(mem, "return 1"), true);
        // The first line of the function: more than 31 bits.
        if LUA_5_5 {
            bytes.truncate(41);
            bytes.extend([0xFF; 5]);
            assert_eq!(refusal(mem, &bytes), "name: bad binary format (integer overflow)");
            return;
        }
        bytes.truncate(33);
        bytes.extend([0x7F; 5]);
        assert_eq!(refusal(mem, &bytes), "name: bad binary format (integer overflow)");
        bytes.truncate(32);
        // The length of its source: more than 64 bits.
        bytes.extend([0x7F; 10]);
        assert_eq!(refusal(mem, &bytes), "name: bad binary format (integer overflow)");
    });
}

#[test]
fn names_in_messages_lose_their_mark() {
    with_mem(|mem| {
        for (name, shown) in
            [(&b"@file.lua"[..], "file.lua"), (b"=(load)", "(load)"), (b"\x1bLua", "binary string"), (b"text", "text"), (b"", "")]
        {
            let mut message = Buf::new(mem);
            let mut bytes: &[u8] = b"\x1b";
            assert_eq!(undump(mem, &mut Input::new(&mut bytes), name, &mut message).err(), Some(Throw::Syntax));
            let expected = format!("{shown}: bad binary format (truncated chunk)");
            assert_eq!(core::str::from_utf8(&message), Ok(&expected[..]));
        }
    });
}

#[test]
fn a_reader_that_raises_ends_the_undump_with_its_error() {
    struct Raising<'a>(&'a [u8]);
    impl Reader for Raising<'_> {
        fn piece(&mut self) -> Result<&[u8]> {
            let piece = core::mem::take(&mut self.0);
            if piece.is_empty() { Err(Throw::Run) } else { Ok(piece) }
        }
    }
    with_mem(|mem| {
        let bytes = bytes_of(&compile(mem, SOURCE), false);
        for end in (1..bytes.len()).step_by(7) {
            let mut message = Buf::new(mem);
            let mut reader = Raising(&bytes[..end]);
            let result = undump(mem, &mut Input::new(&mut reader), b"=x", &mut message);
            assert_eq!(result.err(), Some(Throw::Run));
        }
    });
}

#[test]
fn a_writer_stops_the_dump_with_a_status_or_an_error() {
    with_mem(|mem| {
        let draft = compile(mem, SOURCE);
        let mut calls = 0;
        let mut writer = |_: &[u8]| {
            calls += 1;
            Ok(if calls == 2 { 7 } else { 0 })
        };
        assert_eq!(dump(mem, DraftView::main(&draft), false, &mut writer), Ok(7));
        assert_eq!(calls, 2);
        assert_eq!(dump(mem, DraftView::main(&draft), false, &mut |_| Err(Throw::Memory)), Err(Throw::Memory));
    });
}

#[test]
fn the_name_of_a_chunk_is_not_read_for_each_function() {
    with_mem(|mem| {
        let draft = many_functions_with_a_long_name(mem);
        let start = Instant::now();
        let bytes = bytes_of(&draft, false);
        assert!(start.elapsed() < Duration::from_secs(2), "took {:?}", start.elapsed());
        let rest = bytes.len() - draft.symbols.bytes(draft.functions[0].source.expect("a name")).len();
        assert!(rest < draft.functions.len() * 100, "the name is in the chunk once: {rest} other bytes");
    });
}

#[test]
fn a_name_is_one_symbol_however_many_there_are() {
    with_mem(|mem| {
        // Texts that are no names lie before and between them.
        for unnamed in [0, 3, 20] {
            let mut pool = SymbolPool::new(mem);
            let text = [b'x'; 100];
            (0..unnamed).for_each(|_| assert!(pool.append(&text).is_ok()));
            let names: Vec<String> = (0..100).map(|i| format!("name {i}")).collect();
            let mut symbols = Vec::new();
            for name in &names {
                symbols.push(pool.intern(name.as_bytes()).expect("there is memory"));
                assert!(pool.append(&text).is_ok());
                for (name, symbol) in names.iter().zip(&symbols) {
                    assert_eq!(pool.intern(name.as_bytes()), Ok(*symbol));
                }
            }
            assert_eq!(pool.len(), unnamed + 2 * names.len());
            assert!(names.iter().zip(&symbols).all(|(name, symbol)| pool.bytes(*symbol) == name.as_bytes()));
        }
    });
}

#[test]
fn an_equal_text_is_another_source_if_it_is_another_string() {
    with_mem(|mem| {
        let mut draft = compile(mem, "return function() end");
        // Too long to be one string for all who have it.
        let text = [b'x'; 100];
        let name = |draft: &mut Draft| Some(draft.symbols.append(&text).expect("there is memory"));
        draft.functions[0].source = name(&mut draft);
        draft.functions[1].source = draft.functions[0].source;
        let same = bytes_of(&draft, false).len();
        draft.functions[1].source = name(&mut draft);
        // 5.5 writes no text twice.
        let repeated = if LUA_5_5 { 0 } else { text.len() };
        assert_eq!(bytes_of(&draft, false).len(), same + repeated);
    });
}

#[test]
fn functions_nest_as_deep_as_the_compiler_lets_them() {
    with_mem(|mem| {
        let nested = |n: usize| {
            // A main function is the first level.
            let head = "return function() ".repeat(n - 1);
            let tail = " end".repeat(n - 1);
            format!("{head} {tail}")
        };
        let bytes = bytes_of(&compile(mem, &nested(60)), true);
        assert!(read(mem, &bytes).is_ok());
        if LUA_5_5 {
            // Chunks made by hand must be aligned, level by level.
            return;
        }
        // Deeper than any compiler: one function repeated as its own only nested one.
        let (head, one) = nest_by_hand(&bytes_of(&compile(mem, "return"), true));
        for (levels, accepted) in [(199, true), (200, false), (100_000, false)] {
            let mut bytes = head.clone();
            for _ in 0..levels {
                bytes.extend(&one);
                bytes.push(0x81);
            }
            bytes.extend(&one);
            bytes.push(0x80);
            for _ in 0..=levels {
                bytes.extend([0x80; 4]);
            }
            match accepted {
                true => assert!(read(mem, &bytes).is_ok()),
                false => {
                    let expected = "name: bad binary format (functions nested too deeply)";
                    assert_eq!(refusal(mem, &bytes), expected);
                }
            }
        }
    });
}

/// The header of a stripped chunk, and its function up to the number of nested ones.
fn nest_by_hand(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    // Behind the function: number of nested functions and four empty parts of debug information.
    let (header, function) = bytes.split_at(32);
    (header.to_vec(), function[..function.len() - 5].to_vec())
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

#[test]
fn damaged_chunks_are_refused_or_valid_and_never_take_much_memory() {
    with_mem(|mem| {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let mut accepted = 0;
        for strip in [false, true] {
            let bytes = bytes_of(&compile(mem, SOURCE), strip);
            for _ in 0..3000 {
                let mut damaged = bytes.clone();
                for _ in 0..=dice.below(3) {
                    let at = dice.below(damaged.len());
                    match dice.below(4) {
                        0 => damaged[at] = dice.below(256) as u8,
                        1 => damaged[at] ^= 1 << dice.below(8),
                        2 => damaged[at] = 0x7F,
                        _ => drop(damaged.drain(at..(at + dice.below(4)).min(bytes.len() - 4).max(at))),
                    }
                }
                let before = mem.allocator().held();
                if let Ok(draft) = read(mem, &damaged) {
                    accepted += 1;
                    // What passed can be written and read again.
                    let again = bytes_of(&draft, false);
                    assert!(read(mem, &again).is_ok());
                    assert!(mem.allocator().held() - before < 40 * bytes.len());
                }
            }
        }
        assert!(accepted > 500, "the damage leaves hardly any chunk valid: {accepted}");
    });
}
