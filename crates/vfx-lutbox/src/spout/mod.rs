//! Spout sender of Windows: each channel is a shared Direct3D 11 texture of R32G32B32A32_FLOAT under its stream name.
//!
//! Own code after the named objects of Spout 2 (leadedge/Spout2 c2bcc12): a list of sender names, an information block, a mutex and a
//! frame count a sender ([`names`], [`info`]; the calls are in `kernel`). The GL senders of Spout default to 8 bits; this one has no GL
//! and no conversion. A volume lies as its slices one below the other, because receivers open 2D textures. Values reach the texture
//! to the bit. The parts without Windows calls are compiled and tested everywhere.

pub mod info;
pub mod names;

#[cfg(windows)]
mod kernel;
#[cfg(windows)]
mod output;
#[cfg(windows)]
mod registration;
#[cfg(windows)]
mod surface;

#[cfg(windows)]
pub use output::Spout;
#[cfg(windows)]
pub use registration::{Registration, Seen};
#[cfg(windows)]
pub use surface::adapters;

use std::time::Duration;

/// How channels are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The adapter of the receivers, by its number or a part of its name; shared handles do not cross adapters. The first without.
    pub adapter: Option<String>,
    /// How often an unchanged LUT is sent again, for receivers that wait for a new frame; never at zero.
    pub heartbeat: Duration,
    /// Registers a sender even where textures cannot be shared (handle 0, which nobody can open): for checks under wine.
    pub without_handle: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            adapter: None,
            heartbeat: Duration::from_secs(1),
            without_handle: false,
        }
    }
}

impl Options {
    /// The adapter that is meant among `names`: the first, the one of that number, or the first whose name has the text.
    pub fn choose(&self, names: &[String]) -> Option<usize> {
        let Some(wanted) = &self.adapter else {
            return (!names.is_empty()).then_some(0);
        };
        let wanted = wanted.trim().to_lowercase();
        let number = wanted.parse().ok().filter(|i| *i < names.len());
        let named = || {
            names
                .iter()
                .position(|n| n.to_lowercase().contains(&wanted))
        };
        number.or_else(named).filter(|_| !wanted.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapter_is_chosen_by_number_or_part_of_its_name() {
        let names = ["NVIDIA RTX 6000".to_owned(), "Intel UHD 770".to_owned()];
        let choose = |a: Option<&str>| {
            let adapter = a.map(str::to_owned);
            let options = Options {
                adapter,
                ..Options::default()
            };
            options.choose(&names)
        };
        assert_eq!(choose(None), Some(0));
        assert_eq!(choose(Some("1")), Some(1));
        assert_eq!(choose(Some("intel")), Some(1));
        assert_eq!(choose(Some("6000")), Some(0));
        assert_eq!(choose(Some("AMD")), None);
        assert_eq!(choose(Some(" ")), None);
        assert_eq!(Options::default().choose(&[]), None);
    }
}
