//! Programs as text: validators accept every language, and WGSL run on a GPU gives what the formulas give in `f64`.

#[path = "color_text/gpu.rs"]
mod gpu;
#[path = "color_text/programs.rs"]
mod programs;

use std::process::Command;

use vfx_color::text::TextOptions;
use vfx_color::{ColorProgram, Optimization};
use vfx_kernel::text::Dialect;

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

#[test]
fn wgsl_on_a_gpu_agrees_with_f64() {
    let gpu = match gpu::Gpu::new() {
        Ok(gpu) => gpu,
        Err(why) => {
            println!("SKIPPED: {why}");
            return;
        }
    };
    let pixels = programs::pixels();
    let mut list = programs::every_op();
    // Compiling the large ones takes the software driver most of a second each.
    let every = if vfx_testkit::workspace::long() { 1 } else { 6 };
    list.extend(programs::every_builtin().into_iter().step_by(every));
    let mut bad = Vec::new();
    for (name, ops) in list {
        let Some(p) = program(&ops) else { continue };
        let text = p.text(&TextOptions::new(Dialect::Wgsl)).unwrap();
        let got = gpu.run(&text, &pixels);
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
        // Inverse output transforms are ill-conditioned at the gamut's hull: judged by the 99th percentile.
        let inverse = name.contains("OUTPUT") && name.ends_with("Inverse");
        let at = if inverse {
            errors.len() * 99 / 100
        } else {
            errors.len().saturating_sub(1)
        };
        if let Some(&(worst, i)) = errors.get(at)
            && worst > 1e-4
        {
            bad.push(format!("{name}: {worst:e} at {:?}", pixels[i]));
        }
    }
    assert!(bad.is_empty(), "on {}: {bad:#?}", gpu.name);
}
