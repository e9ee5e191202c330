//! Coding kept coefficients: count, choose tables, write; scan by scan, on several threads if asked.
//!
//! Each scan is walked twice, once for counts and once for bits. Threads take whole scans, and buffers are written in the
//! order of the script, so the bytes are those of one thread.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bits::BitWriter;
use super::geometry::Geometry;
use super::header;
use super::huffman::{self, Clusters, Codes, Counts};
use super::join::{BandBits, EmitBand};
use super::plane::Plane;
use super::script::{self, Scan};
use super::simd::simd;
use super::sink::{Count, Emit, Weigh};
use super::{progressive, sequential};

/// What is coded: one sequential scan of everything, or a script.
#[derive(Debug)]
pub(super) enum Plan {
    Sequential,
    Progressive(Vec<Scan>),
}

/// One Huffman context: its scan, its component, DC or AC.
#[derive(Clone, Copy, Debug)]
struct Context {
    scan: usize,
    component: usize,
    class: u8,
}

/// Everything the scans share.
struct Job<'a> {
    planes: &'a [Plane],
    plan: &'a Plan,
    restart: usize,
}

impl Job<'_> {
    fn scan_count(&self) -> usize {
        match self.plan {
            Plan::Sequential => 1,
            Plan::Progressive(scans) => scans.len(),
        }
    }

    /// The contexts of a scan in the order of the numbers that its coder uses.
    fn contexts(&self, index: usize) -> Vec<Context> {
        let context = |component, class| Context {
            scan: index,
            component,
            class,
        };
        match self.plan {
            Plan::Sequential => (0..self.planes.len())
                .flat_map(|c| [context(c, 0), context(c, 1)])
                .collect(),
            Plan::Progressive(scans) => {
                let scan = &scans[index];
                let components = scan.components.iter().map(|&c| usize::from(c));
                if scan.ss > 0 {
                    components.map(|c| context(c, 1)).collect()
                } else if scan.ah == 0 {
                    components.map(|c| context(c, 0)).collect()
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// Bands of rows of MCUs of the sequential scan.
    fn bands(&self, threads: usize) -> Vec<Range<usize>> {
        let (_, high) = sequential::size(self.planes);
        let n = threads.min(high).max(1);
        (0..n).map(|i| high * i / n..high * (i + 1) / n).collect()
    }

    /// Counts of the sequential scan, bands apart.
    fn count_bands(&self, threads: usize) -> Vec<Counts> {
        let bands = self.bands(threads);
        let parts = in_order(bands.len(), threads, |i| {
            let mut counts = vec![[0u32; 256]; 8];
            let mut sink = Count {
                counts: &mut counts,
            };
            let rows = bands[i].clone();
            simd!(s => sequential::scan(s, self.planes, self.restart, rows, &mut sink));
            counts
        });
        let mut sum = vec![[0u32; 256]; self.contexts(0).len()];
        for part in parts {
            for (sum, part) in sum.iter_mut().zip(part) {
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += part;
                }
            }
        }
        sum
    }

    /// Writes the sequential scan, bands apart and joined.
    fn emit_bands(
        &self,
        codes: &[Codes],
        threads: usize,
        bits: &mut BitWriter,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let none: Codes = [0; 256];
        let mut tables = [&none; 8];
        for (table, codes) in tables.iter_mut().zip(codes) {
            *table = codes;
        }
        let bands = self.bands(threads);
        let parts = in_order(bands.len(), threads, |i| {
            let mut sink = EmitBand {
                codes: tables,
                band: BandBits::new(),
            };
            let rows = bands[i].clone();
            simd!(s => sequential::scan(s, self.planes, self.restart, rows, &mut sink));
            sink.band
        });
        for part in parts {
            part.join(bits, out)?;
        }
        bits.align();
        Ok(())
    }

    fn count(&self, index: usize) -> Vec<Counts> {
        // A DC refinement has no symbols, but its coder is the one of DC scans.
        let mut counts = vec![[0u32; 256]; 8];
        let mut sink = Count {
            counts: &mut counts,
        };
        match self.plan {
            Plan::Sequential => {
                simd!(s => sequential::scan(s, self.planes, self.restart, 0..sequential::size(self.planes).1, &mut sink))
            }
            Plan::Progressive(scans) => {
                simd!(s => progressive::scan(s, self.planes, &scans[index], self.restart, &mut sink));
            }
        }
        counts.truncate(self.contexts(index).len());
        counts
    }

    fn emit(
        &self,
        index: usize,
        codes: &[Codes],
        bits: &mut BitWriter,
        out: Option<&mut (dyn Write + '_)>,
    ) -> io::Result<()> {
        let none: Codes = [0; 256];
        let mut tables = [&none; 8];
        for (table, codes) in tables.iter_mut().zip(codes) {
            *table = codes;
        }
        let mut sink = Emit {
            codes: tables,
            bits,
            out,
            result: Ok(()),
        };
        match self.plan {
            Plan::Sequential => {
                simd!(s => sequential::scan(s, self.planes, self.restart, 0..sequential::size(self.planes).1, &mut sink))
            }
            Plan::Progressive(scans) => {
                simd!(s => progressive::scan(s, self.planes, &scans[index], self.restart, &mut sink));
            }
        }
        sink.bits.align();
        sink.result
    }
}

/// Runs `work` for `0..count` on `threads` threads and gives the results in order.
fn in_order<R: Send>(count: usize, threads: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    if threads <= 1 || count <= 1 {
        return (0..count).map(work).collect();
    }
    let results: Vec<Mutex<Option<R>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let run = || loop {
        let i = next.fetch_add(1, Ordering::Relaxed);
        let Some(slot) = results.get(i) else { break };
        let result = work(i);
        if let Ok(mut slot) = slot.lock() {
            *slot = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(count) {
            scope.spawn(run);
        }
        run();
    });
    results
        .into_iter()
        .filter_map(|r| r.into_inner().ok().flatten())
        .collect()
}

/// Codes of one class: the clusters, and where each scan's contexts are in them.
struct Class {
    contexts: Vec<Context>,
    clusters: Clusters,
    codes: Vec<Codes>,
    sent: Vec<bool>,
}

impl Class {
    fn new(class: u8, all: &[(Context, Counts)], slots: usize) -> Self {
        let mine = || all.iter().filter(|c| c.0.class == class);
        let contexts: Vec<Context> = mine().map(|c| c.0).collect();
        let counts: Vec<Counts> = mine().map(|c| c.1).collect();
        let groups: Vec<usize> = contexts.iter().map(|c| c.scan).collect();
        let clusters = huffman::cluster(&counts, &groups, slots);
        let codes = clusters.tables.iter().map(huffman::Table::codes).collect();
        let sent = vec![false; clusters.tables.len()];
        Self {
            contexts,
            clusters,
            codes,
            sent,
        }
    }

    fn table(&self, scan: usize, component: usize) -> Option<usize> {
        let i = self
            .contexts
            .iter()
            .position(|c| c.scan == scan && c.component == component)?;
        self.clusters.table_of.get(i).copied()
    }

    fn slot(&self, scan: usize, component: usize) -> u8 {
        self.table(scan, component)
            .map_or(0, |t| self.clusters.slot_of[t])
    }
}

/// Writes all scans with their tables.
pub(super) fn write(
    out: &mut dyn Write,
    geometry: &Geometry,
    planes: &[Plane],
    plan: &Plan,
    restart: usize,
    threads: usize,
) -> io::Result<()> {
    let job = Job {
        planes,
        plan,
        restart,
    };
    let count = job.scan_count();
    let apart = threads > 1 && matches!(plan, Plan::Sequential);
    let counted = if apart {
        vec![job.count_bands(threads)]
    } else {
        in_order(count, threads, |i| job.count(i))
    };
    let all: Vec<(Context, Counts)> = counted
        .into_iter()
        .enumerate()
        .flat_map(|(i, counts)| job.contexts(i).into_iter().zip(counts))
        .collect();
    let slots = if matches!(plan, Plan::Sequential) {
        2
    } else {
        4
    };
    let mut classes = [Class::new(0, &all, slots), Class::new(1, &all, slots)];
    let codes_of = |classes: &[Class; 2], i: usize| -> Vec<Codes> {
        let of = |c: Context| {
            let class = &classes[usize::from(c.class)];
            class
                .table(c.scan, c.component)
                .map_or([0; 256], |t| class.codes[t])
        };
        job.contexts(i).into_iter().map(of).collect()
    };

    let mut coded: Vec<Vec<u8>> = Vec::new();
    if threads > 1 && count > 1 {
        coded = in_order(count, threads, |i| {
            let mut bits = BitWriter::new(1 << 16);
            // Without somewhere to write nothing can fail.
            let _ = job.emit(i, &codes_of(&classes, i), &mut bits, None);
            bits.bytes().to_vec()
        });
    }
    let mut bits = BitWriter::new(1 << 16);
    for i in 0..count {
        let mut head = Vec::new();
        let mut dht = Vec::new();
        for context in job.contexts(i) {
            let class = &mut classes[usize::from(context.class)];
            if let Some(table) = class.table(i, context.component)
                && !std::mem::replace(&mut class.sent[table], true)
            {
                dht.push((context.class, class.clusters.slot_of[table], table));
            }
        }
        let dht: Vec<_> = dht
            .into_iter()
            .map(|(c, slot, t)| (c, slot, &classes[usize::from(c)].clusters.tables[t]))
            .collect();
        header::huffman(&mut head, &dht);
        let (components, band, positions) = match plan {
            Plan::Sequential => ((0..planes.len()).collect::<Vec<_>>(), (0, 63), (0, 0)),
            Plan::Progressive(scans) => {
                let scan = &scans[i];
                let components = scan.components.iter().map(|&c| usize::from(c)).collect();
                (components, (scan.ss, scan.se), (scan.ah, scan.al))
            }
        };
        let components: Vec<_> = components
            .into_iter()
            .map(|c| {
                (
                    geometry.components[c].id,
                    classes[0].slot(i, c),
                    classes[1].slot(i, c),
                )
            })
            .collect();
        header::scan(&mut head, &components, band, positions);
        out.write_all(&head)?;
        if let Some(bytes) = coded.get_mut(i) {
            out.write_all(&std::mem::take(bytes))?;
        } else if apart {
            job.emit_bands(&codes_of(&classes, i), threads, &mut bits, out)?;
            out.write_all(bits.bytes())?;
            bits.clear();
        } else {
            job.emit(i, &codes_of(&classes, i), &mut bits, Some(&mut *out))?;
            out.write_all(bits.bytes())?;
            bits.clear();
        }
    }
    Ok(())
}

/// Looks for the cheapest way to cut the AC band of each component: one or two bands, each with 0 to 2 refinements.
pub(super) fn search(
    geometry: &Geometry,
    planes: &[Plane],
    restart: usize,
    threads: usize,
    wide: bool,
) -> Vec<Scan> {
    let splits: &[u8] = if wide {
        &[63, 2, 5, 9, 14]
    } else {
        &[63, 2, 5]
    };
    // Every band that occurs, with every number of refinements.
    let mut bands = Vec::new();
    for component in 0..planes.len() {
        for &split in splits {
            for al in 0..3u8 {
                bands.push((component, 1, split, al));
                if split < 63 {
                    bands.push((component, split + 1, 63, al));
                }
            }
        }
    }
    let costs = in_order(bands.len(), threads, |i| {
        let (component, ss, se, al) = bands[i];
        refinements(component, ss, se, al)
            .iter()
            .map(|scan| weigh(planes, scan, restart))
            .sum::<u64>()
    });
    let cheapest = |component: usize, ss: u8, se: u8| {
        bands
            .iter()
            .zip(&costs)
            .filter(|(b, _)| (b.0, b.1, b.2) == (component, ss, se))
            .min_by_key(|(_, cost)| **cost)
            .map(|(b, cost)| (*cost, *b))
    };
    let mut scans = script::dc(planes.len(), geometry.subsampled());
    let mut later = Vec::new();
    for component in 0..planes.len() {
        let best = splits
            .iter()
            .filter_map(|&split| {
                let low = cheapest(component, 1, split)?;
                let high = if split < 63 {
                    cheapest(component, split + 1, 63)
                } else {
                    None
                };
                Some((low.0 + high.map_or(0, |h| h.0), low, high))
            })
            .min_by_key(|b| b.0);
        let Some((_, low, high)) = best else { continue };
        for (_, (component, ss, se, al)) in [Some(low), high].into_iter().flatten() {
            later.extend(refinements(component, ss, se, al));
        }
    }
    // First passes before refinements, coarse ones first, so that a cut file shows most.
    later.sort_by_key(|scan| (scan.ah > 0, 255 - scan.ah));
    scans.extend(later);
    scans
}

fn refinements(component: usize, ss: u8, se: u8, al: u8) -> Vec<Scan> {
    let mut bands = vec![(ss, se, 0, al)];
    bands.extend((0..al).rev().map(|bit| (ss, se, bit + 1, bit)));
    script::ac(component, &bands)
}

/// Bits that an AC scan takes, headers included.
fn weigh(planes: &[Plane], scan: &Scan, restart: usize) -> u64 {
    let mut sink = Weigh {
        counts: [0; 256],
        bits: 0,
    };
    simd!(s => progressive::scan(s, planes, scan, restart, &mut sink));
    huffman::cost(&sink.counts) + sink.bits + 10 * 8
}
