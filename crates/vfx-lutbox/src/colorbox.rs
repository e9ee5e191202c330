//! AJA ColorBox's dynamic LUTs by WebSocket: `3DL1` and 33³ R, G, B `u16`, red fastest; `1DL1` to `1DL4` and 4096 R, G, B `u16`.
//!
//! Source: the vendor's demos (aja-video/colorbox-demos). Codes have 12 bits, in the upper bits of a word in `3DL1` and in the lower
//! ones in `1DL1` to `1DL4`; a code becomes `code / 4095`. Tables 1 and 2 stand before the lattice, 3 and 4 after it. The protocol has
//! no reply; a refusal closes the socket with its cause.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message};

use crate::net::Gate;
use crate::opengradeio::server::TICK;
use crate::service::Shared;
use crate::{Axis, AxisOrder, ChannelId, Cube, LutBoxError, Shaper};

const EDGE: usize = 33;
const PAYLOAD: usize = EDGE * EDGE * EDGE * 6;
const ROWS: usize = 4096;
const MAX_CODE: u16 = 4095;

/// Listens for `channel`.
pub(crate) fn listen(
    shared: &Arc<Shared>,
    listener: TcpListener,
    gate: Arc<Gate>,
    channel: &str,
) -> Result<(), LutBoxError> {
    let id = ChannelId::from_user(channel)?;
    shared.listen("lutbox-colorbox", listener, gate, move |s, t| {
        serve(s, t, &id);
    })
}

/// What a message sets.
#[derive(Debug)]
pub(crate) enum Update {
    Cube(Cube),
    /// Curve 1 to 4.
    Curve(usize, Shaper),
}

/// Reads a message.
pub(crate) fn parse(message: &[u8]) -> Result<Update, LutBoxError> {
    let expected = "3DL1 or 1DL1 to 1DL4";
    let Some((tag, body)) = message.split_first_chunk::<4>() else {
        return Err(LutBoxError::message("message", "no tag", expected));
    };
    let number = match tag {
        b"3DL1" => 0,
        [b'1', b'D', b'L', n @ b'1'..=b'4'] => usize::from(n - b'0'),
        _ => {
            let found = tag.escape_ascii().to_string();
            return Err(LutBoxError::message("message", found, expected));
        }
    };
    if body.len() != if number == 0 { PAYLOAD } else { ROWS * 6 } {
        let found = format!("{} bytes", body.len());
        let expected = "215622 bytes of 3DL1, 24576 of 1DL";
        return Err(LutBoxError::message("message", found, expected));
    }
    let words = body
        .as_chunks::<2>()
        .0
        .iter()
        .map(|w| u16::from_le_bytes(*w));
    let shift = if number == 0 { 4 } else { 0 };
    let codes: Vec<u16> = words.map(|w| w >> shift).collect();
    if let Some(code) = codes.iter().find(|c| **c > MAX_CODE) {
        return Err(LutBoxError::message("code", code.to_string(), "12 bits"));
    }
    let level = |c: u16| f32::from(c) / f32::from(MAX_CODE);
    let entries = codes.as_chunks::<3>().0.iter();
    let entries = entries.map(|e| e.map(level)).collect();
    Ok(if number == 0 {
        Update::Cube(Cube::new(AxisOrder::RedFastest, entries)?)
    } else {
        Update::Curve(
            number,
            Shaper::new(Axis::Linear, [0.0; 3], [1.0; 3], entries)?,
        )
    })
}

fn take(shared: &Shared, id: &ChannelId, message: &[u8]) -> Result<(), LutBoxError> {
    match parse(message)? {
        Update::Cube(cube) => shared.channels.set_lut(id, cube),
        Update::Curve(n, curve) => shared.channels.set_curve(id, n, Some(curve)),
    }
}

fn serve(shared: &Arc<Shared>, stream: TcpStream, id: &ChannelId) {
    // The handshake is short: whoever needs longer is no client.
    if stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .is_err()
        || stream
            .set_write_timeout(Some(Duration::from_secs(2)))
            .is_err()
    {
        return;
    }
    let Ok(clock) = stream.try_clone() else {
        return;
    };
    let config = WebSocketConfig::default()
        .max_message_size(Some(PAYLOAD + 64))
        .max_frame_size(Some(PAYLOAD + 64));
    #[expect(clippy::result_large_err, reason = "the signature of the callback")]
    let authorise = |request: &Request, response: Response| {
        let header = request.headers().get("authorization");
        if shared.authorised(header.map(|h| h.as_bytes())) {
            Ok(response)
        } else {
            let mut no = ErrorResponse::new(None);
            *no.status_mut() = tungstenite::http::StatusCode::UNAUTHORIZED;
            Err(no)
        }
    };
    let accepted = tungstenite::accept_hdr_with_config(stream, authorise, Some(config));
    let Ok(mut socket) = accepted else { return };
    if clock.set_read_timeout(Some(TICK)).is_err() {
        return;
    }
    while !shared.stopping() {
        let message = match socket.read() {
            Ok(Message::Binary(m)) => m,
            Ok(Message::Close(_)) | Err(Error::ConnectionClosed) => return,
            Ok(_) => continue,
            Err(Error::Io(e))
                if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                continue;
            }
            Err(_) => return,
        };
        let arrived = Instant::now();
        match take(shared, id, &message) {
            Ok(()) => shared.metrics.latency(arrived.elapsed()),
            Err(e) => {
                shared.metrics.rejected(&e);
                shared.capture(&message, &e);
                let mut reason = e.to_string();
                reason.truncate(reason.floor_char_boundary(100));
                let _ = socket.close(Some(CloseFrame {
                    code: CloseCode::Unsupported,
                    reason: reason.into(),
                }));
                let _ = socket.flush();
                return;
            }
        }
    }
}

/// Whether a message is taken, for fuzzing.
pub(crate) fn well_formed(message: &[u8]) -> bool {
    match parse(message) {
        Ok(Update::Cube(c)) => c.edge() == EDGE,
        Ok(Update::Curve(n, s)) => (1..=4).contains(&n) && s.entries().len() == ROWS,
        Err(_) => false,
    }
}
