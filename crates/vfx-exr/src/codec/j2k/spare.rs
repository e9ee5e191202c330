//! Row memory that outlives a chunk.
//!
//! A chunk takes some hundred kilobytes for its bands and wavelet rows; asked of the system anew, clearing it would be a tenth of reading. Vectors are
//! handed out last in, first out, so that equal chunks find equal sizes. What they hold is left over: whoever takes one writes before reading.

/// Vectors that nobody uses.
#[derive(Default)]
pub(in crate::codec) struct Spare {
    longs: Vec<Vec<i32>>,
    wide: Vec<Vec<i64>>,
    floats: Vec<Vec<f32>>,
}

/// A type whose vectors are kept.
pub(super) trait Kept: Copy + Default + 'static {
    fn shelf(spare: &mut Spare) -> &mut Vec<Vec<Self>>;
}

macro_rules! kept {
    ($type:ty, $field:ident) => {
        impl Kept for $type {
            fn shelf(spare: &mut Spare) -> &mut Vec<Vec<Self>> {
                &mut spare.$field
            }
        }
    };
}

kept!(i32, longs);
kept!(i64, wide);
kept!(f32, floats);

impl Spare {
    /// A vector of `n` values, whatever they are.
    pub(super) fn take<T: Kept>(&mut self, n: usize) -> Vec<T> {
        let mut vector = T::shelf(self).pop().unwrap_or_default();
        vector.resize(n, T::default());
        vector
    }

    pub(super) fn give<T: Kept>(&mut self, vector: Vec<T>) {
        T::shelf(self).push(vector);
    }
}
