//! Verbs on configs: list, check, archive, export.

use crate::globals::Globals;
use anyhow::{Context, Result};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::color::Config;
use vfx::color::ocio::model::Version;
use vfx::color::ocio::{Severity, Visibility, builtin, in_categories};

/// Arguments of `list`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx color list --config ocio://studio-config-latest")]
pub struct ListArgs {
    /// Config: a file, an archive or ocio://NAME [default: $OCIO, else ocio://default]
    #[arg(long, value_name = "CONFIG")]
    config: Option<String>,
    /// The built-in configs instead
    #[arg(long)]
    configs: bool,
    /// Hidden spaces too
    #[arg(long)]
    all: bool,
    /// Only spaces and named transforms of these categories [default: $OCIO_USER_CATEGORIES, else all]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    category: Vec<String>,
}

/// Arguments of `check`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx color check config.ocio")]
pub struct CheckArgs {
    /// Config: a file, an archive or ocio://NAME
    #[arg(value_name = "CONFIG")]
    config: String,
    /// Only what the text says: build no transform, look for no file
    #[arg(long)]
    shallow: bool,
}

/// Arguments of `archive`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx color archive show/config.ocio show.ocioz")]
pub struct ArchiveArgs {
    /// Config
    #[arg(value_name = "CONFIG")]
    config: String,
    /// Archive
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

/// Arguments of `export`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx color export ocio://cg-config-latest config.ocio")]
pub struct ExportArgs {
    /// Config: a file, an archive or ocio://NAME
    #[arg(value_name = "CONFIG")]
    config: String,
    /// Output; standard output if missing
    #[arg(value_name = "OUT")]
    output: Option<PathBuf>,
    /// Bring it to the newest version
    #[arg(long)]
    upgrade: bool,
}

/// Lists.
pub fn list(globals: &Globals, args: &ListArgs) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if args.configs {
        if globals.json {
            let names: Vec<_> = builtin::names().collect();
            writeln!(out, "{}", serde_json::json!({ "configs": names }))?;
        } else {
            for name in builtin::names() {
                writeln!(out, "ocio://{name}")?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let c = vfx::color::config(args.config.as_deref())?;
    let which = if args.all {
        Visibility::All
    } else {
        Visibility::Active
    };
    let displays = if args.all {
        c.displays.iter().map(|d| d.name.as_str()).collect()
    } else {
        c.shown_displays()
    };
    let views = |d: &str| {
        if args.all {
            c.all_views(d)
        } else {
            c.shown_views(d)
        }
    };
    let mut spaces = c.list_color_spaces(which);
    let mut named = c.list_named_transforms(which);
    let categories = c.user_categories(&args.category);
    if !args.all && !categories.is_empty() {
        spaces.retain(|s| in_categories(&s.categories, &categories));
        named.retain(|n| in_categories(&n.categories, &categories));
    }
    if globals.json {
        let spaces: Vec<_> = spaces
            .iter()
            .map(|s| {
                serde_json::json!({
                    "name": s.name, "aliases": s.aliases, "interop_id": s.interop_id, "family": s.family,
                    "encoding": s.encoding, "categories": s.categories, "is_data": s.is_data,
                    "reference": format!("{:?}", s.reference).to_lowercase(), "description": s.description,
                })
            })
            .collect();
        let displays: Vec<_> = displays
            .iter()
            .map(|d| serde_json::json!({"name": d, "views": views(d)}))
            .collect();
        let looks: Vec<_> = c.looks.iter().map(|l| &l.name).collect();
        let named: Vec<_> = named.iter().map(|n| &n.name).collect();
        let all = serde_json::json!({
            "name": c.name, "version": c.version.to_string(), "color_spaces": spaces, "displays": displays,
            "looks": looks, "named_transforms": named, "roles": c.roles,
        });
        writeln!(out, "{all}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{} (version {})",
        if c.name.is_empty() { "config" } else { &c.name },
        c.version
    )?;
    writeln!(out, "roles:")?;
    for (role, space) in &c.roles {
        writeln!(out, "  {role}: {space}")?;
    }
    writeln!(out, "colour spaces:")?;
    for s in spaces {
        let family = if s.family.is_empty() {
            String::new()
        } else {
            format!("  [{}]", s.family)
        };
        writeln!(out, "  {}{family}", s.name)?;
    }
    writeln!(out, "displays:")?;
    for d in displays {
        writeln!(out, "  {d}: {}", views(d).join(", "))?;
    }
    writeln!(out, "looks:")?;
    for l in &c.looks {
        writeln!(out, "  {}", l.name)?;
    }
    writeln!(out, "named transforms:")?;
    for n in named {
        writeln!(out, "  {}", n.name)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks: status 0 without errors, 2 with.
pub fn check(globals: &Globals, args: &CheckArgs) -> Result<ExitCode> {
    let c = Config::open(&args.config)?;
    let findings = c.check(!args.shallow);
    let errors = findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .count();
    let mut out = std::io::stdout().lock();
    if globals.json {
        let list: Vec<_> = findings
            .iter()
            .map(|f| {
                let severity = if f.severity == Severity::Error {
                    "error"
                } else {
                    "warning"
                };
                serde_json::json!({"severity": severity, "line": f.line, "message": f.message})
            })
            .collect();
        writeln!(
            out,
            "{}",
            serde_json::json!({"config": args.config, "errors": errors, "findings": list})
        )?;
    } else {
        for f in &findings {
            let severity = if f.severity == Severity::Error {
                "error"
            } else {
                "warning"
            };
            let place = f.line.map_or(String::new(), |l| format!(":{l}"));
            writeln!(out, "{}{place}: {severity}: {}", args.config, f.message)?;
        }
        let warnings = findings.len() - errors;
        writeln!(
            out,
            "{}: version {}, {} colour spaces, {} displays, {errors} errors, {warnings} warnings",
            args.config,
            c.version,
            c.color_spaces.len(),
            c.displays.len()
        )?;
    }
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

/// Writes beside the final name first, so that an earlier file survives a failure.
fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("part");
    std::fs::write(&temporary, bytes)
        .and_then(|()| std::fs::rename(&temporary, path))
        .with_context(|| format!("cannot write '{}'", path.display()))
}

/// Packs.
pub fn archive(args: &ArchiveArgs) -> Result<ExitCode> {
    let c = Config::open(&args.config)?;
    write(&args.output, &c.archive()?)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes YAML.
pub fn export(args: &ExportArgs) -> Result<ExitCode> {
    let mut c = Config::open(&args.config)?;
    if args.upgrade {
        c.upgrade(Version::LATEST);
    }
    c.validate()?;
    match &args.output {
        Some(path) => write(path, c.to_yaml().as_bytes())?,
        None => write!(std::io::stdout().lock(), "{}", c.to_yaml())?,
    }
    Ok(ExitCode::SUCCESS)
}
