//! Lines of instructions, from the deltas and the absolute lines of a function.

use super::view::View;

/// In line deltas: the line stands in the absolute lines.
pub const ABSOLUTE: i8 = -0x80;

/// The line of an instruction; `None` when the function has no line information.
///
/// Starts from the last absolute line at or before the instruction, of which there is one at least every 128
/// instructions, and adds the deltas from there.
#[doc(alias = "luaG_getfuncline")]
pub fn line<'a, V: View<'a>>(f: V, pc: usize) -> Option<i32> {
    let deltas = f.line_info();
    if pc >= deltas.len() {
        return None;
    }
    let absolute = f.absolute_lines();
    let before = absolute.partition_point(|a| a.pc as usize <= pc);
    let (base, first) = match before.checked_sub(1) {
        None => (f.line_defined(), 0),
        Some(i) => (absolute[i].line, absolute[i].pc as usize + 1),
    };
    // Wrapping: the lines of a chunk from outside may be anything.
    Some(deltas[first..=pc].iter().fold(base, |line, delta| line.wrapping_add(*delta as i32)))
}

/// The line after `line`, which is that of the instruction before `pc`.
pub fn next_line<'a, V: View<'a>>(f: V, line: i32, pc: usize) -> i32 {
    match f.line_info()[pc] {
        ABSOLUTE => self::line(f, pc).unwrap_or(line),
        delta => line.wrapping_add(delta as i32),
    }
}

/// Whether two instructions, `from` before `to`, lie on different lines.
///
/// What counts is the sum of the deltas between them: code that goes on to another line and back has not changed line.
pub fn changed<'a, V: View<'a>>(f: V, from: usize, to: usize) -> bool {
    let deltas = f.line_info();
    if deltas.is_empty() {
        return false;
    }
    if to - from < 64 {
        let between = &deltas[from + 1..=to];
        if !between.contains(&ABSOLUTE) {
            return between.iter().map(|d| *d as i32).sum::<i32>() != 0;
        }
    }
    line(f, from) != line(f, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::draft::{AbsoluteLine, Draft, OpenBox, OpenFunction};
    use crate::chunk::testing;
    use crate::chunk::view::DraftView;

    fn draft(mem: crate::heap::mem::Mem) -> Draft {
        let mut draft = Draft::new(mem);
        draft.functions.open().unwrap();
        let mut f = OpenFunction::new(mem);
        f.line_defined = 10;
        f.line_info.extend(&[1, 0, -2, ABSOLUTE, 3, 0]).unwrap();
        f.absolute_lines.push(AbsoluteLine { pc: 3, line: 500 }).unwrap();
        draft.functions.finish_main(OpenBox::of(f).unwrap()).unwrap();
        draft
    }

    #[test]
    fn lines_add_up_from_the_nearest_absolute_line() {
        testing::with_mem(|mem| {
            let draft = draft(mem);
            let f = DraftView::main(&draft);
            let lines: Vec<_> = (0..7).map(|pc| line(f, pc)).collect();
            assert_eq!(lines, [Some(11), Some(11), Some(9), Some(500), Some(503), Some(503), None]);
            let mut line = f.line_defined();
            let walked: Vec<_> = (0..6)
                .map(|pc| {
                    line = next_line(f, line, pc);
                    line
                })
                .collect();
            assert_eq!(walked, [11, 11, 9, 500, 503, 503]);
        });
    }

    #[test]
    fn a_line_changes_when_the_sum_of_its_steps_does() {
        testing::with_mem(|mem| {
            let draft = draft(mem);
            let f = DraftView::main(&draft);
            assert!(!changed(f, 0, 1) && changed(f, 0, 2) && changed(f, 2, 3) && !changed(f, 4, 5));
        });
    }
}
