//! What the compiler and the undumper produce: a function tree that belongs to no VM yet.
//!
//! Strings are symbols: indices into the draft's own string pool. `materialize` turns a draft into prototypes of one VM
//! (or, for shared code, of the process), making or finding the string of each symbol once.

use crate::heap::mem::{Buf, Mem};
use crate::heap::object::Gc;
use crate::heap::string::{MAX_SHORT, Str, hash_bytes};
use crate::throw::{Result, Throw};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

/// A string of the pool: its index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol(pub u32);

/// The name of a chunk, as in `lua_load`: it begins with `=` or `@`, or is source text itself.
#[derive(Clone, Copy)]
pub enum ChunkName<'a> {
    Bytes(&'a [u8]),
    /// A string that can be reached for as long as the draft is there, whatever a reader does.
    String(Gc<Str>),
}

impl ChunkName<'_> {
    pub fn bytes(&self) -> &[u8] {
        match self {
            ChunkName::Bytes(bytes) => bytes,
            ChunkName::String(s) => s.bytes(),
        }
    }
}

impl<'a> From<&'a [u8]> for ChunkName<'a> {
    fn from(bytes: &'a [u8]) -> ChunkName<'a> {
        ChunkName::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for ChunkName<'a> {
    fn from(bytes: &'a [u8; N]) -> ChunkName<'a> {
        ChunkName::Bytes(bytes)
    }
}

/// The strings of one chunk, in one buffer.
pub struct SymbolPool {
    /// The first symbol, where the chunk's name is a long string already: it may be the whole text, so it is not copied.
    name: Option<Gc<Str>>,
    bytes: Buf<u8>,
    symbols: Buf<Entry>,
    /// Texts that are not in `bytes`, in the order of their symbols.
    outside: Buf<Outside>,
    /// Open-addressing index: symbol number plus one, zero for free. A power of two long; empty until there are more than `FEW` symbols.
    index: Buf<u32>,
    /// Symbols that are in the index.
    indexed: usize,
}

/// A text that lies somewhere else, and stays there.
#[derive(Clone, Copy)]
struct Outside {
    symbol: u32,
    text: *const [u8],
}

/// What is known of a symbol.
#[derive(Clone, Copy)]
struct Entry {
    /// Where its bytes end. (They start at the end of those before.)
    end: usize,
    hash: u32,
}

impl SymbolPool {
    /// So many symbols are looked through one by one: most chunks that a program makes while it runs have no more.
    const FEW: usize = 8;

    pub fn new(mem: Mem) -> SymbolPool {
        SymbolPool {
            name: None,
            bytes: Buf::new(mem),
            symbols: Buf::new(mem),
            outside: Buf::new(mem),
            index: Buf::new(mem),
            indexed: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    pub fn mem(&self) -> Mem {
        self.symbols.mem()
    }

    pub fn bytes(&self, symbol: Symbol) -> &[u8] {
        let i = symbol.0 as usize;
        let start = if i > 0 { self.symbols[i - 1].end } else { 0 };
        let end = self.symbols[i].end;
        if start < end { &self.bytes[start..end] } else { self.outside(symbol) }
    }

    /// The text of a symbol that has no bytes here.
    #[cold]
    fn outside(&self, symbol: Symbol) -> &[u8] {
        if let (0, Some(name)) = (symbol.0, &self.name) {
            return name.bytes();
        }
        match self.outside.binary_search_by_key(&symbol.0, |outside| outside.symbol) {
            // SAFETY: it stays, as whoever called `refer_to` has promised.
            Ok(i) => unsafe { &*self.outside[i].text },
            Err(_) => &[],
        }
    }

    /// The string that the first symbol is, if it is one.
    pub fn name(&self) -> Option<Gc<Str>> {
        self.name
    }

    /// The symbol of the chunk's name, which is the pool's first. `intern` need not find that of a long string, and it has no hash.
    ///
    /// May: raise (memory).
    pub fn add_name(&mut self, name: ChunkName) -> Result<Symbol> {
        debug_assert!(self.is_empty());
        match name {
            ChunkName::String(s) if !s.is_short() => {
                let symbol = self.add(&[], 0)?;
                self.name = Some(s);
                Ok(symbol)
            }
            _ => self.intern(name.bytes()),
        }
    }

    /// The hash of the string in every VM of the process. Those that `intern` did not make have none.
    pub fn hash(&self, symbol: Symbol) -> u32 {
        self.symbols[symbol.0 as usize].hash
    }

    /// The symbol for `text`, new or old. May: raise (memory).
    pub fn intern(&mut self, text: &[u8]) -> Result<Symbol> {
        let hash = hash_bytes(text);
        if self.index.is_empty() {
            let known = (0..self.few()).map(Symbol).find(|s| self.hash(*s) == hash && self.bytes(*s) == text);
            match known {
                Some(s) => return Ok(s),
                None if self.len() < Self::FEW => return self.add(text, hash),
                None => self.grow_index()?,
            }
        } else if (self.indexed + 1) * 4 > self.index.len() * 3 {
            self.grow_index()?;
        }
        let mask = self.index.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.index[slot] {
                0 => break,
                n => {
                    let s = Symbol(n - 1);
                    if self.symbols[s.0 as usize].hash == hash && self.bytes(s) == text {
                        return Ok(s);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        let s = self.add(text, hash)?;
        self.index[slot] = s.0 + 1;
        self.indexed += 1;
        Ok(s)
    }

    /// A new symbol for a text that is no short string, whether there is one or not: where equal texts are rare. `intern` does not enter it, and
    /// it has no hash.
    ///
    /// May: raise (memory).
    pub fn append(&mut self, text: &[u8]) -> Result<Symbol> {
        debug_assert!(text.len() > MAX_SHORT);
        self.add(text, 0)
    }

    /// As `append`, for a text that need not be copied. May: raise (memory).
    ///
    /// # Safety
    /// It stays where it is for as long as the pool is there.
    pub unsafe fn refer_to(&mut self, text: &[u8]) -> Result<Symbol> {
        debug_assert!(text.len() > MAX_SHORT);
        self.outside.reserve(1)?;
        let symbol = self.add(&[], 0)?;
        self.outside.push(Outside { symbol: symbol.0, text })?;
        Ok(symbol)
    }

    fn add(&mut self, text: &[u8], hash: u32) -> Result<Symbol> {
        // Room in both first: a failure between would leave the pool inconsistent.
        self.make_room(text.len())?;
        self.symbols.reserve(1)?;
        self.bytes.extend(text)?;
        self.symbols.push(Entry { end: self.bytes.len(), hash })?;
        Ok(Symbol(self.symbols.len() as u32 - 1))
    }

    /// A large pool grows by less than a small one: the name of a chunk to be shared may be its whole text, with a few names behind it.
    #[inline]
    fn make_room(&mut self, extra: usize) -> Result {
        const LARGE: usize = 1 << 16;
        let needed = self.bytes.len().saturating_add(extra);
        if needed < LARGE {
            return self.bytes.reserve(extra);
        }
        if needed <= self.bytes.capacity() { Ok(()) } else { self.bytes.reserve_exact(extra.saturating_add(needed / 4)) }
    }

    /// How many symbols there are that `intern` may have made while there was no index.
    fn few(&self) -> u32 {
        self.len().min(Self::FEW) as u32
    }

    fn grow_index(&mut self) -> Result {
        const FIRST: usize = 2 * SymbolPool::FEW;
        let size = (self.index.len() * 2).max(FIRST);
        let mut index = Buf::with_capacity(self.index.mem(), size)?;
        for _ in 0..size / FIRST {
            index.extend(&[0; FIRST])?;
        }
        let mut enter = |number: u32| {
            let mut slot = self.symbols[number as usize - 1].hash as usize & (size - 1);
            while index[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            index[slot] = number;
        };
        if self.index.is_empty() {
            (1..=self.few()).for_each(&mut enter);
            self.indexed = self.few() as usize;
        } else {
            self.index.iter().copied().filter(|number| *number != 0).for_each(&mut enter);
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

/// A function that is being put together. Nested functions are indices into `Draft::functions`.
pub struct OpenFunction {
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

impl OpenFunction {
    pub fn new(mem: Mem) -> OpenFunction {
        OpenFunction {
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

    /// Makes it as new, but for the memory that its arrays have: for the next function.
    pub fn clear(&mut self) {
        let OpenFunction { code, constants, upvalues, nested, line_info, absolute_lines, locals, .. } = self;
        code.clear();
        constants.clear();
        upvalues.clear();
        nested.clear();
        line_info.clear();
        absolute_lines.clear();
        locals.clear();
        (self.line_defined, self.last_line_defined) = (0, 0);
        (self.parameters, self.vararg, self.max_stack_size) = (0, Vararg::No, 2);
        self.source = None;
    }

    /// An open function with the same in it. May: raise (memory).
    pub fn copy_of(f: &FunctionDraft, mem: Mem) -> Result<OpenFunction> {
        let mut copy = OpenFunction::new(mem);
        (copy.line_defined, copy.last_line_defined) = (f.line_defined, f.last_line_defined);
        (copy.parameters, copy.vararg, copy.max_stack_size) = (f.parameters, f.vararg, f.max_stack_size);
        copy.source = f.source;
        copy.code.extend(&f.code)?;
        copy.constants.extend(&f.constants)?;
        copy.upvalues.extend(&f.upvalues)?;
        copy.nested.extend(&f.nested)?;
        copy.line_info.extend(&f.line_info)?;
        copy.absolute_lines.extend(&f.absolute_lines)?;
        copy.locals.extend(&f.locals)?;
        Ok(copy)
    }
}

/// An open function in a block of its own, so that it changes places by a pointer.
pub struct OpenBox(NonNull<OpenFunction>);

impl OpenBox {
    /// A new one, which is empty. May: raise (memory).
    pub fn new(mem: Mem) -> Result<OpenBox> {
        let p = mem.obtain(size_of::<OpenFunction>(), 0)?.cast::<OpenFunction>();
        mem.allocator().charge(size_of::<OpenFunction>() as isize);
        // SAFETY: a fresh block of the right size.
        unsafe { p.write(OpenFunction::new(mem)) };
        Ok(OpenBox(p))
    }

    /// Puts a function into a block. May: raise (memory).
    pub fn of(f: OpenFunction) -> Result<OpenBox> {
        let mut place = OpenBox::new(f.code.mem())?;
        *place = f;
        Ok(place)
    }

    fn into_raw(self) -> NonNull<OpenFunction> {
        core::mem::ManuallyDrop::new(self).0
    }
}

impl core::ops::Deref for OpenBox {
    type Target = OpenFunction;
    #[inline(always)]
    fn deref(&self) -> &OpenFunction {
        // SAFETY: the box owns the function.
        unsafe { self.0.as_ref() }
    }
}

impl core::ops::DerefMut for OpenBox {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut OpenFunction {
        // SAFETY: the box owns the function and is borrowed mutably.
        unsafe { self.0.as_mut() }
    }
}

impl Drop for OpenBox {
    fn drop(&mut self) {
        // Arrays that grow with a main function may have gone over to another owner (`settle_main_arrays`), not these.
        let mem = self.nested.mem();
        mem.allocator().charge(-(size_of::<OpenFunction>() as isize));
        // SAFETY: allocated in `new` and dropped once.
        unsafe {
            self.0.drop_in_place();
            mem.give_back(self.0.cast(), size_of::<OpenFunction>());
        }
    }
}

/// Functions that are open at a time, each within the one before. Their memory serves one function after another.
pub struct OpenFunctions {
    /// From `OpenBox`es.
    levels: Buf<NonNull<OpenFunction>>,
}

impl OpenFunctions {
    pub fn new(mem: Mem) -> OpenFunctions {
        OpenFunctions { levels: Buf::new(mem) }
    }

    /// Makes sure that `level` has a function; a new one is empty. Levels come one after the other. May: raise (memory).
    pub fn ensure(&mut self, level: usize) -> Result {
        debug_assert!(level <= self.levels.len());
        if level < self.levels.len() {
            return Ok(());
        }
        self.levels.reserve(1)?;
        self.levels.push(OpenBox::new(self.levels.mem())?.into_raw())
    }

    /// Exchanges the function of a level.
    pub fn swap(&mut self, level: usize, f: &mut OpenBox) {
        core::mem::swap(&mut self.levels[level], &mut f.0);
    }
}

impl core::ops::Index<usize> for OpenFunctions {
    type Output = OpenFunction;
    fn index(&self, level: usize) -> &OpenFunction {
        // SAFETY: the list owns its boxes.
        unsafe { self.levels[level].as_ref() }
    }
}

impl core::ops::IndexMut<usize> for OpenFunctions {
    fn index_mut(&mut self, level: usize) -> &mut OpenFunction {
        // SAFETY: the list owns its boxes and is borrowed mutably.
        unsafe { self.levels[level].as_mut() }
    }
}

impl Drop for OpenFunctions {
    fn drop(&mut self) {
        while let Some(p) = self.levels.pop() {
            drop(OpenBox(p));
        }
    }
}

/// An array of a finished function. It says where it is from its own place on, in half the room of a slice: functions do not move, and there may be many.
pub struct Array<T: Copy> {
    /// Distance from here in words of 4 bytes: to the elements, or with `FAR` to a pointer to them.
    at: u32,
    len: u32,
    element: PhantomData<T>,
}

const FAR: u32 = 1 << 31;

impl<T: Copy> Array<T> {
    /// Until it is set. Not to be read: where it is nothing aligned needs to lie.
    const EMPTY: Array<T> = Array { at: 0, len: 0, element: PhantomData };

    #[inline(always)]
    fn start(&self) -> *mut T {
        // A reference to this reaches no further than this: what lies behind is reached as a part of its block, whose address is exposed (`take_room`).
        let at =
            |words: u32| ptr::with_exposed_provenance_mut::<u32>(ptr::from_ref(self).addr() + words as usize * size_of::<u32>());
        match self.at & FAR {
            0 => at(self.at).cast(),
            // SAFETY: `Functions` put a pointer there (`point`), and keeps it while the function is there.
            _ => unsafe { at(self.at ^ FAR).cast::<*mut T>().read() },
        }
    }

    /// Distance from here to `p`, in words. Functions are not so large that there is none (`MAX_SIZE`).
    fn distance(&self, p: NonNull<u8>) -> u32 {
        ((p.addr().get() - ptr::from_ref(self).addr()) / size_of::<u32>()) as u32
    }

    /// Makes this a copy of `from`.
    ///
    /// # Safety
    /// `room` is behind this, in the block that this is in, and has place for all elements, aligned for them.
    unsafe fn copy(&mut self, from: &Buf<T>, room: &mut Room) {
        self.at = self.distance(room.next);
        self.len = from.len() as u32;
        // Small functions have few arrays, and a copy of nothing is a call.
        if from.is_empty() {
            return;
        }
        // SAFETY: the caller's.
        unsafe { room.take(from.len()).copy_from_nonoverlapping(from.start(), from.len()) };
    }

    /// Makes this what `from` is, which stays where it is.
    ///
    /// # Safety
    /// As of `copy`, for a pointer.
    unsafe fn point(&mut self, from: &Buf<T>, room: &mut Room) {
        debug_assert!(from.len() <= u32::MAX as usize);
        self.at = self.distance(room.next) | FAR;
        self.len = from.len() as u32;
        // SAFETY: the caller's.
        unsafe { room.take(1).write(from.start()) };
    }
}

/// Memory behind a function that its arrays, or pointers to them, have still to take.
struct Room {
    next: NonNull<u8>,
    /// The address where it ends.
    end: usize,
}

impl Room {
    /// `size` bytes behind a function.
    ///
    /// # Safety
    /// They are in its block, which the pointer is of.
    unsafe fn behind(f: NonNull<FunctionDraft>, size: usize) -> Room {
        // SAFETY: the caller's.
        let next = unsafe { f.add(1).cast::<u8>() };
        Room { next, end: next.addr().get() + size }
    }

    /// The next `len` elements.
    ///
    /// # Safety
    /// There is place for them, and it is aligned.
    #[inline(always)]
    unsafe fn take<T>(&mut self, len: usize) -> NonNull<T> {
        let start = self.next.cast::<T>();
        debug_assert!(start.is_aligned() && len <= (self.end - start.addr().get()) / size_of::<T>());
        // SAFETY: the caller's.
        self.next = unsafe { start.add(len).cast() };
        start
    }
}

impl<T: Copy> core::ops::Deref for Array<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `Functions` made the array, and keeps its elements while the function is there.
        unsafe { core::slice::from_raw_parts(self.start(), self.len as usize) }
    }
}

/// Tests alter functions for the verifier to refuse.
#[cfg(test)]
impl<T: Copy> core::ops::DerefMut for Array<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.start(), self.len as usize) }
    }
}

/// One function, finished: what an `OpenFunction` had in it.
#[repr(align(8))]
pub struct FunctionDraft {
    pub line_defined: i32,
    pub last_line_defined: i32,
    pub parameters: u8,
    pub vararg: Vararg,
    pub max_stack_size: u8,
    pub code: Array<u32>,
    pub constants: Array<Constant>,
    pub upvalues: Array<UpvalueDesc>,
    pub nested: Array<u32>,
    pub line_info: Array<i8>,
    pub absolute_lines: Array<AbsoluteLine>,
    pub locals: Array<LocalVariable>,
    pub source: Option<Symbol>,
}

/// A whole chunk: function 0 is the main function.
pub struct Draft {
    pub symbols: SymbolPool,
    pub functions: Functions,
}

/// The functions of a draft, in the order in which they were opened: those nested in a function follow it. Once the draft is made, all are finished.
///
/// Each has its arrays behind it, apart from the main function: it is finished last and keeps the arrays it grew in.
pub struct Functions {
    /// Null for a function that is still open.
    list: Buf<*mut FunctionDraft>,
    /// Functions before this one are not there any more (`release_before`).
    first: u32,
    main: Option<OpenBox>,
    /// What the functions lie in.
    blocks: Buf<Block>,
    /// How many of the blocks were given back.
    released: usize,
    /// What is left of the last block.
    next: NonNull<u8>,
    room: usize,
    /// Bytes of all blocks.
    bytes: usize,
    mem: Mem,
}

/// Memory for functions.
#[derive(Clone, Copy)]
struct Block {
    start: NonNull<u8>,
    size: usize,
    /// The greatest index of a function in it.
    last: u32,
}

/// Blocks for functions double their bytes, up to this size.
const MAX_BLOCK: usize = (1 << 15) - 64;

/// Largest function that is not the main one, in bytes: what `Array` can say.
const MAX_SIZE: usize = FAR as usize * size_of::<u32>();

/// Bytes of pointers to the arrays of the main function, which all lie elsewhere: one for each that `set_arrays` sets.
const MAIN_POINTERS: usize = 7 * size_of::<NonNull<u8>>();

/// The arrays of a main function that grow with its length.
pub struct LargeArrays {
    pub code: Buf<u32>,
    pub constants: Buf<Constant>,
    pub line_info: Buf<i8>,
    pub absolute_lines: Buf<AbsoluteLine>,
}

impl Functions {
    pub fn new(mem: Mem) -> Functions {
        let (list, blocks) = (Buf::new(mem), Buf::new(mem));
        Functions { list, first: 0, main: None, blocks, released: 0, next: NonNull::dangling(), room: 0, bytes: 0, mem }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn mem(&self) -> Mem {
        self.mem
    }

    /// Keeps a place for a function; returns its index. May: raise (memory).
    pub fn open(&mut self) -> Result<u32> {
        self.list.push(ptr::null_mut())?;
        Ok(self.list.len() as u32 - 1)
    }

    /// Puts a function that is not the main one into its place. May: raise (memory).
    pub fn finish(&mut self, index: u32, f: &OpenFunction) -> Result {
        let arrays = size_of_val::<[Constant]>(&f.constants)
            + size_of_val::<[UpvalueDesc]>(&f.upvalues)
            + size_of_val::<[LocalVariable]>(&f.locals)
            + size_of_val::<[AbsoluteLine]>(&f.absolute_lines)
            + size_of_val::<[u32]>(&f.nested)
            + size_of_val::<[u32]>(&f.code)
            + size_of_val::<[i8]>(&f.line_info);
        let draft = self.place(index, f, arrays)?;
        // SAFETY: made just now, with room for all of them.
        unsafe { set_arrays::<COPIES>(draft, f, Room::behind(draft, arrays)) };
        Ok(())
    }

    /// Puts the main function into its place. May: raise (memory).
    pub fn finish_main(&mut self, f: OpenBox) -> Result {
        debug_assert!(self.main.is_none());
        self.place(0, &f, MAIN_POINTERS)?;
        self.main = Some(f);
        self.follow_main_arrays();
        Ok(())
    }

    /// Bytes of what `take_main_arrays` gives.
    pub fn main_arrays_size(&self) -> usize {
        let f = self.main.as_ref().expect("a finished main function");
        size_of_val::<[u32]>(&f.code)
            + size_of_val::<[Constant]>(&f.constants)
            + size_of_val::<[i8]>(&f.line_info)
            + size_of_val::<[AbsoluteLine]>(&f.absolute_lines)
    }

    /// Makes these arrays, of exact size, `mem`'s, as `Buf::settle` does. May: raise (memory).
    ///
    /// # Safety
    /// As for `Buf::settle`: the draft was made in memory of `mem`, or of scratch memory in front of it.
    pub unsafe fn settle_main_arrays(&mut self, mem: Mem) -> Result {
        let f = self.main.as_mut().expect("a finished main function");
        // SAFETY: the caller's.
        let settled = (|| unsafe {
            f.code.settle(mem)?;
            f.constants.settle(mem)?;
            f.line_info.settle(mem)?;
            f.absolute_lines.settle(mem)
        })();
        self.follow_main_arrays();
        settled
    }

    /// Takes the large arrays of the main function away, of exact size after `settle_main_arrays`; it has none then.
    pub fn take_main_arrays(&mut self) -> LargeArrays {
        let f = self.main.as_mut().expect("a finished main function");
        let mem = self.mem;
        let arrays = LargeArrays {
            code: core::mem::replace(&mut f.code, Buf::new(mem)),
            constants: core::mem::replace(&mut f.constants, Buf::new(mem)),
            line_info: core::mem::replace(&mut f.line_info, Buf::new(mem)),
            absolute_lines: core::mem::replace(&mut f.absolute_lines, Buf::new(mem)),
        };
        self.follow_main_arrays();
        arrays
    }

    /// Says where these arrays are now.
    fn follow_main_arrays(&mut self) {
        let f = self.main.as_ref().expect("a finished main function");
        // SAFETY: the list owns its blocks, and the function has room for pointers behind it.
        unsafe {
            let main = NonNull::new_unchecked(self.list[0]);
            set_arrays::<POINTERS>(main, f, Room::behind(main, MAIN_POINTERS));
        }
    }

    /// Says that the functions before `index` are not wanted any more: gives back what it can of their memory.
    pub fn release_before(&mut self, index: u32) {
        self.first = self.first.max(index);
        // Its last functions decide for a block, and most blocks have functions in the order of their indices.
        let is_wanted = |b: &Block| b.last >= index;
        if self.blocks.get(self.released).is_some_and(|b| !is_wanted(b)) {
            self.main = None;
            let count = self.blocks[self.released..].iter().position(is_wanted);
            self.release(count.unwrap_or(usize::MAX));
        }
    }

    /// Gives back the next `count` blocks, or as many as there are.
    fn release(&mut self, count: usize) {
        let end = self.blocks.len().min(self.released.saturating_add(count));
        while self.released < end {
            let Block { start, size, .. } = self.blocks[self.released];
            self.released += 1;
            self.mem.allocator().charge(-(size as isize));
            // SAFETY: obtained with this size and given back once; functions have nothing to drop.
            unsafe { self.mem.give_back(start, size) };
        }
    }

    /// Room for something of `size` bytes, a multiple of a function's alignment. May: raise (memory).
    fn take_room(&mut self, size: usize) -> Result<NonNull<u8>> {
        if size > self.room {
            self.blocks.reserve(1)?;
            let block = size.max(self.bytes.min(MAX_BLOCK));
            let p = self.mem.obtain(block, 0)?;
            self.mem.allocator().charge(block as isize);
            self.blocks.push(Block { start: p, size: block, last: 0 })?;
            // Arrays know only how far away their elements are.
            p.expose_provenance();
            (self.next, self.room) = (p, block);
            self.bytes += block;
        }
        let p = self.next;
        // SAFETY: within the block.
        self.next = unsafe { p.add(size) };
        self.room -= size;
        Ok(p)
    }

    /// Takes room for a function, without arrays as yet, and for `arrays` bytes behind it, where these may lie.
    fn place(&mut self, index: u32, f: &OpenFunction, arrays: usize) -> Result<NonNull<FunctionDraft>> {
        let size = size_of::<FunctionDraft>().saturating_add(arrays);
        if size > MAX_SIZE {
            return Err(Throw::Memory);
        }
        debug_assert!(self.list[index as usize].is_null());
        let p = self.take_room(size.next_multiple_of(align_of::<FunctionDraft>()))?.cast::<FunctionDraft>();
        let block = self.blocks.last_mut().expect("the block just taken from");
        block.last = block.last.max(index);
        // SAFETY: there is room for it, aligned as all sizes are multiples of its alignment.
        unsafe {
            p.write(FunctionDraft {
                line_defined: f.line_defined,
                last_line_defined: f.last_line_defined,
                parameters: f.parameters,
                vararg: f.vararg,
                max_stack_size: f.max_stack_size,
                code: Array::EMPTY,
                constants: Array::EMPTY,
                upvalues: Array::EMPTY,
                nested: Array::EMPTY,
                line_info: Array::EMPTY,
                absolute_lines: Array::EMPTY,
                locals: Array::EMPTY,
                source: f.source,
            });
        }
        self.list[index as usize] = p.as_ptr();
        Ok(p)
    }
}

/// Kinds of arrays for `set_arrays`.
const COPIES: bool = true;
const POINTERS: bool = false;

/// Makes the arrays of a function those of `f`: copies of them, or what points to them.
///
/// # Safety
/// `draft` is of the whole block that the function is in, nobody else has a reference to it, and `room`, which is behind it, is enough for all.
unsafe fn set_arrays<const KIND: bool>(draft: NonNull<FunctionDraft>, f: &OpenFunction, mut room: Room) {
    unsafe fn set<T: Copy, const KIND: bool>(array: &mut Array<T>, from: &Buf<T>, room: &mut Room) {
        // SAFETY: the caller's.
        unsafe { if KIND == COPIES { array.copy(from, room) } else { array.point(from, room) } }
    }
    // In the order of falling alignment, so no gaps arise.
    // SAFETY: the caller's. The reference covers the function alone; what is behind it is reached by way of `room`.
    unsafe {
        let draft = &mut *draft.as_ptr();
        set::<_, KIND>(&mut draft.constants, &f.constants, &mut room);
        set::<_, KIND>(&mut draft.upvalues, &f.upvalues, &mut room);
        set::<_, KIND>(&mut draft.locals, &f.locals, &mut room);
        set::<_, KIND>(&mut draft.absolute_lines, &f.absolute_lines, &mut room);
        set::<_, KIND>(&mut draft.nested, &f.nested, &mut room);
        set::<_, KIND>(&mut draft.code, &f.code, &mut room);
        set::<_, KIND>(&mut draft.line_info, &f.line_info, &mut room);
    }
}

const _: () = assert!(
    size_of::<FunctionDraft>().is_multiple_of(align_of::<Constant>())
        && align_of::<Constant>() <= align_of::<FunctionDraft>()
        && align_of::<UpvalueDesc>() == align_of::<u32>()
        && align_of::<LocalVariable>() == align_of::<u32>()
        && align_of::<AbsoluteLine>() == align_of::<u32>()
);

impl core::ops::Index<u32> for Functions {
    type Output = FunctionDraft;
    fn index(&self, i: u32) -> &FunctionDraft {
        assert!(i >= self.first);
        // SAFETY: the blocks of functions from the first on are ours.
        unsafe { self.list[i as usize].as_ref() }.expect("a finished function")
    }
}

/// As for arrays. Code that exchanged the functions of two drafts would exchange who frees what.
#[cfg(test)]
impl core::ops::IndexMut<u32> for Functions {
    fn index_mut(&mut self, i: u32) -> &mut FunctionDraft {
        // SAFETY: the list owns its blocks and is borrowed mutably.
        unsafe { self.list[i as usize].as_mut() }.expect("a finished function")
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        self.release(usize::MAX);
    }
}

impl Draft {
    pub fn new(mem: Mem) -> Draft {
        Draft { symbols: SymbolPool::new(mem), functions: Functions::new(mem) }
    }
}
