//! Bytes at equal SSIMULACRA2 against cjpegli: one line a sampling and quality, geometric mean over photographs.
//!
//! `CJPEGLI=path cargo run --release -p vfx-jpeg --example jpeg_quality -- EFFORT photo.png...`
//! Both files are decoded by djpeg of libjpeg-turbo (`DJPEG`, default `djpeg`). Ours is encoded at three distances around the
//! peer's and its size interpolated, in the logarithm, to the peer's score.

use std::io::Write;
use std::process::{Command, Stdio};

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
    let program = std::env::var("DJPEG").unwrap_or("djpeg".into());
    let mut child = Command::new(program)
        .arg("-ppm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let jpeg = jpeg.to_vec();
    let feed = std::thread::spawn(move || drop(stdin.write_all(&jpeg)));
    let out = child.wait_with_output().unwrap();
    feed.join().unwrap();
    assert!(
        out.status.success() && out.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let mut at = 0;
    for _ in 0..3 {
        at += out.stdout[at..].iter().position(|&b| b == b'\n').unwrap() + 1;
    }
    out.stdout[at..].to_vec()
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
    let out = std::env::temp_dir().join(format!("jpeg_quality_{}.jpg", std::process::id()));
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
    std::fs::read(out).unwrap()
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
        "| sampling | quality | bytes, effort {effort} : cjpegli | worst | at equal distance: bytes | score |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let qualities: Vec<f32> = std::env::var("QUALITIES")
        .unwrap_or("60,75,85,90".into())
        .split(',')
        .map(|q| q.parse().unwrap())
        .collect();
    let spread: f32 = std::env::var("SPREAD").map_or(1.0, |s| s.parse().unwrap());
    for (sampling, name) in [(Sampling::S420, "420"), (Sampling::S444, "444")] {
        for &quality in &qualities {
            let (mut sum, mut worst, mut same, mut delta) = (0.0, 0f64, 0.0, 0.0);
            for photo in &photos {
                let peer = cjpegli(&program, photo, quality, name);
                let target = score(photo, &peer);
                let mode = Mode::Progressive(Script::Level2);
                let distance = quality_to_distance(quality);
                let mut points = [0.95, 1.0, 1.05].map(|f| {
                    let file = encode(photo, distance * f * spread, sampling, effort, mode.clone());
                    (score(photo, &file), (file.len() as f64).ln())
                });
                points.sort_by(|a, b| a.0.total_cmp(&b.0));
                let [a, b] = if target < points[1].0 {
                    [points[0], points[1]]
                } else {
                    [points[1], points[2]]
                };
                let t = (target - a.0) / (b.0 - a.0);
                let ratio = (a.1 + (b.1 - a.1) * t).exp() / peer.len() as f64;
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
                sum += ratio.ln();
                worst = worst.max(ratio);
                same += (a.1 + b.1) / 2.0 - (peer.len() as f64).ln();
                delta += (a.0 + b.0) / 2.0 - target;
            }
            let n = photos.len() as f64;
            println!(
                "| {name} | {quality} | {:.4} | {worst:.4} | {:.4} | {:+.3} |",
                (sum / n).exp(),
                (same / n).exp(),
                delta / n
            );
        }
    }
}
