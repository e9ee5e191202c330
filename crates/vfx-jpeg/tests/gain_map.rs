//! Gain maps: what is written comes back, in both metadata forms and by both indices; other readers find the pictures;
//! damage is passed over.

use proptest::prelude::*;
use std::process::{Command, Stdio};
use vfx_jpeg::{
    Config, DecodeOptions, HdrConfig, Sampling, decode, decode_hdr, encode_hdr, gain_map,
    linear_to_srgb, srgb_to_linear,
};

/// Soft light with highlights up to `peak`.
fn picture(width: usize, height: usize, peak: f32, phase: f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 * 0.05, y as f32 * 0.04);
            let glow = ((u + phase).sin() * (v - phase).cos()).max(0.0).powi(4);
            for c in 0..3 {
                let base = 0.18 + 0.15 * (u * 0.7 + v + c as f32).sin();
                out.push(base + glow * peak * [1.0, 0.8, 0.5][c]);
            }
        }
    }
    out
}

fn config(sampling: Sampling, scale: usize, colour: bool) -> HdrConfig {
    let mut c = HdrConfig::default();
    c.base = Config {
        sampling,
        distance: 0.3,
        ..Config::default()
    };
    c.map_distance = 0.1;
    c.map_scale = scale;
    c.map_colour = colour;
    c
}

/// Largest and mean error in stops, against the light that is there and a little more.
fn errors(a: &[f32], b: &[f32]) -> (f32, f32) {
    let stops = |(a, b): (&f32, &f32)| ((a + 0.02) / (b + 0.02)).log2().abs();
    let all = a.iter().zip(b).map(stops);
    (
        all.clone().fold(0.0, f32::max),
        all.sum::<f32>() / a.len() as f32,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn gain_map_brings_the_source_back(
        width in 9usize..130,
        height in 9usize..100,
        peak in 1.0f32..20.0,
        phase in 0.0f32..6.0,
        scale in 1usize..=2,
        subsampled in any::<bool>(),
    ) {
        let hdr = picture(width, height, peak, phase);
        let sampling = if subsampled { Sampling::S420 } else { Sampling::S444 };
        let file = encode_hdr(width as u32, height as u32, &hdr, None, &config(sampling, scale, true)).unwrap();
        let back = decode_hdr(&file, &DecodeOptions::default(), None).unwrap().expect("a gain map");
        prop_assert_eq!((back.width, back.height), (width, height));
        let (most, mean) = errors(&back.pixels, &hdr);
        // A map of half size cannot follow edges of the light.
        let allowed = if scale == 1 { (0.03, 0.6) } else { (0.15, 3.0) };
        prop_assert!(mean < allowed.0, "mean {} stops", mean);
        prop_assert!(most < allowed.1, "most {} stops", most);
        // Without headroom the base is right as it is.
        let flat = decode_hdr(&file, &DecodeOptions::default(), Some(0.0)).unwrap().unwrap();
        let mut options = DecodeOptions::default();
        options.samples = vfx_jpeg::SampleKind::F32;
        let (base, _) = decode(&file, options).unwrap();
        for (a, b) in flat.pixels.iter().zip(base.f32s().unwrap()) {
            prop_assert!((a - srgb_to_linear(b.clamp(0.0, 1.0))).abs() < 1e-5);
        }
    }

    #[test]
    fn gain_map_of_damaged_files_is_absent_or_sound(seed in any::<u64>()) {
        let hdr = picture(40, 24, 5.0, 1.0);
        let mut file = encode_hdr(40, 24, &hdr, None, &config(Sampling::S420, 2, true)).unwrap();
        let mut s = seed | 1;
        for _ in 0..4 {
            s ^= s << 13;
            s ^= s >> 7;
            s ^= s << 17;
            let at = (s >> 20) as usize % file.len();
            file[at] = s as u8;
        }
        if s & 3 == 0 {
            file.truncate((s >> 9) as usize % file.len());
        }
        if let Ok(Some(image)) = decode_hdr(&file, &DecodeOptions::default(), None) {
            prop_assert_eq!(image.pixels.len(), image.width * image.height * 3);
        }
    }
}

#[test]
fn gain_map_of_one_channel_keeps_luminance() {
    let hdr = picture(64, 48, 8.0, 0.3);
    let grey: Vec<f32> = hdr.chunks(3).flat_map(|p| [p[0]; 3]).collect();
    let file = encode_hdr(64, 48, &grey, None, &config(Sampling::S444, 1, false)).unwrap();
    let map = gain_map(&file, &DecodeOptions::default()).unwrap().unwrap();
    assert_eq!((map.width, map.height, map.channels), (64, 48, 1));
    let back = decode_hdr(&file, &DecodeOptions::default(), None)
        .unwrap()
        .unwrap();
    let (most, mean) = errors(&back.pixels, &grey);
    assert!(mean < 0.02 && most < 0.4, "{mean} {most} stops");
}

#[test]
fn gain_map_with_a_grade_uses_it_as_the_base() {
    let hdr = picture(50, 40, 6.0, 2.0);
    let sdr: Vec<f32> = hdr
        .iter()
        .map(|v| (v / (1.0 + v)).clamp(0.0, 1.0))
        .collect();
    let file = encode_hdr(50, 40, &hdr, Some(&sdr), &config(Sampling::S444, 1, true)).unwrap();
    let (base, _) = decode(&file, DecodeOptions::default()).unwrap();
    let off = base.u8s().unwrap().iter().zip(&sdr);
    let off = off.map(|(a, b)| (f32::from(*a) - 255.0 * linear_to_srgb(*b)).abs());
    assert!(off.sum::<f32>() / (sdr.len() as f32) < 3.0);
    let back = decode_hdr(&file, &DecodeOptions::default(), None)
        .unwrap()
        .unwrap();
    assert!(errors(&back.pixels, &hdr).1 < 0.03);
}

#[test]
fn gain_map_is_found_by_either_index_and_described_in_either_form() {
    let hdr = picture(48, 32, 4.0, 1.0);
    let file = encode_hdr(48, 32, &hdr, None, &config(Sampling::S444, 1, true)).unwrap();
    let whole = decode_hdr(&file, &DecodeOptions::default(), None)
        .unwrap()
        .unwrap();
    let without = |name: &[u8]| {
        let mut file = file.clone();
        let mut hits = 0;
        for i in 0..file.len() - name.len() {
            if file[i..].starts_with(name) {
                file[i] = b'?';
                hits += 1;
            }
        }
        assert!(hits > 0);
        file
    };
    for name in [
        &b"MPF\0"[..],
        b"http://ns.google.com/photos/1.0/container/item/",
        b"urn:iso:std:iso:ts:21496:-1",
        b"hdrgm:GainMapMax",
    ] {
        let back = decode_hdr(&without(name), &DecodeOptions::default(), None).unwrap();
        let back = back.unwrap_or_else(|| panic!("without {}", String::from_utf8_lossy(name)));
        assert_eq!(back.info, whole.info);
        assert!(back.pixels == whole.pixels);
    }
    let (plain, _) = decode(&file, DecodeOptions::default()).unwrap();
    assert_eq!((plain.width, plain.height), (48, 32));
}

#[test]
fn gain_map_is_absent_from_ordinary_files() {
    let mut e = vfx_jpeg::Encoder::new(8, 8, Config::default(), Vec::new()).unwrap();
    e.write_rows(&[9u8; 192][..]).unwrap();
    let file = e.finish().unwrap();
    assert!(
        gain_map(&file, &DecodeOptions::default())
            .unwrap()
            .is_none()
    );
    assert!(gain_map(&file[..40], &DecodeOptions::default()).is_err());
}

#[test]
fn gain_map_files_list_two_pictures_in_pillow() {
    let hdr = picture(64, 48, 4.0, 1.0);
    let file = encode_hdr(64, 48, &hdr, None, &config(Sampling::S420, 2, true)).unwrap();
    let path = std::env::temp_dir().join(format!("gain_map_{}.jpg", std::process::id()));
    std::fs::write(&path, &file).unwrap();
    let script = "import sys; from PIL import Image; im = Image.open(sys.argv[1]); print(im.format, im.n_frames, *im.size); \
                  im.load(); im.seek(1); print(*im.size); im.load()";
    let out = Command::new("python3")
        .args(["-c", script, path.to_str().unwrap()])
        .stderr(Stdio::null())
        .output();
    let _ = std::fs::remove_file(&path);
    match out {
        Ok(out) if out.status.success() => {
            let text = String::from_utf8_lossy(&out.stdout).replace('\n', " ");
            assert_eq!(text.trim(), "MPO 2 64 48 32 24");
        }
        _ => println!("SKIPPED: no python3 with Pillow"),
    }
}
