//! A table of rows of four floats, the only memory an operation may read besides its planes.

/// Rows of four floats, fetched by index: LUT entries, curve segments, hue rows.
///
/// Indices travel as floats, exact up to 2^24 rows. A fetch clamps its index to the table; NaN fetches row 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    name: String,
    edge: usize,
    entries: Vec<[f32; 4]>,
}

impl Table {
    /// A table called `name` in generated code, with `edge` entries along one side (its length if it is one-dimensional).
    ///
    /// # Panics
    ///
    /// If `entries` is empty or longer than 2^24.
    pub fn new(name: impl Into<String>, edge: usize, entries: Vec<[f32; 4]>) -> Self {
        assert!(
            !entries.is_empty() && entries.len() <= 1 << 24,
            "a table holds 1 to 2^24 rows, not {}",
            entries.len()
        );
        Self {
            name: name.into(),
            edge,
            entries,
        }
    }

    /// The name in generated code.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Entries along one side.
    #[inline(always)]
    pub fn edge(&self) -> usize {
        self.edge
    }

    /// All rows.
    #[inline(always)]
    pub fn entries(&self) -> &[[f32; 4]] {
        &self.entries
    }
}
