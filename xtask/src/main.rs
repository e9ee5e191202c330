//! Chores of the repository: `cargo xtask bless|bench|fuzz|lines`.
fn main() {}
