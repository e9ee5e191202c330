//! Headers against OpenEXR's own reading, attribute by attribute: all shared test files, and a file of ours with every type that its binding knows.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{files_below, shared_files};
use vfx_exr::*;

/// Kind and values by part and name; `None` for a file that the peer refuses.
type Found = Option<BTreeMap<(usize, String), Vec<String>>>;

fn peer(paths: &[PathBuf]) -> Option<Vec<Found>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../.peers/bin/python");
    if !python.exists() {
        println!("SKIPPED: no Python with OpenEXR");
        return None;
    }
    let out = Command::new(python)
        .arg(root.join("tests/peer/headers.py"))
        .args(paths)
        .output()
        .expect("the script runs");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let mut files: Vec<Found> = Vec::new();
    for line in text.lines() {
        let mut words = line.split(' ').map(str::to_owned);
        let first = words.next().unwrap();
        match first.as_str() {
            "FILE" => files.push(Some(BTreeMap::new())),
            "refused" => *files.last_mut().unwrap() = None,
            part => {
                let key = (part.parse().unwrap(), words.next().unwrap());
                let file = files.last_mut().unwrap().as_mut().unwrap();
                file.insert(key, words.collect());
            }
        }
    }
    assert_eq!(files.len(), paths.len());
    Some(files)
}

fn words<T: ToString>(kind: &str, values: impl IntoIterator<Item = T>) -> Vec<String> {
    let values = values.into_iter().map(|v| v.to_string());
    std::iter::once(kind.to_owned()).chain(values).collect()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|b| format!("{b:02x}"));
    std::iter::once("x".to_owned()).chain(digits).collect()
}

fn f32s(values: &[f32]) -> Vec<String> {
    words(
        "float32",
        values.iter().map(|v| format!("{:08x}", v.to_bits())),
    )
}

fn f64s(values: &[f64]) -> Vec<String> {
    words(
        "float64",
        values.iter().map(|v| format!("{:016x}", v.to_bits())),
    )
}

fn number(v: f64) -> Vec<String> {
    words("number", [format!("{:016x}", v.to_bits())])
}

fn string(v: &str) -> Vec<String> {
    words("string", [hex(v.as_bytes())])
}

/// A BCD field of a time code.
fn bcd(word: u32, low: u32, high: u32) -> u32 {
    let bits = word >> low & ((1 << (high - low + 1)) - 1);
    (bits >> 4) * 10 + (bits & 15)
}

fn value(v: &AttributeValue) -> Vec<String> {
    use AttributeValue as V;
    match v {
        V::Box2i(b) => words("int32", [b.min.0, b.min.1, b.max.0, b.max.1]),
        V::Box2f { min, max } => f32s(&[min[0], min[1], max[0], max[1]]),
        V::Bytes { type_hint, bytes } => words("bytes", [hex(type_hint.as_bytes()), hex(bytes)]),
        V::Channels(list) => channels(list),
        V::Chromaticities(v) => f64s(&v.map(f64::from)),
        V::Compression(c) => words("compression", [c.code()]),
        V::Double(v) => number(*v),
        V::Envmap(v) => words("envmap", [v]),
        V::Float(v) => number(f64::from(*v)),
        V::FloatVector(v) => f32s(v),
        V::Int(v) => words("int", [v]),
        V::KeyCode(v) => words("keycode", v),
        V::LineOrder(v) => words("lineorder", [*v as u8]),
        V::M33f(v) => f32s(v),
        V::M33d(v) => f64s(v),
        V::M44f(v) => f32s(v),
        V::M44d(v) => f64s(v),
        V::Preview {
            width,
            height,
            rgba,
        } => words("preview", [*width, *height, libdeflater::adler32(rgba)]),
        V::Rational {
            numerator,
            denominator,
        } => {
            let (n, d) = (i64::from(*numerator), i64::from(*denominator));
            let (mut a, mut b) = (n.abs(), d);
            while b != 0 {
                (a, b) = (b, a % b);
            }
            words("rational", [n / a.max(1), d / a.max(1)])
        }
        V::String(v) => string(v),
        V::StringVector(v) => words("strings", v.iter().map(|s| hex(s.as_bytes()))),
        V::TileDesc(t) => tiles(t),
        V::TimeCode { time_and_flags, .. } => {
            let t = *time_and_flags;
            let flags = [6, 7, 15, 23, 30, 31].map(|bit| t >> bit & 1);
            let time = [bcd(t, 24, 29), bcd(t, 16, 22), bcd(t, 8, 14), bcd(t, 0, 5)];
            words("timecode", time.into_iter().chain(flags))
        }
        V::V2i(v) => words("int32", v),
        V::V2f(v) => f32s(v),
        V::V2d(v) => f64s(v),
        V::V3i(v) => words("int32", v),
        V::V3f(v) => f32s(v),
        V::V3d(v) => f64s(v),
        V::Opaque { type_name, bytes } if type_name == ID_MANIFEST_TYPE => words(
            "idmanifest",
            [IdManifest::parse(bytes).unwrap().groups.len()],
        ),
        V::Opaque { type_name, bytes } => words("opaque", [type_name.clone(), hex(bytes)]),
        other => panic!("{other:?}"),
    }
}

fn channels(list: &[Channel]) -> Vec<String> {
    let of = |c: &Channel| {
        let name = hex(c.name.as_bytes());
        let numbers = [c.sampling.0, c.sampling.1, u32::from(c.linear)];
        std::iter::once(name).chain(numbers.map(|n| n.to_string()))
    };
    words("chlist", list.iter().flat_map(of))
}

fn tiles(t: &Tiles) -> Vec<String> {
    words(
        "tiledesc",
        [t.width, t.height, t.mode as u32, t.rounding as u32],
    )
}

/// What a part's header says, under the names that the file has.
fn ours(reader: &Reader, part: usize) -> BTreeMap<String, Vec<String>> {
    let h = &reader.headers()[part];
    let mut all: BTreeMap<String, Vec<String>> = h
        .attributes
        .iter()
        .map(|a| (a.name.clone(), value(&a.value)))
        .collect();
    let mut put = |name: &str, v| _ = all.insert(name.to_owned(), v);
    put("channels", channels(&h.channels));
    put("compression", words("compression", [h.compression.code()]));
    put("dataWindow", value(&AttributeValue::Box2i(h.data_window)));
    put(
        "displayWindow",
        value(&AttributeValue::Box2i(h.display_window)),
    );
    put("lineOrder", words("lineorder", [h.line_order as u8]));
    put("pixelAspectRatio", number(f64::from(h.pixel_aspect)));
    let center = h.screen_window_center;
    put("screenWindowCenter", f32s(&[center.0, center.1]));
    put(
        "screenWindowWidth",
        number(f64::from(h.screen_window_width)),
    );
    if let Some(t) = &h.tiles {
        put("tiles", tiles(t));
    }
    for (name, text) in [("name", &h.name), ("view", &h.view)] {
        if let Some(text) = text {
            put(name, string(text));
        }
    }
    let types = [
        PartType::Scanline,
        PartType::Tiled,
        PartType::DeepScanline,
        PartType::DeepTiled,
    ];
    let kind = types.iter().position(|t| Some(t) == h.part_type.as_ref());
    put("type", words("storage", kind));
    let count = reader.chunk_count(part);
    put("chunkCount", words("int", [count]));
    all
}

/// Compares files; returns how many attributes were the same.
fn compare(paths: &[PathBuf]) -> Option<usize> {
    let mut same = 0;
    for (path, theirs) in paths.iter().zip(peer(paths)?) {
        let Some(theirs) = theirs else {
            println!("refused by the peer: {}", path.display());
            continue;
        };
        let reader = open(path);
        let parts: Vec<_> = (0..reader.headers().len())
            .map(|p| ours(&reader, p))
            .collect();
        for ((part, name), theirs) in &theirs {
            let ours = parts[*part].get(name);
            assert_eq!(ours, Some(theirs), "{name} of part {part} of {path:?}");
            same += 1;
        }
        // Nothing of ours is unknown to the peer but what the reader makes up itself.
        for (part, ours) in parts.iter().enumerate() {
            for name in ours.keys().filter(|n| *n != "chunkCount") {
                assert!(
                    theirs.contains_key(&(part, name.clone())),
                    "{name} of {path:?}"
                );
            }
        }
    }
    Some(same)
}

fn open(path: &Path) -> Reader {
    Reader::open(std::fs::File::open(path).unwrap(), &Limits::default()).unwrap()
}

#[test]
fn headers_of_shared_files_read_alike() {
    let Some(dir) = shared_files() else { return };
    let mut paths = files_below(&dir);
    paths.retain(|p| {
        let damaged = p.components().any(|c| c.as_os_str() == "Damaged");
        let exr = p.extension().is_some_and(|e| e == "exr");
        exr && !damaged && Reader::open(std::fs::File::open(p).unwrap(), &Limits::default()).is_ok()
    });
    if let Some(same) = compare(&paths) {
        println!("{same} attributes of {} files", paths.len());
        assert!(same > 1000);
    }
}

#[test]
fn headers_with_every_attribute_type_read_alike() {
    use AttributeValue as V;
    let values = [
        V::Box2i(Box2i::new((-3, i32::MIN), (i32::MAX, 8))),
        V::Box2f {
            min: [-0.5, f32::MIN],
            max: [1e-40, f32::MAX],
        },
        V::Bytes {
            type_hint: "image/jpeg".into(),
            bytes: vec![0, 255, 1],
        },
        V::Chromaticities([0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329]),
        V::Double(-1.0 / 3.0),
        V::Envmap(1),
        V::Float(1.0 / 3.0),
        V::FloatVector(vec![1.5, -2.25, 1e30]),
        V::Int(-7),
        V::KeyCode([12, 34, 567_890, 1234, 63, 4, 64]),
        V::M33f(std::array::from_fn(|i| i as f32 / 7.0)),
        V::M33d(std::array::from_fn(|i| i as f64 / 7.0)),
        V::M44f(std::array::from_fn(|i| i as f32 / 7.0)),
        V::M44d(std::array::from_fn(|i| i as f64 / 7.0)),
        V::Preview {
            width: 3,
            height: 2,
            rgba: (0..24).collect(),
        },
        V::Rational {
            numerator: -24000,
            denominator: 1001,
        },
        V::String("long, with \u{e9}\n and \u{1f3ac}".into()),
        V::StringVector(vec!["left".into(), String::new(), "right".into()]),
        V::TimeCode {
            time_and_flags: 0xd259_b7a9 & 0xbfff_ffff,
            user_data: 0x1234_5678,
        },
        V::V2i([1, -2]),
        V::V2f([0.1, -0.2]),
        V::V2d([0.1, -0.2]),
        V::V3i([1, -2, 3]),
        V::V3f([0.1, -0.2, 0.3]),
        V::V3d([0.1, -0.2, 0.3]),
        V::Opaque {
            type_name: "ofTheStudio".into(),
            bytes: vec![1, 2, 3, 0, 255],
        },
    ];
    let mut header = Header::new(
        Box2i::new((-5, 7), (2, 9)),
        vec![Channel::new("Y", SampleType::Half)],
        Compression::Zips,
    );
    header.pixel_aspect = 1.0 / 3.0;
    header.display_window = Box2i::new((0, 0), (1919, 1079));
    header.attributes = values
        .iter()
        .map(|v| Attribute {
            // Longer than the 31 bytes of old files.
            name: format!("aNameOfMoreThanThirtyOneBytes.{}", v.type_name()),
            value: v.clone(),
        })
        .collect();
    let (file, _) = support::write(vec![header], support::Content::Zero);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.exr");
    std::fs::write(&path, file).unwrap();
    if let Some(same) = compare(&[path]) {
        // And the nine that every file has.
        assert_eq!(same, values.len() + 9);
    }
}
