//! Our operations against those of oiiotool: the same flags on the same files.
//!
//! Moves of samples must agree in every bit, window and channel name; computed floats within [`TOLERANCE`] of the larger of 1
//! and the reference. Where the definitions differ on purpose stands in `crates/vfx-ops/README.md`, and beside the case that is left out.
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
/// The same for scaled pictures, over their peak if that is more: what 24 bits of position make of steps as high as the peak.
const SCALED_TOLERANCE: f64 = 2e-5;

/// One flag as typed, with its arguments.
struct Case {
    flag: String,
    args: Vec<String>,
    /// Of a second image that lies under the input on the stack.
    pair: bool,
    exact: bool,
}

impl Case {
    fn op(&self) -> &str {
        self.flag.split(':').next().unwrap_or(&self.flag)
    }
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
    // The lobes of oiiotool's sinc do not stretch with the width: at whole pixels its kernel is a single 1.
    for kernel in filter::NAMES.iter().filter(|n| **n != "sinc") {
        for size in ["3x3", "5x5", "4x4", "2.5x7", "15x1", "1x9", "17x17"] {
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
    ["over", "add", "sub", "mul", "absdiff"]
        .map(|t| case(t, true, false))
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
        // From -0.25 to 1, so that the tolerance is relative to the picture's range.
        let image = image.op("mulc", ["0.25"]).expect("a plain operation");
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
        let cut = |file: &str, window: &str, name: &str| {
            let path = folder.join(name);
            let run = Command::new(oiiotool)
                .arg(images.join(file))
                .args(["--cut", window, "-o"])
                .arg(&path)
                .status();
            assert!(run.is_ok_and(|s| s.success()), "{file} can be cut");
            path
        };
        let carrots = cut("ScanLines/Carrots.exr", "150x90+200+150", "carrots.exr");
        all.push((carrots.clone(), carrots, true));
        let ramps = "TestImages/GrayRampsDiagonal.exr";
        let ramps = cut(ramps, "128x64+100+300", "ramps.exr");
        all.push((ramps.clone(), ramps, false));
        let rings = "TestImages/BrightRingsNanInf.exr";
        let rings = cut(rings, "180x180+310+310", "rings.exr");
        all.push((rings.clone(), rings, false));
    }
    all
}

/// What differs by definition; the reasons stand in `crates/vfx-ops/README.md`.
fn excluded(input: &str, case: &Case) -> bool {
    let op = case.op();
    let arg = case.args.first().map_or("", String::as_str);
    // NaN and Inf spread over a support whose ends may weigh 0: only moves carry them alike.
    (input == "rings" && !case.exact)
        // Enlarging by sinc: oiiotool widens its window, not its lobes.
        || (case.flag == "resize:filter=sinc" && ["137%", "64x120", "200x31"].contains(&arg))
        // Shrinking across and enlarging down: oiiotool takes the support's half height from its width, and cuts it.
        || (case.flag == "resize:filter=lanczos3" && arg == "64x120")
        // Quarter turns in a display window that is not at 0,0: oiiotool loses the data window's place in it.
        || (matches!(input, "cropped" | "overscan") && matches!(op, "rotate90" | "rotate270"))
        // Beyond an overscan oiiotool continues with the display window's edge, from inside the picture.
        || (input == "overscan" && matches!(op, "resize" | "resample" | "blur" | "unsharp"))
}

/// Rows or columns where an end of the support meets a sample's centre: a filter that does not fall to 0 there takes the
/// sample or not by the last bit of the position.
fn ties(case: &Case, from: (i64, usize), to: (i64, usize), data: (i64, usize)) -> Vec<bool> {
    let ratio = to.1 as f64 / from.1 as f64;
    // The one that enlarging takes where nothing is said.
    let default = "blackman-harris";
    let text = case.flag.split_once("filter=").map_or(default, |(_, n)| n);
    let radius = match (case.op(), text) {
        ("resize", "box" | "gaussian" | "sharp-gaussian" | "blackman-harris") => {
            let width = filter::Filter::find(text).expect("a filter").width;
            width * ratio.max(1.0) / 2.0 / ratio
        }
        ("resample", _) if case.exact && !to.1.is_power_of_two() => 0.5,
        _ => return vec![false; data.1],
    };
    let tie = |o: i64| {
        let centre = ((o - to.0) as f64 + 0.5) / ratio - 0.5 + from.0 as f64;
        let meets = |p: f64| (p - p.round()).abs() < 1e-4;
        meets(centre - radius) || meets(centre + radius)
    };
    (data.0..data.0 + data.1 as i64).map(tie).collect()
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
fn difference(case: &Case, input: &Image, ours: &Image, reference: &Image) -> Result<f64, String> {
    let (a, b) = (ours.spec(), reference.spec());
    let shape = |s: &ImageSpec, data: Region| {
        // A file keeps channels in an order of its own.
        let mut names: Vec<_> = s.channels.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        let names = names.join(",");
        format!("data {data} display {} channels {names}", s.display_window)
    };
    // Scaled data windows hold all that the scaled pixels touch; oiiotool's end up to two pixels from there.
    let scales = matches!(case.op(), "resize" | "resample");
    let window = a.data_window.intersect(&b.data_window);
    let near = |w: &Region| window.grow(2, 2).contains(w);
    let (da, db) = if scales && near(&a.data_window) && near(&b.data_window) {
        (window, window)
    } else {
        (a.data_window, b.data_window)
    };
    if shape(a, da) != shape(b, db) {
        return Err(format!("{} against {}", shape(a, da), shape(b, db)));
    }
    let (from, to) = (input.spec().display_window, a.display_window);
    let x = |r: &Region| (r.x0, r.width());
    let y = |r: &Region| (r.y0, r.height());
    let columns = ties(case, x(&from), x(&to), x(&window));
    let rows = ties(case, y(&from), y(&to), y(&window));
    let (pa, pb) = (
        samples(&ours.window(window)),
        samples(&reference.window(window)),
    );
    let peak = if scales {
        let all = samples(input);
        let views = all.views();
        let rows = views
            .iter()
            .flat_map(|p| (0..p.height()).map(|y| p.row::<f32>(y)));
        rows.flatten().fold(1.0, |m: f32, v| m.max(v.abs()))
    } else {
        1.0
    };
    let mut worst = 0.0;
    let mut at = String::new();
    for (c, channel) in a.channels.iter().enumerate() {
        let other = b.channel_index(&channel.name).expect("the same names");
        let (ra, rb) = (pa.plane(c), pb.plane(other));
        for (y, _) in rows.iter().enumerate().filter(|(_, tie)| !**tie) {
            let (ra, rb) = (ra.row::<f32>(y), rb.row::<f32>(y));
            for (x, _) in columns.iter().enumerate().filter(|(_, tie)| !**tie) {
                let (v, r) = (ra[x], rb[x]);
                if v.to_bits() == r.to_bits() || (v.is_nan() && r.is_nan()) || (scales && v == r) {
                    continue;
                }
                let d = f64::from((v - r).abs()) / f64::from(r.abs().max(peak));
                let d = if d.is_finite() { d } else { f64::INFINITY };
                if d > worst || at.is_empty() {
                    worst = d;
                    at = format!("{} at {x},{y}: {v} against {r}", channel.name);
                }
            }
        }
    }
    let tolerance = if scales { SCALED_TOLERANCE } else { TOLERANCE };
    if worst > tolerance || (case.exact && !at.is_empty()) {
        return Err(format!("{worst:.2e}, {at}"));
    }
    Ok(worst)
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
            let result = difference(c, &images[0], &ours(c, &images), &open(&path));
            let op = c.op().to_owned();
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
