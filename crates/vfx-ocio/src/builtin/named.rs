//! Named transforms of the built-in configs, a line each: name, aliases, family, categories, encoding, and the transform
//! (`Side::To` forward, `Side::From` the inverse).
//!
//! Facts of the OpenColorIO Configs for ACES, releases 1.0.0 to 5.0.0.

use super::facts::*;

/// Named transforms, the newest first.
#[rustfmt::skip]
pub(super) const NAMED: &[Named] = &[
    named("Apple Log - Curve", "apple_log_crv", "Input/Apple", "file-io", "log", Side::To(&[Step::Builtin("CURVE - APPLE_LOG_to_LINEAR")])),
    named("ARRI LogC3 - Curve (EI800)", "arri_logc3_crv_ei800|crv_logc3ei800", "Input/ARRI", "file-io", "log", Side::To(&[Step::Camera(&LOGC3_EI800)])),
    named("ARRI LogC4 - Curve", "arri_logc4_crv", "Input/ARRI", "file-io", "log", Side::To(&[Step::Camera(&LOGC4)])),
    named("BMDFilm Gen5 Log - Curve", "bmdfilm_gen5_log_crv", "Input/BlackmagicDesign", "file-io", "log", Side::To(&[Step::Camera(&BMDFILM_GEN5)])),
    named("DaVinci Intermediate Log - Curve", "davinci_intermediate_log_crv", "Input/BlackmagicDesign", "file-io", "log", Side::To(&[Step::Camera(&DAVINCI_INTERMEDIATE)])),
    named("C-Log2 - Curve", "clog2_crv|crv_canonlog2|Input - Canon - Curve - Canon-Log2", "Input/Canon", "file-io", "log", Side::To(&[Step::Builtin("CURVE - CANON_CLOG2_to_LINEAR")])),
    named("C-Log3 - Curve", "clog3_crv|crv_canonlog3|Input - Canon - Curve - Canon-Log3", "Input/Canon", "file-io", "log", Side::To(&[Step::Builtin("CURVE - CANON_CLOG3_to_LINEAR")])),
    named("D-Log - Curve", "dlog_crv|crv_dlog", "Input/DJI", "file-io", "log", Side::To(&[Step::Camera(&D_LOG)])),
    named("V-Log - Curve", "vlog_crv|crv_vlog|Input - Panasonic - Curve - V-Log", "Input/Panasonic", "file-io", "log", Side::To(&[Step::Camera(&V_LOG)])),
    named("Log3G10 - Curve", "log3g10_crv|crv_rl3g10|Input - RED - Curve - REDLog3G10", "Input/RED", "file-io", "log", Side::To(&[Step::Camera(&LOG3G10)])),
    named("S-Log3 - Curve", "slog3_crv|crv_slog3|Input - Sony - Curve - S-Log3", "Input/Sony", "file-io", "log", Side::To(&[Step::Camera(&S_LOG3)])),
    named("sRGB - Curve", "srgb_crv|crv_srgb|Utility - Curve - sRGB", "Utility", "file-io", "sdr-video", Side::From(&[Step::Toe(2.4, 0.055)])),
    named("Rec.1886 - Curve", "rec1886_crv|crv_rec1886|Utility - Curve - Rec.1886", "Utility", "file-io", "sdr-video", Side::From(&[Step::Power(2.4)])),
    named("Rec.709 - Curve", "rec709_crv|crv_rec709|Utility - Curve - Rec.709", "Utility/ITU", "file-io", "sdr-video", Side::From(&[Step::Toe(2.22222222222222, 0.099)])),
    named("ST-2084 - Curve", "st_2084_crv", "Utility", "file-io", "hdr-video", Side::From(&[Step::Builtin("CURVE - LINEAR_to_ST-2084")])),
    named("ARRI LogC3 - Curve (EI800)", "arri_logc3_crv_ei800|Input - ARRI - Curve - V3 LogC (EI800)|crv_logc3ei800", "Input/ARRI", "file-io", "log", Side::To(&[Step::Camera(&LOGC3_EI800)])),
    named("C-Log2 - Curve", "clog2_crv|Input - Canon - Curve - Canon-Log2|crv_canonlog2", "Input/Canon", "file-io", "log", Side::To(&[Step::Builtin("CURVE - CANON_CLOG2_to_LINEAR")])),
    named("C-Log3 - Curve", "clog3_crv|Input - Canon - Curve - Canon-Log3|crv_canonlog3", "Input/Canon", "file-io", "log", Side::To(&[Step::Builtin("CURVE - CANON_CLOG3_to_LINEAR")])),
    named("V-Log - Curve", "vlog_crv|Input - Panasonic - Curve - V-Log|crv_vlog", "Input/Panasonic", "file-io", "log", Side::To(&[Step::Camera(&V_LOG)])),
    named("Log3G10 - Curve", "log3g10_crv|Input - RED - Curve - REDLog3G10|crv_rl3g10", "Input/RED", "file-io", "log", Side::To(&[Step::Camera(&LOG3G10)])),
    named("S-Log3 - Curve", "slog3_crv|Input - Sony - Curve - S-Log3|crv_slog3", "Input/Sony", "file-io", "log", Side::To(&[Step::Camera(&S_LOG3)])),
    named("sRGB - Curve", "srgb_crv|Utility - Curve - sRGB|crv_srgb", "Utility", "file-io", "sdr-video", Side::From(&[Step::Toe(2.4, 0.055)])),
    named("Rec.1886 - Curve", "rec1886_crv|Utility - Curve - Rec.1886|crv_rec1886", "Utility", "file-io", "sdr-video", Side::From(&[Step::Power(2.4)])),
    named("Rec.709 - Curve", "rec709_crv|Utility - Curve - Rec.709|crv_rec709", "Utility/ITU", "file-io", "sdr-video", Side::From(&[Step::Toe(2.22222222222222, 0.099)])),
];
