//! Issues of other codecs, rebuilt: each test is named after project and number. More of them are in `decode_damage.rs`; the
//! crate documentation has the whole list.

mod decode_data;

use decode_data::file;
use vfx_jpeg::{
    ColorModel, Config, DecodeOptions, Decoder, Encoder, Image, InputFormat, Mode, SampleKind,
    Sampling, Script, Status, decode,
};

/// Waves with grain: every coefficient is used somewhere.
fn picture(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut seed = 7u32;
    let mut out = Vec::with_capacity(width * height * channels);
    for i in 0..width * height * channels {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = ((i / channels % width) as f32, (i / channels / width) as f32);
        let wave = 45.0 * ((x * 0.07 + (i % channels) as f32).sin() + (y * 0.05).cos());
        out.push((127.5 + wave + (seed >> 24) as f32 * 0.1) as u8);
    }
    out
}

fn encode(width: usize, height: usize, config: &Config, rows: &[u8]) -> Vec<u8> {
    let mut encoder =
        Encoder::new(width as u32, height as u32, config.clone(), Vec::new()).unwrap();
    encoder.write_rows(rows).unwrap();
    encoder.finish().unwrap()
}

/// The image of a file without damage.
fn clean(bytes: &[u8]) -> Image {
    let (image, decoder) = decode(bytes, DecodeOptions::default()).unwrap();
    assert!(decoder.report().is_clean(), "{:?}", decoder.report());
    image
}

fn scripts() -> [Mode; 3] {
    [Script::Level1, Script::Level2, Script::Spectral].map(Mode::Progressive)
}

/// Every refinement scan counts: a complete progressive file has exactly the pixels of a sequential one, never smoothed.
#[test]
fn zune_image_243_progressive_is_as_sharp_as_sequential() {
    let rows = picture(160, 120, 3);
    for sampling in [Sampling::S444, Sampling::S420] {
        let base = Config {
            sampling,
            mode: Mode::Sequential,
            ..Config::with_quality(92.0)
        };
        let expected = clean(&encode(160, 120, &base, &rows));
        for mode in scripts() {
            let config = Config {
                mode,
                ..base.clone()
            };
            assert!(clean(&encode(160, 120, &config, &rows)) == expected);
        }
    }
}

/// Restart markers in every kind of progressive scan, refinements and EOB runs included.
#[test]
fn zune_image_270_restarts_in_progressive_scans() {
    let rows = picture(131, 77, 3);
    for sampling in [Sampling::S444, Sampling::S420] {
        let base = Config {
            sampling,
            mode: Mode::Sequential,
            ..Config::with_quality(40.0)
        };
        let expected = clean(&encode(131, 77, &base, &rows));
        for mode in scripts() {
            for restart_interval in [1, 3, 17, 1000] {
                let config = Config {
                    mode: mode.clone(),
                    restart_interval,
                    ..base.clone()
                };
                let bytes = encode(131, 77, &config, &rows);
                assert!(clean(&bytes) == expected, "{sampling:?} {config:?}");
            }
        }
    }
}

/// Rows one at a time, while bytes come, are the rows of the whole image.
#[test]
fn zune_image_391_scanlines_one_at_a_time() {
    let base = Config::with_quality(90.0);
    for mode in [Mode::Streaming, Mode::Progressive(Script::Level2)] {
        let config = Config {
            sampling: Sampling::S420,
            mode,
            ..base.clone()
        };
        let bytes = encode(97, 83, &config, &picture(97, 83, 3));
        let whole = clean(&bytes);
        let mut decoder = Decoder::new(DecodeOptions::default());
        let (mut rows, mut row) = (Vec::new(), Vec::new());
        for piece in bytes.chunks(11) {
            let mut status = decoder.write(piece).unwrap();
            while let Status::Header | Status::Rows { .. } = status {
                row.resize(decoder.row_len(), 0u8);
                while decoder.read_rows(&mut row).unwrap() == 1 {
                    rows.extend_from_slice(&row);
                }
                status = decoder.write(&[]).unwrap();
            }
        }
        decoder.finish().unwrap();
        while decoder.read_rows(&mut row).unwrap() == 1 {
            rows.extend_from_slice(&row);
        }
        assert!(rows == whole.u8s().unwrap());
    }
}

/// Phone photographs: multi-picture index, long metadata, and more pictures and padding behind EOI.
#[test]
fn zune_jpeg_14_phone_photographs_end_at_their_own_eoi() {
    let config = Config {
        sampling: Sampling::S420,
        exif: vec![b'I'; 60_000],
        xmp: vec![b'x'; 150_000],
        mode: Mode::Sequential,
        ..Config::with_quality(95.0)
    };
    let plain = encode(120, 90, &config, &picture(120, 90, 3));
    let index = b"\xff\xe2\x00\x0aMPF\0abcd";
    let second = encode(16, 16, &Config::default(), &picture(16, 16, 3));
    let photo = [&plain[..2], index, &plain[2..], &second, &[0; 999]].concat();
    assert!(clean(&photo) == clean(&plain));
}

/// New data after each scan, until the last one is the image.
#[test]
fn jpeg_decoder_2_output_gets_better_with_each_scan() {
    let config = Config {
        mode: Mode::Progressive(Script::Level2),
        ..Config::with_quality(90.0)
    };
    let bytes = encode(160, 120, &config, &picture(160, 120, 3));
    let whole = clean(&bytes);
    let mut options = DecodeOptions::default();
    options.stop_at_scans = true;
    let mut decoder = Decoder::new(options);
    let mut errors = Vec::new();
    let mut status = decoder.write(&bytes).unwrap();
    loop {
        match status {
            Status::Scan { .. } => {
                let preview = decoder.current_preview().unwrap().unwrap();
                let pairs = preview.u8s().unwrap().iter().zip(whole.u8s().unwrap());
                errors.push(pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>());
            }
            Status::Header => {}
            _ => break,
        }
        status = decoder.write(&[]).unwrap();
    }
    assert!(errors.len() > 5, "{errors:?}");
    assert!(errors.is_sorted_by(|a, b| a >= b), "{errors:?}");
    assert_eq!(errors.last(), Some(&0));
}

/// A scan of one component has `ceil(width / 8)` blocks a row, not those that the MCUs are padded to.
#[test]
fn jpeg_encoder_2_progressive_subsampled_widths_180_and_360() {
    for width in [180, 360] {
        let rows = picture(width, 50, 3);
        for sampling in [
            Sampling::S422,
            Sampling::S440,
            Sampling::S420,
            Sampling::S411,
        ] {
            let base = Config {
                sampling,
                mode: Mode::Streaming,
                ..Config::with_quality(90.0)
            };
            let expected = clean(&encode(width, 50, &base, &rows));
            for mode in scripts() {
                let config = Config {
                    mode,
                    ..base.clone()
                };
                assert!(clean(&encode(width, 50, &config, &rows)) == expected);
            }
        }
    }
}

/// The bias moves a coefficient by less than half a step: no sample leaves its neighbourhood.
#[test]
fn libjxl_2094_bias_breaks_no_blocks() {
    let rows = picture(256, 256, 1);
    let config = Config {
        input: InputFormat::Gray,
        color: ColorModel::Gray,
        mode: Mode::Sequential,
        ..Config::with_quality(75.0)
    };
    let bytes = encode(256, 256, &config, &rows);
    let with = |bias| {
        let mut options = DecodeOptions::default();
        options.samples = SampleKind::F32;
        options.dequantisation_bias = bias;
        decode(&bytes, options).unwrap().0
    };
    let (plain, biased) = (with(false), with(true));
    let (plain, biased) = (plain.f32s().unwrap(), biased.f32s().unwrap());
    let error = |v: &[f32]| -> f64 {
        let pairs = v.iter().zip(&rows);
        pairs
            .map(|(a, b)| f64::from(a * 255.0 - f32::from(*b)).powi(2))
            .sum()
    };
    assert!(plain != biased, "the bias is on");
    assert!(error(biased) <= 1.2 * error(plain));
    for (i, (a, b)) in plain.iter().zip(biased).enumerate() {
        assert!((a - b).abs() < 0.1, "sample {i}: {a} and {b}");
    }
}

/// EOB runs beyond 0x7fff blocks and symbol counts beyond 16 bits.
#[test]
fn libjxl_2655_long_runs_and_large_counts_in_progressive_scans() {
    let (width, height) = (2048, 1600);
    let base = Config {
        input: InputFormat::Gray,
        color: ColorModel::Gray,
        ..Config::with_quality(80.0)
    };
    let flat = vec![77u8; width * height];
    let mut spot = flat.clone();
    *spot.last_mut().unwrap() = 255;
    for rows in [flat, spot, picture(width, height, 1)] {
        let one = Config {
            mode: Mode::Sequential,
            ..base.clone()
        };
        let expected = clean(&encode(width, height, &one, &rows));
        for mode in scripts() {
            let config = Config {
                mode,
                ..base.clone()
            };
            assert!(clean(&encode(width, height, &config, &rows)) == expected);
        }
    }
}

/// XYB files are RGB by their component names, with the profile that explains them.
#[test]
fn zenjpeg_4_xyb_files_decode() {
    let config = Config {
        color: ColorModel::Xyb,
        ..Config::with_quality(90.0)
    };
    let bytes = encode(65, 43, &config, &picture(65, 43, 3));
    let (image, decoder) = decode(&bytes, DecodeOptions::default()).unwrap();
    assert!(decoder.report().is_clean());
    assert_eq!((image.width, image.height, image.channels), (65, 43, 3));
    assert!(decoder.header().unwrap().metadata.icc.is_some());
}

/// A truncated file gives its rows and says so; strictly it is an error.
#[test]
fn zenjpeg_92_truncation_is_tolerated_and_told() {
    let Some(bytes) = file("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let cut = &bytes[..bytes.len() * 2 / 3];
    let (image, decoder) = decode(cut, DecodeOptions::default()).unwrap();
    assert!(decoder.report().truncated && !decoder.report().is_clean());
    let whole = clean(&bytes);
    assert_eq!((image.width, image.height), (whole.width, whole.height));
    let row = whole.width * whole.channels;
    let same =
        |y: usize| image.u8s().unwrap()[y * row..][..row] == whole.u8s().unwrap()[y * row..][..row];
    assert!((0..whole.height / 3).all(same));
    let mut strict = DecodeOptions::default();
    strict.strict = true;
    assert!(decode(cut, strict).is_err());
}

/// A wish: progressive files from the encoder, for the web. They have the pixels of the sequential file in fewer bytes.
#[test]
fn image_1154_progressive_files_are_written() {
    for (channels, sampling) in [
        (1, Sampling::S444),
        (3, Sampling::S420),
        (3, Sampling::S444),
    ] {
        let rows = picture(320, 240, channels);
        let (input, color) = if channels == 1 {
            (InputFormat::Gray, ColorModel::Gray)
        } else {
            (InputFormat::Rgb, ColorModel::YCbCr)
        };
        let base = Config {
            sampling,
            input,
            color,
            mode: Mode::Streaming,
            ..Config::with_quality(90.0)
        };
        let streamed = encode(320, 240, &base, &rows);
        for mode in scripts() {
            let config = Config {
                mode,
                ..base.clone()
            };
            let bytes = encode(320, 240, &config, &rows);
            let frame = bytes
                .windows(4)
                .any(|w| w == [0xff, 0xc2, 0, 8 + 3 * channels as u8]);
            assert!(frame, "no progressive frame header");
            assert!(bytes.len() < streamed.len(), "{} bytes", bytes.len());
            assert!(clean(&bytes) == clean(&streamed));
        }
    }
}

/// Incremental decoders there decoded all at once and copied rows out of it. Here rows come with their bytes, and what is
/// held does not grow with the picture.
#[test]
fn image_1989_rows_come_with_their_bytes() {
    let (width, height) = (64, 1600);
    let config = Config {
        sampling: Sampling::S420,
        mode: Mode::Streaming,
        ..Config::with_quality(90.0)
    };
    let bytes = encode(width, height, &config, &picture(width, height, 3));
    let mut decoder = Decoder::new(DecodeOptions::default());
    let (mut rows, mut row, mut fed) = (0, Vec::new(), 0);
    for piece in bytes.chunks(512) {
        fed += piece.len();
        let mut status = decoder.write(piece).unwrap();
        while let Status::Header | Status::Rows { .. } = status {
            row.resize(decoder.row_len(), 0u8);
            while decoder.read_rows(&mut row).unwrap() == 1 {
                rows += 1;
            }
            status = decoder.write(&[]).unwrap();
        }
        // All but the tables, the bytes of an MCU of the largest size, and two rows of MCUs.
        let behind =
            (rows as f64 - (fed as f64 - 4096.0) / bytes.len() as f64 * height as f64).min(0.0);
        assert!(behind >= -64.0, "{rows} rows of {fed} bytes");
    }
    assert!(rows > height - 64);
}
