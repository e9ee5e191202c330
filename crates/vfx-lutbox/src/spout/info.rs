//! The information block of a Spout sender: 280 bytes of shared memory under the sender's name, little-endian.
//!
//! Offsets: 0 share handle (low 32 bits; receivers sign-extend), 4 width, 8 height, 12 DXGI format, 16 usage, 20 description (256 bytes,
//! ANSI, the sender's program), 276 partner flags (bit 31 CPU sharing, bit 30 GL/DX capable).

/// Bytes of the block.
pub const INFO_BYTES: usize = 280;
/// `DXGI_FORMAT_R32G32B32A32_FLOAT`.
pub const RGBA32F: u32 = 2;

const DESCRIPTION: usize = 20;
const PARTNER: usize = 276;

/// What receivers learn about a sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// Low 32 bits of the legacy share handle; 0 where nothing can be opened.
    pub share_handle: u32,
    /// Texels.
    pub width: u32,
    /// Texels.
    pub height: u32,
    /// DXGI format.
    pub format: u32,
    /// 0.
    pub usage: u32,
    /// Path of the sender's program; what is not ASCII is written as `?`.
    pub description: String,
    /// Partner flags, 0 for senders of textures alone.
    pub partner: u32,
}

impl SenderInfo {
    /// The block.
    pub fn to_bytes(&self) -> [u8; INFO_BYTES] {
        let mut out = [0; INFO_BYTES];
        let words = [
            self.share_handle,
            self.width,
            self.height,
            self.format,
            self.usage,
        ];
        for (slot, w) in out.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *slot = w.to_le_bytes();
        }
        let ansi = self.description.chars();
        let ansi = ansi.map(|c| {
            if (' '..='~').contains(&c) {
                c as u8
            } else {
                b'?'
            }
        });
        // One byte is left for the NUL.
        for (slot, b) in out[DESCRIPTION..PARTNER - 1].iter_mut().zip(ansi) {
            *slot = b;
        }
        out[PARTNER..].copy_from_slice(&self.partner.to_le_bytes());
        out
    }

    /// What a block says; `None` if it is too short.
    pub fn from_bytes(block: &[u8]) -> Option<Self> {
        let block = block.get(..INFO_BYTES)?;
        let word = |at: usize| {
            u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
        };
        let description = super::names::name_in(&block[DESCRIPTION..PARTNER]);
        Some(Self {
            share_handle: word(0),
            width: word(4),
            height: word(8),
            format: word(12),
            usage: word(16),
            description: String::from_utf8_lossy(description).into_owned(),
            partner: word(PARTNER),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_has_the_fields_at_their_offsets() {
        let info = SenderInfo {
            share_handle: 0xc000_1042,
            width: 1089,
            height: 33,
            format: RGBA32F,
            usage: 0,
            description: "C:\\vfx\\vfx.exe".into(),
            partner: 0,
        };
        let mut expected = vec![
            0x42, 0x10, 0x00, 0xc0, 0x41, 0x04, 0, 0, 33, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        ];
        expected.extend(b"C:\\vfx\\vfx.exe");
        expected.resize(INFO_BYTES, 0);
        assert_eq!(info.to_bytes()[..], expected);
        assert_eq!(SenderInfo::from_bytes(&expected), Some(info));
        assert_eq!(SenderInfo::from_bytes(&expected[1..]), None);
    }

    #[test]
    fn description_is_ansi_cut_before_its_nul() {
        let info = SenderInfo {
            description: "ä".repeat(300),
            partner: 0x8000_0000,
            ..SenderInfo::default()
        };
        let block = info.to_bytes();
        assert!(block[20..275].iter().all(|b| *b == b'?'));
        assert_eq!(block[275..], [0, 0, 0, 0, 0x80]);
        let back = SenderInfo::from_bytes(&block).unwrap();
        assert_eq!((back.description.len(), back.partner), (255, 0x8000_0000));
    }
}
