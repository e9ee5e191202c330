//! Bytes at equal SSIMULACRA2 against cjpegli: one line a sampling and quality, geometric mean over photographs.
//!
//! `CJPEGLI=path cargo run --release -p vfx-jpeg --example jpeg_quality -- EFFORT photo.png...`
//! Both files are decoded by this crate, to the bits of libjpeg-turbo. Ours is encoded at three distances around the peer's
//! and its size interpolated, in the logarithm, to the peer's score. Pictures run side by side, `THREADS` at once (default 2).
//! `QUALITIES=60,75,85,90` and `SAMPLINGS=420,444` choose rows, `EACH=1` shows every picture, `CURVE=file.csv` keeps bits a
//! pixel and score of both for `jpeg_curves`.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};
use vfx_jpeg::{Config, Encoder, Mode, Sampling, Script, quality_to_distance};

struct Photo {
    path: String,
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

fn load(path: &str) -> Photo {
    let mut decoder =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::STRIP_16,
    );
    let mut reader = decoder.read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb, "{path}");
    Photo {
        path: path.into(),
        width: info.width as usize,
        height: info.height as usize,
        rgb,
    }
}

fn encode(photo: &Photo, distance: f32, sampling: Sampling, effort: u8, mode: Mode) -> Vec<u8> {
    let config = Config {
        distance,
        sampling,
        effort,
        mode,
        ..Config::default()
    };
    let mut encoder =
        Encoder::new(photo.width as u32, photo.height as u32, config, Vec::new()).unwrap();
    encoder.write_rows(&photo.rgb).unwrap();
    encoder.finish().unwrap()
}

fn decode(jpeg: &[u8]) -> Vec<u8> {
    let mut options = vfx_jpeg::DecodeOptions::default();
    options.strict = true;
    options.channels = vfx_jpeg::Channels::Rgb;
    let (image, _) = vfx_jpeg::decode(jpeg, options).unwrap();
    image.u8s().unwrap().to_vec()
}

fn frame(photo: &Photo, rgb: &[u8]) -> Rgb {
    let data = rgb
        .as_chunks::<3>()
        .0
        .iter()
        .map(|p| p.map(|v| f32::from(v) / 255.0))
        .collect();
    let (w, h) = (photo.width, photo.height);
    Rgb::new(
        data,
        w,
        h,
        TransferCharacteristic::SRGB,
        ColorPrimaries::BT709,
    )
    .unwrap()
}

fn score(photo: &Photo, jpeg: &[u8]) -> f64 {
    compute_frame_ssimulacra2(frame(photo, &photo.rgb), frame(photo, &decode(jpeg))).unwrap()
}

fn cjpegli(program: &str, photo: &Photo, quality: f32, sampling: &str) -> Vec<u8> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let unique = COUNT.fetch_add(1, Ordering::Relaxed);
    let out =
        std::env::temp_dir().join(format!("jpeg_quality_{}_{unique}.jpg", std::process::id()));
    let status = Command::new(program)
        .args([
            &photo.path,
            out.to_str().unwrap(),
            "-q",
            &quality.to_string(),
        ])
        .arg(format!("--chroma_subsampling={sampling}"))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let bytes = std::fs::read(&out).unwrap();
    let _ = std::fs::remove_file(out);
    bytes
}

/// One picture at one quality: our size over the peer's at the peer's score.
struct Outcome {
    ratio: f64,
    /// Ours at the peer's distance: logarithm of the size ratio, and difference of scores.
    same: f64,
    delta: f64,
    /// Bits a pixel and score of the peer; bits a pixel of ours at that score.
    curve: (f64, f64, f64),
}

fn compare(
    program: &str,
    photo: &Photo,
    quality: f32,
    (sampling, name): (Sampling, &str),
    effort: u8,
) -> Outcome {
    let peer = cjpegli(program, photo, quality, name);
    let target = score(photo, &peer);
    let spread: f32 = std::env::var("SPREAD").map_or(1.0, |s| s.parse().unwrap());
    let distance = quality_to_distance(quality);
    let mut points = [0.94, 1.0, 1.06].map(|f| {
        let mode = Mode::Progressive(Script::Level2);
        let file = encode(photo, distance * f * spread, sampling, effort, mode);
        (score(photo, &file), (file.len() as f64).ln())
    });
    let middle = points[1];
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [a, b] = if target < points[1].0 {
        [points[0], points[1]]
    } else {
        [points[1], points[2]]
    };
    let t = (target - a.0) / (b.0 - a.0);
    let ours = (a.1 + (b.1 - a.1) * t).exp();
    let pixels = (photo.width * photo.height) as f64;
    let ratio = ours / peer.len() as f64;
    if std::env::var("EACH").is_ok() {
        println!(
            "  {} q{quality} {name}: {ratio:.4} peer {} {target:.3} ours {:.0} {:.3} .. {:.0} {:.3}",
            photo.path,
            peer.len(),
            a.1.exp(),
            a.0,
            b.1.exp(),
            b.0
        );
    }
    Outcome {
        ratio,
        same: middle.1 - (peer.len() as f64).ln(),
        delta: middle.0 - target,
        curve: (
            8.0 * peer.len() as f64 / pixels,
            target,
            8.0 * ours / pixels,
        ),
    }
}

fn main() {
    let Ok(program) = std::env::var("CJPEGLI") else {
        println!("SKIPPED: set CJPEGLI to the cjpegli program");
        return;
    };
    let mut args = std::env::args().skip(1);
    let effort: u8 = args.next().expect("effort").parse().unwrap();
    let photos: Vec<Photo> = args.map(|p| load(&p)).collect();
    println!(
        "| sampling | quality | bytes, effort {effort} : cjpegli, {} pictures | worst | at equal distance: bytes | score |",
        photos.len()
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let list = |name: &str, default: &str| std::env::var(name).unwrap_or(default.into());
    let threads: usize = list("THREADS", "2").parse().unwrap();
    let mut csv = String::new();
    for name in list("SAMPLINGS", "420,444").split(',') {
        let sampling = match name {
            "420" => Sampling::S420,
            "422" => Sampling::S422,
            _ => Sampling::S444,
        };
        for quality in list("QUALITIES", "60,75,85,90").split(',') {
            let q: f32 = quality.parse().unwrap();
            let next = AtomicUsize::new(0);
            let done = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        while let Some(photo) = photos.get(next.fetch_add(1, Ordering::Relaxed)) {
                            let outcome = compare(&program, photo, q, (sampling, name), effort);
                            done.lock().unwrap().push(outcome);
                        }
                    });
                }
            });
            let done = done.into_inner().unwrap();
            let n = done.len() as f64;
            let mean = |f: &dyn Fn(&Outcome) -> f64| done.iter().map(f).sum::<f64>() / n;
            println!(
                "| {name} | {quality} | {:.4} | {:.4} | {:.4} | {:+.3} |",
                mean(&|o| o.ratio.ln()).exp(),
                done.iter().fold(0f64, |a, o| a.max(o.ratio)),
                mean(&|o| o.same).exp(),
                mean(&|o| o.delta)
            );
            csv += &format!(
                "{name},{effort},{quality},{:.4},{:.3},{:.4}\n",
                mean(&|o| o.curve.0),
                mean(&|o| o.curve.1),
                mean(&|o| o.curve.2)
            );
        }
    }
    if let Ok(path) = std::env::var("CURVE") {
        std::fs::write(path, csv).unwrap();
    }
}
