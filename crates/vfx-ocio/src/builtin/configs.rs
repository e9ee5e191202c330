//! The ten built-in configs: which views and displays each has, which of them it shows, and its lines of `SPACES` and `NAMED`.
//!
//! Views are counted from 0 in the order of `shared_views`; the number behind the last is the view `Raw` that every display
//! has of its own. Facts of the OpenColorIO Configs for ACES, releases 1.0.0 to 5.0.0.

use crate::model::Version;

/// What is particular to one config.
pub(super) struct BuiltinConfig {
    pub name: &'static str,
    pub version: Version,
    /// Name and style; without a style the identity of the display reference.
    pub view_transforms: &'static [(&'static str, &'static str)],
    /// Name, which is its view transform's too, and viewing rule.
    pub shared_views: &'static [(&'static str, &'static str)],
    /// Name and shared views.
    pub displays: &'static [(&'static str, &'static [usize])],
    pub active_displays: &'static [usize],
    pub active_views: &'static [usize],
    pub spaces: &'static [usize],
    pub named_transforms: &'static [usize],
    pub virtual_display: &'static [usize],
}

/// View transforms of the cg configs of ACES 1.
#[rustfmt::skip]
const CG_ACES1_VIEW_TRANSFORMS: &[(&str, &str)] = &[
    ("ACES 1.0 - SDR Video", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0"),
    ("ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-REC2020lim_1.1"),
    ("ACES 1.1 - HDR Video (1000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-P3lim_1.1"),
    ("ACES 1.0 - SDR Cinema", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA_1.0"),
    ("Un-tone-mapped", "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD"),
];

/// Views of the cg configs of ACES 1.
#[rustfmt::skip]
const CG_ACES1_VIEWS: &[(&str, &str)] = &[
    ("ACES 1.0 - SDR Video", ""),
    ("ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", ""),
    ("ACES 1.1 - HDR Video (1000 nits & P3 lim)", ""),
    ("ACES 1.0 - SDR Cinema", ""),
    ("Un-tone-mapped", ""),
];

/// Displays of the cg configs of ACES 1.
#[rustfmt::skip]
const CG_ACES1_DISPLAYS: &[(&str, &[usize])] = &[
    ("sRGB - Display", &[0, 4]),
    ("Display P3 - Display", &[0, 4]),
    ("Rec.1886 Rec.709 - Display", &[0, 4]),
    ("Rec.2100-PQ - Display", &[1, 4]),
    ("ST2084-P3-D65 - Display", &[2, 4]),
    ("P3-D65 - Display", &[3, 4]),
];

/// View transforms of the cg configs of ACES 2.
#[rustfmt::skip]
const CG_ACES2_VIEW_TRANSFORMS: &[(&str, &str)] = &[
    ("Un-tone-mapped", "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD"),
    ("Video (colorimetric)", ""),
    ("ACES 2.0 - SDR 100 nits (Rec.709)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0"),
    ("ACES 2.0 - SDR 100 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 1000 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 1000 nits (Rec.2020)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-REC2020_2.0"),
];

/// Views of the cg configs of ACES 2.
#[rustfmt::skip]
const CG_ACES2_VIEWS: &[(&str, &str)] = &[
    ("ACES 2.0 - SDR 100 nits (Rec.709)", "Any Scene-linear or Log"),
    ("ACES 2.0 - SDR 100 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 1000 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 1000 nits (Rec.2020)", "Any Scene-linear or Log"),
    ("Un-tone-mapped", "Any Scene-linear or Log"),
    ("Video (colorimetric)", "Any Video"),
];

/// View transforms of the studio configs of ACES 1.
#[rustfmt::skip]
const STUDIO_ACES1_VIEW_TRANSFORMS: &[(&str, &str)] = &[
    ("ACES 1.0 - SDR Video", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0"),
    ("ACES 1.0 - SDR Video (D60 sim on D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-D60sim-D65_1.0"),
    ("ACES 1.1 - SDR Video (P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-P3lim_1.1"),
    ("ACES 1.1 - SDR Video (Rec.709 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-REC709lim_1.1"),
    ("ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-REC2020lim_1.1"),
    ("ACES 1.1 - HDR Video (2000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-2000nit-15nit-REC2020lim_1.1"),
    ("ACES 1.1 - HDR Video (4000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-4000nit-15nit-REC2020lim_1.1"),
    ("ACES 1.1 - HDR Video (1000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-P3lim_1.1"),
    ("ACES 1.1 - HDR Video (2000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-2000nit-15nit-P3lim_1.1"),
    ("ACES 1.1 - HDR Video (4000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-4000nit-15nit-P3lim_1.1"),
    ("ACES 1.0 - SDR Cinema", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA_1.0"),
    ("ACES 1.1 - SDR Cinema (Rec.709 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-REC709lim_1.1"),
    ("ACES 1.0 - SDR Cinema (D60 sim on DCI)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D60sim-DCI_1.0"),
    ("ACES 1.1 - SDR Cinema (D60 sim on D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D60sim-D65_1.1"),
    ("ACES 1.1 - SDR Cinema (D65 sim on DCI)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D65sim-DCI_1.1"),
    ("ACES 1.1 - HDR Cinema (108 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-CINEMA-108nit-7.2nit-P3lim_1.1"),
    ("Un-tone-mapped", "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD"),
];

/// Views of the studio configs of ACES 1.
#[rustfmt::skip]
const STUDIO_ACES1_VIEWS: &[(&str, &str)] = &[
    ("ACES 1.0 - SDR Video", ""),
    ("ACES 1.0 - SDR Video (D60 sim on D65)", ""),
    ("ACES 1.1 - SDR Video (P3 lim)", ""),
    ("ACES 1.1 - SDR Video (Rec.709 lim)", ""),
    ("ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", ""),
    ("ACES 1.1 - HDR Video (2000 nits & Rec.2020 lim)", ""),
    ("ACES 1.1 - HDR Video (4000 nits & Rec.2020 lim)", ""),
    ("ACES 1.1 - HDR Video (1000 nits & P3 lim)", ""),
    ("ACES 1.1 - HDR Video (2000 nits & P3 lim)", ""),
    ("ACES 1.1 - HDR Video (4000 nits & P3 lim)", ""),
    ("ACES 1.0 - SDR Cinema", ""),
    ("ACES 1.1 - SDR Cinema (Rec.709 lim)", ""),
    ("ACES 1.0 - SDR Cinema (D60 sim on DCI)", ""),
    ("ACES 1.1 - SDR Cinema (D60 sim on D65)", ""),
    ("ACES 1.1 - SDR Cinema (D65 sim on DCI)", ""),
    ("ACES 1.1 - HDR Cinema (108 nits & P3 lim)", ""),
    ("Un-tone-mapped", ""),
];

/// Displays of the studio configs of ACES 1.
#[rustfmt::skip]
const STUDIO_ACES1_DISPLAYS: &[(&str, &[usize])] = &[
    ("sRGB - Display", &[0, 1, 16]),
    ("Display P3 - Display", &[0, 1, 16]),
    ("Rec.1886 Rec.709 - Display", &[0, 1, 16]),
    ("Rec.1886 Rec.2020 - Display", &[0, 2, 3, 16]),
    ("Rec.2100-HLG - Display", &[4, 16]),
    ("Rec.2100-PQ - Display", &[4, 5, 6, 16]),
    ("ST2084-P3-D65 - Display", &[7, 8, 9, 15, 16]),
    ("P3-D60 - Display", &[10, 16]),
    ("P3-D65 - Display", &[10, 11, 13, 16]),
    ("P3-DCI - Display", &[12, 14, 16]),
];

/// View transforms of the studio configs of ACES 2.
#[rustfmt::skip]
const STUDIO_ACES2_VIEW_TRANSFORMS: &[(&str, &str)] = &[
    ("Un-tone-mapped", "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD"),
    ("Video (colorimetric)", ""),
    ("ACES 2.0 - SDR 100 nits (Rec.709)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0"),
    ("ACES 2.0 - SDR 100 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 1000 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 500 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 2000 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 4000 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-P3-D65_2.0"),
    ("ACES 2.0 - HDR 500 nits (Rec.2020)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-500nit-REC2020_2.0"),
    ("ACES 2.0 - HDR 1000 nits (Rec.2020)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-1000nit-REC2020_2.0"),
    ("ACES 2.0 - HDR 2000 nits (Rec.2020)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-2000nit-REC2020_2.0"),
    ("ACES 2.0 - HDR 4000 nits (Rec.2020)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-4000nit-REC2020_2.0"),
    ("ACES 2.0 - HDR 108 nits (P3 D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-108nit-P3-D65_2.0"),
];

/// Views of the studio configs of ACES 2.
#[rustfmt::skip]
const STUDIO_ACES2_VIEWS: &[(&str, &str)] = &[
    ("ACES 2.0 - SDR 100 nits (Rec.709)", "Any Scene-linear or Log"),
    ("ACES 2.0 - SDR 100 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 1000 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 500 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 2000 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 4000 nits (P3 D65)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 500 nits (Rec.2020)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 1000 nits (Rec.2020)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 2000 nits (Rec.2020)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 4000 nits (Rec.2020)", "Any Scene-linear or Log"),
    ("ACES 2.0 - HDR 108 nits (P3 D65)", "Any Scene-linear or Log"),
    ("Un-tone-mapped", "Any Scene-linear or Log"),
    ("Video (colorimetric)", "Any Video"),
];

/// Oldest first, cg before studio.
#[rustfmt::skip]
pub(super) const CONFIGS: &[BuiltinConfig] = &[
    BuiltinConfig {
        name: "cg-config-v1.0.0_aces-v1.3_ocio-v2.1",
        version: Version::new(2, 1),
        view_transforms: CG_ACES1_VIEW_TRANSFORMS,
        shared_views: CG_ACES1_VIEWS,
        displays: &[
            ("sRGB - Display", &[0, 4]),
            ("Rec.1886 Rec.709 - Display", &[0, 4]),
            ("Rec.2100-PQ - Display", &[1, 4]),
            ("ST2084-P3-D65 - Display", &[2, 4]),
            ("P3-D65 - Display", &[3, 4]),
        ],
        active_displays: &[0, 1, 2, 3, 4],
        active_views: &[0, 1, 2, 3, 4, 5],
        spaces: &[121, 66, 68, 71, 72, 74, 122, 77, 78, 136, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148],
        named_transforms: &[22, 21],
        virtual_display: &[],
    },
    BuiltinConfig {
        name: "cg-config-v2.1.0_aces-v1.3_ocio-v2.3",
        version: Version::new(2, 3),
        view_transforms: CG_ACES1_VIEW_TRANSFORMS,
        shared_views: CG_ACES1_VIEWS,
        displays: CG_ACES1_DISPLAYS,
        active_displays: &[0, 1, 2, 3, 4, 5],
        active_views: &[0, 1, 2, 3, 4, 5],
        spaces: &[121, 66, 67, 68, 71, 72, 74, 122, 77, 78, 123, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135],
        named_transforms: &[22, 21],
        virtual_display: &[],
    },
    BuiltinConfig {
        name: "cg-config-v2.2.0_aces-v1.3_ocio-v2.4",
        version: Version::new(2, 4),
        view_transforms: CG_ACES1_VIEW_TRANSFORMS,
        shared_views: CG_ACES1_VIEWS,
        displays: CG_ACES1_DISPLAYS,
        active_displays: &[0, 1, 2, 3, 4, 5],
        active_views: &[0, 1, 2, 3, 4, 5],
        spaces: &[65, 66, 67, 68, 71, 72, 74, 76, 77, 78, 79, 106, 107, 108, 109, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120],
        named_transforms: &[21, 22],
        virtual_display: &[],
    },
    BuiltinConfig {
        name: "cg-config-v4.0.0_aces-v2.0_ocio-v2.5",
        version: Version::new(2, 5),
        view_transforms: CG_ACES2_VIEW_TRANSFORMS,
        shared_views: CG_ACES2_VIEWS,
        displays: &[
            ("sRGB - Display", &[0, 4, 5]),
            ("Gamma 2.2 Rec.709 - Display", &[0, 4, 5]),
            ("Display P3 - Display", &[1, 4, 5]),
            ("Display P3 HDR - Display", &[2, 0, 4, 5]),
            ("P3-D65 - Display", &[1, 0, 4, 5]),
            ("Rec.1886 Rec.709 - Display", &[0, 4, 5]),
            ("Rec.2100-PQ - Display", &[2, 3, 0, 4, 5]),
            ("ST2084-P3-D65 - Display", &[2, 0, 4, 5]),
        ],
        active_displays: &[0, 2, 3, 1, 4, 5, 6, 7],
        active_views: &[2, 3, 1, 0, 4, 5, 6],
        spaces: &[0, 1, 2, 3, 4, 59, 6, 8, 9, 10, 11, 12, 13, 44, 45, 46, 64, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58],
        named_transforms: &[11, 12],
        virtual_display: &[1, 4, 0, 5],
    },
    BuiltinConfig {
        name: "cg-config-v5.0.0_aces-v2.1_ocio-v2.6",
        version: Version::new(2, 6),
        view_transforms: CG_ACES2_VIEW_TRANSFORMS,
        shared_views: CG_ACES2_VIEWS,
        displays: &[
            ("sRGB - Display", &[0, 4, 5]),
            ("Gamma 2.2 Rec.709 - Display", &[0, 4, 5]),
            ("Display P3 - Display", &[1, 4, 5]),
            ("Display P3 HDR - Display", &[2, 0, 4, 5]),
            ("Gamma 2.6 P3-D65 - Display", &[1, 0, 4, 5]),
            ("Rec.1886 Rec.709 - Display", &[0, 4, 5]),
            ("Rec.2100-PQ - Display", &[2, 3, 0, 4, 5]),
            ("ST2084-P3-D65 - Display", &[2, 0, 4, 5]),
        ],
        active_displays: &[0, 2, 3, 1, 4, 5, 6, 7],
        active_views: &[2, 3, 1, 0, 4, 5, 6],
        spaces: &[0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 44, 45, 46, 47, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58],
        named_transforms: &[11, 12],
        virtual_display: &[0, 1, 4, 5],
    },
    BuiltinConfig {
        name: "studio-config-v1.0.0_aces-v1.3_ocio-v2.1",
        version: Version::new(2, 1),
        view_transforms: &[
            ("ACES 1.0 - SDR Video", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0"),
            ("ACES 1.0 - SDR Video (D60 sim on D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-D60sim-D65_1.0"),
            ("ACES 1.1 - SDR Video (P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-P3lim_1.1"),
            ("ACES 1.1 - SDR Video (Rec.709 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO-REC709lim_1.1"),
            ("ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-REC2020lim_1.1"),
            ("ACES 1.1 - HDR Video (2000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-2000nit-15nit-REC2020lim_1.1"),
            ("ACES 1.1 - HDR Video (4000 nits & Rec.2020 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-4000nit-15nit-REC2020lim_1.1"),
            ("ACES 1.1 - HDR Video (1000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-1000nit-15nit-P3lim_1.1"),
            ("ACES 1.1 - HDR Video (2000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-2000nit-15nit-P3lim_1.1"),
            ("ACES 1.1 - HDR Video (4000 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-VIDEO-4000nit-15nit-P3lim_1.1"),
            ("ACES 1.0 - SDR Cinema", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA_1.0"),
            ("ACES 1.1 - SDR Cinema (D60 sim on D65)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D60sim-D65_1.1"),
            ("ACES 1.1 - SDR Cinema (Rec.709 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-REC709lim_1.1"),
            ("ACES 1.0 - SDR Cinema (D60 sim on DCI)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D60sim-DCI_1.0"),
            ("ACES 1.1 - SDR Cinema (D65 sim on DCI)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA-D65sim-DCI_1.1"),
            ("ACES 1.1 - HDR Cinema (108 nits & P3 lim)", "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-CINEMA-108nit-7.2nit-P3lim_1.1"),
            ("Un-tone-mapped", "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD"),
        ],
        shared_views: &[
            ("ACES 1.0 - SDR Video", ""),
            ("ACES 1.0 - SDR Video (D60 sim on D65)", ""),
            ("ACES 1.1 - SDR Video (P3 lim)", ""),
            ("ACES 1.1 - SDR Video (Rec.709 lim)", ""),
            ("ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)", ""),
            ("ACES 1.1 - HDR Video (2000 nits & Rec.2020 lim)", ""),
            ("ACES 1.1 - HDR Video (4000 nits & Rec.2020 lim)", ""),
            ("ACES 1.1 - HDR Video (1000 nits & P3 lim)", ""),
            ("ACES 1.1 - HDR Video (2000 nits & P3 lim)", ""),
            ("ACES 1.1 - HDR Video (4000 nits & P3 lim)", ""),
            ("ACES 1.0 - SDR Cinema", ""),
            ("ACES 1.1 - SDR Cinema (D60 sim on D65)", ""),
            ("ACES 1.1 - SDR Cinema (Rec.709 lim)", ""),
            ("ACES 1.0 - SDR Cinema (D60 sim on DCI)", ""),
            ("ACES 1.1 - SDR Cinema (D65 sim on DCI)", ""),
            ("ACES 1.1 - HDR Cinema (108 nits & P3 lim)", ""),
            ("Un-tone-mapped", ""),
        ],
        displays: &[
            ("sRGB - Display", &[0, 1, 16]),
            ("Rec.1886 Rec.709 - Display", &[0, 1, 16]),
            ("Rec.1886 Rec.2020 - Display", &[0, 2, 3, 16]),
            ("Rec.2100-HLG - Display", &[4, 16]),
            ("Rec.2100-PQ - Display", &[4, 5, 6, 16]),
            ("ST2084-P3-D65 - Display", &[7, 8, 9, 15, 16]),
            ("P3-D60 - Display", &[10, 16]),
            ("P3-D65 - Display", &[10, 11, 12, 16]),
            ("P3-DCI - Display", &[13, 14, 16]),
        ],
        active_displays: &[0, 1, 2, 3, 4, 5, 6, 7, 8],
        active_views: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
        spaces: &[121, 66, 68, 69, 70, 71, 72, 73, 74, 75, 122, 77, 78, 136, 80, 81, 137, 138, 86, 85, 87, 88, 104, 105, 90, 91, 92, 93, 94, 95, 96, 97, 124, 99, 100, 101, 102, 103, 110, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148],
        named_transforms: &[15, 2, 3, 4, 18, 19, 20, 22, 23, 21, 14],
        virtual_display: &[],
    },
    BuiltinConfig {
        name: "studio-config-v2.1.0_aces-v1.3_ocio-v2.3",
        version: Version::new(2, 3),
        view_transforms: STUDIO_ACES1_VIEW_TRANSFORMS,
        shared_views: STUDIO_ACES1_VIEWS,
        displays: STUDIO_ACES1_DISPLAYS,
        active_displays: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        active_views: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
        spaces: &[121, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 122, 77, 78, 123, 80, 81, 83, 84, 86, 85, 87, 88, 104, 105, 89, 90, 91, 92, 93, 94, 95, 96, 97, 124, 99, 100, 101, 102, 103, 110, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135],
        named_transforms: &[15, 2, 3, 4, 16, 17, 18, 19, 20, 22, 23, 21, 14],
        virtual_display: &[],
    },
    BuiltinConfig {
        name: "studio-config-v2.2.0_aces-v1.3_ocio-v2.4",
        version: Version::new(2, 4),
        view_transforms: STUDIO_ACES1_VIEW_TRANSFORMS,
        shared_views: STUDIO_ACES1_VIEWS,
        displays: STUDIO_ACES1_DISPLAYS,
        active_displays: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        active_views: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
        spaces: &[65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120],
        named_transforms: &[0, 15, 2, 3, 4, 16, 17, 18, 19, 20, 21, 22, 23, 14],
        virtual_display: &[],
    },
    BuiltinConfig {
        name: "studio-config-v4.0.0_aces-v2.0_ocio-v2.5",
        version: Version::new(2, 5),
        view_transforms: STUDIO_ACES2_VIEW_TRANSFORMS,
        shared_views: STUDIO_ACES2_VIEWS,
        displays: &[
            ("sRGB - Display", &[0, 11, 12]),
            ("Gamma 2.2 Rec.709 - Display", &[0, 11, 12]),
            ("Display P3 - Display", &[1, 11, 12]),
            ("Display P3 HDR - Display", &[2, 0, 11, 12]),
            ("P3-D65 - Display", &[1, 0, 11, 12]),
            ("Rec.1886 Rec.709 - Display", &[0, 11, 12]),
            ("Rec.2100-HLG - Display", &[2, 11, 12]),
            ("Rec.2100-PQ - Display", &[3, 2, 4, 5, 6, 7, 8, 9, 0, 11, 12]),
            ("ST2084-P3-D65 - Display", &[10, 3, 2, 4, 5, 0, 11, 12]),
        ],
        active_displays: &[0, 2, 3, 1, 4, 5, 6, 7, 8],
        active_views: &[2, 7, 4, 8, 5, 9, 3, 6, 10, 1, 0, 11, 12, 13],
        spaces: &[0, 1, 2, 3, 4, 59, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 60, 61, 40, 41, 62, 63, 44, 45, 46, 64, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58],
        named_transforms: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        virtual_display: &[0, 11, 12, 1],
    },
    BuiltinConfig {
        name: "studio-config-v5.0.0_aces-v2.1_ocio-v2.6",
        version: Version::new(2, 6),
        view_transforms: STUDIO_ACES2_VIEW_TRANSFORMS,
        shared_views: STUDIO_ACES2_VIEWS,
        displays: &[
            ("sRGB - Display", &[0, 11, 12]),
            ("Gamma 2.2 Rec.709 - Display", &[0, 11, 12]),
            ("Display P3 - Display", &[1, 11, 12]),
            ("Display P3 HDR - Display", &[2, 0, 11, 12]),
            ("Gamma 2.6 P3-D65 - Display", &[1, 0, 11, 12]),
            ("Rec.1886 Rec.709 - Display", &[0, 11, 12]),
            ("Rec.2100-HLG - Display", &[2, 11, 12]),
            ("Rec.2100-PQ - Display", &[3, 2, 4, 5, 6, 7, 8, 9, 0, 11, 12]),
            ("ST2084-P3-D65 - Display", &[10, 3, 2, 4, 5, 0, 11, 12]),
        ],
        active_displays: &[0, 2, 3, 1, 4, 5, 6, 7, 8],
        active_views: &[2, 7, 4, 8, 5, 9, 3, 6, 10, 1, 0, 11, 12, 13],
        spaces: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58],
        named_transforms: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        virtual_display: &[0, 1, 11, 12],
    },
];
