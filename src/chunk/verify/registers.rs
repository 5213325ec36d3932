//! A set of registers.

/// One bit per register number (0 to 255).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Registers([u64; 4]);

impl Registers {
    pub const NONE: Registers = Registers([0; 4]);

    pub fn insert(&mut self, register: usize) {
        self.0[register / 64] |= 1 << (register % 64);
    }

    pub fn union(self, other: Registers) -> Registers {
        Registers(core::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub fn is_empty(self) -> bool {
        self == Registers::NONE
    }

    /// Those at `first` and above.
    pub fn from(self, first: usize) -> Registers {
        Registers(core::array::from_fn(|i| match first.saturating_sub(i * 64) {
            shift @ 0..64 => self.0[i] >> shift << shift,
            _ => 0,
        }))
    }

    /// Those below `end`.
    pub fn below(self, end: usize) -> Registers {
        let rest = self.from(end);
        Registers(core::array::from_fn(|i| self.0[i] & !rest.0[i]))
    }

    /// Whether one of `first..end` is in the set.
    pub fn any_in(self, first: usize, end: usize) -> bool {
        !self.from(first).below(end).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Registers;

    #[test]
    fn cuts_at_every_boundary() {
        let mut all = Registers::NONE;
        for r in 0..256 {
            all.insert(r);
        }
        for cut in 0..=256 {
            for r in 0..256 {
                assert_eq!(all.from(cut).any_in(r, r + 1), r >= cut, "{r} from {cut}");
                assert_eq!(all.below(cut).any_in(r, r + 1), r < cut, "{r} below {cut}");
            }
        }
        assert!(all.below(0).is_empty() && all.from(256).is_empty());
    }

    #[test]
    fn ranges_are_half_open() {
        let mut set = Registers::NONE;
        set.insert(63);
        set.insert(130);
        assert!(set.any_in(60, 64) && set.any_in(64, 131));
        assert!(!set.any_in(64, 130) && !set.any_in(5, 5));
    }
}
