//! Application segments and comments: density, ICC (joined), Exif, XMP (extended parts joined), Adobe's transform.

/// What the file says about itself beside pixels.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Metadata {
    /// JFIF density: unit (0 ratio, 1 a inch, 2 a centimetre), horizontal, vertical.
    pub density: Option<(u8, u16, u16)>,
    /// The ICC profile, if all its segments are there.
    pub icc: Option<Vec<u8>>,
    /// The Exif block, from its TIFF header on.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// The extended XMP packet, joined.
    pub xmp_extended: Option<Vec<u8>>,
    /// COM segments in order.
    pub comments: Vec<Vec<u8>>,
    /// Other APP segments that may matter to a caller (number, body): APP2 of multi-picture files, APP13 of IPTC.
    pub other: Vec<(u8, Vec<u8>)>,
    /// A profile was there and cannot be joined.
    pub icc_broken: bool,
}

const EXIF: &[u8] = b"Exif\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// Collects segments until the header is complete.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    pub jfif: bool,
    pub adobe: Option<u8>,
    pub found: Metadata,
    icc: Vec<(u8, u8, Vec<u8>)>,
    extension: Vec<(u32, u32, Vec<u8>)>,
    bytes: usize,
}

impl Collector {
    /// Takes an APPn (or COM, 0xFE) body. `false` when the metadata limit would be passed.
    pub fn take(&mut self, marker: u8, body: &[u8], limit: usize) -> bool {
        self.bytes += body.len();
        if self.bytes > limit {
            return false;
        }
        match marker {
            0xfe => self.found.comments.push(body.to_vec()),
            0xe0 => {
                if let Some([_, _, unit, x1, x0, y1, y0, ..]) = body.strip_prefix(b"JFIF\0") {
                    self.jfif = true;
                    let word = |a: u8, b: u8| u16::from_be_bytes([a, b]);
                    self.found.density = Some((*unit, word(*x1, *x0), word(*y1, *y0)));
                }
            }
            0xe1 => {
                if let Some(rest) = body.strip_prefix(EXIF) {
                    if self.found.exif.is_none() {
                        self.found.exif = Some(rest.get(1..).unwrap_or(&[]).to_vec());
                    }
                } else if let Some(rest) = body.strip_prefix(XMP) {
                    if self.found.xmp.is_none() {
                        self.found.xmp = Some(rest.to_vec());
                    }
                } else if let Some(rest) = body.strip_prefix(XMP_EXTENSION)
                    && let Some((head, part)) = rest.split_first_chunk::<40>()
                {
                    let word = |i: usize| {
                        u32::from_be_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]])
                    };
                    self.extension.push((word(32), word(36), part.to_vec()));
                }
            }
            0xe2 => {
                if let Some([number, count, part @ ..]) = body.strip_prefix(ICC) {
                    self.icc.push((*number, *count, part.to_vec()));
                } else {
                    self.found.other.push((2, body.to_vec()));
                }
            }
            0xed => self.found.other.push((13, body.to_vec())),
            0xee => {
                // Version, two flag words, transform.
                if let Some([_, _, _, _, _, _, transform, ..]) = body.strip_prefix(b"Adobe") {
                    self.adobe = Some(*transform);
                }
            }
            _ => {}
        }
        true
    }

    /// Joins what came in parts.
    pub fn join(&mut self) {
        if !self.icc.is_empty() {
            let mut parts = std::mem::take(&mut self.icc);
            parts.sort_by_key(|p| p.0);
            let count = usize::from(parts[0].1);
            let whole = parts.len() == count
                && parts
                    .iter()
                    .enumerate()
                    .all(|(i, p)| usize::from(p.0) == i + 1 && usize::from(p.1) == count);
            if whole {
                self.found.icc = Some(parts.into_iter().flat_map(|p| p.2).collect());
            } else {
                self.found.icc_broken = true;
            }
        }
        if !self.extension.is_empty() {
            let mut parts = std::mem::take(&mut self.extension);
            parts.sort_by_key(|p| p.1);
            let total = parts[0].0 as usize;
            let mut whole = Vec::new();
            for (_, offset, part) in parts {
                if offset as usize == whole.len() {
                    whole.extend(part);
                }
            }
            if whole.len() == total {
                self.found.xmp_extended = Some(whole);
            }
        }
    }
}
