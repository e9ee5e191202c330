//! Sums over samples, by us and by OpenEXR.

use std::collections::BTreeMap;
use std::path::PathBuf;
use vfx::exr::codec::{DeepSamples, PlaneMut, Reader};
use vfx_testkit::peers;

/// Samples and their CRC-32.
pub type Sum = (u64, u32);
/// By part and channel.
pub type Sums = BTreeMap<(usize, String), Sum>;

/// CRC-32 (ISO 3309), continued from `start`.
fn crc32(start: u32, bytes: &[u8]) -> u32 {
    static TABLE: std::sync::LazyLock<[u32; 256]> = std::sync::LazyLock::new(|| {
        std::array::from_fn(|i| {
            (0..8).fold(i as u32, |c, _| {
                if c & 1 == 1 {
                    c >> 1 ^ 0xedb8_8320
                } else {
                    c >> 1
                }
            })
        })
    });
    let step = |c: u32, b: &u8| TABLE[((c ^ u32::from(*b)) & 255) as usize] ^ c >> 8;
    !bytes.iter().fold(!start, step)
}

/// Whether this part's compression can be read.
pub fn decodable(reader: &Reader, part: usize) -> bool {
    let h = &reader.headers()[part];
    h.is_deep() || h.compression.can_read()
}

/// The sums of level 0; `None` when it is damaged or large.
pub fn ours(reader: &Reader, part: usize) -> Option<Vec<(String, Sum)>> {
    let h = &reader.headers()[part];
    let all: Vec<usize> = (0..h.channels.len()).collect();
    let window = h.data_window;
    if window.width() * window.height() > 1 << 24 {
        return None;
    }
    if h.is_deep() {
        let deep = reader.read_deep(part, (0, 0), window, &all).ok()?;
        let named = h.channels.iter().zip(&deep.planes);
        return Some(
            named
                .map(|(c, plane)| (c.name.clone(), deep_sum(&deep, plane)))
                .collect(),
        );
    }
    let mut planes: Vec<(Vec<u8>, usize)> = h
        .channels
        .iter()
        .map(|c| {
            let grid = window.sampled(c.sampling);
            let stride = grid.width as usize * c.sample_type.size();
            (vec![0; stride * grid.height as usize], stride)
        })
        .collect();
    let mut out: Vec<PlaneMut<'_>> = planes
        .iter_mut()
        .map(|(bytes, stride)| PlaneMut {
            bytes,
            stride: *stride,
        })
        .collect();
    reader.read(part, (0, 0), window, &all, &mut out).ok()?;
    let named = h.channels.iter().zip(&planes);
    let sum = |c: &vfx::exr::codec::Channel, bytes: &[u8]| {
        let n = bytes.len() / c.sample_type.size();
        (n as u64, crc32(0, bytes))
    };
    Some(named.map(|(c, p)| (c.name.clone(), sum(c, &p.0))).collect())
}

fn deep_sum(deep: &DeepSamples, plane: &[u8]) -> Sum {
    let counts = deep.offsets.windows(2).map(|p| (p[1] - p[0]) as u32);
    let counts: Vec<u8> = counts.flat_map(u32::to_le_bytes).collect();
    (deep.total(), crc32(crc32(0, &counts), plane))
}

/// What `exr_samples.py` prints; files that OpenEXR does not read are left out.
pub fn parse(text: &str) -> BTreeMap<PathBuf, Sums> {
    let mut out: BTreeMap<PathBuf, Sums> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, part, channel, count, crc] = fields[..] else {
            continue;
        };
        let (Ok(part), Ok(count), Ok(crc)) = (part.parse(), count.parse(), crc.parse()) else {
            continue;
        };
        let sums = out.entry(path.into()).or_default();
        sums.insert((part, channel.to_owned()), (count, crc));
    }
    out
}

/// The sums of files as OpenEXR reads them; `None` without the peer.
pub fn by_openexr(files: &[PathBuf]) -> Option<BTreeMap<PathBuf, Sums>> {
    let list = tempfile::NamedTempFile::new().unwrap();
    let names: Vec<String> = files.iter().map(|p| p.display().to_string()).collect();
    std::fs::write(list.path(), names.join("\n")).unwrap();
    let list = list.path().to_string_lossy().into_owned();
    let text = peers::script("exr_samples.py", &["OpenEXR", "numpy"], &["list", &list])?;
    Some(parse(&text))
}
