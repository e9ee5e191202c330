//! What parameters a style takes, with OpenColorIO 2.6's bounds.

use crate::ColorError;
use crate::op::{FixedFunction, FixedStyle as S};

impl S {
    /// How many parameters the style takes.
    pub fn parameter_count(self) -> usize {
        match self {
            S::AcesGamutComp13 => 7,
            S::AcesOutputTransform20 | S::AcesGamutCompress20 => 9,
            S::AcesRgbToJmh20 | S::AcesRgbToHmj20 => 8,
            S::AcesTonescaleCompress20 | S::Rec2100Surround => 1,
            S::LinToGammaLog => 10,
            S::LinToDoubleLog => 13,
            _ => 0,
        }
    }
}

const OP: &str = "fixed function";

fn wrong(parameter: &'static str, found: impl ToString, expected: &'static str) -> ColorError {
    ColorError::Parameter {
        op: OP,
        parameter,
        found: found.to_string(),
        expected,
    }
}

fn bounds(
    parameter: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), ColorError> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(wrong(parameter, value, expected))
    }
}

fn peak(value: f64) -> Result<(), ColorError> {
    bounds("peak luminance", value, 1.0..=10_000.0, "1 to 10000 nits")?;
    if value.fract() == 0.0 {
        Ok(())
    } else {
        Err(wrong("peak luminance", value, "a whole number of nits"))
    }
}

impl FixedFunction {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// If their number or a value is not what the style takes.
    pub fn validate(&self) -> Result<(), ColorError> {
        let p = &self.params;
        if p.len() != self.style.parameter_count() {
            let expected = match self.style.parameter_count() {
                0 => "none",
                1 => "one",
                7 => "7",
                8 => "8",
                9 => "9",
                10 => "10",
                _ => "13",
            };
            return Err(wrong("number of parameters", p.len(), expected));
        }
        if p.iter().any(|v| !v.is_finite()) {
            return Err(wrong("parameter", "not finite", "finite numbers"));
        }
        match self.style {
            S::AcesGamutComp13 => {
                for (i, name) in ["cyan limit", "magenta limit", "yellow limit"]
                    .into_iter()
                    .enumerate()
                {
                    bounds(name, p[i], 1.001..=65504.0, "1.001 to 65504")?;
                }
                let names = ["cyan threshold", "magenta threshold", "yellow threshold"];
                for (i, name) in names.into_iter().enumerate() {
                    bounds(name, p[3 + i], 0.0..=0.9995, "0 to 0.9995")?;
                }
                bounds("power", p[6], 1.0..=65504.0, "1 to 65504")
            }
            S::AcesOutputTransform20 | S::AcesGamutCompress20 | S::AcesTonescaleCompress20 => {
                peak(p[0])
            }
            S::Rec2100Surround => bounds("gamma", p[0], 0.01..=100.0, "0.01 to 100"),
            S::LinToDoubleLog => {
                if p[0] <= 0.0 {
                    return Err(wrong("base", p[0], "above 0"));
                }
                if p[1] > p[2] {
                    return Err(wrong("first break", p[1], "not above the second"));
                }
                Ok(())
            }
            S::LinToGammaLog => {
                if p[5] <= 0.0 {
                    return Err(wrong("base", p[5], "above 0"));
                }
                if p[0] >= p[1] {
                    return Err(wrong("mirror point", p[0], "below the break"));
                }
                if p[2] == 0.0 {
                    return Err(wrong("gamma power", p[2], "not 0"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::Direction;

    fn valid(style: S, params: &[f64]) -> bool {
        let function = FixedFunction {
            style,
            params: params.to_vec(),
            direction: Direction::Forward,
        };
        function.validate().is_ok()
    }

    #[test]
    fn fixed_function_parameters_outside_their_bounds_are_refused() {
        assert!(valid(S::Rec2100Surround, &[1.2]));
        assert!(!valid(S::Rec2100Surround, &[0.001]));
        assert!(!valid(S::Rec2100Surround, &[]));
        assert!(!valid(S::RgbToHsv, &[1.0]));
        assert!(valid(S::AcesTonescaleCompress20, &[100.0]));
        assert!(!valid(S::AcesTonescaleCompress20, &[100.5]));
        assert!(!valid(S::AcesTonescaleCompress20, &[20_000.0]));
        assert!(!valid(
            S::AcesGamutComp13,
            &[1.0, 1.2, 1.3, 0.8, 0.8, 0.8, 1.2]
        ));
        assert!(!valid(
            S::LinToGammaLog,
            &[0.0, 0.0, 0.5, 1.0, 0.0, 10.0, 1.0, 0.0, 1.0, 0.0]
        ));
        assert!(!valid(S::AcesRgbToJmh20, &[f64::NAN; 8]));
    }
}
