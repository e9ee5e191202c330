//! Which operations there are: one line each in [`OPS`].

use crate::{Args, OpError, Param, arithmetic, channels, color, convolve, deep, geometry, resize};
use vfx_compute::Image;

/// A declared operation.
#[derive(Debug)]
pub struct OpSpec {
    /// Its name: `--name` on the command line.
    pub name: &'static str,
    /// One line.
    pub doc: &'static str,
    /// An example as typed.
    pub example: &'static str,
    /// Images it takes from the stack, the top one last.
    pub images: usize,
    /// Positional arguments.
    pub args: &'static [Param],
    /// Modifiers.
    pub modifiers: &'static [Param],
    /// Makes the image; `images` has as many as declared.
    pub build: fn(images: &[Image], args: &Args) -> Result<Image, OpError>,
}

impl OpSpec {
    /// Checks the arguments against the declaration and makes the image.
    ///
    /// # Errors
    /// [`OpError`] naming the argument, what was found and what is understood.
    pub fn apply(&self, images: &[Image], args: &Args) -> Result<Image, OpError> {
        if images.len() != self.images {
            let problem = format!("takes {} image(s), got {}", self.images, images.len());
            return Err(OpError::Images {
                op: self.name,
                problem,
            });
        }
        if args.positional.len() != self.args.len() {
            return Err(OpError::Argument {
                op: self.name,
                argument: "the arguments".into(),
                found: args.positional.join(" "),
                expected: self.example,
            });
        }
        if let Some(found) = args
            .modifiers
            .keys()
            .find(|k| self.modifiers.iter().all(|m| m.name != k.as_str()))
        {
            let known = self
                .modifiers
                .iter()
                .map(|m| m.name)
                .collect::<Vec<_>>()
                .join(", ");
            return Err(OpError::Modifier {
                op: self.name,
                found: found.clone(),
                known,
            });
        }
        (self.build)(images, args)
    }
}

/// Every operation.
pub const OPS: &[&OpSpec] = &[
    &geometry::CROP,
    &geometry::CUT,
    &geometry::CROPTOFULL,
    &geometry::ORIGIN,
    &geometry::FULLPIXELS,
    &geometry::FLIP,
    &geometry::FLOP,
    &geometry::ROTATE90,
    &geometry::ROTATE180,
    &geometry::ROTATE270,
    &geometry::TRANSPOSE,
    &geometry::BARRIER,
    &resize::RESIZE,
    &resize::RESAMPLE,
    &channels::CH,
    &channels::CHNAMES,
    &channels::NCHANNELS,
    &channels::CHAPPEND,
    &arithmetic::ADDC,
    &arithmetic::SUBC,
    &arithmetic::MULC,
    &arithmetic::DIVC,
    &arithmetic::POWC,
    &arithmetic::EXPOSURE,
    &arithmetic::CLAMP,
    &arithmetic::ADD,
    &arithmetic::SUB,
    &arithmetic::MUL,
    &arithmetic::ABSDIFF,
    &color::CCMATRIX,
    &color::PREMULT,
    &color::UNPREMULT,
    &color::OVER,
    &convolve::BLUR,
    &convolve::UNSHARP,
    &convolve::CONVOLVE,
    &deep::FLATTEN,
    &deep::DEEPMERGE,
    &deep::DEEPHOLDOUT,
];

/// The operation of a name.
pub fn find(name: &str) -> Option<&'static OpSpec> {
    OPS.iter().find(|o| o.name == name).copied()
}
