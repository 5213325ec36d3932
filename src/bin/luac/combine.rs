//! One chunk of several: a main function that calls the main functions of all, in order.

use super::{Fatal, input};
use perilune::chunk::draft::{Constant, Draft, OpenBox, OpenFunction, Symbol};
use perilune::heap::mem::Mem;
use perilune::throw::Result as VmResult;

pub fn combine(mem: Mem, mut drafts: Vec<Draft>) -> Result<Draft, Fatal> {
    if drafts.len() == 1 {
        return Ok(drafts.remove(0));
    }
    let calls = b"(function()end)();".repeat(drafts.len());
    let caller = input::compile(mem, &mut &calls[..], b"=(luac)")?;
    join(mem, caller, drafts).map_err(|_| Fatal(b"not enough memory".to_vec()))
}

/// Puts the drafts in the place of the caller's empty functions.
fn join(mem: Mem, caller: Draft, drafts: Vec<Draft>) -> VmResult<Draft> {
    let mut whole = Draft::new(mem);
    whole.functions.open()?;
    let mut main = copy(&mut whole, &caller, 0, 0)?;
    main.nested.clear();
    // No line of a file stands for these calls.
    main.line_info.clear();
    for draft in drafts {
        let first = whole.functions.len() as u32;
        for index in 0..draft.functions.len() as u32 {
            let moved = whole.functions.open()?;
            let mut f = copy(&mut whole, &draft, index, first)?;
            // The environment now comes from the calling function.
            if index == 0
                && let Some(environment) = f.upvalues.first_mut()
            {
                environment.in_stack = false;
            }
            whole.functions.finish(moved, &f)?;
        }
        main.nested.push(first)?;
    }
    whole.functions.finish_main(OpenBox::of(main)?)?;
    Ok(whole)
}

/// A copy of a function for another draft, where its draft's functions begin at `first`.
fn copy(to: &mut Draft, from: &Draft, index: u32, first: u32) -> VmResult<OpenFunction> {
    let mut f = OpenFunction::copy_of(&from.functions[index], to.functions.mem())?;
    let mut rename = |symbol: Symbol| to.symbols.intern(from.symbols.bytes(symbol));
    f.source = f.source.map(&mut rename).transpose()?;
    for constant in f.constants.iter_mut() {
        if let Constant::String(symbol) = constant {
            *symbol = rename(*symbol)?;
        }
    }
    for upvalue in f.upvalues.iter_mut() {
        upvalue.name = upvalue.name.map(&mut rename).transpose()?;
    }
    for local in f.locals.iter_mut() {
        local.name = local.name.map(&mut rename).transpose()?;
    }
    for nested in f.nested.iter_mut() {
        *nested += first;
    }
    Ok(f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use perilune::chunk::view::{DraftView, View};
    use perilune::heap::mem::{Allocator, process_memory};
    use std::ptr;

    #[test]
    fn a_combined_chunk_calls_each_file_with_its_own_environment() {
        let allocator = Allocator::new(process_memory, ptr::null_mut());
        let mem = Mem::new(&allocator);
        let compile = |text: &str, name: &[u8]| {
            let draft = input::compile(mem, &mut text.as_bytes(), name);
            draft.unwrap_or_else(|Fatal(e)| panic!("{}", String::from_utf8_lossy(&e)))
        };
        let drafts = vec![compile("print'a'", b"@a"), compile("return function() return 'a' end", b"@b")];
        let Ok(whole) = combine(mem, drafts) else { panic!("there is memory") };
        let main = DraftView::main(&whole);
        assert_eq!((main.source(), main.nested_count()), (Some(&b"=(luac)"[..]), 2));
        assert!(main.line_info().is_empty() && main.upvalue(0).in_stack);
        let (a, b) = (main.nested(0), main.nested(1));
        assert_eq!((a.source(), b.source()), (Some(&b"@a"[..]), Some(&b"@b"[..])));
        assert!(!a.upvalue(0).in_stack && a.upvalue(0).name == Some(b"_ENV"));
        assert_eq!((b.nested_count(), b.nested(0).constant_count()), (1, 1));
        assert_eq!(a.constant(1), b.nested(0).constant(0));
    }

    #[test]
    fn one_file_stays_as_it_is() {
        let allocator = Allocator::new(process_memory, ptr::null_mut());
        let mem = Mem::new(&allocator);
        let Ok(draft) = input::compile(mem, &mut &b"return 1"[..], b"@one") else { panic!("valid source") };
        let Ok(whole) = combine(mem, vec![draft]) else { panic!("nothing to combine") };
        assert_eq!(DraftView::main(&whole).source(), Some(&b"@one"[..]));
    }
}
