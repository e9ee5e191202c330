//! Options that say a conversion, the same for values, images and reports.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use vfx::color::science::file::icc::{IccOptions, Intent};
use vfx::color::science::{ColorProgram, Flags, Op, Optimization};
use vfx::color::{ColorOptions, Conversion, Steps};

/// Which conversion.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Colour")]
pub struct ColorArgs {
    /// Colour space of the input, or an ICC profile; of an image found from its tags and the config's file rules if missing
    #[arg(long, value_name = "SPACE")]
    pub from: Option<String>,
    /// Colour space of the output, or an ICC profile
    #[arg(long, value_name = "SPACE")]
    pub to: Option<String>,
    /// Display
    #[arg(long, value_name = "NAME")]
    pub display: Option<String>,
    /// View of the display; its first if missing
    #[arg(long, value_name = "NAME")]
    pub view: Option<String>,
    /// From the view back to the scene
    #[arg(long)]
    pub invert_view: bool,
    /// Looks, such as '+grade, -warm | fallback'
    #[arg(long, value_name = "LOOKS")]
    pub look: Option<String>,
    /// A LUT or other colour file, after the conversion
    #[arg(long, value_name = "FILE")]
    pub lut: Option<PathBuf>,
    /// The file of --lut backwards
    #[arg(long)]
    pub invert_lut: bool,
    /// Config: a file, an archive or ocio://NAME [default: $OCIO, else ocio://default]
    #[arg(long, value_name = "CONFIG")]
    pub config: Option<String>,
    /// Context variable of the config
    #[arg(long = "context", value_name = "NAME=VALUE")]
    pub context: Vec<String>,
    /// Rendering intent of ICC profiles: perceptual, relative, saturation or absolute [default: the profile's]
    #[arg(long, value_name = "INTENT", value_parser = intent)]
    pub intent: Option<Intent>,
    /// Black point compensation with ICC profiles
    #[arg(long)]
    pub black_point_compensation: bool,
    /// Simplifications by OpenColorIO's names (LOSSLESS|LUT_INV_FAST) or as a number; $OCIO_OPTIMIZATION_FLAGS wins
    #[arg(long, value_name = "FLAGS", value_parser = flags)]
    pub optimization: Option<Flags>,
    /// Do not divide colours by alpha for the conversion
    #[arg(long)]
    pub keep_premultiplied: bool,
}

/// Whether `OCIO_LOGGING_LEVEL` lets warnings through: `none` or 0 does not.
fn logs_warnings() -> bool {
    let level = std::env::var("OCIO_LOGGING_LEVEL").unwrap_or_default();
    !matches!(level.trim().to_ascii_lowercase().as_str(), "none" | "0")
}

fn flags(text: &str) -> Result<Flags, String> {
    Flags::parse(text).map_err(|e| e.to_string())
}

/// An intent by its name.
pub fn intent(name: &str) -> Result<Intent, String> {
    match name.to_ascii_lowercase().as_str() {
        "perceptual" => Ok(Intent::Perceptual),
        "relative" | "relative-colorimetric" => Ok(Intent::Relative),
        "saturation" => Ok(Intent::Saturation),
        "absolute" | "absolute-colorimetric" => Ok(Intent::Absolute),
        _ => Err("expected perceptual, relative, saturation or absolute".into()),
    }
}

impl ColorArgs {
    /// What the facade takes.
    pub fn options(&self) -> ColorOptions {
        ColorOptions {
            from: self.from.clone(),
            to: self.to.clone(),
            display: self.display.clone(),
            view: self.view.clone(),
            invert_view: self.invert_view,
            look: self.look.clone(),
            lut: self.lut.clone(),
            invert_lut: self.invert_lut,
            config: self.config.clone(),
            icc: IccOptions {
                intent: self.intent,
                black_point_compensation: self.black_point_compensation,
            },
            optimization: self.optimization,
            keep_premultiplied: self.keep_premultiplied,
        }
    }

    /// A program of these options.
    pub fn program(&self, ops: Vec<Op>, usual: Optimization) -> Result<ColorProgram> {
        Ok(vfx::color::program(ops, self.optimization, usual)?)
    }

    /// The config, opened, with the context variables set.
    pub fn conversion(&self) -> Result<Conversion> {
        let mut conversion = Conversion::new(self.options())?;
        if logs_warnings() {
            for w in &conversion.config().warnings {
                eprintln!("warning: line {} of the config: {}", w.line, w.message);
            }
        }
        for item in &self.context {
            let (name, value) = item
                .split_once('=')
                .with_context(|| format!("--context is '{item}', expected NAME=VALUE"))?;
            conversion.context_mut().set(name, value);
        }
        Ok(conversion)
    }

    /// A conversion for images, if any was asked for.
    pub fn for_images(&self) -> Result<Option<Conversion>> {
        let options = self.options();
        let named = options.to.is_some() || options.display.is_some() || options.view.is_some();
        if !named && options.look.is_none() && options.lut.is_none() && !options.invert_view {
            if options.from.is_some() {
                bail!("--from needs --to, --display, --view, --look or --lut");
            }
            return Ok(None);
        }
        self.conversion().map(Some)
    }

    /// The operations, for values without an image.
    pub fn steps(&self) -> Result<Steps> {
        let o = self.options();
        if !o.is_some() {
            bail!(
                "say what to convert: --from A --to B, --display D --view V, --look L or --lut FILE"
            );
        }
        let conversion = self.conversion()?;
        if o.from.is_none()
            && o.to.is_none()
            && o.display.is_none()
            && o.view.is_none()
            && o.look.is_none()
        {
            // A file alone needs no colour space.
            return Ok(conversion.steps("")?);
        }
        let scene = conversion
            .config()
            .color_space("scene_linear")
            .map(|s| s.name.clone());
        let source = match o.from.or(scene) {
            Some(s) => s,
            None => bail!("--from is missing, and the config has no role scene_linear"),
        };
        Ok(conversion.steps(&source)?)
    }
}
