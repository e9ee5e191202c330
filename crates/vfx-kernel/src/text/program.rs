//! A whole program: formulas on R, G, B, A one after another, their tables and uniforms, and the function around them.

use std::fmt::Write;

use super::{Dialect, Emitter, TEXTURE_WIDTH, TableKind, Val};
use crate::Table;

/// A parameter that the host may change between frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    /// Its name, without the prefix: the role, numbered from the second of a program on.
    pub name: String,
    /// What it is to its formula.
    pub role: &'static str,
    /// Its value when the program was built.
    pub value: f32,
}

/// A table that the host binds.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name in the text.
    pub name: String,
    /// What kind of resource.
    pub kind: TableKind,
    /// Its place: binding, register, texture unit or argument, counted from 0.
    pub binding: u32,
    /// The rows.
    pub table: Table,
}

/// A program being written.
#[derive(Debug)]
pub struct Program {
    emitter: Emitter,
    function: String,
    pixel: [Val; 4],
}

pub(super) fn table_name(prefix: &str, at: usize) -> String {
    format!("{prefix}table{at}")
}

/// How a uniform is written where it is used.
pub(super) fn uniform_access(dialect: Dialect, prefix: &str, name: &str) -> String {
    match dialect {
        Dialect::Wgsl | Dialect::Msl | Dialect::Cuda | Dialect::Glsl450 => {
            format!("{prefix}uniforms.{name}")
        }
        _ => format!("{prefix}{name}"),
    }
}

impl Program {
    /// An empty program: a function called `function`, all other names beginning with `prefix`.
    pub fn new(dialect: Dialect, function: &str, prefix: &str) -> Self {
        let emitter = Emitter::new(dialect, prefix);
        let inputs = [0; 4].map(|_| Val::Id(emitter.fresh()));
        Self {
            emitter,
            function: function.into(),
            pixel: inputs,
        }
    }

    /// Appends a formula: `step` gets the emitter and the pixel so far, and returns the new pixel.
    pub fn push(&mut self, step: impl FnOnce(&Emitter, [Val; 4]) -> [Val; 4]) {
        self.emitter.begin();
        self.pixel = step(&self.emitter, self.pixel);
    }

    /// The language.
    pub fn dialect(&self) -> Dialect {
        self.emitter.dialect
    }

    /// The uniforms used, in the order of their use.
    pub fn uniforms(&self) -> Vec<Uniform> {
        self.emitter.uniforms.borrow().clone()
    }

    /// The tables used, in the order of their use.
    pub fn resources(&self) -> Vec<Resource> {
        let e = &self.emitter;
        let first = u32::from(self.uniforms_take_a_binding());
        let tables = e.tables.borrow();
        tables
            .iter()
            .enumerate()
            .map(|(i, table)| Resource {
                name: table_name(&e.prefix, i),
                kind: e.dialect.table_kind(),
                binding: first + i as u32,
                table: table.clone(),
            })
            .collect()
    }

    /// In WGSL and Vulkan the uniforms are a block at binding 0.
    fn uniforms_take_a_binding(&self) -> bool {
        matches!(self.emitter.dialect, Dialect::Wgsl | Dialect::Glsl450)
            && !self.emitter.uniforms.borrow().is_empty()
    }

    /// The text: declarations of uniforms and tables, then the function.
    pub fn text(&self) -> String {
        let e = &self.emitter;
        let d = e.dialect;
        let mut out = String::new();
        self.uniforms_text(&mut out);
        let mut tables = String::new();
        for r in self.resources() {
            table_text(d, &r, &mut tables);
        }
        let constant = d.table_kind() == TableKind::Constant;
        if !constant {
            out.push_str(&tables);
        }
        let args = self.arguments();
        let f = &self.function;
        let result = self.pixel.map(|v| e.show(v));
        let (body, used) = e.needed(&result.join(" "));
        let components = match d {
            Dialect::Osl => ["rgb[0]", "rgb[1]", "rgb[2]", "a"],
            _ => ["x", "y", "z", "w"],
        };
        // The pixel's components are the first names.
        let inputs: String = (0..4)
            .filter(|&i| used[i])
            .map(|i| {
                let local = match d {
                    Dialect::Wgsl => "let",
                    _ => "float",
                };
                format!("    {local} t{i} = pixel.{};\n", components[i])
            })
            .collect();
        let _ = match d {
            Dialect::Wgsl => {
                let special = if body.contains("vfx_special")
                    || result.iter().any(|r| r.contains("vfx_special"))
                {
                    "    var vfx_special = 0u;\n"
                } else {
                    ""
                };
                writeln!(
                    out,
                    "fn {f}(pixel: vec4<f32>) -> vec4<f32> {{\n{special}{inputs}{body}    return vec4<f32>({});\n}}",
                    result.join(", ")
                )
            }
            Dialect::Osl => writeln!(
                out,
                "color4 {f}(color4 pixel)\n{{\n{tables}{inputs}{body}    return color4(color({}, {}, {}), {});\n}}",
                result[0], result[1], result[2], result[3]
            ),
            _ => {
                let (head, float4) = match d {
                    Dialect::Msl => ("static inline ", "float4"),
                    Dialect::Cuda => ("__device__ __forceinline__ ", "float4"),
                    _ => ("", d.float4()),
                };
                let make = if d == Dialect::Cuda {
                    "make_float4"
                } else {
                    float4
                };
                writeln!(
                    out,
                    "{head}{float4} {f}({float4} pixel{args})\n{{\n{inputs}{body}    return {make}({});\n}}",
                    result.join(", ")
                )
            }
        };
        out
    }

    /// Arguments beside the pixel.
    fn arguments(&self) -> String {
        let e = &self.emitter;
        let mut args = String::new();
        let space = match e.dialect {
            Dialect::Msl => ("device const float4* ", "constant "),
            Dialect::Cuda => ("const float4* __restrict__ ", "const "),
            _ => return args,
        };
        if !e.uniforms.borrow().is_empty() {
            let p = &e.prefix;
            let _ = write!(args, ", {}{p}Uniforms& {p}uniforms", space.1);
        }
        for r in self.resources() {
            let _ = write!(args, ", {}{}", space.0, r.name);
        }
        args
    }

    fn uniforms_text(&self, out: &mut String) {
        let e = &self.emitter;
        let (uniforms, p) = (e.uniforms.borrow(), &e.prefix);
        if uniforms.is_empty() {
            return;
        }
        let names = || uniforms.iter().map(|u| &u.name);
        let fields =
            |line: &dyn Fn(&str) -> String| -> String { names().map(|n| line(n)).collect() };
        out.push_str(&match e.dialect {
            Dialect::Wgsl => format!(
                "struct {p}Uniforms {{\n{}}}\n@group(0) @binding(0) var<uniform> {p}uniforms: {p}Uniforms;\n",
                fields(&|n| format!("    {n}: f32,\n"))
            ),
            Dialect::Msl | Dialect::Cuda => format!(
                "struct {p}Uniforms {{\n{}}};\n",
                fields(&|n| format!("    float {n};\n"))
            ),
            Dialect::Glsl450 => format!(
                "layout(set = 0, binding = 0) uniform {p}Uniforms {{\n{}}} {p}uniforms;\n",
                fields(&|n| format!("    float {n};\n"))
            ),
            Dialect::Hlsl => format!(
                "cbuffer {p}Uniforms : register(b0) {{\n{}}};\n",
                fields(&|n| format!("    float {p}{n};\n"))
            ),
            _ => fields(&|n| format!("uniform float {p}{n};\n")),
        });
    }
}

fn table_text(d: Dialect, r: &Resource, out: &mut String) {
    let (name, binding) = (&r.name, r.binding);
    let _ = match d {
        Dialect::Wgsl => writeln!(
            out,
            "@group(0) @binding({binding}) var<storage, read> {name}: array<vec4<f32>>;"
        ),
        Dialect::Glsl330 | Dialect::Glsl400 => writeln!(out, "uniform samplerBuffer {name};"),
        Dialect::Glsl450 => writeln!(
            out,
            "layout(std430, set = 0, binding = {binding}) readonly buffer {name}_block {{ vec4 {name}_rows[]; }};"
        ),
        Dialect::GlslEs300 => writeln!(out, "uniform highp sampler2D {name};"),
        Dialect::Glsl120 => {
            let rows = r.table.entries().len().div_ceil(TEXTURE_WIDTH);
            writeln!(
                out,
                "uniform sampler2D {name};\nconst vec2 {name}_size = vec2({TEXTURE_WIDTH}.0, {rows}.0);"
            )
        }
        Dialect::Hlsl => writeln!(out, "Buffer<float4> {name} : register(t{binding});"),
        Dialect::Osl => {
            let values: Vec<String> = r
                .table
                .entries()
                .iter()
                .flatten()
                .map(|v| d.literal(*v))
                .collect();
            writeln!(
                out,
                "float {name}[{}] = {{ {} }};",
                values.len(),
                values.join(", ")
            )
        }
        Dialect::Msl | Dialect::Cuda => Ok(()),
    };
}
