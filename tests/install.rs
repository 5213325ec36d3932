//! `make install` and `make uninstall`: what they put where, that a host finds and uses it, and that all of it goes again.
//!
//! These build the release profile; that is what make installs.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::EDITION;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("install").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Runs a command; returns what it printed, or panics with it.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// `make` with cargo's own variables taken away: it is to build as a user's shell would, into a build folder of its own.
fn make(edition: &str, build: &Path, args: &[&str]) -> String {
    let mut command = Command::new("make");
    command.arg("-C").arg(root()).arg(format!("LUA={edition}")).arg(format!("BUILD={}", build.display())).args(args);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG") || name.starts_with("CARGO_MANIFEST")) {
        command.env_remove(name);
    }
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "LD_LIBRARY_PATH", "CARGO_MAKEFLAGS"] {
        command.env_remove(name);
    }
    run(&mut command)
}

/// All files and links below `folder`, by path from there.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                walk(&path, root, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_string());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}

/// What `make install` puts below the prefix, for an edition. The name without an edition is 5.4's.
fn installed(edition: &str) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = [
        "bin/lua@",
        "bin/luac@",
        "include/lua@/lauxlib.h",
        "include/lua@/lgc.h",
        "include/lua@/lua.h",
        "include/lua@/lua.hpp",
        "include/lua@/luaconf.h",
        "include/lua@/lualib.h",
        "include/lua@/luashare.h",
        "lib/liblua@.a",
        "lib/liblua@.so",
        "lib/liblua@.so.0",
        "lib/pkgconfig/lua-@.pc",
        "lib/pkgconfig/lua@.pc",
    ]
    .iter()
    .map(|name| name.replace('@', edition))
    .collect();
    if edition == "5.4" {
        names.insert("lib/liblua.so".into());
    }
    names
}

/// What `make` gathers of that in its build folder.
fn gathered(edition: &str) -> BTreeSet<String> {
    let names = installed(edition).into_iter().filter(|name| !name.starts_with("include"));
    names.map(|name| name.rsplit('/').next().unwrap().to_string()).collect()
}

/// The flags that pkg-config gives for what is installed below `destination`.
fn pkg_config(destination: &Path, args: &[&str]) -> Vec<String> {
    let printed = run(Command::new("pkg-config")
        .env("PKG_CONFIG_LIBDIR", destination.join("usr/lib/pkgconfig"))
        .env("PKG_CONFIG_SYSROOT_DIR", destination)
        .env("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1")
        .args(args));
    printed.split_whitespace().map(String::from).collect()
}

#[test]
fn what_is_installed_serves_hosts_and_goes_without_a_trace() {
    let build = folder("build");
    let destination = folder("destination");
    let usr = destination.join("usr");

    // A file of somebody else, in a folder that install uses too.
    fs::create_dir_all(usr.join("lib/pkgconfig")).unwrap();
    fs::write(usr.join("lib/pkgconfig/other.pc"), "").unwrap();

    let place = format!("DESTDIR={}", destination.display());
    make(EDITION.name, &build, &[]);
    make(EDITION.name, &build, &["install", "PREFIX=/usr", &place]);

    let mut expected = installed(EDITION.name);
    expected.insert("lib/pkgconfig/other.pc".into());
    assert_eq!(files(&usr), expected);
    for link in expected.iter().filter(|name| name.ends_with(".so")) {
        assert_eq!(fs::read_link(usr.join(link)).unwrap(), Path::new(EDITION.soname), "{link}");
    }
    assert_eq!(files(&build), gathered(EDITION.name), "what make gathers");

    // No path of the machine that built it.
    let named = |before: &str, after: &str| format!("{before}{}{after}", EDITION.name);
    let text = fs::read_to_string(usr.join(named("lib/pkgconfig/lua", ".pc"))).unwrap();
    assert!(!text.contains(destination.to_str().unwrap()) && !text.contains(root().to_str().unwrap()), "{text}");
    assert_eq!(text, fs::read_to_string(usr.join(named("lib/pkgconfig/lua-", ".pc"))).unwrap());

    // The programs find the library beside them.
    let lua = usr.join(named("bin/lua", ""));
    assert_eq!(mapped_library(&lua), fs::canonicalize(usr.join("lib").join(EDITION.soname)).unwrap());

    // A chunk that luac compiled runs in lua.
    let chunk = folder("chunk");
    fs::write(chunk.join("a.lua"), "print('compiled', ...)").unwrap();
    run(Command::new(usr.join(named("bin/luac", ""))).current_dir(&chunk).args(["-o", "a.out", "a.lua"]));
    assert_eq!(run(Command::new(&lua).current_dir(&chunk).args(["a.out", "x"])), "compiled\tx\n");

    // A host is built with the flags that pkg-config gives, dynamically and statically.
    for package in [EDITION.library, &named("lua-", "")] {
        assert_eq!(pkg_config(&destination, &["--modversion", package]), [EDITION.release]);
    }
    let host = folder("host").join("host");
    let source = root().join("examples/host.c");
    let flags = pkg_config(&destination, &["--cflags", "--libs", EDITION.library]);
    run(Command::new("cc").args(["-Wall", "-Werror", "-o"]).arg(&host).arg(&source).args(&flags));
    let dynamic = run(Command::new(&host).env("LD_LIBRARY_PATH", usr.join("lib")));
    assert!(dynamic.contains("host: caught: script:6: attempt to index a nil value (local 'config')"), "{dynamic}");

    let cflags = pkg_config(&destination, &["--cflags", EDITION.library]);
    let private: Vec<String> = pkg_config(&destination, &["--static", "--libs-only-l", EDITION.library])
        .into_iter()
        .filter(|l| !l.starts_with("-llua"))
        .collect();
    let whole = folder("static").join("host");
    run(Command::new("cc")
        .args(&cflags)
        .arg("-o")
        .arg(&whole)
        .arg(&source)
        .arg(usr.join(named("lib/liblua", ".a")))
        .args(&private));
    let printed = run(Command::new(&whole).env_remove("LD_LIBRARY_PATH"));
    let memory = |text: &str| text.lines().filter(|line| !line.contains("KiB")).map(String::from).collect::<Vec<_>>();
    assert_eq!(memory(&printed), memory(&dynamic), "the same host, statically");
    let needed = run(Command::new("readelf").args(["-d", "-W"]).arg(&whole));
    assert!(!needed.contains("liblua"), "{needed}");

    make(EDITION.name, &build, &["uninstall", "PREFIX=/usr", &place]);
    assert_eq!(files(&usr), BTreeSet::from(["lib/pkgconfig/other.pc".to_string()]));
    assert!(!usr.join(named("include/lua", "")).exists());
}

/// The library that a program runs on.
fn mapped_library(lua: &Path) -> PathBuf {
    let printed = run(Command::new(lua)
        .env_remove("LD_LIBRARY_PATH")
        .arg("-e")
        .arg("for line in io.lines('/proc/self/maps') do local p = line:match('%S*liblua%S*') if p then print(p) break end end"));
    fs::canonicalize(printed.trim()).unwrap()
}

#[test]
#[cfg_attr(not(feature = "lua55"), ignore = "is run with the tests of edition 5.5, which come last")]
fn both_editions_are_installed_side_by_side_and_either_goes_alone() {
    let build = folder("both-build");
    let destination = folder("both");
    let usr = destination.join("usr");
    let place = format!("DESTDIR={}", destination.display());
    make("5.5", &build, &["all-editions"]);
    assert_eq!(files(&build), &gathered("5.4") | &gathered("5.5"));
    for edition in ["5.5", "5.4"] {
        make(edition, &build, &["install", "PREFIX=/usr", &place]);
    }
    assert_eq!(files(&usr), &installed("5.4") | &installed("5.5"));
    for edition in ["5.4", "5.5"] {
        let lua = usr.join(format!("bin/lua{edition}"));
        assert_eq!(run(Command::new(&lua).arg("-e").arg("print(_VERSION)")), format!("Lua {edition}\n"));
        assert_eq!(mapped_library(&lua), fs::canonicalize(usr.join(format!("lib/liblua{edition}.so.0"))).unwrap());
        assert_eq!(pkg_config(&destination, &["--libs-only-l", &format!("lua{edition}")]), [format!("-llua{edition}")]);
    }
    make("5.5", &build, &["uninstall", "PREFIX=/usr", &place]);
    assert_eq!(files(&usr), installed("5.4"));
    make("5.5", &build, &["install", "PREFIX=/usr", &place]);
    make("5.4", &build, &["uninstall", "PREFIX=/usr", &place]);
    assert_eq!(files(&usr), installed("5.5"));
}

#[test]
fn folders_can_be_given_one_by_one() {
    let listing = run(Command::new("make").arg("-C").arg(root()).arg(format!("LUA={}", EDITION.name)).args([
        "--dry-run",
        "install",
        "PREFIX=/opt/lua",
        "LIBDIR=/opt/lua/lib/x86_64-linux-gnu",
        "DESTDIR=/tmp/stage",
    ]));
    assert!(listing.contains("/tmp/stage/opt/lua/lib/x86_64-linux-gnu/pkgconfig"), "{listing}");
    assert!(listing.contains("/tmp/stage/opt/lua/bin"), "{listing}");
    assert!(listing.contains(&format!("/tmp/stage/opt/lua/include/lua{}", EDITION.name)), "{listing}");
}
