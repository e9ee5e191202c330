//! Options of every command, before or after its name, and the session made of them.

use crate::console::Console;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::sync::Arc;
use vfx::Session;
use vfx_core::{Budget, Cancel, Limits, Progress, parse_bytes};

/// Options of every command.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Worker threads [default: one a processor]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory for buffers, such as 64M or 2G [default: a quarter of what the process may use]
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Folder for what does not fit in memory [default: the system's]
    #[arg(long, global = true, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// Print how the job would be done, and do nothing
    #[arg(long, global = true)]
    pub explain: bool,
    /// Results as JSON, progress as JSON lines
    #[arg(long, global = true)]
    pub json: bool,
    /// No warnings, no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Damage in a file is an error
    #[arg(long, global = true)]
    pub strict: bool,
    /// Raise or lower what a file may ask for: max_pixels, max_dimension, max_channels, max_parts, max_chunk_bytes,
    /// max_metadata_bytes, max_whole_bytes
    #[arg(long = "limit", global = true, value_name = "NAME=VALUE")]
    pub limits: Vec<String>,
}

impl Globals {
    /// Takes one option with its value from the words of `vfx run`; `None` when it is no global option.
    pub fn take(&mut self, word: &str, words: &mut impl Iterator<Item = String>) -> Result<bool> {
        let (name, inline) = match word.split_once('=') {
            Some((n, v)) => (n, Some(v.to_owned())),
            None => (word, None),
        };
        let mut value = || {
            inline
                .clone()
                .or_else(|| words.next())
                .with_context(|| format!("{name} needs a value"))
        };
        match name {
            "--threads" => self.threads = Some(value()?.parse().context("--threads is no number")?),
            "--memory" => self.memory = Some(value()?),
            "--scratch" => self.scratch = Some(value()?.into()),
            "--limit" => self.limits.push(value()?),
            "--explain" => self.explain = true,
            "--json" => self.json = true,
            "--quiet" | "-q" => self.quiet = true,
            "--strict" => self.strict = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The budget they give.
    pub fn budget(&self) -> Result<Budget> {
        let mut b = Budget::default();
        if let Some(n) = self.threads {
            if !(1..=4096).contains(&n) {
                bail!("--threads is {n}, expected 1 to 4096");
            }
            b.threads = n;
        }
        if let Some(m) = &self.memory {
            b.memory = parse_bytes(m)?;
        }
        if let Some(s) = &self.scratch {
            if !s.is_dir() {
                bail!("--scratch is no folder: '{}'", s.display());
            }
            b.scratch.clone_from(s);
        }
        Ok(b)
    }

    fn parsed_limits(&self) -> Result<Limits> {
        let mut l = Limits::default();
        for item in &self.limits {
            let (name, value) = item
                .split_once('=')
                .with_context(|| format!("--limit is '{item}', expected NAME=VALUE"))?;
            let n = parse_bytes(value)? as u64;
            match name {
                "max_pixels" => l.max_pixels = n,
                "max_dimension" => l.max_dimension = n,
                "max_channels" => l.max_channels = n as usize,
                "max_parts" => l.max_parts = n as usize,
                "max_chunk_bytes" => l.max_chunk_bytes = n,
                "max_metadata_bytes" => l.max_metadata_bytes = n,
                "max_whole_bytes" => l.max_whole_bytes = n,
                _ => bail!("unknown limit '{name}'; see `vfx --help`"),
            }
        }
        Ok(l)
    }

    /// A session that stops on Ctrl+C and warns on standard error.
    pub fn session(&self) -> Result<(Session, Arc<Console>)> {
        let cancel = Cancel::new();
        let stop = cancel.clone();
        // A second Ctrl+C ends the process at once; the temporary file is then left behind.
        let handler = move || {
            if stop.is_cancelled() {
                std::process::exit(130);
            }
            stop.cancel();
        };
        // Where a handler cannot be set the system's own ends the process.
        let _ = ctrlc::set_handler(handler);
        let console = Arc::new(Console::new(self.quiet));
        let session = Session::new(self.budget()?)
            .limits(self.parsed_limits()?)
            .strict(self.strict)
            .reporter(console.clone())
            .cancel(cancel)
            .progress(Progress::new());
        Ok((session, console))
    }
}
