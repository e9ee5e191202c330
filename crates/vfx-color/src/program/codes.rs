//! Exact tables over all codes of a sample type: what the separable start of a program makes of each.
//!
//! 8-bit samples have 256 codes, 10, 12 and 16-bit ones and half floats 65,536. The start of the program runs once over all
//! of them, so that a table gives the same bits as computing. Where the whole program is separable and the output is of the
//! input's type, the table holds output samples and images never become floats. Built when an image first needs it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use half::f16;
use vfx_kernel::{Samples, SamplesMut, from_f32, to_f32};

use super::kernel::Kernel;

/// Codes of 16 bits.
const ALL: usize = 1 << 16;

/// What a table is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codes {
    /// 8-bit samples of 8 significant bits.
    U8,
    /// 16-bit samples of 10, 12 or 16 significant bits.
    U16(u8),
    /// Half floats.
    F16,
}

impl Codes {
    pub fn of(samples: &Samples<'_>, bits: u8) -> Option<Self> {
        match (samples, bits) {
            (Samples::U8(_), 8) => Some(Self::U8),
            (Samples::U16(_), 10 | 12 | 16) => Some(Self::U16(bits)),
            (Samples::F16(_), _) => Some(Self::F16),
            _ => None,
        }
    }

    /// Nanoseconds a pixel above which a table of floats beats computing: those of 16 bits leave the first cache.
    pub fn cost(self) -> f32 {
        match self {
            Self::U8 => 0.5,
            Self::U16(_) | Self::F16 => 1.2,
        }
    }

    /// The same where interleaved pixels go on: neither planes are filled nor pixels put together again, and a matrix follows
    /// in the same pass.
    pub fn cost_rgba(self) -> f32 {
        0.4
    }

    fn slot(self) -> usize {
        match self {
            Self::U8 => 0,
            Self::U16(10) => 1,
            Self::U16(12) => 2,
            Self::U16(_) => 3,
            Self::F16 => 4,
        }
    }

    /// Every code as a float.
    fn floats(self) -> Vec<f32> {
        match self {
            Self::U8 => {
                let codes: Vec<u8> = (0..=u8::MAX).collect();
                let mut out = vec![0.0; codes.len()];
                to_f32(Samples::U8(&codes), 8, &mut out);
                out
            }
            Self::U16(bits) => {
                let codes: Vec<u16> = (0..=u16::MAX).collect();
                let mut out = vec![0.0; ALL];
                to_f32(Samples::U16(&codes), bits, &mut out);
                out
            }
            Self::F16 => {
                let codes: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
                let mut out = vec![0.0; ALL];
                to_f32(Samples::F16(&codes), 16, &mut out);
                out
            }
        }
    }
}

/// Samples from which on a table of all 16-bit codes is sooner made than done without.
const TABLE_PAYS: usize = 1 << 16;

/// Three channels, floats or samples.
#[derive(Debug)]
pub(crate) enum CodeTable {
    /// To floats, as many as there are codes.
    Floats(Floats),
    /// 8-bit samples to 8-bit samples.
    Bytes(Box<[[u8; 256]; 3]>),
    /// 16-bit samples to 16-bit samples, half floats by their bits.
    Words([Vec<u16>; 3]),
}

/// Floats of R, G and B, or of all three where they are the same: a third of the cache.
#[derive(Debug)]
pub(crate) struct Floats(Vec<Vec<f32>>);

impl Floats {
    fn new([r, g, b]: [Vec<f32>; 3]) -> Self {
        let same = |x: &[f32]| r.iter().zip(x).all(|(a, b)| a.to_bits() == b.to_bits());
        if same(&g) && same(&b) {
            Self(vec![r])
        } else {
            Self(vec![r, g, b])
        }
    }

    /// Tables of R, G and B.
    ///
    /// # Panics
    ///
    /// If there are not `N` codes.
    pub fn of<const N: usize>(&self) -> [&[f32; N]; 3] {
        [0, 1, 2].map(|c| {
            let table = &self.0[c.min(self.0.len() - 1)];
            table[..].try_into().expect("a table of all codes")
        })
    }
}

/// The tables of a program, made as images need them.
#[derive(Debug, Default)]
pub(crate) struct CodeTables {
    prefix: [OnceLock<CodeTable>; 5],
    whole: [OnceLock<CodeTable>; 5],
    /// Samples that came so far.
    seen: AtomicUsize,
}

impl CodeTables {
    /// Whether tables of `codes` are worth their making, with so many samples more.
    pub fn pay(&self, codes: Codes, samples: usize) -> bool {
        let seen = self.seen.load(Ordering::Relaxed);
        if seen < TABLE_PAYS {
            let seen = seen.saturating_add(samples);
            self.seen.store(seen, Ordering::Relaxed);
            return codes == Codes::U8 || seen >= TABLE_PAYS;
        }
        true
    }

    /// Floats after the start of the program.
    pub fn prefix(&self, codes: Codes, start: &[Box<dyn Kernel>]) -> &Floats {
        let table = self.prefix[codes.slot()]
            .get_or_init(|| CodeTable::Floats(Floats::new(run(codes, start))));
        let CodeTable::Floats(floats) = table else {
            unreachable!("a prefix table holds floats");
        };
        floats
    }

    /// Samples of the same type after the whole program.
    pub fn whole(&self, codes: Codes, kernels: &[Box<dyn Kernel>]) -> &CodeTable {
        self.whole[codes.slot()].get_or_init(|| {
            let floats = run(codes, kernels);
            match codes {
                Codes::U8 => {
                    let mut out = Box::new([[0; 256]; 3]);
                    for (out, floats) in out.iter_mut().zip(&floats) {
                        from_f32(floats, SamplesMut::U8(out), 8);
                    }
                    CodeTable::Bytes(out)
                }
                Codes::U16(bits) => CodeTable::Words(floats.map(|f| {
                    let mut out = vec![0u16; ALL];
                    from_f32(&f, SamplesMut::U16(&mut out), bits);
                    out
                })),
                Codes::F16 => CodeTable::Words(floats.map(|f| {
                    let mut out = vec![f16::ZERO; ALL];
                    from_f32(&f, SamplesMut::F16(&mut out), 16);
                    out.into_iter().map(f16::to_bits).collect()
                })),
            }
        })
    }
}

fn run(codes: Codes, kernels: &[Box<dyn Kernel>]) -> [Vec<f32>; 3] {
    let x = codes.floats();
    let mut alpha = vec![1.0; x.len()];
    let mut planes = [x.clone(), x.clone(), x];
    let [r, g, b] = &mut planes;
    for kernel in kernels {
        kernel.run_planes([r, g, b, &mut alpha]);
    }
    planes
}

/// Pixels of 16-bit words through a table, in place; alpha stays.
pub(crate) fn words(tables: &[Vec<u16>; 3], channels: usize, pixels: &mut [u16]) {
    let [r, g, b] = tables.each_ref().map(|t| {
        let all: &[u16; ALL] = t[..].try_into().expect("a table of all codes");
        all
    });
    if channels == 4 {
        vfx_kernel::rgba::words_of_words([r, g, b], pixels);
        return;
    }
    for p in pixels.chunks_exact_mut(channels) {
        p[0] = r[p[0] as usize];
        p[1] = g[p[1] as usize];
        p[2] = b[p[2] as usize];
    }
}

/// Pixels of bytes through a table, in place; alpha stays.
pub(crate) fn bytes(tables: &[[u8; 256]; 3], channels: usize, pixels: &mut [u8]) {
    for p in pixels.chunks_exact_mut(channels) {
        p[0] = tables[0][p[0] as usize];
        p[1] = tables[1][p[1] as usize];
        p[2] = tables[2][p[2] as usize];
    }
}

/// Pixels of 16-bit words into planes of floats; `alpha` too if there is a fourth channel.
pub(crate) fn split_words(
    tables: &Floats,
    channels: usize,
    pixels: &[u16],
    planes: [&mut [f32]; 3],
) {
    let [tr, tg, tb] = tables.of::<ALL>();
    let [r, g, b] = planes;
    let samples = pixels.chunks_exact(channels);
    for (((p, r), g), b) in samples.zip(r).zip(g).zip(b) {
        *r = tr[p[0] as usize];
        *g = tg[p[1] as usize];
        *b = tb[p[2] as usize];
    }
}

/// Colours of four-channel pixels of 16-bit words to floats; alpha stays what it is in `floats`.
pub(crate) fn colours_of_words(tables: &Floats, pixels: &[u16], floats: &mut [f32]) {
    vfx_kernel::rgba::colours_of_words(tables.of(), pixels, floats);
}

/// Colours of four-channel pixels of bytes to floats; alpha stays what it is in `floats`.
pub(crate) fn colours_of_bytes(tables: &Floats, pixels: &[u8], floats: &mut [f32]) {
    let [r, g, b] = tables.of::<256>();
    let pixels = pixels.as_chunks::<4>().0;
    for (p, out) in pixels.iter().zip(floats.as_chunks_mut::<4>().0) {
        out[0] = r[p[0] as usize];
        out[1] = g[p[1] as usize];
        out[2] = b[p[2] as usize];
    }
}

/// Pixels of bytes into planes of floats.
pub(crate) fn split_bytes(
    tables: &Floats,
    channels: usize,
    pixels: &[u8],
    planes: [&mut [f32]; 3],
) {
    let [tr, tg, tb] = tables.of::<256>();
    let [r, g, b] = planes;
    let samples = pixels.chunks_exact(channels);
    for (((p, r), g), b) in samples.zip(r).zip(g).zip(b) {
        *r = tr[p[0] as usize];
        *g = tg[p[1] as usize];
        *b = tb[p[2] as usize];
    }
}
