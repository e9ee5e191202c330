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
    let cli = cli::Cli::parse();
    // A LUT box takes blocks of one size for ever.
    if !matches!(cli.command, cli::Command::Lutbox(_)) {
        allocator::give_back_large_blocks();
    }
    let quiet = cli.globals.quiet;
    match commands::dispatch(cli) {
        Ok(code) => code,
        Err(e) => failure::render(&e, quiet),
    }
}
