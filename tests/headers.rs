//! The public headers: they compile everywhere without a warning, and say the same as upstream's of the same release.
//!
//! Sameness is shown in four ways: every macro that upstream defines is defined here and expands to the same tokens;
//! every one of them that is a value has the same value and type in a compiled program; every type, size and offset is the same; and
//! a compiler that has read our headers accepts upstream's declaration of every function as a repetition.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{EDITION, edition, host, library};

const ALL: &str = "#include \"lua.h\"\n#include \"lualib.h\"\n#include \"lauxlib.h\"\n";

/// Macros that say something else here, on purpose: our default paths also lead to a distribution's packages.
const DIFFERENT: [&str; 2] = ["LUA_PATH_DEFAULT", "LUA_CPATH_DEFAULT"];

/// What upstream's makefile defines.
const COMPATIBILITY: &str = if EDITION.compatibility.is_empty() { "-DNOTHING" } else { EDITION.compatibility[0] };

/// Include guards, which are empty.
const GUARDS: [&str; 4] = ["lua_h", "luaconf_h", "lauxlib_h", "lualib_h"];

/// Object-like macros of upstream whose expansion is not an expression.
const NOT_VALUES: [&str; 15] = [
    "LUA_API",
    "LUALIB_API",
    "LUAMOD_API",
    "LUAI_FUNC",
    "LUAI_DDEF",
    "LUA_INTEGER",
    "LUA_UNSIGNED",
    "LUA_NUMBER",
    "LUAI_UACINT",
    "LUAI_UACNUMBER",
    "LUA_KCONTEXT",
    "LUAI_MAXALIGN",
    "LUA_COMPAT_APIINTCASTS",
    "LUA_COMPAT_LT_LE",
    "LUA_COMPAT_MATHLIB",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn ours() -> PathBuf {
    host::include_dir()
}

/// Upstream's headers of the same release.
fn upstream() -> PathBuf {
    library::reference_source()
}

/// Runs the C compiler on `source`, given on its standard input; returns its output, or panics with its messages.
fn cc(args: &[&str], include: &Path, source: &str) -> String {
    let mut child = Command::new("cc")
        .args(["-x", "c", "-I"])
        .arg(include)
        .args(args)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a C compiler is installed");
    child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cc {args:?} with {}:\n{messages}\n{source}", include.display());
    String::from_utf8(output.stdout).expect("the compiler writes UTF-8")
}

/// Compiles `source` into a program, runs it and returns what it prints.
fn run(name: &str, include: &Path, source: &str) -> String {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    cc(&["-std=c11", COMPATIBILITY, "-o", program.to_str().unwrap(), "-lm"], include, source);
    let output = Command::new(&program).output().expect("the program runs");
    assert!(output.status.success(), "{name} ends well");
    String::from_utf8(output.stdout).expect("the program prints UTF-8")
}

/// The macros that `include`'s headers add to what the compiler and the C headers define: parameters by name.
fn macros(include: &Path, flags: &[&str]) -> BTreeMap<String, Option<Vec<String>>> {
    let system = "#include <limits.h>\n#include <stddef.h>\n#include <stdarg.h>\n#include <stdint.h>\n\
                  #include <stdio.h>\n#include <assert.h>\n#include <math.h>\n";
    let list = |source: &str| -> BTreeMap<String, Option<Vec<String>>> {
        let args: Vec<&str> = ["-E", "-dM", COMPATIBILITY].iter().chain(flags).copied().collect();
        cc(&args, include, source)
            .lines()
            .map(|line| {
                let rest = line.strip_prefix("#define ").expect("each line defines a macro");
                let end = rest.find([' ', '(']).unwrap_or(rest.len());
                let parameters = rest[end..].strip_prefix('(').map(|more| {
                    let list = &more[..more.find(')').expect("a list of parameters ends")];
                    list.split(',').map(|p| p.trim().to_string()).filter(|p| !p.is_empty()).collect()
                });
                (rest[..end].to_string(), parameters)
            })
            .collect()
    };
    let before = list(system);
    let mut after = list(&format!("{system}{ALL}"));
    after.retain(|name, _| !before.contains_key(name));
    after
}

/// What each macro comes to, fully expanded, as one line of tokens without spaces. Parameters become A0, A1, ...
fn expansions(include: &Path, flags: &[&str], names: &BTreeMap<String, usize>) -> BTreeMap<String, String> {
    let mut source = format!("#include <math.h>\n{ALL}");
    for (index, (name, parameters)) in names.iter().enumerate() {
        let arguments: Vec<String> = (0..*parameters).map(|i| format!("A{i}")).collect();
        let call = if *parameters == 0 { name.clone() } else { format!("{name}({})", arguments.join(",")) };
        source.push_str(&format!("\n@@{index}@ {call} @@end\n"));
    }
    let args: Vec<&str> = ["-E", "-P", COMPATIBILITY].iter().chain(flags).copied().collect();
    let text = cc(&args, include, &source);
    let integer = if flags.contains(&"-DLUA_USE_C89") { "long" } else { "long long" };
    let mut found = BTreeMap::new();
    for (index, name) in names.keys().enumerate() {
        let start = text.find(&format!("@@{index}@ ")).expect("every macro is expanded") + format!("@@{index}@ ").len();
        let end = start + text[start..].find("@@end").expect("every expansion ends");
        found.insert(name.clone(), normal(&text[start..end], integer));
    }
    found
}

/// Tokens without the spaces between them, neighbouring strings joined, the API's names of number types replaced by C's, and without what
/// only keeps a compiler quiet.
fn normal(text: &str, integer: &str) -> String {
    let text = text.replace("lua_Integer", integer).replace("lua_Number", "double").replace("__extension__", "");
    let joined: String = text.split_whitespace().collect();
    joined.replace("\"\"", "").replace("intptr_t", "long").replace("ptrdiff_t", "long")
}

#[test]
fn headers_compile_without_a_warning_as_every_standard() {
    let source = root().join("c-tests/headers_use.c");
    let strict = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"];
    for (language, standard) in
        [("c", "c89"), ("c", "gnu89"), ("c", "c99"), ("c", "c11"), ("c", "gnu17"), ("c++", "c++11"), ("c++", "c++17")]
    {
        for extra in ["-DNOTHING", "-DLUA_USE_LINUX", "-DLUA_USE_APICHECK", "-DLUA_USE_C89", "-DLUA_COMPAT_5_3", "-O2"] {
            let output = Command::new("cc")
                .args(["-x", language, &format!("-std={standard}"), extra])
                .args(strict)
                .arg("-I")
                .arg(ours())
                .arg(&source)
                .output()
                .expect("a C compiler is installed");
            let messages = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{standard} {extra}:\n{messages}");
        }
    }
    // Each header by itself.
    for header in ["lua.h", "luaconf.h", "lauxlib.h", "lualib.h", "luashare.h", "lgc.h"] {
        let source = format!("#include \"{header}\"\n#include \"{header}\"\nextern int unused;\n");
        for standard in ["-std=c89", "-std=c99", "-std=c11"] {
            cc(&[standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"], &ours(), &source);
        }
    }
}

#[test]
fn every_macro_of_upstream_is_defined_and_expands_alike() {
    let upstream = upstream();
    for flags in [
        &[][..],
        &["-DLUA_USE_LINUX"],
        &["-DLUA_USE_MACOSX"],
        &["-DLUA_USE_C89"],
        &["-DLUA_USE_APICHECK"],
        &["-DLUA_NOBUILTIN", "-DLUA_LIB"],
        &["-std=c99", "-DLUA_CORE", "-DLUAI_ASSERT"],
    ] {
        let theirs = macros(&upstream, flags);
        let mine = macros(&ours(), flags);
        assert!(theirs.len() > 200, "{} macros are too few to be all", theirs.len());
        let mut names = BTreeMap::new();
        for (name, parameters) in &theirs {
            let own = mine.get(name).unwrap_or_else(|| panic!("{name} is not defined ({flags:?})"));
            let (theirs, own) = (parameters.as_ref().map(Vec::len), own.as_ref().map(Vec::len));
            assert_eq!(theirs, own, "number of parameters of {name} ({flags:?})");
            names.insert(name.clone(), own.unwrap_or(0));
        }
        // What is defined here beyond that keeps to the names that belong to Lua.
        let more: Vec<&String> =
            mine.keys().filter(|name| !names.contains_key(*name) && !name.to_lowercase().starts_with("lua")).collect();
        assert!(more.is_empty(), "{more:?}");
        let theirs = expansions(&upstream, flags, &names);
        let mine = expansions(&ours(), flags, &names);
        for (name, expansion) in &theirs {
            let expected_to_differ = DIFFERENT.contains(&name.as_str());
            assert_eq!(mine[name] == *expansion, !expected_to_differ, "{name}: {expansion}\nhere: {} ({flags:?})", mine[name]);
        }
    }
}

#[test]
fn every_constant_has_upstreams_value_and_type() {
    let upstream = upstream();
    let mut source = format!("#include <stdio.h>\n{ALL}");
    source.push_str(
        "#define SHOW(e) _Generic((e), int: integer, unsigned: integer, long: integer, unsigned long: integer, \
         long long: integer, unsigned long long: integer, char *: text)\n\
         #define TYPE(e) _Generic((e), int: \"int\", unsigned: \"unsigned\", long: \"long\", \
         unsigned long: \"unsigned long\", long long: \"long long\", unsigned long long: \"unsigned long long\", char *: \"text\")\n\
         static void integer(const char *n, const char *t, unsigned long long v) { printf(\"%s %s %lld\\n\", n, t, v); }\n\
         static void text(const char *n, const char *t, const char *v) { printf(\"%s %s %s\\n\", n, t, v); }\n\
         int main(void) {\n",
    );
    let mut count = 0;
    for (name, parameters) in macros(&upstream, &["-std=c11"]) {
        let skipped = [&NOT_VALUES[..], &GUARDS, &DIFFERENT].iter().any(|list| list.contains(&name.as_str()));
        if parameters.is_none() && !skipped {
            source.push_str(&format!("SHOW({name})(\"{name}\", TYPE({name}), {name});\n"));
            count += 1;
        }
    }
    source.push_str("return 0; }\n");
    let theirs = run("constants-upstream", &upstream, &source);
    let mine = run("constants-ours", &ours(), &source);
    assert_eq!(theirs.lines().count(), count);
    assert!(
        theirs.contains("LUA_REGISTRYINDEX int -10") && theirs.contains(&format!("LUA_RELEASE text Lua {}", EDITION.release))
    );
    assert_eq!(mine, theirs);
}

#[test]
fn every_type_size_and_offset_is_upstreams() {
    let source = std::fs::read_to_string(root().join("c-tests/headers_layout.c")).unwrap();
    let theirs = run("layout-upstream", &upstream(), &source);
    let mine = run("layout-ours", &ours(), &source);
    assert!(theirs.lines().count() > 40);
    assert_eq!(mine, theirs);
}

/// The functions and variables that headers, included by `source`, declare: each declaration by name.
fn declarations(include: &Path, source: &str) -> BTreeMap<String, String> {
    let text = cc(&["-E", "-P", COMPATIBILITY], include, source).replace('\n', " ");
    text.split(';')
        .map(str::trim)
        .filter(|part| part.starts_with("extern") && !part.contains('{'))
        .filter_map(|part| {
            let name = part.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| {
                ["lua_", "luaL_", "luaopen_"].iter().any(|prefix| word.starts_with(prefix))
                    && !["lua_State", "lua_Number", "lua_Integer", "lua_Unsigned", "lua_CFunction", "lua_Alloc", "lua_Hook"]
                        .contains(word)
            })?;
            Some((name.to_string(), part.to_string()))
        })
        .collect()
}

#[test]
fn every_function_is_declared_as_upstream_declares_it() {
    let theirs = declarations(&upstream(), ALL);
    let mine = declarations(&ours(), &format!("{ALL}#include \"luashare.h\"\n#include \"lgc.h\"\n"));
    let names = |list: &BTreeMap<String, String>| list.keys().cloned().collect::<BTreeSet<_>>();
    let (upstreams, additions) = (edition::upstreams_symbols(), edition::additional_symbols());
    assert_eq!(names(&theirs), upstreams);
    assert!(upstreams.is_disjoint(&additions));
    assert_eq!(names(&mine), &upstreams | &additions, "what is declared and what the library exports");
    // What skynet's sources find in the headers that they include.
    let skynets: BTreeSet<String> = declarations(&ours(), ALL).into_keys().filter(|name| !upstreams.contains(name)).collect();
    let expected = [
        "luaL_initcodecache",
        "luaL_loadfilex_",
        "lua_clonefunction",
        "lua_clonetable",
        "lua_sharefunction",
        "lua_sharestring",
        "luaopen_cache",
    ];
    assert_eq!(skynets, expected.into_iter().map(String::from).collect::<BTreeSet<_>>());

    // A second declaration that differs from the first is an error.
    let mut source = ALL.to_string();
    for declaration in theirs.values() {
        source.push_str(&format!("{declaration};\n"));
    }
    cc(&["-std=c11", "-fsyntax-only"], &ours(), &source);
}

#[test]
fn default_paths_are_those_of_a_distribution() {
    let source =
        format!("#include <stdio.h>\n{ALL}int main(void) {{ puts(LUA_PATH_DEFAULT); puts(LUA_CPATH_DEFAULT); return 0; }}\n");
    let printed = run("paths", &ours(), &source);
    let mut lines = printed.lines();
    let edition = EDITION.name;
    let folders = ["/usr/local/share/lua", "/usr/local/lib/lua", "/usr/share/lua"];
    let templates = folders.map(|folder| format!("{folder}/{edition}/?.lua;{folder}/{edition}/?/init.lua;")).concat();
    assert_eq!(lines.next().unwrap(), format!("{templates}./?.lua;./?/init.lua"));
    let cpath = lines.next().unwrap();
    assert!(cpath.starts_with(&format!("/usr/local/lib/lua/{edition}/?.so;/usr/lib/")), "{cpath}");
    assert!(cpath.ends_with(&format!("/usr/lib/lua/{edition}/?.so;/usr/local/lib/lua/{edition}/loadall.so;./?.so")), "{cpath}");
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        assert!(cpath.contains(&format!(";/usr/lib/x86_64-linux-gnu/lua/{edition}/?.so;")), "{cpath}");
    }

    // The library has the same, if it was built without other wishes on a machine with such a folder.
    let output = Command::new(env!("CARGO_BIN_EXE_lua"))
        .env_clear()
        .args(["-E", "-e", "print(package.path) print(package.cpath)"])
        .output()
        .expect("lua was built");
    let folder = cpath.split(';').find(|p| p.contains("-linux-gnu")).and_then(|p| p.split("/lua/").next());
    if folder.is_none_or(|folder| Path::new(folder).is_dir()) {
        assert_eq!(String::from_utf8_lossy(&output.stdout), printed);
    }
}
