//! The HTTP API and disguise's CDL endpoints: one request a connection, JSON answers.
//!
//! `GET /v1/state`, `GET /v1/events` (server-sent), and for a channel NAME below `/v1/channels/NAME`: `PUT lut` (any LUT that `files`
//! reads; `application/octet-stream` is raw `f32`), `PUT cdl` (JSON or XML), `PUT shaper` and `PUT curves/1` to `4` (a 1D LUT, or JSON),
//! `DELETE` of these, `PUT invert` (`true`, `false`), `GET lut` (`.cube` of what is published), `GET snapshot.FORMAT` (see
//! [`crate::snapshot`]), `GET probe`, `GET`, `DELETE`. disguise: `/api/v1/colour/cdl/{list,get/UID,set}`,
//! `/api/session/colour/{cdls,cdl}`; the uid is the channel.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::channel::ChannelState;
use crate::files::{self, Grade};
use crate::service::Shared;
use crate::snapshot::{self, Picture};
use crate::{CdlValues, ChannelId, LutBoxError, probe};

const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
/// A `.cube` of 128³ entries.
const MAX_BODY: usize = 64 << 20;
const TIME: Duration = Duration::from_secs(10);
const STEP: usize = 256 << 10;

struct Request {
    method: String,
    path: String,
    authorization: Option<Vec<u8>>,
    content_type: String,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Answer {
    fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: value.to_string().into_bytes(),
        }
    }

    fn error(status: u16, cause: &str) -> Self {
        Self::json(status, &json!({"error": cause}))
    }
}

/// Answers one request.
pub(crate) fn serve(shared: &Arc<Shared>, mut stream: TcpStream) {
    let timeouts = stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .and_then(|()| stream.set_write_timeout(Some(TIME)));
    if timeouts.is_err() {
        return;
    }
    let mut taken = 0;
    let request = read(shared, &mut stream, &mut taken);
    let answer = match request {
        Err(status) => Some(Answer::error(status, "bad request")),
        Ok(r) if !shared.authorised(r.authorization.as_deref()) => {
            Some(Answer::error(401, "token needed"))
        }
        Ok(r) if r.method == "GET" && r.path == "/v1/events" => {
            events(shared, &mut stream);
            None
        }
        Ok(r) => Some(route(shared, &r)),
    };
    shared.frames.give_back(taken);
    if let Some(a) = answer {
        let head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            a.status,
            reason(a.status),
            a.content_type,
            a.body.len()
        );
        // A peer that left needs no answer.
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&a.body));
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Bad Request",
    }
}

/// Reads a request; `taken` counts what it holds of the budget for frames.
fn read(shared: &Shared, stream: &mut TcpStream, taken: &mut usize) -> Result<Request, u16> {
    let start = Instant::now();
    let mut chunk = vec![0; 16 * 1024];
    read_from(|bytes: &mut Vec<u8>| {
        if start.elapsed() > TIME || shared.stopping() {
            return Err(408);
        }
        let n = stream.read(&mut chunk).map_err(|_| 408u16)?;
        if n == 0 {
            return Err(400);
        }
        if bytes.len() + n > *taken {
            if !shared.frames.take(STEP) {
                return Err(503);
            }
            *taken += STEP;
        }
        bytes.extend_from_slice(&chunk[..n]);
        Ok(())
    })
}

/// Reads a request from `more`, which appends some bytes or fails with a status.
fn read_from(mut more: impl FnMut(&mut Vec<u8>) -> Result<(), u16>) -> Result<Request, u16> {
    let mut bytes = Vec::new();
    loop {
        more(&mut bytes)?;
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let at = match parsed.parse(&bytes).map_err(|_| 400u16)? {
            httparse::Status::Partial if bytes.len() > MAX_HEAD => return Err(413),
            httparse::Status::Partial => continue,
            httparse::Status::Complete(at) => at,
        };
        let find = |name: &str| {
            let mut all = parsed.headers.iter();
            all.find(|h| h.name.eq_ignore_ascii_case(name))
                .map(|h| h.value)
        };
        if find("transfer-encoding").is_some() {
            return Err(400);
        }
        let length = match find("content-length") {
            None => 0,
            Some(v) => str::from_utf8(v)
                .ok()
                .and_then(|t| t.trim().parse::<usize>().ok())
                .ok_or(400u16)?,
        };
        if length > MAX_BODY {
            return Err(413);
        }
        let target = parsed.path.unwrap_or("");
        let mut request = Request {
            method: parsed.method.unwrap_or("").to_owned(),
            path: target.split('?').next().unwrap_or("").to_owned(),
            authorization: find("authorization").map(<[u8]>::to_vec),
            content_type: String::from_utf8_lossy(find("content-type").unwrap_or(b""))
                .to_ascii_lowercase(),
            body: bytes.split_off(at),
        };
        while request.body.len() < length {
            more(&mut request.body)?;
        }
        request.body.truncate(length);
        return Ok(request);
    }
}

/// Percent-decoding of one path segment.
fn decode(segment: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = segment.bytes();
    while let Some(b) = bytes.next() {
        if b == b'%' {
            let hex = |b: u8| char::from(b).to_digit(16);
            let (hi, lo) = (hex(bytes.next()?)?, hex(bytes.next()?)?);
            out.push((hi * 16 + lo) as u8);
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}

fn route(shared: &Shared, r: &Request) -> Answer {
    let segments: Vec<&str> = r.path.trim_matches('/').split('/').collect();
    let result = match (r.method.as_str(), segments.as_slice()) {
        ("GET", ["v1", "state"]) => Ok(state(shared)),
        (method, ["v1", "channels", name, rest @ ..]) => {
            return channel(shared, r, method, name, rest);
        }
        ("GET", ["api", "v1", "colour", "cdl", "list"]) => {
            let all = shared.channels.list();
            let uids: Vec<_> = all
                .iter()
                .map(|(id, _)| json!({"uid": id.as_str()}))
                .collect();
            Ok(json!({"uids": uids}))
        }
        ("GET", ["api", "v1", "colour", "cdl", "get", uid]) => disguise_get(shared, uid),
        ("GET", ["api", "session", "colour", "cdls"]) => {
            let all = shared.channels.list();
            let cdls: Vec<_> = all.iter().map(|(id, s)| disguise_cdl(id, s)).collect();
            Ok(json!({"cdls": cdls}))
        }
        ("POST", ["api", "v1", "colour", "cdl", "set"] | ["api", "session", "colour", "cdl"]) => {
            disguise_set(shared, &r.body).map(|()| json!({}))
        }
        _ => return Answer::error(404, "no such resource"),
    };
    reply(shared, result)
}

fn reply(shared: &Shared, result: Result<Value, LutBoxError>) -> Answer {
    match result {
        Ok(v) => Answer::json(200, &v),
        Err(e) => {
            shared.metrics.rejected(&e);
            let status = match e {
                LutBoxError::NoChannel { .. } => 404,
                LutBoxError::Limit { .. } => 503,
                _ => 422,
            };
            Answer::error(status, &e.to_string())
        }
    }
}

fn channel(shared: &Shared, r: &Request, method: &str, name: &str, rest: &[&str]) -> Answer {
    let id = decode(name).ok_or_else(|| LutBoxError::message("channel", "bad escapes", "a name"));
    let id = match id.and_then(|n| ChannelId::from_user(&n)) {
        Ok(id) => id,
        Err(e) => return reply(shared, Err(e)),
    };
    let arrived = Instant::now();
    let done = match (method, rest) {
        ("PUT", ["lut"]) => body_grade(r, "cube").and_then(|g| match g {
            Grade::Lut(lut) => shared.channels.set_lut(&id, lut),
            Grade::Cdl(_) => Err(LutBoxError::message("body", "a CDL", "a LUT")),
        }),
        ("PUT", ["cdl"]) => body_grade(r, "json").and_then(|g| match g {
            Grade::Cdl(cdl) => shared.channels.set_cdl(&id, cdl),
            Grade::Lut(_) => Err(LutBoxError::message("body", "a LUT", "a CDL")),
        }),
        ("PUT", ["invert"]) => match r.body.trim_ascii() {
            b"true" => shared.channels.set_invert(&id, true),
            b"false" => shared.channels.set_invert(&id, false),
            _ => Err(LutBoxError::message(
                "body",
                "another text",
                "true or false",
            )),
        },
        ("DELETE", []) => shared.channels.remove(&id),
        ("PUT" | "DELETE", ["shaper"]) => set_curve(shared, r, &id, "1"),
        ("PUT" | "DELETE", ["curves", number]) => set_curve(shared, r, &id, number),
        ("DELETE", ["cdl"]) => shared.channels.set_cdl(&id, CdlValues::default()),
        ("GET", ["lut"]) => {
            let lut = shared.channels.published(&id);
            let made = lut.and_then(|l| files::text(&l, "cube"));
            return got(shared, made.map(|t| (snapshot::TEXT, t.into_bytes())));
        }
        ("GET", ["probe"]) => {
            let found = probe_json(shared, &id);
            return reply(shared, found);
        }
        ("GET", [file]) if file.starts_with("snapshot.") => {
            let kind = Picture::from_name(&file["snapshot.".len()..]);
            let Some(kind) = kind else {
                return Answer::error(404, "no such format");
            };
            let lut = shared.channels.published(&id);
            let made = lut.and_then(|l| kind.encode(&l, shared.layout));
            return got(shared, made.map(|b| (kind.content_type(), b)));
        }
        ("GET", []) => {
            let found = shared.channels.get(&id);
            let found = found.map(|s| channel_json(&id, &s));
            return reply(
                shared,
                found.ok_or_else(|| LutBoxError::NoChannel {
                    channel: id.as_str().into(),
                }),
            );
        }
        _ => return Answer::error(405, "no such action"),
    };
    if done.is_ok() {
        shared.metrics.latency(arrived.elapsed());
    }
    reply(shared, done.map(|()| json!({"channel": id.as_str()})))
}

/// The name of a file as which a body is read.
fn body_name(r: &Request, fallback: &str) -> String {
    let extension = match r.content_type.split(';').next().unwrap_or("").trim() {
        "application/octet-stream" => "f32",
        "application/json" => "json",
        "application/xml" | "text/xml" if fallback == "json" => "cc",
        "application/xml" | "text/xml" | "application/x-clf" => "clf",
        _ => fallback,
    };
    format!("body.{extension}")
}

fn body_grade(r: &Request, fallback: &str) -> Result<Grade, LutBoxError> {
    files::parse(&r.body, Path::new(&body_name(r, fallback)))
}

/// Curve 1 to 4; the shaper is the first.
fn set_curve(
    shared: &Shared,
    r: &Request,
    id: &ChannelId,
    number: &str,
) -> Result<(), LutBoxError> {
    let number = number.parse().unwrap_or(0);
    let curve = match r.method.as_str() {
        "DELETE" => None,
        _ => Some(files::curve(&r.body, Path::new(&body_name(r, "cube")))?),
    };
    shared.channels.set_curve(id, number, curve)
}

/// An answer that is no JSON.
fn got(shared: &Shared, made: Result<(&'static str, Vec<u8>), LutBoxError>) -> Answer {
    match made {
        Ok((content_type, body)) => Answer {
            status: 200,
            content_type,
            body,
        },
        Err(e) => reply(shared, Err(e)),
    }
}

fn channel_json(id: &ChannelId, s: &ChannelState) -> Value {
    json!({
        "channel": id.as_str(), "stream": id.stream(), "generation": s.generation, "edge": s.edge,
        "lut": s.lut.is_some(), "cdl": s.cdl.to_json(), "invert": s.invert,
        "shaper": s.lut.as_ref().is_some_and(|l| l.shaper.is_some()),
        "curves": s.curves.each_ref().map(Option::is_some),
    })
}

/// The likely axis order of the LUT that a channel received.
fn probe_json(shared: &Shared, id: &ChannelId) -> Result<Value, LutBoxError> {
    let state = shared.channels.get(id);
    let lut = state.and_then(|s| s.lut);
    let lut = lut.ok_or_else(|| LutBoxError::NoChannel {
        channel: id.as_str().into(),
    })?;
    let v = probe::detect(&lut.cube);
    Ok(json!({
        "channel": id.as_str(), "edge": lut.cube.edge(), "assumed": lut.cube.order().name(),
        "order": v.order.name(), "confidence": v.confidence,
    }))
}

fn state(shared: &Shared) -> Value {
    let all = shared.channels.list();
    let channels: Vec<_> = all.iter().map(|(id, s)| channel_json(id, s)).collect();
    json!({
        "channels": channels, "metrics": shared.metrics.to_json(), "layout": shared.layout.name(),
        "wire_order": shared.wire_order.name(),
    })
}

fn disguise_cdl(id: &ChannelId, s: &ChannelState) -> Value {
    let xyz = |v: [f64; 3]| json!({"x": v[0], "y": v[1], "z": v[2]});
    json!({
        "uid": id.as_str(), "name": id.stream(), "path": id.as_str(), "slope": xyz(s.cdl.slope),
        "offset": xyz(s.cdl.offset), "power": xyz(s.cdl.power), "saturation": s.cdl.saturation,
    })
}

fn disguise_get(shared: &Shared, uid: &str) -> Result<Value, LutBoxError> {
    let name = decode(uid).unwrap_or_default();
    let id = ChannelId::from_user(&name)?;
    let state = shared.channels.get(&id);
    let state = state.ok_or(LutBoxError::NoChannel { channel: name })?;
    Ok(json!({"cdl": disguise_cdl(&id, &state)}))
}

fn disguise_set(shared: &Shared, body: &[u8]) -> Result<(), LutBoxError> {
    let cdl: CdlValues = files::json(body)?;
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let inner = value.get("cdl").unwrap_or(&value);
    let uid = inner.get("uid").and_then(Value::as_str);
    let uid = uid.ok_or_else(|| LutBoxError::message("uid", "none", "a channel"))?;
    shared.channels.set_cdl(&ChannelId::from_user(uid)?, cdl)
}

/// Server-sent events: the state of a channel whenever it was published anew; a comment every two seconds finds dead peers.
fn events(shared: &Shared, stream: &mut TcpStream) {
    const ROUND: Duration = Duration::from_millis(20);
    const HEART: u32 = 100;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
    if stream.write_all(head.as_bytes()).is_err() {
        return;
    }
    let mut seen = std::collections::HashMap::new();
    let mut rounds = 0;
    while !shared.stopping() {
        let mut text = String::new();
        for (id, s) in shared.channels.list() {
            if seen.get(&id) != Some(&s.generation) {
                text.push_str(&format!(
                    "event: channel\ndata: {}\n\n",
                    channel_json(&id, &s)
                ));
                seen.insert(id, s.generation);
            }
        }
        rounds += 1;
        if rounds % HEART == 0 {
            text.push_str(":\n\n");
        }
        if !text.is_empty() && stream.write_all(text.as_bytes()).is_err() {
            return;
        }
        std::thread::sleep(ROUND);
    }
}

/// Whether a request in these bytes is whole and well-formed, for fuzzing.
pub(crate) fn well_formed(bytes: &[u8]) -> bool {
    let mut left = bytes;
    let whole = read_from(|out| {
        let n = left.len().min(1000);
        let (now, rest) = left.split_at(n);
        left = rest;
        out.extend_from_slice(now);
        if n == 0 { Err(400) } else { Ok(()) }
    });
    whole.is_ok_and(|r| decode(&r.path).is_some())
}
