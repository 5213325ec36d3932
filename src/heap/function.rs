//! Functions: prototypes, closures, upvalues, and the descriptors of standard functions.

use super::mem::{ADDRESS_BITS, ShortPointer};
use super::object::{Gc, GrayLink, Header, object_value};
use super::shared::SharedChunk;
use super::state::{Global, State, Thread};
use super::string::Str;
use crate::chunk::draft::{AbsoluteLine, Vararg};
use crate::throw::{Result, Throw};
use crate::value::{Tag, Value};
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::{self, NonNull};
use core::slice;
use core::sync::atomic::AtomicBool;

/// `lua_CFunction`.
pub type CFunction = unsafe extern "C" fn(*mut Thread) -> c_int;

/// A standard function: Rust code that the interpreter calls without a host boundary.
///
/// Arguments are the slots from the frame's base to the top; it pushes its results and returns their number.
pub type NativeFunction = fn(State) -> Result<u32>;

/// What the interpreter must do for a standard function besides calling it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NativeKind {
    /// Only `run`.
    Plain,
    /// Calls its first argument with the others, catching errors.
    Pcall,
    /// As `Pcall`, with a message handler as second argument.
    Xpcall,
    /// Continues the coroutine in argument 1 and gives `true, values` or `false, error`.
    Resume,
    /// Continues the coroutine in upvalue 1 and gives its values or raises its error.
    Wrap,
    /// Suspends the running coroutine.
    Yield,
    /// `run` leaves a function on top; it is called with no arguments and its results are the results.
    CallResult,
    /// `run` leaves three values, the results, or a metamethod and its argument, whose first three results they are.
    Pairs,
}

impl NativeKind {
    pub const COUNT: usize = NativeKind::Pairs as usize + 1;
}

/// Descriptor of a standard function. Always `static`: light functions hold its address.
#[repr(C)]
pub struct Native {
    /// Name in its library, for listings.
    pub name: &'static str,
    pub run: NativeFunction,
    /// The same as a C function, for `lua_tocfunction` and hosts that call it directly.
    pub face: CFunction,
    pub kind: NativeKind,
    /// Whether the process remembers that a host got the face (`vm::api::face`). Not in here, so that the descriptor can be in memory that is never written.
    pub handed_out: &'static AtomicBool,
}

/// Where a closure finds an upvalue when it is made.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct UpvalueDesc {
    /// `None` when stripped.
    pub name: Option<Gc<Str>>,
    pub in_stack: bool,
    pub index: u8,
    pub kind: u8,
}

/// A local variable and the instructions where it is active.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct LocalVariable {
    pub name: Option<Gc<Str>>,
    pub start_pc: u32,
    pub end_pc: u32,
}

/// A prototype: one function of a chunk. Immutable; its arrays lie behind it in the same allocation
/// (or, for shared chunks, in the chunk), but for those that it may own (`owns_arrays`).
#[repr(C)]
pub struct Proto {
    pub header: Header,
    pub gray_next: GrayLink,
    pub parameters: u8,
    pub vararg: Vararg,
    pub max_stack_size: u8,
    pub upvalues_len: u8,
    /// The code, constants, line deltas and absolute lines are blocks of their own, as far as there are any.
    pub owns_arrays: bool,
    /// There is a line delta for each instruction; otherwise it is stripped.
    pub has_line_info: bool,
    /// The chunk that was made of this function of the VM's own when it was shared by handle; null before. Only compared.
    pub published: ShortPointer<SharedChunk>,
    pub code_len: u32,
    pub code: NonNull<u32>,
    pub constants: NonNull<Value>,
    pub nested: NonNull<Gc<Proto>>,
    pub upvalues: NonNull<UpvalueDesc>,
    pub line_info: NonNull<i8>,
    pub absolute_lines: NonNull<AbsoluteLine>,
    pub locals: NonNull<LocalVariable>,
    /// Chunk name; `None` when stripped.
    pub source: Option<Gc<Str>>,
    /// The shared chunk that the function belongs to, or of which it is one VM's variant; null for private code.
    pub chunk: *const SharedChunk,
    pub constants_len: u32,
    pub nested_len: u32,
    pub absolute_lines_len: u32,
    pub locals_len: u32,
    pub line_defined: i32,
    pub last_line_defined: i32,
}

/// A function of a few instructions is to fit a cell of 128 bytes.
const _: () = assert!(size_of::<Proto>() == 120);

impl Proto {
    #[inline(always)]
    pub fn is_vararg(&self) -> bool {
        self.vararg != Vararg::No
    }
}

macro_rules! arrays {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $ptr:ident, $len:ident;)*) => {
        impl Gc<Proto> {
            $($(#[$doc])*
            #[inline(always)]
            pub fn $name(self) -> &'static [$type] {
                // SAFETY: the arrays live as long as the prototype (contract of `Gc`).
                unsafe { slice::from_raw_parts(self.$ptr.as_ptr(), self.$len as usize) }
            })*
        }
    };
}

arrays! {
    code: u32 = code, code_len;
    constants: Value = constants, constants_len;
    nested: Gc<Proto> = nested, nested_len;
    upvalues: UpvalueDesc = upvalues, upvalues_len;
    absolute_lines: AbsoluteLine = absolute_lines, absolute_lines_len;
    locals: LocalVariable = locals, locals_len;
}

impl Gc<Proto> {
    /// Line deltas, one per instruction; empty when stripped.
    #[inline(always)]
    pub fn line_info(self) -> &'static [i8] {
        let len = if self.has_line_info { self.code_len } else { 0 };
        // SAFETY: as for the other arrays.
        unsafe { slice::from_raw_parts(self.line_info.as_ptr(), len as usize) }
    }

    /// Bytes of the function and of the arrays that are its own. Not for functions in the memory of a shared chunk.
    pub fn size(self) -> usize {
        if !self.chunk.is_null() {
            return self.variant_size();
        }
        size_of::<Proto>()
            + size_of_val(self.constants())
            + size_of_val(self.upvalues())
            + size_of_val(self.locals())
            + size_of_val(self.nested())
            + size_of_val(self.absolute_lines())
            + size_of_val(self.code())
            + size_of_val(self.line_info())
    }

    /// As `size`, of a variant of shared code: its own arrays lie behind it, and the others are the chunk's.
    ///
    /// ORDER arrays of a variant (`heap::link`).
    fn variant_size(self) -> usize {
        debug_assert!(!self.header.is_shared());
        let start = self.as_ptr().addr();
        let mut end = start + size_of::<Proto>();
        if self.constants.addr().get() == end {
            end += size_of_val(self.constants());
        }
        if self.nested.addr().get() == end {
            end += size_of_val(self.nested());
        }
        end - start
    }

    /// Gives back the arrays that the prototype owns: it is dead.
    pub fn free_arrays(self, g: &Global) {
        fn free<T>(g: &Global, p: NonNull<T>, len: usize) {
            if len > 0 {
                let size = len * size_of::<T>();
                g.allocator.charge(-(size as isize));
                // SAFETY: a block of exactly this size, which nobody uses any more.
                unsafe { g.mem().give_back(p.cast(), size) };
            }
        }
        if self.owns_arrays {
            free(g, self.code, self.code().len());
            free(g, self.constants, self.constants().len());
            free(g, self.line_info, self.line_info().len());
            free(g, self.absolute_lines, self.absolute_lines().len());
        }
    }
}

/// A variable captured by closures: in a stack slot while open, in itself once closed.
#[repr(C)]
pub struct UpVal {
    /// The header, as it lies in memory, and above it the address of the value: of a stack slot, or of `closed`. In one word, since a VM has many
    /// upvalues; the address comes out of it by a shift, which reading an upvalue hardly notices. It is written whole, so that the next load of it finds
    /// one store.
    word: Cell<u64>,
    /// The value once closed; while open, the links of the thread's list (`next`, `previous` below).
    pub closed: Cell<Value>,
}

const _: () = assert!(size_of::<UpVal>() == 24 && 8 * size_of::<Header>() as u32 + ADDRESS_BITS == u64::BITS);

/// Links of an open upvalue, in the place of its closed value.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct OpenLinks {
    /// Next open upvalue of the thread, lower in the stack.
    pub next: *mut UpVal,
    /// The field that points here.
    pub previous: *mut *mut UpVal,
}

impl UpVal {
    /// The word of an upvalue with this header, the rest of it 0.
    fn word(header: Header) -> u64 {
        u64::from(u16::from_le_bytes([header.tag.0, header.mark.get()]))
    }

    /// Where the value is.
    #[inline(always)]
    pub fn slot(&self) -> *mut Value {
        ptr::with_exposed_provenance_mut((u64::from_le(self.word.get()) >> (u64::BITS - ADDRESS_BITS)) as usize)
    }

    /// Whether the value is in a higher stack slot than this one.
    #[inline(always)]
    pub fn is_above(&self, slot: *mut Value) -> bool {
        u64::from_le(self.word.get()) > (slot.addr() as u64) << (u64::BITS - ADDRESS_BITS) | u64::MAX >> ADDRESS_BITS
    }

    /// Says where the value is.
    #[inline(always)]
    pub fn set_slot(&self, slot: *mut Value) {
        let address = slot.expose_provenance() as u64;
        debug_assert!(address >> ADDRESS_BITS == 0);
        let header = u64::from_le(self.word.get()) & (u64::MAX >> ADDRESS_BITS);
        self.word.set((address << (u64::BITS - ADDRESS_BITS) | header).to_le());
    }

    #[inline(always)]
    pub fn is_open(&self) -> bool {
        self.slot().cast_const() != self.closed.as_ptr().cast_const()
    }

    /// Takes the value out of the stack. The upvalue is not listed in its thread any more.
    #[inline(always)]
    pub fn close(&self) -> Value {
        let v = self.get();
        self.closed.set(v);
        self.set_slot(self.closed.as_ptr());
        v
    }

    #[inline(always)]
    pub fn get(&self) -> Value {
        // SAFETY: a live stack slot or our own field.
        unsafe { *self.slot() }
    }

    /// Stores without a barrier.
    #[inline(always)]
    pub fn set(&self, v: Value) {
        // SAFETY: as in `get`.
        unsafe { *self.slot() = v }
    }

    /// The list links; only while open.
    #[inline(always)]
    pub fn links(&self) -> *mut OpenLinks {
        debug_assert!(self.is_open());
        self.closed.as_ptr().cast()
    }
}

/// Open upvalues that were looked for last, by stack slot: the closures that a function makes mostly capture the same variables, far down in its
/// thread's list. A place holds a live open upvalue, which is on that slot, or nothing.
pub struct RecentUpvalues([Cell<*mut UpVal>; RecentUpvalues::LEN]);

impl RecentUpvalues {
    /// As many as a big module has captured local variables.
    const LEN: usize = 32;

    pub const fn new() -> RecentUpvalues {
        RecentUpvalues([const { Cell::new(ptr::null_mut()) }; RecentUpvalues::LEN])
    }

    #[inline(always)]
    fn place(&self, slot: *mut Value) -> &Cell<*mut UpVal> {
        &self.0[slot.addr() / size_of::<Value>() % RecentUpvalues::LEN]
    }

    /// The open upvalue of a slot, if it is here.
    #[inline(always)]
    pub fn find(&self, slot: *mut Value) -> Option<Gc<UpVal>> {
        let u = NonNull::new(self.place(slot).get())?;
        // SAFETY: what is here is live.
        unsafe { (u.as_ref().slot() == slot).then(|| Gc::from_ptr(u)) }
    }

    #[inline(always)]
    pub fn note(&self, u: Gc<UpVal>) {
        self.place(u.slot()).set(u.as_ptr());
    }

    /// Forgets an upvalue that is going to be closed or freed.
    #[inline(always)]
    pub fn forget(&self, u: Gc<UpVal>) {
        let place = self.place(u.slot());
        if place.get() == u.as_ptr() {
            place.set(ptr::null_mut());
        }
    }

    /// Forgets all: a stack moves.
    pub fn clear(&self) {
        self.0.iter().for_each(|place| place.set(ptr::null_mut()));
    }
}

impl Gc<UpVal> {
    /// Takes an open upvalue out of its thread's list: it is going to be closed or freed.
    #[doc(alias = "luaF_unlinkupval")]
    pub fn unlink(self, g: &Global) {
        g.recent_upvalues.forget(self);
        // SAFETY: the links of an open upvalue point to live neighbours.
        unsafe {
            let OpenLinks { next, previous } = *self.links();
            *previous = next;
            if let Some(n) = NonNull::new(next) {
                (*n.as_ref().links()).previous = previous;
            }
        }
    }

    /// A closed upvalue holding nil. May: raise (memory), collect (emergency only).
    pub fn new_closed(g: &Global) -> Result<Gc<UpVal>> {
        let p = g.space.allocate(g, size_of::<UpVal>(), Tag::UPVALUE)?;
        // SAFETY: fresh memory of the right size.
        let u = unsafe { Self::make(g, p) };
        u.set_slot(u.closed.as_ptr());
        Ok(u)
    }

    /// An open upvalue for a stack slot, not listed in its thread yet. May: raise (memory), collect (emergency only).
    pub fn new_open(g: &Global, slot: *mut Value) -> Result<Gc<UpVal>> {
        let p = g.space.allocate(g, size_of::<UpVal>(), Tag::UPVALUE)?;
        // SAFETY: fresh memory of the right size.
        let u = unsafe { Self::make(g, p) };
        u.set_slot(slot);
        Ok(u)
    }

    /// As `new_open`, where that needs no memory from the host: it never collects.
    #[inline(always)]
    pub fn try_new_open(g: &Global, slot: *mut Value) -> Option<Gc<UpVal>> {
        let p = g.space.try_allocate(size_of::<UpVal>())?;
        // SAFETY: fresh memory of the right size.
        let u = unsafe { Self::make(g, p) };
        u.set_slot(slot);
        Some(u)
    }

    /// # Safety
    /// `p` is fresh memory for an upvalue.
    #[inline(always)]
    unsafe fn make(g: &Global, p: NonNull<u8>) -> Gc<UpVal> {
        let p = p.cast::<UpVal>();
        let word = UpVal::word(g.new_header(Tag::UPVALUE));
        // SAFETY: the caller's.
        unsafe {
            p.as_ptr().write(UpVal { word: Cell::new(word.to_le()), closed: Cell::new(Value::NIL) });
            Gc::from_ptr(p)
        }
    }
}

/// A Lua function: a prototype and its upvalues, whose handles lie behind this header.
#[repr(C)]
pub struct LuaClosure {
    pub header: Header,
    pub gray_next: GrayLink,
    pub proto: Cell<Gc<Proto>>,
}

const _: () = assert!(size_of::<LuaClosure>() == 16);

object_value!(LuaClosure, as_lua_closure, LUA_CLOSURE, |_o| Tag::LUA_CLOSURE);

impl LuaClosure {
    pub const fn size_for(upvalues: usize) -> usize {
        size_of::<LuaClosure>() + upvalues * size_of::<Gc<UpVal>>()
    }

    #[inline(always)]
    pub fn upvalue_count(&self) -> usize {
        self.proto.get().upvalues_len as usize
    }

    /// The handles; `None` until the closure is completely made.
    #[inline(always)]
    pub fn upvalues(&self) -> &[Cell<Option<Gc<UpVal>>>] {
        // SAFETY: allocated with room for them.
        unsafe { slice::from_raw_parts((self as *const LuaClosure).add(1).cast(), self.upvalue_count()) }
    }

    /// Upvalue `i` of a complete closure.
    #[inline(always)]
    pub fn upvalue(&self, i: usize) -> Gc<UpVal> {
        debug_assert!(i < self.upvalue_count());
        // SAFETY: the verifier and the compiler bound `i`; complete closures have all their upvalues.
        unsafe { (*(self as *const LuaClosure).add(1).cast::<Option<Gc<UpVal>>>().add(i)).unwrap_unchecked() }
    }
}

impl Gc<LuaClosure> {
    /// A closure over `proto` whose upvalues are still missing. May: raise (memory), collect (emergency only).
    #[inline]
    pub fn new(g: &Global, proto: Gc<Proto>) -> Result<Gc<LuaClosure>> {
        let n = proto.upvalues_len as usize;
        let p = g.space.allocate(g, LuaClosure::size_for(n), Tag::LUA_CLOSURE)?.cast::<LuaClosure>();
        // SAFETY: fresh memory of the right size.
        unsafe {
            p.as_ptr().write(LuaClosure {
                header: g.new_header(Tag::LUA_CLOSURE),
                gray_next: GrayLink::none(),
                proto: Cell::new(proto),
            });
            ptr::write_bytes(p.as_ptr().add(1).cast::<Option<Gc<UpVal>>>(), 0, n);
            Ok(Gc::from_ptr(p))
        }
    }
}

/// A C or standard function with upvalues, which lie behind this header as values.
#[repr(C)]
pub struct CClosure {
    pub header: Header,
    pub gray_next: GrayLink,
    target: Target,
}

const _: () = assert!(size_of::<CClosure>() == 16);

/// The address of a C function or of a descriptor, and above it the number of upvalues.
#[derive(Clone, Copy)]
struct Target(u64);

impl Target {
    /// Raises a memory error for what lies where objects cannot refer to it.
    fn new(address: usize, upvalues: usize) -> Result<Target> {
        if address as u64 >> ADDRESS_BITS != 0 {
            return Err(Throw::Memory);
        }
        Ok(Target(address as u64 | ((upvalues as u64) << ADDRESS_BITS)))
    }

    #[inline(always)]
    fn address<T>(self) -> *const T {
        ptr::with_exposed_provenance((self.0 & (u64::MAX >> (u64::BITS - ADDRESS_BITS))) as usize)
    }

    #[inline(always)]
    fn upvalue_count(self) -> usize {
        (self.0 >> ADDRESS_BITS) as usize
    }
}

object_value!(CClosure, as_c_closure, C_CLOSURE | NATIVE_CLOSURE, |o| o.header.tag);

impl CClosure {
    pub const fn size_for(upvalues: usize) -> usize {
        size_of::<CClosure>() + upvalues * size_of::<Value>()
    }

    #[inline(always)]
    pub fn upvalue_count(&self) -> usize {
        self.target.upvalue_count()
    }

    #[inline(always)]
    pub fn upvalues(&self) -> &[Cell<Value>] {
        // SAFETY: allocated with room for them.
        unsafe { slice::from_raw_parts((self as *const CClosure).add(1).cast(), self.upvalue_count()) }
    }

    /// The standard function, if this is one.
    #[inline(always)]
    pub fn native(&self) -> Option<&'static Native> {
        // SAFETY: the tag says what the address is of.
        if self.header.tag == Tag::NATIVE_CLOSURE { Some(unsafe { &*self.target.address::<Native>() }) } else { None }
    }

    /// The function as C sees it.
    #[inline(always)]
    pub fn c_function(&self) -> CFunction {
        match self.native() {
            Some(n) => n.face,
            // SAFETY: the tag says what the address is of.
            None => unsafe { core::mem::transmute::<*const (), CFunction>(self.target.address()) },
        }
    }

    fn make(g: &Global, tag: Tag, address: usize, upvalues: &[Value]) -> Result<Gc<CClosure>> {
        debug_assert!(upvalues.len() <= 255);
        let target = Target::new(address, upvalues.len())?;
        let p = g.space.allocate(g, Self::size_for(upvalues.len()), tag)?.cast::<CClosure>();
        // SAFETY: fresh memory of the right size.
        unsafe {
            p.as_ptr().write(CClosure { header: g.new_header(tag), gray_next: GrayLink::none(), target });
            ptr::copy_nonoverlapping(upvalues.as_ptr(), p.as_ptr().add(1).cast::<Value>(), upvalues.len());
            Ok(Gc::from_ptr(p))
        }
    }

    /// A closure of a C function over these values (at most 255). The values must be reachable.
    /// May: raise (memory), collect (emergency only).
    pub fn new(g: &Global, function: CFunction, upvalues: &[Value]) -> Result<Gc<CClosure>> {
        Self::make(g, Tag::C_CLOSURE, (function as *const ()).expose_provenance(), upvalues)
    }

    /// As `new`, for a standard function.
    pub fn new_native(g: &Global, native: &'static Native, upvalues: &[Value]) -> Result<Gc<CClosure>> {
        Self::make(g, Tag::NATIVE_CLOSURE, ptr::from_ref(native).expose_provenance(), upvalues)
    }
}

impl Value {
    /// A standard function without upvalues.
    #[inline(always)]
    pub fn native(native: &'static Native) -> Value {
        Value::pointer(Tag::NATIVE, native)
    }

    /// A C function without upvalues.
    #[inline(always)]
    pub fn light_c(function: CFunction) -> Value {
        Value::pointer(Tag::LIGHT_C, function as *const ())
    }

    /// The C function.
    ///
    /// # Safety
    /// The tag is `LIGHT_C`.
    #[inline(always)]
    pub unsafe fn light_c_payload(self) -> CFunction {
        // SAFETY: such values hold the address of a C function.
        unsafe { core::mem::transmute::<*mut (), CFunction>(self.address()) }
    }

    /// The descriptor, if this is a standard function with or without upvalues.
    #[inline(always)]
    pub fn as_native(self) -> Option<&'static Native> {
        match self.tag {
            // SAFETY: such values hold the address of a static descriptor.
            Tag::NATIVE => Some(unsafe { &*self.address::<Native>() }),
            Tag::NATIVE_CLOSURE => self.as_c_closure()?.native(),
            _ => None,
        }
    }

    /// The function as C sees it, if it is not a Lua function.
    #[inline(always)]
    pub fn as_c_function(self) -> Option<CFunction> {
        match self.tag {
            // SAFETY: the tag says so.
            Tag::LIGHT_C => Some(unsafe { self.light_c_payload() }),
            Tag::NATIVE => Some(self.as_native()?.face),
            _ => Some(self.as_c_closure()?.c_function()),
        }
    }
}
