//! The header of a chunk, and which channels are coded together.
//!
//! Big-endian: magic, payload length, number of components, the file channel of each; whatever else the payload holds is skipped.
//! Source: `internal_ht_common.cpp` of OpenEXRCore 3.5.3: `make_channel_map`, `write_header`, `read_header`.

use super::error::Fault;
use super::markers::Fields;
use crate::header::SampleType;
use crate::shape::Span;

/// What the first two bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    /// "HT": lossless, or written by OpenEXR 3.5.0 or 3.5.1.
    Lossless,
    /// "HL".
    Lossy,
}

impl Magic {
    fn code(self) -> u16 {
        match self {
            Self::Lossless => 0x4854,
            Self::Lossy => 0x484c,
        }
    }
}

/// Magic, file channel of each component, and the codestream.
pub(super) fn read_header(
    packed: &[u8],
    channels: usize,
) -> Result<(Magic, Vec<usize>, &[u8]), Fault> {
    let mut fields = Fields::new("chunk header", packed);
    let magic = match fields.u16()? {
        0x4854 => Magic::Lossless,
        0x484c => Magic::Lossy,
        other => return Err(Fault::invalid("chunk magic", other)),
    };
    let length = fields.u32()? as usize;
    let mut payload = Fields::new("channel map", fields.bytes(length)?);
    let count = payload.u16()?;
    if usize::from(count) != channels {
        return Err(Fault::invalid("number of mapped channels", count));
    }
    let mut seen = vec![false; channels];
    let mut map = Vec::with_capacity(channels);
    for _ in 0..channels {
        let channel = payload.u16()?;
        match seen.get_mut(usize::from(channel)) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(Fault::invalid("mapped channel", channel)),
        }
        map.push(usize::from(channel));
    }
    Ok((magic, map, fields.rest()))
}

/// Appends the header.
pub(super) fn write_header(magic: Magic, map: &[usize], out: &mut Vec<u8>) {
    out.extend(magic.code().to_be_bytes());
    out.extend((2 + 2 * map.len() as u32).to_be_bytes());
    out.extend((map.len() as u16).to_be_bytes());
    for &channel in map {
        out.extend((channel as u16).to_be_bytes());
    }
}

/// Order of the components: R, G, B first when there are such of one kind (`true`), then the others as in the file.
pub(super) fn order(spans: &[Span]) -> (Vec<usize>, bool) {
    let Some(rgb) = find_rgb(spans) else {
        return ((0..spans.len()).collect(), false);
    };
    let others = (0..spans.len()).filter(|i| !rgb.contains(i));
    (rgb.iter().copied().chain(others).collect(), true)
}

fn find_rgb(spans: &[Span]) -> Option<[usize; 3]> {
    const NAMES: [[&str; 3]; 2] = [["r", "g", "b"], ["red", "green", "blue"]];
    NAMES.iter().find_map(|names| {
        // The first channel with one of the names decides the layer.
        let mut layer = None;
        let mut found = [None; 3];
        for (i, span) in spans.iter().enumerate() {
            let (prefix, suffix) = match span.name.rsplit_once('.') {
                Some((prefix, suffix)) => (prefix, suffix),
                None => ("", &*span.name),
            };
            if layer.is_some_and(|l| l != prefix) {
                continue;
            }
            let at = names.iter().position(|n| suffix.eq_ignore_ascii_case(n));
            if let Some(slot) = at.map(|at| &mut found[at])
                && slot.is_none()
            {
                *slot = Some(i);
                layer = Some(prefix);
            }
        }
        let [r, g, b] = found;
        let rgb = [r?, g?, b?];
        let kind = |i: usize| (spans[i].sample_type, spans[i].sampling);
        rgb.iter().all(|&i| kind(i) == kind(rgb[0])).then_some(rgb)
    })
}

/// Whether R, G, B are coded lossily in a lossy part.
pub(super) fn is_visual(span: &Span) -> bool {
    span.sample_type != SampleType::Uint && span.sampling == (1, 1)
}
