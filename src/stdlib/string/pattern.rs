//! `string.find`, `string.match`, `string.gmatch`, `string.gsub`.

use super::matcher::{Captured, Matcher, PatternError, is_magic};
use super::start_offset;
use crate::heap::state::State;
use crate::native;
use crate::stdlib::text::Text;
use crate::throw::{Result, Throw};
use crate::value::Type;
use crate::value::format::NumberText;
use crate::vm::api::upvalue_index;

#[cold]
fn pattern_error(l: State, e: PatternError) -> Throw {
    match e.index() {
        Some(i) => l.error_fmt(format_args!("{}{i}", e.message())),
        None => l.error_fmt(format_args!("{}", e.message())),
    }
}

/// A pattern without its `^`, and whether it had one.
fn split_anchor(pattern: &[u8]) -> (bool, &[u8]) {
    match pattern {
        [b'^', rest @ ..] => (true, rest),
        all => (false, all),
    }
}

/// Whether a pattern is just a text.
#[inline]
fn is_plain(pattern: &[u8]) -> bool {
    !pattern.iter().any(|b| is_magic(*b))
}

/// The first place where a text occurs.
#[inline]
fn find_plain(subject: &[u8], text: &[u8]) -> Option<usize> {
    /// Up to this length, searching costs less than preparing a search.
    const SHORT: usize = 48;
    match text {
        [] => Some(0),
        [b] => memchr::memchr(*b, subject),
        [first, rest @ ..] if subject.len() <= SHORT => {
            let last = subject.len().checked_sub(rest.len())?;
            (0..last).find(|at| subject[*at] == *first && subject[at + 1..].starts_with(rest))
        }
        _ => memchr::memmem::find(subject, text),
    }
}

#[inline]
fn push_captured(l: State, captured: Captured) -> Result {
    match captured {
        Captured::Text(text) => l.push_bytes(text),
        Captured::Position(n) => {
            l.push_integer(n as i64);
            Ok(())
        }
    }
}

/// Pushes captures of the match `start..end`: all, or if there are none and `whole` says so the match itself.
#[inline]
fn push_captures(l: State, m: &Matcher, start: usize, end: usize, whole: bool) -> Result<u32> {
    let n = m.capture_count().max(whole as usize);
    l.check_stack(n as i32, "too many captures")?;
    for i in 0..n {
        push_captured(l, m.capture(i, start, end).map_err(|e| pattern_error(l, e))?)?;
    }
    Ok(n as u32)
}

pub fn find(l: State) -> Result<u32> {
    find_or_match(l, true)
}

pub fn match_(l: State) -> Result<u32> {
    find_or_match(l, false)
}

#[inline(always)]
fn find_or_match(l: State, find: bool) -> Result<u32> {
    let subject = l.check_bytes(1)?;
    let pattern = l.check_bytes(2)?;
    let start = start_offset(l.opt_integer(3, 1)?, subject.len());
    if start > subject.len() {
        l.push_nil();
        return Ok(1);
    }
    if find && (l.to_boolean(4) || is_plain(pattern)) {
        return match find_plain(&subject[start..], pattern) {
            Some(at) => {
                l.push_integer((start + at + 1) as i64);
                l.push_integer((start + at + pattern.len()) as i64);
                Ok(2)
            }
            None => {
                l.push_nil();
                Ok(1)
            }
        };
    }
    let (anchored, pattern) = split_anchor(pattern);
    let mut m = Matcher::new(subject, pattern);
    let found = if anchored { m.match_at(start).map(|end| end.map(|end| (start, end))) } else { m.search(start, None) };
    match found.map_err(|e| pattern_error(l, e))? {
        None => {
            l.push_nil();
            Ok(1)
        }
        Some((start, end)) if find => {
            l.push_integer(start as i64 + 1);
            l.push_integer(end as i64);
            Ok(2 + push_captures(l, &m, start, end, false)?)
        }
        Some((start, end)) => push_captures(l, &m, start, end, true),
    }
}

native!(GMATCH_NEXT = "gmatch_next", gmatch_next);

/// What an iterator of `gmatch` keeps, in the userdata that is its third upvalue. The first two are subject and pattern,
/// whose bytes the matcher refers to.
struct Iteration {
    matcher: Matcher<'static>,
    position: usize,
    last_end: Option<usize>,
}

pub fn gmatch(l: State) -> Result<u32> {
    let subject = l.check_bytes(1)?;
    let pattern = l.check_bytes(2)?;
    let position = start_offset(l.opt_integer(3, 1)?, subject.len());
    l.set_top(2)?;
    let block = l.new_userdata(size_of::<Iteration>(), 0)?.cast::<Iteration>();
    const { assert!(align_of::<Iteration>() <= 16 && !core::mem::needs_drop::<Iteration>()) };
    // SAFETY: a fresh block of that size, aligned to 16 bytes.
    unsafe { block.write(Iteration { matcher: Matcher::new(subject, pattern), position, last_end: None }) };
    l.push_native_closure(&GMATCH_NEXT, 3)?;
    Ok(1)
}

fn gmatch_next(l: State) -> Result<u32> {
    let it = l.to_userdata(upvalue_index(3)).cast::<Iteration>();
    // SAFETY: `gmatch` made the block, which the running function keeps. The reference is gone before anything is pushed:
    // a collection may then run finalizers, and these call this function again.
    let found = unsafe {
        let it = &mut *it;
        it.matcher.search(it.position, it.last_end)
    };
    let Some((start, end)) = found.map_err(|e| pattern_error(l, e))? else { return Ok(0) };
    // SAFETY: as above.
    let n = unsafe {
        (*it).position = end;
        (*it).last_end = Some(end);
        (*it).matcher.capture_count().max(1)
    };
    l.check_stack(n as i32, "too many captures")?;
    for i in 0..n {
        // SAFETY: as above; what is captured lies in the subject, not in the block.
        let captured = unsafe { (*it).matcher.capture(i, start, end) };
        push_captured(l, captured.map_err(|e| pattern_error(l, e))?)?;
    }
    Ok(n as u32)
}

/// What `gsub` puts in the place of a match.
#[derive(Clone, Copy)]
enum Replacement {
    /// A text that is used as it is.
    Text(&'static [u8]),
    /// A text with references to captures.
    Template(&'static [u8]),
    Function,
    Table,
}

impl Replacement {
    fn from_argument(l: State) -> Result<Replacement> {
        Ok(match l.type_at(3) {
            Type::String | Type::Number => {
                let text = l.check_bytes(3)?;
                if memchr::memchr(b'%', text).is_some() { Replacement::Template(text) } else { Replacement::Text(text) }
            }
            Type::Function => Replacement::Function,
            Type::Table => Replacement::Table,
            _ => return Err(l.type_error(3, "string/function/table")),
        })
    }
}

pub fn gsub(l: State) -> Result<u32> {
    let subject = l.check_bytes(1)?;
    let (anchored, pattern) = split_anchor(l.check_bytes(2)?);
    let limit = l.opt_integer(4, subject.len() as i64 + 1)?;
    let replacement = Replacement::from_argument(l)?;
    let mut m = Matcher::new(subject, pattern);
    let mut out = Text::new(l);
    // What precedes `copied` is in `out`, changed or not.
    let (mut copied, mut position, mut last_end, mut count) = (0, 0, None, 0);
    let mut changed = false;
    while count < limit {
        let found = if anchored { m.match_at(0).map(|end| end.map(|end| (0, end))) } else { m.search(position, last_end) };
        let Some((start, end)) = found.map_err(|e| pattern_error(l, e))? else { break };
        count += 1;
        if push_replacement(l, &m, start, end, replacement)? {
            if copied < start {
                out.extend(&subject[copied..start])?;
            }
            match replacement {
                Replacement::Text(text) => out.extend(text)?,
                Replacement::Template(template) => expand(l, &m, start, end, template, &mut out)?,
                Replacement::Function | Replacement::Table => {
                    if !out.add_value(l.value_at(-1))? {
                        let kind = l.type_at(-1).name();
                        return Err(l.error_fmt(format_args!("invalid replacement value (a {kind})")));
                    }
                    l.pop(1);
                }
            }
            copied = end;
            changed = true;
        }
        position = end;
        last_end = Some(end);
        if anchored {
            break;
        }
    }
    if changed {
        out.extend(&subject[copied..])?;
        out.finish(l)?;
    } else {
        l.push_index(1);
    }
    l.push_integer(count);
    Ok(2)
}

/// Asks the function or the table for a match and pushes the answer; false, and nothing pushed, if the match stays as it
/// is. A text has nothing to ask.
#[inline]
fn push_replacement(l: State, m: &Matcher, start: usize, end: usize, replacement: Replacement) -> Result<bool> {
    match replacement {
        Replacement::Text(_) | Replacement::Template(_) => return Ok(true),
        Replacement::Function => {
            l.push_index(3);
            let n = push_captures(l, m, start, end, true)?;
            l.call(n as i32, 1)?;
        }
        Replacement::Table => {
            push_captured(l, m.capture(0, start, end).map_err(|e| pattern_error(l, e))?)?;
            l.get_table(3)?;
        }
    }
    if l.to_boolean(-1) {
        return Ok(true);
    }
    l.pop(1);
    Ok(false)
}

/// Appends a template with `%0` to `%9` replaced by the match and its captures.
fn expand(l: State, m: &Matcher, start: usize, end: usize, template: &[u8], out: &mut Text) -> Result {
    let mut rest = template;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend(&rest[..at])?;
        match rest.get(at + 1) {
            Some(b'%') => out.push(b'%')?,
            Some(digit @ b'0'..=b'9') => {
                let captured = match digit {
                    b'0' => m.whole(start, end),
                    digit => m.capture((digit - b'1') as usize, start, end).map_err(|e| pattern_error(l, e))?,
                };
                match captured {
                    Captured::Text(text) => out.extend(text)?,
                    Captured::Position(n) => out.extend(NumberText::integer(n as i64).as_bytes())?,
                }
            }
            _ => return Err(l.error_fmt(format_args!("invalid use of '%' in replacement string"))),
        }
        rest = &rest[at + 2..];
    }
    out.extend(rest)
}
