//! Shaders of the LUT box: validators accept every language and layout, and WGSL run on a GPU gives what the CPU gives, white to the bit.

mod vulkan;

use std::process::Command;

use vfx_color::{ColorProgram, Optimization};
use vfx_kernel::text::Dialect;
use vfx_lutbox::layout::LAYOUTS;
use vfx_lutbox::shader::{LANGUAGES, SHAPER_WIDTH, ShaderOptions, text};
use vfx_lutbox::{Axis, AxisOrder, Cube, Layout, Lut, Shaper};

/// Edges that every layout holds, but for the square Hald, which needs squares.
fn edges(layout: Layout) -> [usize; 2] {
    if layout == Layout::SquareHald {
        [4, 16]
    } else {
        [2, 33]
    }
}

fn shaper() -> Shaper {
    let rows = (0..5000u32).map(|i| {
        let x = i as f32 / 4999.0;
        [x, x * x, 1.0 - (1.0 - x) * (1.0 - x)]
    });
    Shaper::new(
        Axis::Log2,
        [0.001, 0.002, 0.01],
        [64.0, 16.0, 8.0],
        rows.collect(),
    )
    .unwrap()
}

/// A smooth grade with values outside of 0 to 1; white maps to (2, -1, 1).
fn grade(edge: usize, shaper: Option<Shaper>) -> Lut {
    let identity = Cube::identity(edge);
    let entries = identity.entries().iter().map(|e| {
        let [r, g, b] = *e;
        [2.0 * r * r, g * b - 2.0 * r, 0.5 * (b + g)]
    });
    let cube = Cube::new(AxisOrder::RedFastest, entries.collect()).unwrap();
    Lut { shaper, cube }
}

/// Every combination of language-independent options.
fn cases() -> Vec<(Layout, usize, bool, Option<Shaper>)> {
    let mut out = Vec::new();
    for layout in LAYOUTS {
        for edge in edges(layout) {
            for trilinear in [false, true] {
                out.push((layout, edge, trilinear, None));
            }
        }
        out.push((layout, edges(layout)[1], false, Some(shaper())));
    }
    out
}

fn shader(dialect: Dialect, case: &(Layout, usize, bool, Option<Shaper>)) -> String {
    let (layout, edge, trilinear, shaper) = case;
    let options = ShaderOptions {
        dialect,
        layout: *layout,
        edge: *edge,
        trilinear: *trilinear,
        shaper: shaper.as_ref().map(Into::into),
    };
    text(&options).unwrap()
}

#[test]
fn wgsl_is_valid() {
    for case in cases() {
        let code = shader(Dialect::Wgsl, &case);
        let module = naga::front::wgsl::parse_str(&code)
            .unwrap_or_else(|e| panic!("{}\n{code}", e.emit_to_string(&code)));
        naga::valid::Validator::new(
            naga::valid::ValidationFlags::all(),
            naga::valid::Capabilities::empty(),
        )
        .validate(&module)
        .unwrap_or_else(|e| panic!("{e:?}\n{code}"));
    }
}

#[test]
fn glsl_and_hlsl_are_valid() {
    if Command::new("glslangValidator")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("SKIPPED: glslangValidator is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, dialect) in LANGUAGES {
        if matches!(dialect, Dialect::Wgsl | Dialect::Msl) {
            continue;
        }
        for (i, case) in cases().iter().enumerate() {
            let code = shader(dialect, case);
            let whole = match dialect {
                Dialect::Hlsl => format!(
                    "{code}\nfloat4 main(float4 c : COLOR) : SV_Target {{ return vfx_lut_sample(c); }}\n"
                ),
                Dialect::Glsl450 => format!(
                    "#version 450\n{code}\nlayout(location = 0) in vec4 c;\nlayout(location = 0) out vec4 o;\nvoid main() {{ o = vfx_lut_sample(c); }}\n"
                ),
                _ => format!(
                    "#version 330\n{code}\nin vec4 c;\nout vec4 o;\nvoid main() {{ o = vfx_lut_sample(c); }}\n"
                ),
            };
            let path = folder.path().join(format!("{name}_{i}.frag"));
            std::fs::write(&path, whole).unwrap();
            let mut command = Command::new("glslangValidator");
            match dialect {
                Dialect::Hlsl => command.args(["-D", "-V", "-e", "main", "-S", "frag"]),
                Dialect::Glsl450 => command.args(["-V", "-S", "frag"]),
                _ => command.args(["-S", "frag"]),
            };
            let out = command.current_dir(folder.path()).arg(&path).output();
            let out = out.unwrap();
            let said = String::from_utf8_lossy(&out.stdout);
            assert!(
                out.status.success() && !said.contains("WARNING"),
                "{name}: {said}\n{code}"
            );
        }
    }
}

#[test]
fn wgsl_on_a_gpu_agrees_with_the_cpu_and_white_is_exact() {
    let gpu = match vulkan::Gpu::new() {
        Ok(gpu) => gpu,
        Err(why) => {
            println!("SKIPPED: {why}");
            return;
        }
    };
    for case in cases() {
        let (layout, edge, trilinear, shaper) = case.clone();
        let lut = grade(edge, shaper);
        let shaped = lut.shaper.is_some();
        let mut ops = lut.ops();
        if let (true, Some(vfx_color::Op::Lut3D(table, _))) = (trilinear, ops.pop()) {
            let linear = vfx_color::op::Lut3D {
                interpolation: vfx_color::op::Interpolation::Linear,
                ..(*table).clone()
            };
            let forward = vfx_color::Direction::Forward;
            ops.push(vfx_color::Op::Lut3D(linear.into(), forward));
        } else {
            ops = lut.ops();
        }
        let cpu = ColorProgram::new(ops, Optimization::None).unwrap();
        let mut textures = vec![(
            0,
            gpu.texture(layout.size(edge).unwrap(), &layout.texels(&lut.cube)),
        )];
        if let Some(s) = &lut.shaper {
            let mut rows: Vec<_> = s
                .entries()
                .iter()
                .map(|e| [e[0], e[1], e[2], 1.0])
                .collect();
            let height = rows.len().div_ceil(SHAPER_WIDTH);
            rows.resize(height * SHAPER_WIDTH, [0.0; 4]);
            textures.push((1, gpu.texture([SHAPER_WIDTH, height, 1], &rows)));
        }
        // Lattice points, points between, outside; white last.
        let top = if shaped { 70.0 } else { 1.1 };
        let mut pixels: Vec<[f32; 4]> = (0..4000u32)
            .map(|i| {
                let u = |k: u32| (i.wrapping_mul(k) % 10_007) as f32 / 10_006.0;
                let [r, g, b] = [u(7919), u(104_729), u(1_299_709)].map(|v| v * v * top - 0.05);
                [r, g, b, 0.25]
            })
            .collect();
        pixels.extend(
            Cube::identity(edge.min(9))
                .entries()
                .iter()
                .map(|e| [e[0], e[1], e[2], 1.0]),
        );
        let white = lut.shaper.as_ref().map_or([1.0; 3], Shaper::max);
        pixels.push([white[0], white[1], white[2], 1.0]);
        let code = shader(Dialect::Wgsl, &case);
        let got = gpu.run(&code, "vfx_lut_sample", &textures, &pixels);
        // A shaper's logarithm is the GPU's: 3 ULP of up to 10 stops, times the slope of the rows and of the lattice.
        let tolerance = if shaped { 2e-4 } else { 1e-6 };
        let mut worst = 0.0f64;
        for (p, g) in pixels.iter().zip(&got) {
            let want = cpu.eval(p.map(f64::from));
            for c in 0..4 {
                let error = (f64::from(g[c]) - want[c]).abs() / want[c].abs().max(1.0);
                assert!(
                    error <= tolerance,
                    "{case:?} at {p:?}: {g:?} against {want:?}"
                );
                worst = worst.max(error);
            }
        }
        let name = layout.name();
        println!(
            "{name} {edge} trilinear {trilinear} shaper {shaped}: worst {worst:.1e} on {}",
            gpu.name
        );
        assert_eq!(
            got.last(),
            Some(&[2.0, -1.0, 1.0, 1.0]),
            "white of {name} {edge}"
        );
    }
}
