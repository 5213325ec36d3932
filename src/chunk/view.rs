//! A function as its readers see it, wherever it is kept.
//!
//! Dump, listing and symbolic debug information read functions only through `View`: the same code serves drafts (the stand-alone
//! compiler, which needs no VM) and prototypes.

use super::draft::{self, AbsoluteLine, Draft, FunctionDraft, Symbol, Vararg};
use crate::heap::function::Proto;
use crate::heap::object::Gc;
use crate::heap::string::Str;
use crate::value::Tag;
use core::ops::Range;

/// A constant, its text borrowed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constant<'a> {
    Nil,
    False,
    True,
    Integer(i64),
    Float(f64),
    String(&'a [u8]),
}

/// Where a closure finds an upvalue when it is made, and its name unless stripped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Upvalue<'a> {
    pub name: Option<&'a [u8]>,
    pub in_stack: bool,
    pub index: u8,
    pub kind: u8,
}

/// A local variable and the instructions where it is active.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local<'a> {
    pub name: Option<&'a [u8]>,
    pub start_pc: u32,
    pub end_pc: u32,
}

/// A function of a chunk. The text it hands out lives as long as `'a`.
pub trait View<'a>: Copy {
    fn code(self) -> &'a [u32];
    fn parameters(self) -> u8;
    fn vararg(self) -> Vararg;
    fn max_stack_size(self) -> u8;
    fn line_defined(self) -> i32;
    fn last_line_defined(self) -> i32;
    /// Chunk name, with its `@` or `=`; `None` when stripped.
    fn source(self) -> Option<&'a [u8]>;
    fn constant_count(self) -> usize;
    fn constant(self, index: usize) -> Constant<'a>;
    fn nested_count(self) -> usize;
    fn nested(self, index: usize) -> Self;
    fn upvalue_count(self) -> usize;
    fn upvalue(self, index: usize) -> Upvalue<'a>;
    /// Line deltas, one per instruction; empty when stripped.
    fn line_info(self) -> &'a [i8];
    fn absolute_lines(self) -> &'a [AbsoluteLine];
    fn local_count(self) -> usize;
    fn local(self, index: usize) -> Local<'a>;
    /// The instructions where a local variable is active. Cheaper than `local`, which looks up the name, too.
    fn local_range(self, index: usize) -> Range<u32>;
    /// What stands for the function in listings.
    fn address(self) -> usize;
}

/// A function of a draft.
#[derive(Clone, Copy)]
pub struct DraftView<'a> {
    draft: &'a Draft,
    index: u32,
}

impl<'a> DraftView<'a> {
    /// The main function.
    pub fn main(draft: &'a Draft) -> DraftView<'a> {
        DraftView { draft, index: 0 }
    }

    fn function(self) -> &'a FunctionDraft {
        &self.draft.functions[self.index]
    }

    fn text(self, symbol: Symbol) -> &'a [u8] {
        self.draft.symbols.bytes(symbol)
    }
}

impl<'a> View<'a> for DraftView<'a> {
    fn code(self) -> &'a [u32] {
        &self.function().code
    }

    fn parameters(self) -> u8 {
        self.function().parameters
    }

    fn vararg(self) -> Vararg {
        self.function().vararg
    }

    fn max_stack_size(self) -> u8 {
        self.function().max_stack_size
    }

    fn line_defined(self) -> i32 {
        self.function().line_defined
    }

    fn last_line_defined(self) -> i32 {
        self.function().last_line_defined
    }

    fn source(self) -> Option<&'a [u8]> {
        self.function().source.map(|s| self.text(s))
    }

    fn constant_count(self) -> usize {
        self.function().constants.len()
    }

    fn constant(self, index: usize) -> Constant<'a> {
        match self.function().constants[index] {
            draft::Constant::Nil => Constant::Nil,
            draft::Constant::False => Constant::False,
            draft::Constant::True => Constant::True,
            draft::Constant::Integer(i) => Constant::Integer(i),
            draft::Constant::Float(n) => Constant::Float(n),
            draft::Constant::String(s) => Constant::String(self.text(s)),
        }
    }

    fn nested_count(self) -> usize {
        self.function().nested.len()
    }

    fn nested(self, index: usize) -> Self {
        DraftView { index: self.function().nested[index], ..self }
    }

    fn upvalue_count(self) -> usize {
        self.function().upvalues.len()
    }

    fn upvalue(self, index: usize) -> Upvalue<'a> {
        let u = self.function().upvalues[index];
        Upvalue { name: u.name.map(|n| self.text(n)), in_stack: u.in_stack, index: u.index, kind: u.kind }
    }

    fn line_info(self) -> &'a [i8] {
        &self.function().line_info
    }

    fn absolute_lines(self) -> &'a [AbsoluteLine] {
        &self.function().absolute_lines
    }

    fn local_count(self) -> usize {
        self.function().locals.len()
    }

    fn local(self, index: usize) -> Local<'a> {
        let l = self.function().locals[index];
        Local { name: l.name.map(|n| self.text(n)), start_pc: l.start_pc, end_pc: l.end_pc }
    }

    fn local_range(self, index: usize) -> Range<u32> {
        let l = &self.function().locals[index];
        l.start_pc..l.end_pc
    }

    fn address(self) -> usize {
        core::ptr::from_ref(self.function()).addr()
    }
}

/// The text lives as long as the prototype (contract of `Gc`).
impl View<'static> for Gc<Proto> {
    fn code(self) -> &'static [u32] {
        Gc::<Proto>::code(self)
    }

    fn parameters(self) -> u8 {
        self.parameters
    }

    fn vararg(self) -> Vararg {
        self.vararg
    }

    fn max_stack_size(self) -> u8 {
        self.max_stack_size
    }

    fn line_defined(self) -> i32 {
        self.line_defined
    }

    fn last_line_defined(self) -> i32 {
        self.last_line_defined
    }

    fn source(self) -> Option<&'static [u8]> {
        self.source.map(Gc::<Str>::bytes)
    }

    fn constant_count(self) -> usize {
        self.constants().len()
    }

    fn constant(self, index: usize) -> Constant<'static> {
        let v = self.constants()[index];
        match v.tag {
            Tag::NIL => Constant::Nil,
            Tag::FALSE => Constant::False,
            Tag::TRUE => Constant::True,
            Tag::INTEGER => Constant::Integer(v.integer_payload()),
            Tag::FLOAT => Constant::Float(v.float_payload()),
            _ => Constant::String(Gc::<Str>::bytes(v.as_string().expect("a constant is nil, a boolean, a number or a string"))),
        }
    }

    fn nested_count(self) -> usize {
        Gc::<Proto>::nested(self).len()
    }

    fn nested(self, index: usize) -> Self {
        Gc::<Proto>::nested(self)[index]
    }

    fn upvalue_count(self) -> usize {
        self.upvalues().len()
    }

    fn upvalue(self, index: usize) -> Upvalue<'static> {
        let u = self.upvalues()[index];
        Upvalue { name: u.name.map(Gc::<Str>::bytes), in_stack: u.in_stack, index: u.index, kind: u.kind }
    }

    fn line_info(self) -> &'static [i8] {
        Gc::<Proto>::line_info(self)
    }

    fn absolute_lines(self) -> &'static [AbsoluteLine] {
        Gc::<Proto>::absolute_lines(self)
    }

    fn local_count(self) -> usize {
        self.locals().len()
    }

    fn local(self, index: usize) -> Local<'static> {
        let l = self.locals()[index];
        Local { name: l.name.map(Gc::<Str>::bytes), start_pc: l.start_pc, end_pc: l.end_pc }
    }

    fn local_range(self, index: usize) -> Range<u32> {
        let l = &self.locals()[index];
        l.start_pc..l.end_pc
    }

    fn address(self) -> usize {
        self.as_ptr().addr()
    }
}
