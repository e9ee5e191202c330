use super::FORMAT;
use crate::WriteOptions;
use crate::formats::trial;
use vfx_core::{ImageSpec, SampleFormat};

fn spec(w: usize, h: usize, n: usize, format: SampleFormat) -> ImageSpec {
    ImageSpec::new(w, h, ImageSpec::default_channels(n, format))
}

#[test]
fn pnm_round_trips_every_type() {
    for (w, h) in [(1, 1), (7, 5), (33, 130), (700, 301)] {
        for compression in ["none", "ascii"] {
            let options = WriteOptions {
                compression: Some(compression.into()),
                ..WriteOptions::default()
            };
            for n in [1, 3] {
                for bits in [1, 4, 8, 10, 12, 16] {
                    let s = spec(w, h, n, SampleFormat::unsigned(bits));
                    trial::round_trip(&FORMAT, "pnm", &s, &options);
                }
                let s = spec(w, h, n, SampleFormat::F32);
                trial::round_trip(&FORMAT, "pfm", &s, &options);
            }
        }
        for n in 1..=4 {
            for bits in [1, 8, 12, 16] {
                let s = spec(w, h, n, SampleFormat::unsigned(bits));
                trial::round_trip(&FORMAT, "pam", &s, &WriteOptions::default());
            }
        }
    }
}

fn read_text(text: &[u8]) -> (ImageSpec, vfx_core::Planes) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, text).unwrap();
    let (s, p, _) = trial::read(&FORMAT, &path, true).unwrap();
    (s, p)
}

#[test]
fn pnm_scales_odd_maxima() {
    let (s, p) = read_text(b"P2 # comment\n4 1\n100\n0 50 # half\n100 200\n");
    assert_eq!(s.channels[0].format, SampleFormat::U8);
    assert_eq!(p.plane(0).row::<u8>(0), &[0, 127, 255, 255]);
    let (s, p) = read_text(b"P5 3 1 1000\n\x00\x00\x01\xf4\x03\xe8");
    assert_eq!(s.channels[0].format, SampleFormat::U16);
    assert_eq!(p.plane(0).row::<u16>(0), &[0, 32_767, 65_535]);
    let (s, p) = read_text(b"P1\n5 2\n10110\n0 1 0 0 1\n");
    assert_eq!(s.channels[0].format, SampleFormat::unsigned(1));
    assert_eq!(p.plane(0).row::<u8>(0), &[0, 1, 0, 0, 1]);
    let (_, p) = read_text(b"Pf 1 2 2.0\n\x3f\x80\x00\x00\x40\x00\x00\x00");
    assert_eq!(
        [p.plane(0).row::<f32>(0)[0], p.plane(0).row::<f32>(1)[0]],
        [4.0, 2.0]
    );
}

#[test]
fn pnm_reads_the_corpus() {
    for path in trial::corpus("pnm", &[".pbm", ".pgm", ".ppm", ".pnm", ".pfm"]) {
        let name = path.to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let result = trial::read(&FORMAT, &path, false);
        assert!(
            result.is_ok() || ["bad", "bomb", "negative"].iter().any(|b| name.contains(b)),
            "{name}"
        );
        trial::survives_damage(&FORMAT, &bytes, 40);
    }
}

#[test]
fn pnm_fills_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pgm");
    std::fs::write(&path, b"P5 2 3 255\n\x01\x02\x03").unwrap();
    let (_, p, reports) = trial::read(&FORMAT, &path, false).unwrap();
    let rows: Vec<&[u8]> = (0..3).map(|y| p.plane(0).row::<u8>(y)).collect();
    assert_eq!(rows, [&[1, 2], &[3, 0], &[0, 0]]);
    assert_eq!(reports.len(), 1);
    assert!(trial::read(&FORMAT, &path, true).is_err());
}
