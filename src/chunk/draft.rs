//! What the compiler and the undumper produce: a function tree that belongs to no VM yet.
//!
//! Strings are symbols: indices into the draft's own string pool. `materialize` turns a draft into prototypes of one VM
//! (or, for shared code, of the process), interning each distinct string once.

use crate::heap::mem::{Buf, Mem};
use crate::heap::string::hash_bytes;
use crate::throw::Result;

/// A string of the pool: its index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol(pub u32);

/// The distinct strings of one chunk, in one buffer.
pub struct SymbolPool {
    bytes: Buf<u8>,
    /// End offset of each symbol in `bytes` (its start is the end of the one before).
    ends: Buf<usize>,
    /// Open-addressing index: symbol number plus one, zero for free. A power of two long.
    index: Buf<u32>,
    hashes: Buf<u32>,
}

impl SymbolPool {
    pub fn new(mem: Mem) -> SymbolPool {
        SymbolPool { bytes: Buf::new(mem), ends: Buf::new(mem), index: Buf::new(mem), hashes: Buf::new(mem) }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn mem(&self) -> Mem {
        self.ends.mem()
    }

    pub fn bytes(&self, symbol: Symbol) -> &[u8] {
        let i = symbol.0 as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.bytes[start..self.ends[i]]
    }

    /// The hash of the string in every VM of the process.
    pub fn hash(&self, symbol: Symbol) -> u32 {
        self.hashes[symbol.0 as usize]
    }

    /// The symbol for `text`, new or old. May: raise (memory).
    pub fn intern(&mut self, text: &[u8]) -> Result<Symbol> {
        if (self.ends.len() + 1) * 4 > self.index.len() * 3 {
            self.grow_index()?;
        }
        let hash = hash_bytes(text);
        let mask = self.index.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.index[slot] {
                0 => break,
                n => {
                    let s = Symbol(n - 1);
                    if self.hashes[s.0 as usize] == hash && self.bytes(s) == text {
                        return Ok(s);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        // Room everywhere first: a failure between two of the pushes would leave the pool inconsistent.
        self.bytes.reserve(text.len())?;
        self.ends.reserve(1)?;
        self.hashes.reserve(1)?;
        self.bytes.extend(text)?;
        self.ends.push(self.bytes.len())?;
        self.hashes.push(hash)?;
        let s = Symbol(self.ends.len() as u32 - 1);
        self.index[slot] = s.0 + 1;
        Ok(s)
    }

    fn grow_index(&mut self) -> Result {
        const FIRST: usize = 16;
        let size = (self.index.len() * 2).max(FIRST);
        let mut index = Buf::with_capacity(self.index.mem(), size)?;
        for _ in 0..size / FIRST {
            index.extend(&[0; FIRST])?;
        }
        for (i, hash) in self.hashes.iter().enumerate() {
            let mut slot = *hash as usize & (size - 1);
            while index[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            index[slot] = i as u32 + 1;
        }
        self.index = index;
        Ok(())
    }
}

/// A constant of a function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constant {
    Nil,
    False,
    True,
    Integer(i64),
    Float(f64),
    String(Symbol),
}

/// Where a closure finds an upvalue when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UpvalueDesc {
    /// Debug information; `None` when stripped.
    pub name: Option<Symbol>,
    /// A register of the enclosing function; otherwise one of its upvalues.
    pub in_stack: bool,
    pub index: u8,
    /// Kind of the variable, as binary chunks store it (`compiler`'s `VariableKind`).
    pub kind: u8,
}

/// Whether a function has extra arguments, and where it keeps them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Vararg {
    No = 0,
    /// Below its frame.
    Hidden = 1,
    /// In a table, in the register after the parameters (5.5).
    Table = 2,
}

/// A local variable and where it is active (debug information).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalVariable {
    /// `None` only in chunks that were loaded so.
    pub name: Option<Symbol>,
    pub start_pc: u32,
    pub end_pc: u32,
}

/// Base for line deltas: the line of one instruction, absolutely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct AbsoluteLine {
    pub pc: u32,
    pub line: i32,
}

/// One function. Nested functions are indices into `Draft::functions`.
pub struct FunctionDraft {
    pub line_defined: i32,
    pub last_line_defined: i32,
    pub parameters: u8,
    pub vararg: Vararg,
    pub max_stack_size: u8,
    pub code: Buf<u32>,
    pub constants: Buf<Constant>,
    pub upvalues: Buf<UpvalueDesc>,
    /// Indices of nested functions in `Draft::functions`, all greater than this function's own.
    pub nested: Buf<u32>,
    /// Line deltas, one per instruction; empty when stripped.
    pub line_info: Buf<i8>,
    pub absolute_lines: Buf<AbsoluteLine>,
    pub locals: Buf<LocalVariable>,
    /// Chunk name; `None` when stripped. Binary chunks may give each function its own.
    pub source: Option<Symbol>,
}

impl FunctionDraft {
    pub fn new(mem: Mem) -> FunctionDraft {
        FunctionDraft {
            line_defined: 0,
            last_line_defined: 0,
            parameters: 0,
            vararg: Vararg::No,
            max_stack_size: 2,
            code: Buf::new(mem),
            constants: Buf::new(mem),
            upvalues: Buf::new(mem),
            nested: Buf::new(mem),
            line_info: Buf::new(mem),
            absolute_lines: Buf::new(mem),
            locals: Buf::new(mem),
            source: None,
        }
    }
}

/// A whole chunk: function 0 is the main function.
pub struct Draft {
    pub symbols: SymbolPool,
    pub functions: Functions,
}

/// The functions of a draft, in the order in which they were opened.
pub struct Functions {
    list: Buf<*mut FunctionDraft>,
    mem: Mem,
}

impl Functions {
    pub fn new(mem: Mem) -> Functions {
        Functions { list: Buf::new(mem), mem }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds an empty function; returns its index. May: raise (memory).
    pub fn open(&mut self) -> Result<u32> {
        self.list.reserve(1)?;
        let p = self.mem.obtain(size_of::<FunctionDraft>(), 0)?.cast::<FunctionDraft>();
        self.mem.allocator().charge(size_of::<FunctionDraft>() as isize);
        // SAFETY: a fresh block of the right size.
        unsafe { p.as_ptr().write(FunctionDraft::new(self.mem)) };
        self.list.push(p.as_ptr())?;
        Ok(self.list.len() as u32 - 1)
    }
}

impl core::ops::Index<u32> for Functions {
    type Output = FunctionDraft;
    fn index(&self, i: u32) -> &FunctionDraft {
        // SAFETY: the list owns its boxes.
        unsafe { &*self.list[i as usize] }
    }
}

impl core::ops::IndexMut<u32> for Functions {
    fn index_mut(&mut self, i: u32) -> &mut FunctionDraft {
        // SAFETY: the list owns its boxes and is borrowed mutably.
        unsafe { &mut *self.list[i as usize] }
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        while let Some(p) = self.list.pop() {
            self.mem.allocator().charge(-(size_of::<FunctionDraft>() as isize));
            // SAFETY: allocated in `open` and dropped once.
            unsafe {
                p.drop_in_place();
                self.mem.give_back(core::ptr::NonNull::new_unchecked(p.cast()), size_of::<FunctionDraft>());
            }
        }
    }
}

impl Draft {
    pub fn new(mem: Mem) -> Draft {
        Draft { symbols: SymbolPool::new(mem), functions: Functions::new(mem) }
    }
}
