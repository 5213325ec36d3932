//! Work that one thread does for all who want it at the same time.

use parking_lot::{Condvar, Mutex};

/// What comes of a piece of work. Whoever makes a pending one does the work, with no lock held, and must `finish` it whatever comes of it;
/// others `wait`. So the work may not lead back to it in the same thread.
pub struct Outcome<T> {
    value: Mutex<Option<T>>,
    finished: Condvar,
}

impl<T: Clone> Outcome<T> {
    pub fn pending() -> Outcome<T> {
        Outcome { value: Mutex::new(None), finished: Condvar::new() }
    }

    pub fn known(value: T) -> Outcome<T> {
        Outcome { value: Mutex::new(Some(value)), finished: Condvar::new() }
    }

    pub fn finish(&self, value: T) {
        *self.value.lock() = Some(value);
        self.finished.notify_all();
    }

    /// What is known now.
    pub fn now(&self) -> Option<T> {
        self.value.lock().clone()
    }

    /// What came of it, once it is finished. May: wait for another thread.
    pub fn wait(&self) -> T {
        let mut value = self.value.lock();
        loop {
            if let Some(value) = &*value {
                return value.clone();
            }
            self.finished.wait(&mut value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn all_who_wait_get_what_one_has_made() {
        let outcome = Outcome::<Result<usize, String>>::pending();
        let waiting = AtomicUsize::new(0);
        let got: Vec<_> = thread::scope(|scope| {
            let wait = || {
                waiting.fetch_add(1, Ordering::Relaxed);
                outcome.wait()
            };
            let waiters: Vec<_> = (0..8).map(|_| scope.spawn(wait)).collect();
            while waiting.load(Ordering::Relaxed) < 8 {
                thread::yield_now();
            }
            assert_eq!(outcome.now(), None);
            outcome.finish(Err("refused".to_string()));
            waiters.into_iter().map(|w| w.join().expect("it only waits")).collect()
        });
        assert_eq!(got, vec![Err("refused".to_string()); 8]);
        assert_eq!(outcome.wait(), outcome.now().expect("it is finished"));
    }
}
