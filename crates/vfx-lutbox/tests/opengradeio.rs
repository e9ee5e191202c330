//! The wire format against the vectors of the earlier LUT box, over real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vfx_lutbox::bson::{Document, Value, Writer};
use vfx_lutbox::opengradeio::client::{self, Client};
use vfx_lutbox::{
    Axis, AxisOrder, CdlValues, ChannelId, Config, Cube, Layout, Lut, LutBox, LutBoxError, Shaper,
};

const SET_LUT: &str = "fd00000002636f6d6d616e6400070000007365744c5554000273657276696365000c0000004f70656e4772616465494f0002696e7374616e6365000200000041000274797065000600000033646c75740003617267756d656e747300a0000000056c757444617461008000000000000000000000003e0000803e0000c03e0000003f0000203f0000403f0000603f0000803f0000903f0000a03f0000b03f0000c03f0000d03f0000e03f0000f03f00000040000008400000104000001840000020400000284000003040000038400000404000004840000050400000584000006040000068400000704000007840106c757453697a6500020000000000";
const SET_CDL: &str = "ee00000002636f6d6d616e64000700000073657443444c000273657276696365000c0000004f70656e4772616465494f0002696e7374616e63650002000000410003617267756d656e747300a100000004736c6f70650026000000013000000000000000f03f013100000000000000f03f013200000000000000f03f00046f666673657400260000000130000000000000000000013100000000000000000001320000000000000000000004706f7765720026000000013000000000000000f03f013100000000000000f03f013200000000000000f03f000173617475726174696f6e00000000000000f03f0000";
const SUCCESS: &str = "1100000010726573756c74000100000000";

fn hex(text: &str) -> Vec<u8> {
    let pair = |i: usize| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

fn start(change: impl FnOnce(&mut Config)) -> LutBox {
    let mut config = Config {
        port: 0,
        ..Config::default()
    };
    change(&mut config);
    LutBox::start(config).unwrap()
}

fn id(name: &str) -> ChannelId {
    ChannelId::from_instance(Some(name)).unwrap()
}

fn shown(b: &LutBox, id: &ChannelId) -> Cube {
    b.channels().published(id).unwrap().cube.clone()
}

fn ask(client: &mut Client, frame: &[u8]) -> Vec<u8> {
    client.stream().write_all(frame).unwrap();
    client.reply().unwrap()
}

fn cause(reply: &[u8]) -> String {
    let d = Document::parse(reply).unwrap();
    assert!(matches!(d.get("result"), Some(Value::Int32(0))));
    let keys: Vec<_> = d.elements().map(|e| e.0).collect();
    assert_eq!(keys, ["result", "error"]);
    match d.get("error") {
        Some(Value::String(s)) => s.to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The rest of a connection that the server closes.
fn until_closed(mut stream: TcpStream) -> Vec<u8> {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut out = Vec::new();
    stream.read_to_end(&mut out).unwrap();
    out
}

fn lut_frame(instance: &str, payload: &[u8], extra: impl FnOnce(Writer) -> Writer) -> Vec<u8> {
    let arguments = extra(Writer::new().binary("lutData", payload)).finish();
    Writer::new()
        .string("command", "setLUT")
        .string("instance", instance)
        .document("arguments", &arguments)
        .finish()
}

fn floats(n: usize, value: f32) -> Vec<u8> {
    value.to_le_bytes().repeat(n)
}

#[test]
fn sample_set_lut_is_answered_and_lies_as_the_strip() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    assert_eq!(ask(&mut c, &hex(SET_LUT)), hex(SUCCESS));
    let cube = shown(&b, &id("A"));
    let e = |r: f32, g: f32, b: f32| [r, g, b, 1.0];
    let rows = [
        [
            e(0., 0.125, 0.25),
            e(1., 1.125, 1.25),
            e(0.5, 0.625, 0.75),
            e(1.5, 1.625, 1.75),
        ],
        [
            e(2., 2.125, 2.25),
            e(3., 3.125, 3.25),
            e(2.5, 2.625, 2.75),
            e(3.5, 3.625, 3.75),
        ],
    ];
    assert_eq!(Layout::OriginalStrip.texels(&cube), rows.concat());
}

#[test]
fn sample_set_cdl_is_answered_and_applied() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    assert_eq!(ask(&mut c, &hex(SET_CDL)), hex(SUCCESS));
    assert_eq!(shown(&b, &id("A")), Cube::identity(33));
    let cdl = CdlValues {
        slope: [2.0, 1.0, 0.5],
        offset: [0.0, 0.1, 0.0],
        power: [1.0, 1.0, 2.0],
        saturation: 1.0,
    };
    c.send(&client::set_lut(
        Some("A"),
        &Cube::identity(17),
        AxisOrder::BlueFastest,
    ))
    .unwrap();
    c.send(&client::set_cdl(Some("A"), &cdl)).unwrap();
    let cube = shown(&b, &id("A"));
    let [r, g, bl] = cube.at(4, 8, 12);
    assert!((r - 0.5).abs() < 1e-5 && (g - 0.6).abs() < 1e-5, "{r} {g}");
    assert!((bl - (0.75f32 * 0.5).powi(2)).abs() < 1e-5, "{bl}");
    // A new LUT keeps the CDL.
    c.send(&client::set_lut(
        Some("A"),
        &Cube::identity(5),
        AxisOrder::BlueFastest,
    ))
    .unwrap();
    let r = shown(&b, &id("A")).at(1, 0, 0)[0];
    assert!((r - 0.5).abs() < 1e-5);
}

#[test]
fn a_lut_is_the_same_however_it_arrives() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    let cube = Cube::identity(9);
    let frame = client::set_lut(Some("A"), &cube, AxisOrder::BlueFastest);
    for piece in [7, 61, 1000] {
        // Another LUT between, so that the one before cannot be what is seen.
        c.send(&client::set_lut(
            Some("A"),
            &Cube::identity(2),
            AxisOrder::BlueFastest,
        ))
        .unwrap();
        for part in frame.chunks(piece) {
            c.stream().write_all(part).unwrap();
            std::thread::sleep(Duration::from_micros(200));
        }
        c.reply().unwrap();
        assert_eq!(shown(&b, &id("A")).red_fastest(), cube.red_fastest());
    }
    // A key of that name elsewhere, of a sound size, is not the LUT.
    let decoy = Writer::new()
        .binary("lutData", &floats(8 * 4, 0.25))
        .finish();
    let payload = floats(27 * 4, 0.5);
    let arguments = Writer::new().binary("lutData", &payload).finish();
    let frame = Writer::new()
        .document("other", &decoy)
        .string("command", "setLUT")
        .string("instance", "A")
        .document("arguments", &arguments)
        .finish();
    assert_eq!(ask(&mut c, &frame), hex(SUCCESS));
    let seen = shown(&b, &id("A"));
    assert_eq!((seen.edge(), seen.at(1, 2, 0)), (3, [0.5; 3]));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    let bad = Writer::new().string("command", "nonsense").finish();
    let all = [hex(SET_LUT), bad, hex(SET_CDL)].concat();
    assert_eq!(ask(&mut c, &all), hex(SUCCESS));
    assert!(cause(&c.reply().unwrap()).contains("nonsense"));
    assert_eq!(c.reply().unwrap(), hex(SUCCESS));
}

#[test]
fn bad_content_is_refused_and_the_connection_stays() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    let good = floats(32, 0.5);
    let keep = |w: Writer| w;
    let subtype3 = {
        let mut f = lut_frame("A", &good, keep);
        let at = f.windows(7).position(|w| w == b"lutData").unwrap() + 12;
        f[at] = 3;
        f
    };
    let mut nan = good.clone();
    nan[32 * 4 - 8..32 * 4 - 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (hex("0500000000"), "command"),
        (
            hex("0d0000007f61626300000000")
                .into_iter()
                .chain([0])
                .collect(),
            "malformed",
        ),
        (
            hex("0d0000004461626300000000")
                .into_iter()
                .chain([0])
                .collect(),
            "unknown element type",
        ),
        (Writer::new().string("command", "").finish(), "command"),
        (
            Writer::new().string("command", "setLUT").finish(),
            "lutData",
        ),
        (lut_frame("A", &[], keep), "LUT of 0 bytes"),
        (lut_frame("A", &floats(4, 0.0), keep), "LUT of 16 bytes"),
        (lut_frame("A", &floats(35, 0.0), keep), "LUT of 140 bytes"),
        (lut_frame("A", &good, |w| w.int32("lutSize", 3)), "lutSize"),
        (
            lut_frame("A", &good, |w| w.binary("lutData", &good)),
            "duplicate",
        ),
        (subtype3, "subtype 3"),
        (lut_frame("A", &nan, keep), "lattice point r=1 g=1 b=1"),
        (lut_frame(&"x".repeat(65), &good, keep), "instance"),
        (lut_frame("  ", &good, keep), "instance"),
        (
            client::set_cdl(
                Some("A"),
                &CdlValues {
                    power: [0.0, 1.0, 1.0],
                    ..CdlValues::default()
                },
            ),
            "power",
        ),
        (Writer::new().string("command", "setCDL").finish(), "CDL"),
    ];
    c.send(&lut_frame("A", &good, |w| w.double("lutSize", 2.0)))
        .unwrap();
    for (frame, text) in cases {
        let found = cause(&ask(&mut c, &frame));
        assert!(found.contains(text), "'{found}' without '{text}'");
    }
    // The last good LUT stays.
    assert_eq!(shown(&b, &id("A")).at(1, 1, 1), [0.5; 3]);
    assert_eq!(b.channels().list().len(), 1);
}

#[test]
fn bad_lengths_are_refused_and_the_connection_closed() {
    let b = start(|_| {});
    for (bytes, n) in [
        ("04000000", 4),
        ("ffffffff00000000", -1),
        ("ffffff7f00ff", 0x7fff_ffff),
    ] {
        let mut s = TcpStream::connect(b.address()).unwrap();
        s.write_all(&hex(bytes)).unwrap();
        assert_eq!(
            cause(&until_closed(s)),
            format!("frame length {n} out of range")
        );
    }
}

#[test]
fn edge_above_128_is_refused() {
    let b = start(|_| {});
    let mut s = TcpStream::connect(b.address()).unwrap();
    let n = 129 * 129 * 129 * 16 + 84;
    s.write_all(&i32::to_le_bytes(n)).unwrap();
    assert_eq!(
        cause(&until_closed(s)),
        format!("frame length {n} out of range")
    );
}

#[test]
fn slow_frames_are_closed_and_others_go_on() {
    let b = start(|_| {});
    let mut slow: Vec<_> = (0..7)
        .map(|_| TcpStream::connect(b.address()).unwrap())
        .collect();
    for s in &mut slow {
        s.write_all(&hex("fd00000002")).unwrap();
    }
    let mut c = Client::connect(b.address()).unwrap();
    for _ in 0..20 {
        assert_eq!(ask(&mut c, &hex(SET_LUT)), hex(SUCCESS));
    }
    let begin = Instant::now();
    for s in slow {
        assert_eq!(until_closed(s), b"");
    }
    assert!(begin.elapsed() < Duration::from_secs(15));
}

#[test]
fn connections_of_one_address_are_limited() {
    let b = start(|_| {});
    let mut held: Vec<_> = (0..8)
        .map(|_| Client::connect(b.address()).unwrap())
        .collect();
    for c in &mut held {
        assert_eq!(ask(c, &hex(SET_LUT)), hex(SUCCESS));
    }
    let ninth = TcpStream::connect(b.address()).unwrap();
    assert_eq!(until_closed(ninth), b"");
    held.pop();
    let mut again = Err(LutBoxError::Refused {
        cause: String::new(),
    });
    for _ in 0..40 {
        std::thread::sleep(Duration::from_millis(50));
        again = Client::connect(b.address()).and_then(|mut c| c.send(&hex(SET_LUT)));
        if again.is_ok() {
            break;
        }
    }
    again.unwrap();
}

#[test]
fn channels_of_one_size_stay_apart() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    let flat =
        |n: usize, v: f32| Cube::new(AxisOrder::BlueFastest, vec![[v; 3]; n * n * n]).unwrap();
    for (name, n, v) in [
        (Some("A"), 33, 1.0),
        (Some("B"), 33, 2.0),
        (None, 33, 3.0),
        (Some("B"), 17, 4.0),
        (Some("A"), 33, 5.0),
    ] {
        c.send(&client::set_lut(name, &flat(n, v), AxisOrder::BlueFastest))
            .unwrap();
    }
    let found: Vec<_> = b
        .channels()
        .list()
        .into_iter()
        .map(|(id, s)| (id.stream(), s.edge, shown(&b, &id).at(0, 0, 0)[0]))
        .collect();
    let want = [
        ("OpenGradeIO-LUT", 33, 3.0),
        ("vglb-lut-A", 33, 5.0),
        ("vglb-lut-B", 17, 4.0),
    ];
    assert_eq!(found, want.map(|(s, n, v)| (s.to_owned(), n, v)));
}

#[test]
fn channel_cap_refuses_the_next() {
    let b = start(|_| {});
    let mut c = Client::connect(b.address()).unwrap();
    let cube = Cube::identity(2);
    for i in 0..32 {
        c.send(&client::set_lut(
            Some(&i.to_string()),
            &cube,
            AxisOrder::BlueFastest,
        ))
        .unwrap();
    }
    let e = c
        .send(&client::set_lut(
            Some("more"),
            &cube,
            AxisOrder::BlueFastest,
        ))
        .unwrap_err();
    assert!(e.to_string().contains("too many channels"), "{e}");
}

#[test]
fn wire_order_is_selectable_and_bits_survive() {
    for order in [AxisOrder::BlueFastest, AxisOrder::RedFastest] {
        let b = start(|c| c.wire_order = order);
        let n = 7usize;
        let odd = [f32::from_bits(1), -0.0, 1e30];
        let mut entries = Cube::identity(n).entries().to_vec();
        entries[5] = odd;
        let cube = Cube::new(AxisOrder::RedFastest, entries).unwrap();
        let mut c = Client::connect(b.address()).unwrap();
        c.send(&client::set_lut(Some("A"), &cube, order)).unwrap();
        let got = shown(&b, &id("A"));
        let bits = |c: &Cube| -> Vec<[u32; 3]> {
            c.red_fastest()
                .iter()
                .map(|e| e.map(f32::to_bits))
                .collect()
        };
        assert_eq!(bits(&got), bits(&cube));
        assert_eq!(vfx_lutbox::probe::detect(&got).order, order);
    }
}

/// Curve 2 of channel A, and a shaped LUT in channel B.
fn b_curves(b: &LutBox, curve: &Shaper) {
    b.channels()
        .set_curve(&id("A"), 2, Some(curve.clone()))
        .unwrap();
    let shaped = Lut {
        shaper: Some(curve.clone()),
        cube: Cube::identity(3),
    };
    b.channels().set_lut(&id("B"), shaped).unwrap();
}

#[test]
fn last_good_lut_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = || start(|c| c.state = Some(folder.path().to_owned()));
    let first = state();
    let mut c = Client::connect(first.address()).unwrap();
    c.send(&hex(SET_LUT)).unwrap();
    let before = shown(&first, &id("A"));
    let rows = vec![[0.0, 0.1, f32::from_bits(1)], [1.0; 3], [0.5; 3]];
    let curve = Shaper::new(Axis::Log2, [1e-3, 0.1, 0.3], [7.7; 3], rows).unwrap();
    b_curves(&first, &curve);
    drop(c);
    drop(first);
    let second = state();
    let after = shown(&second, &id("A"));
    assert_eq!(after.red_fastest(), before.red_fastest());
    let state = second.channels().get(&id("A")).unwrap();
    assert_eq!(state.curves[1].as_deref(), Some(&curve));
    assert_eq!(state.lut.unwrap().shaper, None);
    let kept = second.channels().get(&id("B")).unwrap().lut.unwrap();
    assert_eq!(kept.shaper.as_ref(), Some(&curve));
}

#[test]
fn port_in_use_is_an_error() {
    let b = start(|_| {});
    let port = b.address().port();
    let again = LutBox::start(Config {
        port,
        ..Config::default()
    });
    assert!(again.unwrap_err().to_string().starts_with("bind"));
}
