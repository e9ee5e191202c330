//! Coefficients to a file: sequential or progressive scans, Huffman tables made for each scan (T.81 K.2).
//!
//! Each scan is coded twice over the same code path, first to count symbols, then to write bits. Progressive files send DC,
//! then two bands of AC a component, in full precision: enough for a preview, and no refinement to get wrong.

use super::{Picture, Plane};
use crate::marker::ZIGZAG;

/// Where symbols go: counted, or written.
enum Sink<'a> {
    Count(&'a mut [[u32; 257]; 4]),
    Write(&'a mut Bits, &'a [Codes; 4]),
}

type Codes = [(u32, u32); 256];

impl Sink<'_> {
    fn symbol(&mut self, table: usize, symbol: u8, extra: u32, size: u32) {
        match self {
            Sink::Count(counts) => counts[table][usize::from(symbol)] += 1,
            Sink::Write(bits, codes) => {
                let (code, len) = codes[table][usize::from(symbol)];
                bits.put(code, len);
                bits.put(extra, size);
            }
        }
    }
}

/// Bits with byte stuffing.
#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    acc: u64,
    n: u32,
}

impl Bits {
    fn put(&mut self, bits: u32, len: u32) {
        if len == 0 {
            return;
        }
        self.acc = (self.acc << len) | u64::from(bits) & ((1 << len) - 1);
        self.n += len;
        while self.n >= 8 {
            self.n -= 8;
            let byte = (self.acc >> self.n) as u8;
            self.out.push(byte);
            if byte == 0xff {
                self.out.push(0);
            }
        }
    }

    fn align(&mut self) {
        if self.n > 0 {
            self.put(0xff, 8 - self.n);
        }
    }
}

/// Size and extra bits of a value (T.81 F.1.2.1).
fn magnitude(v: i32) -> (u32, u32) {
    let size = 32 - v.unsigned_abs().leading_zeros();
    (size, if v < 0 { (v - 1) as u32 } else { v as u32 })
}

/// Code lengths a symbol, at most 16, by merging and the adjustment of T.81 K.2; counts a length and symbols in order.
fn optimal(counts: &[u32; 257]) -> ([u8; 16], Vec<u8>) {
    let mut frequency = counts.map(u64::from);
    // A symbol that never comes keeps the code of all ones free.
    frequency[256] = 1;
    let mut lengths = [0u32; 257];
    let mut chain = [usize::MAX; 257];
    loop {
        let least = |skip: usize| {
            (0..257)
                .filter(|i| *i != skip && frequency[*i] > 0)
                .min_by_key(|i| (frequency[*i], 257 - *i))
        };
        let Some(a) = least(usize::MAX) else { break };
        let Some(b) = least(a) else { break };
        frequency[a] += frequency[b];
        frequency[b] = 0;
        let mut at = a;
        loop {
            lengths[at] += 1;
            if chain[at] == usize::MAX {
                break;
            }
            at = chain[at];
        }
        chain[at] = b;
        at = b;
        loop {
            lengths[at] += 1;
            if chain[at] == usize::MAX {
                break;
            }
            at = chain[at];
        }
    }
    let mut bits = [0i32; 258];
    for l in lengths {
        bits[l as usize] += i32::from(l > 0);
    }
    for i in (17..258).rev() {
        while bits[i] > 0 {
            let mut j = i - 2;
            while bits[j] == 0 {
                j -= 1;
            }
            bits[i] -= 2;
            bits[i - 1] += 1;
            bits[j + 1] += 2;
            bits[j] -= 1;
        }
    }
    if let Some(longest) = (1..=16).rev().find(|i| bits[*i] > 0) {
        bits[longest] -= 1;
    }
    let mut symbols: Vec<usize> = (0..256).filter(|i| lengths[*i] > 0).collect();
    symbols.sort_by_key(|i| (lengths[*i], *i));
    (
        std::array::from_fn(|i| bits[i + 1] as u8),
        symbols.into_iter().map(|s| s as u8).collect(),
    )
}

fn codes(counts: &[u8; 16], symbols: &[u8]) -> Codes {
    let mut table = [(0, 0); 256];
    let (mut code, mut k) = (0, 0);
    for (i, n) in counts.iter().enumerate() {
        for _ in 0..*n {
            table[usize::from(symbols[k])] = (code, i as u32 + 1);
            code += 1;
            k += 1;
        }
        code <<= 1;
    }
    table
}

/// One scan: its components and band.
struct Scan {
    components: Vec<usize>,
    start: usize,
    end: usize,
}

/// The whole file.
pub(super) fn file(p: &Picture, segments: &[u8], progressive: bool) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    out.extend_from_slice(segments);
    let wide = p.tables.iter().flatten().any(|q| *q > 255);
    for (i, t) in p.tables.iter().enumerate() {
        let body: Vec<u8> = if wide {
            ZIGZAG
                .iter()
                .flat_map(|n| t[usize::from(*n)].to_be_bytes())
                .collect()
        } else {
            ZIGZAG.iter().map(|n| t[usize::from(*n)] as u8).collect()
        };
        segment(&mut out, 0xdb, &[&[u8::from(wide) << 4 | i as u8], &body]);
    }
    let sof = match (progressive, wide || p.precision > 8) {
        (true, _) => 0xc2,
        (_, true) => 0xc1,
        _ => 0xc0,
    };
    let (h, w) = (
        (p.height as u16).to_be_bytes(),
        (p.width as u16).to_be_bytes(),
    );
    let parts: Vec<u8> = p
        .planes
        .iter()
        .flat_map(|c| [c.id, (c.h << 4 | c.v) as u8, c.quant as u8])
        .collect();
    segment(
        &mut out,
        sof,
        &[
            &[p.precision as u8],
            &h,
            &w,
            &[p.planes.len() as u8],
            &parts,
        ],
    );
    let all: Vec<usize> = (0..p.planes.len()).collect();
    // More than 10 blocks do not make an MCU (B.2.3): such files are written component by component.
    let together = all.len() <= 4 && p.planes.iter().map(|c| c.h * c.v).sum::<usize>() <= 10;
    let groups: Vec<Vec<usize>> = if together {
        vec![all.clone()]
    } else {
        all.iter().map(|c| vec![*c]).collect()
    };
    for components in groups {
        scan(
            &mut out,
            p,
            &Scan {
                components,
                start: 0,
                end: if progressive { 0 } else { 63 },
            },
        );
    }
    if progressive {
        for (start, end) in [(1, 5), (6, 63)] {
            for c in &all {
                scan(
                    &mut out,
                    p,
                    &Scan {
                        components: vec![*c],
                        start,
                        end,
                    },
                );
            }
        }
    }
    out.extend([0xff, 0xd9]);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length = 2 + parts.iter().map(|p| p.len()).sum::<usize>();
    out.extend([0xff, marker]);
    out.extend((length as u16).to_be_bytes());
    for p in parts {
        out.extend_from_slice(p);
    }
}

fn scan(out: &mut Vec<u8>, p: &Picture, s: &Scan) {
    let mut counts = [[0u32; 257]; 4];
    run(p, s, &mut Sink::Count(&mut counts));
    let mut tables = [[(0, 0); 256]; 4];
    for (i, counts) in counts.iter().enumerate() {
        if counts.iter().any(|c| *c > 0) {
            let (lengths, symbols) = optimal(counts);
            tables[i] = codes(&lengths, &symbols);
            // Tables 0, 1 are DC, 2, 3 AC.
            segment(
                out,
                0xc4,
                &[&[(i as u8 & 2) << 3 | i as u8 & 1], &lengths, &symbols],
            );
        }
    }
    let parts: Vec<u8> = s
        .components
        .iter()
        .flat_map(|c| {
            let t = u8::from(*c > 0);
            [p.planes[*c].id, t << 4 | t]
        })
        .collect();
    segment(
        out,
        0xda,
        &[
            &[s.components.len() as u8],
            &parts,
            &[s.start as u8, s.end as u8, 0],
        ],
    );
    let mut bits = Bits::default();
    run(p, s, &mut Sink::Write(&mut bits, &tables));
    bits.align();
    out.append(&mut bits.out);
}

/// Codes every block of a scan.
fn run(p: &Picture, s: &Scan, sink: &mut Sink<'_>) {
    let mut dc = [0i32; 4];
    let mut eob_run = 0u32;
    let mut code =
        |plane: &Plane, slot: usize, table: usize, x: usize, y: usize, sink: &mut Sink<'_>| {
            let b = &plane.blocks[y * plane.padded_w + x];
            if s.start == 0 {
                let (size, extra) = magnitude(i32::from(b[0]) - dc[slot]);
                dc[slot] = i32::from(b[0]);
                sink.symbol(table, size as u8, extra, size);
            }
            if s.end > 0 {
                band(
                    b,
                    s.start.max(1)..=s.end,
                    s.start > 0,
                    2 + table,
                    &mut eob_run,
                    sink,
                );
            }
        };
    if let [c] = s.components[..] {
        let plane = &p.planes[c];
        for y in 0..plane.blocks_h {
            for x in 0..plane.blocks_w {
                code(plane, 0, usize::from(c > 0), x, y, sink);
            }
        }
        flush(2 + usize::from(c > 0), &mut eob_run, sink);
        return;
    }
    for my in 0..p.mcus_y {
        for mx in 0..p.mcus_x {
            for (slot, c) in s.components.iter().enumerate() {
                let plane = &p.planes[*c];
                for dy in 0..plane.v {
                    for dx in 0..plane.h {
                        code(
                            plane,
                            slot,
                            usize::from(*c > 0),
                            mx * plane.h + dx,
                            my * plane.v + dy,
                            sink,
                        );
                    }
                }
            }
        }
    }
}

/// The AC coefficients of a band; runs of empty ends only where the scan is progressive.
fn band(
    b: &[i16; 64],
    range: std::ops::RangeInclusive<usize>,
    runs: bool,
    table: usize,
    eob_run: &mut u32,
    sink: &mut Sink<'_>,
) {
    let end = *range.end();
    let mut zeros = 0u32;
    for k in range {
        let v = i32::from(b[k]);
        if v == 0 {
            zeros += 1;
            continue;
        }
        flush(table, eob_run, sink);
        while zeros > 15 {
            sink.symbol(table, 0xf0, 0, 0);
            zeros -= 16;
        }
        let (size, extra) = magnitude(v);
        sink.symbol(table, (zeros << 4 | size) as u8, extra, size);
        zeros = 0;
    }
    let _ = end;
    if zeros > 0 {
        if runs {
            *eob_run += 1;
            if *eob_run == 0x7fff {
                flush(table, eob_run, sink);
            }
        } else {
            sink.symbol(table, 0, 0, 0);
        }
    }
}

/// Writes a waiting EOB run.
fn flush(table: usize, eob_run: &mut u32, sink: &mut Sink<'_>) {
    if *eob_run > 0 {
        let size = 31 - eob_run.leading_zeros();
        sink.symbol(table, (size << 4) as u8, *eob_run, size);
        *eob_run = 0;
    }
}
