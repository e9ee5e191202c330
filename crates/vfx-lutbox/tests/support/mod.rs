//! What every parser of the LUT box must keep whatever it is given: an answer, no panic, and nothing accepted that is outside the
//! limits. Shared by the seeded mutations of `tests/fuzz.rs` and by libFuzzer.

use std::path::Path;

use vfx_lutbox::bson::{Document, Value, Writer};
use vfx_lutbox::files::{self, Grade};
use vfx_lutbox::opengradeio::{self, Command, client};
use vfx_lutbox::{AxisOrder, CdlValues, Cube, Lut, Shaper, parsers};

/// Names of the parsers, in the order of [`check`]'s numbers.
pub const PARSERS: [&str; 10] = [
    "bson",
    "opengradeio",
    "colorbox",
    "http",
    "raw",
    "cdl json",
    "cdl xml",
    "cube",
    "clf",
    "curve",
];

fn sound_cdl(c: &CdlValues) {
    let all = c.slope.iter().chain(&c.offset).chain(&c.power);
    assert!(
        all.chain([&c.saturation])
            .all(|v| v.is_finite() && v.abs() <= 1e4)
    );
    assert!(c.power.iter().all(|v| *v > 0.0) && c.slope.iter().all(|v| *v >= 0.0));
}

fn sound_shaper(s: &Shaper) {
    assert!((2..=65_536).contains(&s.entries().len()));
    assert!(s.entries().iter().flatten().all(|v| v.is_finite()));
    assert!((0..3).all(|c| s.min()[c] < s.max()[c]));
}

fn sound_cube(c: &Cube) {
    assert!((2..=128).contains(&c.edge()) && c.entries().len() == c.edge().pow(3));
    assert!(c.entries().iter().flatten().all(|v| v.is_finite()));
}

fn sound_lut(l: &Lut) {
    l.shaper.iter().for_each(sound_shaper);
    sound_cube(&l.cube);
}

fn grade(bytes: &[u8], name: &str) {
    match files::parse(bytes, Path::new(name)) {
        Ok(Grade::Lut(l)) => sound_lut(&l),
        Ok(Grade::Cdl(c)) => sound_cdl(&c),
        _ => {}
    }
}

fn walk(d: &Document<'_>, depth: usize) {
    assert!(depth <= 8);
    for key in ["command", "arguments", "lutData", "slope", "0", "cdl", ""] {
        match d.get(key) {
            Some(Value::Document(inner) | Value::Array(inner)) => walk(&inner, depth + 1),
            Some(v) => drop(v.number()),
            None => {}
        }
        let _ = d.get_once(key);
    }
}

/// Gives `data` to the parser of a number of [`PARSERS`].
///
/// # Panics
///
/// When the parser has a fault.
pub fn check(parser: usize, data: &[u8]) {
    match parser {
        0 => {
            if let Ok(d) = Document::parse(data) {
                walk(&d, 1);
            }
        }
        1 => match opengradeio::parse(data) {
            Ok(Command::SetLut { data: texels, .. }) => {
                for order in [AxisOrder::BlueFastest, AxisOrder::RedFastest] {
                    let whole = Cube::from_rgba_le(order, texels);
                    whole.iter().for_each(sound_cube);
                    for piece in [1, 7, 64, 1500] {
                        assert_eq!(
                            opengradeio::in_pieces(data, piece, order).as_ref(),
                            whole.as_ref().ok()
                        );
                    }
                }
            }
            Ok(Command::SetCdl { cdl, .. }) => sound_cdl(&cdl),
            _ => {}
        },
        2 => drop(parsers::colorbox(data)),
        3 => drop(parsers::http(data)),
        4 => {
            if let Ok(c) = files::raw(data) {
                sound_cube(&c);
            }
        }
        5 => {
            if let Ok(c) = files::json(data) {
                sound_cdl(&c);
            }
        }
        6 => grade(data, "a.cc"),
        7 => grade(data, "a.cube"),
        8 => grade(data, "a.clf"),
        _ => {
            for name in ["a.json", "a.cube"] {
                if let Ok(s) = files::curve(data, Path::new(name)) {
                    sound_shaper(&s);
                }
            }
        }
    }
}

/// Sound inputs of a parser, to start from.
#[allow(dead_code, reason = "libFuzzer brings its own corpus")]
pub fn seeds(parser: usize) -> Vec<Vec<u8>> {
    let cube = Cube::identity(2);
    let cdl = CdlValues::default();
    let text = |s: &str| s.as_bytes().to_vec();
    let lut = client::set_lut(Some("A"), &cube, AxisOrder::BlueFastest);
    let set_cdl = client::set_cdl(None, &cdl);
    let table = |tag: &[u8], words: u32| {
        let mut out = tag.to_vec();
        out.extend((0..words).flat_map(|i| ((i % 256) as u16).to_le_bytes()));
        out
    };
    match parser {
        0 => {
            let inner = Writer::new().double("slope", 1.5).triple("0", [1.0; 3]);
            let inner = Writer::new().document("cdl", &inner.finish()).finish();
            vec![
                lut,
                set_cdl,
                Writer::new().document("arguments", &inner).finish(),
            ]
        }
        1 => vec![lut, set_cdl],
        2 => vec![table(b"3DL1", 33 * 33 * 33 * 3), table(b"1DL3", 4096 * 3)],
        3 => vec![
            text("PUT /v1/channels/A%20b/lut HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"),
            text("GET /v1/state HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n"),
        ],
        4 => vec![vec![0; 8 * 12], vec![0; 8 * 16], vec![0; 27 * 12]],
        5 => vec![
            text(
                r#"{"slope": [2, 1, 1], "offset": {"r": 0, "g": 0.25, "b": 0}, "power": {"x": 1, "y": 1, "z": 1}, "sat": 1.5}"#,
            ),
            text(r#"{"cdl": {"uid": "7", "saturation": 1}}"#),
        ],
        6 => vec![text(
            r#"<ColorCorrectionCollection><ColorCorrection id="a"><SOPNode><Slope>1 1 3</Slope><Offset>0 0 0</Offset><Power>1 1 1</Power></SOPNode><SatNode><Saturation>1.1</Saturation></SatNode></ColorCorrection></ColorCorrectionCollection>"#,
        )],
        7 => vec![
            text(
                "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 16\nLUT_3D_SIZE 2\n0 0 0\n.25 .5 .75\n1 1 1\n0 0 0\n2 0 0\n0 -3 0\n1 1 0\n0 0 9e30\n1 0 1\n0 1 1\n1e-40 1 1\n",
            ),
            text("TITLE \"x\"\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 4 4 4\nLUT_1D_SIZE 2\n0 0 0\n1 1 1\n"),
        ],
        8 => vec![text(
            r#"<ProcessList id="m" compCLFversion="3"><Log inBitDepth="32f" outBitDepth="32f" style="linToLog"><LogParams base="2" logSideSlope="0.1" logSideOffset="0.5"/></Log><LUT3D inBitDepth="32f" outBitDepth="32f"><Array dim="2 2 2 3">0 0 0 0 0 1 0 1 0 0 1 1 1 0 0 1 0 1 1 1 0 1 1 1</Array></LUT3D></ProcessList>"#,
        )],
        _ => vec![
            text(r#"{"axis": "log2", "min": 0.001, "max": 64}"#),
            text("LUT_1D_SIZE 2\nLUT_1D_INPUT_RANGE 0 4\n0 0 0\n1 1 1\n"),
        ],
    }
}
