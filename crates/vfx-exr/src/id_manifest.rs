//! Id manifests: the names behind the numbers of id channels.
//!
//! The attribute of type `idmanifest` is a byte count (64 bits) and a deflated table. All strings come first, sorted, each with the length of the prefix that it shares with
//! the one before; then a list of ranges that numbers them anew, frequent ones first; then the groups: channels, the names of the text components, lifetime,
//! hash and encoding scheme, and rows of an id (as its difference from the one before) with a string a component. Numbers of variable length have seven bits a byte,
//! lowest first. Source: `ImfIDManifest.cpp` of OpenEXR, `IDManifest::init`. Files keep the attribute's own bytes; this only reads them.

use std::sync::Arc;

use crate::error::Corruption;

/// The type of the attribute.
pub const ID_MANIFEST_TYPE: &str = "idmanifest";
/// Most bytes of a table, inflated, and of its strings.
const MOST: usize = 1 << 26;

/// Groups of channels whose samples are ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdManifest {
    /// In file order.
    pub groups: Vec<IdGroup>,
}

/// Channels that share a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdGroup {
    /// Names of the channels.
    pub channels: Vec<String>,
    /// What the texts of an id mean, such as "model" and "material".
    pub components: Vec<String>,
    /// How long an id keeps its meaning.
    pub lifetime: IdLifetime,
    /// How ids were made of texts, such as "`MurmurHash3_32`" or "none".
    pub hash_scheme: String,
    /// How channels hold ids: "id" in one, "id2" in two.
    pub encoding_scheme: String,
    /// By increasing id.
    pub entries: Vec<IdEntry>,
}

/// An id and its texts, one a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdEntry {
    /// Value of the channels.
    pub id: u64,
    /// Shared with other entries.
    pub texts: Vec<Arc<str>>,
}

/// How long an id keeps its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdLifetime {
    /// Within a frame.
    Frame,
    /// Within a shot.
    Shot,
    /// Always.
    Stable,
    /// A value that the standard does not name.
    Other(u8),
}

impl IdManifest {
    /// Reads the bytes of the attribute.
    ///
    /// # Errors
    ///
    /// [`Corruption::IdManifest`] when they are no manifest, [`Corruption::Inflate`] when they do not inflate.
    pub fn parse(attribute: &[u8]) -> Result<Self, Corruption> {
        let (size, packed) = attribute
            .split_first_chunk()
            .ok_or(bad("its size is missing"))?;
        let size = usize::try_from(u64::from_le_bytes(*size)).unwrap_or(usize::MAX);
        // Deflate gains a factor of 1032 at most.
        if size > MOST || size / 1032 > packed.len() {
            return Err(bad("its size is impossible"));
        }
        let mut table = vec![0; size];
        let found = libdeflater::Decompressor::new()
            .zlib_decompress(packed, &mut table)
            .map_err(|_| Corruption::Inflate)?;
        table.truncate(found);
        Cursor(&table).manifest()
    }
}

fn bad(what: &'static str) -> Corruption {
    Corruption::IdManifest { what }
}

/// What is left of the table.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, n: usize) -> Result<&'a [u8], Corruption> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(bad("it ends early"))?;
        self.0 = rest;
        Ok(head)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Corruption> {
        let (head, rest) = self.0.split_first_chunk().ok_or(bad("it ends early"))?;
        self.0 = rest;
        Ok(*head)
    }

    fn u32(&mut self) -> Result<usize, Corruption> {
        Ok(u32::from_le_bytes(self.fixed()?) as usize)
    }

    /// A number of things, each of which takes a byte at least.
    fn count(&mut self) -> Result<usize, Corruption> {
        let n = self.u32()?;
        if n > self.0.len() {
            return Err(bad("a count is impossible"));
        }
        Ok(n)
    }

    fn number(&mut self) -> Result<u64, Corruption> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.fixed()?;
            value |= u64::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Ok(value);
            }
        }
        Err(bad("a number is too long"))
    }

    /// Lengths first, then the strings.
    fn strings(&mut self) -> Result<Vec<&'a [u8]>, Corruption> {
        let lengths: Vec<u64> = (0..self.count()?)
            .map(|_| self.number())
            .collect::<Result<_, _>>()?;
        let length = |n: u64| usize::try_from(n).map_err(|_| bad("a string is too long"));
        lengths
            .into_iter()
            .map(|n| self.bytes(length(n)?))
            .collect()
    }

    fn names(&mut self) -> Result<Vec<String>, Corruption> {
        Ok(self.strings()?.into_iter().map(text).collect())
    }

    fn string(&mut self) -> Result<String, Corruption> {
        let n = self.u32()?;
        Ok(text(self.bytes(n)?))
    }

    fn manifest(mut self) -> Result<IdManifest, Corruption> {
        if self.u32()? != 0 {
            return Err(bad("its version is not 0"));
        }
        let strings = expand(&self.strings()?)?;
        let strings = self.renumber(&strings)?;
        let groups = (0..self.count()?)
            .map(|_| self.group(&strings))
            .collect::<Result<_, _>>()?;
        Ok(IdManifest { groups })
    }

    /// The strings in the order of the ranges; a range leaves out what was there before.
    fn renumber(&mut self, strings: &[Arc<str>]) -> Result<Vec<Arc<str>>, Corruption> {
        let mut seen = vec![false; strings.len()];
        let mut out = Vec::with_capacity(strings.len());
        let mut walked = 0;
        for _ in 0..self.count()? {
            let (first, last) = (self.u32()?, self.u32()?);
            if first > last || last >= strings.len() {
                return Err(bad("a range of strings is impossible"));
            }
            // Ranges overlap, but not without end.
            walked += last - first;
            if walked > MOST {
                return Err(bad("its ranges of strings are too many"));
            }
            for at in first..=last {
                if !std::mem::replace(&mut seen[at], true) {
                    out.push(strings[at].clone());
                }
            }
        }
        Ok(out)
    }

    fn group(&mut self, strings: &[Arc<str>]) -> Result<IdGroup, Corruption> {
        let (channels, components) = (self.names()?, self.names()?);
        let lifetime = match self.fixed()? {
            [0] => IdLifetime::Frame,
            [1] => IdLifetime::Shot,
            [2] => IdLifetime::Stable,
            [other] => IdLifetime::Other(other),
        };
        let (hash_scheme, encoding_scheme) = (self.string()?, self.string()?);
        let [storage] = self.fixed()?;
        let mut entries = Vec::new();
        let mut id = 0u64;
        for _ in 0..self.count()? {
            let step = match storage {
                0 => u64::from_le_bytes(self.fixed()?),
                1 => u64::from(u32::from_le_bytes(self.fixed()?)),
                _ => self.number()?,
            };
            if step == 0 && !entries.is_empty() {
                return Err(bad("an id comes twice"));
            }
            id = id.wrapping_add(step);
            let texts = (0..components.len())
                .map(|_| {
                    let n = usize::try_from(self.number()?).unwrap_or(usize::MAX);
                    strings.get(n).cloned().ok_or(bad("a string is missing"))
                })
                .collect::<Result<_, _>>()?;
            entries.push(IdEntry { id, texts });
        }
        Ok(IdGroup {
            channels,
            components,
            lifetime,
            hash_scheme,
            encoding_scheme,
            entries,
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Puts the shared prefixes before the strings: their lengths take two bytes, the high one first, after a string of more than 255.
fn expand(strings: &[&[u8]]) -> Result<Vec<Arc<str>>, Corruption> {
    let mut out: Vec<Arc<str>> = Vec::with_capacity(strings.len());
    let mut before: Vec<u8> = Vec::new();
    let mut total = 0;
    for (n, string) in strings.iter().enumerate() {
        let (shared, own) = match (n, before.len() > 255, string) {
            (0, _, own) => (0, *own),
            (_, true, [high, low, own @ ..]) => {
                (usize::from(u16::from_be_bytes([*high, *low])), own)
            }
            (_, false, [shared, own @ ..]) => (usize::from(*shared), own),
            _ => return Err(bad("a string has no prefix length")),
        };
        if shared > before.len() {
            return Err(bad("a shared prefix is too long"));
        }
        total += shared + own.len();
        if total > MOST {
            return Err(bad("its strings are too long"));
        }
        before.truncate(shared);
        before.extend_from_slice(own);
        out.push(String::from_utf8_lossy(&before).into());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(table: &[u8]) -> Vec<u8> {
        let mut zipped = vec![0; table.len() + 100];
        let n = libdeflater::Compressor::new(libdeflater::CompressionLvl::default())
            .zlib_compress(table, &mut zipped)
            .unwrap();
        [&(table.len() as u64).to_le_bytes()[..], &zipped[..n]].concat()
    }

    /// "ant" and "antler" for ids 3 and 300, the second string numbered first.
    fn table() -> Vec<u8> {
        let int = |n: u32| n.to_le_bytes().to_vec();
        [
            int(0),
            int(2),
            vec![3, 4],
            b"ant".to_vec(),
            b"\x03ler".to_vec(),
            int(2),
            int(1),
            int(1),
            int(0),
            int(1),
            int(1),
            int(1),
            vec![2],
            b"id".to_vec(),
            int(1),
            vec![5],
            b"model".to_vec(),
            vec![1],
            int(4),
            b"none".to_vec(),
            int(2),
            b"id".to_vec(),
            vec![2],
            int(2),
            vec![3, 1],
            vec![0x80 | 0x29, 2, 0],
        ]
        .concat()
    }

    #[test]
    fn id_manifest_expands_prefixes_and_numbers() {
        let manifest = IdManifest::parse(&packed(&table())).unwrap();
        let group = &manifest.groups[0];
        assert_eq!(
            (&group.channels[0][..], &group.components[0][..]),
            ("id", "model")
        );
        assert_eq!(group.lifetime, IdLifetime::Shot);
        let entries: Vec<(u64, &str)> =
            group.entries.iter().map(|e| (e.id, &*e.texts[0])).collect();
        assert_eq!(entries, [(3, "ant"), (300, "antler")]);
    }

    #[test]
    fn id_manifest_damage_is_typed() {
        let table = table();
        for n in 0..table.len() {
            assert!(IdManifest::parse(&packed(&table[..n])).is_err(), "{n}");
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut broken = table.clone();
                broken[n] = value;
                _ = IdManifest::parse(&packed(&broken));
            }
        }
        assert!(IdManifest::parse(&[0xff; 20]).is_err());
    }
}
