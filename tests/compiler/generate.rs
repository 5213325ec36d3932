//! Lua programs made at random: mostly valid, and rich in what makes a compiler choose.

use perilune::edition::LUA_5_5;

/// A small generator of random numbers; the same sequence for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    /// True `percent` times in a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const NAMES: &[&str] = &["a", "b", "c", "d", "x", "y", "z", "self", "_ENV", "print", "f", "g", "foo", "bar", "string"];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "10",
    "127",
    "128",
    "129",
    "-127",
    "-128",
    "255",
    "256",
    "1000",
    "65535",
    "65536",
    "131071",
    "70000",
    "0x7fffffffffffffff",
    "9223372036854775807",
    "9223372036854775808",
    "1e10",
    "0.5",
    "1.0",
    "0.0",
    "-0.0",
    "127.0",
    "128.0",
    "129.0",
    "1e300",
    "1e308",
    "0x1p4",
    "3.",
    ".5",
    "1e15",
    "9007199254740993",
    "65536.0",
    "1e400",
];

const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or", "and",
    "or", "+", "-", "==",
];

const STRINGS: &[&str] = &[
    "'a'",
    "\"b\"",
    "'hello'",
    "[[long]]",
    "[==[x]]y]==]",
    "''",
    r#""\n\65\x41\u{48}\z  x\u{7FFFFFFF}""#,
    "'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk'",
    "'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk'",
    "'a\\\nb'",
];

const SEPARATORS: &[&str] = &["\n", "\n", "; ", "\n\n\n", " --[[x\n]]\n", " -- x\r\n"];

/// A program under construction.
pub struct Program<'r> {
    random: &'r mut Random,
    text: String,
    scope: Vec<String>,
    depth: usize,
    loops: usize,
    labels: usize,
    vararg: bool,
}

impl<'r> Program<'r> {
    pub fn new(random: &'r mut Random) -> Program<'r> {
        Program { random, text: String::new(), scope: Vec::new(), depth: 0, loops: 0, labels: 0, vararg: true }
    }

    pub fn text(mut self) -> Vec<u8> {
        let statements = 1 + self.random.below(12);
        self.block(statements);
        self.text.into_bytes()
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn put_one(&mut self, items: &[&str]) {
        let item = self.random.pick(items);
        self.put(item);
    }

    fn name(&mut self) -> String {
        if !self.scope.is_empty() && self.random.chance(60) {
            let i = self.random.below(self.scope.len());
            return self.scope[i].clone();
        }
        self.random.pick(NAMES).to_string()
    }

    fn put_name(&mut self) {
        let name = self.name();
        self.put(&name);
    }

    /// Declares a name, in scope at once.
    fn declare(&mut self) {
        let name = self.random.pick(NAMES);
        self.put(name);
        self.scope.push(name.to_string());
    }

    /// The same for a variable that 5.5 protects from assignments. Constants have names of their own.
    fn declare_control(&mut self) {
        if !LUA_5_5 || self.random.chance(3) {
            return self.declare();
        }
        let name = format!("K{}", self.random.below(10));
        self.put(&name);
        self.scope.push(name);
    }

    /// `count` times `item`, with commas.
    fn list(&mut self, count: usize, mut item: impl FnMut(&mut Self)) {
        for i in 0..count {
            if i > 0 {
                self.put(", ");
            }
            item(self);
        }
    }

    fn expression(&mut self) {
        if self.depth > 7 || self.random.chance(25) {
            return match self.random.below(7) {
                0 | 1 => self.put_one(NUMBERS),
                2 => self.put_one(STRINGS),
                3 => self.put_one(&["nil", "true", "false"]),
                4 if self.vararg => self.put("..."),
                _ => self.put_name(),
            };
        }
        self.depth += 1;
        match self.random.below(10) {
            0..3 => {
                self.expression();
                self.put(" ");
                self.put_one(BINARY);
                self.put(" ");
                self.expression();
            }
            3 => {
                self.put_one(&["- ", "not ", "~", "#"]);
                self.expression();
            }
            4 => {
                self.put("(");
                self.expression();
                self.put(")");
            }
            5..8 => self.suffixed(),
            8 => self.table(),
            _ => {
                self.put("function");
                self.body();
            }
        }
        self.depth -= 1;
    }

    fn expressions(&mut self, count: usize) {
        self.list(count, Self::expression);
    }

    fn suffixed(&mut self) {
        if self.random.chance(85) {
            self.put_name();
        } else {
            self.put("(");
            self.expression();
            self.put(")");
        }
        for _ in 0..self.random.below(4) {
            match self.random.below(9) {
                0..3 => {
                    self.put(".");
                    self.put_one(NAMES);
                }
                3..5 => {
                    self.put("[ ");
                    self.expression();
                    self.put("]");
                }
                5..7 => self.arguments(),
                7 => {
                    self.put(":");
                    self.put_one(NAMES);
                    self.arguments();
                }
                _ => self.table(),
            }
        }
    }

    fn arguments(&mut self) {
        self.put("(");
        let count = self.random.below(4);
        self.expressions(count);
        self.put(")");
    }

    fn call(&mut self) {
        self.suffixed();
        match self.random.below(4) {
            0 => self.put("()"),
            1 => self.put(":m 'x'"),
            2 => self.put("{}"),
            _ => self.arguments(),
        }
    }

    fn variable(&mut self) {
        if self.random.chance(50) {
            // Constants have names of their own.
            let name = self.name();
            self.put(if name.starts_with('K') { "z" } else { &name });
        } else {
            self.suffixed();
            self.put_one(&[".x", "[1]", "[i]", "[300]", "['k']", "[1.5]", ".kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"]);
        }
    }

    fn table(&mut self) {
        self.put("{");
        let count = match self.random.below(60) {
            0 => 300,
            1 | 2 => 60,
            n => n % 5,
        };
        self.depth += 3;
        self.list(count, |p| {
            match p.random.below(10) {
                0..2 => {
                    p.put_one(NAMES);
                    p.put(" = ");
                }
                2..4 => {
                    p.put("[ ");
                    p.expression();
                    p.put("] = ");
                }
                _ => {}
            }
            p.expression();
        });
        self.depth -= 3;
        self.put("}");
    }

    fn body(&mut self) {
        let outer = (self.scope.len(), self.vararg, self.loops);
        (self.vararg, self.loops) = (self.random.chance(30), 0);
        self.put("(");
        let count = self.random.below(4);
        self.list(count, Self::declare);
        if self.vararg {
            self.put(if count > 0 { ", ..." } else { "..." });
            if LUA_5_5 && self.random.chance(60) {
                self.put(" ");
                self.declare_control();
            }
        }
        self.put(") ");
        let statements = self.random.below(4);
        self.block(statements);
        self.put(" end");
        self.scope.truncate(outer.0);
        (self.vararg, self.loops) = (outer.1, outer.2);
    }

    fn block(&mut self, statements: usize) {
        let outer = self.scope.len();
        for _ in 0..statements {
            self.statement();
            if self.random.chance(5) {
                let lines = [130, 300][self.random.below(2)];
                self.put(&"\n".repeat(lines));
            } else {
                self.put_one(SEPARATORS);
            }
        }
        if self.random.chance(15) {
            self.put("return ");
            match self.random.below(5) {
                0 => {}
                1 => self.call(),
                n => self.expressions(n - 1),
            }
            self.put_one(&["", ";"]);
        }
        self.scope.truncate(outer);
    }

    fn short_block(&mut self) {
        let statements = self.random.below(4);
        self.put(" ");
        self.block(statements);
        self.put(" ");
    }

    fn statement(&mut self) {
        self.depth += 1;
        match if self.depth < 8 { self.random.below(20) } else { self.random.below(5) } {
            0..2 => self.call(),
            2..5 => {
                let count = 1 + self.random.below(3);
                self.list(count, Self::variable);
                self.put(" = ");
                let values = 1 + self.random.below(3);
                self.expressions(values);
            }
            5..8 => self.local(),
            8..10 => self.conditional(),
            10 => self.looping("while ", |p| {
                p.expression();
                p.put(" do");
                p.short_block();
                p.put("end");
            }),
            11 => self.looping("repeat ", |p| {
                p.put("local ");
                p.declare();
                p.put(" = ");
                p.expression();
                p.put_one(&["; ", "; g(function() return x, a end) ", " if x then break end "]);
                p.put("until ");
                p.expression();
            }),
            12 => self.looping("for ", |p| {
                p.declare_control();
                let name = p.scope.pop().unwrap_or_default();
                p.put(" = ");
                let count = 2 + p.random.below(2);
                p.expressions(count);
                p.scope.push(name);
                p.put(" do");
                p.short_block();
                p.put("end");
            }),
            13 => self.looping("for ", |p| {
                let count = p.random.below(4);
                p.declare_control();
                if count > 0 {
                    p.put(", ");
                }
                p.list(count, Self::declare);
                p.put(" in ");
                let values = 1 + p.random.below(4);
                p.expressions(values);
                p.put(" do");
                p.short_block();
                p.put("end");
            }),
            14 => {
                self.put("do");
                self.short_block();
                self.put("end");
            }
            15 => {
                self.put("function ");
                self.put_one(NAMES);
                self.put_one(&["", ".x", ".x.y", ":m", ".x:m"]);
                self.body();
            }
            16 => {
                self.put("local function ");
                self.declare();
                self.body();
            }
            17 => self.jump(),
            18 if LUA_5_5 && self.random.chance(30) => self.global(),
            18 if self.loops > 0 => self.put("break"),
            18 if self.random.chance(5) => self.put_one(&["break", "goto nowhere", "::l:: ::l::"]),
            _ => self.put_one(&[";", "f()"]),
        }
        self.depth -= 1;
    }

    fn looping(&mut self, keyword: &str, rest: impl FnOnce(&mut Self)) {
        let outer = self.scope.len();
        self.put(keyword);
        self.loops += 1;
        rest(self);
        self.loops -= 1;
        self.scope.truncate(outer);
    }

    fn conditional(&mut self) {
        self.put("if ");
        self.expression();
        self.put(" then");
        if self.loops > 0 && self.random.chance(40) {
            self.put_one(&[" break", " break;", " break; f()"]);
        } else {
            self.short_block();
        }
        for _ in 0..self.random.below(3) {
            self.put(" elseif ");
            self.expression();
            self.put(" then");
            self.short_block();
        }
        if self.random.chance(40) {
            self.put(" else");
            self.short_block();
        }
        self.put(" end");
    }

    fn local(&mut self) {
        self.put("local ");
        let count = 1 + self.random.below(3);
        let before = self.scope.len();
        let mut names = Vec::new();
        if self.random.chance(30) {
            let mut closes = self.random.chance(30);
            self.list(count, |p| {
                let name = format!("K{}", p.random.below(10));
                p.put(&name);
                let closing = closes && p.random.chance(50);
                p.put(if closing { " <close>" } else { " <const>" });
                closes &= !closing;
                names.push(name);
            });
        } else {
            self.list(count, Self::declare);
            // Not in scope before the values.
            names = self.scope.split_off(before);
        }
        if self.random.chance(80) {
            self.put(" = ");
            let values = if self.random.chance(70) { count } else { 1 + self.random.below(3) };
            self.expressions(values);
        }
        self.scope.append(&mut names);
    }

    /// A declaration of 5.5. Most programs that have one also declare the rest, or hardly any would be valid.
    fn global(&mut self) {
        self.put("global ");
        if self.random.chance(30) {
            self.put("function ");
            self.declare();
            return self.body();
        }
        self.put_one(&["", "", "", "<const> ", "<close> "]);
        if self.random.chance(30) {
            return self.put("*");
        }
        let count = 1 + self.random.below(3);
        self.list(count, |p| {
            p.put_one(NAMES);
            p.put_one(&["", "", "", " <const>"]);
        });
        if self.random.chance(40) {
            self.put(" = ");
            let values = 1 + self.random.below(3);
            self.expressions(values);
        }
        if self.random.chance(80) {
            self.put("; global *");
        }
    }

    fn jump(&mut self) {
        self.labels += 1;
        let label = format!("L{}", self.labels);
        match self.random.below(3) {
            0 => {
                self.put(&format!("do local zz; f(function() return zz end); goto {label} end f() ::{label}::"));
            }
            1 => {
                self.put(&format!("repeat goto {label}; local zz; "));
                self.statement();
                self.put(&format!(" ::{label}:: until y"));
            }
            _ => {
                self.put(&format!("::{label}:: do "));
                self.statement();
                self.put(&format!(" end if x then goto {label} end"));
            }
        }
    }
}

/// Changes something anywhere.
pub fn damage(text: &mut Vec<u8>, random: &mut Random) {
    const PIECES: &[&[u8]] = &[
        b"\"",
        b"'",
        b"\\",
        b"[[",
        b"]]",
        b"[=[",
        b"--[[",
        b"\0",
        b"\xFF",
        b"\r\n",
        b"\n\r",
        b"0x",
        b"1e",
        b"...",
        b"::",
        b"<const>",
        b"<close>",
        b" goto x ",
        b" break ",
        b"\\u{80000000}",
        b"\\x4",
        b"\\300",
        b"3..2",
        b" end ",
        b" and ",
        b"@",
        b"\x01",
        b"~",
        b"{",
        b"}",
        b"(",
        b")",
        b" function ",
        b" local ",
        b"=",
        b",",
        b";",
        b" not ",
        b"'\\q'",
        b"99999999999999999999",
        b"0x1p-9999",
        b"<",
        b" return ",
        b" until ",
        b"'a\0b'",
    ];
    let at = random.below(text.len() + 1);
    match random.below(4) {
        0 => {
            let piece = PIECES[random.below(PIECES.len())];
            text.splice(at..at, piece.iter().copied());
        }
        1 => {
            let end = (at + 1 + random.below(12)).min(text.len());
            text.drain(at..end);
        }
        2 => text.truncate(at),
        _ => {
            let byte = random.below(256) as u8;
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
        }
    }
}
