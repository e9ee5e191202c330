//! ICC profiles against littleCMS: matrix and curves, and tables of every type, in both directions, with every intent and black
//! point compensation. Values are 8-bit codes there, so half a code and a little is equality.

use moxcms::{
    ColorProfile, DataColorSpace, LutMultidimensionalType, LutStore, LutWarehouse, Matrix3d,
    ToneReprCurve, Vector3, Xyzd,
};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use vfx_color::file::icc::{IccOptions, Intent, Profile, ProfileText, lut_profile, space_profile};
use vfx_color::file::{self, FileOptions};
use vfx_color::{ColorProgram, Op, Optimization};

const INTENTS: [Intent; 4] = [
    Intent::Perceptual,
    Intent::Relative,
    Intent::Saturation,
    Intent::Absolute,
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pixels() -> Vec<[u8; 3]> {
    let mut state = 0x2545_f491_u32;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 16) as u8
    };
    let mut out = vec![
        [0; 3],
        [255; 3],
        [128; 3],
        [9; 3],
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [30, 20, 10],
    ];
    out.extend((0..200).map(|_| [random(), random(), random()]));
    out
}

type Job = (PathBuf, PathBuf, usize, bool);

/// What littleCMS makes of the colours, a list a job.
fn lcms(jobs: &[Job], pixels: &[[u8; 3]]) -> Option<Vec<Option<Vec<[f64; 3]>>>> {
    let python = root().join(".peers/bin/python");
    let has = Command::new(&python)
        .args(["-c", "from PIL import ImageCms; import numpy"])
        .output();
    if !has.is_ok_and(|o| o.status.success()) {
        println!("SKIPPED: the peers lack Pillow with littleCMS; ./test installs them into .peers");
        return None;
    }
    let jobs: Vec<_> = jobs
        .iter()
        .map(|(a, b, i, c)| serde_json::json!([a, b, i, c]))
        .collect();
    let asked = serde_json::json!({"jobs": jobs, "pixels": pixels}).to_string();
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/lcms.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(asked.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let all: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let row = |r: &serde_json::Value| std::array::from_fn(|i| r[i].as_f64().unwrap());
    let list = |l: &serde_json::Value| l.as_array().map(|l| l.iter().map(row).collect());
    Some(all.as_array().unwrap().iter().map(list).collect())
}

fn ours((from, to, intent, compensate): &Job, pixels: &[[u8; 3]]) -> Vec<[f64; 3]> {
    let options = IccOptions {
        intent: Some(INTENTS[*intent]),
        black_point_compensation: *compensate,
    };
    let read = |p: &Path| Profile::parse(&std::fs::read(p).unwrap(), p, &options).unwrap();
    let ops = read(from).to(&read(to), &options).unwrap();
    let program = ColorProgram::new(ops, Optimization::Lossless).unwrap();
    let run = |p: &[u8; 3]| {
        let [r, g, b] = p.map(|v| f32::from(v) / 255.0);
        let mut rgba = [r, g, b, 1.0];
        program.apply_rgba(&mut rgba);
        [0, 1, 2].map(|c| (f64::from(rgba[c]) * 255.0).clamp(0.0, 255.0))
    };
    pixels.iter().map(run).collect()
}

/// Runs all and compares.
fn compare(jobs: &[Job], bound: f64) {
    let pixels = pixels();
    let Some(theirs) = lcms(jobs, &pixels) else {
        return;
    };
    for (job, theirs) in jobs.iter().zip(theirs) {
        let theirs = theirs.unwrap_or_else(|| panic!("littleCMS refuses {job:?}"));
        for ((p, a), b) in pixels.iter().zip(ours(job, &pixels)).zip(&theirs) {
            let error = a
                .iter()
                .zip(b)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(
                error <= bound,
                "{job:?}: {p:?} gives {a:?}, littleCMS {b:?}"
            );
        }
    }
}

fn data(names: &[&str]) -> Option<Vec<PathBuf>> {
    let base = std::env::var_os("VFX_TEST_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let folder = base.join("color/icc");
    if !folder.is_dir() {
        println!("SKIPPED: no test data of color/icc");
        return None;
    }
    Some(names.iter().map(|n| folder.join(n)).collect())
}

#[test]
fn icc_matrix_profiles_convert_as_littlecms() {
    let names = [
        "sRGB-v2-micro.icc",
        "sRGB-v4.icc",
        "AdobeCompat-v4.icc",
        "DisplayP3-v4.icc",
        "DisplayP3-v2-magic.icc",
        "ProPhoto-v4.icc",
        "Rec2020-g24-v4.icc",
        "Rec2020-v4.icc",
    ];
    let Some(files) = data(&names) else { return };
    let mut jobs = Vec::new();
    for (i, a) in files.iter().enumerate() {
        let b = &files[(i + 1) % files.len()];
        for intent in 0..4 {
            jobs.push((a.clone(), b.clone(), intent, i % 2 == 0));
        }
    }
    compare(&jobs, 0.56);
}

/// A smooth device: R, G and B mix, darken and bend a little.
fn bent(v: [f64; 3]) -> [f64; 3] {
    let [r, g, b] = v;
    [
        100.0 * (0.04 + 0.95 * (0.3 * r + 0.6 * g + 0.1 * b).powf(0.9)),
        90.0 * (r - g) + 6.0 * (b * 5.0).sin() * r,
        70.0 * (0.5 * (r + g) - b) + 4.0 * (r * 4.0).sin() * g,
    ]
}

/// Lightness and opponent colours back to some device values; no inverse of the above.
fn unbent(v: [f64; 3]) -> [f64; 3] {
    let [l, a, b] = v;
    let l = l / 100.0;
    [l + a / 260.0, l - a / 300.0 + b / 900.0, l - b / 220.0].map(|v| v.clamp(0.0, 1.0).powf(1.1))
}

/// Codes of a table, the last input fastest.
fn table(edge: usize, top: f64, at: impl Fn([f64; 3]) -> [f64; 3]) -> Vec<u16> {
    let x = |i: usize| i as f64 / (edge - 1) as f64;
    (0..edge.pow(3))
        .flat_map(|i| at([x(i / edge / edge), x(i / edge % edge), x(i % edge)]))
        .map(|v| (v.clamp(0.0, 1.0) * top).round() as u16)
        .collect()
}

fn lab_code([l, a, b]: [f64; 3], legacy: bool) -> [f64; 3] {
    let s = if legacy { 65280.0 / 65535.0 } else { 1.0 };
    [l / 100.0, (a + 128.0) / 255.0, (b + 128.0) / 255.0].map(|v| v * s)
}

fn lab(code: [f64; 3], legacy: bool) -> [f64; 3] {
    let s = if legacy { 65535.0 / 65280.0 } else { 1.0 };
    let [l, a, b] = code.map(|v| v * s);
    [100.0 * l, 255.0 * a - 128.0, 255.0 * b - 128.0]
}

/// lut8Type or lut16Type with curved tables on the device's side: the bytes of the tag.
fn old(to_device: bool, eight: bool) -> Vec<u8> {
    let top = if eight { 255.0 } else { 65535.0 };
    let (edge, n) = (9, 256u16);
    let curve = |gamma: f64| {
        let row = move |i: u16| ((f64::from(i) / 255.0).powf(gamma) * top).round() as u16;
        (0..3).flat_map(|_| (0..n).map(row)).collect::<Vec<_>>()
    };
    let codes = if to_device {
        table(edge, top, |v| unbent(lab(v, !eight)))
    } else {
        table(edge, top, |v| lab_code(bent(v), !eight))
    };
    // The connection space has straight tables: curves there would bend neutrals.
    let (before, after) = if to_device { (1.0, 0.8) } else { (1.3, 1.0) };
    let mut tag = if eight { b"mft1" } else { b"mft2" }.to_vec();
    tag.extend([0, 0, 0, 0, 3, 3, edge as u8, 0]);
    for i in 0..9u32 {
        let one = if i % 4 == 0 { 1u32 << 16 } else { 0 };
        tag.extend(one.to_be_bytes());
    }
    if !eight {
        tag.extend([n.to_be_bytes(), n.to_be_bytes()].concat());
    }
    for v in [curve(before), codes, curve(after)].concat() {
        if eight {
            tag.push(v as u8);
        } else {
            tag.extend(v.to_be_bytes());
        }
    }
    tag
}

/// A profile of an RGB display in CIELAB with these tags for every intent.
fn assembled(a2b: &[u8], b2a: &[u8]) -> Vec<u8> {
    let mut white = b"XYZ \0\0\0\0".to_vec();
    for v in [0.9642f64, 1.0, 0.8249] {
        white.extend(((v * 65536.0).round() as i32).to_be_bytes());
    }
    let tags = [
        (b"wtpt", &white[..]),
        (b"A2B0", a2b),
        (b"A2B1", a2b),
        (b"B2A0", b2a),
        (b"B2A1", b2a),
    ];
    let mut header = vec![0u8; 128];
    for (at, text) in [
        (8, &b"\x04\x30"[..]),
        (12, b"mntr"),
        (16, b"RGB "),
        (20, b"Lab "),
        (36, b"acsp"),
        (68, &white[8..]),
    ] {
        header[at..at + text.len()].copy_from_slice(text);
    }
    header.extend((tags.len() as u32).to_be_bytes());
    let mut body = Vec::new();
    let start = header.len() + 12 * tags.len();
    for (name, bytes) in tags {
        header.extend(name);
        header.extend(((start + body.len()) as u32).to_be_bytes());
        header.extend((bytes.len() as u32).to_be_bytes());
        body.extend(bytes);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    header.extend(body);
    let size = (header.len() as u32).to_be_bytes();
    header[..4].copy_from_slice(&size);
    header
}

/// lutAToBType or lutBToAType with every stage.
fn new(to_device: bool) -> LutWarehouse {
    let edge = 9;
    let codes = if to_device {
        table(edge, 65535.0, |v| unbent(lab(v, false)))
    } else {
        table(edge, 65535.0, |v| lab_code(bent(v), false))
    };
    let mut grid_points = [0; 16];
    grid_points[..3].fill(edge as u8);
    let curves = |p: &[f32]| vec![ToneReprCurve::Parametric(p.to_vec()); 3];
    let srgb = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];
    LutWarehouse::Multidimensional(LutMultidimensionalType {
        num_input_channels: 3,
        num_output_channels: 3,
        grid_points,
        clut: Some(LutStore::Store16(codes)),
        a_curves: if to_device {
            curves(&[0.9])
        } else {
            curves(&srgb)
        },
        m_curves: curves(&[1.0]),
        b_curves: curves(&[1.0]),
        matrix: Matrix3d {
            v: [[0.98, 0.0, 0.0], [0.0, 1.0, 0.01], [0.0, 0.0, 0.97]],
        },
        bias: Vector3 {
            v: [0.01, 0.0, 0.005],
        },
    })
}

fn profile(a2b: LutWarehouse, b2a: LutWarehouse) -> Vec<u8> {
    let mut p = ColorProfile::new_srgb();
    p.pcs = DataColorSpace::Lab;
    (p.red_trc, p.green_trc, p.blue_trc) = (None, None, None);
    let none = Xyzd::default();
    (p.red_colorant, p.green_colorant, p.blue_colorant) = (none, none, none);
    p.cicp = None;
    p.lut_a_to_b_perceptual = Some(a2b.clone());
    p.lut_a_to_b_colorimetric = Some(a2b);
    p.lut_b_to_a_perceptual = Some(b2a.clone());
    p.lut_b_to_a_colorimetric = Some(b2a);
    p.encode().unwrap()
}

#[test]
fn icc_tables_of_every_type_convert_as_littlecms() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let srgb = write("srgb.icc", space_profile("srgb_rec709_display").unwrap());
    let mut jobs = Vec::new();
    for (name, bytes) in [
        ("mft1.icc", assembled(&old(false, true), &old(true, true))),
        ("mft2.icc", assembled(&old(false, false), &old(true, false))),
        ("mab.icc", profile(new(false), new(true))),
    ] {
        let path = write(name, bytes);
        for intent in 0..4 {
            for compensate in [false, true] {
                jobs.push((path.clone(), srgb.clone(), intent, compensate));
            }
        }
        // Into tables, black points of tables are fitted by littleCMS; without compensation both are the same.
        jobs.push((srgb.clone(), path.clone(), 1, false));
        jobs.push((srgb.clone(), path.clone(), 3, false));
    }
    compare(&jobs, 0.75);
}

#[test]
fn icc_baked_profile_shows_what_was_baked() {
    // A gamma of 1.8 in P3 as tables.
    let known = Profile::parse(
        &space_profile("g18_p3d65_display").unwrap(),
        Path::new("p3"),
        &IccOptions::default(),
    )
    .unwrap();
    let options = IccOptions {
        intent: Some(Intent::Relative),
        ..IccOptions::default()
    };
    let (to, from) = (
        known.to_xyz(&options).unwrap(),
        known.from_xyz(&options).unwrap(),
    );
    let text = ProfileText {
        description: "P3 of 1.8".into(),
        copyright: "none".into(),
    };
    let bytes = lut_profile(&to, Some(&from), 33, &text).unwrap();
    let baked = Profile::parse(&bytes, Path::new("baked"), &options).unwrap();
    assert_eq!(baked.description(), Some("P3 of 1.8"));
    let run =
        |ops: Vec<Op>, p: [f64; 4]| ColorProgram::new(ops, Optimization::None).unwrap().eval(p);
    for v in [
        [0.2, 0.4, 0.6, 1.0],
        [0.9, 0.8, 0.7, 1.0],
        [0.5, 0.5, 0.5, 1.0],
    ] {
        let (a, b) = (run(baked.to_xyz(&options).unwrap(), v), run(to.clone(), v));
        for c in 0..3 {
            assert!((a[c] - b[c]).abs() < 2e-3, "{v:?}: {a:?}, {b:?}");
        }
        let back = run(baked.from_xyz(&options).unwrap(), b);
        for c in 0..3 {
            assert!((back[c] - v[c]).abs() < 0.02, "{v:?}: {back:?}");
        }
    }
    assert!(lut_profile(&to, None, 1000, &text).is_err());
}

#[test]
fn icc_grey_profile_is_its_curve() {
    let Some(files) = data(&["sGrey-v4.icc", "sRGB-v4.icc"]) else {
        return;
    };
    let load = |p: &Path| file::load(p, &FileOptions::default()).unwrap();
    let run =
        |ops: Vec<Op>, p: [f64; 4]| ColorProgram::new(ops, Optimization::None).unwrap().eval(p);
    let (grey, srgb) = (load(&files[0]), load(&files[1]));
    for v in [0.0, 0.1, 0.5, 1.0] {
        let a = run(grey.backward.clone().unwrap(), [v, v, v, 1.0]);
        let b = run(srgb.backward.clone().unwrap(), [v, v, v, 1.0]);
        for c in 0..3 {
            assert!((a[c] - b[c]).abs() < 2e-4, "{v}: {a:?}, {b:?}");
        }
        let back = run(grey.ops.clone(), a);
        assert!(
            (back[0] - v).abs() < 1e-4 && back[0] == back[2],
            "{v}: {back:?}"
        );
    }
}

#[test]
fn icc_damaged_and_foreign_profiles_are_refused() {
    let Some(files) = data(&["CGATS001Compat-v2-micro.icc", "sRGB-v4.icc"]) else {
        return;
    };
    let e = file::load(&files[0], &FileOptions::default())
        .unwrap_err()
        .to_string();
    assert!(e.contains("CMYK") && e.contains("only RGB and grey"), "{e}");
    let good = profile(new(false), new(true));
    let options = IccOptions::default();
    assert!(Profile::parse(&good, Path::new("x"), &options).is_ok());
    let mut state = 7u32;
    for _ in 0..400 {
        let mut bytes = good.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = state as usize % bytes.len().min(700);
            bytes[at] = (state >> 24) as u8;
        }
        // An error or operations, no panic and no allocation beyond the file.
        if let Ok(p) = Profile::parse(&bytes, Path::new("x"), &options) {
            let _ = p.to_xyz(&options);
        }
        let _ = Profile::parse(
            &good[..state as usize % good.len()],
            Path::new("x"),
            &options,
        );
    }
}
