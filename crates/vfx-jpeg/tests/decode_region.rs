//! Regions and threads: rows reached by a jump, from checkpoints or restart markers, and pictures decoded in bands have the
//! pixels of a decoder that went from top to bottom.

mod decode_data;

use std::sync::Arc;

use decode_data::files;
use vfx_jpeg::{
    Channels, Config, DecodeOptions, Decoder, Encoder, Image, Mode, SampleKind, Sampling, Scale,
    decode,
};

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % n.max(1)
    }
}

/// Waves with noise, so that every block has something to code.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let mut random = Random(9);
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let (u, v) = (x as f32, y as f32);
                let wave = (u * 0.11 + c as f32).sin() * (v * 0.07).cos();
                out.push((127.0 + 90.0 * wave) as u8 ^ (random.below(8) as u8));
            }
        }
    }
    out
}

fn encode(width: usize, height: usize, sampling: Sampling, restart: u16, mode: Mode) -> Vec<u8> {
    let config = Config {
        sampling,
        mode,
        restart_interval: restart,
        ..Config::with_quality(88.0)
    };
    let mut encoder = Encoder::new(width as u32, height as u32, config, Vec::new()).unwrap();
    encoder.write_rows(&picture(width, height)[..]).unwrap();
    encoder.finish().unwrap()
}

/// The numbers as bits, so that they compare whatever they are.
fn bits(image: &Image) -> Vec<u32> {
    if let Some(v) = image.u8s() {
        return v.iter().map(|v| u32::from(*v)).collect();
    }
    if let Some(v) = image.u16s() {
        return v.iter().map(|v| u32::from(*v)).collect();
    }
    image.f32s().unwrap().iter().map(|v| v.to_bits()).collect()
}

/// One row where the decoder stands, and the bytes that were fed for it.
fn row_of(d: &mut Decoder, file: &[u8], at: &mut usize, piece: usize) -> (Option<Vec<u32>>, usize) {
    macro_rules! read {
        ($t:ty, $bits:expr) => {{
            let mut row = vec![<$t>::default(); d.row_len()];
            let (mut fed, mut ended) = (0, false);
            loop {
                if d.read_rows(&mut row).unwrap() == 1 {
                    return (Some(row.iter().map($bits).collect()), fed);
                }
                if *at < file.len() {
                    let n = piece.min(file.len() - *at);
                    d.write(&file[*at..*at + n]).unwrap();
                    (*at, fed) = (*at + n, fed + n);
                } else if !ended {
                    ended = true;
                    d.finish().unwrap();
                } else {
                    return (None, fed);
                }
            }
        }};
    }
    match d.sample_type() {
        vfx_jpeg::SampleType::U8 => read!(u8, |v| u32::from(*v)),
        vfx_jpeg::SampleType::U16 => read!(u16, |v| u32::from(*v)),
        vfx_jpeg::SampleType::F32 => read!(f32, |v| v.to_bits()),
    }
}

/// Jumps about in a file and compares each row with the whole picture's.
fn jumps(file: &[u8], options: &DecodeOptions, random: &mut Random, name: &str) {
    let Ok((whole, first)) = decode(file, options.clone()) else {
        return;
    };
    if !first.report().is_clean() && options.strict {
        return;
    }
    let all = bits(&whole);
    let len = whole.width * whole.channels;
    let mut options = options.clone();
    options.checkpoints = true;
    let mut d = Decoder::new(options);
    let mut at = 0;
    while d.header().is_none() && at < file.len() {
        let n = (1 + random.below(400)).min(file.len() - at);
        d.write(&file[at..at + n]).unwrap();
        at += n;
    }
    if d.header().is_none() {
        d.finish().unwrap();
    }
    for jump in 0..12 {
        let row = random.below(whole.height);
        if let (true, Some(o)) = (random.below(2) == 0, d.scout_offset()) {
            // In pieces, as from a file.
            for piece in file[o as usize..].chunks(1 + random.below(5000)) {
                if !d.scout(piece, row) {
                    break;
                }
            }
        }
        if let Some(offset) = d.seek(row).unwrap() {
            at = offset as usize;
        }
        let piece = 1 + random.below(3000);
        for y in row..(row + 1 + random.below(20)).min(whole.height) {
            let (got, _) = row_of(&mut d, file, &mut at, piece);
            let got = got.unwrap_or_else(|| panic!("{name}: jump {jump}: no row {y}"));
            assert!(
                got == all[y * len..(y + 1) * len],
                "{name}: jump {jump} to {row}: row {y} differs"
            );
        }
    }
}

/// Options that exercise every pipeline.
fn variants() -> Vec<DecodeOptions> {
    let mut all = Vec::new();
    for (samples, scale, bias) in [
        (SampleKind::Native, Scale::Full, false),
        (SampleKind::F32, Scale::Full, false),
        (SampleKind::F32, Scale::Full, true),
        (SampleKind::U16, Scale::Half, false),
        (SampleKind::Native, Scale::Quarter, false),
        (SampleKind::Native, Scale::Eighth, false),
    ] {
        let mut o = DecodeOptions::default();
        (o.samples, o.scale, o.dequantisation_bias) = (samples, scale, bias);
        all.push(o);
    }
    all
}

#[test]
fn region_rows_of_any_jump_equal_the_whole_picture() {
    let mut random = Random(77);
    for (i, path) in files("").iter().enumerate() {
        let Ok(file) = std::fs::read(path) else {
            continue;
        };
        if file.len() > 60_000 {
            continue;
        }
        let variants = variants();
        let mut options = variants[i % variants.len()].clone();
        options.channels = Channels::Components;
        jumps(&file, &options, &mut random, &path.display().to_string());
    }
}

#[test]
fn region_jumps_in_encoded_pictures_of_every_sampling_and_interval() {
    let mut random = Random(5);
    for sampling in [
        Sampling::S444,
        Sampling::S422,
        Sampling::S440,
        Sampling::S420,
        Sampling::S411,
    ] {
        for restart in [0, 1, 5, 13, 200] {
            let file = encode(205, 301, sampling, restart, Mode::Streaming);
            for options in variants() {
                let name = format!("{sampling:?} {restart} {options:?}");
                jumps(&file, &options, &mut random, &name);
            }
        }
    }
    let file = encode(
        205,
        301,
        Sampling::S420,
        7,
        Mode::Progressive(vfx_jpeg::Script::Level2),
    );
    for options in variants() {
        jumps(&file, &options, &mut random, "progressive");
    }
}

#[test]
fn region_of_a_visited_or_restarting_file_reads_a_part_of_it() {
    for restart in [0, 20] {
        let file = encode(640, 1600, Sampling::S420, restart, Mode::Streaming);
        let mut options = DecodeOptions::default();
        options.checkpoints = true;
        let mut d = Decoder::new(options);
        let mut at = 0;
        while d.header().is_none() {
            d.write(&file[at..at + 100]).unwrap();
            at += 100;
        }
        if restart == 0 {
            d.decode_all(&file[at..]).unwrap();
            assert_eq!(d.index().len(), 1600 / 16);
        } else {
            let from = d.scout_offset().unwrap() as usize;
            for piece in file[from..].chunks(1000) {
                if !d.scout(piece, 1500) {
                    break;
                }
            }
        }
        let offset = d.seek(1500).unwrap().expect("a jump");
        at = offset as usize;
        assert!(
            at > file.len() * 8 / 10,
            "restart {restart}: {at} of {}",
            file.len()
        );
        let (_, fed) = row_of(&mut d, &file, &mut at, 256);
        assert!(fed < file.len() / 20, "restart {restart}: {fed} bytes fed");
    }
}

#[test]
fn region_before_the_current_row_needs_checkpoints() {
    let file = encode(64, 200, Sampling::S444, 0, Mode::Streaming);
    let mut d = Decoder::new(DecodeOptions::default());
    d.write(&file).unwrap();
    let mut row = vec![0u8; d.row_len()];
    assert!(d.seek(200).is_err());
    assert_eq!(d.seek(100).unwrap(), None);
    assert_eq!(d.read_rows(&mut row).unwrap(), 1);
    assert!(d.seek(3).is_err());
}

#[test]
fn threads_give_the_pixels_of_one() {
    let mut cases: Vec<(String, Vec<u8>)> = files("")
        .iter()
        .filter_map(|p| Some((p.display().to_string(), std::fs::read(p).ok()?)))
        .filter(|(_, f)| f.len() < 200_000)
        .collect();
    for sampling in [Sampling::S444, Sampling::S420, Sampling::S422] {
        for restart in [0, 3, 16, 77] {
            let file = encode(250, 403, sampling, restart, Mode::Streaming);
            cases.push((format!("{sampling:?} {restart}"), file));
        }
    }
    for (i, (name, file)) in cases.iter().enumerate() {
        let mut options = variants()[i % 6].clone();
        let Ok((one, first)) = decode(file, options.clone()) else {
            continue;
        };
        options.threads = 3;
        let (three, many) = decode(file, options.clone()).unwrap();
        assert!(bits(&one) == bits(&three), "{name}: other pixels");
        assert_eq!(
            first.report().is_clean(),
            many.report().is_clean(),
            "{name}"
        );
        options.checkpoints = true;
        options.threads = 1;
        let (_, visited) = decode(file, options.clone()).unwrap();
        options.threads = 3;
        options.index = Some(Arc::new(visited.index().clone()));
        let (again, _) = decode(file, options).unwrap();
        assert!(
            bits(&one) == bits(&again),
            "{name}: other pixels with an index"
        );
    }
}

#[test]
fn index_of_another_file_does_no_harm() {
    let a = encode(120, 333, Sampling::S420, 0, Mode::Streaming);
    let mut options = DecodeOptions::default();
    options.checkpoints = true;
    let (_, d) = decode(&a, options.clone()).unwrap();
    options.index = Some(Arc::new(d.index().clone()));
    options.threads = 2;
    for (w, h) in [(120, 333), (64, 900), (640, 64), (8, 8)] {
        let b = encode(w, h, Sampling::S444, 0, Mode::Streaming);
        // Any pixels, or an error.
        if let Ok((image, _)) = decode(&b, options.clone()) {
            assert_eq!((image.width, image.height), (w, h));
        }
    }
}
