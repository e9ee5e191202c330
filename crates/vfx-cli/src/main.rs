//! The `vfx` command.
fn main() {}
