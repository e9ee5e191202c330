//! Huffman tables: fixed ones, ones made from counts, and the choice of which counts share a table.
//!
//! Codes have at most 16 bits and never consist of ones only (T.81 C.2): a pseudo-symbol of count 1 takes that place.
//! Counts are clustered greedily by true cost, table bytes plus data bits, as in jpegli `entropy_coding.cc:555-647`.

/// Counts of the 256 symbols.
pub(super) type Counts = [u32; 256];

/// A table as DHT carries it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Table {
    /// Codes of each length, 1 to 16.
    pub lengths: [u8; 16],
    /// Symbols by rising length.
    pub symbols: Vec<u8>,
}

/// `code << 8 | length` a symbol; 0 where the symbol has no code.
pub(super) type Codes = [u32; 256];

impl Table {
    /// The best table for these counts, limited to 16 bits.
    pub fn from_counts(counts: &Counts) -> Self {
        let depths = depths(counts);
        let mut table = Self {
            lengths: [0; 16],
            symbols: Vec::new(),
        };
        for length in 1..=16u8 {
            for (symbol, _) in depths
                .iter()
                .enumerate()
                .take(256)
                .filter(|(_, d)| **d == length)
            {
                table.symbols.push(symbol as u8);
                table.lengths[usize::from(length) - 1] += 1;
            }
        }
        table
    }

    /// Canonical codes (T.81 C.2).
    pub fn codes(&self) -> Codes {
        let mut codes = [0; 256];
        let (mut code, mut next) = (0u32, 0);
        for (i, &count) in self.lengths.iter().enumerate() {
            for &symbol in &self.symbols[next..next + usize::from(count)] {
                codes[usize::from(symbol)] = code << 8 | (i as u32 + 1);
                code += 1;
            }
            next += usize::from(count);
            code <<= 1;
        }
        codes
    }
}

/// Code lengths of 257 symbols, the last one the pseudo-symbol, which gets one of the longest codes.
fn depths(counts: &Counts) -> [u8; 257] {
    let mut floor = 1u32;
    loop {
        let mut leaves: Vec<(u64, u16)> = Vec::with_capacity(257);
        // First, so that among equal counts it is merged first and lies deepest.
        leaves.push((0, 256));
        for (symbol, &count) in counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            leaves.push((u64::from(count.max(floor)), symbol as u16));
        }
        if leaves.len() == 1 {
            leaves.push((1, 0));
        }
        leaves.sort_by_key(|l| l.0);
        let depths = tree_depths(&leaves);
        if depths.iter().all(|&d| d <= 16) {
            return depths;
        }
        floor *= 2;
    }
}

/// Two-queue Huffman over sorted leaves.
fn tree_depths(leaves: &[(u64, u16)]) -> [u8; 257] {
    let n = leaves.len();
    let mut weight: Vec<u64> = leaves.iter().map(|l| l.0).collect();
    let mut parent = vec![0usize; 2 * n - 1];
    let (mut leaf, mut inner) = (0, n);
    while weight.len() < 2 * n - 1 {
        let node = weight.len();
        let mut sum = 0;
        for _ in 0..2 {
            let take_leaf = leaf < n && (inner >= node || weight[leaf] <= weight[inner]);
            let child = if take_leaf { &mut leaf } else { &mut inner };
            sum += weight[*child];
            parent[*child] = node;
            *child += 1;
        }
        weight.push(sum);
    }
    let mut depth = vec![0u8; 2 * n - 1];
    let mut out = [0; 257];
    for node in (0..2 * n - 2).rev() {
        depth[node] = depth[parent[node]].saturating_add(1);
        if node < n {
            out[usize::from(leaves[node].1)] = depth[node];
        }
    }
    out
}

/// Bits that a table for these counts and the data coded with it take.
pub(super) fn cost(counts: &Counts) -> u64 {
    let depths = depths(counts);
    let mut bits = 17 * 8;
    for (&count, &depth) in counts.iter().zip(&depths) {
        if count > 0 {
            bits += 8 + u64::from(count) * u64::from(depth);
        }
    }
    bits
}

/// Tables for a sequence of contexts and which slot each uses.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    /// The tables, in order of first use.
    pub tables: Vec<Table>,
    /// Table of each context, `None` where it codes nothing.
    pub table_of: Vec<usize>,
    /// Slot of each table.
    pub slot_of: Vec<u8>,
}

/// Joins contexts, in file order, into tables of which at most `slots` are live at a time.
///
/// `group[i]` marks contexts that must be live together (components of one scan).
pub(super) fn cluster(contexts: &[Counts], group: &[usize], slots: usize) -> Clusters {
    let mut sums: Vec<Counts> = Vec::new();
    let mut costs: Vec<u64> = Vec::new();
    let mut clusters = Clusters::default();
    // Table that each slot holds, and the last group that uses it.
    let mut live: Vec<(usize, usize)> = Vec::new();
    for (context, &group) in contexts.iter().zip(group) {
        let alone = cost(context);
        let mut best: Option<(u64, usize, Counts)> = None;
        for (slot, &(table, _)) in live.iter().enumerate() {
            let mut sum = sums[table];
            for (a, b) in sum.iter_mut().zip(context) {
                *a = a.saturating_add(*b);
            }
            let extra = cost(&sum).saturating_sub(costs[table]);
            if best.as_ref().is_none_or(|b| extra < b.0) {
                best = Some((extra, slot, sum));
            }
        }
        let free = if live.len() < slots {
            Some(live.len())
        } else {
            // The slot unused for longest, unless this group needs it.
            let oldest = (0..slots).min_by_key(|&s| live[s].1).unwrap_or(0);
            (live[oldest].1 < group).then_some(oldest)
        };
        match (best, free) {
            (Some((extra, slot, sum)), free) if free.is_none() || extra <= alone => {
                let table = live[slot].0;
                sums[table] = sum;
                costs[table] += extra;
                live[slot].1 = group;
                clusters.table_of.push(table);
            }
            (_, free) => {
                let slot = free.unwrap_or(0);
                let table = sums.len();
                sums.push(*context);
                costs.push(alone);
                clusters.slot_of.push(slot as u8);
                clusters.table_of.push(table);
                if slot == live.len() {
                    live.push((table, group));
                } else {
                    live[slot] = (table, group);
                }
            }
        }
    }
    clusters.tables = sums.iter().map(Table::from_counts).collect();
    clusters
}

/// The typical tables of T.81 annex K.3, DC and AC, luminance and chrominance.
pub(super) fn standard() -> [[Table; 2]; 2] {
    let dc = |lengths: [u8; 16]| Table {
        lengths,
        symbols: (0..12).collect(),
    };
    let ac = |lengths: [u8; 16], symbols: &[u8]| Table {
        lengths,
        symbols: symbols.to_vec(),
    };
    [
        [
            dc([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
            ac(
                [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
                &AC_LUMA,
            ),
        ],
        [
            dc([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]),
            ac(
                [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
                &AC_CHROMA,
            ),
        ],
    ]
}

/// Symbols of T.81 table K.5.
#[rustfmt::skip]
const AC_LUMA: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
    0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];

/// Symbols of T.81 table K.6.
#[rustfmt::skip]
const AC_CHROMA: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
    0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
    0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
    0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
    0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
    0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];
