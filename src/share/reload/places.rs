//! Which function of a file's new code stands where one of its old code stood.
//!
//! Functions have no names of their own; a place is the enclosing function's place, and within that the name of the variable or field that
//! the function goes to (`vm::debug::symbolic::closure_name`), the first with a name against the first, the second against the second. Those that go
//! nowhere with a name (arguments, results, elements) are aligned in the order of their lines, where parameters agree.

use crate::bytecode::{Instruction, Opcode};
use crate::heap::function::Proto;
use crate::heap::object::Gc;
use crate::vm::debug::symbolic::closure_name;
use std::collections::HashMap;

/// Unnamed functions of one enclosing function that are aligned by comparing each with each; of more, only what agrees at both ends.
const MOST_ALIGNED: usize = 1000;

/// A function in the tree of its chunk.
pub struct Place {
    pub function: Gc<Proto>,
    /// The enclosing function; `None` for a main function.
    pub parent: Option<Gc<Proto>>,
    /// Name of what it goes to; empty if that has none.
    pub name: Vec<u8>,
    /// The function at the same place of the other code.
    pub other: Option<Gc<Proto>>,
}

/// The functions of a chunk, each with its place.
pub struct Places(HashMap<*mut Proto, Place>);

impl Places {
    pub fn find(&self, function: Gc<Proto>) -> Option<&Place> {
        self.0.get(&function.as_ptr())
    }

    /// The function whose local variable upvalue `index` of `function` is; `None` for what the main function is given.
    pub fn owner(&self, function: Gc<Proto>, index: usize) -> Option<Gc<Proto>> {
        let upvalue = &function.upvalues()[index];
        let parent = self.find(function)?.parent?;
        if upvalue.in_stack { Some(parent) } else { self.owner(parent, upvalue.index as usize) }
    }
}

/// The places of two versions of a file, given their main functions.
pub fn pair(old: Gc<Proto>, new: Gc<Proto>) -> (Places, Places) {
    let mut pairing = Pairing { old: Places(HashMap::new()), new: Places(HashMap::new()) };
    let main = |function, other| Place { function, parent: None, name: b"main chunk".to_vec(), other: Some(other) };
    pairing.old.0.insert(old.as_ptr(), main(old, new));
    pairing.new.0.insert(new.as_ptr(), main(new, old));
    pairing.nested(Some(old), Some(new));
    (pairing.old, pairing.new)
}

struct Pairing {
    old: Places,
    new: Places,
}

impl Pairing {
    /// Pairs the functions nested in two that are at the same place, or lists those of one that has no partner.
    fn nested(&mut self, old: Option<Gc<Proto>>, new: Option<Gc<Proto>>) {
        let (mut left, mut right) = (children(old), children(new));
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        let mut by_name: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (j, child) in right.iter().enumerate().rev().filter(|(_, c)| !c.name.is_empty()) {
            by_name.entry(&child.name).or_default().push(j);
        }
        for (i, child) in left.iter().enumerate().filter(|(_, c)| !c.name.is_empty()) {
            if let Some(j) = by_name.get_mut(&child.name[..]).and_then(Vec::pop) {
                pairs.push((i, j));
            }
        }
        let unnamed = |list: &[Place]| -> Vec<usize> { (0..list.len()).filter(|i| list[*i].name.is_empty()).collect() };
        let (a, b) = (unnamed(&left), unnamed(&right));
        let same = |i: usize, j: usize| shape(left[a[i]].function) == shape(right[b[j]].function);
        pairs.extend(align(a.len(), b.len(), same).into_iter().map(|(i, j)| (a[i], b[j])));
        for (i, j) in pairs {
            left[i].other = Some(right[j].function);
            right[j].other = Some(left[i].function);
        }
        let partners: Vec<_> = left.iter().map(|p| (Some(p.function), p.other)).collect();
        let lonely: Vec<_> = right.iter().filter(|p| p.other.is_none()).map(|p| (None, Some(p.function))).collect();
        self.old.0.extend(left.into_iter().map(|p| (p.function.as_ptr(), p)));
        self.new.0.extend(right.into_iter().map(|p| (p.function.as_ptr(), p)));
        // As deep as functions are nested, which the compiler bounds.
        for (old, new) in partners.into_iter().chain(lonely) {
            self.nested(old, new);
        }
    }
}

fn shape(function: Gc<Proto>) -> (u8, bool) {
    (function.parameters, function.is_vararg())
}

fn children(parent: Option<Gc<Proto>>) -> Vec<Place> {
    let Some(parent) = parent else { return Vec::new() };
    let mut names: Vec<Vec<u8>> = vec![Vec::new(); parent.nested().len()];
    for (pc, word) in parent.code().iter().enumerate() {
        let i = Instruction(*word);
        if i.opcode() == Opcode::Closure {
            names[i.bx()] = closure_name(parent, pc).unwrap_or_default();
        }
    }
    let nested = parent.nested().iter().zip(names);
    nested.map(|(function, name)| Place { function: *function, parent: Some(parent), name, other: None }).collect()
}

/// The longest common subsequence of two sequences, of which only is known which elements are the same.
fn align(a: usize, b: usize, same: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let head = (0..a.min(b)).take_while(|i| same(*i, *i)).count();
    let tail = (0..a.min(b) - head).take_while(|i| same(a - 1 - i, b - 1 - i)).count();
    let (rows, columns) = (a - head - tail, b - head - tail);
    let mut pairs: Vec<_> = (0..head).map(|i| (i, i)).collect();
    if rows.max(columns) <= MOST_ALIGNED {
        let mut best = vec![vec![0u16; columns + 1]; rows + 1];
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                best[i][j] = if same(head + i, head + j) { best[i + 1][j + 1] + 1 } else { best[i + 1][j].max(best[i][j + 1]) };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < rows && j < columns {
            if same(head + i, head + j) {
                pairs.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if best[i + 1][j] >= best[i][j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((0..tail).rev().map(|i| (a - 1 - i, b - 1 - i)));
    pairs
}

#[cfg(test)]
mod tests {
    use super::align;

    fn aligned(a: &str, b: &str) -> String {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        align(a.len(), b.len(), |i, j| a[i] == b[j]).into_iter().map(|(i, _)| a[i] as char).collect()
    }

    #[test]
    fn sequences_are_aligned_by_what_they_have_in_common() {
        assert_eq!(aligned("", "abc"), "");
        assert_eq!(aligned("abc", "abc"), "abc");
        assert_eq!(aligned("abc", "axbyc"), "abc");
        assert_eq!(aligned("abcd", "bd"), "bd");
        assert_eq!(aligned("aab", "ab"), "ab");
        assert_eq!(aligned("xay", "zaw"), "a");
        assert_eq!(aligned(&"a".repeat(3000), &"a".repeat(2000)), "a".repeat(2000));
    }
}
