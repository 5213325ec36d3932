//! `make install` and `make uninstall`: what they put where, that a host finds and uses it, and that all of it goes again.
//!
//! These build the release profile; that is what make installs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
fn make(build: &Path, args: &[&str]) -> String {
    let mut command = Command::new("make");
    command.arg("-C").arg(root()).arg(format!("BUILD={}", build.display())).args(args);
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

const INSTALLED: [&str; 15] = [
    "bin/lua5.4",
    "bin/luac5.4",
    "include/lua5.4/lauxlib.h",
    "include/lua5.4/lgc.h",
    "include/lua5.4/lua.h",
    "include/lua5.4/lua.hpp",
    "include/lua5.4/luaconf.h",
    "include/lua5.4/lualib.h",
    "include/lua5.4/luashare.h",
    "lib/liblua.so",
    "lib/liblua5.4.a",
    "lib/liblua5.4.so",
    "lib/liblua5.4.so.0",
    "lib/pkgconfig/lua-5.4.pc",
    "lib/pkgconfig/lua5.4.pc",
];

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
    make(&build, &[]);
    make(&build, &["install", "PREFIX=/usr", &place]);

    let mut expected: BTreeSet<String> = INSTALLED.iter().map(|name| name.to_string()).collect();
    expected.insert("lib/pkgconfig/other.pc".into());
    assert_eq!(files(&usr), expected);
    for link in ["lib/liblua.so", "lib/liblua5.4.so"] {
        assert_eq!(fs::read_link(usr.join(link)).unwrap(), Path::new("liblua5.4.so.0"), "{link}");
    }
    let built: BTreeSet<String> = files(&build);
    let gathered: BTreeSet<String> = INSTALLED
        .iter()
        .filter(|name| !name.starts_with("include"))
        .map(|name| name.rsplit('/').next().unwrap().to_string())
        .collect();
    assert_eq!(built, gathered, "what make gathers");

    // No path of the machine that built it.
    let text = fs::read_to_string(usr.join("lib/pkgconfig/lua5.4.pc")).unwrap();
    assert!(!text.contains(destination.to_str().unwrap()) && !text.contains(root().to_str().unwrap()), "{text}");
    assert_eq!(text, fs::read_to_string(usr.join("lib/pkgconfig/lua-5.4.pc")).unwrap());

    // The programs find the library beside them.
    let lua = usr.join("bin/lua5.4");
    let printed = run(Command::new(&lua).env_remove("LD_LIBRARY_PATH").arg("-e").arg(
        "for line in io.lines('/proc/self/maps') do local p = line:match('%S*liblua%S*') if p then print(p) break end end",
    ));
    let mapped = fs::canonicalize(printed.trim()).unwrap();
    assert_eq!(mapped, fs::canonicalize(usr.join("lib/liblua5.4.so.0")).unwrap());

    // A chunk that luac compiled runs in lua.
    let chunk = folder("chunk");
    fs::write(chunk.join("a.lua"), "print('compiled', ...)").unwrap();
    run(Command::new(usr.join("bin/luac5.4")).current_dir(&chunk).args(["-o", "a.out", "a.lua"]));
    assert_eq!(run(Command::new(&lua).current_dir(&chunk).args(["a.out", "x"])), "compiled\tx\n");

    // A host is built with the flags that pkg-config gives, dynamically and statically.
    for package in ["lua5.4", "lua-5.4"] {
        assert_eq!(pkg_config(&destination, &["--modversion", package]), ["5.4.8"]);
    }
    let host = folder("host").join("host");
    let source = root().join("examples/host.c");
    let flags = pkg_config(&destination, &["--cflags", "--libs", "lua5.4"]);
    run(Command::new("cc").args(["-Wall", "-Werror", "-o"]).arg(&host).arg(&source).args(&flags));
    let dynamic = run(Command::new(&host).env("LD_LIBRARY_PATH", usr.join("lib")));
    assert!(dynamic.contains("host: caught: script:6: attempt to index a nil value (local 'config')"), "{dynamic}");

    let cflags = pkg_config(&destination, &["--cflags", "lua5.4"]);
    let private: Vec<String> =
        pkg_config(&destination, &["--static", "--libs-only-l", "lua5.4"]).into_iter().filter(|l| l != "-llua5.4").collect();
    let whole = folder("static").join("host");
    run(Command::new("cc")
        .args(&cflags)
        .arg("-o")
        .arg(&whole)
        .arg(&source)
        .arg(usr.join("lib/liblua5.4.a"))
        .args(&private));
    let printed = run(Command::new(&whole).env_remove("LD_LIBRARY_PATH"));
    let memory = |text: &str| text.lines().filter(|line| !line.contains("KiB")).map(String::from).collect::<Vec<_>>();
    assert_eq!(memory(&printed), memory(&dynamic), "the same host, statically");
    let needed = run(Command::new("readelf").args(["-d", "-W"]).arg(&whole));
    assert!(!needed.contains("liblua"), "{needed}");

    make(&build, &["uninstall", "PREFIX=/usr", &place]);
    assert_eq!(files(&usr), BTreeSet::from(["lib/pkgconfig/other.pc".to_string()]));
    assert!(!usr.join("include/lua5.4").exists());
}

#[test]
fn folders_can_be_given_one_by_one() {
    let listing = run(Command::new("make").arg("-C").arg(root()).args([
        "--dry-run",
        "install",
        "PREFIX=/opt/lua",
        "LIBDIR=/opt/lua/lib/x86_64-linux-gnu",
        "DESTDIR=/tmp/stage",
    ]));
    assert!(listing.contains("/tmp/stage/opt/lua/lib/x86_64-linux-gnu/pkgconfig"), "{listing}");
    assert!(listing.contains("/tmp/stage/opt/lua/bin"), "{listing}");
    assert!(listing.contains("/tmp/stage/opt/lua/include/lua5.4"), "{listing}");
}
