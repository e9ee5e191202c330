//! Our operations against those of oiiotool: the same flags on the same files.
//!
//! Moves of samples must agree in every bit, window and channel name; computed floats within 1e-5 of the larger of 1 and the
//! reference. Where the definitions differ on purpose stands in `crates/vfx-ops/README.md`, and beside the case that is left out.
//! One oiiotool process an input makes all its references; the pictures are small, because oiiotool maps positions in f32.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use vfx::compute::{Image, naive};
use vfx::core::{ImageSpec, Planes, Region, SampleFormat};
use vfx::ops::{Args, filter};
use vfx::{SaveOptions, Session};
use vfx_testkit::{Synthetic, peers, workspace};

/// Largest difference of a computed sample, over the larger of 1 and the reference.
const TOLERANCE: f64 = 1e-5;

/// One flag as typed, with its arguments.
struct Case {
    flag: String,
    args: Vec<String>,
    /// Of a second image that lies under the input on the stack.
    pair: bool,
    exact: bool,
}

fn case(text: &str, pair: bool, exact: bool) -> Case {
    let mut words = text.split_whitespace().map(str::to_owned);
    Case {
        flag: words.next().expect("a flag"),
        args: words.collect(),
        pair,
        exact,
    }
}

/// Operations that only move samples.
fn moves() -> Vec<Case> {
    [
        "crop 40x30+20+10",
        "crop 3,5,60,40",
        "crop 500x300-20-30",
        "cut 40x30+20+10",
        "cut 200x200-20-30",
        "croptofull",
        "fullpixels",
        "origin +10-20",
        "flip",
        "flop",
        "rotate90",
        "rotate180",
        "rotate270",
        "transpose",
    ]
    .map(|t| case(t, false, true))
    .into()
}

/// Choices of channels, for pictures that have R, G, B and A.
fn shuffles() -> Vec<Case> {
    [
        "ch B,G,R,A",
        "ch R,G,B",
        "ch A,R",
        "ch 2,0",
        "ch R=G,G=R,B",
        "ch R,G,B,A=0.25",
        "ch Y=G",
        "chnames X,Y,Z,W",
        "nchannels 3",
        "nchannels 2",
    ]
    .map(|t| case(t, false, true))
    .into()
}

fn sizes() -> Vec<Case> {
    let mut all = Vec::new();
    for size in ["90%", "50%", "137%", "64x120", "33x0", "200x31"] {
        for name in filter::NAMES {
            all.push(case(&format!("resize:filter={name} {size}"), false, false));
        }
        all.push(case(&format!("resize {size}"), false, false));
        all.push(case(&format!("resample {size}"), false, false));
        all.push(case(&format!("resample:interp=0 {size}"), false, true));
    }
    all
}

fn stencils() -> Vec<Case> {
    let mut all = Vec::new();
    for kernel in filter::NAMES {
        for size in ["3x3", "5x5", "4x4", "2.5x7", "15x1", "1x9", "31x31"] {
            all.push(case(&format!("blur:kernel={kernel} {size}"), false, false));
        }
    }
    for modifiers in [
        "",
        ":kernel=box",
        ":width=5",
        ":width=2.5:contrast=0.5",
        ":kernel=triangle:width=9:contrast=2",
        ":width=4:threshold=0.125",
    ] {
        all.push(case(&format!("unsharp{modifiers}"), false, false));
    }
    all
}

fn pointwise() -> Vec<Case> {
    [
        "addc 0.25",
        "addc 0.1,-0.2,0.3,0.4",
        "addc 0.1,0.2",
        "subc 0.3",
        "mulc 1.7",
        "mulc 2,0.5,-1,1",
        "divc 3",
        "divc 2,0,4,1",
        "powc 2",
        "powc 3",
        "powc 2.2,0.5,1,1",
        "clamp:min=0:max=1",
        "clamp:min=-0.5,0,0.1,0:max=0.5,2,1,1",
        "clamp:clampalpha=1",
    ]
    .map(|t| case(t, false, false))
    .into()
}

fn matrices() -> Vec<Case> {
    [
        "ccmatrix 0.4,0.3,0.2,0.1,0.9,-0.3,0.5,0.25,1.5",
        "ccmatrix:transpose=1 0.4,0.3,0.2,0.1,0.9,-0.3,0.5,0.25,1.5",
        "ccmatrix 0.4,0.3,0.2,0,0.1,0.9,-0.3,0,0.5,0.25,1.5,0,0,0,0,1",
        "ccmatrix 0.4,0.3,0.2,0,0.1,0.9,-0.3,0,0.5,0.25,1.5,0,0.1,0.2,-0.3,1",
        "ccmatrix 0.4,0.3,0.2,0.5,0.1,0.9,-0.3,0.25,0.5,0.25,1.5,0.1,0.1,0.2,-0.3,0.7",
        "premult",
        "unpremult",
    ]
    .map(|t| case(t, false, false))
    .into()
}

fn pairs() -> Vec<Case> {
    ["over", "add", "sub", "mul", "absdiff", "chappend"]
        .map(|t| case(t, true, t == "chappend"))
        .into()
}

/// The inputs in `folder`, with a mate of other windows each, and whether they have R, G, B and A.
fn inputs(folder: &Path, oiiotool: &Path) -> Vec<(PathBuf, PathBuf, bool)> {
    let session = Session::default();
    let make = |name: &str, data: Region, display: Region, channels: usize, format| {
        let channels = ImageSpec::default_channels(channels, format);
        let mut spec = ImageSpec::new(1, 1, channels);
        (spec.data_window, spec.display_window) = (data, display);
        let source = Synthetic::with_spec(spec).finite().seed(name.len() as u32);
        let image = vfx::Image::from_graph(Image::from_source(Arc::new(source)), &session);
        let path = folder.join(format!("{name}.exr"));
        let saved = image.save_with(&path, &SaveOptions::default());
        saved.expect("an input can be written");
        path
    };
    let (f32s, f16s) = (SampleFormat::F32, SampleFormat::F16);
    let full = Region::sized(0, 0, 97, 61);
    let plain = make("float", full, full, 4, f32s);
    let half = make("half-rgba", full, full, 4, f16s);
    let grey = make("grey-half", full, full, 1, f16s);
    // Pixels inside a larger display window, and beyond a smaller one.
    let inside = Region::sized(13, 7, 60, 40);
    let cropped = make("cropped", inside, Region::sized(-5, -3, 130, 90), 4, f32s);
    let overscan = make("overscan", full, Region::sized(8, 6, 81, 49), 4, f32s);
    let mut all = vec![
        (plain.clone(), half.clone(), true),
        (half, cropped.clone(), true),
        (grey.clone(), grey, false),
        (cropped, plain, true),
        (overscan.clone(), overscan, true),
    ];
    if let Some(data) = workspace::data("exr") {
        let images = data.join("openexr-images");
        let carrots = folder.join("carrots.exr");
        let run = Command::new(oiiotool)
            .arg(images.join("ScanLines/Carrots.exr"))
            .args(["--cut", "150x90+200+150", "-o"])
            .arg(&carrots)
            .status();
        assert!(run.is_ok_and(|s| s.success()), "Carrots can be cut");
        all.push((carrots.clone(), carrots, true));
        let ramps = images.join("TestImages/GrayRampsDiagonal.exr");
        all.push((ramps.clone(), ramps, false));
    }
    all
}

/// Why a case is no comparison on an input.
fn excluded(_input: &str, _case: &Case) -> bool {
    false
}

fn open(path: &Path) -> Image {
    let file = Session::default().open(path).expect("a picture opens");
    file.image(0, 0).expect("a first part").graph().clone()
}

fn samples(image: &Image) -> Planes {
    let mut spec = image.spec().clone();
    for c in &mut spec.channels {
        c.format = SampleFormat::F32;
    }
    naive::render(image, &spec).expect("a picture renders")
}

fn ours(case: &Case, images: &[Image]) -> Image {
    let (name, modifiers) = Args::split_flag(&case.flag);
    let args = Args {
        positional: case.args.clone(),
        modifiers,
    };
    let op = vfx::ops::find(name).expect("a known operation");
    op.apply(images, &args).expect("it understands the case")
}

/// The largest difference, or what makes them no pictures of the same thing.
fn difference(ours: &Image, reference: &Image, exact: bool) -> Result<f64, String> {
    let (a, b) = (ours.spec(), reference.spec());
    let shape = |s: &ImageSpec| {
        let names: Vec<_> = s.channels.iter().map(|c| c.name.as_str()).collect();
        format!(
            "data {} display {} channels {}",
            s.data_window,
            s.display_window,
            names.join(",")
        )
    };
    if shape(a) != shape(b) {
        return Err(format!("{} against {}", shape(a), shape(b)));
    }
    let (pa, pb) = (samples(ours), samples(reference));
    let mut worst = (0.0, String::new());
    for (c, channel) in a.channels.iter().enumerate() {
        for y in 0..a.data_window.height() {
            let (ra, rb) = (pa.plane(c), pb.plane(c));
            for (x, (&v, &r)) in ra.row::<f32>(y).iter().zip(rb.row::<f32>(y)).enumerate() {
                let d = if v.to_bits() == r.to_bits() || (v.is_nan() && r.is_nan()) {
                    continue;
                } else if v.is_finite() && r.is_finite() {
                    f64::from((v - r).abs()) / f64::from(r.abs().max(1.0))
                } else {
                    f64::INFINITY
                };
                if d >= worst.0 {
                    let name = &channel.name;
                    worst = (
                        d,
                        format!("{name} at {x},{y} of the data window: {v} against {r}"),
                    );
                }
            }
        }
    }
    let limit = if exact { 0.0 } else { TOLERANCE };
    if worst.0 > limit || (exact && !worst.1.is_empty()) {
        return Err(format!("{:.2e}, {}", worst.0, worst.1));
    }
    Ok(worst.0)
}

#[test]
fn operations_agree_with_oiiotool() {
    let Some(oiiotool) = peers::oiio_program("oiiotool") else {
        return;
    };
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let folder = scratch.path();
    let mut scores: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    let mut faults = String::new();
    for (input, mate, rgba) in inputs(folder, &oiiotool) {
        let name = input.file_stem().expect("a name").display().to_string();
        let mut cases = moves();
        cases.extend(sizes());
        cases.extend(stencils());
        cases.extend(pointwise());
        if rgba {
            cases.extend(shuffles());
            cases.extend(matrices());
            cases.extend(pairs());
        }
        cases.retain(|c| !excluded(&name, c));
        let mut command = Command::new(&oiiotool);
        command.args(["--threads", "2"]);
        for (i, c) in cases.iter().enumerate() {
            command.arg(&input);
            if c.pair {
                command.arg(&mate);
            }
            command.arg(format!("--{}", c.flag)).args(&c.args);
            command.args(["-d", "float", "--compression", "none", "-o"]);
            command.arg(folder.join(format!("{i}.exr"))).arg("--pop");
        }
        let run = command.output().expect("oiiotool starts");
        assert!(
            run.status.success(),
            "oiiotool fails on {name}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        let mut images = vec![open(&input)];
        for (i, c) in cases.iter().enumerate() {
            images.truncate(1);
            if c.pair {
                images.push(open(&mate));
            }
            let path = folder.join(format!("{i}.exr"));
            let result = difference(&ours(c, &images), &open(&path), c.exact);
            let op = c.flag.split(':').next().expect("a name").to_owned();
            match result {
                Ok(d) => {
                    let score = scores.entry(op).or_insert((0, 0.0));
                    *score = (score.0 + 1, score.1.max(d));
                }
                Err(e) => {
                    let _ = writeln!(faults, "{name} --{} {}: {e}", c.flag, c.args.join(" "));
                }
            }
            std::fs::remove_file(path).expect("a reference can be removed");
        }
    }
    for (op, (count, worst)) in &scores {
        println!("{op:12} {count:5} cases, largest difference {worst:.1e}");
    }
    assert!(faults.is_empty(), "not as in oiiotool:\n{faults}");
}
