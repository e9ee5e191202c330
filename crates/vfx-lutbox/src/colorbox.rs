//! AJA ColorBox's dynamic LUT: one WebSocket message `3DL1` and 33³ R, G, B `u16`, red fastest, 12-bit codes in the upper bits.
//!
//! Source: the vendor's demos (aja-video/colorbox-demos). A code becomes `(word >> 4) / 4095`. The 1D messages (`1DL1` to `1DL4`) are
//! refused: channels have no shaper. The protocol has no reply; a refusal closes the socket with its cause.

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
use crate::{AxisOrder, ChannelId, Cube, LutBoxError};

const EDGE: usize = 33;
const PAYLOAD: usize = EDGE * EDGE * EDGE * 6;

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

/// The LUT of a message.
pub(crate) fn parse(message: &[u8]) -> Result<Cube, LutBoxError> {
    let Some((tag, body)) = message.split_first_chunk::<4>() else {
        return Err(LutBoxError::message("message", "no tag", "3DL1"));
    };
    if tag != b"3DL1" {
        let found = tag.escape_ascii().to_string();
        return Err(LutBoxError::message("message", found, "3DL1"));
    }
    if body.len() != PAYLOAD {
        return Err(LutBoxError::LutSize { bytes: body.len() });
    }
    let code = |lo: u8, hi: u8| f32::from(u16::from_le_bytes([lo, hi]) >> 4) / 4095.0;
    let entry = |t: &[u8; 6]| [code(t[0], t[1]), code(t[2], t[3]), code(t[4], t[5])];
    let entries = body.as_chunks::<6>().0.iter().map(entry);
    Cube::new(AxisOrder::RedFastest, entries.collect())
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
        match parse(&message).and_then(|c| shared.channels.set_lut(id, c)) {
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
