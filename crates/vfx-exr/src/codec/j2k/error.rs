//! What can be wrong with a codestream.

use crate::error::Corruption;

/// A broken rule, or a feature that OpenEXR never uses and that is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Bytes are missing.
    Short {
        what: &'static str,
        expected: usize,
        found: usize,
    },
    /// A value or a combination is not allowed.
    Invalid { what: &'static str, found: u64 },
}

impl Fault {
    pub fn invalid(what: &'static str, found: impl Into<u64>) -> Self {
        Self::Invalid {
            what,
            found: found.into(),
        }
    }
}

impl From<Fault> for Corruption {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Short {
                what,
                expected,
                found,
            } => Self::PackedSize {
                what,
                expected,
                found,
            },
            Fault::Invalid { what, found } => Self::Codestream { what, found },
        }
    }
}
