//! The collector on hand-made heaps: no Lua code runs here.

use super::control::{GENERATIONAL, INCREMENTAL};
use super::{Request, barrier_back, check, check_finalizer, close_all, control, emergency, free_all, full, verify};
use crate::edition::LUA_5_5;
use crate::heap::function::UpVal;
use crate::heap::gc_state::{Mode, Phase};
use crate::heap::mem::Allocator;
use crate::heap::names::{self, Name};
use crate::heap::object::{Gc, Header};
use crate::heap::state::{EXTRA_STACK, Global, State, Thread};
use crate::heap::string::{self, Str};
use crate::heap::table::Table;
use crate::heap::testing::{Host, allocate};
use crate::heap::userdata::Userdata;
use crate::value::{Tag, Value};
use core::cell::RefCell;
use core::ptr::NonNull;
use std::collections::{HashMap, HashSet};

#[repr(C, align(16))]
struct Block {
    extra: [u8; 16],
    thread: Thread,
    global: Global,
}

struct Vm {
    block: *mut Block,
    host: Box<Host>,
}

impl Vm {
    fn new() -> Vm {
        names::init();
        let host = Box::<Host>::default();
        let block = Box::leak(Box::<Block>::new_uninit()).as_mut_ptr();
        // SAFETY: fresh memory; fields are written before they are read.
        unsafe {
            (&raw mut (*block).extra).write([0; 16]);
            (&raw mut (*block).global).write(Global::new(Allocator::new(allocate, host.ud())));
            let global = NonNull::new_unchecked(&raw mut (*block).global);
            let header = global.as_ref().new_header(Tag::THREAD);
            (&raw mut (*block).thread).write(Thread::empty(header, global));
        }
        let vm = Vm { block, host };
        let (l, g) = (vm.l(), vm.g());
        g.main.set(Some(l));
        l.make_stack().unwrap();
        g.registry.set(Gc::<Table>::new(g).unwrap().into());
        g.allocator.set_emergency(Some(emergency));
        g.complete.set(true);
        vm
    }

    fn l(&self) -> State {
        // SAFETY: the block lives as long as the VM.
        unsafe { Gc::from_ptr(NonNull::new_unchecked(&raw mut (*self.block).thread)) }
    }

    fn g(&self) -> &'static Global {
        self.l().global()
    }

    fn registry(&self) -> Gc<Table> {
        self.g().registry_table()
    }

    fn full(&self) {
        full(self.l(), false);
        let unexplained = verify::verify(self.g());
        let gc = &self.g().gc;
        let lists = (gc.finalizable.capacity() + gc.pending.capacity()) * size_of::<usize>();
        let stack = (self.l().stack_size() + EXTRA_STACK) * size_of::<Value>();
        assert_eq!(unexplained, lists + stack + self.l().frame_block_size(), "accounting is exact");
    }

    fn table(&self) -> Gc<Table> {
        Gc::<Table>::new(self.g()).unwrap()
    }

    /// Stores with the barriers of the VM.
    fn set(&self, t: Gc<Table>, k: impl Into<Value>, v: impl Into<Value>) {
        let (k, v) = (k.into(), v.into());
        assert!(t.set(self.g(), k, v).is_ok());
        t.flags.set(0);
        barrier_back(self.g(), t, k);
        barrier_back(self.g(), t, v);
    }

    fn set_metatable(&self, t: Gc<Table>, mt: Gc<Table>) {
        check_finalizer(self.l(), t, mt).unwrap();
        t.metatable.set(Some(mt));
        super::barrier_object(self.g(), t, mt);
    }

    fn text(&self, s: &str) -> Gc<Str> {
        string::new(self.g(), s.as_bytes()).unwrap()
    }

    fn mode(&self, mode: &str) -> Gc<Table> {
        let mt = self.table();
        self.l().push(mt);
        let s = self.text(mode);
        self.set(mt, Name::MODE.get(), s);
        self.l().top.set(self.l().from_top(1));
        mt
    }

    fn count(&self) -> usize {
        let mut n = 0;
        self.g().space.for_each(0, |_| n += 1);
        n
    }

    fn generational(&self) {
        control(self.l(), Request::Generational(0, 0));
        assert!(self.g().gc.mode.get() == Mode::Generational);
    }

    /// A step that is due whatever was allocated.
    fn step(&self) {
        self.g().allocator.set_debt(1);
        check(self.l());
        verify::verify(self.g());
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        close_all(self.l());
        self.g().allocator.set_emergency(None);
        free_all(self.g());
        self.l().free_stack();
        self.host.assert_empty();
        assert_eq!(self.g().allocator.held(), 0);
        // SAFETY: leaked in `new`; nothing refers to it any more.
        unsafe { drop(Box::from_raw(self.block.cast::<core::mem::MaybeUninit<Block>>())) };
    }
}

#[test]
fn unreachable_objects_are_freed_and_reachable_ones_kept() {
    let vm = Vm::new();
    vm.full();
    let before = (vm.count(), vm.g().allocator.held());
    for i in 0..10_000i64 {
        let t = vm.table();
        vm.set(t, Value::integer(i), Value::TRUE);
        if i % 100 == 0 {
            let s = vm.text(&format!("key {i}"));
            vm.set(vm.registry(), s, t);
        }
    }
    vm.full();
    assert_eq!(vm.count(), before.0 + 200);
    for i in (0..10_000i64).step_by(100) {
        let t = vm.registry().get_str(vm.text(&format!("key {i}"))).as_table().unwrap();
        assert!(t.get_integer(i).tag == Tag::TRUE);
        vm.set(vm.registry(), vm.text(&format!("key {i}")), Value::NIL);
    }
    vm.full();
    assert_eq!(vm.count(), before.0);
    assert!(vm.g().allocator.held() < before.1 + 20_000, "memory goes back to the host");
}

#[test]
fn equal_short_strings_are_one_object_across_collections() {
    let vm = Vm::new();
    let a = vm.text("a certain text");
    vm.set(vm.registry(), Value::integer(1), a);
    for i in 0..5000 {
        vm.text(&format!("garbage {i}"));
        if i % 1000 == 0 {
            vm.full();
        }
        if i % 7 == 0 {
            vm.step();
        }
        assert!(vm.text("a certain text") == a);
    }
    vm.full();
    assert_eq!(vm.g().strings.len(), 1);
}

#[test]
fn the_string_table_stays_as_large_as_collections_find_it_used() {
    let vm = Vm::new();
    let make = |cycle: usize, n: usize| {
        for i in 0..n {
            vm.text(&format!("text {i} of {cycle}"));
        }
        while control(vm.l(), Request::Step(1)) == 0 {}
        vm.g().strings.bytes()
    };
    let large = make(0, 10_000);
    assert!((1..10).all(|cycle| make(cycle, 10_000) == large), "made smaller to grow again");
    make(10, 10);
    assert!(make(11, 10) < large / 100);
    make(12, 10_000);
    vm.full();
    assert!(vm.g().strings.bytes() < large / 100);
}

#[test]
fn long_strings_and_large_userdata_come_and_go() {
    let vm = Vm::new();
    for i in 0..300usize {
        let s = vm.text(&"x".repeat(i * 17));
        let u = Userdata::new(vm.g(), i * 13, (i % 4) as u16).unwrap();
        assert_eq!(u.data() as usize % 16, 0);
        if i % 10 == 0 {
            vm.set(vm.registry(), Value::integer(i as i64), s);
            vm.set(vm.registry(), Value::integer(1000 + i as i64), u);
        }
        vm.step();
    }
    vm.full();
    for i in (0..300usize).step_by(10) {
        assert_eq!(vm.registry().get_integer(i as i64).as_string().unwrap().len(), i * 17);
        assert_eq!(vm.registry().get_integer(1000 + i as i64).as_userdata().unwrap().len, i * 13);
    }
}

#[test]
fn weak_values_and_keys_are_cleared() {
    for (mode, values_go, keys_go) in [("v", true, false), ("k", false, true), ("kv", true, true)] {
        let vm = Vm::new();
        let weak = vm.table();
        vm.set(vm.registry(), Value::integer(1), weak);
        let kept = vm.table();
        vm.set(vm.registry(), Value::integer(2), kept);
        let mt = vm.mode(mode);
        vm.set_metatable(weak, mt);
        let s = vm.text("a string is a value");
        vm.set(weak, Value::integer(1), s);
        let t = vm.table();
        vm.set(weak, Value::integer(2), t);
        let t = vm.table();
        vm.set(weak, t, Value::TRUE);
        vm.set(weak, kept, Value::TRUE);
        vm.full();
        assert!(!weak.get_integer(1).is_nil());
        assert_eq!(weak.get_integer(2).is_nil(), values_go);
        assert!(!weak.get(kept.into()).is_nil());
        let mut entries = 0;
        let mut position = 0;
        while let Some((next, ..)) = weak.entry_from(position) {
            entries += 1;
            position = next;
        }
        assert_eq!(entries, 4 - values_go as usize - keys_go as usize, "mode {mode}");
    }
}

#[test]
fn chains_through_ephemerons_live_as_long_as_their_first_key() {
    for generational in [false, true] {
        let vm = Vm::new();
        if generational {
            vm.generational();
        }
        let (a, b) = (vm.table(), vm.table());
        vm.set(vm.registry(), Value::integer(1), a);
        vm.set(vm.registry(), Value::integer(2), b);
        let mt = vm.mode("k");
        vm.set_metatable(a, mt);
        vm.set_metatable(b, mt);
        let first = vm.table();
        vm.set(vm.registry(), Value::integer(3), first);
        let mut key = first;
        for i in 0..100 {
            let next = vm.table();
            vm.set(if i % 2 == 0 { a } else { b }, key, next);
            key = next;
        }
        for _ in 0..4 {
            vm.step();
            vm.full();
        }
        let mut key = first;
        for i in 0..100 {
            key = (if i % 2 == 0 { a } else { b }).get(key.into()).as_table().expect("the chain is whole");
        }
        vm.set(vm.registry(), Value::integer(3), Value::NIL);
        vm.full();
        assert!(a.entry_from(0).is_none() && b.entry_from(0).is_none());
    }
}

thread_local! {
    static FINALIZED: RefCell<Vec<i64>> = const { RefCell::new(Vec::new()) };
}

fn note_finalizer(_: State, _: Value, object: Value) {
    FINALIZED.with_borrow_mut(|f| f.push(object.as_table().unwrap().get_integer(1).as_integer().unwrap()));
}

#[test]
fn finalizers_run_once_in_reverse_order_and_at_close() {
    for generational in [false, true] {
        FINALIZED.take();
        {
            let vm = Vm::new();
            vm.g().gc.call_finalizer.set(Some(note_finalizer));
            if generational {
                vm.generational();
            }
            let mt = vm.table();
            vm.set(vm.registry(), Value::integer(0), mt);
            vm.set(mt, Name::GC.get(), Value::TRUE);
            for i in 1..=20i64 {
                let t = vm.table();
                vm.l().push(t);
                vm.set(t, Value::integer(1), Value::integer(i));
                vm.set_metatable(t, mt);
                vm.set_metatable(t, mt);
                if i % 2 == 0 {
                    vm.set(vm.registry(), Value::integer(i), t);
                }
                vm.l().top.set(vm.l().from_top(1));
            }
            vm.full();
            assert_eq!(FINALIZED.take(), (1..20).rev().step_by(2).collect::<Vec<i64>>());
            vm.full();
            vm.step();
            assert_eq!(FINALIZED.take(), [0i64; 0]);
            vm.set(vm.registry(), Value::integer(4), Value::NIL);
            vm.full();
            assert_eq!(FINALIZED.take(), [4]);
        }
        assert_eq!(FINALIZED.take(), (1..=20).rev().filter(|i| i % 2 == 0 && *i != 4).collect::<Vec<i64>>());
    }
}

#[test]
fn numbers_in_equal_steps_spread_over_a_hash_part() {
    let vm = Vm::new();
    let first = 1_000_001i64;
    for step in [1, 3, 1000, 1009, 1024, 7919, 1 << 20, (1 << 32) + 1, 1 << 40] {
        let t = vm.table();
        for i in 0..1000 {
            vm.set(t, Value::integer(first.wrapping_add(i * step)), Value::TRUE);
        }
        assert!(t.longest_chain() <= 4, "integers by {step}: {}", t.longest_chain());
    }
    // Steps that have factors in common with the number of nodes less one.
    for (count, step) in [(1000, 60), (1000, 1023), (4000, 3600), (4000, 4095), (4000, 86_400), (65_000, 3600), (65_000, 65_535)]
    {
        let t = vm.table();
        for i in 0..count {
            vm.set(t, Value::integer(1_700_000_000 + i * step), Value::TRUE);
        }
        assert!(t.longest_chain() <= 4, "{count} integers by {step}: {}", t.longest_chain());
    }
    for step in [1.0, 0.25, 3.7, 1e100] {
        let t = vm.table();
        for i in 0..1000 {
            vm.set(t, Value::float(0.5 + i as f64 * step), Value::TRUE);
        }
        assert!(t.longest_chain() <= 8, "floats by {step}: {}", t.longest_chain());
    }
}

#[test]
fn a_large_table_that_changes_while_it_is_visited_loses_nothing() {
    let vm = Vm::new();
    let big = vm.table();
    vm.set(vm.registry(), Value::integer(1), big);
    control(vm.l(), Request::Stop);
    for i in 1..=100_000i64 {
        let t = vm.table();
        vm.set(big, Value::integer(i), t);
        let k = vm.table();
        vm.set(big, k, t);
    }
    control(vm.l(), Request::Restart);
    control(vm.l(), Request::Incremental(0, 0, 10));
    let mut cycles = 0;
    let mut sliced = 0;
    for i in 1..=60_000i64 {
        let (k, v) = (vm.table(), vm.table());
        vm.l().push(k);
        vm.l().push(v);
        vm.set(big, k, v);
        vm.set(big, Value::integer(i), v);
        vm.l().top.set(vm.l().from_top(2));
        check(vm.l());
        sliced += vm.g().gc.sliced.get().is_some() as usize;
        if vm.g().gc.phase.get() == Phase::Pause {
            cycles += 1;
            control(vm.l(), Request::Step(1));
        }
        if i % 10_000 == 0 {
            verify::verify(vm.g());
        }
    }
    assert!(cycles > 0 && sliced > 0);
    vm.full();
    let mut entries = 0;
    let mut position = 0;
    while let Some((next, ..)) = big.entry_from(position) {
        entries += 1;
        position = next;
    }
    assert_eq!(entries, 260_000);
}

#[test]
fn elements_may_change_places_while_their_table_is_visited() {
    let vm = Vm::new();
    let big = vm.table();
    vm.set(vm.registry(), Value::integer(1), big);
    control(vm.l(), Request::Stop);
    let n = 100_000;
    for i in 1..=n {
        let t = vm.table();
        vm.set(big, Value::integer(i), t);
    }
    control(vm.l(), Request::Restart);
    control(vm.l(), Request::Incremental(0, 0, 10));
    for _ in 0..5 {
        while vm.g().gc.sliced.get().is_none() || vm.g().gc.slice_next.get() == 0 {
            control(vm.l(), Request::Step(1));
        }
        let (mut low, mut high) = (1, n);
        while low < high {
            let (a, b) = (big.get_integer(low), big.get_integer(high));
            big.find_integer(low).unwrap().set(b);
            big.find_integer(high).unwrap().set(a);
            (low, high) = (low + 1, high - 1);
        }
        vm.g().gc.rearranged(big);
        while control(vm.l(), Request::Step(1)) == 0 {}
        verify::verify(vm.g());
    }
    vm.full();
    assert!((1..=n).all(|i| big.get_integer(i).as_table().is_some()));
}

#[test]
fn weak_tables_may_get_another_metatable_after_the_collector_came_by() {
    for mode in ["k", "v", "kv"] {
        let vm = Vm::new();
        control(vm.l(), Request::Stop);
        // Before a long list and after it, as either may be visited last, when it is too late.
        let tables = [1, 3].map(|key| {
            let t = vm.table();
            vm.set(vm.registry(), Value::integer(key), t);
            vm.set_metatable(t, vm.mode(mode));
            t
        });
        list(&vm, 2, 100_000);
        control(vm.l(), Request::Restart);
        control(vm.l(), Request::Incremental(0, 0, 10));
        let visited = || tables.into_iter().find(|t| !t.metatable.get().unwrap().erase().is_white());
        while vm.g().gc.phase.get() != Phase::Propagate || visited().is_none() {
            control(vm.l(), Request::Step(1));
        }
        let (t, mt) = (visited().unwrap(), vm.mode(mode));
        vm.set_metatable(t, mt);
        while control(vm.l(), Request::Step(1)) == 0 {}
        assert!(vm.g().space.find(mt.as_ptr().addr()).is_some(), "{mode}: the metatable of a live table was freed");
        vm.full();
    }
}

#[test]
fn a_large_array_grows_in_its_block_and_stays_as_it_is_if_it_cannot() {
    let vm = Vm::new();
    let t = vm.table();
    vm.set(vm.registry(), Value::integer(1), t);
    let is = |i: i64| if i % 3 == 0 { Value::TRUE } else { Value::integer(-i) };
    let check = |n: i64| {
        for i in 1..=n {
            let (v, expected) = (t.get_integer(i), is(i));
            assert!(v.tag == expected.tag && (i % 3 == 0 || v.payload == expected.payload), "element {i} of {n}");
        }
        assert!(t.get_integer(n + 1).is_nil());
    };
    for i in 1..=100_000 {
        if i > 40_000 && (i - 1) as u64 == t.array_len() as u64 {
            let len = t.array_len();
            vm.host.fail_after.set(Some(0));
            assert!(t.set_integer(vm.g(), i, is(i)).is_err());
            vm.host.fail_after.set(None);
            assert_eq!(t.array_len(), len);
            check(i - 1);
        }
        t.set_integer(vm.g(), i, is(i)).unwrap();
    }
    check(100_000);
    // By other distances than its own length.
    for len in [131_073, 131_080, 150_000] {
        t.resize(vm.g(), len, 0).unwrap();
        check(100_000);
    }
    t.resize(vm.g(), 100_000, 3).unwrap();
    check(100_000);
    vm.full();
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Random graphs against a model: what the model reaches exists, and after a full collection nothing else does.
fn fuzz(seed: u64, generational: bool, failing: bool) {
    const KEYS: usize = 6;
    let vm = Vm::new();
    let mut random = Random(seed);
    control(vm.l(), Request::Incremental(0, 0, 7));
    if generational {
        vm.generational();
    }
    // In 5.5, so that there are major collections, in small steps.
    for (number, value) in [(MINOR_MAJOR, 5), (MAJOR_MINOR, random.below(100) as i32), (STEP_SIZE, 50)] {
        control(vm.l(), Request::Parameter(number, value));
    }
    let mut modes = HashSet::new();
    // Names of tables by number; edges of the model: (from, key) -> to. Number 0 is the registry.
    let mut edges: HashMap<(usize, i64), usize> = HashMap::new();
    let mut next = 1;
    let find = |path: &[i64]| {
        let mut t = vm.registry();
        for k in path {
            t = t.get_integer(*k).as_table().expect("the model says so");
        }
        t
    };
    for round in 0..3000 {
        // Walk to a random table.
        let walk = |random: &mut Random, edges: &HashMap<(usize, i64), usize>| {
            let (mut at, mut path) = (0, Vec::new());
            for _ in 0..random.below(12) {
                let k = random.below(KEYS) as i64;
                if let Some(to) = edges.get(&(at, k)) {
                    at = *to;
                    path.push(k);
                }
            }
            (at, path)
        };
        let (from, path) = walk(&mut random, &edges);
        let t = find(&path);
        assert!(from == 0 || t.get_integer(-1).as_integer() == Some(from as i64));
        let key = random.below(KEYS) as i64;
        if failing && random.below(3) == 0 {
            vm.host.fail_after.set(Some(random.below(3)));
            vm.host.fail_once.set(true);
        }
        match random.below(10) {
            0..=4 => {
                let made = Gc::<Table>::new(vm.g());
                if let Ok(new) = made {
                    vm.l().push(new);
                    let named = new.set_integer(vm.g(), -1, Value::integer(next as i64)).is_ok();
                    if named && t.set_integer(vm.g(), key, new.into()).is_ok() {
                        barrier_back(vm.g(), t, new.into());
                        edges.insert((from, key), next);
                        next += 1;
                    }
                    vm.l().top.set(vm.l().from_top(1));
                }
            }
            5..=6 => {
                vm.host.fail_after.set(None);
                let (to, path) = walk(&mut random, &edges);
                if to != 0 {
                    vm.set(t, Value::integer(key), find(&path));
                    edges.insert((from, key), to);
                }
            }
            7 => {
                vm.host.fail_after.set(None);
                vm.set(t, Value::integer(key), Value::NIL);
                edges.remove(&(from, key));
            }
            8 => {
                let text = format!("text {}", random.below(50));
                let s = string::new(vm.g(), text.as_bytes());
                vm.host.fail_after.set(None);
                if let Ok(s) = s {
                    vm.l().push(s);
                    if t.set_integer(vm.g(), 100, s.into()).is_ok() {
                        barrier_back(vm.g(), t, s.into());
                    }
                    vm.l().top.set(vm.l().from_top(1));
                }
            }
            _ => {
                vm.host.fail_after.set(None);
                if let Ok(u) = Gc::<UpVal>::new_closed(vm.g()) {
                    u.set(t.into());
                }
                for _ in 0..random.below(20) {
                    vm.table();
                }
            }
        }
        vm.host.fail_after.set(None);
        check(vm.l());
        if random.below(4) == 0 {
            vm.step();
        }
        if round % 97 == 0 {
            verify::verify(vm.g());
        }
        modes.insert(format!("{:?}{}", vm.g().gc.mode.get(), if vm.g().gc.growth.aging.get() { ", aging" } else { "" }));
        if round % 500 == 499 {
            vm.full();
            let mut reached = HashSet::from([0]);
            let mut work = vec![0];
            while let Some(at) = work.pop() {
                for k in 0..KEYS as i64 {
                    if let Some(to) = edges.get(&(at, k))
                        && reached.insert(*to)
                    {
                        work.push(*to);
                    }
                }
            }
            edges.retain(|(from, _), _| reached.contains(from));
            let mut tables = 0;
            vm.g().space.for_each(0, |o: Gc<Header>| tables += (o.tag == Tag::TABLE) as usize);
            assert_eq!(tables, reached.len());
            if round % 1000 == 999 {
                let mode = if random.below(2) == 0 { Request::Generational(0, 0) } else { Request::Incremental(0, 0, 0) };
                control(vm.l(), mode);
            }
        }
    }
    for major in ["Major", "Generational, aging"] {
        assert_eq!(modes.contains(major), LUA_5_5 && modes.contains("Generational"), "{modes:?}");
    }
}

#[test]
fn random_graphs_incremental() {
    (1..6).for_each(|seed| fuzz(seed * 7919, false, false));
}

#[test]
fn random_graphs_generational() {
    (1..6).for_each(|seed| fuzz(seed * 104_729, true, false));
}

#[test]
fn random_graphs_with_a_failing_allocator() {
    (1..6).for_each(|seed| fuzz(seed * 1_299_709, seed % 2 == 0, true));
}

#[test]
fn control_answers_as_lua_gc_does() {
    let vm = Vm::new();
    let l = vm.l();
    assert_eq!(control(l, Request::IsRunning), 1);
    assert_eq!(control(l, Request::Stop), 0);
    assert_eq!(control(l, Request::IsRunning), 0);
    assert_eq!(control(l, Request::Restart), 0);
    let (pause, multiplier) = if LUA_5_5 { (248, 200) } else { (200, 100) };
    assert_eq!(control(l, Request::SetPause(400)), pause);
    assert_eq!(control(l, Request::SetPause(200)), 400);
    assert_eq!(control(l, Request::SetStepMultiplier(200)), multiplier);
    assert_eq!(control(l, Request::Generational(0, 0)), INCREMENTAL);
    assert_eq!(control(l, Request::Incremental(0, 0, 0)), GENERATIONAL);
    assert_eq!(control(l, Request::Incremental(0, 0, 0)), INCREMENTAL);
    let held = control(l, Request::Count) * 1024 + control(l, Request::CountBytes);
    assert_eq!(held as usize, vm.g().allocator.held());
    let mut steps = 1;
    while control(l, Request::Step(0)) == 0 {
        steps += 1;
        assert!(steps < 1000);
    }
    vm.g().gc.stopped.set(crate::heap::gc_state::stop::SELF);
    assert_eq!(control(l, Request::Count), -1);
    vm.g().gc.stopped.set(0);
}

/// Parameters of edition 5.5, by their numbers.
const MINOR_MAJOR: usize = 2;
const MAJOR_MINOR: usize = 1;
const STEP_SIZE: usize = 5;

/// A list of `n` tables that replaces the one that the registry has under `key`.
fn list(vm: &Vm, key: i64, n: i64) {
    let list = vm.table();
    vm.set(vm.registry(), Value::integer(key), list);
    for i in 1..=n {
        let t = vm.table();
        vm.set(list, Value::integer(i), t);
        // Empty ones would be no work.
        vm.set(t, Value::integer(1), Value::integer(i));
    }
}

/// A VM in generational mode, with a list of 400 tables, whose collector takes the steps that it is told to take and no others.
fn in_steps() -> Vm {
    let vm = Vm::new();
    vm.generational();
    control(vm.l(), Request::Stop);
    list(&vm, 1, 400);
    vm.full();
    // As small as steps can be: those of less work are taken to have no end.
    control(vm.l(), Request::Parameter(STEP_SIZE, 8));
    vm
}

/// Whether the step ends a major collection.
fn one_step(vm: &Vm) -> bool {
    let ended = control(vm.l(), Request::StepBytes(0)) == 1;
    verify::verify(vm.g());
    ended
}

/// Fills lists anew and lets them grow old, until the collector goes on to major collections.
fn until_majors(vm: &Vm) {
    let mode = &vm.g().gc.mode;
    let mut rounds = 0;
    while mode.get() == Mode::Generational {
        list(vm, 2 + rounds % 2, 100);
        for _ in 0..3 {
            if mode.get() == Mode::Generational {
                assert!(!one_step(vm), "a minor collection");
            }
        }
        rounds += 1;
        assert!(rounds < 1000, "no major collection");
    }
}

#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "5.4 does major collections in one step")]
fn major_collections_in_generational_mode_go_in_steps() {
    let vm = in_steps();
    let (l, gc) = (vm.l(), &vm.g().gc);
    until_majors(&vm);
    assert!(gc.phase.get() == Phase::SweepBlocks, "everything is made white first");
    // For the user, the mode is what it was.
    assert_eq!(control(l, Request::Generational(0, 0)), GENERATIONAL);
    until_majors(&vm);
    // All lists but three are garbage, so that minor collections go on after one major collection. It takes many steps, and the last of them says so.
    let before = vm.count();
    let mut steps = 0;
    let mut phases = Vec::new();
    while !one_step(&vm) {
        let phase = (gc.mode.get() == Mode::Major, gc.phase.get());
        if phases.last() != Some(&phase) {
            phases.push(phase);
        }
        steps += 1;
        // The mutator runs on, and its barriers hold.
        if steps % 8 == 0 {
            list(&vm, 4, 3);
        }
        assert!(steps < 100_000);
    }
    assert!(steps > 200, "{steps} steps");
    assert_eq!(phases, [(true, Phase::SweepBlocks), (true, Phase::Propagate), (false, Phase::SweepBlocks)]);
    assert!(gc.mode.get() == Mode::Generational && vm.count() < before - 100);
    assert_eq!(vm.registry().get_integer(1).as_table().unwrap().slots(), 512);
}

#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "5.4 does major collections in one step")]
fn the_major_minor_multiplier_decides_when_minor_collections_go_on() {
    // More than was allocated cannot be garbage; and none need be.
    for (multiplier, returns) in [(100_000, false), (0, true)] {
        let vm = in_steps();
        let (l, gc) = (vm.l(), &vm.g().gc);
        control(l, Request::Parameter(MAJOR_MINOR, multiplier));
        for cycle in 0..3 {
            until_majors(&vm);
            while !one_step(&vm) {}
            assert_eq!(gc.mode.get() == Mode::Generational, returns, "cycle {cycle}");
            list(&vm, 2, 100);
        }
        vm.full();
        assert_eq!(gc.mode.get() == Mode::Generational, returns, "a full collection changes nothing in that");
        control(l, Request::Parameter(MAJOR_MINOR, 0));
        list(&vm, 2, 100);
        while gc.mode.get() == Mode::Major || gc.growth.aging.get() {
            one_step(&vm);
        }
        until_majors(&vm);
        assert_eq!(control(l, Request::Incremental(0, 0, 0)), GENERATIONAL);
        assert!(gc.mode.get() == Mode::Incremental);
        while !one_step(&vm) {}
        assert!(gc.mode.get() == Mode::Incremental);
        vm.full();
    }
}

#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "5.4 does major collections in one step")]
fn a_full_collection_among_major_ones_frees_everything_that_is_garbage() {
    let vm = in_steps();
    control(vm.l(), Request::Parameter(MAJOR_MINOR, 100_000));
    // At any time: while everything is made white, while it is marked, and while it is swept.
    for steps in (0..800).step_by(61) {
        list(&vm, 3, 100);
        until_majors(&vm);
        for _ in 0..steps {
            one_step(&vm);
        }
        for key in 2..=3 {
            vm.set(vm.registry(), Value::integer(key), Value::NIL);
        }
        vm.full();
        assert_eq!(vm.count(), 402, "the registry, and the list");
        assert!(vm.g().gc.mode.get() == Mode::Major);
        vm.generational();
    }
}

#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "5.4 does major collections in one step")]
fn a_minor_major_multiplier_of_0_stops_major_collections() {
    let vm = in_steps();
    control(vm.l(), Request::Parameter(MINOR_MAJOR, 0));
    for round in 0..20 {
        list(&vm, 1 + round, 500);
        for _ in 0..3 {
            assert!(!one_step(&vm));
            assert!(vm.g().gc.mode.get() == Mode::Generational);
        }
    }
}

#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "5.4 does major collections in one step")]
fn what_is_marked_is_counted_as_it_is_in_use() {
    let vm = Vm::new();
    for i in 0..3000i64 {
        let t = vm.table();
        vm.set(vm.registry(), Value::integer(i), t);
        vm.set(t, Value::integer(1), vm.text(&format!("text {i}")));
        vm.set(t, Value::integer(2), vm.text(&"x".repeat(41 + i as usize % 1000)));
    }
    vm.generational();
    let growth = &vm.g().gc.growth;
    let (live, in_use) = (growth.live.get(), growth.in_use.get());
    assert!(live < in_use && live > in_use / 100 * 85, "{live} bytes of live objects, {in_use} in use");
}
