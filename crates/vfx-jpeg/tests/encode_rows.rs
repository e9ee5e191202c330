//! The encoder's bytes depend on the picture and the configuration only: not on how rows were split, not on the layout they
//! came in, not on threads.

use proptest::prelude::*;
use vfx_jpeg::{ColorModel, Config, Encoder, InputFormat, Mode, PlanarRows, Sampling, Script};

const SAMPLINGS: [Sampling; 5] = [
    Sampling::S444,
    Sampling::S422,
    Sampling::S440,
    Sampling::S420,
    Sampling::S411,
];

/// Smooth colours with an edge and some noise.
fn picture(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut state = 0x2545_f491u32;
    let mut out = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        for x in 0..width {
            for c in 0..channels {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let edge = if (x / 11 + y / 7) % 2 == 0 { 90 } else { 0 };
                out.push(((x * (c + 1) + y * 3 + edge) as u32 % 230 + (state >> 28)) as u8);
            }
        }
    }
    out
}

fn mode(i: usize) -> Mode {
    match i {
        0 => Mode::Streaming,
        1 => Mode::Sequential,
        2 => Mode::Progressive(Script::Level1),
        3 => Mode::Progressive(Script::Spectral),
        _ => Mode::Progressive(Script::Level2),
    }
}

fn encode(width: usize, height: usize, config: &Config, rows: &[u8], pieces: &[usize]) -> Vec<u8> {
    let mut encoder =
        Encoder::new(width as u32, height as u32, config.clone(), Vec::new()).unwrap();
    let row = width * config.input.channels();
    let (mut y, mut i) = (0, 0);
    while y < height {
        let n = pieces[i % pieces.len()].min(height - y);
        encoder.write_rows(&rows[y * row..(y + n) * row]).unwrap();
        (y, i) = (y + n, i + 1);
    }
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn bytes_do_not_depend_on_row_splits(
        width in 1usize..150,
        height in 1usize..90,
        sampling in 0usize..5,
        mode_index in 0usize..5,
        effort in 1u8..=7,
        restart in prop_oneof![Just(0u16), 1u16..20],
        pieces in prop::collection::vec(1usize..40, 1..5),
    ) {
        let config = Config {
            sampling: SAMPLINGS[sampling],
            mode: mode(mode_index),
            effort,
            restart_interval: restart,
            ..Config::default()
        };
        let rows = picture(width, height, 3);
        let whole = encode(width, height, &config, &rows, &[height]);
        prop_assert!(encode(width, height, &config, &rows, &pieces) == whole);
        prop_assert!(encode(width, height, &config, &rows, &[1]) == whole);
    }

    #[test]
    fn bytes_do_not_depend_on_threads(
        width in 1usize..200,
        height in 1usize..200,
        sampling in 0usize..5,
        mode_index in 0usize..5,
        threads in 2usize..5,
        effort in prop_oneof![Just(4u8), Just(7u8)],
        restart_interval in prop_oneof![Just(0u16), 1u16..40],
        adaptive in any::<bool>(),
    ) {
        let one = Config {
            sampling: SAMPLINGS[sampling], mode: mode(mode_index), effort, restart_interval, adaptive, ..Config::default()
        };
        let many = Config { threads, ..one.clone() };
        let rows = picture(width, height, 3);
        let expected = encode(width, height, &one, &rows, &[height]);
        prop_assert!(encode(width, height, &many, &rows, &[height]) == expected);
        prop_assert!(encode(width, height, &many, &rows, &[5]) == expected);
    }

    #[test]
    fn bytes_do_not_depend_on_sample_type_or_layout(width in 1usize..150, height in 1usize..40) {
        let bytes = picture(width, height, 3);
        let config = Config { sampling: Sampling::S420, ..Config::default() };
        let expected = encode(width, height, &config, &bytes, &[height]);

        let wide: Vec<u16> = bytes.iter().map(|&b| u16::from(b) * 257).collect();
        let mut encoder = Encoder::new(width as u32, height as u32, config.clone(), Vec::new()).unwrap();
        encoder.write_rows(&wide).unwrap();
        prop_assert!(encoder.finish().unwrap() == expected);

        let planes: Vec<Vec<u8>> = (0..3).map(|c| bytes.iter().skip(c).step_by(3).copied().collect()).collect();
        let slices: Vec<&[u8]> = planes.iter().map(Vec::as_slice).collect();
        let mut encoder = Encoder::new(width as u32, height as u32, config.clone(), Vec::new()).unwrap();
        encoder.write_rows(&PlanarRows { planes: &slices }).unwrap();
        prop_assert!(encoder.finish().unwrap() == expected);

        let mut rgba = Vec::new();
        for pixel in bytes.chunks_exact(3) {
            rgba.extend_from_slice(pixel);
            rgba.push(7);
        }
        let config = Config { input: InputFormat::Rgba, ..config };
        prop_assert!(encode(width, height, &config, &rgba, &[height]) == expected);
    }
}

#[test]
fn f32_rows_clamp_and_treat_nan_as_black() {
    let config = Config {
        input: InputFormat::Gray,
        color: ColorModel::Gray,
        ..Config::default()
    };
    let run = |rows: &[f32]| {
        let mut encoder = Encoder::new(16, 16, config.clone(), Vec::new()).unwrap();
        encoder.write_rows(rows).unwrap();
        encoder.finish().unwrap()
    };
    let odd: Vec<f32> = (0..256)
        .map(|i| match i % 5 {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => f32::NEG_INFINITY,
            3 => 7.5,
            _ => -0.25,
        })
        .collect();
    let clean: Vec<f32> = odd
        .iter()
        .map(|v| if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) })
        .collect();
    assert!(run(&odd) == run(&clean));
}

#[test]
fn streaming_bytes_leave_while_rows_arrive() {
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);
    impl Write for Shared {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(buf);
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (width, height) = (640, 640);
    let rows = picture(width, height, 3);
    let config = Config {
        mode: Mode::Streaming,
        ..Config::default()
    };
    let out = Shared::default();
    let mut encoder = Encoder::new(width as u32, height as u32, config, out.clone()).unwrap();
    let mut seen = Vec::new();
    for part in rows.chunks(width * 3 * 64) {
        encoder.write_rows(part).unwrap();
        seen.push(out.0.lock().unwrap().len());
    }
    encoder.finish().unwrap();
    let total = out.0.lock().unwrap().len();
    assert!(
        seen[4] > total / 4,
        "half of the rows gave {} of {total} bytes",
        seen[4]
    );
    assert!(seen.windows(2).all(|w| w[0] < w[1]));
}
