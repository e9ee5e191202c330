//! How each language spells the words: types, literals, functions, resources.
//!
//! Sources: WGSL (W3C), GLSL 1.20 to 4.60 and ES 3.00 (Khronos), HLSL (Microsoft), Metal Shading Language 2 (Apple), CUDA C++
//! (NVIDIA), Open Shading Language 1.12 (ASWF). Tables are read without filtering everywhere: hardware filters have 8 bits.

/// A language that programs can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// WebGPU shading language; tables are storage buffers.
    Wgsl,
    /// GLSL 1.20; tables are 2D textures.
    Glsl120,
    /// GLSL 3.30; tables are buffer textures.
    Glsl330,
    /// GLSL 4.00; tables are buffer textures.
    Glsl400,
    /// GLSL 4.50 for Vulkan; tables are storage buffers.
    Glsl450,
    /// GLSL ES 3.00; tables are 2D textures.
    GlslEs300,
    /// HLSL, shader model 5; tables are typed buffers.
    Hlsl,
    /// Metal 2; tables are arguments.
    Msl,
    /// CUDA C++; tables are arguments.
    Cuda,
    /// Open Shading Language; tables are constant arrays.
    Osl,
}

/// How a table is given to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// A read-only storage buffer of four floats a row.
    StorageBuffer,
    /// A texture over a buffer, RGBA32F, one texel a row.
    BufferTexture,
    /// A 2D texture, RGBA32F, nearest, [`TEXTURE_WIDTH`] texels wide, rows from left to right and top to bottom.
    Texture2D,
    /// A pointer argument of the function.
    Argument,
    /// Written into the text.
    Constant,
}

/// Width of tables that are 2D textures.
pub const TEXTURE_WIDTH: usize = 1024;

impl Dialect {
    /// Every language, with the name that users type.
    pub const ALL: &'static [(&'static str, Dialect)] = &[
        ("wgsl", Self::Wgsl),
        ("glsl_1.2", Self::Glsl120),
        ("glsl_3.3", Self::Glsl330),
        ("glsl_4.0", Self::Glsl400),
        ("glsl_4.5", Self::Glsl450),
        ("glsl_es_3.0", Self::GlslEs300),
        ("hlsl_sm_5.0", Self::Hlsl),
        ("msl_2.0", Self::Msl),
        ("cuda", Self::Cuda),
        ("osl_1", Self::Osl),
    ];

    /// The language of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        let found = Self::ALL
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        Some(found.1)
    }

    /// The name that users type.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, d)| *d == self);
        found.map_or("", |f| f.0)
    }

    /// How it is given its tables.
    pub fn table_kind(self) -> TableKind {
        match self {
            Self::Wgsl | Self::Glsl450 => TableKind::StorageBuffer,
            Self::Glsl330 | Self::Glsl400 | Self::Hlsl => TableKind::BufferTexture,
            Self::Glsl120 | Self::GlslEs300 => TableKind::Texture2D,
            Self::Msl | Self::Cuda => TableKind::Argument,
            Self::Osl => TableKind::Constant,
        }
    }

    /// Bits of a float can be read as an integer.
    pub(super) fn has_bits(self) -> bool {
        !matches!(self, Self::Glsl120 | Self::Osl)
    }

    pub(super) fn is_glsl(self) -> bool {
        matches!(
            self,
            Self::Glsl120 | Self::Glsl330 | Self::Glsl400 | Self::Glsl450 | Self::GlslEs300
        )
    }

    /// The type of four floats.
    pub(super) fn float4(self) -> &'static str {
        match self {
            Self::Wgsl => "vec4<f32>",
            Self::Hlsl | Self::Msl | Self::Cuda => "float4",
            Self::Osl => "color4",
            _ => "vec4",
        }
    }

    /// A declaration `type name =` of a float (or of a truth value) that does not change.
    pub(super) fn local(self, name: &str, truth: bool) -> String {
        match (self, truth) {
            (Self::Wgsl, _) => format!("let {name}"),
            (Self::Osl, true) => format!("int {name}"),
            (Self::Msl | Self::Cuda, false) => format!("const float {name}"),
            (Self::Msl | Self::Cuda, true) => format!("const bool {name}"),
            (_, false) => format!("float {name}"),
            (_, true) => format!("bool {name}"),
        }
    }

    /// A finite literal, or an expression for infinity and NaN, which no shading language has literals for.
    pub(super) fn literal(self, v: f32) -> String {
        if !v.is_finite() {
            let bits = v.to_bits();
            return match self {
                Self::Wgsl => format!("bitcast<f32>(vfx_special + {bits}u)"),
                Self::Glsl330 | Self::Glsl400 | Self::Glsl450 | Self::GlslEs300 => {
                    format!("uintBitsToFloat({bits}u)")
                }
                Self::Hlsl => format!("asfloat({bits}u)"),
                Self::Msl => format!("as_type<float>({bits}u)"),
                Self::Cuda => format!("__int_as_float({:#x})", bits),
                Self::Glsl120 | Self::Osl if v.is_nan() => "(3.0e38 * 10.0 - 3.0e38 * 10.0)".into(),
                Self::Glsl120 | Self::Osl if v > 0.0 => "(3.0e38 * 10.0)".into(),
                Self::Glsl120 | Self::Osl => "(-3.0e38 * 10.0)".into(),
            };
        }
        let text = format!("{v:?}");
        let text = match self {
            Self::Cuda | Self::Msl => format!("{text}f"),
            _ => text,
        };
        if v.is_sign_negative() {
            format!("({text})")
        } else {
            text
        }
    }

    /// A function of one number by its word.
    pub(super) fn call1(self, word: &str, a: &str) -> String {
        match (self, word) {
            (_, "neg") => format!("-({a})"),
            (Self::Cuda, _) => match word {
                "abs" => format!("fabsf({a})"),
                _ => format!("{word}f({a})"),
            },
            (Self::Osl, "abs") => format!("fabs({a})"),
            (Self::Msl, "abs") => format!("fabs({a})"),
            _ => format!("{word}({a})"),
        }
    }

    /// A function or operator of two numbers by its word.
    pub(super) fn call2(self, word: &str, a: &str, b: &str) -> String {
        match word {
            "+" | "-" | "*" | "/" | ">=" | ">" | "<=" | "<" | "==" | "&&" | "||" => {
                format!("{a} {word} {b}")
            }
            "min" | "max" if self == Self::Cuda => format!("f{word}f({a}, {b})"),
            "min" | "max" if self == Self::Msl => format!("f{word}({a}, {b})"),
            "atan2" if self.is_glsl() => format!("atan({a}, {b})"),
            "pow" | "atan2" if self == Self::Cuda => format!("{word}f({a}, {b})"),
            _ => format!("{word}({a}, {b})"),
        }
    }

    /// `a * b + c`.
    pub(super) fn fma(self, a: &str, b: &str, c: &str) -> String {
        match self {
            Self::Wgsl | Self::Msl | Self::Glsl400 | Self::Glsl450 => format!("fma({a}, {b}, {c})"),
            Self::Hlsl => format!("mad({a}, {b}, {c})"),
            Self::Cuda => format!("fmaf({a}, {b}, {c})"),
            _ => format!("{a} * {b} + {c}"),
        }
    }

    /// `yes` where `c` holds, else `no`.
    pub(super) fn select(self, c: &str, yes: &str, no: &str) -> String {
        match self {
            Self::Wgsl => format!("select({no}, {yes}, {c})"),
            _ => format!("{c} ? {yes} : {no}"),
        }
    }

    /// The magnitude of `a` with the sign of `sign`; where bits cannot be read, -0 counts as positive.
    pub(super) fn copysign(self, a: &str, sign: &str) -> String {
        match self {
            Self::Wgsl => format!(
                "bitcast<f32>((bitcast<u32>({a}) & 0x7fffffffu) | (bitcast<u32>({sign}) & 0x80000000u))"
            ),
            Self::Hlsl => {
                format!("asfloat((asuint({a}) & 0x7fffffffu) | (asuint({sign}) & 0x80000000u))")
            }
            Self::Msl => format!("copysign({a}, {sign})"),
            Self::Cuda => format!("copysignf({a}, {sign})"),
            Self::Glsl120 => format!("{sign} < 0.0 ? -abs({a}) : abs({a})"),
            Self::Osl => format!("{sign} < 0.0 ? -fabs({a}) : fabs({a})"),
            _ => format!(
                "uintBitsToFloat((floatBitsToUint({a}) & 0x7fffffffu) | (floatBitsToUint({sign}) & 0x80000000u))"
            ),
        }
    }

    /// The bits of `x` as an unsigned integer, a declaration of `name`.
    pub(super) fn bits(self, name: &str, x: &str) -> String {
        match self {
            Self::Wgsl => format!("let {name} = bitcast<u32>({x});"),
            Self::Hlsl => format!("uint {name} = asuint({x});"),
            Self::Msl => format!("const uint {name} = as_type<uint>({x});"),
            Self::Cuda => format!("const unsigned int {name} = __float_as_uint({x});"),
            _ => format!("uint {name} = floatBitsToUint({x});"),
        }
    }

    /// An unsigned integer as a float.
    pub(super) fn unsigned_to_float(self, e: &str) -> String {
        match self {
            Self::Wgsl => format!("f32({e})"),
            Self::Cuda => format!("(float)({e})"),
            _ => format!("float({e})"),
        }
    }

    /// An index (a float that holds a non-negative integer) as an integer.
    pub(super) fn index(self, e: &str) -> String {
        match self {
            Self::Wgsl => format!("u32({e})"),
            Self::Cuda => format!("(int)({e})"),
            Self::Osl => format!("(int)({e})"),
            _ => format!("int({e})"),
        }
    }

    /// Entry `i` (text of an integer) of the constant array `name` of 16 floats, and its declaration.
    pub(super) fn small_array(self, name: &str, values: &[f32; 16]) -> String {
        let list: Vec<String> = values.iter().map(|v| self.literal(*v)).collect();
        let list = list.join(", ");
        match self {
            Self::Wgsl => format!("var {name} = array<f32, 16>({list});"),
            Self::Hlsl => format!("float {name}[16] = {{ {list} }};"),
            Self::Msl | Self::Cuda => format!("const float {name}[16] = {{ {list} }};"),
            Self::Osl => format!("float {name}[16] = {{ {list} }};"),
            // Not `const`: infinities are no constant expressions.
            _ => format!("float {name}[16] = float[16]({list});"),
        }
    }

    /// Row `index` (text of an integer) of table `table`, as four floats called `name`.
    pub(super) fn fetch(self, name: &str, table: &str, index: &str) -> String {
        match self {
            Self::Wgsl => format!("let {name} = {table}[{index}];"),
            Self::Glsl330 | Self::Glsl400 => format!("vec4 {name} = texelFetch({table}, {index});"),
            Self::Glsl450 => format!("vec4 {name} = {table}_rows[{index}];"),
            Self::GlslEs300 => format!(
                "vec4 {name} = texelFetch({table}, ivec2({index} % {TEXTURE_WIDTH}, {index} / {TEXTURE_WIDTH}), 0);"
            ),
            Self::Glsl120 => format!(
                "vec4 {name} = texture2D({table}, (vec2(mod(float({index}), {w:?}), floor(float({index}) / {w:?})) + 0.5) / {table}_size);",
                w = TEXTURE_WIDTH as f32
            ),
            Self::Hlsl => format!("float4 {name} = {table}[{index}];"),
            Self::Msl | Self::Cuda => format!("const float4 {name} = {table}[{index}];"),
            Self::Osl => format!("int {name} = 4 * {index};"),
        }
    }

    /// Component `i` of a row called `name` by [`Dialect::fetch`].
    pub(super) fn component(self, name: &str, table: &str, i: usize) -> String {
        match self {
            Self::Osl => format!("{table}[{name} + {i}]"),
            _ => format!("{name}.{}", ["x", "y", "z", "w"][i]),
        }
    }
}
