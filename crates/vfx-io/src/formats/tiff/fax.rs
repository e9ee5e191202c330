//! CCITT bilevel coding: modified Huffman, group 3 (one and two dimensional) and group 4.
//!
//! In: packed bits, most significant first. Out: rows of one bit a pixel, 1 is black. A row is a list of the columns where
//! the colour changes. A broken code ends a group 4 chunk; group 3 goes on at the next end of line. Each step takes input
//! bits, so that the work is bounded by them. Source: ITU-T T.4 tables 2 and 3, T.6 table 1; TIFF 6.0 sections 10 and 11.

use super::codec::Broken;
use super::fax_codes::{BLACK, EXTENDED, WHITE};
use std::sync::LazyLock;

/// Which of the codings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    ModifiedHuffman,
    Group3 { two_d: bool },
    Group4,
}

/// Longest code.
const BITS: u32 = 13;

/// Run and length of the code that the next 13 bits begin with; length 0 for none.
type Codes = Vec<(u16, u8)>;

static RUNS: LazyLock<[Codes; 2]> = LazyLock::new(|| [codes(WHITE), codes(BLACK)]);

fn codes(own: &[(u16, &str)]) -> Codes {
    let mut all = vec![(0, 0); 1 << BITS];
    for (run, code) in own.iter().chain(EXTENDED) {
        let value = code.bytes().fold(0, |v, b| v << 1 | usize::from(b & 1));
        let free = BITS as usize - code.len();
        all[value << free..(value + 1) << free].fill((*run, code.len() as u8));
    }
    all
}

struct Bits<'a> {
    bytes: &'a [u8],
    /// Position in bits.
    at: usize,
}

impl Bits<'_> {
    fn ended(&self) -> bool {
        self.at >= self.bytes.len() * 8
    }
    /// The next bits, zero past the end.
    fn peek(&self, n: u32) -> usize {
        let byte = |i: usize| u32::from(self.bytes.get(self.at / 8 + i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        (word << (8 + self.at % 8) >> (32 - n)) as usize
    }
    /// A run of one colour: make-up codes and a terminating one.
    fn run(&mut self, black: bool) -> Option<usize> {
        let mut sum = 0;
        loop {
            let (run, len) = RUNS[usize::from(black)][self.peek(BITS)];
            if len == 0 || self.ended() {
                return None;
            }
            self.at += usize::from(len);
            sum += usize::from(run);
            if run < 64 {
                return Some(sum);
            }
        }
    }
    /// Passes an end of line with its fill, if there is one here.
    fn end_of_line(&mut self) -> bool {
        if self.peek(11) != 0 {
            return false;
        }
        let from = self.at;
        while !self.ended() {
            self.at += 1;
            if self.peek(1) == 1 && self.at - from >= 11 {
                self.at += 1;
                return true;
            }
        }
        false
    }
    /// Goes to the start of the next end of line.
    fn resync(&mut self) {
        while !self.ended() && self.peek(11) != 0 {
            self.at += 1;
        }
    }
}

/// Adds a change of colour; columns never go back.
fn change(row: &mut Vec<usize>, at: usize, width: usize) -> Option<()> {
    if at < row.last().copied().unwrap_or(0) {
        return None;
    }
    row.push(at.min(width));
    Some(())
}

/// A row of runs alone.
fn one_d(b: &mut Bits<'_>, row: &mut Vec<usize>, width: usize) -> Option<()> {
    let (mut at, mut black) = (0, false);
    while at < width {
        at += b.run(black)?;
        change(row, at, width)?;
        black = !black;
    }
    Some(())
}

/// A row against the one above.
fn two_d(b: &mut Bits<'_>, above: &[usize], row: &mut Vec<usize>, width: usize) -> Option<()> {
    let (mut at, mut black, mut next) = (0, false, 0);
    let mut start = true;
    while at < width {
        // b1: the first change above right of `at` to the colour that is not ours.
        next = next / 2 * 2 + usize::from(black);
        while next > 1 && above.get(next - 2).is_none_or(|c| *c > at) {
            next -= 2;
        }
        while above
            .get(next)
            .is_some_and(|c| *c <= at && !(start && *c == 0))
        {
            next += 2;
        }
        let b1 = above.get(next).copied().unwrap_or(width);
        let b2 = above.get(next + 1).copied().unwrap_or(width);
        if b.ended() {
            return None;
        }
        let (mode, len) = match b.peek(7) {
            0b100_0000.. => (0, 1),
            0b011_0000.. => (1, 3),
            0b010_0000.. => (-1, 3),
            0b001_0000.. => {
                b.at += 3;
                for _ in 0..2 {
                    at += b.run(black)?;
                    change(row, at, width)?;
                    black = !black;
                }
                start = false;
                continue;
            }
            0b000_1000.. => {
                b.at += 4;
                at = b2;
                start = false;
                continue;
            }
            6.. => (2, 6),
            4.. => (-2, 6),
            3 => (3, 7),
            2 => (-3, 7),
            _ => return None,
        };
        b.at += len;
        at = b1.checked_add_signed(mode)?;
        change(row, at, width)?;
        black = !black;
        start = false;
    }
    Some(())
}

/// Sets the black pixels of a row.
fn paint(changes: &[usize], width: usize, out: &mut [u8]) {
    out.fill(0);
    for pair in changes.chunks(2).filter(|p| p[0] < width) {
        let (from, to) = (pair[0], pair.get(1).copied().unwrap_or(width).min(width));
        if from >= to {
            continue;
        }
        let (first, last) = (from / 8, (to - 1) / 8);
        let (head, tail) = (0xffu8 >> (from % 8), 0xffu8 << (7 - (to - 1) % 8));
        if first == last {
            out[first] |= head & tail;
        } else {
            out[first] |= head;
            out[first + 1..last].fill(0xff);
            out[last] |= tail;
        }
    }
}

/// Decodes rows of `row_bytes` into `out`.
pub fn decode(
    coding: Coding,
    packed: &[u8],
    width: usize,
    row_bytes: usize,
    out: &mut [u8],
) -> Result<(), Broken> {
    let mut b = Bits {
        bytes: packed,
        at: 0,
    };
    let (mut above, mut row) = (Vec::new(), Vec::new());
    let mut first_bad = None;
    for (y, to) in out.chunks_exact_mut(row_bytes.max(1)).enumerate() {
        row.clear();
        let good = match coding {
            Coding::Group4 => two_d(&mut b, &above, &mut row, width),
            Coding::ModifiedHuffman => {
                let r = one_d(&mut b, &mut row, width);
                b.at = b.at.next_multiple_of(8);
                r
            }
            Coding::Group3 { two_d: both } => {
                let marked = b.end_of_line();
                let plain = !both || !marked || {
                    b.at += 1;
                    b.bytes
                        .get((b.at - 1) / 8)
                        .is_some_and(|v| v >> (7 - (b.at - 1) % 8) & 1 == 1)
                };
                if plain {
                    one_d(&mut b, &mut row, width)
                } else {
                    two_d(&mut b, &above, &mut row, width)
                }
            }
        };
        paint(&row, width, to);
        if good.is_none() {
            first_bad.get_or_insert(y);
            if !matches!(coding, Coding::Group3 { .. }) || b.ended() {
                let problem = format!("an invalid fax code in row {y}").into();
                return Err(Broken {
                    filled: y * row_bytes,
                    problem,
                });
            }
            b.resync();
        }
        std::mem::swap(&mut above, &mut row);
    }
    match first_bad {
        Some(y) => Err(Broken {
            filled: out.len(),
            problem: format!("an invalid fax code in row {y}").into(),
        }),
        None => Ok(()),
    }
}
