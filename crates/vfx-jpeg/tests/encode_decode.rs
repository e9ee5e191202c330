//! Every mode, sampling and colour model decodes, with our decoder and with djpeg where it is installed, close to its source.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use vfx_jpeg::{
    ColorModel, Config, DecodeOptions, Encoder, InputFormat, Mode, Sampling, Scan, Script, decode,
};

/// Slow waves, different in each channel.
fn picture(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        for x in 0..width {
            for c in 0..channels {
                let (x, y, c) = (x as f32, y as f32, c as f32);
                let wave = (x * 0.071 + c).sin() + (y * 0.053 - c * 0.5).cos();
                out.push((127.5 + 50.0 * wave) as u8);
            }
        }
    }
    out
}

fn encode(width: usize, height: usize, config: &Config, rows: &[u8]) -> Vec<u8> {
    let mut encoder =
        Encoder::new(width as u32, height as u32, config.clone(), Vec::new()).unwrap();
    encoder.write_rows(rows).unwrap();
    encoder.finish().unwrap()
}

fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a
        .iter()
        .zip(b)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    10.0 * (255.0f64.powi(2) / (sum / a.len() as f64).max(1e-9)).log10()
}

fn ours(jpeg: &[u8]) -> Vec<u8> {
    let (image, decoder) = decode(jpeg, DecodeOptions::default()).unwrap();
    let _ = decoder;
    image.u8s().unwrap().to_vec()
}

/// The samples that djpeg gives, `None` where it is not installed; a warning fails the test.
fn djpeg(jpeg: &[u8]) -> Option<Vec<u8>> {
    let child = Command::new("djpeg")
        .arg("-pnm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("SKIPPED: djpeg is not installed");
        return None;
    };
    let mut stdin = child.stdin.take()?;
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
        at += out.stdout[at..].iter().position(|&b| b == b'\n')? + 1;
    }
    Some(out.stdout[at..].to_vec())
}

const SAMPLINGS: [Sampling; 5] = [
    Sampling::S444,
    Sampling::S422,
    Sampling::S440,
    Sampling::S420,
    Sampling::S411,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn ycbcr_decodes_close_to_its_source(
        width in 1usize..200,
        height in 1usize..120,
        sampling in 0usize..5,
        mode in 0usize..4,
        effort in 1u8..=7,
        restart in prop_oneof![Just(0u16), 1u16..30],
    ) {
        let mode = [
            Mode::Streaming,
            Mode::Sequential,
            Mode::Progressive(Script::Level1),
            Mode::Progressive(Script::Level2),
        ][mode].clone();
        let config = Config { sampling: SAMPLINGS[sampling], mode, effort, restart_interval: restart, ..Config::default() };
        let rows = picture(width, height, 3);
        let jpeg = encode(width, height, &config, &rows);
        let back = ours(&jpeg);
        let quality = psnr(&rows, &back);
        prop_assert!(quality > 31.0, "psnr {quality}");
        if let Some(peer) = djpeg(&jpeg) {
            let same = psnr(&back, &peer);
            prop_assert!(same > 40.0, "djpeg differs: {same}");
        }
    }
}

#[test]
fn modes_code_the_same_coefficients() {
    let (width, height) = (203, 117);
    let rows = picture(width, height, 3);
    for sampling in SAMPLINGS {
        for restart_interval in [0, 7] {
            let base = Config {
                sampling,
                restart_interval,
                mode: Mode::Streaming,
                ..Config::default()
            };
            let expected = ours(&encode(width, height, &base, &rows));
            let scripts = [Script::Level1, Script::Level2, Script::Spectral];
            let modes = scripts
                .map(Mode::Progressive)
                .into_iter()
                .chain([Mode::Sequential]);
            for mode in modes {
                for effort in [4, 6] {
                    let config = Config {
                        mode: mode.clone(),
                        effort,
                        ..base.clone()
                    };
                    let found = ours(&encode(width, height, &config, &rows));
                    assert!(
                        found == expected,
                        "{sampling:?} {mode:?} effort {effort} restart {restart_interval}"
                    );
                }
            }
        }
    }
}

#[test]
fn custom_scripts_with_dc_refinement_decode() {
    let scan = |components: &[u8], ss, se, ah, al| Scan {
        components: components.to_vec(),
        ss,
        se,
        ah,
        al,
    };
    let mut scans = vec![scan(&[0, 1, 2], 0, 0, 0, 2)];
    for c in 0..3 {
        scans.extend([
            scan(&[c], 1, 8, 0, 1),
            scan(&[c], 9, 63, 0, 3),
            scan(&[c], 9, 63, 3, 2),
        ]);
    }
    scans.extend([
        scan(&[0, 1, 2], 0, 0, 2, 1),
        scan(&[0], 0, 0, 1, 0),
        scan(&[1, 2], 0, 0, 1, 0),
    ]);
    for c in 0..3 {
        scans.extend([
            scan(&[c], 1, 8, 1, 0),
            scan(&[c], 9, 63, 2, 1),
            scan(&[c], 9, 63, 1, 0),
        ]);
    }
    let (width, height) = (91, 77);
    let rows = picture(width, height, 3);
    let base = Config {
        sampling: Sampling::S420,
        mode: Mode::Sequential,
        ..Config::default()
    };
    let custom = Config {
        mode: Mode::Progressive(Script::Custom(scans)),
        ..base.clone()
    };
    let jpeg = encode(width, height, &custom, &rows);
    assert!(ours(&jpeg) == ours(&encode(width, height, &base, &rows)));
    djpeg(&jpeg);
}

#[test]
fn gray_and_rgb_decode_close_to_their_source() {
    let (width, height) = (150, 83);
    for (input, color) in [
        (InputFormat::Gray, ColorModel::Gray),
        (InputFormat::Rgb, ColorModel::Rgb),
    ] {
        let rows = picture(width, height, input.channels());
        for mode in [Mode::Streaming, Mode::Progressive(Script::Level2)] {
            let config = Config {
                input,
                color,
                mode,
                distance: 0.5,
                ..Config::default()
            };
            let jpeg = encode(width, height, &config, &rows);
            let quality = psnr(&rows, &ours(&jpeg));
            assert!(quality > 38.0, "{color:?}: psnr {quality}");
            if let Some(peer) = djpeg(&jpeg) {
                let quality = psnr(&rows, &peer);
                assert!(quality > 38.0, "{color:?}: djpeg's psnr {quality}");
            }
        }
    }
}

#[test]
fn cmyk_and_ycck_decode_close_to_their_source() {
    let (width, height) = (100, 61);
    let rows = picture(width, height, 4);
    for (color, sampling) in [
        (ColorModel::Cmyk, Sampling::S444),
        (ColorModel::Ycck, Sampling::S444),
        (ColorModel::Ycck, Sampling::S420),
    ] {
        for mode in [Mode::Streaming, Mode::Progressive(Script::Level2)] {
            let config = Config {
                input: InputFormat::Cmyk,
                color,
                sampling,
                mode,
                distance: 0.5,
                ..Config::default()
            };
            let jpeg = encode(width, height, &config, &rows);
            let (image, _) = decode(&jpeg, DecodeOptions::default()).unwrap();
            assert_eq!(image.channels, 4);
            let quality = psnr(&rows, image.u8s().unwrap());
            assert!(quality > 34.0, "{color:?} {sampling:?}: psnr {quality}");
        }
    }
}

#[test]
fn metadata_lands_in_its_segments() {
    let icc: Vec<u8> = (0..150_000u32).map(|i| (i * 7) as u8).collect();
    let config = Config {
        icc: icc.clone(),
        exif: b"MM\0*\0\0\0\x08\0\0".to_vec(),
        xmp: vec![b'x'; 200_000],
        comments: vec![b"first".to_vec(), b"second".to_vec()],
        density: vfx_jpeg::Density::Inch(300, 300),
        ..Config::default()
    };
    let jpeg = encode(8, 8, &config, &picture(8, 8, 3));
    let (mut at, mut profile, mut extension, mut comments) = (2, Vec::new(), 0, Vec::new());
    let (mut exif, mut dots) = (false, false);
    while jpeg[at + 1] != 0xda {
        let len = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let body = &jpeg[at + 4..at + 2 + len];
        match jpeg[at + 1] {
            0xe0 => dots = body.ends_with(&[1, 1, 44, 1, 44, 0, 0]),
            0xe1 if body.starts_with(b"Exif\0\0MM") => exif = true,
            0xe1 if body.starts_with(b"http://ns.adobe.com/xmp/extension/\0") => {
                extension += body.len() - 35 - 40
            }
            0xe2 => {
                assert_eq!(usize::from(body[12]), profile.len() / 65_519 + 1);
                assert_eq!(body[13], 3);
                profile.extend_from_slice(&body[14..]);
            }
            0xfe => comments.push(body.to_vec()),
            _ => {}
        }
        at += 2 + len;
    }
    assert!(exif && dots);
    assert!(profile == icc);
    assert_eq!(extension, 200_000);
    assert_eq!(comments, [b"first".to_vec(), b"second".to_vec()]);
    djpeg(&jpeg);
}

/// Found by fuzzing: the pass that counts symbols cut runs of empty bands elsewhere than the pass that writes them, where
/// many correction bits waited, so codes were missing.
#[test]
fn refinement_counts_match_what_is_written_in_noise() {
    let mut state = 7u32;
    for (width, height, sampling, script) in [
        (149, 40, Sampling::S422, Script::Level1),
        (90, 39, Sampling::S422, Script::Level1),
        (87, 34, Sampling::S411, Script::Level2),
        (65, 64, Sampling::S440, Script::Level2),
    ] {
        for distance in [0.04, 0.3, 0.8, 1.4] {
            let config = Config {
                sampling,
                mode: Mode::Progressive(script.clone()),
                distance,
                ..Config::default()
            };
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let rows: Vec<u8> = (0..width * height * 3).map(|_| noise()).collect();
            let file = encode(width, height, &config, &rows);
            let mut options = DecodeOptions::default();
            options.strict = true;
            let (_, decoder) = decode(&file, options).expect("a sound file");
            assert!(decoder.report().is_clean());
        }
    }
}

/// Pillow, which has libjpeg-turbo inside, gives our decoder's pixels for every mode and sampling.
#[test]
fn encoded_files_open_in_pillow_with_the_same_pixels() {
    let (width, height) = (75usize, 61usize);
    let rows = picture(width, height, 3);
    let folder = std::env::temp_dir().join(format!("encode_pillow_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut cases = Vec::new();
    for sampling in [
        Sampling::S444,
        Sampling::S422,
        Sampling::S440,
        Sampling::S420,
        Sampling::S411,
    ] {
        for mode in [
            Mode::Streaming,
            Mode::Sequential,
            Mode::Progressive(Script::Level2),
        ] {
            let config = Config {
                sampling,
                mode: mode.clone(),
                restart_interval: 3 * u16::from(mode == Mode::Sequential),
                ..Config::default()
            };
            let path = folder.join(format!("{}.jpg", cases.len()));
            let file = encode(width, height, &config, &rows);
            std::fs::write(&path, &file).unwrap();
            cases.push((path, ours(&file), format!("{sampling:?} {mode:?}")));
        }
    }
    let script = "import sys\nfrom PIL import Image\nfor p in sys.argv[1:]:\n  \
                  open(p + '.rgb', 'wb').write(Image.open(p).convert('RGB').tobytes())";
    let mut python = Command::new("python3");
    python.args(["-c", script]).stderr(Stdio::null());
    let done = python.args(cases.iter().map(|c| &c.0)).status();
    if !done.is_ok_and(|s| s.success()) {
        println!("SKIPPED: no python3 with Pillow");
    } else {
        for (path, expected, name) in &cases {
            let mut raw = path.clone().into_os_string();
            raw.push(".rgb");
            let found = std::fs::read(raw).unwrap();
            let off = found
                .iter()
                .zip(expected)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert_eq!(found.len(), expected.len(), "{name}");
            assert_eq!(off, Some(0), "{name}");
        }
    }
    let _ = std::fs::remove_dir_all(folder);
}
