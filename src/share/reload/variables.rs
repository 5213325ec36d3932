//! The variables that a function's new code captures, found among those that the old closures have.

use super::places::Places;
use crate::heap::function::{LuaClosure, Proto, UpVal};
use crate::heap::object::Gc;
use crate::heap::string::Str;
use std::collections::HashMap;

/// Name of the variable that main functions are given.
const ENVIRONMENT: &[u8] = b"_ENV";

/// What a new closure gets for an upvalue.
#[derive(Clone, Copy)]
pub enum Source {
    /// A variable that old closures captured.
    Old(Gc<UpVal>),
    /// A new variable that holds the table of globals: nothing of the old code knew it.
    Globals,
}

/// A variable of the source text: the function it is local to (`None`: given to the main function) and its name.
type Variable<'a> = (Option<*mut Proto>, &'a [u8]);

/// The variables that the old closures of one chunk have captured.
pub struct Captured<'a> {
    /// The old main function.
    main: Gc<Proto>,
    old: &'a Places,
    new: &'a Places,
    closures: &'a [Gc<LuaClosure>],
    /// Who has captured what under a name: the variable (an upvalue object), and a closure that has it.
    named: HashMap<Variable<'a>, Vec<(Gc<UpVal>, usize)>>,
}

fn text(name: Option<Gc<Str>>) -> &'static [u8] {
    // Names of shared code live as long as the chunk, which is linked.
    name.map_or(b"", |n| n.bytes())
}

fn owner(places: &Places, function: Gc<Proto>, index: usize) -> Option<*mut Proto> {
    places.owner(function, index).map(Gc::as_ptr)
}

impl<'a> Captured<'a> {
    /// `main` is the old main function, `closures` the closures of its chunk.
    pub fn new(main: Gc<Proto>, old: &'a Places, new: &'a Places, closures: &'a [Gc<LuaClosure>]) -> Captured<'a> {
        let mut named: HashMap<Variable, Vec<(Gc<UpVal>, usize)>> = HashMap::new();
        for (number, closure) in closures.iter().enumerate() {
            let function = closure.proto.get();
            for (i, upvalue) in closure.upvalues().iter().enumerate() {
                if let Some(u) = upvalue.get() {
                    let variable = (owner(old, function, i), text(function.upvalues()[i].name));
                    named.entry(variable).or_default().push((u, number));
                }
            }
        }
        Captured { main, old, new, closures, named }
    }

    /// What the new code of closure `number` gets for its upvalues, or the name of one for which there is nothing.
    pub fn sources(&self, number: usize, code: Gc<Proto>) -> Result<Vec<Source>, &'static [u8]> {
        let closure = self.closures[number];
        let wanted = code.upvalues();
        if wanted.iter().any(|u| u.name.is_none()) {
            // Stripped: position is all there is.
            let own: Vec<_> = closure.upvalues().iter().filter_map(|u| u.get().map(Source::Old)).collect();
            return if own.len() == wanted.len() { Ok(own) } else { Err(b"?") };
        }
        (0..wanted.len())
            .map(|i| {
                let name = text(wanted[i].name);
                // The same function in the old code; a variable of a function that is new is nowhere yet.
                let home = match self.new.owner(code, i) {
                    Some(f) => Some(self.new.find(f).and_then(|p| p.other).ok_or(name)?.as_ptr()),
                    None => None,
                };
                self.own(closure, (home, name))
                    .or_else(|| self.of_others(number, (home, name)))
                    .map(Source::Old)
                    .or((home.is_none() && name == ENVIRONMENT).then_some(Source::Globals))
                    .ok_or(name)
            })
            .collect()
    }

    /// The closure's own upvalue of this name, rather one that is local to the same function.
    fn own(&self, closure: Gc<LuaClosure>, variable: Variable) -> Option<Gc<UpVal>> {
        let function = closure.proto.get();
        let mut found = None;
        for (i, upvalue) in closure.upvalues().iter().enumerate() {
            if text(function.upvalues()[i].name) == variable.1 {
                found = upvalue.get();
                if owner(self.old, function, i) == variable.0 {
                    break;
                }
            }
        }
        found
    }

    /// A variable that other closures captured, of the same activation: of a main function's variables there is one each, unless the file
    /// was run several times; otherwise a closure that has it must share another variable of that function with this one.
    fn of_others(&self, number: usize, variable: Variable) -> Option<Gc<UpVal>> {
        let candidates = self.named.get(&variable)?;
        let first = candidates[0].0;
        let is_main = variable.0.is_none_or(|f| f == self.main.as_ptr());
        if is_main && candidates.iter().all(|(u, _)| *u == first) {
            return Some(first);
        }
        // What a main function is given belongs to the same run as its local variables.
        let home = variable.0.unwrap_or(self.main.as_ptr());
        let own: Vec<_> = self.of_function(number, home).collect();
        let mut related = candidates.iter().filter(|(_, c)| self.of_function(*c, home).any(|u| own.contains(&u)));
        let found = related.next()?.0;
        related.all(|(u, _)| *u == found).then_some(found)
    }

    /// The captured variables of a closure that are local to a function.
    fn of_function(&self, number: usize, home: *mut Proto) -> impl Iterator<Item = Gc<UpVal>> {
        let closure = &self.closures[number];
        let function = closure.proto.get();
        let upvalues = closure.upvalues().iter().enumerate();
        upvalues.filter(move |(i, _)| owner(self.old, function, *i) == Some(home)).filter_map(|(_, u)| u.get())
    }
}
