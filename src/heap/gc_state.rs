//! The collector's variables: plain data that the heap keeps for `gc`.

use super::mem::Mem;
use super::object::{Gc, Header, mark};
use super::percentage::Percentage;
use super::state::{Global, State};
use super::table::Table;
use crate::edition::LUA_5_5;
use crate::throw::{Result, Throw};
use crate::value::Value;
use core::cell::Cell;
use core::mem::size_of;
use core::ptr::{self, NonNull};

/// Why the collector does not run (`GcState::stopped`).
pub mod stop {
    /// The user stopped it.
    pub const USER: u8 = 1;
    /// It stopped itself, while a finalizer runs.
    pub const SELF: u8 = 2;
    /// The state closes.
    pub const CLOSING: u8 = 4;
}

/// Marks a value that is about to move inside the table visited in slices.
pub type Keep = fn(&Global, Value);

/// What the collector does next. In the phases up to `Atomic` no black object may point to a white one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    Propagate,
    EnterAtomic,
    Atomic,
    SweepBlocks,
    SweepLarge,
    SweepEnd,
    CallFinalizers,
    Pause,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Incremental,
    Generational,
    /// Generational for the user, but major collections are under way, one after the other and each in steps, as in
    /// incremental mode. Edition 5.5 only.
    Major,
}

/// Calls a finalizer with its object, hooks off, errors turned into warnings (`error in __gc`). Installed by the VM.
///
/// May: move the stack.
pub type CallFinalizer = fn(State, finalizer: Value, object: Value);

/// A list of objects linked through their `gray_next` fields.
pub type GrayList = Cell<Option<Gc<Header>>>;

pub struct GcState {
    /// Mark of new objects: one of the two whites.
    pub white: Cell<u8>,
    /// Why the collector is stopped (bits of `stop`); 0 when it runs.
    pub stopped: Cell<u8>,
    pub phase: Cell<Phase>,
    pub mode: Cell<Mode>,
    /// The collection under way was forced by a failed allocation: no finalizers, no moving of stacks.
    pub emergency: Cell<bool>,
    /// A full collection is under way: what memory can be is given back.
    pub full: Cell<bool>,
    /// Everything will be marked without a pause: what is in use of linked chunks and shared tables is noted.
    pub whole: Cell<bool>,
    /// A step is under way and must not be entered again by an emergency.
    pub busy: Cell<bool>,

    /// `lua_gc` parameters, as upstream stores them: percentages divided by four, except `minor` (percent) and `step_size`
    /// (logarithm of bytes).
    pub pause: Cell<u8>,
    pub step_multiplier: Cell<u8>,
    pub step_size: Cell<u8>,
    pub minor: Cell<u8>,
    pub major: Cell<u8>,
    /// The parameters of edition 5.5, by their numbers (`LUA_GCPMINORMUL` and its like).
    pub parameters: [Cell<Percentage>; 6],

    /// Bytes in use that are not garbage, as estimated by the last collection.
    pub estimate: Cell<usize>,
    /// Generational mode after a bad collection: how much the last one marked; 0 otherwise. Edition 5.4 only.
    pub last_atomic: Cell<usize>,
    /// What the generational mode of edition 5.5 decides by.
    pub growth: Growth,

    /// Objects to visit.
    pub gray: GrayList,
    /// Objects to visit once more in the atomic phase.
    pub gray_again: GrayList,
    /// Threads and weak tables, which are visited again in the atomic phase in any case and not before.
    pub gray_last: GrayList,
    /// How often what is in `gray_again` has been visited before the atomic phase of this cycle.
    pub revisits: Cell<u8>,
    /// Tables with weak values to be cleared.
    pub weak: GrayList,
    /// Ephemeron tables with white keys and white values.
    pub ephemeron: GrayList,
    /// Tables with weak keys to be cleared, and weak values too if they are all weak.
    pub all_weak: GrayList,

    /// A large table that is visited in slices: black, its entries below `slice_next` are marked.
    pub sliced: Cell<Option<Gc<Table>>>,
    pub slice_next: Cell<usize>,
    pub keep: Cell<Option<Keep>>,

    /// Objects with finalizers, in the order in which they got them.
    pub finalizable: ObjectList,
    /// In generational mode: how many of them, from the first, cannot be white, and how many are no longer new.
    pub finalizable_old: Cell<usize>,
    pub finalizable_survived: Cell<usize>,
    /// Objects whose finalizers are to be called, in that order, from `pending_first` on. It always has room for all
    /// `finalizable`.
    pub pending: ObjectList,
    pub pending_first: Cell<usize>,

    pub call_finalizer: Cell<Option<CallFinalizer>>,
    /// The thread that runs now, kept by whoever resumes and returns: a root, besides the main thread and the registry.
    pub running: Cell<Option<State>>,
    /// Threads with open upvalues, linked through `next_with_upvalues`.
    pub threads_with_upvalues: Cell<Option<State>>,
}

/// What came since the last major collection, in the generational mode of edition 5.5.
pub struct Growth {
    /// Bytes in use after that collection.
    pub in_use: Cell<usize>,
    /// Bytes of the objects that it marked. They are fewer, since cells are larger than objects, and not everything is an object.
    pub live: Cell<usize>,
    /// Bytes of the objects that minor collections have made old since.
    pub aged: Cell<usize>,
    /// Bytes of the objects that the collection under way has marked, if it counts them.
    pub marked: Cell<usize>,
    /// Objects that are marked are to be noted: counted, or made old while `aging`.
    pub noting: Cell<bool>,
    /// The sweep under way frees nothing: it makes everything white, and the first major collection begins after it.
    pub whitening: Cell<bool>,
    /// The sweep under way, in steps, makes old what it keeps. The mode is generational again.
    pub aging: Cell<bool>,
}

impl GcState {
    pub const fn new() -> GcState {
        GcState {
            white: Cell::new(mark::WHITE0),
            stopped: Cell::new(0),
            phase: Cell::new(Phase::Pause),
            mode: Cell::new(Mode::Incremental),
            emergency: Cell::new(false),
            full: Cell::new(false),
            whole: Cell::new(false),
            busy: Cell::new(false),
            pause: Cell::new(if LUA_5_5 { 250 } else { 200 } / 4),
            step_multiplier: Cell::new(if LUA_5_5 { 200 } else { 100 } / 4),
            step_size: Cell::new(13),
            minor: Cell::new(20),
            major: Cell::new(if LUA_5_5 { 70 } else { 100 } / 4),
            parameters: [
                Cell::new(Percentage::new(20)),
                Cell::new(Percentage::new(50)),
                Cell::new(Percentage::new(70)),
                Cell::new(Percentage::new(250)),
                Cell::new(Percentage::new(200)),
                Cell::new(Percentage::new(9600)),
            ],
            estimate: Cell::new(0),
            last_atomic: Cell::new(0),
            growth: Growth {
                in_use: Cell::new(0),
                live: Cell::new(0),
                aged: Cell::new(0),
                marked: Cell::new(0),
                noting: Cell::new(false),
                whitening: Cell::new(false),
                aging: Cell::new(false),
            },
            gray: Cell::new(None),
            gray_again: Cell::new(None),
            gray_last: Cell::new(None),
            revisits: Cell::new(0),
            weak: Cell::new(None),
            ephemeron: Cell::new(None),
            all_weak: Cell::new(None),
            sliced: Cell::new(None),
            slice_next: Cell::new(0),
            keep: Cell::new(None),
            finalizable: ObjectList::new(),
            finalizable_old: Cell::new(0),
            finalizable_survived: Cell::new(0),
            pending: ObjectList::new(),
            pending_first: Cell::new(0),
            call_finalizer: Cell::new(None),
            running: Cell::new(None),
            threads_with_upvalues: Cell::new(None),
        }
    }

    /// Black objects may not point to white ones now.
    #[inline(always)]
    pub fn keeps_invariant(&self) -> bool {
        self.phase.get() <= Phase::Atomic
    }

    /// The elements of a table changed places among themselves, without barriers: a visit in slices starts over.
    #[inline]
    pub fn rearranged(&self, t: Gc<Table>) {
        if self.sliced.get() == Some(t) {
            self.slice_next.set(0);
        }
    }

    #[inline(always)]
    pub fn is_sweeping(&self) -> bool {
        matches!(self.phase.get(), Phase::SweepBlocks | Phase::SweepLarge | Phase::SweepEnd)
    }
}

impl Default for GcState {
    fn default() -> Self {
        Self::new()
    }
}

/// A growable array of handles in memory of the VM.
pub struct ObjectList {
    items: Cell<*mut Option<Gc<Header>>>,
    len: Cell<usize>,
    capacity: Cell<usize>,
}

impl ObjectList {
    const fn new() -> ObjectList {
        ObjectList { items: Cell::new(ptr::null_mut()), len: Cell::new(0), capacity: Cell::new(0) }
    }

    pub fn len(&self) -> usize {
        self.len.get()
    }

    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements; `None` where one was taken out.
    pub fn items(&self) -> &[Cell<Option<Gc<Header>>>] {
        let p = NonNull::new(self.items.get()).unwrap_or(NonNull::dangling());
        // SAFETY: `len` elements are initialised; a `Cell` has the layout of what it holds.
        unsafe { core::slice::from_raw_parts(p.as_ptr().cast(), self.len.get()) }
    }

    /// Makes room for `total` elements. May: raise (memory), collect (emergency only).
    pub fn reserve(&self, mem: Mem, total: usize) -> Result {
        if total <= self.capacity.get() { Ok(()) } else { self.set_capacity(mem, total.max(self.capacity.get() * 2).max(4)) }
    }

    /// May: raise (memory), collect (emergency only). An emergency may take elements out, but adds none.
    fn set_capacity(&self, mem: Mem, capacity: usize) -> Result {
        let each = size_of::<Option<Gc<Header>>>();
        let bytes = capacity.checked_mul(each).filter(|b| *b < isize::MAX as usize).ok_or(Throw::Memory)?;
        let p = mem.obtain(bytes, 0)?.cast::<Option<Gc<Header>>>();
        // SAFETY: both blocks have room for `len` elements.
        unsafe { ptr::copy_nonoverlapping(self.items().as_ptr().cast(), p.as_ptr(), self.len.get()) };
        let len = self.len.get();
        self.free(mem);
        self.items.set(p.as_ptr());
        self.len.set(len);
        self.capacity.set(capacity);
        mem.allocator().charge(bytes as isize);
        Ok(())
    }

    /// Adds an element, for which there is room.
    pub fn push(&self, o: Gc<Header>) {
        debug_assert!(self.len.get() < self.capacity.get());
        // SAFETY: within the capacity.
        unsafe { self.items.get().add(self.len.get()).write(Some(o)) };
        self.len.set(self.len.get() + 1);
    }

    /// Removes the elements from `len` on.
    pub fn truncate(&self, len: usize) {
        self.len.set(self.len.get().min(len));
    }

    /// Gives memory back when most of it is unused and not `needed`; does nothing when memory is short.
    pub fn shrink(&self, mem: Mem, needed: usize) {
        let needed = needed.max(self.len.get());
        if needed == 0 {
            self.free(mem);
        } else if self.capacity.get() > 16 && needed < self.capacity.get() / 4 {
            let _ = self.set_capacity(mem, needed * 2);
        }
    }

    pub fn free(&self, mem: Mem) {
        if let Some(p) = NonNull::new(self.items.replace(ptr::null_mut())) {
            let bytes = self.capacity.get() * size_of::<Option<Gc<Header>>>();
            mem.allocator().charge(-(bytes as isize));
            // SAFETY: obtained with this size.
            unsafe { mem.give_back(p.cast(), bytes) };
        }
        self.len.set(0);
        self.capacity.set(0);
    }
}
