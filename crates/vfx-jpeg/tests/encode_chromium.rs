//! Our files in Chromium: a page draws each into a canvas and compares with what our decoder gives. A browser is slow and
//! seldom there, so this runs where `VFX_CHROMIUM` names one.

use std::fmt::Write as _;

use vfx_jpeg::{
    ColorModel, Config, DecodeOptions, Encoder, HdrConfig, InputFormat, Mode, Sampling, Script,
    TransformOptions, decode, encode_hdr, transform,
};

const SIZE: (usize, usize) = (173, 121);

/// Soft waves: what the browser makes of profiles and inks stays comparable.
fn picture(channels: usize) -> Vec<u8> {
    let (w, h) = SIZE;
    let mut out = Vec::with_capacity(w * h * channels);
    for i in 0..w * h * channels {
        let (x, y, c) = (i / channels % w, i / channels / w, i % channels);
        let (x, y) = (x as f32 * 0.09, y as f32 * 0.07);
        out.push((128.0 + 90.0 * (x + c as f32).sin() * (y - 0.5 * c as f32).cos()) as u8);
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=three.len()].copy_from_slice(three);
        let word = u32::from_be_bytes(word);
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= three.len() { digit.into() } else { '=' });
        }
    }
    out
}

fn encode(config: Config) -> Vec<u8> {
    let (w, h) = SIZE;
    let rows = picture(config.input.channels());
    let mut encoder = Encoder::new(w as u32, h as u32, config, Vec::new()).unwrap();
    encoder.write_rows(&rows).unwrap();
    encoder.finish().unwrap()
}

/// Name, file, the RGB that is expected and how far off the browser may be.
type Case = (String, Vec<u8>, Vec<u8>, u8);

fn seen(bytes: &[u8]) -> Vec<u8> {
    let (image, decoder) = decode(bytes, DecodeOptions::default()).unwrap();
    assert!(decoder.report().is_clean());
    let codes = image.u8s().unwrap();
    match image.channels {
        1 => codes.iter().flat_map(|v| [*v; 3]).collect(),
        3 => codes.to_vec(),
        n => panic!("{n} channels"),
    }
}

fn cases() -> Vec<Case> {
    let base = Config::with_quality(90.0);
    let mut cases = Vec::new();
    let mut exact = |name: String, bytes: Vec<u8>| {
        let rgb = seen(&bytes);
        cases.push((name, bytes, rgb, 0));
    };
    let samplings = [
        Sampling::S444,
        Sampling::S422,
        Sampling::S420,
        Sampling::S440,
        Sampling::S411,
    ];
    let modes = [
        Mode::Streaming,
        Mode::Sequential,
        Mode::Progressive(Script::Level1),
        Mode::Progressive(Script::Level2),
        Mode::Progressive(Script::Spectral),
    ];
    for sampling in samplings {
        for mode in &modes {
            let mut config = Config {
                sampling,
                mode: mode.clone(),
                ..base.clone()
            };
            exact(format!("{sampling:?} {mode:?}"), encode(config.clone()));
            config.restart_interval = 5;
            exact(format!("{sampling:?} {mode:?} restarts"), encode(config));
        }
    }
    for mode in &modes {
        let gray = Config {
            input: InputFormat::Gray,
            color: ColorModel::Gray,
            mode: mode.clone(),
            ..base.clone()
        };
        exact(format!("gray {mode:?}"), encode(gray));
        let rgb = Config {
            color: ColorModel::Rgb,
            mode: mode.clone(),
            ..base.clone()
        };
        exact(format!("RGB {mode:?}"), encode(rgb));
    }
    let mut effort = base.clone();
    effort.effort = 7;
    exact("effort 7".into(), encode(effort));
    let mut progressive = TransformOptions::default();
    progressive.progressive = true;
    let sequential = Config {
        mode: Mode::Streaming,
        ..base.clone()
    };
    let turned = transform(&encode(sequential), &progressive).unwrap();
    exact("transformed".into(), turned);
    let light: Vec<f32> = picture(3).iter().map(|v| f32::from(*v) / 60.0).collect();
    let hdr = encode_hdr(
        SIZE.0 as u32,
        SIZE.1 as u32,
        &light,
        None,
        &HdrConfig::default(),
    );
    exact("gain map".into(), hdr.unwrap());

    // Through a profile of 8-bit curves, blue subsampled: near the source.
    let xyb = Config {
        color: ColorModel::Xyb,
        ..base.clone()
    };
    cases.push(("XYB".into(), encode(xyb), picture(3), 40));
    // Inks: the browser's own conversion, which is ink times black.
    for color in [ColorModel::Cmyk, ColorModel::Ycck] {
        let config = Config {
            input: InputFormat::Cmyk,
            color,
            ..base.clone()
        };
        let rgb = picture(4)
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|p| [0, 1, 2].map(|c| (u16::from(p[c]) * u16::from(p[3]) / 255) as u8))
            .collect();
        cases.push((format!("{color:?}"), encode(config), rgb, 24));
    }
    cases
}

#[test]
fn chromium_shows_our_files_as_we_decode_them() {
    let Ok(browser) = std::env::var("VFX_CHROMIUM") else {
        println!("SKIPPED: VFX_CHROMIUM names no browser");
        return;
    };
    let cases = cases();
    let mut page = String::from("<!doctype html><body>\n");
    for (_, bytes, rgb, _) in &cases {
        let (jpeg, rgb) = (base64(bytes), base64(rgb));
        writeln!(
            page,
            "<img src='data:image/jpeg;base64,{jpeg}' data-rgb='{rgb}'>"
        )
        .unwrap();
    }
    page += "<script>onload = () => {
        let out = '';
        for (const img of document.images) {
            const c = document.createElement('canvas');
            [c.width, c.height] = [img.naturalWidth, img.naturalHeight];
            const g = c.getContext('2d');
            g.drawImage(img, 0, 0);
            const got = g.getImageData(0, 0, c.width, c.height).data;
            const want = atob(img.dataset.rgb);
            let most = got.length / 4 * 3 === want.length ? 0 : 999;
            for (let i = 0; i < want.length; i++)
                most = Math.max(most, Math.abs(want.charCodeAt(i) - got[(i / 3 | 0) * 4 + i % 3]));
            out += most + ' ';
        }
        document.body.innerHTML = '<pre>' + out + '</pre>';
    };</script></body>";
    let folder = std::env::temp_dir().join(format!("vfx_jpeg_chromium_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("page.html");
    std::fs::write(&path, page).unwrap();
    let result = std::process::Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(["--disable-background-networking", "--no-first-run"])
        .args(["--force-color-profile=srgb", "--disable-extensions"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", path.display()))
        .output()
        .unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    let text = String::from_utf8_lossy(&result.stdout).into_owned();
    let numbers = text
        .split_once("<pre>")
        .and_then(|t| t.1.split_once("</pre>"))
        .unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&result.stderr)))
        .0;
    let found: Vec<u32> = numbers
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    assert_eq!(found.len(), cases.len());
    let mut wrong = 0;
    for ((name, _, _, allowed), most) in cases.iter().zip(found) {
        println!("{name}: off by {most} at most");
        wrong += usize::from(most > u32::from(*allowed));
    }
    assert_eq!(wrong, 0, "files that look different");
}
