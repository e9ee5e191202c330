//! RGB primaries and their whites as CIE 1931 x, y, each with its document.
//!
//! Cameras publish a gamut beside each curve; where a vendor publishes only a matrix (Sony's Venice variants), the matrix
//! lives with the built-in transform that uses it. Digits are those of the documents, never derived.

/// Chromaticities of an RGB space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Primaries {
    /// Short name: `rec709`, `ap1`, `arri_wg4`.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// x, y of R = 1.
    pub red: [f64; 2],
    /// x, y of G = 1.
    pub green: [f64; 2],
    /// x, y of B = 1.
    pub blue: [f64; 2],
    /// x, y of R = G = B.
    pub white: [f64; 2],
    /// The document.
    pub source: &'static str,
}

const D50: [f64; 2] = [0.3457, 0.3585];
const D60: [f64; 2] = [0.32168, 0.33767];
const D65: [f64; 2] = [0.3127, 0.3290];
const DCI: [f64; 2] = [0.314, 0.351];
const E: [f64; 2] = [1.0 / 3.0, 1.0 / 3.0];

macro_rules! primaries {
    ($($id:ident $name:literal $label:literal: $r:expr, $g:expr, $b:expr, $w:expr; $source:literal)*) => {
        pub(crate) mod named {
            use super::*;
            $(
                #[doc = $label]
                pub const $id: Primaries = Primaries {
                    name: $name,
                    label: $label,
                    red: $r,
                    green: $g,
                    blue: $b,
                    white: $w,
                    source: $source,
                };
            )*
        }
        /// All of them.
        pub const PRIMARIES: &[Primaries] = &[$(named::$id),*];
    };
}

primaries! {
    XYZ_E "xyz_e" "CIE XYZ, equal-energy white": [1.0, 0.0], [0.0, 1.0], [0.0, 0.0], E; "CIE 15:2018"
    AP0 "ap0" "ACES AP0": [0.7347, 0.2653], [0.0, 1.0], [0.0001, -0.077], D60; "SMPTE ST 2065-1:2012"
    AP1 "ap1" "ACES AP1": [0.713, 0.293], [0.165, 0.83], [0.128, 0.044], D60; "Academy S-2014-004"
    REC709 "rec709" "Rec. 709 / sRGB": [0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65; "ITU-R BT.709-6; IEC 61966-2-1"
    REC709_D60 "rec709_d60" "Rec. 709 primaries, ACES white": [0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D60; "ITU-R BT.709-6; ACES TB-2018-001"
    REC2020 "rec2020" "Rec. 2020 / Rec. 2100": [0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65; "ITU-R BT.2020-2"
    REC2020_D60 "rec2020_d60" "Rec. 2020 primaries, ACES white": [0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D60; "ITU-R BT.2020-2; ACES TB-2018-001"
    P3_DCI "p3_dci" "DCI-P3": [0.68, 0.32], [0.265, 0.69], [0.15, 0.06], DCI; "SMPTE RP 431-2:2011"
    P3_D65 "p3_d65" "P3-D65 / Display P3": [0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D65; "SMPTE EG 432-1:2010"
    P3_D60 "p3_d60" "P3 primaries, ACES white": [0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D60; "SMPTE EG 432-1:2010; ACES TB-2018-001"
    ADOBE_RGB "adobe_rgb" "Adobe RGB (1998)": [0.64, 0.33], [0.21, 0.71], [0.15, 0.06], D65; "Adobe RGB (1998) Color Image Encoding, 2005"
    PROPHOTO "prophoto" "ProPhoto RGB / ROMM": [0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], D50; "ISO 22028-2:2013"
    WIDE_GAMUT "adobe_wide_gamut" "Adobe Wide Gamut RGB": [0.7347, 0.2653], [0.1152, 0.8264], [0.1566, 0.0177], D50; "Adobe, wide gamut RGB profile"
    SMPTE_C "smpte_c" "SMPTE C (525 lines)": [0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65; "SMPTE RP 145:2004"
    EBU "ebu" "EBU (625 lines)": [0.64, 0.33], [0.29, 0.6], [0.15, 0.06], D65; "EBU Tech. 3213-E; ITU-R BT.470-6"
    ARRI_WG3 "arri_wg3" "ARRI ALEXA Wide Gamut": [0.684, 0.313], [0.221, 0.848], [0.0861, -0.102], D65; "ARRI, ALEXA Log C Curve - Usage in VFX, 2012"
    ARRI_WG4 "arri_wg4" "ARRI Wide Gamut 4": [0.7347, 0.2653], [0.1424, 0.8576], [0.0991, -0.0308], D65; "ARRI LogC4 Logarithmic Color Space Specification, 2022"
    SGAMUT3 "sgamut3" "Sony S-Gamut / S-Gamut3": [0.73, 0.28], [0.14, 0.855], [0.1, -0.05], D65; "Sony, Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3, 2014"
    SGAMUT3_CINE "sgamut3_cine" "Sony S-Gamut3.Cine": [0.766, 0.275], [0.225, 0.8], [0.089, -0.087], D65; "Sony, Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3, 2014"
    VGAMUT "vgamut" "Panasonic V-Gamut": [0.73, 0.28], [0.165, 0.84], [0.1, -0.03], D65; "Panasonic, VARICAM V-Log/V-Gamut, 2014"
    CINEMA_GAMUT "cinema_gamut" "Canon Cinema Gamut": [0.74, 0.27], [0.17, 1.14], [0.08, -0.1], D65; "Canon, EOS C300 Mark II instruction manual, 2015"
    RED_WIDE_GAMUT "red_wide_gamut" "RED REDWideGamutRGB": [0.780308, 0.304253], [0.121595, 1.493994], [0.095612, -0.084589], D65; "RED, White Paper on REDWideGamutRGB and Log3G10, 2017"
    BMD_WIDE_GAMUT "bmd_wide_gamut" "Blackmagic Wide Gamut (Gen 5)": [0.7177215, 0.3171181], [0.228041, 0.861569], [0.1005841, -0.0820452], [0.312717, 0.3290312]; "Blackmagic Design, Generation 5 Color Science, 2021"
    DAVINCI_WIDE_GAMUT "davinci_wide_gamut" "DaVinci Wide Gamut": [0.8, 0.313], [0.1682, 0.9877], [0.079, -0.1155], D65; "Blackmagic Design, DaVinci Resolve 17 - Wide Gamut Intermediate, 2020"
    APPLE_WIDE_GAMUT "apple_wide_gamut" "Apple Wide Gamut": [0.725, 0.301], [0.221, 0.814], [0.068, -0.076], D65; "Apple, Apple Log 2 Profile White Paper, 2025"
    DGAMUT "dgamut" "DJI D-Gamut": [0.71, 0.31], [0.21, 0.88], [0.09, -0.08], D65; "DJI, White Paper on D-Log and D-Gamut, 2017"
    FGAMUT_C "fgamut_c" "Fujifilm F-Gamut C": [0.7347, 0.2653], [0.0263, 0.9737], [0.1173, -0.0224], D65; "Fujifilm, F-Log2 C data sheet 1.0, 2024"
    EGAMUT "egamut" "FilmLight E-Gamut": [0.8, 0.3177], [0.18, 0.9], [0.065, -0.0805], D65; "FilmLight, T-Log / E-Gamut, 2018"
    PROTUNE_NATIVE "protune_native" "GoPro Protune Native": [0.698480461493841, 0.193026445370121], [0.329555378387345, 1.024596624134644], [0.108442631407675, -0.034678569754016], D65; "GoPro, Protune to ACES colour conversion script"
}

/// The primaries called `name` (its short name, letters of either case).
pub fn find_primaries(name: &str) -> Option<&'static Primaries> {
    PRIMARIES.iter().find(|p| p.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primaries_have_one_name_each() {
        for (i, p) in PRIMARIES.iter().enumerate() {
            assert!(
                PRIMARIES[..i].iter().all(|q| q.name != p.name),
                "{}",
                p.name
            );
            assert_eq!(find_primaries(&p.name.to_uppercase()), Some(p));
        }
    }
}
