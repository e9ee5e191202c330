//! The colour words of `vfx run`: neighbouring ones are one conversion, run before the next word.
//!
//! `--from A --to B`, `--display D --view V [--invert-view]`, `--look L`, `--lut F` mean what they mean to `vfx convert`;
//! `--colorconvert A B`, `--tocolorspace B`, `--ociodisplay D V`, `--ociolook L`, `--ociofiletransform F` and `--colorconfig C`
//! are oiiotool's. `--iscolorspace S` only tags.

use super::ColorArgs;
use anyhow::Result;
use std::collections::BTreeMap;
use vfx::Image;
use vfx::color::Conversion;

/// Colour words since the last other word.
#[derive(Default)]
pub struct ColorWords {
    args: ColorArgs,
    any: bool,
    /// Each of oiiotool's words is a conversion of its own.
    complete: bool,
}

/// Whether a word is one of them.
pub fn is_color(name: &str) -> bool {
    matches!(
        name,
        "from"
            | "to"
            | "display"
            | "view"
            | "invert-view"
            | "look"
            | "lut"
            | "invert-lut"
            | "config"
            | "context"
            | "intent"
            | "black-point-compensation"
    ) || is_oiio(name)
}

fn is_oiio(name: &str) -> bool {
    matches!(
        name,
        "colorconvert"
            | "tocolorspace"
            | "ociodisplay"
            | "ociolook"
            | "ociofiletransform"
            | "colorconfig"
    )
}

impl ColorWords {
    /// Whether the words so far must run before this one.
    pub fn ends_before(&self, name: &str) -> bool {
        self.any && (self.complete || !is_color(name) || is_oiio(name))
    }

    /// Takes a word; `next` gives what follows it.
    pub fn take(
        &mut self,
        name: &str,
        modifiers: &BTreeMap<String, String>,
        next: &mut dyn FnMut(&str) -> Result<String>,
    ) -> Result<()> {
        let a = &mut self.args;
        let on = |key: &str| modifiers.get(key).is_some_and(|v| v != "0");
        match name {
            // These hold for the rest of the chain.
            "config" | "colorconfig" => {
                a.config = Some(next("a config")?);
                return Ok(());
            }
            "context" => {
                a.context.push(next("NAME=VALUE")?);
                return Ok(());
            }
            "from" => a.from = Some(next("a colour space")?),
            "to" | "tocolorspace" => a.to = Some(next("a colour space")?),
            "display" => a.display = Some(next("a display")?),
            "view" => a.view = Some(next("a view")?),
            "invert-view" => a.invert_view = true,
            "intent" => {
                let name = next("an intent")?;
                a.intent = Some(super::options::intent(&name).map_err(anyhow::Error::msg)?);
            }
            "black-point-compensation" => a.black_point_compensation = true,
            "look" => a.look = Some(next("a look")?),
            "lut" => a.lut = Some(next("a file")?.into()),
            "invert-lut" => a.invert_lut = true,
            "colorconvert" => {
                a.from = Some(next("two colour spaces")?);
                a.to = Some(next("a second colour space")?);
            }
            "ociodisplay" => {
                let (display, view) = (next("a display and a view")?, next("a view")?);
                a.display = Some(display).filter(|d| d != "default" && !d.is_empty());
                a.view = Some(view).filter(|v| v != "default" && !v.is_empty());
                a.invert_view = on("inverse");
            }
            "ociolook" => a.look = Some(next("a look")?),
            "ociofiletransform" => {
                a.lut = Some(next("a file")?.into());
                a.invert_lut = on("inverse");
            }
            _ => {}
        }
        if let Some(from) = modifiers.get("from") {
            a.from = Some(from.clone());
        }
        if let Some(to) = modifiers.get("to") {
            a.to = Some(to.clone());
        }
        if let Some(looks) = modifiers.get("looks") {
            a.look = Some(looks.clone());
        }
        if modifiers.get("unpremult").is_some_and(|v| v == "0") {
            a.keep_premultiplied = true;
        }
        self.any = true;
        self.complete = is_oiio(name);
        Ok(())
    }

    /// Runs the words so far on an entry of the stack.
    pub fn apply(&mut self, images: &mut [Image], path: Option<&std::path::Path>) -> Result<()> {
        let kept = ColorArgs {
            config: self.args.config.clone(),
            context: self.args.context.clone(),
            ..ColorArgs::default()
        };
        let args = std::mem::replace(&mut self.args, kept);
        (self.any, self.complete) = (false, false);
        let conversion: Option<Conversion> = args.for_images()?;
        if let Some(c) = conversion {
            for image in images {
                *image = c.apply(image, path)?;
            }
        }
        Ok(())
    }
}
