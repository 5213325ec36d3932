//! The opcodes, declared once.
//!
//! Everything that depends on the list (numbers, names, formats, properties) is generated from the table below.
//! In the descriptions `R[x]` is a register, `K[x]` a constant, `U[x]` an upvalue, `RK(C)` is `K[C]` when the bit `k`
//! is set and `R[C]` otherwise. `pc` already points past the instruction.
//!
//! Invariant: the order is the numbering of binary chunks, except where an entry says its number, which then depends on
//! the edition. Opcodes that an edition lacks are numbered after all those that it has, from `Opcode::COUNT` on: nothing
//! makes or accepts them. The compiler counts on these runs being in operator order:
//! `ADDK..BXORK`, `ADD..SHR`, `EQ LT LE`, `EQI LTI LEI GTI GEI`, `UNM BNOT NOT LEN`.

use crate::edition::{LUA_5_5, OPCODES};

/// How the operand bits of an instruction are divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A (8 bits), k (1), B (8), C (8).
    ABC,
    /// A (8 bits), k (1), and operands for table constructors: `Instruction::list_b` and `list_c`.
    List,
    /// A (8 bits), an unsigned Bx (17).
    ABx,
    /// A (8 bits), a signed sBx (17).
    AsBx,
    /// One unsigned operand (25 bits).
    Ax,
    /// One signed operand (25 bits): a jump distance.
    SJ,
}

/// Properties of an opcode, one bit each.
mod property {
    /// Writes register A.
    pub const SETS_A: u8 = 1 << 0;
    /// A test: the next instruction is a jump.
    pub const TEST: u8 = 1 << 1;
    /// With B == 0 it takes operands up to the top that the previous instruction left.
    pub const TOP_IN: u8 = 1 << 2;
    /// With C == 0 it leaves the top for the next instruction.
    pub const TOP_OUT: u8 = 1 << 3;
    /// Calls the metamethod of the operation before it.
    pub const METAMETHOD: u8 = 1 << 4;
}

macro_rules! opcodes {
    ($($name:ident $(= $number:expr,)? $text:literal $format:ident [$($property:ident)*] $meaning:literal;)*) => {
        /// The operation of an instruction.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Opcode {
            $(
                #[doc = $meaning]
                #[doc(alias = $text)]
                $name $(= $number)?,
            )*
        }

        /// Every edition's opcodes with what is known of them, by number.
        const TABLE: [Entry; [$($text),*].len()] = {
            let listed = [$(Entry {
                opcode: Opcode::$name,
                name: $text,
                format: Format::$format,
                properties: 0 $(| property::$property)*,
            }),*];
            let mut table = listed;
            let mut i = 0;
            while i < listed.len() {
                table[listed[i].opcode as usize] = listed[i];
                i += 1;
            }
            table
        };
    };
}

#[derive(Clone, Copy)]
struct Entry {
    opcode: Opcode,
    name: &'static str,
    format: Format,
    properties: u8,
}

opcodes! {
    Move       "MOVE"       ABC  [SETS_A]                "`R[A] := R[B]`";
    LoadI      "LOADI"      AsBx [SETS_A]                "`R[A] := sBx` (integer)";
    LoadF      "LOADF"      AsBx [SETS_A]                "`R[A] := sBx` as a float";
    LoadK      "LOADK"      ABx  [SETS_A]                "`R[A] := K[Bx]`";
    LoadKX     "LOADKX"     ABx  [SETS_A]                "`R[A] := K[Ax of the EXTRAARG that follows]`";
    LoadFalse  "LOADFALSE"  ABC  [SETS_A]                "`R[A] := false`";
    LFalseSkip "LFALSESKIP" ABC  [SETS_A]                "`R[A] := false` and skip one instruction: turns a condition into a value";
    LoadTrue   "LOADTRUE"   ABC  [SETS_A]                "`R[A] := true`";
    LoadNil    "LOADNIL"    ABC  [SETS_A]                "`R[A], ..., R[A+B] := nil`";
    GetUpval   "GETUPVAL"   ABC  [SETS_A]                "`R[A] := U[B]`";
    SetUpval   "SETUPVAL"   ABC  []                      "`U[B] := R[A]`";
    GetTabUp   "GETTABUP"   ABC  [SETS_A]                "`R[A] := U[B][K[C]]`, the key a short string";
    GetTable   "GETTABLE"   ABC  [SETS_A]                "`R[A] := R[B][R[C]]`";
    GetI       "GETI"       ABC  [SETS_A]                "`R[A] := R[B][C]`, C an integer";
    GetField   "GETFIELD"   ABC  [SETS_A]                "`R[A] := R[B][K[C]]`, the key a short string";
    SetTabUp   "SETTABUP"   ABC  []                      "`U[A][K[B]] := RK(C)`, the key a short string";
    SetTable   "SETTABLE"   ABC  []                      "`R[A][R[B]] := RK(C)`";
    SetI       "SETI"       ABC  []                      "`R[A][B] := RK(C)`, B an integer";
    SetField   "SETFIELD"   ABC  []                      "`R[A][K[B]] := RK(C)`, the key a short string";
    NewTable   "NEWTABLE"   List [SETS_A]                "`R[A] := {}`; B is 0 or one more than log2 of the hash size, C the array size (plus, with k, EXTRAARG in units of the range of C); an EXTRAARG always follows";
    SelfOp     "SELF"       ABC  [SETS_A]                "`R[A+1] := R[B]; R[A] := R[B][RK(C)]`, the key a string; in 5.5 always a short one, `K[C]`";
    AddI       "ADDI"       ABC  [SETS_A]                "`R[A] := R[B] + sC`";
    AddK       "ADDK"       ABC  [SETS_A]                "`R[A] := R[B] + K[C]`, a number";
    SubK       "SUBK"       ABC  [SETS_A]                "`R[A] := R[B] - K[C]`, a number";
    MulK       "MULK"       ABC  [SETS_A]                "`R[A] := R[B] * K[C]`, a number";
    ModK       "MODK"       ABC  [SETS_A]                "`R[A] := R[B] % K[C]`, a number";
    PowK       "POWK"       ABC  [SETS_A]                "`R[A] := R[B] ^ K[C]`, a number";
    DivK       "DIVK"       ABC  [SETS_A]                "`R[A] := R[B] / K[C]`, a number";
    IDivK      "IDIVK"      ABC  [SETS_A]                "`R[A] := R[B] // K[C]`, a number";
    BAndK      "BANDK"      ABC  [SETS_A]                "`R[A] := R[B] & K[C]`, an integer";
    BOrK       "BORK"       ABC  [SETS_A]                "`R[A] := R[B] | K[C]`, an integer";
    BXorK      "BXORK"      ABC  [SETS_A]                "`R[A] := R[B] ~ K[C]`, an integer";
    ShrI       = if LUA_5_5 { 33 } else { 32 },
               "SHRI"       ABC  [SETS_A]                "`R[A] := R[B] >> sC`";
    ShlI       = if LUA_5_5 { 32 } else { 33 },
               "SHLI"       ABC  [SETS_A]                "`R[A] := sC << R[B]`";
    Add        = 34,
               "ADD"        ABC  [SETS_A]                "`R[A] := R[B] + R[C]`";
    Sub        "SUB"        ABC  [SETS_A]                "`R[A] := R[B] - R[C]`";
    Mul        "MUL"        ABC  [SETS_A]                "`R[A] := R[B] * R[C]`";
    Mod        "MOD"        ABC  [SETS_A]                "`R[A] := R[B] % R[C]`";
    Pow        "POW"        ABC  [SETS_A]                "`R[A] := R[B] ^ R[C]`";
    Div        "DIV"        ABC  [SETS_A]                "`R[A] := R[B] / R[C]`";
    IDiv       "IDIV"       ABC  [SETS_A]                "`R[A] := R[B] // R[C]`";
    BAnd       "BAND"       ABC  [SETS_A]                "`R[A] := R[B] & R[C]`";
    BOr        "BOR"        ABC  [SETS_A]                "`R[A] := R[B] | R[C]`";
    BXor       "BXOR"       ABC  [SETS_A]                "`R[A] := R[B] ~ R[C]`";
    Shl        "SHL"        ABC  [SETS_A]                "`R[A] := R[B] << R[C]`";
    Shr        "SHR"        ABC  [SETS_A]                "`R[A] := R[B] >> R[C]`";
    MmBin      "MMBIN"      ABC  [METAMETHOD]            "metamethod number C over `R[A]` and `R[B]`: follows a binary operation, which skips it when it succeeds";
    MmBinI     "MMBINI"     ABC  [METAMETHOD]            "metamethod number C over `R[A]` and sB; k: the operands are swapped";
    MmBinK     "MMBINK"     ABC  [METAMETHOD]            "metamethod number C over `R[A]` and `K[B]`; k: the operands are swapped";
    Unm        "UNM"        ABC  [SETS_A]                "`R[A] := -R[B]`";
    BNot       "BNOT"       ABC  [SETS_A]                "`R[A] := ~R[B]`";
    Not        "NOT"        ABC  [SETS_A]                "`R[A] := not R[B]`";
    Len        "LEN"        ABC  [SETS_A]                "`R[A] := #R[B]`";
    Concat     "CONCAT"     ABC  [SETS_A]                "`R[A] := R[A] .. ... .. R[A+B-1]`";
    Close      "CLOSE"      ABC  []                      "close upvalues and to-be-closed variables at `R[A]` and above";
    Tbc        "TBC"        ABC  []                      "`R[A]` becomes a to-be-closed variable";
    Jmp        "JMP"        SJ   []                      "`pc += sJ`";
    Eq         "EQ"         ABC  [TEST]                  "if `(R[A] == R[B]) ~= k` skip the jump that follows";
    Lt         "LT"         ABC  [TEST]                  "if `(R[A] < R[B]) ~= k` skip the jump that follows";
    Le         "LE"         ABC  [TEST]                  "if `(R[A] <= R[B]) ~= k` skip the jump that follows";
    EqK        "EQK"        ABC  [TEST]                  "if `(R[A] == K[B]) ~= k` skip the jump that follows";
    EqI        "EQI"        ABC  [TEST]                  "if `(R[A] == sB) ~= k` skip the jump that follows; in these five, C says that sB stood as a float in the source";
    LtI        "LTI"        ABC  [TEST]                  "if `(R[A] < sB) ~= k` skip the jump that follows";
    LeI        "LEI"        ABC  [TEST]                  "if `(R[A] <= sB) ~= k` skip the jump that follows";
    GtI        "GTI"        ABC  [TEST]                  "if `(R[A] > sB) ~= k` skip the jump that follows";
    GeI        "GEI"        ABC  [TEST]                  "if `(R[A] >= sB) ~= k` skip the jump that follows";
    Test       "TEST"       ABC  [TEST]                  "if `(not R[A]) == k` skip the jump that follows";
    TestSet    "TESTSET"    ABC  [TEST SETS_A]           "if `(not R[B]) == k` skip the jump that follows, else `R[A] := R[B]`";
    Call       "CALL"       ABC  [SETS_A TOP_IN TOP_OUT] "`R[A], ..., R[A+C-2] := R[A](R[A+1], ..., R[A+B-1])`; B == 0: arguments up to the top, C == 0: all results, and the top marks their end";
    TailCall   "TAILCALL"   ABC  [SETS_A TOP_IN TOP_OUT] "`return R[A](R[A+1], ..., R[A+B-1])`; k and C as in RETURN";
    Return     "RETURN"     ABC  [TOP_IN]                "`return R[A], ..., R[A+B-2]`; B == 0: up to the top; k: close upvalues first; C > 0: a function with C-1 parameters whose extra arguments lie below its frame";
    Return0    "RETURN0"    ABC  []                      "`return`";
    Return1    "RETURN1"    ABC  []                      "`return R[A]`";
    ForLoop    "FORLOOP"    ABx  [SETS_A]                "step the numeric loop at `R[A]`; if it goes on `pc -= Bx`; see `vm::forloop` for the registers";
    ForPrep    "FORPREP"    ABx  [SETS_A]                "check and prepare the numeric loop at `R[A]`; if it does not run `pc += Bx + 1`";
    TForPrep   "TFORPREP"   ABx  []                      "`R[A+3]` becomes a to-be-closed variable (in 5.5: changes places with `R[A+2]` first, which then becomes one); `pc += Bx`";
    TForCall   "TFORCALL"   ABC  []                      "`R[A+4], ..., R[A+3+C] := R[A](R[A+1], R[A+2])`; in 5.5 `R[A+3], ..., R[A+2+C] := R[A](R[A+1], R[A+3])`";
    TForLoop   "TFORLOOP"   ABx  [SETS_A]                "if `R[A+4] ~= nil` then `R[A+2] := R[A+4]; pc -= Bx`; in 5.5 if `R[A+3] ~= nil` then `pc -= Bx`";
    SetList    "SETLIST"    List [TOP_IN]                "`R[A][C+i] := R[A+i]` for i in 1..=B; B == 0: up to the top; k: EXTRAARG follows and counts in units of the range of C";
    Closure    "CLOSURE"    ABx  [SETS_A]                "`R[A] := closure of nested function Bx`";
    VarArg     "VARARG"     ABC  [SETS_A TOP_OUT]        "`R[A], ..., R[A+C-2] := ...`; C == 0: all, and the top marks their end; k: they are in the table `R[B]`";
    GetVarArg  = if LUA_5_5 { 81 } else { 83 },
               "GETVARG"    ABC  [SETS_A]                "`R[A] := R[B][R[C]]`, where `R[B]` is the vararg table of a function that makes none";
    ErrNotNil  = if LUA_5_5 { 82 } else { 84 },
               "ERRNNIL"    ABx  []                      "raise unless `R[A]` is nil: the global `K[Bx-1]` (unknown for 0) is defined already";
    VarArgPrep = if LUA_5_5 { 83 } else { 81 },
               "VARARGPREP" ABC  [SETS_A TOP_IN]         "set the extra arguments of a function with A parameters (in 5.5 A is zero) aside, or put them into a table";
    ExtraArg   = if LUA_5_5 { 84 } else { 82 },
               "EXTRAARG"   Ax   []                      "operand of the instruction before it";
}

impl Opcode {
    /// Opcodes of this edition.
    pub const COUNT: usize = OPCODES;

    /// They, in numeric order.
    pub const ALL: [Opcode; Opcode::COUNT] = {
        let mut all = [Opcode::Move; Opcode::COUNT];
        let mut i = 0;
        while i < Opcode::COUNT {
            all[i] = TABLE[i].opcode;
            i += 1;
        }
        all
    };

    /// The opcode with this number, if there is one.
    #[inline]
    pub const fn from_u8(number: u8) -> Option<Opcode> {
        if (number as usize) < Opcode::COUNT {
            // SAFETY: `repr(u8)` with consecutive numbers from 0, and this is one of them.
            Some(unsafe { core::mem::transmute::<u8, Opcode>(number) })
        } else {
            None
        }
    }

    /// The opcode `distance` places after this one: for the runs in operator order.
    #[inline]
    pub const fn offset(self, distance: u8) -> Opcode {
        Opcode::ALL[self as usize + distance as usize]
    }

    /// The name that `luac -l` prints.
    pub const fn name(self) -> &'static str {
        TABLE[self as usize].name
    }

    pub const fn format(self) -> Format {
        TABLE[self as usize].format
    }

    #[inline]
    const fn has(self, property: u8) -> bool {
        TABLE[self as usize].properties & property != 0
    }

    /// Whether it writes register A.
    pub const fn sets_a(self) -> bool {
        self.has(property::SETS_A)
    }

    /// Whether it is a test, that is, followed by a jump.
    pub const fn is_test(self) -> bool {
        self.has(property::TEST)
    }

    /// Whether, with B == 0, it takes operands up to the top.
    pub const fn uses_top(self) -> bool {
        self.has(property::TOP_IN)
    }

    /// Whether, with C == 0, it sets the top.
    pub const fn sets_top(self) -> bool {
        self.has(property::TOP_OUT)
    }

    /// Whether it calls the metamethod of the operation before it.
    pub const fn is_metamethod(self) -> bool {
        self.has(property::METAMETHOD)
    }
}
