//! `.spimtx`: three rows of a matrix and an offset in 16-bit code values. Source: OpenColorIO's FileFormatSpiMtx.

use super::number::full;
use super::source::{Source, lines};
use super::{Info, WriteOptions, bake, head};
use crate::op::Matrix;
use crate::{ColorError, Op};

/// Offsets are stored times this.
const CODES: f64 = 65535.0;
/// More cannot be twelve numbers.
const MAX_BYTES: usize = 4096;

pub(super) fn recognises(bytes: &[u8], extension: &str) -> bool {
    extension == "spimtx"
        && bytes.len() <= MAX_BYTES
        && head(bytes).split_ascii_whitespace().count() == 12
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    if s.bytes.len() > MAX_BYTES {
        return Err(s.error(1, "expected twelve numbers, found a longer file"));
    }
    let text = s.text();
    let mut values = Vec::with_capacity(12);
    let mut last = 1;
    for line in lines(&text) {
        last = line.number;
        for word in line.words() {
            // OpenColorIO keeps single precision.
            values.push(f64::from(s.float(last, word)?));
        }
    }
    s.count(last, values.len(), 12, "numbers")?;
    let mut m = Matrix::IDENTITY;
    for row in 0..3 {
        m.m[row][..3].copy_from_slice(&values[row * 4..row * 4 + 3]);
        m.offset[row] = values[row * 4 + 3] / CODES;
    }
    Ok((vec![Op::Matrix(m)], Vec::new()))
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let [Op::Matrix(m)] = ops else {
        return Err(bake::cannot("spimtx", "anything but one matrix"));
    };
    if !m.keeps_alpha() || m.m[..3].iter().any(|row| row[3] != 0.0) {
        return Err(bake::cannot("spimtx", "a matrix that uses alpha"));
    }
    let mut out = String::new();
    for row in 0..3 {
        let [a, b, c, _] = m.m[row].map(full);
        out += &format!("{a} {b} {c} {}\n", full(m.offset[row] * CODES));
    }
    Ok(out)
}
