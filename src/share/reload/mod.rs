//! Hot reload: the closures that a running VM made of a file get the file's new code.
//!
//! The file is compiled anew and takes the old code's place in the code cache. Then every closure that the calling VM made of an older version is
//! replaced, wherever it is, by one of the function at the same place of the new code (`places`), with the variables it had, by name
//! (`variables`). A function that has no counterpart, or whose new code captures a variable that nothing has, stays as it is
//! and is reported. Calls under way, in coroutines too, finish in the old code.
//!
//! Only shared code can be followed like this: files that came through the code cache, or that several VMs have loaded.

mod places;
mod variables;

use super::cache;
use super::compile::{self, Refusal};
use crate::gc;
use crate::gc::replace::{Replacements, replace_closures};
use crate::heap::function::{LuaClosure, Proto, UpVal};
use crate::heap::link;
use crate::heap::object::Gc;
use crate::heap::state::{Global, State};
use crate::throw::Result;
use crate::value::Tag;
use places::Places;
use std::collections::HashMap;
use variables::{Captured, Source};

/// What became of the closures of a file.
#[derive(Default)]
pub struct Report {
    /// Closures that have new code.
    pub updated: usize,
    /// Functions whose closures were left as they are.
    pub kept: Vec<Kept>,
}

pub struct Kept {
    pub name: Vec<u8>,
    /// Line of the old code where the function begins.
    pub line: i32,
    pub reason: Vec<u8>,
}

/// Loads a file anew and gives its code to the closures that this VM made of it. Nothing changes when the file cannot be loaded.
///
/// May: raise (memory; nothing has changed then but the code cache), collect.
pub fn reload(l: State, name: &[u8]) -> Result<core::result::Result<Report, Refusal>> {
    let (chunk, identity) = match compile::file(name, None, l.c_depth()) {
        Ok(loaded) => loaded,
        Err(refusal) => return Ok(Err(refusal)),
    };
    cache::replace(l, name, &chunk, identity);
    // Only what is in use is followed, and no collection is under way. As in an emergency no finalizer runs: it could reload the file, too,
    // and leave closures behind that are not in use.
    gc::full(l, true);
    let g = l.global();
    // Done again from the start when memory had to be collected on the way.
    let report = g.mem().unanchored(|| {
        let is_version = |f: &Gc<Proto>| is_of_file(*f, name) && is_whole_file(*f) == is_whole_file(chunk.main);
        let versions: Vec<_> = g.links.links().iter().map(|link| link.main).filter(is_version).collect();
        let mut report = Report::default();
        if versions.is_empty() {
            return Ok(report);
        }
        let new = link::link(g, &chunk)?;
        let mut replacements = Replacements::new();
        for old in versions.into_iter().filter(|old| *old != new) {
            follow(l, old, new, &mut replacements, &mut report)?;
        }
        replace_closures(g, &replacements)?;
        report.updated = replacements.len();
        Ok(report)
    })?;
    Ok(Ok(report))
}

fn is_of_file(main: Gc<Proto>, name: &[u8]) -> bool {
    main.source.is_some_and(|s| s.bytes().strip_prefix(b"@") == Some(name))
}

/// Whether a chunk's function is what a whole text is compiled to. Others were shared by themselves (`lua_sharefunction`) or dumped.
fn is_whole_file(main: Gc<Proto>) -> bool {
    main.line_defined == 0
}

/// Makes the new closures for those of one older version.
fn follow(l: State, old: Gc<Proto>, new: Gc<Proto>, replacements: &mut Replacements, report: &mut Report) -> Result {
    let g = l.global();
    let (old_places, new_places) = places::pair(old, new);
    let closures = closures_of(g, &old_places);
    let captured = Captured::new(old, &old_places, &new_places, &closures);
    let mut kept: HashMap<*mut Proto, Kept> = HashMap::new();
    let mut globals: Option<Gc<UpVal>> = None;
    for (number, closure) in closures.iter().enumerate() {
        let place = old_places.find(closure.proto.get()).expect("listed by place");
        let sources = match place.other {
            Some(code) => captured.sources(number, code).map_err(|name| [b"no variable '", name, b"'"].concat()),
            None => Err(b"no function at its place".to_vec()),
        };
        match sources {
            Ok(sources) => {
                let made = Gc::<LuaClosure>::new(g, place.other.expect("there are sources"))?;
                for (cell, source) in made.upvalues().iter().zip(sources) {
                    cell.set(Some(match source {
                        Source::Old(u) => u,
                        Source::Globals => match globals {
                            Some(u) => u,
                            None => *globals.insert(globals_upvalue(l)?),
                        },
                    }));
                }
                replacements.insert(closure.as_ptr(), made);
            }
            Err(reason) => {
                kept.entry(place.function.as_ptr()).or_insert_with(|| Kept {
                    name: if place.name.is_empty() { b"?".to_vec() } else { place.name.clone() },
                    line: place.function.line_defined,
                    reason,
                });
            }
        }
    }
    let mut kept: Vec<Kept> = kept.into_values().collect();
    kept.sort_by_key(|k| k.line);
    report.kept.extend(kept);
    Ok(())
}

/// The VM's closures of the functions of a chunk, in the order in which they lie.
fn closures_of(g: &Global, places: &Places) -> Vec<Gc<LuaClosure>> {
    let mut list = Vec::new();
    g.space.for_each(0, |o| {
        if o.tag == Tag::LUA_CLOSURE {
            // SAFETY: the tag says so.
            let closure: Gc<LuaClosure> = unsafe { o.cast() };
            if places.find(closure.proto.get()).is_some() {
                list.push(closure);
            }
        }
    });
    list
}

/// A fresh variable that holds the table of globals.
fn globals_upvalue(l: State) -> Result<Gc<UpVal>> {
    let u = Gc::<UpVal>::new_closed(l.global())?;
    u.set(l.globals());
    gc::barrier(l.global(), u, l.globals());
    Ok(u)
}

/// Pushes `{updated = n, kept = {{name =, line =, reason =}, ...}}`. May: raise (memory), collect.
pub fn push_report(l: State, report: &Report) -> Result {
    l.create_table(0, 2)?;
    l.push_integer(report.updated as i64);
    l.set_field(-2, "updated")?;
    l.create_table(report.kept.len(), 0)?;
    for (i, kept) in report.kept.iter().enumerate() {
        l.create_table(0, 3)?;
        l.push_bytes(&kept.name)?;
        l.set_field(-2, "name")?;
        l.push_integer(kept.line.into());
        l.set_field(-2, "line")?;
        l.push_bytes(&kept.reason)?;
        l.set_field(-2, "reason")?;
        l.raw_set_i(-2, i as i64 + 1)?;
    }
    l.set_field(-2, "kept")
}
