//! Debian's binary C modules for Lua 5.4 load into upstream's `lua.c` on our library and do real work.
//!
//! The packages lua-lpeg, lua-cjson, lua-filesystem, lua-socket and lua-term are installed by `make test`. Each script runs
//! on both libraries; what it prints must be what is written here and equal on both.

mod support;

use std::fs;
use support::{Library, Outcome, Run, compare, ours, paths, reference, upstream};

const PATHS: &str = "package.path = '/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua' \
                     package.cpath = '/usr/lib/x86_64-linux-gnu/lua/5.4/?.so;/usr/lib/lua/5.4/?.so' ";

fn run(library: &Library, name: &str, script: &str) -> Outcome {
    let dir = paths::fresh(&format!("modules/{}/{name}", library.name));
    fs::write(dir.join("script.lua"), format!("{PATHS}\n{script}")).expect("a script can be written");
    Run::new(upstream::lua_program(library)).arg("script.lua").dir(&dir).limit(60).outcome()
}

#[track_caller]
fn check(name: &str, script: &str, expected: &str) {
    let mine = run(ours(), name, script).expect_success(name);
    assert_eq!(mine.out(), expected, "{name} printed something else");
    if let Some(difference) = compare::difference(name, &run(reference(), name, script), &mine) {
        panic!("{name} (- reference, + ours)\n{}", difference.text);
    }
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no C modules for Lua 5.5")]
fn lpeg_parses_and_computes_with_a_grammar() {
    check(
        "lpeg",
        r##"
        local lpeg = require "lpeg"
        local P, R, S, V, C, Ct, Cg, Cf, Cc = lpeg.P, lpeg.R, lpeg.S, lpeg.V, lpeg.C, lpeg.Ct, lpeg.Cg, lpeg.Cf, lpeg.Cc
        local space = S" \t\n"^0
        local number = C(P"-"^-1 * R"09"^1 * (P"." * R"09"^1)^-1) / tonumber * space
        local function op(set) return C(S(set)) * space end
        local function eval(a, o, b)
          if o == "+" then return a + b elseif o == "-" then return a - b elseif o == "*" then return a * b else return a / b end
        end
        local grammar = P{ "Start",
          Start = space * V"Sum" * -1,
          Sum = Cf(V"Product" * Cg(op"+-" * V"Product")^0, eval),
          Product = Cf(V"Factor" * Cg(op"*/" * V"Factor")^0, eval),
          Factor = number + P"(" * space * V"Sum" * P")" * space,
        }
        for _, text in ipairs { "1 + 2 * 3", "(1 + 2) * 3", "10 / 4 - 1", "2 * (3 + (4 - 5)) * 6", "1 +", "7" } do
          print(text, grammar:match(text))
        end
        local deep = P{ "(" * V(1)^0 * ")" }
        print(deep:match(("("):rep(150) .. (")"):rep(150)), deep:match("(()"))
        local words = Ct((C(R("az", "AZ")^1) + 1)^0)
        print(table.concat(words:match("one 2 three, four"), "|"))
        local dates = Ct(Cg(R"09"^4 / tonumber, "year") * "-" * Cg(R"09"^2 / tonumber, "month") * "-" * Cg(R"09"^2 / tonumber, "day"))
        local d = dates:match("2024-02-29")
        print(d.year, d.month, d.day)
        print(pcall(lpeg.P, {}))
        local re = require "re"
        print(re.match("the number 423 is odd", "({%d+} / .)*"), re.gsub("hello World", "[aeiou]", "."))
        local csv = re.compile[[ record <- {| field (',' field)* |} !. field <- escaped / plain plain <- {[^,"]*} escaped <- '"' {~ ([^"] / '""' -> '"')* ~} '"' ]]
        print(table.concat(csv:match('a,"b ""quoted"" c",,d'), "|"))
        collectgarbage()
        print(grammar:match("1+1"))
        "##,
        "1 + 2 * 3\t7\n(1 + 2) * 3\t9\n10 / 4 - 1\t1.5\n2 * (3 + (4 - 5)) * 6\t24\n1 +\tnil\n7\t7\n301\tnil\none|three|four\n\
         2024\t2\t29\nfalse\tgrammar has no initial rule\n423\th.ll. W.rld\na|b \"quoted\" c||d\n2\n",
    );
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no C modules for Lua 5.5")]
fn cjson_round_trips_values() {
    check(
        "cjson",
        r##"
        local json = require "cjson"
        local text = '{"name":"perilune","list":[1,2.5,-3,1e10],"nested":{"deep":[[],[true,false,null]]},"text":"a\\u00e9\\n\\"q\\""}'
        local v = json.decode(text)
        print(v.name, #v.list, v.list[2], v.list[4], v.nested.deep[2][1], v.nested.deep[2][3] == json.null, v.text)
        local again = json.decode(json.encode(v))
        print(again.name, again.list[3], again.nested.deep[2][2], again.text == v.text)
        print(json.encode { 1, 2, { a = "b" } }, json.encode "plain", json.encode(1/3))
        print(pcall(json.decode, "{ broken"))
        print(pcall(json.encode, { print }))
        print(pcall(json.encode, { [1] = 1, [1000000] = 2 }))
        local safe = require "cjson.safe"
        print(safe.decode("[1,"))
        local big = {}
        for i = 1, 5000 do big[i] = { id = i, name = "item " .. i, tags = { "x", "y", i % 2 == 0 } } end
        local s = json.encode(big)
        local back = json.decode(s)
        print(#back, back[5000].id, back[77].name, back[8].tags[3], #json.encode(back) == #s)
        local own = json.new()
        own.encode_sparse_array(true)
        print(own.encode { [1] = 1, [5] = 5 })
        "##,
        "perilune\t4\t2.5\t10000000000.0\ttrue\ttrue\taé\n\"q\"\nperilune\t-3.0\tfalse\ttrue\n[1,2,{\"a\":\"b\"}]\t\"plain\"\t0.33333333333333\n\
         false\tExpected object key string but found invalid token at character 3\n\
         false\tCannot serialise function: type not supported\nfalse\tCannot serialise table: excessively sparse array\n\
         nil\tExpected value but found T_END at character 4\n5000\t5000.0\titem 77\ttrue\ttrue\n[1,null,null,null,5]\n",
    );
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no C modules for Lua 5.5")]
fn lfs_walks_a_directory() {
    check(
        "lfs",
        r##"
        local lfs = require "lfs"
        print(lfs.mkdir("tree"), lfs.mkdir("tree/a"), lfs.mkdir("tree/a/b"), lfs.mkdir("tree/c"))
        for i, name in ipairs { "tree/one.txt", "tree/a/two.txt", "tree/a/b/three.txt", "tree/c/four.txt" } do
          local f = assert(io.open(name, "w")) f:write(("x"):rep(i * 10)) f:close()
        end
        local found, bytes = {}, 0
        local function walk(dir)
          for entry in lfs.dir(dir) do
            if entry ~= "." and entry ~= ".." then
              local path = dir .. "/" .. entry
              local a = assert(lfs.attributes(path))
              if a.mode == "directory" then walk(path) else bytes = bytes + a.size found[#found + 1] = path end
            end
          end
        end
        walk("tree")
        table.sort(found)
        print(table.concat(found, " "), bytes)
        print(lfs.attributes("tree/one.txt", "size"), lfs.attributes("tree", "mode"), (lfs.attributes("missing")))
        print(lfs.touch("tree/one.txt", 1000000000, 1000000001), lfs.attributes("tree/one.txt", "modification"))
        local here = lfs.currentdir()
        print(lfs.chdir("tree/c"), lfs.currentdir() == here .. "/tree/c", lfs.chdir(here))
        local f = io.open("tree/lock", "w")
        print(lfs.lock(f, "w"), lfs.unlock(f), f:close())
        print(lfs.link("tree/one.txt", "tree/link", true), lfs.symlinkattributes("tree/link", "mode"), os.remove("tree/link"))
        print(pcall(lfs.dir, "missing"))
        print(select("#", lfs.dir("tree")))
        for entry in lfs.dir("tree") do break end
        print(lfs.rmdir("tree/c"))
        "##,
        "true\ttrue\ttrue\ttrue\ntree/a/b/three.txt tree/a/two.txt tree/c/four.txt tree/one.txt\t100\n10\tdirectory\tnil\n\
         true\t1000000001\ntrue\ttrue\ttrue\ntrue\ttrue\ttrue\ntrue\tlink\ttrue\n\
         false\tcannot open missing: No such file or directory\n4\nnil\tDirectory not empty\t39\n",
    );
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no C modules for Lua 5.5")]
fn socket_echoes_over_the_loopback() {
    check(
        "socket",
        r##"
        local socket = require "socket"
        local server = assert(socket.bind("127.0.0.1", 0))
        local _, port = server:getsockname()
        server:settimeout(10)
        local client = assert(socket.connect("127.0.0.1", port))
        client:settimeout(10)
        local peer = assert(server:accept())
        peer:settimeout(10)
        local serve = coroutine.wrap(function ()
          while true do
            local line, err = peer:receive("*l")
            if not line then coroutine.yield(err) return end
            assert(peer:send("echo: " .. line .. "\n"))
            coroutine.yield("served " .. #line)
          end
        end)
        for _, text in ipairs { "hello", "", ("long "):rep(2000) } do
          client:send(text .. "\n")
          print(serve())
          local answer = client:receive("*l")
          print(#answer, answer:sub(1, 20))
        end
        local ready = socket.select({ client }, nil, 0)
        print(#ready)
        client:close()
        print(serve())
        peer:close() server:close()
        print(socket.connect("127.0.0.1", port))
        local url = require "socket.url"
        local parsed = url.parse("http://user@example.org:8080/path/x?query=1#frag")
        print(parsed.host, parsed.port, parsed.path, parsed.query, parsed.fragment)
        local mime = require "mime"
        print((mime.b64("any carnal pleasure")), (mime.unb64("YW55")), (mime.qp("a=b")))
        local ltn12 = require "ltn12"
        local out = {}
        ltn12.pump.all(ltn12.source.string(("data"):rep(3000)), (ltn12.sink.table(out)))
        print(#table.concat(out))
        local udp = socket.udp()
        print(udp:setsockname("127.0.0.1", 0), udp:close())
        "##,
        "served 5\n11\techo: hello\nserved 0\n6\techo: \nserved 10000\n10006\techo: long long long\n0\nclosed\n\
         nil\tconnection refused\nexample.org\t8080\t/path/x\tquery=1\tfrag\nYW55IGNhcm5hbCBwbGVhc3VyZQ==\tany\ta=3Db\n12000\n1.0\t1.0\n",
    );
}

#[test]
#[cfg_attr(feature = "lua55", ignore = "Debian has no C modules for Lua 5.5")]
fn term_colours_and_knows_a_terminal() {
    check(
        "term",
        r##"
        local term = require "term"
        print(term.isatty(io.stdout), term.isatty(io.stdin))
        local colors = term.colors
        io.write(tostring(colors.red), "red", tostring(colors.reset), "\n")
        print(#tostring(colors.green), colors.bright .. "x" == "\27[1mx")
        print(colors.blue "text" == "\27[34mtext\27[0m")
        term.cursor.goup(3) term.cursor["goto"](2, 5) term.clear() term.cleareol()
        print()
        "##,
        "false\tfalse\n\u{1b}[31mred\u{1b}[0m\n5\ttrue\ntrue\n\u{1b}[3;A\u{1b}[2;5H\u{1b}[2J\u{1b}[K\n",
    );
}
