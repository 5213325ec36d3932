//! Draft -> prototypes of one VM.
//!
//! Every prototype is one allocation with its arrays behind it, widest elements first; the string of each symbol is made or found once. The main
//! function comes first, and all that is made can be reached through its closure from then on, so collections may happen in between. Hence nothing has
//! to be made twice when memory is short, and the draft is given back piece by piece: its memory serves the prototypes.
//!
//! A main function may be a long list of data. The arrays that grow with it are not copied then: they become the prototype's.

use super::draft::{Constant, Draft, FunctionDraft, LargeArrays, Symbol, SymbolPool};
use crate::gc::barrier::barrier_object;
use crate::heap::function::{LocalVariable, LuaClosure, Proto, UpVal, UpvalueDesc};
use crate::heap::mem::{Buf, ShortPointer};
use crate::heap::object::{Gc, GrayLink};
use crate::heap::state::{Global, State};
use crate::heap::string::{self, MAX_SHORT, Str};
use crate::heap::strings;
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::ptr::{self, NonNull};

/// A main function with so many bytes of code, constants and lines hands them over; with fewer, one block instead of five is worth a copy.
const LARGE: usize = 1 << 15;

/// Pushes a closure of the chunk's main function, its upvalues fresh and nil. When it fails, a closure that cannot be called may be on the stack.
///
/// May: raise (memory), collect (emergency only).
pub fn push_main_closure(l: State, draft: Draft) -> Result {
    let g = l.global();
    let Draft { symbols, mut functions } = draft;
    let mut strings = Strings::new(g, &symbols)?;
    let hands_over = functions.main_arrays_size() >= LARGE;
    if hands_over {
        // SAFETY: a draft is made in the memory of the VM that loads it, or in scratch memory in front of that.
        unsafe { functions.settle_main_arrays(g.mem())? };
    }
    let (closure, complete) = g.mem().unanchored(|| {
        let (proto, complete) = prototype(g, &functions[0], &strings, hands_over)?;
        let closure = Gc::<LuaClosure>::new(g, proto)?;
        for upvalue in closure.upvalues() {
            upvalue.set(Some(Gc::<UpVal>::new_closed(g)?));
        }
        Ok((closure, complete))
    })?;
    l.push(closure);
    let main = closure.proto.get();
    if hands_over {
        if take_over(main, functions.take_main_arrays()) {
            strings.complete(main, &functions[0])?;
        } else {
            strings.complete_except_constants(main, &functions[0])?;
        }
    } else if !complete {
        strings.complete(main, &functions[0])?;
    }
    // The function whose nested functions come next, and those around it, outermost first.
    let mut parent = Parent { proto: main, nested: functions[0].nested.len() as u32 };
    let mut around: Buf<Parent> = Buf::new(symbols.mem());
    for index in 1..functions.len() as u32 {
        functions.release_before(index);
        let f = &functions[index];
        let (proto, complete) = prototype(g, f, &strings, false)?;
        while parent.proto.nested_len == parent.nested {
            parent = around.pop().expect("a function that has functions still to come");
        }
        parent.proto.add_nested(g, proto);
        if !complete {
            strings.complete(proto, f)?;
        }
        if !f.nested.is_empty() {
            around.push(core::mem::replace(&mut parent, Parent { proto, nested: f.nested.len() as u32 }))?;
        }
    }
    Ok(())
}

/// A function some of whose nested functions are still to come.
#[derive(Clone, Copy)]
struct Parent {
    proto: Gc<Proto>,
    /// How many it will have.
    nested: u32,
}

impl Gc<Proto> {
    /// Adds the next nested function, for which there is room.
    fn add_nested(self, g: &Global, nested: Gc<Proto>) {
        // SAFETY: there is room, and nobody has a reference to the prototype's fields.
        unsafe {
            let p = self.as_ptr();
            (*p).nested.add((*p).nested_len as usize).write(nested);
            (*p).nested_len += 1;
        }
        barrier_object(g, self, nested);
    }
}

/// The strings made so far, by symbol. Each is in a prototype that can be reached, or is the chunk's name.
struct Strings<'a> {
    g: &'a Global,
    symbols: &'a SymbolPool,
    made: Buf<Option<Gc<Str>>>,
}

impl Strings<'_> {
    fn new<'a>(g: &'a Global, symbols: &'a SymbolPool) -> Result<Strings<'a>> {
        let mut made = Buf::with_capacity(symbols.mem(), symbols.len())?;
        for _ in 0..symbols.len() {
            made.push(None)?;
        }
        if let Some(name) = symbols.name() {
            made[0] = Some(name);
        }
        Ok(Strings { g, symbols, made })
    }

    /// The string of a symbol, which `proto` is about to refer to.
    fn get(&mut self, symbol: Symbol, proto: Gc<Proto>) -> Result<Gc<Str>> {
        let s = match self.made[symbol.0 as usize] {
            Some(s) => s,
            None => {
                let text = self.symbols.bytes(symbol);
                let s = if text.len() <= MAX_SHORT {
                    strings::intern_hashed(self.g, text, self.symbols.hash(symbol))?
                } else {
                    string::new(self.g, text)?
                };
                self.made[symbol.0 as usize] = Some(s);
                s
            }
        };
        barrier_object(self.g, proto, s);
        Ok(s)
    }

    /// Makes the strings that a prototype lacks. It can be reached; `f` is its draft.
    fn complete(&mut self, proto: Gc<Proto>, f: &FunctionDraft) -> Result {
        let p = proto.as_ptr();
        // SAFETY: this is the array of the prototype, which refers to no string that could be collected; no reference to its fields is alive while
        // strings are made.
        unsafe {
            for i in 0..(*p).constants_len as usize {
                let place = (*p).constants.add(i);
                if let Some(symbol) = symbol_in(place.read()) {
                    place.write(self.get(symbol, proto)?.into());
                }
            }
        }
        self.complete_except_constants(proto, f)
    }

    /// As `complete`, for a prototype that has the strings among its constants, or none there.
    fn complete_except_constants(&mut self, proto: Gc<Proto>, f: &FunctionDraft) -> Result {
        let p = proto.as_ptr();
        // SAFETY: these are the arrays of the prototype, which refers to no string that could be collected; no reference to its fields is alive while
        // strings are made.
        unsafe {
            if let (None, Some(source)) = ((*p).source, f.source) {
                (*p).source = Some(self.get(source, proto)?);
            }
            for (i, upvalue) in f.upvalues.iter().enumerate() {
                let place = &raw mut (*(*p).upvalues.add(i).as_ptr()).name;
                if let (None, Some(name)) = (*place, upvalue.name) {
                    *place = Some(self.get(name, proto)?);
                }
            }
            for (i, local) in f.locals.iter().enumerate() {
                let place = &raw mut (*(*p).locals.add(i).as_ptr()).name;
                if let (None, Some(name)) = (*place, local.name) {
                    *place = Some(self.get(name, proto)?);
                }
            }
        }
        Ok(())
    }
}

/// Stands for a string constant that is not made yet: no constant is a light userdata.
fn symbol_value(symbol: Symbol) -> Value {
    Value::light_userdata(ptr::without_provenance_mut(symbol.0 as usize))
}

fn symbol_in(value: Value) -> Option<Symbol> {
    (value.tag == Tag::LIGHT_USERDATA).then(|| Symbol(value.address::<()>().addr() as u32))
}

/// The value of a constant, a string as `string` has it.
fn value(constant: Constant, string: impl FnOnce(Symbol) -> Value) -> Value {
    match constant {
        Constant::Nil => Value::NIL,
        Constant::False => Value::FALSE,
        Constant::True => Value::TRUE,
        Constant::Integer(i) => Value::integer(i),
        Constant::Float(n) => Value::float(n),
        Constant::String(s) => string(s),
    }
}

/// A prototype without nested functions, for which it has room, and whether it has all of its strings: those made so far. `without_large_arrays`: they
/// will be put in by `take_over`.
fn prototype(g: &Global, f: &FunctionDraft, strings: &Strings, without_large_arrays: bool) -> Result<(Gc<Proto>, bool)> {
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
    let mut complete = true;
    let mut made = |symbol: Symbol| {
        let s = strings.made[symbol.0 as usize];
        complete &= s.is_some();
        s
    };
    // SAFETY: the arrays lie inside the block, one after the other, aligned (`Layout`).
    unsafe {
        constants.fill(block, f_constants, |c| value(c, |s| made(s).map_or(symbol_value(s), Value::from)));
        upvalues.fill(block, &f.upvalues, |u| UpvalueDesc {
            name: u.name.and_then(&mut made),
            in_stack: u.in_stack,
            index: u.index,
            kind: u.kind,
        });
        locals.fill(block, &f.locals, |l| LocalVariable {
            name: l.name.and_then(&mut made),
            start_pc: l.start_pc,
            end_pc: l.end_pc,
        });
        absolute_lines.copy(block, f_absolute_lines);
        code.copy(block, f_code);
        line_info.copy(block, f_line_info);
        proto.as_ptr().write(Proto {
            header: g.new_header(Tag::PROTO),
            parameters: f.parameters,
            vararg: f.vararg,
            max_stack_size: f.max_stack_size,
            owns_arrays: false,
            has_line_info: !f_line_info.is_empty(),
            published: ShortPointer::null(),
            gray_next: GrayLink::none(),
            code: code.place(block),
            constants: constants.place(block),
            nested: children.place(block),
            upvalues: upvalues.place(block),
            line_info: line_info.place(block),
            absolute_lines: absolute_lines.place(block),
            locals: locals.place(block),
            source: f.source.and_then(&mut made),
            code_len: code.len(),
            constants_len: constants.len(),
            nested_len: 0,
            upvalues_len: upvalues.len() as u8,
            absolute_lines_len: absolute_lines.len(),
            locals_len: locals.len(),
            line_defined: f.line_defined,
            last_line_defined: f.last_line_defined,
            chunk: ptr::null(),
        });
        Ok((Gc::from_ptr(proto), complete))
    }
}

const _: () = assert!(size_of::<Constant>() == size_of::<Value>() && align_of::<Constant>() == align_of::<Value>());

/// Puts arrays into a prototype that was made without them. It lacks the strings of all these constants; whether there are any.
fn take_over(proto: Gc<Proto>, arrays: LargeArrays) -> bool {
    let LargeArrays { code, constants, line_info, absolute_lines } = arrays;
    let has_line_info = !line_info.is_empty();
    let lens = [code.len(), constants.len(), absolute_lines.len()].map(|len| len as u32);
    let constants = constants.into_block();
    let mut has_strings = false;
    let mut symbol_value = |symbol| {
        has_strings = true;
        symbol_value(symbol)
    };
    for i in 0..lens[1] as usize {
        // SAFETY: element `i` of the array, which has the room and the alignment of a value.
        unsafe {
            let place = constants.add(i);
            place.cast().write(value(place.read(), &mut symbol_value));
        }
    }
    // SAFETY: nobody has a reference to the prototype's fields.
    let p = unsafe { &mut *proto.as_ptr() };
    (p.code, p.line_info, p.absolute_lines) = (code.into_block(), line_info.into_block(), absolute_lines.into_block());
    p.constants = constants.cast();
    [p.code_len, p.constants_len, p.absolute_lines_len] = lens;
    p.has_line_info = has_line_info;
    p.owns_arrays = true;
    has_strings
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

    /// Fills the array with what `make` turns the elements of `from` into.
    ///
    /// # Safety
    /// As `place`; `from` is as long as the array.
    unsafe fn fill<F: Copy>(&self, block: NonNull<u8>, from: &[F], mut make: impl FnMut(F) -> T) {
        debug_assert!(from.len() == self.len);
        for (i, element) in from.iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { self.place(block).add(i).write(make(*element)) };
        }
    }

    /// Copies the array.
    ///
    /// # Safety
    /// As `fill`.
    unsafe fn copy(&self, block: NonNull<u8>, from: &[T]) {
        debug_assert!(from.len() == self.len);
        if from.is_empty() {
            return;
        }
        // SAFETY: the caller's.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), self.place(block).as_ptr(), self.len) };
    }

    fn len(&self) -> u32 {
        self.len as u32
    }
}
