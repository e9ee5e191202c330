//! XYB files: three components at 2x2, 2x2, 1x1, and the colours come back through the inverse of the profile's formula.

use vfx_jpeg::{ColorModel, Config, DecodeOptions, Encoder, Mode, Script, decode};

/// Inverse of the XYB transform, to linear light (jpegli `opsin_params.h`).
fn to_linear(level: [f64; 3]) -> [f64; 3] {
    let scale = [22.995788804, 1.183000077, 1.502141333];
    let offset = [0.015386134, 0.0, 0.27770459];
    let bias = 0.0037930732552754493f64;
    let [x, y, b] = [0, 1, 2].map(|c| level[c] / 255.0 / scale[c] - offset[c]);
    let cone = [y + x, y - x, b + y].map(|v| (v + bias.cbrt()).powi(3) - bias);
    let inverse = [
        [11.031566901960783, -9.866943921568629, -0.16462299647058826],
        [-3.254147380392157, 4.418770392156863, -0.16462299647058826],
        [-3.6588512862745097, 2.7129230470588235, 1.9459282392156863],
    ];
    inverse.map(|row: [f64; 3]| row[0] * cone[0] + row[1] * cone[1] + row[2] * cone[2])
}

#[test]
fn xyb_colours_come_back() {
    let (width, height) = (96usize, 64usize);
    let mut rows = Vec::new();
    for y in 0..height {
        for x in 0..width {
            rows.extend([(x * 2) as u8 + 30, (y * 3) as u8 + 20, 200 - (x + y) as u8]);
        }
    }
    for mode in [Mode::Streaming, Mode::Progressive(Script::Level2)] {
        let config = Config {
            color: ColorModel::Xyb,
            mode,
            distance: 0.5,
            ..Config::default()
        };
        let mut encoder = Encoder::new(width as u32, height as u32, config, Vec::new()).unwrap();
        encoder.write_rows(&rows).unwrap();
        let jpeg = encoder.finish().unwrap();
        assert!(jpeg.windows(12).any(|w| w == b"ICC_PROFILE\0"));
        let frame = jpeg
            .windows(2)
            .position(|w| w == [0xff, 0xc0] || w == [0xff, 0xc2])
            .unwrap();
        assert_eq!(
            jpeg[frame + 10..frame + 19],
            [b'R', 0x22, 0, b'G', 0x22, 1, b'B', 0x11, 2]
        );
        let (image, _) = decode(&jpeg, DecodeOptions::default()).unwrap();
        let found = image.u8s().unwrap();
        let mut sum = 0.0;
        for (found, source) in found.chunks_exact(3).zip(rows.chunks_exact(3)) {
            let linear = to_linear([0, 1, 2].map(|c| f64::from(found[c])));
            for (linear, &source) in linear.into_iter().zip(source) {
                let v = linear.max(0.0);
                let code = if v <= 0.0031308 {
                    v * 12.92
                } else {
                    1.055 * v.powf(1.0 / 2.4) - 0.055
                };
                sum += (code * 255.0 - f64::from(source)).powi(2);
            }
        }
        let psnr = 10.0 * (255.0f64.powi(2) / (sum / rows.len() as f64)).log10();
        assert!(psnr > 34.0, "psnr {psnr}");
    }
}
