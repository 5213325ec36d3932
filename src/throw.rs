//! How a failure travels inside the VM: as a value.

/// Why a computation was abandoned.
///
/// The error object, where there is one, is on top of the stack of the thread that failed.
/// The numbers are the status codes of the C API (§4.4.1), so that the boundary passes them through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Throw {
    /// Not a failure: the running coroutine suspends.
    Yield = 1,
    /// A runtime error.
    Run = 2,
    /// A chunk that does not compile.
    Syntax = 3,
    /// Memory could not be had. There is no error object: the message is a constant of the process.
    Memory = 4,
    /// An error while the message handler ran.
    Handler = 5,
    /// A file could not be opened or read (auxiliary library only).
    File = 6,
    /// Not a failure: the coroutine that the current frame resumes is to run. Only inside the interpreter.
    Switch = 7,
    /// The running coroutine has closed itself (5.5): nobody catches this but whoever resumed it. Its status says how that went.
    Closed = 8,
}

impl Throw {
    /// Whether this is an error, which `pcall` catches.
    #[inline(always)]
    pub const fn is_error(self) -> bool {
        !matches!(self, Throw::Yield | Throw::Switch | Throw::Closed)
    }

    /// The throw with this number.
    pub const fn from_code(code: u8) -> Throw {
        match code {
            1 => Throw::Yield,
            3 => Throw::Syntax,
            4 => Throw::Memory,
            5 => Throw::Handler,
            6 => Throw::File,
            7 => Throw::Switch,
            8 => Throw::Closed,
            _ => Throw::Run,
        }
    }
}

/// Result of everything that may raise.
pub type Result<T = (), E = Throw> = core::result::Result<T, E>;
