//! `vfx completions` and `vfx man`, made from the command line's own declaration.

use crate::cli::Cli;
use anyhow::Result;
use clap::CommandFactory;
use std::io::Write;
use std::process::ExitCode;

/// Arguments of `completions`.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  vfx completions bash > ~/.local/share/bash-completion/completions/vfx"
)]
pub struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx man | man -l -")]
pub struct ManArgs {
    /// Of this command only
    command: Option<String>,
}

/// Prints a completion script.
pub fn completions(args: &CompletionsArgs) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vfx", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints manual pages: the whole, then each command.
pub fn man(args: &ManArgs) -> Result<ExitCode> {
    let mut whole = Cli::command();
    whole.build();
    let mut page = Vec::new();
    let mut render = |c: clap::Command| clap_mangen::Man::new(c).render(&mut page);
    match &args.command {
        Some(name) => match whole.find_subcommand(name) {
            Some(c) => render(c.clone().name(format!("vfx-{name}")))?,
            None => anyhow::bail!("there is no command '{name}'"),
        },
        None => {
            render(whole.clone())?;
            for c in whole.get_subcommands().filter(|c| c.get_name() != "help") {
                render(c.clone().name(format!("vfx-{}", c.get_name())))?;
            }
        }
    }
    std::io::stdout().lock().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
