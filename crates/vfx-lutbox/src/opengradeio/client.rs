//! A client of OpenGradeIO, for `vfx lutbox send` and for tests.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::bson::{Document, Value, Writer};
use crate::{AxisOrder, CdlValues, Cube, LutBoxError};

/// The frame of a setLUT request; entries in `order` on the wire, alpha 1.
pub fn set_lut(instance: Option<&str>, cube: &Cube, order: AxisOrder) -> Vec<u8> {
    let n = cube.edge();
    let mut data = Vec::with_capacity(n * n * n * 16);
    for i in 0..n {
        for j in 0..n {
            for k in 0..n {
                let e = match order {
                    AxisOrder::BlueFastest => cube.at(i, j, k),
                    AxisOrder::RedFastest => cube.at(k, j, i),
                };
                for v in [e[0], e[1], e[2], 1.0] {
                    data.extend_from_slice(&v.to_le_bytes());
                }
            }
        }
    }
    let arguments = Writer::new()
        .binary("lutData", &data)
        .int32("lutSize", n as i32);
    request("setLUT", instance, &arguments.finish())
}

/// The frame of a setCDL request.
pub fn set_cdl(instance: Option<&str>, cdl: &CdlValues) -> Vec<u8> {
    let arguments = Writer::new()
        .triple("slope", cdl.slope)
        .triple("offset", cdl.offset)
        .triple("power", cdl.power)
        .double("saturation", cdl.saturation);
    request("setCDL", instance, &arguments.finish())
}

fn request(command: &str, instance: Option<&str>, arguments: &[u8]) -> Vec<u8> {
    let mut w = Writer::new()
        .string("command", command)
        .string("service", "OpenGradeIO");
    if let Some(i) = instance {
        w = w.string("instance", i);
    }
    w.document("arguments", arguments).finish()
}

/// A connection.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
}

/// Replies are short; anything longer is not this protocol.
const MAX_REPLY: usize = 64 * 1024;

impl Client {
    /// Connects.
    ///
    /// # Errors
    ///
    /// If no address of the host answers.
    pub fn connect(address: impl ToSocketAddrs) -> Result<Self, LutBoxError> {
        let stream = TcpStream::connect(address).map_err(LutBoxError::io("connect"))?;
        stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(Duration::from_secs(30))))
            .map_err(LutBoxError::io("socket options"))?;
        Ok(Self { stream })
    }

    /// Sends a frame and waits for the reply.
    ///
    /// # Errors
    ///
    /// [`LutBoxError::Refused`] with the cause, or a failure of the connection.
    pub fn send(&mut self, frame: &[u8]) -> Result<(), LutBoxError> {
        self.stream
            .write_all(frame)
            .map_err(LutBoxError::io("send"))?;
        let reply = self.reply()?;
        let document = Document::parse(&reply)?;
        if document.get("result").and_then(|v| v.number()) == Some(1.0) {
            return Ok(());
        }
        let cause = match document.get("error") {
            Some(Value::String(s)) => s.escape_default().to_string(),
            _ => String::new(),
        };
        Err(LutBoxError::Refused { cause })
    }

    /// The next reply's bytes.
    ///
    /// # Errors
    ///
    /// If the connection ends or the reply is no short document.
    pub fn reply(&mut self) -> Result<Vec<u8>, LutBoxError> {
        let mut out = vec![0; 4];
        self.stream
            .read_exact(&mut out)
            .map_err(LutBoxError::io("receive"))?;
        let found = i32::from_le_bytes([out[0], out[1], out[2], out[3]]);
        let n = usize::try_from(found)
            .ok()
            .filter(|n| (5..=MAX_REPLY).contains(n))
            .ok_or(LutBoxError::FrameLength { found })?;
        out.resize(n, 0);
        self.stream
            .read_exact(&mut out[4..])
            .map_err(LutBoxError::io("receive"))?;
        Ok(out)
    }

    /// The socket.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}
