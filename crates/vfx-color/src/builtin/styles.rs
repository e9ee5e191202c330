//! The styles, in OpenColorIO's order: one line each.
//!
//! Descriptions are our own; the names are an interface of configs.

use super::{BuiltinStyle, aces, aces1, aces2, camera, display};
use crate::op::NegativeStyle as N;
use crate::space::{Adaptation as A, gamut as g};

macro_rules! styles {
    ($($name:literal $description:literal $build:expr;)*) => {
        /// All of them, in OpenColorIO's order.
        pub const STYLES: &[BuiltinStyle] = &[$(BuiltinStyle {
            name: $name,
            description: $description,
            build: $build,
        }),*];
    };
}

styles! {
    "IDENTITY" "Changes nothing." aces::identity;
    "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD" "ACES2065-1 to XYZ under D65, Bradford adaptation." aces::ap0_to_xyz;
    "UTILITY - ACES-AP1_to_CIE-XYZ-D65_BFD" "ACEScg to XYZ under D65, Bradford adaptation." aces::ap1_to_xyz;
    "UTILITY - ACES-AP1_to_LINEAR-REC709_BFD" "ACEScg to linear Rec. 709, Bradford adaptation." aces::ap1_to_rec709;
    "CURVE - ACEScct-LOG_to_LINEAR" "The curve of ACEScct, to linear." aces::acescct_curve;
    "ACEScct_to_ACES2065-1" "ACEScct to ACES2065-1." aces::acescct;
    "ACEScc_to_ACES2065-1" "ACEScc to ACES2065-1." aces::acescc;
    "ACEScg_to_ACES2065-1" "ACEScg to ACES2065-1." aces::acescg;
    "ACESproxy10i_to_ACES2065-1" "ACESproxy of 10 bits to ACES2065-1." aces::acesproxy;
    "ADX10_to_ACES2065-1" "Academy density exchange, 10 bits, to ACES2065-1." aces::adx10;
    "ADX16_to_ACES2065-1" "Academy density exchange, 16 bits, to ACES2065-1." aces::adx16;
    "ACES-LMT - BLUE_LIGHT_ARTIFACT_FIX" "Look that desaturates blue lights, in ACES2065-1." aces::blue_light_fix;
    "ACES-LMT - ACES 1.3 Reference Gamut Compression" "Look that brings camera colours into AP1, in ACES2065-1." aces::gamut_compression;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA_1.0" "ACES 1 output: SDR-CINEMA." aces1::cinema;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0" "ACES 1 output: SDR-VIDEO." aces1::video;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-REC709lim_1.1" "ACES 1 output: SDR-CINEMA-REC709lim." aces1::cinema_rec709;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-REC709lim_1.1" "ACES 1 output: SDR-VIDEO-REC709lim." aces1::video_rec709;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-P3lim_1.1" "ACES 1 output: SDR-VIDEO-P3lim." aces1::video_p3;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D60sim-D65_1.1" "ACES 1 output: SDR-CINEMA-D60sim-D65." aces1::cinema_d60sim_d65;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-D60sim-D65_1.0" "ACES 1 output: SDR-VIDEO-D60sim-D65." aces1::video_d60sim_d65;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D60sim-DCI_1.0" "ACES 1 output: SDR-CINEMA-D60sim-DCI." aces1::cinema_d60sim_dci;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D65sim-DCI_1.1" "ACES 1 output: SDR-CINEMA-D65sim-DCI." aces1::cinema_d65sim_dci;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-REC2020lim_1.1" "ACES 1 output: HDR video, 1000 nits, limited to REC2020." || aces1::hdr_1000(&g::REC2020);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-P3lim_1.1" "ACES 1 output: HDR video, 1000 nits, limited to P3." || aces1::hdr_1000(&g::P3_D65);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-2000nit-15nit-REC2020lim_1.1" "ACES 1 output: HDR video, 2000 nits, limited to REC2020." || aces1::hdr_2000(&g::REC2020);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-2000nit-15nit-P3lim_1.1" "ACES 1 output: HDR video, 2000 nits, limited to P3." || aces1::hdr_2000(&g::P3_D65);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-4000nit-15nit-REC2020lim_1.1" "ACES 1 output: HDR video, 4000 nits, limited to REC2020." || aces1::hdr_4000(&g::REC2020);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-4000nit-15nit-P3lim_1.1" "ACES 1 output: HDR video, 4000 nits, limited to P3." || aces1::hdr_4000(&g::P3_D65);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-CINEMA-108nit-7.2nit-P3lim_1.1" "ACES 1 output: HDR-CINEMA-108nit-7.2nit-P3lim." aces1::hdr_cinema;
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0" "ACES 2 output: SDR, 100 nits, REC709." || aces2::output(100.0, &g::REC709, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-P3-D65_2.0" "ACES 2 output: SDR, 100 nits, P3-D65." || aces2::output(100.0, &g::P3_D65, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-108nit-P3-D65_2.0" "ACES 2 output: HDR, 108 nits, P3-D65." || aces2::output(225.0, &g::P3_D65, None, 0.48);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-300nit-P3-D65_2.0" "ACES 2 output: HDR, 300 nits, P3-D65." || aces2::output(625.0, &g::P3_D65, None, 0.48);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-P3-D65_2.0" "ACES 2 output: HDR, 500 nits, P3-D65." || aces2::output(500.0, &g::P3_D65, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-P3-D65_2.0" "ACES 2 output: HDR, 1000 nits, P3-D65." || aces2::output(1000.0, &g::P3_D65, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-P3-D65_2.0" "ACES 2 output: HDR, 2000 nits, P3-D65." || aces2::output(2000.0, &g::P3_D65, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-P3-D65_2.0" "ACES 2 output: HDR, 4000 nits, P3-D65." || aces2::output(4000.0, &g::P3_D65, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-REC2020_2.0" "ACES 2 output: HDR, 500 nits, REC2020." || aces2::output(500.0, &g::REC2020, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-REC2020_2.0" "ACES 2 output: HDR, 1000 nits, REC2020." || aces2::output(1000.0, &g::REC2020, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-REC2020_2.0" "ACES 2 output: HDR, 2000 nits, REC2020." || aces2::output(2000.0, &g::REC2020, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-REC2020_2.0" "ACES 2 output: HDR, 4000 nits, REC2020." || aces2::output(4000.0, &g::REC2020, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709-D60-in-REC709-D65_2.0" "ACES 2 output: SDR, 100 nits, REC709-D60 shown in REC709-D65." || aces2::output(100.0, &g::REC709_D60, Some(&g::REC709), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709-D60-in-P3-D65_2.0" "ACES 2 output: SDR, 100 nits, REC709-D60 shown in P3-D65." || aces2::output(100.0, &g::REC709_D60, Some(&g::P3_D65), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709-D60-in-REC2020-D65_2.0" "ACES 2 output: SDR, 100 nits, REC709-D60 shown in REC2020-D65." || aces2::output(100.0, &g::REC709_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-P3-D60-in-P3-D65_2.0" "ACES 2 output: SDR, 100 nits, P3-D60 shown in P3-D65." || aces2::output(100.0, &g::P3_D60, Some(&g::P3_D65), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-P3-D60-in-XYZ-E_2.0" "ACES 2 output: SDR, 100 nits, P3-D60 shown in XYZ-E." || aces2::output(100.0, &g::P3_D60, None, 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-108nit-P3-D60-in-P3-D65_2.0" "ACES 2 output: HDR, 108 nits, P3-D60 shown in P3-D65." || aces2::output(225.0, &g::P3_D60, Some(&g::P3_D65), 0.48);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-300nit-P3-D60-in-XYZ-E_2.0" "ACES 2 output: HDR, 300 nits, P3-D60 shown in XYZ-E." || aces2::output(625.0, &g::P3_D60, Some(&g::XYZ_E), 0.48);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-P3-D60-in-P3-D65_2.0" "ACES 2 output: HDR, 500 nits, P3-D60 shown in P3-D65." || aces2::output(500.0, &g::P3_D60, Some(&g::P3_D65), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-P3-D60-in-P3-D65_2.0" "ACES 2 output: HDR, 1000 nits, P3-D60 shown in P3-D65." || aces2::output(1000.0, &g::P3_D60, Some(&g::P3_D65), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-P3-D60-in-P3-D65_2.0" "ACES 2 output: HDR, 2000 nits, P3-D60 shown in P3-D65." || aces2::output(2000.0, &g::P3_D60, Some(&g::P3_D65), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-P3-D60-in-P3-D65_2.0" "ACES 2 output: HDR, 4000 nits, P3-D60 shown in P3-D65." || aces2::output(4000.0, &g::P3_D60, Some(&g::P3_D65), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-P3-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 500 nits, P3-D60 shown in REC2020-D65." || aces2::output(500.0, &g::P3_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-P3-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 1000 nits, P3-D60 shown in REC2020-D65." || aces2::output(1000.0, &g::P3_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-P3-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 2000 nits, P3-D60 shown in REC2020-D65." || aces2::output(2000.0, &g::P3_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-P3-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 4000 nits, P3-D60 shown in REC2020-D65." || aces2::output(4000.0, &g::P3_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-REC2020-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 500 nits, REC2020-D60 shown in REC2020-D65." || aces2::output(500.0, &g::REC2020_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-REC2020-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 1000 nits, REC2020-D60 shown in REC2020-D65." || aces2::output(1000.0, &g::REC2020_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-REC2020-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 2000 nits, REC2020-D60 shown in REC2020-D65." || aces2::output(2000.0, &g::REC2020_D60, Some(&g::REC2020), 1.0);
    "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-REC2020-D60-in-REC2020-D65_2.0" "ACES 2 output: HDR, 4000 nits, REC2020-D60 shown in REC2020-D65." || aces2::output(4000.0, &g::REC2020_D60, Some(&g::REC2020), 1.0);
    "APPLE_LOG_to_ACES2065-1" "Apple Log, Rec. 2020, to ACES2065-1." camera::apple_log;
    "APPLE_LOG-APPLEWG_to_ACES2065-1" "Apple Log 2, Apple Wide Gamut, to ACES2065-1." camera::apple_log2;
    "CURVE - APPLE_LOG_to_LINEAR" "The curve of Apple Log, to linear." camera::apple_log_curve;
    "ARRI_ALEXA-LOGC-EI800-AWG_to_ACES2065-1" "ARRI LogC3 at EI 800, ALEXA Wide Gamut, to ACES2065-1." camera::logc3;
    "ARRI_LOGC4_to_ACES2065-1" "ARRI LogC4, Wide Gamut 4, to ACES2065-1." camera::logc4;
    "CANON_CLOG2-CGAMUT_to_ACES2065-1" "Canon Log 2, Cinema Gamut, to ACES2065-1." camera::clog2;
    "CURVE - CANON_CLOG2_to_LINEAR" "The curve of Canon Log 2, to linear." camera::clog2_curve;
    "CANON_CLOG3-CGAMUT_to_ACES2065-1" "Canon Log 3, Cinema Gamut, to ACES2065-1." camera::clog3;
    "CURVE - CANON_CLOG3_to_LINEAR" "The curve of Canon Log 3, to linear." camera::clog3_curve;
    "PANASONIC_VLOG-VGAMUT_to_ACES2065-1" "Panasonic V-Log, V-Gamut, to ACES2065-1." camera::vlog;
    "RED_REDLOGFILM-RWG_to_ACES2065-1" "RED REDLogFilm, REDWideGamutRGB, to ACES2065-1." camera::redlogfilm;
    "RED_LOG3G10-RWG_to_ACES2065-1" "RED Log3G10, REDWideGamutRGB, to ACES2065-1." camera::log3g10;
    "SONY_SLOG3-SGAMUT3_to_ACES2065-1" "Sony S-Log3, S-Gamut3, to ACES2065-1." camera::slog3;
    "SONY_SLOG3-SGAMUT3.CINE_to_ACES2065-1" "Sony S-Log3, S-Gamut3.Cine, to ACES2065-1." camera::slog3_cine;
    "SONY_SLOG3-SGAMUT3-VENICE_to_ACES2065-1" "Sony S-Log3, S-Gamut3 of the Venice, to ACES2065-1." camera::slog3_venice;
    "SONY_SLOG3-SGAMUT3.CINE-VENICE_to_ACES2065-1" "Sony S-Log3, S-Gamut3.Cine of the Venice, to ACES2065-1." camera::slog3_cine_venice;
    "DISPLAY - CIE-XYZ-D65_to_REC.1886-REC.709" "XYZ to BT.1886 on Rec. 709, negatives clamped." || display::gamma(&g::REC709, 2.4, N::Clamp, A::None);
    "DISPLAY - CIE-XYZ-D65_to_REC.1886-REC.709 - MIRROR NEGS" "XYZ to BT.1886 on Rec. 709, negatives mirrored." || display::gamma(&g::REC709, 2.4, N::Mirror, A::None);
    "DISPLAY - CIE-XYZ-D65_to_REC.1886-REC.2020" "XYZ to BT.1886 on Rec. 2020, negatives clamped." || display::gamma(&g::REC2020, 2.4, N::Clamp, A::None);
    "DISPLAY - CIE-XYZ-D65_to_REC.1886-REC.2020 - MIRROR NEGS" "XYZ to BT.1886 on Rec. 2020, negatives mirrored." || display::gamma(&g::REC2020, 2.4, N::Mirror, A::None);
    "DISPLAY - CIE-XYZ-D65_to_G2.2-REC.709" "XYZ to gamma 2.2 on Rec. 709, negatives clamped." || display::gamma(&g::REC709, 2.2, N::Clamp, A::None);
    "DISPLAY - CIE-XYZ-D65_to_G2.2-REC.709 - MIRROR NEGS" "XYZ to gamma 2.2 on Rec. 709, negatives mirrored." || display::gamma(&g::REC709, 2.2, N::Mirror, A::None);
    "DISPLAY - CIE-XYZ-D65_to_sRGB" "XYZ to sRGB." || display::srgb(&g::REC709, N::Linear);
    "DISPLAY - CIE-XYZ-D65_to_sRGB - MIRROR NEGS" "XYZ to sRGB, negatives mirrored." || display::srgb(&g::REC709, N::Mirror);
    "DISPLAY - CIE-XYZ-D65_to_G2.6-P3-DCI-BFD" "XYZ to gamma 2.6 on DCI-P3, Bradford adaptation." || display::gamma(&g::P3_DCI, 2.6, N::Clamp, A::Bradford);
    "DISPLAY - CIE-XYZ-D65_to_G2.6-P3-D65" "XYZ to gamma 2.6 on P3-D65, negatives clamped." || display::gamma(&g::P3_D65, 2.6, N::Clamp, A::None);
    "DISPLAY - CIE-XYZ-D65_to_G2.6-P3-D65 - MIRROR NEGS" "XYZ to gamma 2.6 on P3-D65, negatives mirrored." || display::gamma(&g::P3_D65, 2.6, N::Mirror, A::None);
    "DISPLAY - CIE-XYZ-D65_to_G2.6-P3-D60-BFD" "XYZ to gamma 2.6 on P3-D60, Bradford adaptation." || display::gamma(&g::P3_D60, 2.6, N::Clamp, A::Bradford);
    "DISPLAY - CIE-XYZ-D65_to_DCDM-D65" "XYZ to DCDM, D65 white." || display::dcdm();
    "DISPLAY - CIE-XYZ-D65_to_DisplayP3" "XYZ to Display P3, negatives mirrored." || display::srgb(&g::P3_D65, N::Mirror);
    "DISPLAY - CIE-XYZ-D65_to_DisplayP3-HDR" "XYZ to Display P3 with headroom, negatives mirrored." || display::srgb(&g::P3_D65, N::Mirror);
    "CURVE - ST-2084_to_LINEAR" "PQ to light, 1.0 = 100 nits." display::pq_to_linear;
    "CURVE - LINEAR_to_ST-2084" "Light, 1.0 = 100 nits, to PQ." display::linear_to_pq;
    "DISPLAY - CIE-XYZ-D65_to_REC.2100-PQ" "XYZ to PQ on Rec. 2100." || display::pq(&g::REC2020);
    "DISPLAY - CIE-XYZ-D65_to_ST2084-P3-D65" "XYZ to PQ on P3-D65." || display::pq(&g::P3_D65);
    "DISPLAY - CIE-XYZ-D65_to_ST2084-DCDM-D65" "XYZ to PQ of XYZ, D65 white." || display::linear_to_pq();
    "CURVE - HLG-OETF-INVERSE" "HLG to scene light, 0.42 at mid grey." display::hlg_oetf_inverse;
    "CURVE - HLG-OETF" "Scene light to HLG, mid grey at 0.42." display::hlg_oetf;
    "DISPLAY - CIE-XYZ-D65_to_REC.2100-HLG-1000nit" "XYZ to HLG on Rec. 2100, display of 1000 nits." || display::hlg_1000();
}
