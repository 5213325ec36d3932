//! What cargo cannot know by itself: the C parts, the identity of the shared library, default paths, and links under liblua's names.
//!
//! * `src/capi/shim.c`, and `src/capi/boundary.c` (on processors without the assembly routine, or with the feature `portable-boundary`) are compiled
//!   and linked in.
//! * The shared library gets its SONAME and its symbol versions: see [`shared_library`].
//! * `libperilune.so` and `libperilune.a` are also found as `liblua5.4.so.0`, `liblua5.4.so`, `liblua.so` and `liblua5.4.a`, beside them.
//! * The default `package.path` and `package.cpath` become environment variables for the compiler: see [`default_paths`].

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

fn main() {
    let edition = if feature("LUA55") { "5.5" } else { "5.4" };
    println!("cargo:rerun-if-changed=build.rs");
    threading();
    c_parts(edition);
    shared_library(edition);
    default_paths(edition);
    if let Some(folder) = profile_folder() {
        links(&folder, edition);
        programs(&folder, edition);
    }
}

fn feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

/// What cargo says of the target: `target("ARCH")` is `x86_64`.
fn target(what: &str) -> String {
    env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default()
}

fn root() -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the source folder"))
}

/// Sets the cfg `threaded`: instruction handlers may end by calling the next one, since the optimizer turns such calls into jumps
/// (`src/vm/execute/mod.rs`). It does at these levels, on processors that pass six arguments in registers; sanitizers keep it from it.
fn threading() {
    println!("cargo:rustc-check-cfg=cfg(threaded)");
    let optimized = matches!(env::var("OPT_LEVEL").as_deref(), Ok("2" | "3"));
    let sanitized = env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("sanitizer"));
    if optimized && !sanitized && matches!(target("ARCH").as_str(), "x86_64" | "aarch64") && target("FAMILY") == "unix" {
        println!("cargo:rustc-cfg=threaded");
    }
}

/// Compiles the C sources the target needs.
fn c_parts(edition: &str) {
    let (shim, boundary) = ("src/capi/shim.c", "src/capi/boundary.c");
    let headers = format!("include/{edition}");
    for file in [shim, boundary, &headers] {
        println!("cargo:rerun-if-changed={file}");
    }
    let mut build = cc::Build::new();
    build.file(shim).include(&headers).warnings(true).extra_warnings(true);
    // The same condition as in boundary.rs.
    let assembly = target("ARCH") == "x86_64" && target("FAMILY") == "unix" && !feature("PORTABLE_BOUNDARY");
    if !assembly {
        build.file(boundary);
    }
    build.compile("perilune_c");
}

/// Gives the shared library its SONAME and puts every exported symbol under the version that Debian's library uses,
/// so that programs built against that one start without a warning from the loader.
///
/// rustc hands the linker a version script of its own, without a name, that lists each `no_mangle` item. lld can be told to
/// read another file in its place, and only lld, which is rustc's own choice on x86-64 Linux. With any other linker the
/// library works too but has no versions; `make` then links it from the static library with the same script.
fn shared_library(edition: &str) {
    let mut args = vec![format!("-soname,liblua{edition}.so.0")];
    let script = root().join(format!("src/capi/liblua{edition}.map"));
    println!("cargo:rerun-if-changed={}", script.display());
    if links_with_lld() {
        args.push(format!("--remap-inputs=*/rustc*/list={}", script.display()));
    }
    // A host that holds a Lua of its own exports the same names. Calls inside this library stay inside.
    args.push("-Bsymbolic-functions".into());
    println!("cargo:rustc-cdylib-link-arg=-Wl,{}", args.join(","));
}

/// Whether rustc's own choice of linker holds, and is lld.
fn links_with_lld() -> bool {
    let chosen = env::var_os("RUSTC_LINKER").is_some();
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let overridden = ["linker=", "link-self-contained", "linker-features", "fuse-ld"].iter().any(|f| flags.contains(f));
    env::var("TARGET").as_deref() == Ok("x86_64-unknown-linux-gnu") && !chosen && !overridden
}

/// Sets `PERILUNE_PATH_DEFAULT` and `PERILUNE_CPATH_DEFAULT`, the library's own default paths, for `env!`.
///
/// They are those of Debian's library: /usr/local, then /usr, with the multiarch folder (`lib/x86_64-linux-gnu`) where
/// this machine has one. The environment may say otherwise at build time: `LUA_PATH_DEFAULT` and `LUA_CPATH_DEFAULT` replace
/// a path whole, `LUA_MULTIARCH` names the multiarch folder, empty for none.
fn default_paths(edition: &str) {
    for name in ["LUA_PATH_DEFAULT", "LUA_CPATH_DEFAULT", "LUA_MULTIARCH"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let path = env::var("LUA_PATH_DEFAULT").unwrap_or_else(|_| {
        let folders = ["/usr/local/share/lua", "/usr/local/lib/lua", "/usr/share/lua"];
        let mut path: String = folders.iter().map(|f| format!("{f}/{edition}/?.lua;{f}/{edition}/?/init.lua;")).collect();
        path.push_str("./?.lua;./?/init.lua");
        path
    });
    let cpath = env::var("LUA_CPATH_DEFAULT").unwrap_or_else(|_| {
        let mut path = format!("/usr/local/lib/lua/{edition}/?.so;");
        if let Some(folder) = multiarch() {
            path.push_str(&format!("/usr/lib/{folder}/lua/{edition}/?.so;"));
        }
        path.push_str(&format!("/usr/lib/lua/{edition}/?.so;/usr/local/lib/lua/{edition}/loadall.so;./?.so"));
        path
    });
    println!("cargo:rustc-env=PERILUNE_PATH_DEFAULT={path}");
    println!("cargo:rustc-env=PERILUNE_CPATH_DEFAULT={cpath}");
}

/// The name of the multiarch folder, if there is one.
fn multiarch() -> Option<String> {
    match env::var("LUA_MULTIARCH") {
        Ok(name) => (!name.is_empty()).then_some(name),
        Err(_) => {
            let name = match (target("OS").as_str(), target("ENV").as_str(), target("ARCH").as_str()) {
                ("linux", "gnu", arch @ ("x86_64" | "aarch64" | "riscv64" | "s390x")) => format!("{arch}-linux-gnu"),
                ("linux", "gnu", "x86") => "i386-linux-gnu".into(),
                ("linux", "gnu", "powerpc64") => "powerpc64le-linux-gnu".into(),
                ("linux", "gnu", "arm") => "arm-linux-gnueabihf".into(),
                _ => return None,
            };
            Path::new("/usr/lib").join(&name).is_dir().then_some(name)
        }
    }
}

/// `target/<profile>`, where cargo puts the finished libraries and programs.
fn profile_folder() -> Option<PathBuf> {
    let out = PathBuf::from(env::var_os("OUT_DIR")?);
    let build = out.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "build"))?;
    build.parent().map(Path::to_path_buf)
}

/// Makes the libraries known under liblua's names, and takes away those of the other edition, which would point at this one.
fn links(folder: &Path, edition: &str) {
    for e in ["5.4", "5.5"] {
        for (name, target) in [
            (format!("liblua{e}.so.0"), "deps/libperilune.so"),
            (format!("liblua{e}.so"), "deps/libperilune.so"),
            (format!("liblua{e}.a"), "deps/libperilune.a"),
        ] {
            link(&folder.join(name), (e == edition).then_some(target));
        }
    }
    link(&folder.join("liblua.so"), Some("deps/libperilune.so"));
}

/// Makes `path` a symbolic link to `target`, or removes it.
fn link(path: &Path, target: Option<&str>) {
    if fs::read_link(path).ok().as_deref() == target.map(Path::new) {
        return;
    }
    let removed = fs::remove_file(path);
    let done = match target {
        Some(target) => symlink(target, path),
        None => removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) }),
    };
    done.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// Links the stand-alone `lua` to the shared library, which it finds beside itself or in `../lib`.
///
/// It must not hold the C API itself: C modules that it loads ask the process for `lua_...`, and there may be only one.
fn programs(folder: &Path, edition: &str) {
    let sources = root().join("src/bin");
    let watched = if sources.exists() { "src/bin" } else { "src" };
    println!("cargo:rerun-if-changed={watched}");
    if sources.join("lua.rs").exists() || sources.join("lua/main.rs").exists() {
        let library = folder.join(format!("liblua{edition}.so.0"));
        println!("cargo:rustc-link-arg-bin=lua={}", library.display());
        println!("cargo:rustc-link-arg-bin=lua=-Wl,-rpath,$ORIGIN:$ORIGIN/../lib");
    }
}
