//! Scratch memory shared by threads: taken for a call, given back after it.
//!
//! As many objects exist as calls ever ran at once; buffers keep their capacity, so a chunk costs no allocation once warm.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Idle objects.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

/// An object on loan.
pub(crate) struct Loan<'a, T> {
    pool: &'a Pool<T>,
    item: Option<T>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Pool<T> {
    /// An idle object, or a new one.
    pub fn take(&self, new: impl FnOnce() -> T) -> Loan<'_, T> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Loan {
            pool: self,
            item: Some(idle.unwrap_or_else(new)),
        }
    }

    /// Adds an idle object.
    pub fn give(&self, item: T) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(item);
    }
}

impl<T> Loan<'_, T> {
    /// Keeps the object; it may be given back later.
    pub fn into_inner(mut self) -> T {
        self.item.take().expect("present until drop")
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        if let Some(item) = self.item.take() {
            self.pool.give(item);
        }
    }
}

impl<T> Deref for Loan<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.item.as_ref().expect("present until drop")
    }
}

impl<T> DerefMut for Loan<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.item.as_mut().expect("present until drop")
    }
}

/// At least `n` bytes; only growth writes zeros.
pub(crate) fn at_least<T: Copy + Default>(buf: &mut Vec<T>, n: usize) -> &mut [T] {
    if buf.len() < n {
        buf.resize(n, T::default());
    }
    &mut buf[..n]
}
