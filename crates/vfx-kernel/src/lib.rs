//! The vocabulary in which every pixel operation is written once.
