//! OpenColorIO's optimisation flags, by its names and bits.
//!
//! `COMP_LUT1D` and `COMP_LUT3D` resample neighbouring tables into one (`op::lut_compose`). `FAST_LOG_EXP_POW` and `COMP_SEPARABLE_PREFIX` allow the cell tables of `program::cells`, within 4e-6.

use crate::ColorError;

/// A set of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags(pub u32);

macro_rules! flags {
    ($($name:ident = $bits:expr, $doc:literal;)*) => {
        impl Flags {
            $(#[doc = $doc] pub const $name: Self = Self($bits);)*
        }
        /// All by name.
        pub const FLAGS: &[(&str, Flags)] = &[$((stringify!($name), Flags::$name)),*];
    };
}

flags! {
    NONE = 0, "Operation by operation.";
    IDENTITY = 1, "Leaves out what changes nothing.";
    IDENTITY_GAMMA = 1 << 1, "Leaves out powers of 1.";
    PAIR_IDENTITY_CDL = 1 << 6, "A CDL and its inverse.";
    PAIR_IDENTITY_EXPOSURE_CONTRAST = 1 << 7, "An exposure contrast and its inverse.";
    PAIR_IDENTITY_FIXED_FUNCTION = 1 << 8, "A fixed function and its inverse.";
    PAIR_IDENTITY_GAMMA = 1 << 9, "A power and its inverse.";
    PAIR_IDENTITY_LUT1D = 1 << 10, "A 1D table and its inverse.";
    PAIR_IDENTITY_LUT3D = 1 << 11, "A cube and its inverse.";
    PAIR_IDENTITY_LOG = 1 << 12, "A logarithm and its inverse.";
    PAIR_IDENTITY_GRADING = 1 << 13, "A grading and its inverse.";
    COMP_EXPONENT = 1 << 18, "Two powers that clamp.";
    COMP_GAMMA = 1 << 19, "Two powers.";
    COMP_MATRIX = 1 << 20, "Two matrices.";
    COMP_LUT1D = 1 << 21, "Two 1D tables.";
    COMP_LUT3D = 1 << 22, "Two cubes.";
    COMP_RANGE = 1 << 23, "Two ranges.";
    COMP_SEPARABLE_PREFIX = 1 << 24, "Separable operations as a table.";
    LUT_INV_FAST = 1 << 25, "Inverse tables as forward ones, resampled.";
    FAST_LOG_EXP_POW = 1 << 26, "Powers and logarithms within a tolerance.";
    SIMPLIFY_OPS = 1 << 27, "Operations as simpler ones.";
    NO_DYNAMIC_PROPERTIES = 1 << 28, "Dynamic properties are fixed.";
    LOSSLESS = 0x089c_3fc3, "What is exact.";
    VERY_GOOD = 0x0fbc_3fc3, "What is exact within a tolerance.";
    GOOD = 0x0ffc_3fc3, "Cubes composed too.";
    DRAFT = 0xffff_ffff, "Everything.";
    DEFAULT = 0x0fbc_3fc3, "As VERY_GOOD.";
    ALL = 0xffff_ffff, "Everything.";
}

impl Flags {
    /// Whether it holds one of `other`.
    #[must_use]
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// A number (decimal, or hexadecimal with `0x`), or names joined by `|` or commas, with or without `OPTIMIZATION_`.
    ///
    /// # Errors
    ///
    /// [`ColorError::Unknown`] with the name that is none.
    pub fn parse(text: &str) -> Result<Self, ColorError> {
        let text = text.trim();
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        };
        if let Some(bits) = number {
            return Ok(Self(bits));
        }
        let mut out = Self::NONE;
        for word in text.split(['|', ',']) {
            let name = word.trim().to_ascii_uppercase();
            let name = name.strip_prefix("OPTIMIZATION_").unwrap_or(&name);
            let found = FLAGS.iter().find(|(n, _)| *n == name);
            let (_, flag) = found.ok_or_else(|| ColorError::Unknown {
                kind: "optimisation flag",
                name: word.trim().to_owned(),
            })?;
            out = out.with(*flag);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_opencolorios_bits() {
        let single = FLAGS.iter().filter(|(_, f)| f.0.count_ones() == 1);
        let all = single.fold(Flags::NONE, |a, (_, f)| a.with(*f));
        let lossless = all.without(
            Flags::COMP_LUT1D
                .with(Flags::COMP_LUT3D)
                .with(Flags::LUT_INV_FAST)
                .with(Flags::FAST_LOG_EXP_POW)
                .with(Flags::COMP_SEPARABLE_PREFIX)
                .with(Flags::NO_DYNAMIC_PROPERTIES),
        );
        assert_eq!(lossless, Flags::LOSSLESS);
        assert_eq!(Flags::parse("0x89C3FC3").unwrap(), Flags::LOSSLESS);
        assert_eq!(Flags::parse("144457667").unwrap(), Flags::LOSSLESS);
        let two = Flags::parse("OPTIMIZATION_COMP_MATRIX | identity").unwrap();
        assert_eq!(two, Flags::COMP_MATRIX.with(Flags::IDENTITY));
        assert!(
            Flags::parse("COMP_EVERYTHING")
                .unwrap_err()
                .to_string()
                .contains("COMP_EVERYTHING")
        );
    }
}
