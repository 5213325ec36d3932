//! Function tree -> shared chunk: compact, in one block, with its strings in the process's pool.

use super::draft::AbsoluteLine;
use super::view::{Constant, View};
use crate::heap::function::{LocalVariable, Proto, UpvalueDesc};
use crate::heap::mem::ShortPointer;
use crate::heap::names;
use crate::heap::object::{Gc, GrayLink, Header, mark};
use crate::heap::pool;
use crate::heap::shared::SharedChunk;
use crate::heap::string::Str;
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc};
use std::collections::HashMap;
use std::sync::Arc;

/// Copies a function and those nested in it into a chunk of the process.
///
/// The memory is the process's; the caller has decided that this function may be shared.
pub fn publish<'a, V: View<'a>>(main: V) -> Arc<SharedChunk> {
    names::init();
    let mut functions = Vec::new();
    collect(main, &mut functions);
    let mut size = 0;
    let offsets: Vec<usize> = functions
        .iter()
        .map(|f| {
            let offset = size;
            size += Arrays::of(f.function).size.next_multiple_of(16);
            offset
        })
        .collect();
    let layout = Layout::from_size_align(size, 16).expect("a chunk is smaller than the address space");
    // SAFETY: the size is not zero: there is at least one function.
    let block = NonNull::new(unsafe { alloc(layout) }).expect("memory for shared code");
    let mut strings = Strings::default();
    let at = |i: usize| {
        // SAFETY: inside the block; the prototype is written below.
        unsafe { Gc::from_ptr(block.add(offsets[i]).cast::<Proto>()) }
    };
    for (i, f) in functions.iter().enumerate() {
        // SAFETY: the block has room for the function at its offset.
        unsafe { write(f, block.add(offsets[i]), &mut strings, &at) };
    }
    let [constants, names] = strings.finish();
    // SAFETY: all prototypes lie in the block and refer to these strings only.
    let chunk = unsafe { SharedChunk::new(at(0), block, layout, constants, names) };
    for offset in offsets {
        // SAFETY: nobody else knows the chunk yet.
        unsafe { (*block.add(offset).cast::<Proto>().as_ptr()).chunk = Arc::as_ptr(&chunk) };
    }
    chunk
}

/// A function and where those nested in it stand in the list.
struct Function<V> {
    function: V,
    nested: Vec<usize>,
}

/// Lists a function and those nested in it, it first. The nesting of functions is bounded by compiler and undumper.
fn collect<'a, V: View<'a>>(function: V, list: &mut Vec<Function<V>>) -> usize {
    let index = list.len();
    list.push(Function { function, nested: Vec::new() });
    for i in 0..function.nested_count() {
        let child = collect(function.nested(i), list);
        list[index].nested.push(child);
    }
    index
}

/// Offsets of a function's arrays behind its prototype, widest elements first.
struct Arrays {
    constants: usize,
    upvalues: usize,
    locals: usize,
    nested: usize,
    absolute_lines: usize,
    code: usize,
    line_info: usize,
    size: usize,
}

impl Arrays {
    fn of<'a, V: View<'a>>(f: V) -> Arrays {
        let constants = size_of::<Proto>();
        let upvalues = constants + f.constant_count() * size_of::<Value>();
        let locals = upvalues + f.upvalue_count() * size_of::<UpvalueDesc>();
        let nested = locals + f.local_count() * size_of::<LocalVariable>();
        let absolute_lines = nested + f.nested_count() * size_of::<Gc<Proto>>();
        let code = absolute_lines + size_of_val(f.absolute_lines());
        let line_info = code + size_of_val(f.code());
        let size = line_info + f.line_info().len();
        Arrays { constants, upvalues, locals, nested, absolute_lines, code, line_info, size }
    }
}

/// Writes one prototype with its arrays.
///
/// # Safety
/// `p` has room for what `Arrays::of` says.
unsafe fn write<'a, V: View<'a>>(
    function: &Function<V>,
    p: NonNull<u8>,
    strings: &mut Strings<'a>,
    at: &impl Fn(usize) -> Gc<Proto>,
) {
    let f = function.function;
    let arrays = Arrays::of(f);
    // SAFETY: the caller's; the arrays do not overlap and are aligned, since their elements come by falling alignment.
    unsafe {
        let constants = p.add(arrays.constants).cast::<Value>();
        for i in 0..f.constant_count() {
            constants.add(i).write(match f.constant(i) {
                Constant::Nil => Value::NIL,
                Constant::False => Value::FALSE,
                Constant::True => Value::TRUE,
                Constant::Integer(n) => Value::integer(n),
                Constant::Float(n) => Value::float(n),
                Constant::String(text) => strings.constant(text).into(),
            });
        }
        let upvalues = p.add(arrays.upvalues).cast::<UpvalueDesc>();
        for i in 0..f.upvalue_count() {
            let u = f.upvalue(i);
            let name = u.name.map(|n| strings.name(n));
            upvalues.add(i).write(UpvalueDesc { name, in_stack: u.in_stack, index: u.index, kind: u.kind });
        }
        let locals = p.add(arrays.locals).cast::<LocalVariable>();
        for i in 0..f.local_count() {
            let l = f.local(i);
            let name = l.name.map(|n| strings.name(n));
            locals.add(i).write(LocalVariable { name, start_pc: l.start_pc, end_pc: l.end_pc });
        }
        let nested = p.add(arrays.nested).cast::<Gc<Proto>>();
        for (i, child) in function.nested.iter().enumerate() {
            nested.add(i).write(at(*child));
        }
        let absolute_lines = p.add(arrays.absolute_lines).cast::<AbsoluteLine>();
        copy(f.absolute_lines(), absolute_lines);
        let code = p.add(arrays.code).cast::<u32>();
        copy(f.code(), code);
        let line_info = p.add(arrays.line_info).cast::<i8>();
        copy(f.line_info(), line_info);
        p.cast::<Proto>().write(Proto {
            header: Header { tag: Tag::PROTO, mark: Cell::new(mark::PROCESS) },
            parameters: f.parameters(),
            vararg: f.vararg(),
            max_stack_size: f.max_stack_size(),
            owns_arrays: false,
            has_line_info: !f.line_info().is_empty(),
            published: ShortPointer::null(),
            gray_next: GrayLink::none(),
            code,
            constants,
            nested,
            upvalues,
            line_info,
            absolute_lines,
            locals,
            source: f.source().map(|n| strings.source(n)),
            code_len: f.code().len() as u32,
            constants_len: f.constant_count() as u32,
            nested_len: f.nested_count() as u32,
            upvalues_len: f.upvalue_count() as u8,
            absolute_lines_len: f.absolute_lines().len() as u32,
            locals_len: f.local_count() as u32,
            line_defined: f.line_defined(),
            last_line_defined: f.last_line_defined(),
            chunk: core::ptr::null(),
        });
    }
}

/// # Safety
/// `to` has room for all of `from`.
unsafe fn copy<T: Copy>(from: &[T], to: NonNull<T>) {
    // SAFETY: the caller's.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to.as_ptr(), from.len()) };
}

/// The pooled strings of a chunk in the making: one reference on each.
#[derive(Default)]
struct Strings<'a> {
    /// Text to string, and whether it is a constant.
    made: HashMap<Vec<u8>, (Made, bool)>,
    /// The last source.
    source: Option<(&'a [u8], Gc<Str>)>,
}

struct Made(Gc<Str>);

impl<'a> Strings<'a> {
    fn get(&mut self, text: &[u8], is_constant: bool) -> Gc<Str> {
        if let Some((s, constant)) = self.made.get_mut(text) {
            *constant |= is_constant;
            return s.0;
        }
        let s = pool::acquire(text);
        self.made.insert(text.to_vec(), (Made(s), is_constant));
        s
    }

    fn constant(&mut self, text: &[u8]) -> Gc<Str> {
        self.get(text, true)
    }

    fn name(&mut self, text: &[u8]) -> Gc<Str> {
        self.get(text, false)
    }

    /// As `name`, for a source. The functions of a chunk mostly have one text, which may be as long as all of them together:
    /// it is looked at once.
    fn source(&mut self, text: &'a [u8]) -> Gc<Str> {
        if let Some((last, s)) = self.source
            && core::ptr::eq(last, text)
        {
            return s;
        }
        let s = self.name(text);
        self.source = Some((text, s));
        s
    }

    /// Constants and names; static names need no reference and are in neither.
    fn finish(self) -> [Box<[Gc<Str>]>; 2] {
        let (mut constants, mut names) = (Vec::new(), Vec::new());
        for (s, is_constant) in self.made.into_values() {
            if pool::is_pooled(s.0) {
                if is_constant { constants.push(s.0) } else { names.push(s.0) }
            }
        }
        [constants.into(), names.into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::testing::{many_functions_with_a_long_name, with_mem};
    use crate::chunk::view::DraftView;
    use std::time::{Duration, Instant};

    #[test]
    fn the_name_of_a_chunk_is_not_read_for_each_function() {
        with_mem(|mem| {
            let draft = many_functions_with_a_long_name(mem);
            let start = Instant::now();
            let chunk = publish(DraftView::main(&draft));
            assert!(start.elapsed() < Duration::from_secs(2), "took {:?}", start.elapsed());
            assert_eq!(chunk.main.source, chunk.main.nested()[9_999].source);
        });
    }
}
