//! Content ids: the same id for the same operations, whatever their pointers; computed once a program.

use std::fmt::{self, Write};
use std::hash::Hasher;

use super::ColorProgram;
use crate::Op;

/// 128 bits that name a list of operations by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentId(pub u128);

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Two multiply-and-fold lanes; stable over platforms and releases.
struct Mixer([u64; 2]);

impl Mixer {
    fn word(&mut self, v: u64) {
        const K: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];
        for (lane, k) in self.0.iter_mut().zip(K) {
            let wide = u128::from(*lane ^ v) * u128::from(k);
            *lane = (wide as u64) ^ ((wide >> 64) as u64) ^ lane.rotate_left(29);
        }
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(last));
        self.word(bytes.len() as u64);
    }

    fn finish(&self) -> u64 {
        self.0[0]
    }
}

impl Write for Mixer {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.write(s.as_bytes());
        Ok(())
    }
}

impl ContentId {
    /// The id of a list of operations.
    pub fn of(ops: &[Op]) -> Self {
        let mut mixer = Mixer([0x2545_f491_4f6c_dd1d, 0x6a09_e667_f3bc_c908]);
        for op in ops {
            mixer.write(op.kind().as_bytes());
            // Tables by their bytes, everything else by its printed form, which holds every parameter exactly.
            let printed = match op {
                Op::Lut1D(lut, direction) => {
                    mixer.write(bytemuck::cast_slice(&lut.entries));
                    write!(
                        mixer,
                        "{direction:?} {} {:?} {:?}",
                        lut.half_domain, lut.interpolation, lut.hue_adjust
                    )
                }
                Op::Lut3D(lut, direction) => {
                    mixer.write(bytemuck::cast_slice(&lut.entries));
                    write!(mixer, "{direction:?} {} {:?}", lut.edge, lut.interpolation)
                }
                op => write!(mixer, "{op:?}"),
            };
            printed.expect("a hash takes any text");
        }
        Self(u128::from(mixer.0[0]) << 64 | u128::from(mixer.0[1]))
    }
}

impl ColorProgram {
    /// The id of the operations that run.
    pub fn content_id(&self) -> ContentId {
        *self.content.get_or_init(|| ContentId::of(&self.ops))
    }
}
