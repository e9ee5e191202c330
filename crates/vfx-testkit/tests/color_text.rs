//! Programs as text: validators accept every language, and WGSL run on a GPU gives what the formulas give in `f64`.
//!
//! Random programs run at every SIMD level and on the GPU; 1,000 of them with `--long`.

#[path = "color_text/programs.rs"]
mod programs;
#[path = "color_text/random.rs"]
mod random;
mod vulkan;

use std::process::Command;

use vfx_color::text::TextOptions;
use vfx_color::{ColorProgram, Optimization};
use vfx_kernel::text::Dialect;
use vfx_testkit::peers;

fn program(ops: &[vfx_color::Op]) -> Option<ColorProgram> {
    ColorProgram::new(ops.to_vec(), Optimization::None).ok()
}

#[test]
fn wgsl_is_valid() {
    let mut list = programs::every_op();
    list.extend(programs::every_builtin());
    for (name, ops) in list {
        let Some(p) = program(&ops) else { continue };
        let text = p.text(&TextOptions::new(Dialect::Wgsl)).unwrap();
        let module = naga::front::wgsl::parse_str(&text.code)
            .unwrap_or_else(|e| panic!("{name}: {}\n{}", e.emit_to_string(&text.code), text.code));
        naga::valid::Validator::new(
            naga::valid::ValidationFlags::all(),
            naga::valid::Capabilities::empty(),
        )
        .validate(&module)
        .unwrap_or_else(|e| panic!("{name}: {e:?}\n{}", text.code));
    }
}

/// A whole fragment shader around the function.
fn fragment(dialect: Dialect, code: &str) -> String {
    match dialect {
        Dialect::Glsl120 => format!(
            "#version 120\n{code}\nvarying vec4 c;\nvoid main() {{ gl_FragColor = vfx_color(c); }}\n"
        ),
        Dialect::Hlsl => {
            format!(
                "{code}\nfloat4 main(float4 c : COLOR) : SV_Target {{ return vfx_color(c); }}\n"
            )
        }
        Dialect::Glsl450 => format!(
            "#version 450\n{code}\nlayout(location = 0) in vec4 c;\nlayout(location = 0) out vec4 o;\nvoid main() {{ o = vfx_color(c); }}\n"
        ),
        _ => {
            let version = match dialect {
                Dialect::Glsl330 => "#version 330",
                Dialect::Glsl400 => "#version 400",
                _ => "#version 300 es\nprecision highp float;\nprecision highp int;",
            };
            format!(
                "{version}\n{code}\nin vec4 c;\nout vec4 o;\nvoid main() {{ o = vfx_color(c); }}\n"
            )
        }
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
    let mut list = programs::every_op();
    list.extend(programs::every_builtin().into_iter().step_by(5));
    for dialect in [
        Dialect::Glsl120,
        Dialect::Glsl330,
        Dialect::Glsl400,
        Dialect::Glsl450,
        Dialect::GlslEs300,
        Dialect::Hlsl,
    ] {
        // Vulkan's and HLSL's are linked, one file a run; of the others many, because the start costs more than the work.
        let linked = matches!(dialect, Dialect::Glsl450 | Dialect::Hlsl);
        let mut names = Vec::new();
        for (i, (_, ops)) in list.iter().enumerate() {
            let Some(p) = program(ops) else { continue };
            let text = p.text(&TextOptions::new(dialect)).unwrap();
            let path = folder.path().join(format!("{}_{i}.frag", dialect.name()));
            std::fs::write(&path, fragment(dialect, &text.code)).unwrap();
            names.push(path);
        }
        for names in names.chunks(if linked { 1 } else { 64 }) {
            let mut command = Command::new("glslangValidator");
            match dialect {
                Dialect::Hlsl => command.args(["-D", "-V", "-e", "main", "-S", "frag"]),
                Dialect::Glsl450 => command.args(["-V", "-S", "frag"]),
                _ => command.args(["-S", "frag"]),
            };
            let out = command
                .current_dir(folder.path())
                .args(names)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&out.stdout);
            let errors: Vec<&str> = said
                .lines()
                .filter(|l| l.contains("ERROR") || l.contains("WARNING"))
                .take(8)
                .collect();
            assert!(
                out.status.success() && errors.is_empty(),
                "{} {names:?}: {errors:#?}",
                dialect.name()
            );
        }
    }
}

/// The pixels through the program's WGSL.
fn on_gpu(gpu: &vulkan::Gpu, program: &ColorProgram, pixels: &[[f32; 4]]) -> Vec<[f32; 4]> {
    let text = program.text(&TextOptions::new(Dialect::Wgsl)).unwrap();
    let mut resources = Vec::new();
    if !text.uniforms.is_empty() {
        let values: Vec<f32> = text.uniforms.iter().map(|u| u.value).collect();
        resources.push((0, gpu.uniforms(&values)));
    }
    for r in &text.resources {
        resources.push((r.binding, gpu.table(r.table.entries())));
    }
    gpu.run(&text.code, &text.options.function, &resources, pixels)
}

#[test]
fn wgsl_on_a_gpu_agrees_with_f64() {
    let gpu = match vulkan::Gpu::new() {
        Ok(gpu) => gpu,
        Err(why) => {
            println!("SKIPPED: {why}");
            return;
        }
    };
    let pixels = programs::pixels();
    let mut list = programs::every_op();
    list.extend(some_builtins());
    let mut bad = Vec::new();
    for (name, ops) in list {
        let Some(p) = program(&ops) else { continue };
        let got = on_gpu(&gpu, &p, &pixels);
        // Relative to the pixel's largest channel: matrices after a curve cancel what is much larger than their result.
        let mut errors: Vec<(f64, usize)> = Vec::new();
        for (i, (pixel, got)) in pixels.iter().zip(&got).enumerate() {
            let want = p.eval(pixel.map(f64::from));
            if want.iter().any(|w| !w.is_finite()) {
                continue;
            }
            let scale = want.iter().fold(1.0f64, |m, w| m.max(w.abs()));
            let worst = (0..4)
                .map(|c| (f64::from(got[c]) - want[c]).abs() / scale)
                .fold(0.0, |m, e| {
                    if e.is_nan() {
                        f64::INFINITY
                    } else {
                        f64::max(m, e)
                    }
                });
            errors.push((worst, i));
        }
        errors.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Inverse output transforms are ill-conditioned at the gamut's hull: judged by the 99th percentile (1.07e-4 on an NVIDIA H200,
        // whose exp2 and log2 are coarser than llvmpipe's).
        let inverse = name.contains("OUTPUT") && name.ends_with("Inverse");
        let limit = if inverse { 1.2e-4 } else { 1e-4 };
        let at = if inverse {
            errors.len() * 99 / 100
        } else {
            errors.len().saturating_sub(1)
        };
        if let Some(&(worst, i)) = errors.get(at)
            && worst > limit
        {
            bad.push(format!("{name}: {worst:e} at {:?}", pixels[i]));
        }
    }
    assert!(bad.is_empty(), "on {}: {bad:#?}", gpu.name);
}

/// Built-in transforms: compiling the large ones takes most of a second each.
fn some_builtins() -> impl Iterator<Item = (String, Vec<vfx_color::Op>)> {
    let every = if vfx_testkit::workspace::long() { 1 } else { 6 };
    programs::every_builtin().into_iter().step_by(every)
}

/// How many random programs: all of them take minutes.
fn random_programs(few: u64) -> std::ops::Range<u64> {
    0..if vfx_testkit::workspace::long() {
        1000
    } else {
        few
    }
}

/// What a comparison of one program found: pixels compared, and the worst multiple of the bound with its pixel.
struct Judged {
    compared: usize,
    worst: f64,
    at: [f32; 4],
}

fn judge(
    reference: &random::Reference,
    pixels: &[[f32; 4]],
    got: &[[f32; 4]],
    factor: f64,
) -> Judged {
    let mut judged = Judged {
        compared: 0,
        worst: 0.0,
        at: [0.0; 4],
    };
    for (pixel, got) in pixels.iter().zip(got) {
        let Some((want, bound)) = reference.run(*pixel, factor) else {
            continue;
        };
        // Where rounding alone may move the result this far, there is nothing to compare.
        if bound > ILL_CONDITIONED {
            continue;
        }
        judged.compared += 1;
        let ratio = random::distance(got.map(f64::from), want) / bound;
        if ratio > judged.worst {
            (judged.worst, judged.at) = (ratio, *pixel);
        }
    }
    judged
}

/// Bounds beyond this say nothing.
const ILL_CONDITIONED: f64 = 0.02;
/// Least share of the pixels of all random programs that must be compared.
const COMPARED: f64 = 0.6;
/// GPUs may err by this multiple of an operation's tolerance: WGSL asks 3 ulp of `log2` and `exp2` each, and lets `fma` round
/// twice.
const GPU_FACTOR: f64 = 8.0;

#[test]
fn random_programs_agree_at_every_level() {
    let (mut bad, mut compared, mut all) = (Vec::new(), 0, 0);
    for seed in 0..1000 {
        let ops = random::program(seed);
        let program = ColorProgram::new(ops.clone(), Optimization::None)
            .unwrap_or_else(|e| panic!("seed {seed}: {e}\n{ops:#?}"));
        let reference = random::Reference::new(&ops);
        let pixels = random::pixels(seed, 37);
        vfx_kernel::level::at_every_level(|level| {
            let mut flat: Vec<f32> = pixels.iter().flatten().copied().collect();
            program.apply_rgba(&mut flat);
            let judged = judge(&reference, &pixels, flat.as_chunks::<4>().0, 1.0);
            compared += judged.compared;
            all += pixels.len();
            if judged.worst > 1.0 {
                bad.push(format!(
                    "seed {seed}, {level}: {:.2} times the bound at {:?}: {:?}",
                    judged.worst,
                    judged.at,
                    ops.iter().map(vfx_color::Op::kind).collect::<Vec<_>>()
                ));
            }
        });
    }
    println!("{compared} of {all} pixels compared");
    assert!(bad.is_empty(), "{}: {}", bad.len(), bad.join("\n"));
    assert!(compared as f64 > COMPARED * f64::from(all as u32));
}

#[test]
fn random_programs_agree_on_a_gpu() {
    let gpu = match vulkan::Gpu::new() {
        Ok(gpu) => gpu,
        Err(why) => {
            println!("SKIPPED: {why}");
            return;
        }
    };
    let mut bad = Vec::new();
    let (mut compared, mut all) = (0, 0);
    // A software driver takes a tenth of a second to compile one.
    for seed in random_programs(12) {
        let ops = random::program(seed);
        let program = ColorProgram::new(ops.clone(), Optimization::None).unwrap();
        let reference = random::Reference::new(&ops);
        let pixels = random::pixels(seed, 64);
        let got = on_gpu(&gpu, &program, &pixels);
        let judged = judge(&reference, &pixels, &got, GPU_FACTOR);
        compared += judged.compared;
        all += pixels.len();
        if judged.worst > 1.0 {
            bad.push(format!(
                "seed {seed}: {:.2} times the bound at {:?}: {:?}",
                judged.worst,
                judged.at,
                ops.iter().map(vfx_color::Op::kind).collect::<Vec<_>>()
            ));
        }
    }
    println!("{compared} of {all} pixels compared on {}", gpu.name);
    assert!(bad.is_empty(), "{}: {}", bad.len(), bad.join("\n"));
    assert!(compared as f64 > COMPARED * f64::from(all as u32));
}

/// Two operations of a kind shared the uniforms of the first once.
#[test]
fn uniforms_belong_to_their_operation() {
    let exposure = |stops| {
        vfx_color::Op::ExposureContrast(vfx_color::op::ExposureContrast {
            style: vfx_color::op::GradingStyle::Linear,
            exposure: stops,
            contrast: 1.0,
            gamma: 1.0,
            pivot: 0.18,
            log_exposure_step: 0.088,
            log_midway_gray: 0.435,
            dynamic: [true, false, false],
            direction: vfx_color::Direction::Forward,
        })
    };
    let program = program(&[exposure(1.0), exposure(3.0)]).unwrap();
    let text = program.text(&TextOptions::new(Dialect::Glsl330)).unwrap();
    let uniforms: Vec<_> = text.uniforms.iter().map(|u| (&*u.name, u.value)).collect();
    let expected = [
        ("ec_scale", 2.0),
        ("ec_offset", 0.0),
        ("ec_scale_2", 8.0),
        ("ec_offset_2", 0.0),
    ];
    assert_eq!(uniforms, expected);
    let second = "t7 = t4 * vfx_ec_scale_2 + vfx_ec_offset_2;";
    assert!(text.code.contains(second), "{}", text.code);
}

/// A CUDA program: the functions, each with a kernel that runs it.
fn cuda_file(programs: &[ColorProgram]) -> String {
    let mut code = String::new();
    for (i, program) in programs.iter().enumerate() {
        let options = TextOptions {
            function: format!("vfx_color_{i}"),
            prefix: format!("vfx_{i}_"),
            ..TextOptions::new(Dialect::Cuda)
        };
        let text = program.text(&options).unwrap();
        let (mut parameters, mut arguments) = (String::new(), String::new());
        if !text.uniforms.is_empty() {
            parameters += &format!(", vfx_{i}_Uniforms uniforms");
            arguments += ", uniforms";
        }
        for r in &text.resources {
            parameters += &format!(", const float4* {}", r.name);
            arguments += &format!(", {}", r.name);
        }
        code += &text.code;
        code += &format!(
            "extern \"C\" __global__ void run_{i}(float4* io{parameters}) {{\n    int at = blockIdx.x * blockDim.x + threadIdx.x;\n    io[at] = vfx_color_{i}(io[at]{arguments});\n}}\n"
        );
    }
    code
}

#[test]
fn cuda_is_compiled_without_a_remark() {
    let folder = tempfile::tempdir().unwrap();
    let mut list = programs::every_op();
    list.extend(some_builtins());
    list.extend(random_programs(8).map(|seed| (format!("seed {seed}"), random::program(seed))));
    let compiled: Vec<ColorProgram> = list.iter().filter_map(|(_, ops)| program(ops)).collect();
    for (i, some) in compiled.chunks(8).enumerate() {
        let path = folder.path().join(format!("{i:04}.cu"));
        std::fs::write(path, cuda_file(some)).unwrap();
    }
    let path = folder.path().display().to_string();
    let Some(said) = peers::script("nvrtc.py", &["nvidia.cuda_nvrtc"], &[&path]) else {
        return;
    };
    let clean = |line: &str| line.ends_with("\"log\": \"\"}") && !line.contains("null");
    let bad: Vec<&str> = said.lines().filter(|l| !clean(l)).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert_eq!(said.lines().count(), compiled.len().div_ceil(8));
}

/// Languages that nothing here can compile, kept as files: `cargo xtask bless` renews them after a look at the difference.
#[test]
fn metal_and_osl_are_as_blessed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/color_text");
    let bless = std::env::var_os("VFX_BLESS").is_some();
    let mut different = Vec::new();
    let mut expected = std::collections::BTreeSet::new();
    for (name, ops) in programs::blessed() {
        let program = program(&ops).unwrap();
        for (dialect, extension) in [(Dialect::Msl, "metal"), (Dialect::Osl, "osl")] {
            let code = program.text(&TextOptions::new(dialect)).unwrap().code;
            let path = folder.join(format!("{name}.{extension}"));
            expected.insert(path.clone());
            if bless {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &code).unwrap();
            } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&code) {
                different.push(path);
            }
        }
    }
    let found: std::collections::BTreeSet<_> =
        vfx_testkit::workspace::files(&folder).into_iter().collect();
    assert!(
        different.is_empty(),
        "cargo xtask bless renews {different:?}"
    );
    assert_eq!(found, expected, "files of programs that are gone");
}
