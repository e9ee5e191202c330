//! Generators, comparers and peers for tests and benches.
