//! Numbers as C's `%g` prints them, which is how OpenImageIO's tools do.

/// Six significant digits, no trailing zeros.
pub fn g(v: f64) -> String {
    g_digits(v, 6)
}

/// So many significant digits, no trailing zeros, an exponent where it is shorter.
pub fn g_digits(v: f64, digits: i32) -> String {
    if v.is_nan() {
        return "nan".into();
    }
    if v.is_infinite() {
        return if v > 0.0 { "inf" } else { "-inf" }.into();
    }
    if v == 0.0 {
        return if v.is_sign_negative() { "-0" } else { "0" }.into();
    }
    let scientific = format!("{:.*e}", (digits - 1) as usize, v);
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent is printed");
    let exponent: i32 = exponent.parse().expect("a decimal exponent");
    let strip = |s: &str| match s.contains('.') {
        true => s.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => s.to_owned(),
    };
    if (-4..digits).contains(&exponent) {
        strip(&format!("{v:.*}", (digits - 1 - exponent) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", strip(mantissa), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::g;

    #[test]
    fn g_prints_as_c_does() {
        for (v, s) in [
            (1.0, "1"),
            (0.1, "0.1"),
            (1e-5, "1e-05"),
            (123_456_789.0, "1.23457e+08"),
            (0.000_123_4, "0.0001234"),
            (-2.5, "-2.5"),
            (f64::NAN, "nan"),
            (999_999.5, "1e+06"),
        ] {
            assert_eq!(g(v), s);
        }
    }
}
