//! HTTP, disguise, ColorBox and the watched folder, over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use vfx_lutbox::{Axis, AxisOrder, ChannelId, Config, Cube, Layout, Lut, LutBox, files};

fn start(change: impl FnOnce(&mut Config)) -> (LutBox, SocketAddr) {
    let mut config = Config {
        port: 0,
        http_port: Some(0),
        ..Config::default()
    };
    change(&mut config);
    let b = LutBox::start(config).unwrap();
    let http = b.http_address().unwrap();
    (b, http)
}

fn http(to: SocketAddr, method: &str, path: &str, head: &str, body: &[u8]) -> (u16, String) {
    let mut s = TcpStream::connect(to).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {}\r\n\r\n",
        body.len()
    );
    s.write_all(request.as_bytes()).unwrap();
    s.write_all(body).unwrap();
    let mut text = String::new();
    s.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

fn lut(b: &LutBox, name: &str) -> Lut {
    let id = ChannelId::from_user(name).unwrap();
    (*b.channels().published(&id).unwrap()).clone()
}

fn published(b: &LutBox, name: &str) -> Cube {
    lut(b, name).cube
}

fn ramp(n: usize) -> Cube {
    let entries = (0..n.pow(3)).map(|i| [i as f32 * 0.37, -(i as f32), 1.0 / (i + 1) as f32]);
    Cube::new(AxisOrder::RedFastest, entries.collect()).unwrap()
}

#[test]
fn lut_put_as_cube_and_raw_comes_back() {
    let (b, to) = start(|_| {});
    let cube = ramp(4);
    let text = files::text(&cube.clone().into(), "cube").unwrap();
    assert_eq!(
        http(to, "PUT", "/v1/channels/A/lut", "", text.as_bytes()).0,
        200
    );
    assert_eq!(published(&b, "A"), cube);
    assert_eq!(http(to, "GET", "/v1/channels/A/lut", "", b"").1, text);
    let raw: Vec<u8> = cube
        .entries()
        .iter()
        .flatten()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let binary = "Content-Type: application/octet-stream\r\n";
    assert_eq!(
        http(to, "PUT", "/v1/channels/B%20b/lut", binary, &raw).0,
        200
    );
    assert_eq!(published(&b, "B b"), cube);
    assert_eq!(
        http(to, "PUT", "/v1/channels/A/lut", binary, &raw[1..]).0,
        422
    );
    assert_eq!(http(to, "DELETE", "/v1/channels/A", "", b"").0, 200);
    assert_eq!(http(to, "GET", "/v1/channels/A/lut", "", b"").0, 404);
}

#[test]
fn cdl_put_as_json_and_xml_is_applied_and_inverted() {
    let (b, to) = start(|_| {});
    let json = br#"{"slope": [2, 1, 1], "offset": {"r": 0, "g": 0.25, "b": 0}}"#;
    assert_eq!(http(to, "PUT", "/v1/channels/A/cdl", "", json).0, 200);
    let e = published(&b, "A").at(16, 16, 16);
    assert!(
        (e[0] - 1.0).abs() < 1e-6 && (e[1] - 0.75).abs() < 1e-6,
        "{e:?}"
    );
    assert_eq!(http(to, "PUT", "/v1/channels/A/invert", "", b"true").0, 200);
    let e = published(&b, "A").at(16, 16, 16);
    assert!(
        (e[0] - 0.25).abs() < 1e-6 && (e[1] - 0.25).abs() < 1e-6,
        "{e:?}"
    );
    let xml = b"<ColorCorrection><SOPNode><Slope>1 1 3</Slope><Offset>0 0 0</Offset><Power>1 1 1</Power></SOPNode></ColorCorrection>";
    let kind = "Content-Type: application/xml\r\n";
    assert_eq!(http(to, "PUT", "/v1/channels/X/cdl", kind, xml).0, 200);
    assert!((published(&b, "X").at(0, 0, 16)[2] - 1.5).abs() < 1e-6);
    assert_eq!(
        http(
            to,
            "PUT",
            "/v1/channels/X/cdl",
            "",
            br#"{"slope": [-1, 1, 1]}"#
        )
        .0,
        422
    );
}

#[test]
fn disguise_endpoints_list_get_and_set() {
    let (_b, to) = start(|_| {});
    let cdl = br#"{"uid": "7", "slope": {"x": 1.5, "y": 1, "z": 1}, "offset": {"x": 0, "y": 0, "z": 0}, "power": {"x": 1, "y": 1, "z": 1}, "saturation": 1}"#;
    assert_eq!(
        http(to, "POST", "/api/v1/colour/cdl/set", "", cdl),
        (200, "{}".into())
    );
    assert_eq!(
        http(to, "GET", "/api/v1/colour/cdl/list", "", b"").1,
        r#"{"uids":[{"uid":"7"}]}"#
    );
    let got: Value =
        serde_json::from_str(&http(to, "GET", "/api/v1/colour/cdl/get/7", "", b"").1).unwrap();
    assert_eq!(got["cdl"]["slope"]["x"], 1.5);
    assert_eq!(http(to, "GET", "/api/v1/colour/cdl/get/8", "", b"").0, 404);
}

#[test]
fn token_guards_every_request() {
    let (_b, to) = start(|c| c.token = Some("secret".into()));
    assert_eq!(http(to, "GET", "/v1/state", "", b"").0, 401);
    assert_eq!(
        http(
            to,
            "GET",
            "/v1/state",
            "Authorization: Bearer secreT\r\n",
            b""
        )
        .0,
        401
    );
    assert_eq!(
        http(
            to,
            "GET",
            "/v1/state",
            "Authorization: Bearer secret\r\n",
            b""
        )
        .0,
        200
    );
}

#[test]
fn events_follow_updates() {
    let (b, to) = start(|_| {});
    let mut s = TcpStream::connect(to).unwrap();
    s.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    s.write_all(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    b.channels()
        .set_lut(&ChannelId::from_user("A").unwrap(), ramp(3))
        .unwrap();
    let mut lines = BufReader::new(s).lines().map(Result::unwrap);
    let data = lines.find(|l| l.starts_with("data: ")).unwrap();
    let value: Value = serde_json::from_str(&data[6..]).unwrap();
    assert_eq!(
        (&value["channel"], &value["edge"]),
        (&"A".into(), &3.into())
    );
}

#[test]
fn colorbox_message_becomes_floats() {
    let (b, _) = start(|c| c.colorbox_port = Some(0));
    let to = b.colorbox_address().unwrap();
    let stream = TcpStream::connect(to).unwrap();
    let (mut socket, _) = tungstenite::client(format!("ws://{to}/"), stream).unwrap();
    let mut message = b"3DL1".to_vec();
    for i in 0..33u32.pow(3) * 3 {
        message.extend_from_slice(&(((i % 4096) as u16) << 4).to_le_bytes());
    }
    socket.send(tungstenite::Message::binary(message)).unwrap();
    let begin = Instant::now();
    while b.channels().list().is_empty() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let want = |i: u32| [0, 1, 2].map(|c| ((i * 3 + c) % 4096) as f32 / 4095.0);
    let cube = published(&b, "colorbox");
    assert_eq!(cube.at(1, 0, 0), want(1));
    assert_eq!(cube.at(5, 7, 32), want(5 + 7 * 33 + 32 * 33 * 33));
    socket
        .send(tungstenite::Message::binary(b"3DL1short".to_vec()))
        .unwrap();
    assert!(
        matches!(socket.read(), Ok(tungstenite::Message::Close(Some(f))) if f.reason.contains("expected 215622 bytes"))
    );
}

#[test]
fn colorbox_tables_stand_around_the_lattice() {
    let (b, _) = start(|c| c.colorbox_port = Some(0));
    let to = b.colorbox_address().unwrap();
    let stream = TcpStream::connect(to).unwrap();
    let (mut socket, _) = tungstenite::client(format!("ws://{to}/"), stream).unwrap();
    let table = |f: &dyn Fn(u16) -> u16| -> Vec<u8> {
        (0..4096)
            .flat_map(|i| [f(i), i, 4095 - i])
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let mut send = |tag: &[u8], body: Vec<u8>| {
        let message = [tag, body.as_slice()].concat();
        socket.send(tungstenite::Message::binary(message)).unwrap();
    };
    send(b"1DL1", table(&|i| i / 2));
    send(b"1DL4", table(&|i| 4095 - i));
    let id = ChannelId::from_user("colorbox").unwrap();
    let begin = Instant::now();
    let both = || b.channels().get(&id).is_some_and(|s| s.curves[3].is_some());
    while !both() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let got = lut(&b, "colorbox");
    let shaper = got.shaper.unwrap();
    let level = |v: u16| f32::from(v) / 4095.0;
    for i in [0u16, 1, 77, 4095] {
        let want = [level(i / 2), level(i), level(4095 - i)];
        assert_eq!(shaper.entries()[usize::from(i)], want);
    }
    // The table after the lattice acts on its entries: the first channel turns round, the third as well.
    let e = got.cube.at(8, 16, 32);
    let want = [0.75, 0.5, 0.0];
    assert!((0..3).all(|c| (e[c] - want[c]).abs() < 1e-4), "{e:?}");
    send(b"1DL5", table(&|i| i));
    assert!(matches!(
        socket.read(),
        Ok(tungstenite::Message::Close(Some(_)))
    ));
}

#[test]
fn every_lut_format_is_taken_and_shapers_are_kept() {
    let (b, to) = start(|_| {});
    let shaped = "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 16\nLUT_3D_SIZE 2\n0 0 0\n.25 .5 .75\n1 1 1\n\
                  0 0 0\n2 0 0\n0 -3 0\n1 1 0\n0 0 9e30\n1 0 1\n0 1 1\n1e-40 1 1\n";
    let put = |path: &str, head: &str, body: &str| http(to, "PUT", path, head, body.as_bytes());
    assert_eq!(put("/v1/channels/A/lut", "", shaped).0, 200);
    let got = lut(&b, "A");
    let s = got.shaper.as_ref().unwrap();
    assert_eq!(
        (s.axis(), s.min(), s.max()),
        (Axis::Linear, [0.0; 3], [16.0; 3])
    );
    assert_eq!(s.entries(), [[0.0; 3], [0.25, 0.5, 0.75], [1.0; 3]]);
    assert_eq!(got.cube.at(1, 1, 1), [1e-40, 1.0, 1.0]);
    assert_eq!(got.cube.at(0, 0, 1), [0.0, 0.0, 9e30]);
    // What is given back reads as the same LUT.
    let text = http(to, "GET", "/v1/channels/A/lut", "", b"").1;
    assert_eq!(put("/v1/channels/B/lut", "", &text).0, 200);
    assert_eq!(lut(&b, "B"), got);
    let clf = http(to, "GET", "/v1/channels/A/snapshot.clf", "", b"").1;
    let xml = "Content-Type: application/x-clf\r\n";
    assert_eq!(put("/v1/channels/C/lut", xml, &clf).0, 200);
    assert_eq!(lut(&b, "C").cube, got.cube);
    // A domain alone, a 1D table alone, a matrix (baked), and a file of another program.
    let domain = shaped.replace(
        "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 16\n",
        "DOMAIN_MAX 4 4 4\n",
    );
    let domain = domain.replace("0 0 0\n.25 .5 .75\n1 1 1\n", "");
    assert_eq!(put("/v1/channels/D/lut", "", &domain).0, 200);
    assert_eq!(lut(&b, "D").shaper.unwrap().max(), [4.0; 3]);
    assert_eq!(
        put(
            "/v1/channels/E/lut",
            "",
            "LUT_1D_SIZE 3\n0 0 0\n.2 .3 .4\n1 1 1\n"
        )
        .0,
        200
    );
    let e = lut(&b, "E");
    assert_eq!(e.shaper.unwrap().entries()[1], [0.2, 0.3, 0.4]);
    assert_eq!(e.cube, Cube::identity(2));
    let spi3d = "SPILUT 1.0\n3 3\n2 2 2\n0 0 0 0 0 0\n0 0 1 0 0 1\n0 1 0 0 1 0\n0 1 1 0 1 1\n\
                 1 0 0 1 0 0\n1 0 1 1 0 1\n1 1 0 1 1 0\n1 1 1 2.5 1 1\n";
    assert_eq!(put("/v1/channels/F/lut", "", spi3d).0, 200);
    assert_eq!(published(&b, "F").at(1, 1, 1), [2.5, 1.0, 1.0]);
    let matrix = r#"<ProcessList id="m" compCLFversion="3"><Matrix inBitDepth="32f" outBitDepth="32f"><Array dim="3 3">0 1 0 1 0 0 0 0 2</Array></Matrix></ProcessList>"#;
    assert_eq!(put("/v1/channels/G/lut", xml, matrix).0, 200);
    assert_eq!(published(&b, "G").at(32, 0, 32), [0.0, 1.0, 2.0]);
    let outside = matrix.replace("<Matrix", "<Reference path=\"/etc/hostname\"/><Matrix");
    let (status, cause) = put("/v1/channels/G/lut", xml, &outside);
    assert!(status == 422 && cause.contains("stands alone"), "{cause}");
    let (status, cause) = put("/v1/channels/A/lut", "", "LUT_3D_SIZE 2\n0 0 nan\n");
    assert_eq!(status, 422, "{cause}");
    assert_eq!(lut(&b, "A"), got, "the last good LUT stays");
}

#[test]
fn cdl_before_a_shaped_lut_is_the_chain() {
    let (b, to) = start(|_| {});
    let body = br#"{"axis": "log2", "min": 0.001, "max": 64}"#;
    let json = "Content-Type: application/json\r\n";
    assert_eq!(http(to, "PUT", "/v1/channels/A/shaper", json, body).0, 200);
    let smooth = |x: f32| 3.0 * x * x - 2.0 * x * x * x;
    let entries = Cube::identity(65)
        .entries()
        .iter()
        .map(|e| e.map(smooth))
        .collect();
    let cube = Cube::new(AxisOrder::RedFastest, entries).unwrap();
    let id = ChannelId::from_user("A").unwrap();
    b.channels().set_lut(&id, cube).unwrap();
    let cdl = br#"{"slope": [2, 1, 0.5], "offset": [0, 0.01, 0], "power": [1, 1, 1.2], "saturation": 1.1}"#;
    assert_eq!(http(to, "PUT", "/v1/channels/A/cdl", "", cdl).0, 200);
    let parts = b.channels().get(&id).unwrap();
    let shaper = parts.curves[0].as_ref().unwrap();
    let program = |ops| vfx_color::ColorProgram::new(ops, vfx_color::Optimization::None).unwrap();
    let values = parts.cdl;
    let grade = vfx_color::op::Cdl {
        slope: values.slope,
        offset: values.offset,
        power: values.power,
        saturation: values.saturation,
        style: vfx_color::op::CdlStyle::NoClamp,
        direction: vfx_color::Direction::Forward,
    };
    let mut chain = vec![vfx_color::Op::Cdl(grade)];
    chain.extend(shaper.ops());
    chain.extend(parts.lut.unwrap().ops());
    let (want, got) = (program(chain), program(lut(&b, "A").ops()));
    for i in 0..400 {
        let x = |k: f64| 0.002 * (f64::from(i) * k * 0.02).exp2();
        let p = [x(1.0), x(1.3), x(0.7), 1.0];
        let (w, g) = (want.eval(p), got.eval(p));
        // Between lattice points the two interpolate at different places.
        assert!(
            (0..3).all(|c| (w[c] - g[c]).abs() < 4e-3),
            "{p:?}: {w:?} {g:?}"
        );
    }
}

#[test]
fn snapshots_hold_the_texels() {
    let (b, to) = start(|c| c.layout = Layout::UnrealStrip);
    let cube = ramp(4);
    let id = ChannelId::from_user("A").unwrap();
    b.channels().set_lut(&id, cube.clone()).unwrap();
    let get = |name: &str| {
        let mut s = TcpStream::connect(to).unwrap();
        s.write_all(format!("GET /v1/channels/A/{name} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())
            .unwrap();
        let mut all = Vec::new();
        s.read_to_end(&mut all).unwrap();
        let at = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        assert!(all.starts_with(b"HTTP/1.1 200"), "{name}");
        all.split_off(at + 4)
    };
    let want = Layout::UnrealStrip.texels(&cube);
    let raw: Vec<u8> = want
        .iter()
        .flatten()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    assert_eq!(get("snapshot.f32"), raw);
    for (name, top, bytes) in [
        ("snapshot.png", 65535.0, 2),
        ("snapshot.preview.png", 255.0, 1),
    ] {
        let decoder = png::Decoder::new(std::io::Cursor::new(get(name)));
        let mut reader = decoder.read_info().unwrap();
        let mut out = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut out).unwrap();
        assert_eq!((info.width, info.height), (16, 4));
        let code = |v: f32| (v.clamp(0.0, 1.0) * top + 0.5) as u16;
        let rgb = want.iter().flat_map(|t| [t[0], t[1], t[2]]);
        let want: Vec<u8> = rgb
            .flat_map(|v| code(v).to_be_bytes()[2 - bytes..].to_vec())
            .collect();
        assert_eq!(out, want);
    }
    let exr = vfx_exr::Reader::open(get("snapshot.exr"), &vfx_exr::Limits::default()).unwrap();
    assert_eq!(
        exr.headers()[0].data_window,
        vfx_exr::Box2i::from_size(16, 4)
    );
    assert_eq!(get("probe").first(), Some(&b'{'));
}

#[test]
fn watched_folder_feeds_channels() {
    let folder = tempfile::tempdir().unwrap();
    let (b, _) = start(|c| c.watch = Some(folder.path().to_owned()));
    std::fs::write(
        folder.path().join("look.cube"),
        files::text(&ramp(3).into(), "cube").unwrap(),
    )
    .unwrap();
    std::fs::write(folder.path().join("bad.cube"), "LUT_3D_SIZE 99999").unwrap();
    let begin = Instant::now();
    while b.channels().list().is_empty() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(published(&b, "look"), ramp(3));
    assert_eq!(b.channels().list().len(), 1);
}
