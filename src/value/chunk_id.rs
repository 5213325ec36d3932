//! How a chunk name appears in messages.

/// Size of the buffer that hosts provide for it (`LUA_IDSIZE`), the final zero included.
pub const ID_SIZE: usize = 60;

/// Most bytes that are shown.
const ROOM: usize = ID_SIZE - 1;

/// A chunk name made presentable: at most `ID_SIZE - 1` bytes.
#[derive(Clone, Copy)]
pub struct ChunkId {
    bytes: [u8; ID_SIZE],
    len: u8,
}

impl ChunkId {
    /// Shortens a chunk name (§4.6, `lua_Debug.short_src`).
    ///
    /// `=name` is shown literally, its end cut off; `@file` as a file name, its beginning cut off; anything else is
    /// source text, of which the first line is shown as `[string "..."]`.
    #[doc(alias = "luaO_chunkid")]
    pub fn new(name: &[u8]) -> ChunkId {
        let mut id = ChunkId { bytes: [0; ID_SIZE], len: 0 };
        id.len = ChunkId::write(name, &mut id.bytes) as u8;
        id
    }

    /// Writes the text that `new` makes of a name, and a NUL behind it. The result is the number of bytes before the NUL; those behind it stay.
    pub fn write(name: &[u8], to: &mut [u8; ID_SIZE]) -> usize {
        const PREFIX: &[u8] = b"[string \"";
        const SUFFIX: &[u8] = b"\"]";
        const DOTS: &[u8] = b"...";
        const MOST: usize = ROOM - PREFIX.len() - DOTS.len() - SUFFIX.len();

        let mut len = 0;
        let mut push = |text: &[u8]| {
            to[len..len + text.len()].copy_from_slice(text);
            len += text.len();
        };
        if let Some(text) = ChunkId::literal(name) {
            push(text);
        } else if let [b'@', file @ ..] = name {
            push(DOTS);
            push(&file[file.len() - (ROOM - DOTS.len())..]);
        } else {
            // What lies further on is not shown, whether the line ends there or not.
            let start = &name[..name.len().min(MOST)];
            let line = &start[..memchr::memchr(b'\n', start).unwrap_or(start.len())];
            push(PREFIX);
            push(line);
            if line.len() < name.len() || line.len() == MOST {
                push(DOTS);
            }
            push(SUFFIX);
        }
        to[len] = 0;
        len
    }

    /// What `new` makes of a name if that is a part of it as it stands.
    fn literal(name: &[u8]) -> Option<&[u8]> {
        match name {
            [b'=', text @ ..] => Some(&text[..text.len().min(ROOM)]),
            [b'@', file @ ..] if file.len() <= ROOM => Some(file),
            _ => None,
        }
    }

    /// The text that `new` makes of a name; it is made in `room` only where it is no part of the name.
    pub fn shown<'a>(name: &'a [u8], room: &'a mut Option<ChunkId>) -> &'a [u8] {
        match ChunkId::literal(name) {
            Some(text) => text,
            None => room.insert(ChunkId::new(name)).as_bytes(),
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> String {
        let id = ChunkId::new(name.as_bytes());
        assert_eq!(ChunkId::shown(name.as_bytes(), &mut None), id.as_bytes());
        let mut room = [b'#'; ID_SIZE];
        let len = ChunkId::write(name.as_bytes(), &mut room);
        assert_eq!(&room[..len], id.as_bytes());
        assert_eq!(room[len], 0);
        assert!(room[len + 1..].iter().all(|b| *b == b'#'));
        String::from_utf8(id.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn literal_names_lose_their_end() {
        assert_eq!(id("=stdin"), "stdin");
        assert_eq!(id(&format!("={}", "x".repeat(59))), "x".repeat(59));
        assert_eq!(id(&format!("={}y", "x".repeat(59))), "x".repeat(59));
    }

    #[test]
    fn file_names_lose_their_beginning() {
        assert_eq!(id("@a/b.lua"), "a/b.lua");
        assert_eq!(id(&format!("@{}", "x".repeat(59))), "x".repeat(59));
        assert_eq!(id(&format!("@y{}", "x".repeat(59))), format!("...{}", "x".repeat(56)));
    }

    #[test]
    fn source_text_shows_its_first_line() {
        assert_eq!(id("return 1"), "[string \"return 1\"]");
        assert_eq!(id("return 1\n"), "[string \"return 1...\"]");
        assert_eq!(id(""), "[string \"\"]");
        assert_eq!(id("\nx"), "[string \"...\"]");
        assert_eq!(id(&"x".repeat(44)), format!("[string \"{}\"]", "x".repeat(44)));
        assert_eq!(id(&"x".repeat(45)), format!("[string \"{}...\"]", "x".repeat(45)));
        assert_eq!(id(&"x".repeat(99)), format!("[string \"{}...\"]", "x".repeat(45)));
    }
}
