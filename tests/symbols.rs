//! What the library shows the linker: its name, its symbols and their version, and what it needs itself.
//!
//! Checked on what cargo built beside these tests. Tools: `nm` and `readelf` of binutils.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{EDITION, edition, host};

/// `target/<profile>`, where cargo put the libraries and build.rs the links to them.
fn built(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.parent().and_then(Path::parent).expect("test programs lie in target/<profile>/deps").join(name)
}

fn run(program: impl AsRef<Path>, args: &[&str]) -> String {
    let program = program.as_ref();
    let output = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {args:?}: {messages}", program.display());
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// The symbols of liblua and of what VMs share beyond it.
fn expected() -> BTreeSet<String> {
    let names = &edition::upstreams_symbols() | &edition::additional_symbols();
    assert!(names.len() > 150);
    names
}

/// The version of every symbol.
fn version() -> String {
    format!("LUA_{}", EDITION.name)
}

/// `liblua5.4` and what follows.
fn library(ending: &str) -> String {
    format!("lib{}{ending}", EDITION.library)
}

#[test]
fn the_shared_library_exports_exactly_liblua() {
    let listing = run("nm", &["-D", "--defined-only", built(&library(".so")).to_str().unwrap()]);
    let mut names = BTreeSet::new();
    for line in listing.lines() {
        let mut columns = line.split_whitespace().rev();
        let symbol = columns.next().unwrap();
        let kind = columns.next().unwrap();
        if kind == "A" && symbol == self::version() {
            continue; // the version's own name, as some linkers list it
        }
        let (name, version) = symbol.split_once("@@").unwrap_or_else(|| panic!("{symbol} has no version"));
        assert_eq!(version, self::version(), "{symbol}");
        let expected_kind = if name == "lua_ident" { "R" } else { "T" };
        assert_eq!(kind, expected_kind, "{symbol}: code is T, constant data is R");
        names.insert(name.to_string());
    }
    let expected = expected();
    let missing: Vec<_> = expected.difference(&names).collect();
    let excess: Vec<_> = names.difference(&expected).collect();
    assert!(missing.is_empty() && excess.is_empty(), "missing {missing:?}, not expected {excess:?}");
}

#[test]
fn the_static_library_defines_all_of_them_too() {
    let listing = run("nm", &["--defined-only", "--extern-only", "--quiet", built(&library(".a")).to_str().unwrap()]);
    let names: BTreeSet<String> = listing.lines().filter_map(|line| line.split_whitespace().nth(2)).map(String::from).collect();
    let missing: Vec<_> = expected().into_iter().filter(|name| !names.contains(name)).collect();
    assert!(missing.is_empty(), "missing {missing:?}");
    let excess: Vec<_> = names
        .iter()
        .filter(|name| ["lua_", "luaL_", "luaopen_"].iter().any(|p| name.starts_with(p)) && !expected().contains(*name))
        .collect();
    assert!(excess.is_empty(), "not expected {excess:?}");
}

#[test]
fn the_library_has_liblua_s_name_and_needs_nothing_but_the_system() {
    for name in [&library(".so.0"), &library(".so"), "liblua.so"] {
        let dynamic = run("readelf", &["-d", "-W", built(name).to_str().unwrap()]);
        assert!(dynamic.contains(&format!("Library soname: [{}]", EDITION.soname)), "{name}:\n{dynamic}");
        for line in dynamic.lines().filter(|line| line.contains("(NEEDED)")) {
            let needed = line.split(['[', ']']).nth(1).expect("a name in brackets");
            let system = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0"];
            assert!(system.contains(&needed) || needed.starts_with("ld-linux"), "{name} needs {needed}");
        }
        assert!(!dynamic.contains("(RPATH)") && !dynamic.contains("(RUNPATH)"), "{name} looks for libraries:\n{dynamic}");
        assert!(!dynamic.contains("(TEXTREL)"), "{name} is position-independent");
    }
}

/// Debuggers, profilers and C++ exceptions walk through the API's functions by their unwind tables.
#[test]
fn every_exported_function_has_an_unwind_entry() {
    let library = built(&library(".so"));
    let library = library.to_str().unwrap();
    let frames = run("readelf", &["--debug-dump=frames", "-W", library]);
    let ranges: Vec<(u64, u64)> = frames
        .lines()
        .filter(|line| line.contains(" FDE "))
        .filter_map(|line| {
            let (start, end) = line.split("pc=").nth(1)?.trim().split_once("..")?;
            Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
        })
        .collect();
    let without: Vec<&str> = run("nm", &["-D", "--defined-only", library])
        .leak()
        .lines()
        .filter_map(|line| {
            let mut columns = line.split_whitespace();
            let address = u64::from_str_radix(columns.next()?, 16).ok()?;
            (columns.next()? == "T" && !ranges.iter().any(|(start, end)| (*start..*end).contains(&address)))
                .then(|| columns.next().unwrap_or_default())
        })
        .collect();
    assert!(without.is_empty(), "no unwind entry: {without:?}");
}

/// A program that was linked to Debian's liblua asks for `lua_...@LUA_5.4`. The loader warns at every start if it finds no versions.
#[test]
fn a_program_linked_to_another_liblua_with_versions_runs_on_this_one_without_a_warning() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("symbols");
    std::fs::create_dir_all(&folder).unwrap();
    // A library with the same names and version and nothing behind them, to link to.
    let names = expected();
    // Its variable has the size that upstream's has: such a program has a copy of it.
    let mut stub = String::new();
    for name in names.iter().filter(|name| *name != "lua_ident") {
        stub.push_str(&format!("void {name}(void) {{}}\n"));
    }
    std::fs::write(folder.join("stub.c"), stub).unwrap();
    std::fs::write(
        folder.join("ident.c"),
        "#include \"lua.h\"\nconst char lua_ident[] = \"$LuaVersion: \" LUA_COPYRIGHT \" $$LuaAuthors: \" LUA_AUTHORS \" $\";\n",
    )
    .unwrap();
    std::fs::write(folder.join("stub.map"), format!("{} {{ global: *; }};\n", version())).unwrap();
    std::fs::create_dir_all(folder.join("other")).unwrap();
    let other = folder.join("other").join(EDITION.soname);
    let file = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let script = format!("-Wl,-soname,{},--version-script={}", EDITION.soname, file("stub.map"));
    let include = format!("-I{}", host::include_dir().display());
    let sources = [file("stub.c"), file("ident.c")];
    let output = other.to_str().unwrap();
    run("cc", &["-shared", "-fPIC", "-fno-builtin", "-w", &include, &script, "-o", output, &sources[0], &sources[1]]);
    std::fs::write(
        folder.join("host.c"),
        "#include <stdio.h>\n#include \"lua.h\"\n#include \"lauxlib.h\"\n\
         int main(void) { lua_State *L = luaL_newstate(); lua_pushfstring(L, \"%s %d\", lua_ident, (int)lua_version(L));\n\
         puts(lua_tostring(L, -1)); lua_close(L); return 0; }\n",
    )
    .unwrap();
    let host = file("host");
    run("cc", &[&include, "-o", &host, &file("host.c"), output]);
    let needs = run("readelf", &["-V", "-W", &host]);
    assert!(needs.contains(&version()), "the program asks for versions:\n{needs}");

    let output =
        Command::new(&host).env("LD_LIBRARY_PATH", built("").to_str().unwrap()).env("LD_BIND_NOW", "1").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "the loader is content");
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains(&format!("$LuaVersion: {} $", EDITION.copyright))
            && printed.ends_with(&format!(" {}\n", EDITION.number)),
        "{printed}"
    );
}

/// The stand-alone program holds no second copy of the API: what it loads finds the library's.
#[test]
fn lua_is_linked_to_the_shared_library_and_finds_it_beside_itself() {
    let program = built("lua");
    let dynamic = run("readelf", &["-d", "-W", program.to_str().unwrap()]);
    assert!(dynamic.contains(&format!("Shared library: [{}]", EDITION.soname)), "{dynamic}");
    assert!(dynamic.contains("[$ORIGIN:$ORIGIN/../lib]"), "{dynamic}");
    let own = run("nm", &["--defined-only", program.to_str().unwrap()]);
    let own: Vec<&str> = own.lines().filter(|l| [" lua_", " luaL_", " luaopen_"].iter().any(|p| l.contains(p))).collect();
    assert!(own.is_empty(), "{own:?}");
    let version = run(&program, &["-v"]);
    assert!(version.starts_with(EDITION.copyright), "{version}");
}
