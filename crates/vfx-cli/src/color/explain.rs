//! `vfx color explain` and `vfx color shader`: a conversion as operations, and as text for graphics processors.

use super::ColorArgs;
use crate::globals::Globals;
use anyhow::{Context, Result};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::color::Dialect;
use vfx::color::science::program::Step;
use vfx::color::science::text::TextOptions;
use vfx::color::science::{ColorProgram, Optimization};

/// Arguments of `explain`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx color explain ACEScg 'sRGB Encoded Rec.709 (sRGB)'")]
pub struct ExplainArgs {
    /// From, as --from
    #[arg(value_name = "SRC")]
    src: Option<String>,
    /// To, as --to
    #[arg(value_name = "DST")]
    dst: Option<String>,
    #[command(flatten)]
    color: ColorArgs,
}

/// Arguments of `shader`.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  vfx color shader --language wgsl --from ACEScg --display 'sRGB - Display'"
)]
pub struct ShaderArgs {
    #[command(flatten)]
    color: ColorArgs,
    /// wgsl, glsl_120, glsl_330, glsl_400, glsl_450, glsl_es_300, hlsl, msl, cuda or osl
    #[arg(long, value_name = "NAME", default_value = "wgsl")]
    language: String,
    /// Name of the function
    #[arg(long, value_name = "NAME", default_value = "vfx_color")]
    function: String,
    /// What names of tables and uniforms begin with
    #[arg(long, value_name = "TEXT", default_value = "vfx_")]
    prefix: String,
    /// The text goes here, standard output if missing
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What a host must bind, as JSON
    #[arg(long, value_name = "FILE")]
    description: Option<PathBuf>,
}

/// Explains.
pub fn run(globals: &Globals, args: &ExplainArgs) -> Result<ExitCode> {
    let mut color = args.color.clone();
    color.from = args.src.clone().or(color.from);
    color.to = args.dst.clone().or(color.to);
    let steps = color.steps()?;
    let before = ColorProgram::new(steps.ops.clone(), Optimization::None)?;
    let lossless = ColorProgram::new(steps.ops.clone(), Optimization::Lossless)?;
    let after = color.program(steps.ops, Optimization::Default)?;
    let stages = [
        ("as configured", before),
        ("lossless", lossless),
        ("as it runs", after),
    ];
    let cost = |steps: &[Step]| steps.iter().map(|s| s.cost).sum::<f32>();
    let mut out = std::io::stdout().lock();
    if globals.json {
        let stage = |(name, p): &(&str, ColorProgram)| {
            let steps = p.steps();
            let list: Vec<_> = steps
                .iter()
                .map(|s| serde_json::json!({"name": s.name, "ns_per_pixel": s.cost, "separable": s.separable}))
                .collect();
            serde_json::json!({"stage": name, "steps": list, "ns_per_pixel": cost(&steps)})
        };
        let stages: Vec<_> = stages.iter().map(stage).collect();
        writeln!(
            out,
            "{}",
            serde_json::json!({"from": steps.source, "result": steps.result, "stages": stages})
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, program) in &stages {
        let steps = program.steps();
        writeln!(
            out,
            "{name}: {} steps, about {:.1} ns a pixel",
            steps.len(),
            cost(&steps)
        )?;
        for s in &steps {
            let kind = if s.separable { "separable" } else { "" };
            writeln!(out, "  {:<32} {:>7.2} ns  {kind}", s.name, s.cost)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The languages by the names of the command line.
const LANGUAGES: [(&str, Dialect); 10] = [
    ("wgsl", Dialect::Wgsl),
    ("glsl_120", Dialect::Glsl120),
    ("glsl_330", Dialect::Glsl330),
    ("glsl_400", Dialect::Glsl400),
    ("glsl_450", Dialect::Glsl450),
    ("glsl_es_300", Dialect::GlslEs300),
    ("hlsl", Dialect::Hlsl),
    ("msl", Dialect::Msl),
    ("cuda", Dialect::Cuda),
    ("osl", Dialect::Osl),
];

/// OpenColorIO's names, and those without a version, by letters and digits alone.
const ALIASES: [(&str, Dialect); 9] = [
    ("glsl", Dialect::Glsl330),
    ("glsl12", Dialect::Glsl120),
    ("glsl40", Dialect::Glsl400),
    ("glslvk46", Dialect::Glsl450),
    ("glsles30", Dialect::GlslEs300),
    ("gles", Dialect::GlslEs300),
    ("hlslsm50", Dialect::Hlsl),
    ("msl20", Dialect::Msl),
    ("osl1", Dialect::Osl),
];

/// A language by a name, however its parts are joined.
fn language(name: &str) -> Option<Dialect> {
    let plain = |s: &str| s.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let wanted = plain(name);
    let mut all = LANGUAGES.iter().chain(&ALIASES);
    all.find(|(n, _)| plain(n) == wanted).map(|(_, d)| *d)
}

/// Writes the text.
pub fn shader(globals: &Globals, args: &ShaderArgs) -> Result<ExitCode> {
    let dialect = language(&args.language).with_context(|| {
        let names: Vec<_> = LANGUAGES.iter().map(|(n, _)| *n).collect();
        format!(
            "--language is '{}', expected {}",
            args.language,
            names.join(", ")
        )
    })?;
    let steps = args.color.steps()?;
    let program = args.color.program(steps.ops, Optimization::Lossless)?;
    let options = TextOptions {
        dialect,
        function: args.function.clone(),
        prefix: args.prefix.clone(),
    };
    let text = program.text(&options)?;
    let description = text.description();
    if let Some(path) = &args.description {
        std::fs::write(path, format!("{description:#}\n"))
            .with_context(|| format!("cannot write '{}'", path.display()))?;
    }
    match &args.output {
        Some(path) => {
            std::fs::write(path, &text.code)
                .with_context(|| format!("cannot write '{}'", path.display()))?;
        }
        None if globals.json => {
            let all = serde_json::json!({"code": text.code, "description": description});
            writeln!(std::io::stdout().lock(), "{all}")?;
        }
        None => write!(std::io::stdout().lock(), "{}", text.code)?,
    }
    Ok(ExitCode::SUCCESS)
}
