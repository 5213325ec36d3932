//! Pattern matching (§6.4.1) over byte slices, without a state: backtracking by recursion of bounded depth.
//!
//! A pattern is checked only as far as matching gets into it, so a malformed tail may go unnoticed; that is part of the
//! language as hosts know it. Shortcuts are taken only where the plain algorithm would neither match nor raise.

use super::ctype::Classes;
use super::item::{Item, Set, first_position, last_position};
use core::mem::MaybeUninit;
use core::slice;

/// Most captures of a pattern (`LUA_MAXCAPTURES`).
pub const MAX_CAPTURES: usize = 32;
/// Most nested steps of the matcher (`MAXCCALLS`).
const MAX_DEPTH: u32 = 200;
/// Sets whose members are kept as bits at once.
const SETS: usize = 4;

/// Whether a byte makes a pattern more than a text. `)` alone does not: where nothing but a text is looked for, `find` takes it literally.
#[inline(always)]
pub fn is_magic(b: u8) -> bool {
    matches!(b, b'^' | b'$' | b'*' | b'+' | b'?' | b'.' | b'(' | b'[' | b'%' | b'-')
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatternError {
    TooComplex,
    EndsWithEscape,
    MissingBracket,
    MissingBalanceArguments,
    MissingFrontierSet,
    TooManyCaptures,
    InvalidCapture,
    /// The number in `%1`.
    InvalidIndex(usize),
    UnfinishedCapture,
}

impl PatternError {
    /// The number that belongs behind the message, if any.
    pub fn index(self) -> Option<usize> {
        if let PatternError::InvalidIndex(n) = self { Some(n) } else { None }
    }

    pub fn message(self) -> &'static str {
        match self {
            PatternError::TooComplex => "pattern too complex",
            PatternError::EndsWithEscape => "malformed pattern (ends with '%')",
            PatternError::MissingBracket => "malformed pattern (missing ']')",
            PatternError::MissingBalanceArguments => "malformed pattern (missing arguments to '%b')",
            PatternError::MissingFrontierSet => "missing '[' after '%f' in pattern",
            PatternError::TooManyCaptures => "too many captures",
            PatternError::InvalidCapture => "invalid pattern capture",
            PatternError::InvalidIndex(_) => "invalid capture index %",
            PatternError::UnfinishedCapture => "unfinished capture",
        }
    }
}

/// Matching was given up; the reason is in the matcher. (Small, so that results travel in two registers.)
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct GivenUp;

/// Where a match ends, if there is one.
type Found = Result<Option<usize>, GivenUp>;

/// How far a capture reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Extent(usize);

impl Extent {
    const OPEN: Extent = Extent(usize::MAX);
    const POSITION: Extent = Extent(usize::MAX - 1);
}

#[derive(Clone, Copy)]
struct Capture {
    start: usize,
    extent: Extent,
}

/// A capture of a successful match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Captured<'a> {
    Text(&'a [u8]),
    /// Counted from one.
    Position(usize),
}

/// What every match must begin with.
#[derive(Clone, Copy)]
enum First {
    /// Not looked at yet.
    Unknown,
    Anything,
    Item(Item),
    /// The whole pattern stands for itself; its first byte.
    Text(u8),
}

/// How many bytes one search may skip by looking for the next byte of the pattern. It is far more than a search needs that does not
/// come back to the same bytes all the time. Those that do take the time that they take on upstream: `main.lua` of the official suite
/// interrupts one (`.*b` in 100,000 bytes without a `b`) and counts on it to be running a second after its start.
const MOST_SKIPPED: usize = 16 << 20;

/// A subject, a pattern and the captures of the current attempt.
pub struct Matcher<'a> {
    subject: &'a [u8],
    pattern: &'a [u8],
    /// Nested steps that are left.
    depth: u32,
    /// Captures that were begun.
    level: usize,
    failure: PatternError,
    /// Bytes that may still be skipped.
    skippable: usize,
    classes: Classes,
    first: First,
    set_count: usize,
    /// As many are initialised as were read, up to all.
    sets: MaybeUninit<[Set; SETS]>,
    /// The first `level` are initialised.
    captures: MaybeUninit<[Capture; MAX_CAPTURES]>,
}

impl<'a> Matcher<'a> {
    /// A matcher for a pattern without its `^`.
    #[inline(always)]
    pub fn new(subject: &'a [u8], pattern: &'a [u8]) -> Matcher<'a> {
        Matcher {
            subject,
            pattern,
            depth: MAX_DEPTH,
            level: 0,
            failure: PatternError::TooComplex,
            skippable: MOST_SKIPPED,
            classes: Classes::current(),
            first: First::Unknown,
            set_count: 0,
            sets: MaybeUninit::uninit(),
            captures: MaybeUninit::uninit(),
        }
    }

    /// Tries to match at `start` only; gives the end of the match.
    #[inline]
    pub fn match_at(&mut self, start: usize) -> Result<Option<usize>, PatternError> {
        self.classes = Classes::current();
        self.attempt(start)
    }

    #[inline]
    fn attempt(&mut self, start: usize) -> Result<Option<usize>, PatternError> {
        self.level = 0;
        self.depth = MAX_DEPTH;
        self.step(start, 0).map_err(|GivenUp| self.failure)
    }

    /// The first match that begins at `from` or later and does not end at `not_end`: its start and end.
    #[inline]
    pub fn search(&mut self, from: usize, not_end: Option<usize>) -> Result<Option<(usize, usize)>, PatternError> {
        if from > self.subject.len() {
            return Ok(None);
        }
        // Between two matches the locale may have changed, and its tables be gone.
        self.classes = Classes::current();
        self.skippable = MOST_SKIPPED;
        if let First::Unknown = self.first {
            self.level = 0;
            self.depth = MAX_DEPTH;
            self.first = self.first_item().map_err(|GivenUp| self.failure)?;
        }
        let mut start = from;
        while start <= self.subject.len() {
            if let First::Item(item) = self.first {
                match self.position_of(item, start) {
                    Some(at) => start = at,
                    None => return Ok(None),
                }
            }
            let end = if let First::Text(b) = self.first {
                match self.position_of(Item::Byte(b), start) {
                    Some(at) => start = at,
                    None => return Ok(None),
                }
                self.subject[start..].starts_with(self.pattern).then_some(start + self.pattern.len())
            } else {
                self.attempt(start)?
            };
            if let Some(end) = end
                && Some(end) != not_end
            {
                return Ok(Some((start, end)));
            }
            start += 1;
        }
        Ok(None)
    }

    /// A match itself.
    pub fn whole(&self, start: usize, end: usize) -> Captured<'a> {
        Captured::Text(&self.subject[start..end])
    }

    /// Number of captures of the last match.
    pub fn capture_count(&self) -> usize {
        self.level
    }

    /// Capture `i` (from zero) of the last match, which was `start..end`; without captures, 0 is the whole match.
    #[inline]
    pub fn capture(&self, i: usize, start: usize, end: usize) -> Result<Captured<'a>, PatternError> {
        if i >= self.level {
            return if i == 0 { Ok(Captured::Text(&self.subject[start..end])) } else { Err(PatternError::InvalidIndex(i + 1)) };
        }
        let c = self.get_capture(i);
        match c.extent {
            Extent::OPEN => Err(PatternError::UnfinishedCapture),
            Extent::POSITION => Ok(Captured::Position(c.start + 1)),
            Extent(len) => Ok(Captured::Text(&self.subject[c.start..c.start + len])),
        }
    }

    #[cold]
    fn fail<T>(&mut self, reason: PatternError) -> Result<T, GivenUp> {
        self.failure = reason;
        Err(GivenUp)
    }

    #[inline(always)]
    fn get_capture(&self, i: usize) -> Capture {
        assert!(i < self.level);
        // SAFETY: captures below the level are initialised.
        unsafe { self.captures.as_ptr().cast::<Capture>().add(i).read() }
    }

    /// Sets a capture whose number is at most the level.
    #[inline(always)]
    fn set_capture(&mut self, i: usize, capture: Capture) {
        assert!(i < MAX_CAPTURES && i <= self.level);
        // SAFETY: within the array.
        unsafe { self.captures.as_mut_ptr().cast::<Capture>().add(i).write(capture) };
    }

    // ---- items -------------------------------------------------------------------------------------------------

    /// The item at `p` (inside the pattern) and what follows it.
    #[inline(always)]
    fn item(&mut self, p: usize) -> Result<(Item, usize), GivenUp> {
        match self.pattern[p] {
            b'.' => Ok((Item::Any, p + 1)),
            b'%' => match self.pattern.get(p + 1) {
                Some(b) => Ok((Item::escaped(*b), p + 2)),
                None => self.fail(PatternError::EndsWithEscape),
            },
            b'[' => {
                if let Some([b'^', b, b']']) = self.pattern.get(p + 1..p + 4)
                    && !b"]%".contains(b)
                {
                    return Ok((Item::Other(*b), p + 4));
                }
                let i = self.set(p)?;
                Ok((Item::Set(i), self.known_sets()[i as usize].end))
            }
            b => Ok((Item::Byte(b), p + 1)),
        }
    }

    /// The entries of `sets` in use.
    #[inline(always)]
    fn known_sets(&self) -> &[Set] {
        // SAFETY: that many were written.
        unsafe { slice::from_raw_parts(self.sets.as_ptr().cast(), self.set_count.min(SETS)) }
    }

    /// The entry in `sets` for the set at `p`.
    #[inline]
    fn set(&mut self, p: usize) -> Result<u8, GivenUp> {
        match self.known_sets().iter().position(|set| set.at == p) {
            Some(i) => Ok(i as u8),
            None => self.read_set(p),
        }
    }

    #[inline(never)]
    fn read_set(&mut self, p: usize) -> Result<u8, GivenUp> {
        let Some(set) = Set::read(self.pattern, p, self.classes) else {
            return self.fail(PatternError::MissingBracket);
        };
        // Patterns with many sets reuse the entries in turn, but not the one that `first` may refer to.
        let entry = if self.set_count < SETS { self.set_count } else { 1 + self.set_count % (SETS - 1) };
        // SAFETY: within the array, and at most one behind the last that is initialised.
        unsafe { self.sets.as_mut_ptr().cast::<Set>().add(entry).write(set) };
        self.set_count += 1;
        Ok(entry as u8)
    }

    /// Whether one byte belongs to an item.
    #[inline(always)]
    fn is_in(&self, item: Item, b: u8) -> bool {
        match item {
            Item::Any => true,
            Item::Byte(wanted) => b == wanted,
            Item::Class(class, wanted) => self.classes.has(b, class) == wanted,
            Item::Other(unwanted) => b != unwanted,
            Item::Set(i) => self.known_sets()[i as usize].has(b, self.classes),
        }
    }

    /// Whether the byte of the subject at `s` exists and belongs to an item.
    #[inline(always)]
    fn single(&self, item: Item, s: usize) -> bool {
        match self.subject.get(s) {
            Some(b) => self.is_in(item, *b),
            None => false,
        }
    }

    /// How many bytes from `s` on belong to an item.
    #[inline]
    fn run_length(&self, item: Item, s: usize) -> usize {
        let rest = &self.subject[s..];
        let run = match item {
            Item::Any => None,
            Item::Byte(wanted) => rest.iter().position(|b| *b != wanted),
            Item::Class(class, wanted) => rest.iter().position(|b| self.classes.has(*b, class) != wanted),
            Item::Other(unwanted) => first_position(unwanted, rest),
            Item::Set(i) => {
                let set = &self.known_sets()[i as usize];
                rest.iter().position(|b| !set.has(*b, self.classes))
            }
        };
        run.unwrap_or(rest.len())
    }

    /// The first byte at `s` or later that belongs to an item.
    #[inline]
    fn position_of(&self, item: Item, s: usize) -> Option<usize> {
        let rest = &self.subject[s..];
        let at = match item {
            Item::Any => (!rest.is_empty()).then_some(0),
            Item::Byte(wanted) if rest.first() == Some(&wanted) => Some(0),
            Item::Byte(wanted) => first_position(wanted, rest),
            Item::Class(class, wanted) => rest.iter().position(|b| self.classes.has(*b, class) == wanted),
            Item::Other(unwanted) => rest.iter().position(|b| *b != unwanted),
            Item::Set(i) => {
                let set = &self.known_sets()[i as usize];
                rest.iter().position(|b| set.has(*b, self.classes))
            }
        };
        at.map(|at| s + at)
    }

    /// Whether something other than an item begins at `p`.
    fn is_special(&self, p: usize) -> bool {
        match self.pattern[p] {
            b'(' | b')' => true,
            b'$' => p + 1 == self.pattern.len(),
            b'%' => matches!(self.pattern.get(p + 1), Some(b'b' | b'f' | b'0'..=b'9')),
            _ => false,
        }
    }

    /// Whether the suffix at `p` lets its item match nothing.
    fn is_optional(&self, p: usize) -> bool {
        matches!(self.pattern.get(p), Some(b'*' | b'?' | b'-'))
    }

    /// The item that every match must begin with, if there is one. Captures may begin before it.
    fn first_item(&mut self) -> Result<First, GivenUp> {
        if let [first, ..] = self.pattern
            && !self.pattern.iter().any(|b| is_magic(*b) || *b == b')')
        {
            return Ok(First::Text(*first));
        }
        let mut p = 0;
        // Few enough that these cannot be too many captures.
        while p < 16 && self.pattern.get(p) == Some(&b'(') {
            p += 1 + (self.pattern.get(p + 1) == Some(&b')')) as usize;
        }
        if p >= self.pattern.len() || self.is_special(p) {
            return Ok(First::Anything);
        }
        let (item, end) = self.item(p)?;
        Ok(if self.is_optional(end) { First::Anything } else { First::Item(item) })
    }

    /// The byte that must come next for the pattern from `p` on to match, where that is plain. Captures may end before.
    #[inline]
    fn next_byte(&self, mut p: usize) -> Option<u8> {
        // Close to the limit of depth, where the plain algorithm may raise, take no shortcut.
        if self.depth < 8 {
            return None;
        }
        if self.pattern.get(p) == Some(&b')') && (0..self.level).any(|i| self.get_capture(i).extent == Extent::OPEN) {
            p += 1;
        }
        let b = *self.pattern.get(p)?;
        let (b, end) = match b {
            b'.' | b'[' => return None,
            _ if self.is_special(p) => return None,
            b'%' => match Item::escaped(*self.pattern.get(p + 1)?) {
                Item::Byte(b) => (b, p + 2),
                _ => return None,
            },
            b => (b, p + 1),
        };
        if self.is_optional(end) { None } else { Some(b) }
    }

    // ---- matching ----------------------------------------------------------------------------------------------

    /// Matches the pattern from `p` on at `s`; gives the end of the match.
    fn step(&mut self, s: usize, p: usize) -> Found {
        if self.depth == 0 {
            return self.fail(PatternError::TooComplex);
        }
        self.depth -= 1;
        let found = self.sequence(s, p);
        self.depth += 1;
        found
    }

    fn sequence(&mut self, mut s: usize, mut p: usize) -> Found {
        while let Some(b) = self.pattern.get(p) {
            match b {
                b'(' if self.pattern.get(p + 1) == Some(&b')') => {
                    return self.begin_capture(s, p + 2, Extent::POSITION);
                }
                b'(' => return self.begin_capture(s, p + 1, Extent::OPEN),
                b')' => return self.end_capture(s, p + 1),
                b'$' if p + 1 == self.pattern.len() => return Ok((s == self.subject.len()).then_some(s)),
                b'%' => match self.pattern.get(p + 1) {
                    Some(b'b') => {
                        let Some(end) = self.balanced(s, p + 2)? else { return Ok(None) };
                        s = end;
                        p += 4;
                        continue;
                    }
                    Some(b'f') => {
                        let Some(end) = self.frontier(s, p + 2)? else { return Ok(None) };
                        p = end;
                        continue;
                    }
                    Some(digit @ b'0'..=b'9') => {
                        let Some(end) = self.back_reference(s, *digit)? else { return Ok(None) };
                        s = end;
                        p += 2;
                        continue;
                    }
                    _ => {}
                },
                _ => {}
            }
            let (item, end) = self.item(p)?;
            let suffix = self.pattern.get(end).copied().unwrap_or(0);
            if !self.single(item, s) {
                match suffix {
                    b'*' | b'?' | b'-' => p = end + 1,
                    _ => return Ok(None),
                }
                continue;
            }
            match suffix {
                b'?' => {
                    if let Some(e) = self.step(s + 1, end + 1)? {
                        return Ok(Some(e));
                    }
                    p = end + 1;
                }
                b'*' | b'+' => {
                    let least = (suffix == b'+') as usize;
                    let most = 1 + self.run_length(item, s + 1);
                    return self.longest(s + least, s + most, end + 1);
                }
                b'-' => return self.shortest(p, s, end + 1),
                _ => {
                    s += 1;
                    p = end;
                }
            }
        }
        Ok(Some(s))
    }

    /// Continues with the pattern from `p` on at `most`, and while that fails at one byte less, down to `least`.
    fn longest(&mut self, least: usize, most: usize, p: usize) -> Found {
        if let Some(e) = self.step(most, p)? {
            return Ok(Some(e));
        }
        let wanted = if most - least <= self.skippable { self.next_byte(p) } else { None };
        let Some(wanted) = wanted else {
            for s in (least..most).rev() {
                if let Some(e) = self.step(s, p)? {
                    return Ok(Some(e));
                }
            }
            return Ok(None);
        };
        self.skippable -= most - least;
        let mut limit = most;
        while let Some(at) = last_position(wanted, &self.subject[least.min(limit)..limit]) {
            limit = least + at;
            if let Some(e) = self.step(limit, p)? {
                return Ok(Some(e));
            }
        }
        Ok(None)
    }

    /// Continues with the pattern from `p` on at `s`, and while that fails at one byte more, as long as these belong to
    /// the item at `item_at`.
    fn shortest(&mut self, item_at: usize, mut s: usize, p: usize) -> Found {
        let wanted = self.next_byte(p);
        loop {
            // Looked up anew each time: what follows may need its place among the sets.
            let (item, _) = self.item(item_at)?;
            if let Some(b) = wanted {
                let rest = &self.subject[s..];
                let at = match item {
                    Item::Any => first_position(b, rest),
                    _ => rest.iter().position(|c| *c == b || !self.is_in(item, *c)),
                };
                match at {
                    Some(at) => s += at,
                    None => return Ok(None),
                }
            }
            let more = self.single(item, s);
            if let Some(e) = self.step(s, p)? {
                return Ok(Some(e));
            }
            if !more {
                return Ok(None);
            }
            s += 1;
        }
    }

    fn begin_capture(&mut self, s: usize, p: usize, extent: Extent) -> Found {
        if self.level >= MAX_CAPTURES {
            return self.fail(PatternError::TooManyCaptures);
        }
        self.set_capture(self.level, Capture { start: s, extent });
        self.level += 1;
        let found = self.step(s, p)?;
        if found.is_none() {
            self.level -= 1;
        }
        Ok(found)
    }

    fn end_capture(&mut self, s: usize, p: usize) -> Found {
        let Some(i) = (0..self.level).rev().find(|i| self.get_capture(*i).extent == Extent::OPEN) else {
            return self.fail(PatternError::InvalidCapture);
        };
        let start = self.get_capture(i).start;
        self.set_capture(i, Capture { start, extent: Extent(s - start) });
        let found = self.step(s, p)?;
        if found.is_none() {
            self.set_capture(i, Capture { start, extent: Extent::OPEN });
        }
        Ok(found)
    }

    /// `%b`: the arguments are at `p`.
    fn balanced(&mut self, s: usize, p: usize) -> Found {
        let Some([open, close]) = self.pattern.get(p..p + 2) else {
            return self.fail(PatternError::MissingBalanceArguments);
        };
        if self.subject.get(s) != Some(open) {
            return Ok(None);
        }
        let mut depth = 1usize;
        for (i, b) in self.subject[s + 1..].iter().enumerate() {
            if b == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(s + i + 2));
                }
            } else if b == open {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// `%f`: the set is at `p`. Gives what follows it in the *pattern*, if the frontier is here.
    fn frontier(&mut self, s: usize, p: usize) -> Found {
        if self.pattern.get(p) != Some(&b'[') {
            return self.fail(PatternError::MissingFrontierSet);
        }
        let i = self.set(p)?;
        let set = &self.known_sets()[i as usize];
        // Both ends of the subject count as a zero byte.
        let before = s.checked_sub(1).map_or(0, |s| self.subject[s]);
        let after = self.subject.get(s).copied().unwrap_or(0);
        Ok((!set.has(before, self.classes) && set.has(after, self.classes)).then_some(set.end))
    }

    /// `%1` to `%9`: the text of an earlier capture again.
    fn back_reference(&mut self, s: usize, digit: u8) -> Found {
        let number = (digit - b'0') as usize;
        if number == 0 || number > self.level || self.get_capture(number - 1).extent == Extent::OPEN {
            return self.fail(PatternError::InvalidIndex(number));
        }
        match self.get_capture(number - 1) {
            // A position never matches.
            Capture { extent: Extent::POSITION, .. } => Ok(None),
            Capture { start, extent: Extent(len) } => {
                let text = &self.subject[start..start + len];
                Ok(self.subject[s..].starts_with(text).then_some(s + len))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first match as text, its captures included, or the error's message.
    fn find(subject: &str, pattern: &str) -> String {
        let (anchored, body) = match pattern.as_bytes() {
            [b'^', rest @ ..] => (true, rest),
            all => (false, all),
        };
        let mut m = Matcher::new(subject.as_bytes(), body);
        let found = if anchored { m.match_at(0).map(|e| e.map(|e| (0, e))) } else { m.search(0, None) };
        let show = |e: PatternError| format!("{}{}", e.message(), e.index().map_or(String::new(), |i| i.to_string()));
        let (start, end) = match found {
            Err(e) => return show(e),
            Ok(None) => return "-".into(),
            Ok(Some(range)) => range,
        };
        let mut text = subject[start..end].to_string();
        for i in 0..m.capture_count() {
            match m.capture(i, start, end) {
                Ok(Captured::Text(t)) => text += &format!("|{}", String::from_utf8_lossy(t)),
                Ok(Captured::Position(n)) => text += &format!("|@{n}"),
                Err(e) => return show(e),
            }
        }
        text
    }

    #[test]
    fn items_and_repetitions() {
        for (subject, pattern, expected) in [
            ("hello world", "o w", "o w"),
            ("hello", "l+", "ll"),
            ("hello", "l-o", "llo"),
            ("hello", "xl*", "-"),
            ("", "", ""),
            ("", "a*", ""),
            ("abc", "^b", "-"),
            ("abc", "c$", "c"),
            ("a$c", "a$c", "a$c"),
            ("aaab", "a*ab", "aaab"),
            ("aaa", "a?a?a?a", "aaa"),
            ("key = value", "(%w+)%s*=%s*(%w+)", "key = value|key|value"),
            ("  trim me  ", "^%s*(.-)%s*$", "  trim me  |trim me"),
            ("abc", "()b()", "b|@2|@3"),
            ("THE (quick) fox", "%((%a+)%)", "(quick)|quick"),
            ("x(a(b)c)d", "%b()", "(a(b)c)"),
            ("THE (quick) fox", "%f[%a]%a+%f[%A]", "THE"),
            ("\"it's\"", "([\"'])(.-)%1", "\"it's\"|\"|it's"),
            ("a]b", "[]]", "]"),
            ("a-b", "[a-]+", "a-"),
            ("a^b", "[%^b]+", "^b"),
            ("09az", "[^0-9]+", "az"),
            ("0.5", "%d%.%d", "0.5"),
            ("\0a", "%z%Z", "\0a"),
            ("abcabc", "(a(b)c)%1", "abcabc|abc|b"),
            ("one;two;;four", "([^;]*);;", "two;;|two"),
            ("aXb", "%u", "X"),
            ("alo", "%S%S*$", "alo"),
            ("a%%", "%%+", "%%"),
            ("[[x]]", "%[%[(.-)%]%]", "[[x]]|x"),
            ("f[%]]", "[a-%%]+", "]]"),
        ] {
            assert_eq!(find(subject, pattern), expected, "{subject:?} {pattern:?}");
        }
    }

    #[test]
    fn malformed_patterns_are_noticed_when_reached() {
        for (subject, pattern, expected) in [
            ("a", "%", "malformed pattern (ends with '%')"),
            ("a", "[a", "malformed pattern (missing ']')"),
            ("a", "[]", "malformed pattern (missing ']')"),
            ("a", "[^]", "malformed pattern (missing ']')"),
            ("a", "[a%", "malformed pattern (missing ']')"),
            ("a", "%ba", "malformed pattern (missing arguments to '%b')"),
            ("a", "%f", "missing '[' after '%f' in pattern"),
            ("a", "a)", "invalid pattern capture"),
            ("a", "(a", "unfinished capture"),
            ("a", "%1", "invalid capture index %1"),
            ("a", "%0", "invalid capture index %0"),
            ("a", "(%1)", "invalid capture index %1"),
            ("a", "()%1", "-"),
            ("b", "a[", "-"),
            ("b", "a)", "-"),
        ] {
            assert_eq!(find(subject, pattern), expected, "{subject:?} {pattern:?}");
        }
        assert_eq!(find("a", &"()".repeat(33)), "too many captures");
        assert_eq!(find("a", &"()".repeat(32)).matches("@1").count(), 32);
    }

    #[test]
    fn recursion_is_bounded() {
        let subject = "a".repeat(400);
        assert_eq!(find(&subject, &".?".repeat(199)), "a".repeat(199));
        assert_eq!(find(&subject, &".?".repeat(200)), "pattern too complex");
        assert_eq!(find(&subject, &"a-".repeat(199)), "");
        assert_eq!(find(&subject, &format!("{}b", "a-".repeat(200))), "pattern too complex");
        assert_eq!(find(&subject, &"a*".repeat(400)), subject);
    }

    #[test]
    fn more_sets_than_places_for_them() {
        let pattern = "([a-c]+)([d-f]-)([g-i]*)([j-l]+)([m-o]?)([p-r]+)[%d_]-$";
        assert_eq!(find("..abcdefghijklmnopq12_", pattern), "-");
        assert_eq!(find("..abcdefghijklmpq12_", pattern), "abcdefghijklmpq12_|abc|def|ghi|jkl|m|pq");
        assert_eq!(find("a1b2c3d4e5f6", "[a][1][b][2][c][3][d][4][e][5][f][6]"), "a1b2c3d4e5f6");
        assert_eq!(find("xxa1b2c3d5", "[a-b]-[1][b][2][c][3][d][5]$"), "a1b2c3d5");
    }

    #[test]
    fn shortcuts_change_nothing() {
        // The byte after a repetition is looked for first; it may also belong to the repeated item.
        for (subject, pattern, expected) in [
            ("aaa=b=c", ".*=", "aaa=b="),
            ("aaa=b=c", ".-=", "aaa="),
            ("aaa=b=c", "(.-)=(.*)", "aaa=b=c|aaa|b=c"),
            ("aaab", "a-b", "aaab"),
            ("aaab", "[ab]*b", "aaab"),
            ("aaab", "[ab]-b$", "aaab"),
            ("aaa", "a*a", "aaa"),
            ("aaa", "a+a$", "aaa"),
            ("aa.b", "%w*%.", "aa."),
            ("x", ".*x", "x"),
            ("", ".*x", "-"),
            ("", ".-x", "-"),
            ("ab", "(a-)b", "ab|a"),
            ("ab", "((a*)b)", "ab|ab|a"),
            ("a,b", "([^,]*),", "a,|a"),
        ] {
            assert_eq!(find(subject, pattern), expected, "{subject:?} {pattern:?}");
        }
    }
}
