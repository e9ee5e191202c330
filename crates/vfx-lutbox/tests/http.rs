//! HTTP, disguise, ColorBox and the watched folder, over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use vfx_lutbox::{AxisOrder, ChannelId, Config, Cube, LutBox, files};

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

fn published(b: &LutBox, name: &str) -> Cube {
    let id = ChannelId::from_user(name).unwrap();
    (*b.channels().published(&id).unwrap()).clone()
}

fn ramp(n: usize) -> Cube {
    let entries = (0..n.pow(3)).map(|i| [i as f32 * 0.37, -(i as f32), 1.0 / (i + 1) as f32]);
    Cube::new(AxisOrder::RedFastest, entries.collect()).unwrap()
}

#[test]
fn lut_put_as_cube_and_raw_comes_back() {
    let (b, to) = start(|_| {});
    let cube = ramp(4);
    let text = files::cube_text(&cube);
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
        matches!(socket.read(), Ok(tungstenite::Message::Close(Some(f))) if f.reason.contains("no cube"))
    );
}

#[test]
fn watched_folder_feeds_channels() {
    let folder = tempfile::tempdir().unwrap();
    let (b, _) = start(|c| c.watch = Some(folder.path().to_owned()));
    std::fs::write(folder.path().join("look.cube"), files::cube_text(&ramp(3))).unwrap();
    std::fs::write(folder.path().join("bad.cube"), "LUT_3D_SIZE 99999").unwrap();
    let begin = Instant::now();
    while b.channels().list().is_empty() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(published(&b, "look"), ramp(3));
    assert_eq!(b.channels().list().len(), 1);
}
