use super::{FORMAT, rgbe};
use crate::WriteOptions;
use crate::formats::trial;
use vfx_core::{Channel, ImageSpec, Orientation, Origin, Planes, SampleFormat, SampleType, Value};

fn spec(w: usize, h: usize) -> ImageSpec {
    ImageSpec::new(w, h, ImageSpec::default_channels(3, SampleFormat::F32))
}

/// Planes of pixels that the format holds exactly.
fn exact(w: usize, h: usize) -> Planes {
    let steps = rgbe::steps();
    let mut noise = trial::Noise(5);
    let mut planes = Planes::new(w, h, [SampleType::F32; 3]);
    for y in 0..h {
        for x in 0..w {
            let still = (x / 9) % 2 == 0;
            let r = if still { 0 } else { noise.next() };
            let step = steps[120 + (r % 20) as usize];
            for c in 0..3 {
                let m = 128 | (r >> (8 * c + 8)) as u8;
                planes.plane_mut(c).row::<f32>(y)[x] = f32::from(m) * step;
            }
        }
    }
    planes
}

#[test]
fn hdr_round_trips_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hdr");
    for (w, h) in [(1, 1), (7, 3), (8, 3), (300, 40), (33_000, 2)] {
        for compression in ["rle", "none"] {
            let options = WriteOptions {
                compression: Some(compression.into()),
                ..WriteOptions::default()
            };
            let planes = exact(w, h);
            trial::write(&FORMAT, &path, &spec(w, h), &planes, &options).unwrap();
            let (_, back, _) = trial::read(&FORMAT, &path, true).unwrap();
            trial::assert_same(&planes, &back, compression);
            let input = crate::Input::open(&path).unwrap();
            let parts = super::read::open(input, &crate::OpenOptions::default()).unwrap();
            trial::regions_agree(&*parts[0].levels[0], &back);
        }
    }
}

#[test]
fn hdr_keeps_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hdr");
    let mut s = spec(9, 4);
    let origin = Origin::Format("hdr");
    s.attributes.set("hdr:exposure", Value::Float(0.25), origin);
    s.attributes
        .set("hdr:VIEW", Value::String("-vh 30".into()), origin);
    let primaries = vec![0.64, 0.33, 0.29, 0.6, 0.15, 0.06, 0.333, 0.333];
    s.attributes
        .set("chromaticities", Value::Floats(primaries), origin);
    s.pixel_aspect = 2.0;
    for orientation in 1..=8 {
        s.orientation = Orientation(orientation);
        trial::write(&FORMAT, &path, &s, &exact(9, 4), &WriteOptions::default()).unwrap();
        let (back, ..) = trial::read(&FORMAT, &path, true).unwrap();
        assert_eq!(back.orientation.0, orientation);
        assert_eq!(
            (back.width(), back.height(), back.pixel_aspect),
            (9, 4, 2.0)
        );
        for a in s.attributes.iter() {
            assert_eq!(back.attributes.value(&a.name), Some(&a.value), "{}", a.name);
        }
    }
    s.channels = ["X", "Y", "Z"]
        .map(|n| Channel::new(n, SampleFormat::F32))
        .into();
    trial::write(&FORMAT, &path, &s, &exact(9, 4), &WriteOptions::default()).unwrap();
    let (back, ..) = trial::read(&FORMAT, &path, true).unwrap();
    assert_eq!(back.channels[0].name, "X");
}

#[test]
fn rgbe_takes_any_float() {
    let any = [0.0, -1.0, f32::NAN, 1e-33, f32::MIN_POSITIVE];
    for v in any {
        assert_eq!(rgbe::encode([v; 3]), [0; 4], "{v}");
    }
    assert_eq!(rgbe::encode([1.0, 0.5, f32::NAN]), [128, 64, 0, 129]);
    for v in [f32::INFINITY, f32::MAX, 1.7e38] {
        let [m, .., e] = rgbe::encode([v, 0.0, 0.0]);
        assert_eq!((m, e), (255, 255), "{v}");
    }
}

#[test]
fn hdr_reads_the_corpus() {
    let mut sound = 0;
    for path in trial::corpus("hdr", &[".hdr"]) {
        match trial::read(&FORMAT, &path, false) {
            Ok((_, _, reports)) => sound += usize::from(reports.is_empty()),
            Err(e) => {
                let name = path.to_string_lossy().into_owned();
                assert!(
                    name.contains("bomb") || name.contains("crash"),
                    "{name}: {e}"
                );
            }
        }
        trial::survives_damage(&FORMAT, &std::fs::read(&path).unwrap(), 100);
    }
    eprintln!("{sound} sound files");
}
