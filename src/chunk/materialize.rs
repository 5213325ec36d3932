//! Draft -> prototypes of one VM.
//!
//! Every prototype is one allocation with its arrays behind it, widest elements first; the string of each symbol is made or
//! found once. Nothing refers to the tree while it grows, which is why it grows inside `Mem::unanchored`.
//!
//! A main function may be a long list of data. The arrays that grow with it are not copied then: they become the prototype's.

use super::draft::{AbsoluteLine, Constant, Draft, FunctionDraft, Functions, LargeArrays, Symbol, SymbolPool};
use crate::heap::function::{LocalVariable, LuaClosure, Proto, UpVal, UpvalueDesc};
use crate::heap::mem::Buf;
use crate::heap::object::Gc;
use crate::heap::state::Global;
use crate::heap::string::{self, MAX_SHORT, Str};
use crate::heap::strings;
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ptr::NonNull;

/// A main function with so many bytes of code, constants and lines hands them over; with fewer, one block instead of five is worth a copy.
const LARGE: usize = 1 << 15;

/// A closure of the chunk's main function, its upvalues fresh and nil.
///
/// Nothing refers to it yet: push it before the next allocation.
///
/// May: raise (memory), collect (emergency only).
pub fn main_closure(g: &Global, draft: Draft) -> Result<Gc<LuaClosure>> {
    let Draft { symbols, mut functions } = draft;
    g.mem().unanchored(|| {
        let mut strings = Strings::new(g, &symbols)?;
        let hands_over = functions.main_arrays_size() >= LARGE;
        if hands_over {
            functions.fit_main_arrays()?;
            for constant in functions[0].constants.iter() {
                if let Constant::String(symbol) = *constant {
                    strings.get(symbol)?;
                }
            }
        }
        let proto = prototypes(g, &functions, &mut strings, hands_over)?;
        let closure = Gc::<LuaClosure>::new(g, proto)?;
        for upvalue in closure.upvalues() {
            upvalue.set(Some(Gc::<UpVal>::new_closed(g)?));
        }
        // Last, since there would be nothing to try again with.
        if hands_over {
            take_over(proto, functions.take_main_arrays(), &strings);
        }
        Ok(closure)
    })
}

/// The prototype of the main function, with those of all others below it. Only with emergency collections off.
fn prototypes(g: &Global, functions: &Functions, strings: &mut Strings, hands_over: bool) -> Result<Gc<Proto>> {
    let count = functions.len();
    // Nested functions have greater indices than the function around them, so the last comes first.
    let mut protos: Buf<Gc<Proto>> = Buf::with_capacity(g.mem(), count)?;
    for index in (0..count as u32).rev() {
        let f = &functions[index];
        let proto = prototype(g, f, strings, index == 0 && hands_over, |nested| protos[count - 1 - nested as usize])?;
        protos.push(proto)?;
    }
    Ok(protos[count - 1])
}

/// The strings made so far, by symbol.
struct Strings<'a> {
    g: &'a Global,
    symbols: &'a SymbolPool,
    made: Buf<Option<Gc<Str>>>,
}

impl Strings<'_> {
    fn new<'a>(g: &'a Global, symbols: &'a SymbolPool) -> Result<Strings<'a>> {
        let mut made = Buf::with_capacity(g.mem(), symbols.len())?;
        for _ in 0..symbols.len() {
            made.push(None)?;
        }
        Ok(Strings { g, symbols, made })
    }

    fn get(&mut self, symbol: Symbol) -> Result<Gc<Str>> {
        if let Some(s) = self.made[symbol.0 as usize] {
            return Ok(s);
        }
        let text = self.symbols.bytes(symbol);
        let s = if text.len() <= MAX_SHORT {
            strings::intern_hashed(self.g, text, self.symbols.hash(symbol))?
        } else {
            string::new(self.g, text)?
        };
        self.made[symbol.0 as usize] = Some(s);
        Ok(s)
    }

    fn optional(&mut self, symbol: Option<Symbol>) -> Result<Option<Gc<Str>>> {
        symbol.map(|s| self.get(s)).transpose()
    }
}

/// The value of a constant, whose string `string` gives.
fn value(constant: Constant, string: impl FnOnce(Symbol) -> Result<Gc<Str>>) -> Result<Value> {
    Ok(match constant {
        Constant::Nil => Value::NIL,
        Constant::False => Value::FALSE,
        Constant::True => Value::TRUE,
        Constant::Integer(i) => Value::integer(i),
        Constant::Float(n) => Value::float(n),
        Constant::String(s) => string(s)?.into(),
    })
}

/// One prototype; `nested` gives those of its nested functions. `without_large_arrays`: they will be put in by `take_over`.
fn prototype(
    g: &Global,
    f: &FunctionDraft,
    strings: &mut Strings,
    without_large_arrays: bool,
    nested: impl Fn(u32) -> Gc<Proto>,
) -> Result<Gc<Proto>> {
    let source = strings.optional(f.source)?;
    let (f_code, f_constants, f_line_info, f_absolute_lines): (&[_], &[_], &[_], &[_]) =
        if without_large_arrays { (&[], &[], &[], &[]) } else { (&f.code, &f.constants, &f.line_info, &f.absolute_lines) };
    let mut layout = Layout { size: size_of::<Proto>() };
    let constants = layout.array::<Value>(f_constants.len())?;
    let upvalues = layout.array::<UpvalueDesc>(f.upvalues.len())?;
    let locals = layout.array::<LocalVariable>(f.locals.len())?;
    let children = layout.array::<Gc<Proto>>(f.nested.len())?;
    let absolute_lines = layout.array(f_absolute_lines.len())?;
    let code = layout.array(f_code.len())?;
    let line_info = layout.array(f_line_info.len())?;

    let block = g.space.allocate(g, layout.size, Tag::PROTO)?;
    let proto = block.cast::<Proto>();
    // SAFETY: the arrays lie inside the block, one after the other, aligned (`Layout`). The header is written before anything
    // else is allocated; with the lengths 0 the prototype is whole, and each length is set once its array is.
    unsafe {
        proto.as_ptr().write(Proto {
            header: g.new_header(Tag::PROTO),
            parameters: f.parameters,
            vararg: f.vararg,
            max_stack_size: f.max_stack_size,
            owns_arrays: false,
            gray_next: Cell::new(None),
            code: code.place(block),
            constants: constants.place(block),
            nested: children.place(block),
            upvalues: upvalues.place(block),
            line_info: line_info.place(block),
            absolute_lines: absolute_lines.place(block),
            locals: locals.place(block),
            source,
            code_len: 0,
            constants_len: 0,
            nested_len: 0,
            upvalues_len: 0,
            line_info_len: 0,
            absolute_lines_len: 0,
            locals_len: 0,
            line_defined: f.line_defined,
            last_line_defined: f.last_line_defined,
            size: layout.size,
            chunk: core::ptr::null(),
            published: Cell::new(core::ptr::null()),
        });
        let p = proto.as_ptr();
        (*p).code_len = code.copy(block, f_code);
        (*p).line_info_len = line_info.copy(block, f_line_info);
        (*p).absolute_lines_len = absolute_lines.copy(block, f_absolute_lines);
        (*p).nested_len = children.fill(block, &f.nested, |index| Ok(nested(index)))?;
        (*p).constants_len = constants.fill(block, f_constants, |constant| value(constant, |s| strings.get(s)))?;
        (*p).upvalues_len = upvalues.fill(block, &f.upvalues, |u| {
            let name = strings.optional(u.name)?;
            Ok(UpvalueDesc { name, in_stack: u.in_stack, index: u.index, kind: u.kind })
        })?;
        (*p).locals_len = locals.fill(block, &f.locals, |l| {
            Ok(LocalVariable { name: strings.optional(l.name)?, start_pc: l.start_pc, end_pc: l.end_pc })
        })?;
        Ok(Gc::from_ptr(proto))
    }
}

const _: () = assert!(size_of::<Constant>() == size_of::<Value>() && align_of::<Constant>() == align_of::<Value>());

/// Puts arrays into a prototype that was made without them. All strings of the constants have been made.
fn take_over(proto: Gc<Proto>, arrays: LargeArrays, strings: &Strings) {
    let LargeArrays { code, constants, line_info, absolute_lines } = arrays;
    let size = size_of_val::<[u32]>(&code)
        + size_of_val::<[Constant]>(&constants)
        + size_of_val::<[i8]>(&line_info)
        + size_of_val::<[AbsoluteLine]>(&absolute_lines);
    let lens = [code.len(), constants.len(), line_info.len(), absolute_lines.len()].map(|len| len as u32);
    let constants = constants.into_block();
    for i in 0..lens[1] as usize {
        // SAFETY: element `i` of the array, which has the room and the alignment of a value.
        unsafe {
            let place = constants.add(i);
            let value = value(place.read(), |s| Ok(strings.made[s.0 as usize].expect("a string that has been made")));
            place.cast().write(value.expect("nothing that can fail"));
        }
    }
    // SAFETY: nobody else knows the prototype yet.
    let p = unsafe { &mut *proto.as_ptr() };
    (p.code, p.line_info, p.absolute_lines) = (code.into_block(), line_info.into_block(), absolute_lines.into_block());
    p.constants = constants.cast();
    [p.code_len, p.constants_len, p.line_info_len, p.absolute_lines_len] = lens;
    p.size += size;
    p.owns_arrays = true;
}

/// Places arrays one after the other in a block. They come in the order of falling alignment, so no gaps arise.
struct Layout {
    size: usize,
}

impl Layout {
    fn array<T: Copy>(&mut self, len: usize) -> Result<Place<T>> {
        let offset = self.size;
        debug_assert!(offset.is_multiple_of(align_of::<T>()));
        let bytes = len.checked_mul(size_of::<T>()).ok_or(Throw::Memory)?;
        self.size = offset.checked_add(bytes).filter(|size| *size <= isize::MAX as usize).ok_or(Throw::Memory)?;
        Ok(Place { offset, len, element: core::marker::PhantomData })
    }
}

const _: () = assert!(size_of::<Proto>().is_multiple_of(align_of::<Value>()));

/// Where an array of `len` elements lies in a block.
struct Place<T> {
    offset: usize,
    len: usize,
    element: core::marker::PhantomData<T>,
}

impl<T: Copy> Place<T> {
    /// # Safety
    /// `block` was allocated with the layout that made this place.
    unsafe fn place(&self, block: NonNull<u8>) -> NonNull<T> {
        // SAFETY: inside the block.
        unsafe { block.add(self.offset).cast() }
    }

    /// Fills the array with what `make` turns the elements of `from` into; returns its length.
    ///
    /// # Safety
    /// As `place`; `from` is as long as the array.
    unsafe fn fill<F: Copy>(&self, block: NonNull<u8>, from: &[F], mut make: impl FnMut(F) -> Result<T>) -> Result<u32> {
        debug_assert!(from.len() == self.len);
        for (i, element) in from.iter().enumerate() {
            let made = make(*element)?;
            // SAFETY: the caller's.
            unsafe { self.place(block).add(i).write(made) };
        }
        Ok(self.len as u32)
    }

    /// Copies the array; returns its length.
    ///
    /// # Safety
    /// As `fill`.
    unsafe fn copy(&self, block: NonNull<u8>, from: &[T]) -> u32 {
        debug_assert!(from.len() == self.len);
        // SAFETY: the caller's.
        unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), self.place(block).as_ptr(), self.len) };
        self.len as u32
    }
}
