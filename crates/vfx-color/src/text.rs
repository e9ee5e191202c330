//! A program as text: one function on R, G, B, A in a shading language, with the tables and uniforms that a host binds.
//!
//! The text comes from the very formulas that the CPU runs. Nothing is baked: curves stay curves and only LUTs are tables,
//! interpolated by our own arithmetic (hardware filters have 8 bits). The one exception is the exact inverse of a cube,
//! which is a search: it becomes a cube of [`INVERSE_EDGE`] entries a side over [0, 1].

use std::sync::Arc;

use serde_json::{Value, json};
use vfx_kernel::text::{Dialect, Program, Resource, TEXTURE_WIDTH, TableKind, Uniform};

use crate::op::{Direction, Interpolation, Lut3D};
use crate::program::compile;
use crate::{ColorError, ColorProgram, Op};

/// Entries a side of an inverted cube.
pub const INVERSE_EDGE: usize = 48;

/// Rows of a table that may be written into a text whose language has no resources.
const CONSTANT_ROWS: usize = 16_384;

/// How a program is written.
#[derive(Clone, Debug, PartialEq)]
pub struct TextOptions {
    /// The language.
    pub dialect: Dialect,
    /// Name of the function.
    pub function: String,
    /// What the names of tables and uniforms begin with.
    pub prefix: String,
}

impl TextOptions {
    /// A function `vfx_color`, names beginning with `vfx_`.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            function: "vfx_color".into(),
            prefix: "vfx_".into(),
        }
    }
}

/// A program in a shading language.
#[derive(Clone, Debug, PartialEq)]
pub struct ShaderText {
    /// How it was written.
    pub options: TextOptions,
    /// Declarations and the function.
    pub code: String,
    /// Parameters that may change between frames.
    pub uniforms: Vec<Uniform>,
    /// Tables to bind.
    pub resources: Vec<Resource>,
}

impl ColorProgram {
    /// Writes the program in a shading language.
    ///
    /// # Errors
    ///
    /// If a table is too large for a language without resources (OSL).
    pub fn text(&self, options: &TextOptions) -> Result<ShaderText, ColorError> {
        let mut program = Program::new(options.dialect, &options.function, &options.prefix);
        for op in self.ops() {
            let kernel = compile(op)?;
            let mut written = true;
            program.push(|m, pixel| {
                kernel.text(m, pixel).unwrap_or_else(|| {
                    written = false;
                    pixel
                })
            });
            if !written {
                let cube = compile(&tabulated(&*kernel))?;
                program.push(|m, pixel| cube.text(m, pixel).expect("a forward cube is a formula"));
            }
        }
        let resources = program.resources();
        if options.dialect.table_kind() == TableKind::Constant
            && let Some(large) = resources
                .iter()
                .map(|r| r.table.entries().len())
                .find(|n| *n > CONSTANT_ROWS)
        {
            return Err(ColorError::Limit {
                what: "rows of a table in OSL, which has no resources to bind",
                found: large as u64,
                limit: CONSTANT_ROWS as u64,
            });
        }
        Ok(ShaderText {
            code: program.text(),
            uniforms: program.uniforms(),
            resources,
            options: options.clone(),
        })
    }
}

/// What a kernel does to [0, 1]^3, as a cube.
fn tabulated(kernel: &dyn crate::program::Kernel) -> Op {
    let n = INVERSE_EDGE;
    let at = |i: usize| i as f64 / (n - 1) as f64;
    let entries = (0..n * n * n)
        .map(|i| {
            let out = kernel.eval([at(i % n), at(i / n % n), at(i / n / n), 1.0]);
            [out[0] as f32, out[1] as f32, out[2] as f32]
        })
        .collect();
    let lut = Lut3D {
        edge: n,
        entries,
        interpolation: Interpolation::Tetrahedral,
    };
    Op::Lut3D(Arc::new(lut), Direction::Forward)
}

impl ShaderText {
    /// What a host needs beside the text: function, uniforms with their values, tables with place, size and kind. The samples
    /// themselves are in [`ShaderText::resources`].
    pub fn description(&self) -> Value {
        let resources: Vec<Value> = self.resources.iter().map(resource).collect();
        let uniforms: Vec<Value> = self
            .uniforms
            .iter()
            .map(|u| json!({"name": u.name, "type": "float", "value": u.value}))
            .collect();
        json!({
            "language": self.options.dialect.name(),
            "function": self.options.function,
            "prefix": self.options.prefix,
            "uniforms": uniforms,
            "tables": resources,
        })
    }
}

fn resource(r: &Resource) -> Value {
    let rows = r.table.entries().len();
    let (kind, width, height) = match r.kind {
        TableKind::StorageBuffer => ("storage buffer", rows, 1),
        TableKind::BufferTexture => ("buffer texture", rows, 1),
        TableKind::Texture2D => ("texture 2d", TEXTURE_WIDTH, rows.div_ceil(TEXTURE_WIDTH)),
        TableKind::Argument => ("pointer argument", rows, 1),
        TableKind::Constant => ("constant", rows, 1),
    };
    json!({
        "name": r.name,
        "kind": kind,
        "binding": r.binding,
        "rows": rows,
        "width": width,
        "height": height,
        "format": "rgba32f",
        "filter": "nearest",
        "role": r.table.name(),
    })
}
