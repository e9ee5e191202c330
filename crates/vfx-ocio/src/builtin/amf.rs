//! ACES Metadata File ids of spaces, looks and view transforms in the built-in configs.
//!
//! A line has the configs (bit i is config i), the object and its ids without `urn:ampas:aces:transformId:v2.0:`; `~` stands
//! for the id and its inverse (`Inv...`). Facts of the OpenColorIO Configs for ACES, releases 4.0.0 and 5.0.0.

/// Configs, object, ids.
#[rustfmt::skip]
pub(super) const AMF_IDS: &[(u16, &str, &[&str])] = &[
    (0x318, "sRGB - Display", &[
        "~Output.Academy.Rec709-D65_100nit_in_Rec709-D65_sRGB-Piecewise.a2.v1",
    ]),
    (0x318, "Gamma 2.2 Rec.709 - Display", &[
        "~Output.Academy.Rec709-D65_100nit_in_Rec709-D65_Gamma2pt2.a2.v1",
    ]),
    (0x318, "Display P3 - Display", &[
        "~Output.Academy.P3-D65_100nit_in_P3-D65_sRGB-Piecewise.a2.v1",
    ]),
    (0x318, "Display P3 HDR - Display", &[
        "~Output.Academy.P3-D65_1000nit_in_P3-D65_sRGB-Piecewise.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_P3-D65_sRGB-Piecewise.a2.v1",
    ]),
    (0x108, "P3-D65 - Display", &[
        "~Output.Academy.P3-D65_48nit_in_P3-D65_Gamma2pt6.a2.v1",
        "~Output.Academy.Rec709-D65_48nit_in_P3-D65_Gamma2pt6.a2.v1",
    ]),
    (0x318, "Rec.1886 Rec.709 - Display", &[
        "~Output.Academy.Rec709-D65_100nit_in_Rec709-D65_BT1886.a2.v1",
    ]),
    (0x318, "Rec.2100-PQ - Display", &[
        "~Output.Academy.P3-D65_1000nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_2000nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_4000nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_500nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.Rec2100-D65_1000nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.Rec2100-D65_2000nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.Rec2100-D65_4000nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.Rec2100-D65_500nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x318, "ST2084-P3-D65 - Display", &[
        "~Output.Academy.P3-D65_1000nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_108nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_2000nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_4000nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_500nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_P3-D65_ST2084.a2.v1",
    ]),
    (0x318, "ACEScc", &[
        "CSC.Academy.ACES_to_ACEScc.a2.v1",
        "CSC.Academy.ACEScc_to_ACES.a2.v1",
    ]),
    (0x318, "ACEScct", &[
        "CSC.Academy.ACES_to_ACEScct.a2.v1",
        "CSC.Academy.ACEScct_to_ACES.a2.v1",
    ]),
    (0x318, "ACEScg", &[
        "CSC.Academy.ACES_to_ACEScg.a2.v1",
        "CSC.Academy.ACEScg_to_ACES.a2.v1",
    ]),
    (0x318, "ACES 2.0 - SDR 100 nits (Rec.709)", &[
        "~Output.Academy.Rec709-D65_100nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_P3-D65_sRGB-Piecewise.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_Rec2100-D65_ST2084.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_Rec709-D65_BT1886.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_Rec709-D65_Gamma2pt2.a2.v1",
        "~Output.Academy.Rec709-D65_100nit_in_Rec709-D65_sRGB-Piecewise.a2.v1",
        "~Output.Academy.Rec709-D65_48nit_in_P3-D65_Gamma2pt6.a2.v1",
    ]),
    (0x318, "ACES 2.0 - SDR 100 nits (P3 D65)", &[
        "~Output.Academy.P3-D65_100nit_in_P3-D65_sRGB-Piecewise.a2.v1",
        "~Output.Academy.P3-D65_48nit_in_P3-D65_Gamma2pt6.a2.v1",
        "~Output.Academy.P3-D65_48nit_in_XYZ-E_Gamma2pt6.a2.v1",
    ]),
    (0x318, "ACES 2.0 - HDR 1000 nits (P3 D65)", &[
        "~Output.Academy.P3-D65_1000nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_1000nit_in_P3-D65_sRGB-Piecewise.a2.v1",
        "~Output.Academy.P3-D65_1000nit_in_Rec2100-D65_HLG.a2.v1",
        "~Output.Academy.P3-D65_1000nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x318, "ACES 2.0 - HDR 1000 nits (Rec.2020)", &[
        "~Output.Academy.Rec2100-D65_1000nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x318, "ACES 1.3 Reference Gamut Compression", &[
        "~Look.Academy.ReferenceGamutCompress.a2.v1",
    ]),
    (0x210, "Gamma 2.6 P3-D65 - Display", &[
        "~Output.Academy.P3-D65_48nit_in_P3-D65_Gamma2pt6.a2.v1",
        "~Output.Academy.Rec709-D65_48nit_in_P3-D65_Gamma2pt6.a2.v1",
    ]),
    (0x300, "Rec.2100-HLG - Display", &[
        "~Output.Academy.P3-D65_1000nit_in_Rec2100-D65_HLG.a2.v1",
    ]),
    (0x300, "ADX10", &[
        "CSC.Academy.ADX10_to_ACES.a2.v1",
    ]),
    (0x300, "ADX16", &[
        "CSC.Academy.ADX16_to_ACES.a2.v1",
    ]),
    (0x300, "Apple Log", &[
        "CSC.Apple.ACES_to_AppleLog_BT2020.a2.v1",
        "CSC.Apple.AppleLog_BT2020_to_ACES.a2.v1",
    ]),
    (0x300, "ARRI LogC3 (EI800)", &[
        "CSC.Arri.ACES_to_LogC3.a2.v1",
        "CSC.Arri.LogC3_to_ACES.a2.v1",
    ]),
    (0x300, "ARRI LogC4", &[
        "CSC.Arri.ACES_to_LogC4.a2.v1",
        "CSC.Arri.LogC4_to_ACES.a2.v1",
    ]),
    (0x300, "BMDFilm WideGamut Gen5", &[
        "CSC.Academy.ACES_to_BMDFilm_WideGamut_Gen5.a2.v1",
        "CSC.Blackmagic.BMDFilm_WideGamut_Gen5_to_ACES.a2.v1",
    ]),
    (0x300, "CanonLog2 CinemaGamut D55", &[
        "CSC.Canon.ACES_to_CLog2_CGamut.a1.v1",
        "CSC.Canon.CLog2_CGamut_to_ACES.a1.v1",
    ]),
    (0x300, "CanonLog3 CinemaGamut D55", &[
        "CSC.Canon.ACES_to_CLog3_CGamut.a1.v1",
        "CSC.Canon.CLog3_CGamut_to_ACES.a1.v1",
    ]),
    (0x300, "D-Log D-Gamut", &[
        "CSC.DJI.ACES_to_DLog_DGamut.a1.v1",
        "CSC.DJI.DLog_DGamut_to_ACES.a1.v1",
    ]),
    (0x300, "V-Log V-Gamut", &[
        "CSC.Panasonic.ACES_to_VLog_VGamut.a2.v1",
        "CSC.Panasonic.VLog_VGamut_to_ACES.a2.v1",
    ]),
    (0x300, "Log3G10 REDWideGamutRGB", &[
        "CSC.Red.ACES_to_Log3G10_RWG.a2.v1",
        "CSC.Red.Log3G10_RWG_to_ACES.a2.v1",
    ]),
    (0x300, "S-Log3 S-Gamut3", &[
        "CSC.Sony.ACES_to_SLog3_SGamut3.a2.v1",
        "CSC.Sony.SLog3_SGamut3_to_ACES.a2.v1",
    ]),
    (0x300, "S-Log3 S-Gamut3.Cine", &[
        "CSC.Sony.ACES_to_SLog3_SGamut3Cine.a2.v1",
        "CSC.Sony.SLog3_SGamut3Cine_to_ACES.a2.v1",
    ]),
    (0x300, "S-Log3 Venice S-Gamut3", &[
        "CSC.Sony.ACES_to_Venice_SLog3_SGamut3.a2.v1",
        "CSC.Sony.Venice_SLog3_SGamut3_to_ACES.a2.v1",
    ]),
    (0x300, "S-Log3 Venice S-Gamut3.Cine", &[
        "CSC.Sony.ACES_to_Venice_SLog3_SGamut3Cine.a2.v1",
        "CSC.Sony.Venice_SLog3_SGamut3Cine_to_ACES.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 500 nits (P3 D65)", &[
        "~Output.Academy.P3-D65_500nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_500nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 2000 nits (P3 D65)", &[
        "~Output.Academy.P3-D65_2000nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_2000nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 4000 nits (P3 D65)", &[
        "~Output.Academy.P3-D65_4000nit_in_P3-D65_ST2084.a2.v1",
        "~Output.Academy.P3-D65_4000nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 500 nits (Rec.2020)", &[
        "~Output.Academy.Rec2100-D65_500nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 2000 nits (Rec.2020)", &[
        "~Output.Academy.Rec2100-D65_2000nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 4000 nits (Rec.2020)", &[
        "~Output.Academy.Rec2100-D65_4000nit_in_Rec2100-D65_ST2084.a2.v1",
    ]),
    (0x300, "ACES 2.0 - HDR 108 nits (P3 D65)", &[
        "~Output.Academy.P3-D65_108nit_in_P3-D65_ST2084.a2.v1",
    ]),
];
