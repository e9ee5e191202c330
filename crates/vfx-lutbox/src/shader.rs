//! Sampling shaders for a channel's textures: one function on R, G, B, A in GLSL, HLSL, MSL or WGSL.
//!
//! The arithmetic is the very formula of `vfx-color`'s 3D LUT (tetrahedral or trilinear), written by its text emitter; only the fetch of
//! a lattice entry is put in here, as a read of one texel without a filter: filters have 8 bits of fraction and their texel edges are
//! half a texel off. Input 1.0 reads the last entry to the bit; inputs outside clamp. A shaper, if there is one, is a second texture,
//! [`SHAPER_WIDTH`] texels wide, rows from left to right and top to bottom. The edge and the shaper's domain are constants of the text.

use std::fmt::Write;
use std::sync::Arc;

use vfx_color::Op;
use vfx_color::op::{Direction, Interpolation, Lut3D};
use vfx_kernel::text::{Dialect, Emitter, Program, Val};
use vfx_kernel::{Math, Table};

use crate::{Axis, Cube, Layout, LutBoxError, MAX_ROWS, Shaper};

/// Width of the shaper's texture.
pub const SHAPER_WIDTH: usize = 4096;
const TEXTURES: [&str; 2] = ["vfx_lut", "vfx_shaper"];
const PREFIX: &str = "vfx_";

/// Languages with the name that users type.
pub const LANGUAGES: [(&str, Dialect); 5] = [
    ("glsl", Dialect::Glsl330),
    ("vulkan-glsl", Dialect::Glsl450),
    ("hlsl", Dialect::Hlsl),
    ("msl", Dialect::Msl),
    ("wgsl", Dialect::Wgsl),
];

/// The language of a name.
pub fn language(name: &str) -> Option<Dialect> {
    let found = LANGUAGES.iter().find(|(n, _)| *n == name);
    found.map(|f| f.1)
}

/// What a shader knows of a shaper: all but its rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShaperDomain {
    /// What the rows are even in.
    pub axis: Axis,
    /// Inputs of the first row.
    pub min: [f32; 3],
    /// Inputs of the last row.
    pub max: [f32; 3],
    /// Rows.
    pub rows: usize,
}

impl From<&Shaper> for ShaperDomain {
    fn from(s: &Shaper) -> Self {
        Self {
            axis: s.axis(),
            min: s.min(),
            max: s.max(),
            rows: s.entries().len(),
        }
    }
}

/// What a shader samples and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShaderOptions {
    /// The language: one of [`LANGUAGES`].
    pub dialect: Dialect,
    /// How the lattice lies in the texture.
    pub layout: Layout,
    /// Entries along one axis.
    pub edge: usize,
    /// Trilinear instead of tetrahedral.
    pub trilinear: bool,
    /// The shaper before the lattice.
    pub shaper: Option<ShaperDomain>,
}

/// The text: declarations of the textures, helpers, and the function `vfx_lut_sample`.
///
/// # Errors
///
/// If the layout cannot hold the edge, or the language has no form here.
pub fn text(o: &ShaderOptions) -> Result<String, LutBoxError> {
    o.layout.size(o.edge)?;
    let known = LANGUAGES.iter().any(|(_, d)| *d == o.dialect);
    let fits = (crate::MIN_EDGE..=crate::MAX_EDGE).contains(&o.edge);
    let rows_fit = o.shaper.is_none_or(|s| (2..=MAX_ROWS).contains(&s.rows));
    if !known || !fits || !rows_fit {
        let found = format!("{} for an edge of {}", o.dialect.name(), o.edge);
        let expected = "a language of this list, an edge of 2 to 128, a shaper of 2 to 65536 rows";
        return Err(LutBoxError::message("shader", found, expected));
    }
    let mut program = Program::new(o.dialect, "vfx_lut_sample", PREFIX);
    if let Some(s) = &o.shaper {
        program.push(|m, pixel| shape(m, pixel, s));
    }
    let lattice = Lut3D {
        edge: o.edge,
        entries: Cube::identity(o.edge).entries().to_vec(),
        interpolation: if o.trilinear {
            Interpolation::Linear
        } else {
            Interpolation::Tetrahedral
        },
    };
    let lattice = Op::Lut3D(Arc::new(lattice), Direction::Forward);
    let kernel = vfx_color::program::compile(&lattice)?;
    let mut written = true;
    program.push(|m, pixel| {
        kernel.text(m, pixel).unwrap_or_else(|| {
            written = false;
            pixel
        })
    });
    assert!(written, "a forward cube is a formula");
    let resources = program.resources();
    let mut out = String::new();
    let mut body = program.text();
    for (i, r) in resources.iter().enumerate() {
        // The shaper's table comes first if there is one.
        let lattice = i + 1 == resources.len();
        let texture = TEXTURES[usize::from(!lattice)];
        let place = if lattice {
            Place::lattice(o)
        } else {
            Place::shaper()
        };
        place.declare(o.dialect, texture, u32::from(!lattice), &mut out);
        body = replace(&body, o.dialect, &r.name, texture, &place);
    }
    Ok(out + &body)
}

/// The shaper's formula: position in the rows, two of them, linear between.
fn shape(m: &Emitter, pixel: [Val; 4], s: &ShaperDomain) -> [Val; 4] {
    let table = Table::new("shaper", s.rows, vec![[0.0; 4]; s.rows]);
    let last = (s.rows - 1) as f32;
    let mut out = pixel;
    for c in 0..3 {
        let (mut lo, mut hi) = (f64::from(s.min[c]), f64::from(s.max[c]));
        let mut x = pixel[c];
        if s.axis == Axis::Log2 {
            // Nothing below the domain has a logarithm to rely on.
            x = m.log2(m.max(x, m.k(s.min[c])));
            (lo, hi) = (lo.log2(), hi.log2());
        }
        let scale = (f64::from(last) / (hi - lo)) as f32;
        let position = m.mul(m.sub(x, m.k(lo as f32)), m.k(scale));
        let position = m.clamp(position, 0.0, last);
        let row = m.min(m.floor(position), m.k(last - 1.0));
        let t = m.sub(position, row);
        let a = m.fetch(&table, row)[c];
        let b = m.fetch(&table, m.add(row, m.k(1.0)))[c];
        out[c] = m.fma(m.sub(b, a), t, a);
    }
    out
}

/// Where row `k` of a table lies in a texture.
struct Place {
    /// Lines that compute `x`, `y` (and `z`) from `k`, with `int` for the integer type and no suffix on literals.
    lines: Vec<(&'static str, String)>,
    volume: bool,
}

impl Place {
    fn lattice(o: &ShaderOptions) -> Self {
        let n = o.edge;
        let (r, g, b) = (
            format!("k % {n}"),
            format!("k / {n} % {n}"),
            format!("k / {}", n * n),
        );
        let lines = match o.layout {
            Layout::OriginalStrip => vec![("x", format!("{b} * {n} + {g}")), ("y", r)],
            Layout::UnrealStrip => vec![("x", format!("{b} * {n} + {r}")), ("y", g)],
            Layout::SquareHald => {
                let width = n * n.isqrt();
                vec![("x", format!("k % {width}")), ("y", format!("k / {width}"))]
            }
            Layout::Volume => vec![("x", r), ("y", g), ("z", b)],
        };
        Self {
            lines,
            volume: o.layout == Layout::Volume,
        }
    }

    fn shaper() -> Self {
        Self {
            lines: vec![
                ("x", format!("k % {SHAPER_WIDTH}")),
                ("y", format!("k / {SHAPER_WIDTH}")),
            ],
            volume: false,
        }
    }

    /// The texture and the function that reads row `k` of it.
    fn declare(&self, d: Dialect, texture: &str, binding: u32, out: &mut String) {
        let kind = if self.volume { 3 } else { 2 };
        let (xy, zero) = if self.volume {
            ("x, y, z", "x, y, z, 0")
        } else {
            ("x, y", "x, y, 0")
        };
        let lines = |word: &str| -> String {
            let mut text = String::new();
            for (name, value) in &self.lines {
                let _ = writeln!(text, "    {word} {name} = {value};");
            }
            text
        };
        let _ = match d {
            Dialect::Wgsl => {
                // Literals without a suffix take the type of `k`.
                let lines = lines("let");
                writeln!(
                    out,
                    "@group(0) @binding({binding}) var {texture}: texture_{kind}d<f32>;\n\
                     fn {texture}_row(k: u32) -> vec4<f32> {{\n{lines}    return textureLoad({texture}, vec{kind}<u32>({xy}), 0);\n}}"
                )
            }
            Dialect::Hlsl => writeln!(
                out,
                "Texture{kind}D<float4> {texture} : register(t{binding});\n\
                 float4 {texture}_row(uint k)\n{{\n{}    return {texture}.Load(int{}({zero}));\n}}",
                lines("uint"),
                kind + 1
            ),
            Dialect::Msl => writeln!(
                out,
                "static inline float4 {texture}_row(texture{kind}d<float> {texture}, uint k)\n{{\n{}    return {texture}.read(uint{kind}({xy}));\n}}",
                lines("uint")
            ),
            _ => {
                let place = if d == Dialect::Glsl450 {
                    format!("layout(set = 0, binding = {binding}) ")
                } else {
                    String::new()
                };
                writeln!(
                    out,
                    "{place}uniform sampler{kind}D {texture};\n\
                     vec4 {texture}_row(int k)\n{{\n{}    return texelFetch({texture}, ivec{kind}({xy}), 0);\n}}",
                    lines("int")
                )
            }
        };
    }
}

/// The emitter's text with every fetch from `table` (a buffer) turned into a read of `texture`.
fn replace(body: &str, d: Dialect, table: &str, texture: &str, place: &Place) -> String {
    let (open, close) = match d {
        Dialect::Glsl330 => (format!("texelFetch({table}, "), ");"),
        Dialect::Glsl450 => (format!("{table}_rows["), "];"),
        _ => (format!("{table}["), "];"),
    };
    let first = match d {
        Dialect::Msl => format!("{texture}, "),
        _ => String::new(),
    };
    let mut out = String::with_capacity(body.len());
    for line in body.lines() {
        if let Some((head, rest)) = line.split_once(&open)
            && let Some(index) = rest.strip_suffix(close)
        {
            let _ = writeln!(out, "{head}{texture}_row({first}{index});");
        } else if d == Dialect::Msl && line.contains(table) {
            let kind = if place.volume { 3 } else { 2 };
            let buffer = format!("device const float4* {table}");
            let image = format!("texture{kind}d<float> {texture}");
            let _ = writeln!(out, "{}", line.replace(&buffer, &image));
        } else if !line.contains(table) {
            // A line left with the table is its declaration as a buffer.
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::LAYOUTS;

    #[test]
    fn no_table_is_left_in_any_language() {
        let shaper = ShaperDomain {
            axis: Axis::Log2,
            min: [0.001; 3],
            max: [64.0; 3],
            rows: 4096,
        };
        for (name, dialect) in LANGUAGES {
            for layout in LAYOUTS {
                for trilinear in [false, true] {
                    let options = ShaderOptions {
                        dialect,
                        layout,
                        edge: 16,
                        trilinear,
                        shaper: Some(shaper),
                    };
                    let text = text(&options).unwrap();
                    assert!(!text.contains("vfx_table"), "{name}: {text}");
                    let reads = if trilinear { 8 } else { 4 };
                    let call = |t: &str| text.matches(&format!("= {t}_row(")).count();
                    assert_eq!((call("vfx_lut"), call("vfx_shaper")), (reads, 6), "{name}");
                }
            }
        }
    }
}
