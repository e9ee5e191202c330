//! The shape of a line of facts, and the numbers that lines share: matrices from camera gamuts to AP0 and log curves.
//!
//! Numbers as the OpenColorIO Configs for ACES print them (15 digits); each comes from the maker's paper through the
//! generator of those configs.

/// What a space is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scene,
    Display,
    Data,
}

/// One step of a transform.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// A built-in transform.
    Builtin(&'static str),
    /// A 3 x 3 matrix.
    Matrix(&'static [f64; 9]),
    /// The matrix that changes nothing.
    Identity,
    /// Encoded from linear by a power; negatives pass.
    Power(f64),
    /// Encoded from linear by a power with a linear toe: exponent and offset.
    Toe(f64, f64),
    /// Linear from a camera's log.
    Camera(&'static Camera),
}

/// A log curve with a linear part, from linear to encoded.
pub(super) struct Camera {
    pub base: f64,
    /// Slope and offset.
    pub log_side: [f64; 2],
    /// Slope and offset.
    pub lin_side: [f64; 2],
    pub lin_break: f64,
    pub linear_slope: Option<f64>,
}

/// The transform of a space, by its reference.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// To the reference (or forward).
    To(&'static [Step]),
    /// From the reference (or the inverse).
    From(&'static [Step]),
    /// It is the reference, or data.
    None,
}

/// A line of the table of spaces; lists are separated by `|`.
pub(super) struct Space {
    pub kind: Kind,
    pub name: &'static str,
    pub aliases: &'static str,
    pub interop_id: &'static str,
    pub family: &'static str,
    pub categories: &'static str,
    pub encoding: &'static str,
    pub side: Side,
}

/// A line of the table of named transforms.
pub(super) struct Named {
    pub name: &'static str,
    pub aliases: &'static str,
    pub family: &'static str,
    pub categories: &'static str,
    pub encoding: &'static str,
    pub side: Side,
}

#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
pub(super) const fn space(
    kind: Kind,
    name: &'static str,
    aliases: &'static str,
    interop_id: &'static str,
    family: &'static str,
    categories: &'static str,
    encoding: &'static str,
    side: Side,
) -> Space {
    Space {
        kind,
        name,
        aliases,
        interop_id,
        family,
        categories,
        encoding,
        side,
    }
}

pub(super) const fn named(
    name: &'static str,
    aliases: &'static str,
    family: &'static str,
    categories: &'static str,
    encoding: &'static str,
    side: Side,
) -> Named {
    Named {
        name,
        aliases,
        family,
        categories,
        encoding,
        side,
    }
}

/// From the named gamut to AP0.
pub(super) const P3_D65_TO_AP0: [f64; 9] = [
    2.02490528596679,
    -0.689069761034766,
    -0.335835524932019,
    -0.183597032256178,
    1.28950620775902,
    -0.105909175502841,
    0.00905856112234766,
    -0.0592796840575522,
    1.0502211229352,
];

/// From the named gamut to AP0.
pub(super) const REC_2020_TO_AP0: [f64; 9] = [
    1.49040952054172,
    -0.26617091926613,
    -0.224238601275593,
    -0.0801674998722558,
    1.18216712109757,
    -0.10199962122531,
    0.00322763119162216,
    -0.0347764757450576,
    1.03154884455344,
];

/// From the named gamut to AP0.
pub(super) const REC_709_SRGB_TO_AP0: [f64; 9] = [
    2.52168618674388,
    -1.13413098823972,
    -0.387555198504164,
    -0.276479914229922,
    1.37271908766826,
    -0.096239173438334,
    -0.0153780649660342,
    -0.152975335867399,
    1.16835340083343,
];

/// From the named gamut to AP0.
pub(super) const SRGB_ENCODED_AP1_TO_AP0: [f64; 9] = [
    1.45143931614567,
    -0.23651074689374,
    -0.214928569251925,
    -0.0765537733960206,
    1.17622969983357,
    -0.0996759264375522,
    0.00831614842569772,
    -0.00603244979102102,
    0.997716301365323,
];

/// From the named gamut to AP0.
pub(super) const ADOBERGB_TO_AP0: [f64; 9] = [
    1.72456031681181,
    -0.419993594161504,
    -0.304566722650304,
    -0.276479914229922,
    1.37271908766826,
    -0.0962391734383339,
    -0.0261255258256649,
    -0.0901747806551909,
    1.11630030648086,
];

/// From the named gamut to AP0.
pub(super) const CIE_XYZ_D65_TO_AP0: [f64; 9] = [
    0.938279849239345,
    -0.00445144581227847,
    0.0166275235564231,
    0.337368890823117,
    0.729521566676754,
    -0.066890457499083,
    0.00117395084939056,
    -0.00371070640198378,
    1.09159450636463,
];

/// From the named gamut to AP0.
pub(super) const ARRI_WIDE_GAMUT_3_TO_AP0: [f64; 9] = [
    0.680205505106279,
    0.236136601606481,
    0.0836578932872399,
    0.0854149797421404,
    1.01747087860704,
    -0.102885858349182,
    0.00205652166929683,
    -0.0625625003847921,
    1.0605059787155,
];

/// From the named gamut to AP0.
pub(super) const ARRI_WIDE_GAMUT_4_TO_AP0: [f64; 9] = [
    0.750957362824734,
    0.144422786709757,
    0.104619850465509,
    0.000821837079380207,
    1.007397584885,
    -0.00821942196438358,
    -0.000499952143533471,
    -0.000854177231436971,
    1.00135412937497,
];

/// From the named gamut to AP0.
pub(super) const BMD_WIDEGAMUT_GEN5_TO_AP0: [f64; 9] = [
    0.647091325580708,
    0.242595385134207,
    0.110313289285085,
    0.0651915997328519,
    1.02504756760476,
    -0.0902391673376125,
    -0.0275570729194699,
    -0.0805887097177784,
    1.10814578263725,
];

/// From the named gamut to AP0.
pub(super) const DAVINCI_WIDEGAMUT_TO_AP0: [f64; 9] = [
    0.748270290272981,
    0.167694659554328,
    0.0840350501726906,
    0.0208421234689102,
    1.11190474268894,
    -0.132746866157851,
    -0.0915122574225729,
    -0.127746712807307,
    1.21925897022988,
];

/// From the named gamut to AP0.
pub(super) const CINEMAGAMUT_D55_TO_AP0: [f64; 9] = [
    0.763064454775734,
    0.14902116113706,
    0.0879143840872056,
    0.00365745670512393,
    1.10696038037622,
    -0.110617837081339,
    -0.0094077940457189,
    -0.218383304989987,
    1.22779109903571,
];

/// From the named gamut to AP0.
pub(super) const V_GAMUT_TO_AP0: [f64; 9] = [
    0.72461670413153,
    0.166915288193706,
    0.108468007674764,
    0.021390245413146,
    0.984908155703054,
    -0.00629840111620089,
    -0.00923556287076561,
    -0.00105690563900513,
    1.01029246850977,
];

/// From the named gamut to AP0.
pub(super) const REDWIDEGAMUTRGB_TO_AP0: [f64; 9] = [
    0.785058804068092,
    0.0838587565440846,
    0.131082439387823,
    0.0231738348454756,
    1.08789754919233,
    -0.111071384037806,
    -0.0737604353682082,
    -0.314590072290208,
    1.38835050765842,
];

/// From the named gamut to AP0.
pub(super) const S_GAMUT3_TO_AP0: [f64; 9] = [
    0.75298259539984,
    0.143370216235557,
    0.103647188364603,
    0.0217076974414429,
    1.01531883550528,
    -0.0370265329467195,
    -0.00941605274963355,
    0.00337041785882367,
    1.00604563489081,
];

/// From the named gamut to AP0.
pub(super) const S_GAMUT3_CINE_TO_AP0: [f64; 9] = [
    0.638788667185978,
    0.272351433711262,
    0.0888598991027595,
    -0.00391590602528224,
    1.0880732308974,
    -0.0841573248721177,
    -0.0299072021239151,
    -0.0264325799101947,
    1.05633978203411,
];

/// From the named gamut to AP0.
pub(super) const VENICE_S_GAMUT3_TO_AP0: [f64; 9] = [
    0.793329741146434,
    0.0890786256206771,
    0.117591633232888,
    0.0155810585252582,
    1.03271230692988,
    -0.0482933654551394,
    -0.0188647477991488,
    0.0127694120973433,
    1.0060953357018,
];

/// From the named gamut to AP0.
pub(super) const VENICE_S_GAMUT3_CINE_TO_AP0: [f64; 9] = [
    0.674257092126512,
    0.220571735923397,
    0.10517117195009,
    -0.00931360607857167,
    1.10595886142466,
    -0.0966452553460855,
    -0.0382090673002312,
    -0.017938376600236,
    1.05614744390047,
];

/// From the named gamut to AP0.
pub(super) const VENICE_S_GAMUT3_TO_AP0_2: [f64; 9] = [
    0.793329741146434,
    0.089078625620677,
    0.117591633232888,
    0.0155810585252582,
    1.03271230692988,
    -0.0482933654551394,
    -0.0188647477991488,
    0.0127694120973433,
    1.00609533570181,
];

/// From the named gamut to AP0.
pub(super) const ARRI_WIDE_GAMUT_3_TO_AP0_2: [f64; 9] = [
    0.680205505106279,
    0.236136601606481,
    0.0836578932872398,
    0.0854149797421404,
    1.01747087860704,
    -0.102885858349182,
    0.00205652166929683,
    -0.0625625003847921,
    1.06050597871549,
];

/// From the named gamut to AP0.
pub(super) const D_GAMUT_TO_AP0: [f64; 9] = [
    0.691279245585754,
    0.214382527745956,
    0.0943382266682902,
    0.0662224037667752,
    1.0116160801876,
    -0.0778384839543733,
    -0.0172985410341745,
    -0.0773788501012682,
    1.09467739113544,
];

/// From the named gamut to AP0.
pub(super) const APPLE_WIDE_GAMUT_TO_AP0: [f64; 9] = [
    0.694961049318096,
    0.241405268785364,
    0.06363368189654,
    0.0473627464149326,
    1.00429592505428,
    -0.0516586714692157,
    -0.021989789359883,
    -0.0289891049714743,
    1.05097889433136,
];

/// Parameters of the curve, linear to encoded.
pub(super) const LOGC3_EI800: Camera = Camera {
    base: 10.0,
    log_side: [0.247189638318671, 0.385536998692443],
    lin_side: [5.55555555555556, 0.0522722750251688],
    lin_break: 0.0105909904954696,
    linear_slope: None,
};

/// Parameters of the curve, linear to encoded.
pub(super) const LOGC4: Camera = Camera {
    base: 2.0,
    log_side: [0.0647954196341293, -0.295908392682586],
    lin_side: [2231.82630906769, 64.0],
    lin_break: -0.0180569961199113,
    linear_slope: None,
};

/// Parameters of the curve, linear to encoded.
#[expect(clippy::approx_constant, reason = "the digits of the configs")]
pub(super) const BMDFILM_GEN5: Camera = Camera {
    base: 2.71828182845905,
    log_side: [0.0869287606549122, 0.530013339229194],
    lin_side: [1.0, 0.00549407243225781],
    lin_break: 0.005,
    linear_slope: None,
};

/// Parameters of the curve, linear to encoded.
pub(super) const DAVINCI_INTERMEDIATE: Camera = Camera {
    base: 2.0,
    log_side: [0.07329248, 0.51304736],
    lin_side: [1.0, 0.0075],
    lin_break: 0.00262409,
    linear_slope: Some(10.44426855),
};

/// Parameters of the curve, linear to encoded.
pub(super) const V_LOG: Camera = Camera {
    base: 10.0,
    log_side: [0.241514, 0.598206],
    lin_side: [1.0, 0.00873],
    lin_break: 0.01,
    linear_slope: None,
};

/// Parameters of the curve, linear to encoded.
pub(super) const LOG3G10: Camera = Camera {
    base: 10.0,
    log_side: [0.224282, 0.0],
    lin_side: [155.975327, 2.55975327],
    lin_break: -0.01,
    linear_slope: None,
};

/// Parameters of the curve, linear to encoded.
pub(super) const S_LOG3: Camera = Camera {
    base: 10.0,
    log_side: [0.255620723362659, 0.410557184750733],
    lin_side: [5.26315789473684, 0.0526315789473684],
    lin_break: 0.01125,
    linear_slope: Some(6.62194371177582),
};

/// Parameters of the curve, linear to encoded.
pub(super) const D_LOG: Camera = Camera {
    base: 10.0,
    log_side: [0.256662970719888, 0.58455504907396],
    lin_side: [0.9892, 0.0108],
    lin_break: 0.00758078675,
    linear_slope: None,
};
