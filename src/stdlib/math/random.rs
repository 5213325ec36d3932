//! Pseudo-random numbers: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), with
//! upstream's seeding and projections, so that a seed gives the same sequence.

use crate::heap::state::State;
use crate::native;
use crate::throw::Result;
use core::cell::Cell;
use core::ptr;

native!(pub RANDOM = "random", random);
native!(pub RANDOMSEED = "randomseed", randomseed);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Generator([u64; 4]);

impl Generator {
    /// A generator from two seed words, after the first numbers, which say too much about the seed.
    fn new(n1: u64, n2: u64) -> Generator {
        // The constant keeps the state from being zero.
        let mut g = Generator([n1, 0xFF, n2, 0]);
        for _ in 0..16 {
            g.next();
        }
        g
    }

    #[inline(always)]
    fn next(&mut self) -> u64 {
        let (word, words) = step(self.0);
        self.0 = words;
        word
    }
}

/// A word, and the state after it.
#[inline(always)]
fn step([s0, s1, s2, s3]: [u64; 4]) -> (u64, [u64; 4]) {
    let word = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
    let (t2, t3) = (s2 ^ s0, s3 ^ s1);
    (word, [s0 ^ t3, s1 ^ t2, t2 ^ (s1 << 17), t3.rotate_left(45)])
}

/// A uniform number from 0 to `limit`, starting from a random word: as many low bits as `limit` has, drawn again while too
/// large.
fn project(mut word: u64, limit: u64, mut draw: impl FnMut() -> u64) -> u64 {
    let mask = u64::MAX.checked_shr(limit.leading_zeros()).unwrap_or(0);
    loop {
        word &= mask;
        if word <= limit {
            return word;
        }
        word = draw();
    }
}

/// A float in [0, 1) from the high bits of a word.
fn unit_float(word: u64) -> f64 {
    (word >> (64 - f64::MANTISSA_DIGITS)) as f64 / (1u64 << f64::MANTISSA_DIGITS) as f64
}

/// The next word of the VM's generator. All zero, which no generator is: `seed` was never called, as the function comes from another VM.
///
/// Its words are read one by one, as they are written: a wide load would have to wait until the stores of the last call have left the processor's queue.
#[inline(always)]
fn draw(l: State) -> u64 {
    let cell: &Cell<[u64]> = &l.global().random;
    let cells = cell.as_slice_of_cells();
    if cells[0].get() == 0 && l.global().random.get() == [0; 4] {
        seed(l);
    }
    let (word, [s0, s1, s2, s3]) = step([cells[0].get(), cells[1].get(), cells[2].get(), cells[3].get()]);
    cells[0].set(s0);
    cells[1].set(s1);
    cells[2].set(s2);
    cells[3].set(s3);
    word
}

fn random(l: State) -> Result<u32> {
    let word = draw(l);
    let (low, high) = match l.get_top() {
        0 => {
            l.push_number(unit_float(word));
            return Ok(1);
        }
        1 => match l.check_integer(1)? {
            0 => {
                l.push_integer(word as i64);
                return Ok(1);
            }
            high => (1, high),
        },
        2 => (l.check_integer(1)?, l.check_integer(2)?),
        _ => return Err(l.error_fmt(format_args!("wrong number of arguments"))),
    };
    l.arg_check(low <= high, 1, "interval is empty")?;
    let offset = project(word, (high as u64).wrapping_sub(low as u64), || draw(l));
    l.push_integer(offset.wrapping_add(low as u64) as i64);
    Ok(1)
}

/// Returns the two seed words.
fn randomseed(l: State) -> Result<u32> {
    let (n1, n2) = if l.is_none(1) { fresh_seed(l) } else { (l.check_integer(1)?, l.opt_integer(2, 0)?) };
    l.global().random.set(Generator::new(n1 as u64, n2 as u64).0);
    l.push_integer(n1);
    l.push_integer(n2);
    Ok(2)
}

/// The time, and an address that the loader or the allocator may have randomized; the host's seed of the state goes into both.
fn fresh_seed(l: State) -> (i64, i64) {
    // SAFETY: null is allowed.
    let time = unsafe { libc::time(ptr::null_mut()) };
    let seed = i64::from(l.global().seed.get());
    (time as i64 ^ seed << 32, l.as_ptr().addr() as i64 ^ seed)
}

/// Gives the VM its first generator.
#[cold]
pub fn seed(l: State) {
    let (n1, n2) = fresh_seed(l);
    l.global().random.set(Generator::new(n1 as u64, n2 as u64).0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_is_the_known_one() {
        // math.randomseed(1007) and then math.random(0), as the official test suite has it.
        let mut g = Generator::new(1007, 0);
        let word = g.next();
        assert_eq!(word, 0x7a7040a5a323c9d6);
        assert_eq!(unit_float(word), (word >> 11) as f64 * 0.5f64.powi(53));
    }

    #[test]
    fn projections_stay_in_the_interval() {
        let mut g = Generator::new(42, 0);
        for limit in [0, 1, 2, 3, 5, 6, 7, 100, u64::MAX / 2 + 1, u64::MAX - 1, u64::MAX] {
            let mut seen = 0;
            for _ in 0..200 {
                let word = g.next();
                let n = project(word, limit, || g.next());
                assert!(n <= limit);
                seen |= n;
            }
            assert!(limit > 7 || seen.checked_ilog2() == limit.checked_ilog2(), "{limit}");
        }
    }
}
