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

    /// Takes `first` and those above out.
    pub fn remove_from(&mut self, first: usize) {
        for (i, word) in self.0.iter_mut().enumerate() {
            if let keep @ 0..64 = first.saturating_sub(i * 64) {
                *word &= (1 << keep) - 1;
            }
        }
    }

    /// Whether `first` or one above is in the set.
    pub fn any_from(self, first: usize) -> bool {
        let Some(word) = self.0.get(first / 64) else { return false };
        word >> (first % 64) != 0 || self.0[first / 64 + 1..].iter().any(|word| *word != 0)
    }

    /// Whether one of `first..end` is in the set.
    pub fn any_in(self, first: usize, end: usize) -> bool {
        if self.is_empty() {
            return false;
        }
        let mut below = self;
        below.remove_from(end);
        below.any_from(first)
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
            let mut below = all;
            below.remove_from(cut);
            assert_eq!(all.any_from(cut), cut < 256);
            assert!(!below.any_from(cut));
            for r in 0..256 {
                let mut one = Registers::NONE;
                one.insert(r);
                assert_eq!(one.any_from(cut), r >= cut, "{r} from {cut}");
                assert_eq!(below.any_in(r, r + 1), r < cut, "{r} below {cut}");
            }
        }
        all.remove_from(0);
        assert!(all.is_empty());
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
