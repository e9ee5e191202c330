//! What a gain map's numbers mean, as ISO 21496-1 stores it (annex C, in an APP2 segment) and as `hdrgm` XMP does.
//!
//! Fractions of 32-bit integers in the one, decimal attributes in the other; the ISO form wins where both are there and
//! sound. Numbers that are not finite, or bounds the wrong way round, make the metadata unusable.

use super::xmp::Packet;

/// Name of the ISO segment.
pub(super) const ISO_NAME: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";
/// Flags of the ISO form: numbers for each channel; gains apply in the base's colour space; one denominator for all.
const MULTICHANNEL: u8 = 0x80;
const BASE_COLOUR_SPACE: u8 = 0x40;
const COMMON_DENOMINATOR: u8 = 0x08;
const DENOMINATOR: f64 = 1_048_576.0;

/// How to apply a gain map; three numbers are for R, G and B.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct GainMapInfo {
    /// `log2` gain of the smallest code.
    pub min: [f32; 3],
    /// `log2` gain of the largest code.
    pub max: [f32; 3],
    /// Codes are stored raised to this.
    pub gamma: [f32; 3],
    /// Added to the base before the gain.
    pub offset_base: [f32; 3],
    /// Taken off after it.
    pub offset_alternate: [f32; 3],
    /// Headroom of a display in stops at which the base is right as it is.
    pub headroom_base: f32,
    /// Headroom at which the whole gain applies; below `headroom_base` when the base is the HDR rendition.
    pub headroom_alternate: f32,
}

impl Default for GainMapInfo {
    fn default() -> Self {
        Self {
            min: [0.0; 3],
            max: [1.0; 3],
            gamma: [1.0; 3],
            offset_base: [1.0 / 64.0; 3],
            offset_alternate: [1.0 / 64.0; 3],
            headroom_base: 0.0,
            headroom_alternate: 1.0,
        }
    }
}

impl GainMapInfo {
    /// The part of the gain that a display with `headroom_stops` above white applies, 0 to 1.
    #[must_use]
    pub fn weight(&self, headroom_stops: f32) -> f32 {
        let span = self.headroom_alternate - self.headroom_base;
        if span == 0.0 {
            return 1.0;
        }
        ((headroom_stops - self.headroom_base) / span).clamp(0.0, 1.0)
    }

    fn sound(self) -> Option<Self> {
        let lists = [
            self.min,
            self.max,
            self.gamma,
            self.offset_base,
            self.offset_alternate,
        ];
        let finite = lists
            .iter()
            .flatten()
            .all(|v| v.is_finite() && v.abs() <= 1e4);
        let heads = self.headroom_base.is_finite() && self.headroom_alternate.is_finite();
        let ordered = (0..3).all(|c| self.min[c] <= self.max[c] && self.gamma[c] > 0.0);
        let modest = self.max.iter().all(|v| *v <= 64.0) && self.min.iter().all(|v| *v >= -64.0);
        (finite && heads && ordered && modest).then_some(self)
    }

    /// From the body of an APP2 segment behind its name.
    pub(super) fn from_iso(body: &[u8]) -> Option<Self> {
        let mut words = Words(body.get(5..)?);
        // The smallest reader version that understands it.
        if body[..2] != [0, 0] {
            return None;
        }
        let flags = body[4];
        let common = if flags & COMMON_DENOMINATOR == 0 {
            None
        } else {
            Some(words.next()?)
        };
        let mut fraction = |signed: bool| -> Option<f32> {
            let top = words.next()?;
            let bottom = match common {
                Some(d) => d,
                None => words.next()?,
            };
            let top = if signed {
                f64::from(top as i32)
            } else {
                f64::from(top)
            };
            (bottom != 0).then(|| (top / f64::from(bottom)) as f32)
        };
        let mut info = Self {
            headroom_base: fraction(false)?,
            headroom_alternate: fraction(false)?,
            ..Self::default()
        };
        let channels = if flags & MULTICHANNEL == 0 { 1 } else { 3 };
        for c in 0..channels {
            info.min[c] = fraction(true)?;
            info.max[c] = fraction(true)?;
            info.gamma[c] = fraction(false)?;
            info.offset_base[c] = fraction(true)?;
            info.offset_alternate[c] = fraction(true)?;
        }
        if channels == 1 {
            for list in [
                &mut info.min,
                &mut info.max,
                &mut info.gamma,
                &mut info.offset_base,
                &mut info.offset_alternate,
            ] {
                *list = [list[0]; 3];
            }
        }
        info.sound()
    }

    /// The body of an APP2 segment behind its name.
    pub(super) fn to_iso(self) -> Vec<u8> {
        let mut out = vec![0, 0, 0, 0, MULTICHANNEL | BASE_COLOUR_SPACE];
        let mut fraction = |v: f32| {
            let top = (f64::from(v) * DENOMINATOR).round();
            // Negative numbers are two's complement.
            out.extend((top as i64 as u32).to_be_bytes());
            out.extend((DENOMINATOR as u32).to_be_bytes());
        };
        fraction(self.headroom_base);
        fraction(self.headroom_alternate);
        for c in 0..3 {
            fraction(self.min[c]);
            fraction(self.max[c]);
            fraction(self.gamma[c]);
            fraction(self.offset_base[c]);
            fraction(self.offset_alternate[c]);
        }
        out
    }

    /// From the XMP packet of the map.
    pub(super) fn from_xmp(packet: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(packet);
        let p = Packet::new(&text, "http://ns.adobe.com/hdr-gain-map/1.0/")?;
        let three = |name: &str, default: f32| -> Option<[f32; 3]> {
            let Some(values) = p.numbers(name) else {
                return Some([default; 3]);
            };
            match values[..] {
                [v] => Some([v; 3]),
                [r, g, b] => Some([r, g, b]),
                _ => None,
            }
        };
        let one = |name: &str, default: f32| {
            p.numbers(name)
                .and_then(|v| v.first().copied())
                .unwrap_or(default)
        };
        // Without an upper bound there is nothing to apply: the primary's packet has the version only.
        p.numbers("GainMapMax")?;
        let hdr_base = p.text("BaseRenditionIsHDR").is_some_and(|v| v == "True");
        let (low, high) = (one("HDRCapacityMin", 0.0), one("HDRCapacityMax", 1.0));
        let (sdr, hdr) = (
            three("OffsetSDR", 1.0 / 64.0)?,
            three("OffsetHDR", 1.0 / 64.0)?,
        );
        let mut info = Self {
            min: three("GainMapMin", 0.0)?,
            max: three("GainMapMax", 1.0)?,
            gamma: three("Gamma", 1.0)?,
            offset_base: sdr,
            offset_alternate: hdr,
            headroom_base: low,
            headroom_alternate: high,
        };
        if hdr_base {
            (info.headroom_base, info.headroom_alternate) = (high, low);
            (info.offset_base, info.offset_alternate) = (hdr, sdr);
        }
        info.sound()
    }

    /// The XMP packet of the map.
    pub(super) fn to_xmp(self) -> String {
        let list = |name: &str, v: [f32; 3]| {
            let items: String = v.iter().map(|v| format!("<rdf:li>{v}</rdf:li>")).collect();
            format!("<hdrgm:{name}><rdf:Seq>{items}</rdf:Seq></hdrgm:{name}>")
        };
        format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\" \
             hdrgm:BaseRenditionIsHDR=\"False\" hdrgm:HDRCapacityMin=\"{}\" hdrgm:HDRCapacityMax=\"{}\">{}{}{}{}{}\
             </rdf:Description></rdf:RDF></x:xmpmeta>",
            self.headroom_base,
            self.headroom_alternate,
            list("GainMapMin", self.min),
            list("GainMapMax", self.max),
            list("Gamma", self.gamma),
            list("OffsetSDR", self.offset_base),
            list("OffsetHDR", self.offset_alternate),
        )
    }
}

/// Big-endian words.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn next(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> GainMapInfo {
        GainMapInfo {
            min: [-0.5, 0.0, 0.25],
            max: [3.0, 2.5, 4.0],
            gamma: [1.0, 1.5, 0.5],
            offset_base: [0.015_625, 0.0, 0.5],
            offset_alternate: [0.015_625, -0.25, 0.125],
            headroom_base: 0.0,
            headroom_alternate: 2.75,
        }
    }

    #[test]
    fn gain_map_info_survives_both_forms() {
        let info = sample();
        assert_eq!(GainMapInfo::from_iso(&info.to_iso()), Some(info));
        assert_eq!(GainMapInfo::from_xmp(info.to_xmp().as_bytes()), Some(info));
    }

    #[test]
    fn gain_map_info_of_one_channel_with_a_common_denominator() {
        let mut body = vec![0, 0, 0, 0, 0x48];
        for v in [100i32, 0, 230, -10, 230, 100, 1, 2] {
            body.extend(v.to_be_bytes());
        }
        let info = GainMapInfo::from_iso(&body).unwrap();
        assert_eq!((info.min, info.max), ([-0.1; 3], [2.3; 3]));
        assert_eq!(
            (info.offset_base, info.offset_alternate),
            ([0.01; 3], [0.02; 3])
        );
        assert_eq!(info.headroom_alternate, 2.3);
    }

    #[test]
    fn gain_map_info_refuses_nonsense() {
        let good = sample().to_iso();
        for n in 0..good.len() {
            assert_eq!(GainMapInfo::from_iso(&good[..n]), None);
        }
        // A zero denominator.
        let mut bad = good;
        bad[9..13].fill(0);
        assert_eq!(GainMapInfo::from_iso(&bad), None);
        for text in [
            "",
            "hdrgm:GainMapMax=\"1\"",
            "xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:GainMapMax=\"nan\"",
            "xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:GainMapMax=\"1\" hdrgm:GainMapMin=\"2\"",
        ] {
            assert_eq!(GainMapInfo::from_xmp(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn gain_map_info_reads_attributes_in_any_prefix() {
        let text = "<rdf:Description xmlns:g='http://ns.adobe.com/hdr-gain-map/1.0/' g:GainMapMax='2.5' g:Gamma=\"2\" \
                    g:HDRCapacityMax = \"2.5\"/>";
        let info = GainMapInfo::from_xmp(text.as_bytes()).unwrap();
        assert_eq!((info.max, info.gamma), ([2.5; 3], [2.0; 3]));
        assert_eq!(info.headroom_alternate, 2.5);
        assert_eq!(info.weight(0.0), 0.0);
        assert_eq!(info.weight(1.25), 0.5);
        assert_eq!(info.weight(9.0), 1.0);
    }
}
