//! The float pipeline against a plain f64 decoder made from the stored coefficients' definition: within 0.5 code values.

mod decode_data;

use decode_data::file;
use vfx_jpeg::{DecodeOptions, Pixels, SampleKind, decode, decode_planes};

/// Floats against exact integers: both come from the same coefficients, so the rounded planes agree to one code value, and
/// nearly everywhere to half of one.
#[test]
fn float_planes_lie_within_rounding_of_islow() {
    for name in [
        "libjpeg-turbo/testorig.jpg",
        "jpeg-decoder/mozilla/jpg-progressive.jpg",
        "jpegsuite/extended_huffman/32x32x12_ycbcr.jpg",
    ] {
        let Some(bytes) = file(name) else { return };
        let mut options = DecodeOptions::default();
        let codes = decode_planes(&bytes, options.clone()).unwrap().0;
        options.samples = SampleKind::F32;
        let (floats, decoder) = decode_planes(&bytes, options).unwrap();
        let max = ((1u32 << decoder.header().unwrap().precision) - 1) as f32;
        for (c, f) in codes.iter().zip(&floats) {
            let Pixels::F32(f) = &f.samples else {
                panic!("floats")
            };
            let c: Vec<f32> = match &c.samples {
                Pixels::U8(v) => v.iter().map(|v| f32::from(*v)).collect(),
                Pixels::U16(v) => v.iter().map(|v| f32::from(*v)).collect(),
                _ => panic!("codes"),
            };
            // 12-bit rows wait at 1/8 of a code value, and islow itself keeps one bit less between its passes.
            let close = if max > 255.0 { 0.75 } else { 0.55 };
            let mut far = 0;
            for (c, f) in c.iter().zip(f) {
                let d = (c - (f * max).clamp(0.0, max)).abs();
                assert!(d <= 1.0, "{name}: {c} against {}", f * max);
                far += usize::from(d > close);
            }
            assert!(
                far * 100 <= c.len(),
                "{name}: {far} of {} beyond half a code",
                c.len()
            );
        }
    }
}

/// A single coefficient gives a cosine: the analytic sample is the f64 reference.
#[test]
fn float_samples_match_the_definition() {
    // 8x8 gray, quantisers 1, DC and one AC coefficient, coded with the typical tables.
    for (k, (u, v)) in [
        (1usize, (1.0f64, 0.0f64)),
        (2, (0.0, 1.0)),
        (3, (0.0, 2.0)),
        (4, (1.0, 1.0)),
        (5, (2.0, 0.0)),
    ] {
        let mut f = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
        f.extend([5; 64]);
        f.extend([
            0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0,
        ]);
        // DC size 0 is `00`; AC run k-1 size 1 then bit 1; EOB `1010`.
        let code = ["00", "1100", "11100", "111010", "111011"][k - 1];
        let mut bits: String = format!("00{code}11010");
        while !bits.len().is_multiple_of(8) {
            bits.push('1');
        }
        f.extend(
            bits.as_bytes()
                .chunks(8)
                .map(|b| u8::from_str_radix(std::str::from_utf8(b).unwrap(), 2).unwrap()),
        );
        f.extend([0xff, 0xd9]);
        let mut options = DecodeOptions::default();
        options.samples = SampleKind::F32;
        let (image, decoder) = decode(&f, options).unwrap();
        assert!(decoder.report().is_clean(), "{:?}", decoder.report());
        let c = |f: f64| {
            if f == 0.0 {
                std::f64::consts::FRAC_1_SQRT_2
            } else {
                1.0
            }
        };
        let wave = |f: f64, x: usize| ((2 * x + 1) as f64 * f * std::f64::consts::PI / 16.0).cos();
        for (i, got) in image.f32s().unwrap().iter().enumerate() {
            let want = 128.0 + 0.25 * c(u) * c(v) * 5.0 * wave(u, i % 8) * wave(v, i / 8);
            assert!(
                (f64::from(*got) * 255.0 - want).abs() < 0.02,
                "index {k}, sample {i}: {} against {want}",
                got * 255.0
            );
        }
    }
}
