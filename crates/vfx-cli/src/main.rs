//! The `vfx` command.
//!
//! Thin: every command is one file that reads its arguments, calls the `vfx` crate and prints. Results go to standard output,
//! messages to standard error. Exit status: 0 done, 1 compared and differs, 2 failed, 130 stopped by Ctrl+C.

mod allocator;
mod cli;
mod color;
mod commands;
mod console;
mod failure;
mod frames;
mod globals;
mod metadata;
mod progress;
mod text;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::give_back_large_blocks();
    let cli = cli::Cli::parse();
    let quiet = cli.globals.quiet;
    match commands::dispatch(cli) {
        Ok(code) => code,
        Err(e) => failure::render(&e, quiet),
    }
}
