//! Strings that every VM has: one immutable copy in the process, made when the first state is.
//!
//! They are marked as the process's own, so no collector touches them, and no VM lists them in its string table:
//! interning looks here before it makes a new string. A fresh state costs nothing for its library names.

use super::mem::{Allocator, Mem, process_memory};
use super::object::Gc;
use super::string::{self, Str};
use core::ptr;
use std::sync::OnceLock;

/// A string of the process; `get` gives the object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name(pub u16);

macro_rules! names {
    ($($id:ident = $text:literal,)* ; $($more:literal)*) => {
        /// Names that the VM itself refers to.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Number { $($id,)* Count }
        impl Name { $(pub const $id: Name = Name(Number::$id as u16);)* }
        /// All texts: first the ones with a constant, in its order.
        static TEXTS: &[&str] = &[$($text,)* $($more,)*];
        const _: () = assert!(Number::Count as usize <= u16::MAX as usize);
    };
}

// ORDER events: the first 25 are the metamethod events in the order of `vm::meta::Event`.
names! {
    INDEX = "__index",
    NEWINDEX = "__newindex",
    GC = "__gc",
    MODE = "__mode",
    LEN = "__len",
    EQ = "__eq",
    ADD = "__add",
    SUB = "__sub",
    MUL = "__mul",
    MOD = "__mod",
    POW = "__pow",
    DIV = "__div",
    IDIV = "__idiv",
    BAND = "__band",
    BOR = "__bor",
    BXOR = "__bxor",
    SHL = "__shl",
    SHR = "__shr",
    UNM = "__unm",
    BNOT = "__bnot",
    LT = "__lt",
    LE = "__le",
    CONCAT = "__concat",
    CALL = "__call",
    CLOSE = "__close",
    NAME = "__name",
    TOSTRING = "__tostring",
    PAIRS = "__pairs",
    METATABLE = "__metatable",
    ENV = "_ENV",
    NOT_ENOUGH_MEMORY = "not enough memory",
    ERROR_IN_HANDLER = "error in error handling",
    C_STACK_OVERFLOW = "C stack overflow",
    EMPTY = "",
    LOADED = "_LOADED",
    PRELOAD = "_PRELOAD",
    GLOBAL_TABLE = "_G",
    INTEGER = "integer",
    FLOAT = "float",
    NIL = "nil",
    BOOLEAN = "boolean",
    USERDATA = "userdata",
    NUMBER = "number",
    STRING = "string",
    TABLE = "table",
    FUNCTION = "function",
    THREAD = "thread",
    N = "n",
    NO_ERROR_OBJECT = "<no error object>",
    CALL_EVENT = "call",
    RETURN_EVENT = "return",
    LINE_EVENT = "line",
    COUNT_EVENT = "count",
    TAIL_CALL_EVENT = "tail call",
    HOOKS = "_HOOKKEY",
    ;
    "no value"
    "_VERSION" "Lua 5.4" "Lua 5.5" "assert" "collectgarbage" "dofile" "error" "getmetatable" "ipairs" "loadfile" "load"
    "next" "pairs" "print" "warn" "rawequal" "rawlen" "rawget" "rawset" "require" "select" "setmetatable" "tonumber"
    "tostring" "type" "xpcall" "pcall"
    "package" "coroutine" "io" "os" "math" "utf8" "debug"
    "create" "resume" "running" "status" "wrap" "yield" "isyieldable" "close"
    "config" "path" "cpath" "preload" "loaded" "searchers" "loadlib" "searchpath"
    "byte" "char" "dump" "find" "format" "gmatch" "gsub" "len" "lower" "match" "rep" "reverse" "sub" "upper" "pack"
    "packsize" "unpack"
    "concat" "insert" "move" "remove" "sort"
    "abs" "ceil" "floor" "max" "min" "fmod" "modf" "log" "exp" "sqrt" "sin" "cos" "tan" "asin" "acos" "atan" "deg" "rad"
    "random" "randomseed" "tointeger" "ult" "pi" "huge" "maxinteger" "mininteger"
    "cosh" "sinh" "tanh" "pow" "frexp" "ldexp" "log10" "atan2"
    "input" "lines" "open" "output" "popen" "read" "tmpfile" "write" "stdin" "stdout" "stderr" "flush" "seek" "setvbuf"
    "FILE*" "_IO_input" "_IO_output" "file" "closed file" "_CLIBS"
    "clock" "date" "difftime" "execute" "exit" "getenv" "rename" "setlocale" "time" "tmpname"
    "year" "month" "day" "hour" "yday" "wday" "isdst"
    "codes" "codepoint" "offset" "charpattern"
    "gethook" "getinfo" "getlocal" "getregistry" "getupvalue" "getuservalue" "sethook" "setlocal" "setupvalue"
    "setuservalue" "traceback" "upvalueid" "upvaluejoin" "setcstacklimit"
    "source" "short_src" "linedefined" "lastlinedefined" "what" "currentline" "name" "namewhat" "nups" "nparams"
    "isvararg" "istailcall" "ftransfer" "ntransfer" "activelines" "func"
    "main" "Lua" "C" "k" "v" "kv" "collect" "step" "stop" "restart" "isrunning" "generational" "incremental"
    "setpause" "setstepmul" "param" "minormul" "majorminor" "minormajor" "pause" "stepmul" "stepsize" "extraargs"
}

struct Names {
    all: Vec<Gc<Str>>,
    /// Open addressing over the hashes: hash, and index plus one or zero for free.
    index: Vec<(u32, u32)>,
}

// SAFETY: the strings are immutable after construction and live for ever.
unsafe impl Send for Names {}
// SAFETY: as above.
unsafe impl Sync for Names {}

static NAMES: OnceLock<Names> = OnceLock::new();

/// Makes the names, once in the process. Must have returned before any of them is used: `lua_newstate` calls it.
pub fn init() {
    NAMES.get_or_init(|| {
        let allocator = Allocator::new(process_memory, ptr::null_mut());
        let mem = Mem::new(&allocator);
        let all: Vec<Gc<Str>> =
            TEXTS.iter().map(|t| string::new_static(mem, t.as_bytes()).expect("memory for the static names")).collect();
        // Most texts that are looked up are not here: a sparse index says so at once.
        let size = (all.len() * 4).next_power_of_two();
        let mut index = vec![(0u32, 0u32); size];
        for (i, s) in all.iter().enumerate() {
            let mut slot = s.hash() as usize & (size - 1);
            while index[slot].1 != 0 {
                slot = (slot + 1) & (size - 1);
            }
            index[slot] = (s.hash(), i as u32 + 1);
        }
        Names { all, index }
    });
}

#[inline(always)]
fn names() -> &'static Names {
    debug_assert!(NAMES.get().is_some());
    // SAFETY: `init` ran before the first state existed.
    unsafe { NAMES.get().unwrap_unchecked() }
}

impl Name {
    /// The string object.
    #[inline(always)]
    pub fn get(self) -> Gc<Str> {
        names().all[self.0 as usize]
    }

    pub fn text(self) -> &'static str {
        TEXTS[self.0 as usize]
    }
}

/// Whether this is one of the static strings.
pub fn is_name(s: Gc<Str>) -> bool {
    s.is_short() && find(s.bytes(), s.hash()) == Some(s)
}

/// The static string with this text.
#[inline]
pub fn find(text: &[u8], hash: u32) -> Option<Gc<Str>> {
    let n = names();
    let mask = n.index.len() - 1;
    let mut slot = hash as usize & mask;
    loop {
        let (listed, i) = n.index[slot];
        let i = i.checked_sub(1)?;
        if listed == hash {
            let s = n.all[i as usize];
            if s.bytes() == text {
                return Some(s);
            }
        }
        slot = (slot + 1) & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_listed_twice_and_all_are_short() {
        let mut seen = std::collections::HashSet::new();
        for t in TEXTS {
            assert!(seen.insert(*t), "{t} is listed twice");
            assert!(t.len() <= string::MAX_SHORT);
        }
    }

    #[test]
    fn every_name_is_found_by_its_text() {
        init();
        for (i, t) in TEXTS.iter().enumerate() {
            assert_eq!(find(t.as_bytes(), string::hash_bytes(t.as_bytes())), Some(Name(i as u16).get()));
        }
        assert_eq!(find(b"not a name", string::hash_bytes(b"not a name")), None);
    }
}
