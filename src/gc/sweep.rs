//! Sweeping: what is still white from before is freed, everything else becomes white (or older).

use super::mark::{bytes_of, link, set_age, set_black, set_gray};
use super::threads;
use crate::edition::LUA_5_5;
use crate::heap::function::{Proto, UpVal};
use crate::heap::gc_state::Phase;
use crate::heap::object::{Gc, Header, mark};
use crate::heap::space::{Fate, block_flags};
use crate::heap::state::{Global, Thread};
use crate::heap::string::Str;
use crate::heap::strings::StringTable;
use crate::heap::table::Table;
use crate::value::Tag;
use core::cell::Cell;
use core::mem::MaybeUninit;

/// Large objects swept in one step, and the work that one is worth.
const LARGE_A_STEP: usize = 50;
const LARGE_COST: usize = 4;

/// What freeing an object is worth beside looking at it: about as long as visiting that many slots. The steps of 5.5 are short anyway.
const DEAD_COST: usize = if LUA_5_5 { 0 } else { 6 };

/// Bytes of a string table that the processor's first cache is likely to hold.
const NEAR: usize = 32 << 10;

/// Dead short strings on their way out of the string table. From a large one, several are taken out together, after their slots were asked
/// for: waiting for memory is most of the work, and this way it is waited for once.
struct DeadStrings<'a> {
    table: &'a StringTable,
    strings: [Cell<MaybeUninit<(*mut Str, u32)>>; 16],
    count: Cell<usize>,
    is_near: bool,
}

impl DeadStrings<'_> {
    fn new(g: &Global) -> DeadStrings<'_> {
        g.strings.note_most();
        DeadStrings {
            table: &g.strings,
            strings: [const { Cell::new(MaybeUninit::uninit()) }; 16],
            count: Cell::new(0),
            is_near: g.strings.bytes() <= NEAR,
        }
    }

    #[inline]
    fn add(&self, s: Gc<Str>) {
        let hash = s.hash();
        if self.is_near {
            return self.table.remove(s.as_ptr(), hash);
        }
        self.table.prepare(hash);
        let n = self.count.get();
        self.strings[n].set(MaybeUninit::new((s.as_ptr(), hash)));
        self.count.set(n + 1);
        if n + 1 == self.strings.len() {
            self.finish();
        }
    }

    #[inline(never)]
    fn finish(&self) {
        for s in &self.strings[..self.count.replace(0)] {
            // SAFETY: the first `count` were added.
            let (s, hash) = unsafe { s.get().assume_init() };
            self.table.remove(s, hash);
        }
    }
}

impl Drop for DeadStrings<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Frees what belongs to a dead object; its own memory is the space's business.
#[inline]
fn release(g: &Global, o: Gc<Header>, strings: &DeadStrings) {
    // SAFETY: the tag says what the object is.
    unsafe {
        match o.tag {
            Tag::TABLE => o.cast::<Table>().free_parts(g),
            Tag::SHORT_STRING => strings.add(o.cast()),
            Tag::UPVALUE => {
                let u: Gc<UpVal> = o.cast();
                if u.is_open() {
                    u.unlink(g);
                }
            }
            Tag::THREAD => threads::free_parts(o.cast()),
            Tag::PROTO => o.cast::<Proto>().free_arrays(g),
            _ => {}
        }
    }
}

/// The fate of an object in the sweep of an incremental collection.
#[inline(always)]
fn fate_incremental(g: &Global, o: Gc<Header>, white: u8, strings: &DeadStrings) -> Fate {
    let m = o.mark.get();
    if m & (white ^ mark::WHITES) != 0 {
        release(g, o, strings);
        Fate::Free
    } else {
        // Other threads look at shared tables.
        if m & mark::SHARED == 0 {
            o.mark.set(m & !(mark::WHITES | mark::BLACK | mark::AGE) | white);
        }
        Fate::Keep
    }
}

/// What lives is old from now on. Threads will be visited by every collection, and open upvalues stay gray.
#[inline(always)]
fn make_old(g: &Global, o: Gc<Header>) {
    set_age(o, mark::OLD);
    // SAFETY: the tag says what the object is.
    let is_open_upvalue = || o.tag == Tag::UPVALUE && unsafe { o.cast::<UpVal>() }.is_open();
    if o.tag == Tag::THREAD {
        set_black(o);
        link(o, &g.gc.gray_again);
    } else if is_open_upvalue() {
        set_gray(o);
    } else {
        set_black(o);
    }
}

/// The fate of an object in the sweep that ends a major collection in steps: what was marked becomes old. What is newer is white, or of an age
/// that the barriers gave it.
#[inline(always)]
fn fate_aging(g: &Global, o: Gc<Header>, white: u8, strings: &DeadStrings) -> Fate {
    let m = o.mark.get();
    if m & (white ^ mark::WHITES) != 0 {
        release(g, o, strings);
        return Fate::Free;
    }
    if m & mark::SHARED != 0 {
        return Fate::Keep;
    }
    if m & mark::WHITES != 0 || m & mark::AGE == mark::OLD0 {
        return Fate::KeepWith(block_flags::YOUNG);
    }
    if m & mark::AGE == mark::NEW {
        make_old(g, o);
    }
    Fate::Keep
}

/// Sweeps a block or some large objects. Returns the work done.
pub fn step(g: &Global) -> usize {
    if LUA_5_5 && g.gc.growth.aging.get() { step_with(g, fate_aging) } else { step_with(g, fate_incremental) }
}

#[inline(always)]
fn step_with(g: &Global, fate: impl Fn(&Global, Gc<Header>, u8, &DeadStrings) -> Fate) -> usize {
    let white = g.white();
    let strings = DeadStrings::new(g);
    if g.gc.phase.get() == Phase::SweepBlocks {
        let mut dead = 0;
        let cells = g.space.sweep_block(g, |o| {
            let fate = fate(g, o, white, &strings);
            dead += matches!(fate, Fate::Free) as usize;
            fate
        });
        if cells.is_none() {
            g.gc.phase.set(Phase::SweepLarge);
        }
        return cells.unwrap_or(0) + dead * DEAD_COST;
    }
    for n in 0..LARGE_A_STEP {
        if !g.space.sweep_large(g, |o| fate(g, o, white, &strings)) {
            // The main thread lies beside the global state.
            if let Some(main) = g.main.get() {
                fate(g, main.erase(), white, &strings);
            }
            g.gc.phase.set(Phase::SweepEnd);
            return n * LARGE_COST;
        }
    }
    LARGE_A_STEP * LARGE_COST
}

/// Sweeps everything at once with one rule for fates.
fn sweep_all(g: &Global, fate: impl Fn(Gc<Header>) -> Fate) {
    while g.space.sweep_block(g, &fate).is_some() {}
    while g.space.sweep_large(g, &fate) {}
}

/// Sweeps after a collection that begins the generational mode: what lives is old.
#[doc(alias = "sweep2old")]
pub fn all_to_old(g: &Global) {
    let strings = DeadStrings::new(g);
    g.space.begin_sweep(false);
    let fate = |o: Gc<Header>| {
        if o.is_white() {
            release(g, o, &strings);
            return Fate::Free;
        }
        if !o.is_shared() {
            make_old(g, o);
        }
        Fate::Keep
    };
    sweep_all(g, fate);
    if let Some(main) = g.main.get() {
        fate(main.erase());
    }
}

/// Sweeps the young blocks after a minor collection: the dead are freed, the others grow older. New objects become white
/// again; objects of higher age keep their colour. Touched objects are not advanced here but with the gray lists.
#[doc(alias = "sweepgen")]
pub fn young(g: &Global) {
    let white = g.white();
    let strings = DeadStrings::new(g);
    let count = |o: Gc<Header>| {
        if LUA_5_5 {
            let aged = &g.gc.growth.aged;
            aged.set(aged.get() + bytes_of(o));
        }
    };
    g.space.begin_sweep(true);
    sweep_all(g, |o| {
        let m = o.mark.get();
        if m & mark::WHITES != 0 {
            debug_assert!(m & mark::AGE <= mark::SURVIVAL, "an old object is white");
            release(g, o, &strings);
            return Fate::Free;
        }
        match m & mark::AGE {
            mark::NEW => {
                o.mark.set(m & !(mark::BLACK | mark::AGE) | mark::SURVIVAL | white);
                Fate::KeepWith(block_flags::YOUNG)
            }
            // A string refers to nothing, so that nothing must be visited once more on its behalf.
            mark::SURVIVAL | mark::OLD0 if o.tag.is_string() => {
                count(o);
                set_age(o, mark::OLD);
                Fate::Keep
            }
            mark::SURVIVAL | mark::OLD0 => {
                count(o);
                set_age(o, mark::OLD1);
                Fate::KeepWith(block_flags::OLD1)
            }
            mark::OLD1 => {
                set_age(o, mark::OLD);
                Fate::Keep
            }
            _ => Fate::Keep,
        }
    });
}

/// Frees every object: the state closes.
pub fn free_all(g: &Global) {
    g.space.free_all(g, |o| {
        // SAFETY: the tag says what the object is.
        unsafe {
            match o.tag {
                Tag::TABLE => o.cast::<Table>().free_large_parts(g),
                Tag::THREAD => o.cast::<Thread>().free_stack(),
                Tag::PROTO => o.cast::<Proto>().free_arrays(g),
                _ => {}
            }
        }
    });
}
