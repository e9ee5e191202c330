//! Hostile colour files: headers that ask for a billion entries and values that are no numbers. Each is refused with the file,
//! its line and what was expected, before anything of that size is allocated.

use std::path::Path;
use vfx_color::ColorError;
use vfx_color::file::{self, FileOptions};

fn refused(name: &str, text: &[u8]) -> ColorError {
    match file::parse(text, Path::new(name), &FileOptions::default()) {
        Ok(_) => panic!(
            "{name}: {} was read",
            String::from_utf8_lossy(&text[..text.len().min(120)])
        ),
        Err(e) => e,
    }
}

/// An error with a line, or of XML and binaries with a place in words.
fn placed(name: &str, e: &ColorError) {
    let said = e.to_string();
    match e {
        ColorError::File { line, path, .. } => {
            assert!(path.ends_with(name), "{said}");
            assert!(*line > 0 || name.ends_with("icc"), "{name}: {said}");
        }
        ColorError::Limit { .. } => {}
        _ => panic!("{name}: {said}"),
    }
}

/// The most memory this process has held, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

const CLF: &str = "<?xml version=\"1.0\"?>\n<ProcessList compCLFversion=\"3\" id=\"x\">\n";

#[test]
fn billion_entry_headers_are_refused_within_bounds() {
    let before = peak();
    let shaper = "2\n0 1\n0 1\n".repeat(3);
    let clf = |array: &str| format!("{CLF}{array}\n0 0 0\n</Array></LUT3D></ProcessList>");
    let cases: Vec<(&str, String)> = vec![
        ("a.cube", "LUT_3D_SIZE 1000\n0 0 0\n".into()),
        ("b.cube", "LUT_1D_SIZE 1000000000\n0 0 0\n".into()),
        ("c.cube", "LUT_3D_SIZE 99999999999999999999999\n0 0 0\n".into()),
        ("a.itx", "LUT_3D_SIZE 1000\n0 0 0\n".into()),
        ("a.spi1d", "Version 1\nFrom 0 1\nLength 1000000000\nComponents 1\n{\n0\n}\n".into()),
        ("a.spi3d", "SPILUT 1.0\n3 3\n1000 1000 1000\n0 0 0 0 0 0\n".into()),
        ("a.csp", format!("CSPLUTV100\n3D\n\n{shaper}\n1000 1000 1000\n0 0 0\n")),
        ("b.csp", "CSPLUTV100\n3D\n\n1000000000\n0 1\n0 1\n".into()),
        ("c.csp", format!("CSPLUTV100\n1D\n\n{shaper}\n1000000000\n0 0 0\n")),
        ("a.3dl", "3DMESH\nMesh 30 12\n0 1023\n0 0 0\n".into()),
        ("a.cub", "# Truelight Cube v2.0\n# iDims 3\n# oDims 3\n# width 1000 1000 1000\n# Cube\n0 0 0\n".into()),
        ("b.cub", "# Truelight Cube v2.0\n# iDims 3\n# oDims 3\n# width 2 2 2\n# lutLength 1000000000\n# InputLUT\n0 0 0\n".into()),
        ("a.lut", "Version\t3\nFormat any\nType 3D+1D\nFrom 0 1\nTo 0 1\nBlack 0\nWhite 1\nLength 1000 1000000000\nLUT:\nPre {\n0\n}\n".into()),
        ("b.lut", "LUT: 1 1000000000\n0\n".into()),
        ("a.vf", "#Inventor V2.1 ascii\ngrid_size 1000 1000 1000\nelement_size 3\ndata [\n0 0 0\n]\n".into()),
        ("a.m3d", "channel 3d\nin 1000000000\nout 4096\nformat lut\nvalues\n0 0 0 0\n".into()),
        ("a.clf", clf("<LUT3D id=\"l\" inBitDepth=\"32f\" outBitDepth=\"32f\">\n<Array dim=\"1000 1000 1000 3\">")),
        ("b.clf", clf("<LUT1D id=\"l\" inBitDepth=\"32f\" outBitDepth=\"32f\">\n<Array dim=\"1000000000 3\">").replace("LUT3D", "LUT1D")),
        ("a.ctf", clf("<LUT3D inBitDepth=\"32f\" outBitDepth=\"32f\">\n<Array dim=\"1000 1000 1000 3\">").replace("compCLFversion=\"3\"", "version=\"2.0\"")),
    ];
    for (name, text) in &cases {
        placed(name, &refused(name, text.as_bytes()));
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        assert!(after - before < 64 << 10, "{} KiB more", after - before);
    }
}

#[test]
fn icc_counts_beyond_the_file_are_refused() {
    let mut bytes = vec![0u8; 200];
    bytes[16..20].copy_from_slice(b"RGB ");
    bytes[36..40].copy_from_slice(b"acsp");
    bytes[128..132].copy_from_slice(&u32::MAX.to_be_bytes());
    placed("a.icc", &refused("a.icc", &bytes));
    bytes[128..132].copy_from_slice(&1u32.to_be_bytes());
    bytes[132..136].copy_from_slice(b"A2B0");
    bytes[136..140].copy_from_slice(&u32::MAX.to_be_bytes());
    bytes[140..144].copy_from_slice(&u32::MAX.to_be_bytes());
    placed("b.icc", &refused("b.icc", &bytes));
}

#[test]
fn values_that_are_no_finite_numbers_are_refused() {
    for value in ["nan", "inf", "-inf", "1e999"] {
        let cases: Vec<(&str, String)> = vec![
            ("a.cube", format!("LUT_1D_SIZE 2\n0 0 0\n1 {value} 1\n")),
            (
                "a.spi1d",
                format!("Version 1\nFrom 0 1\nLength 2\nComponents 1\n{{\n0\n{value}\n}}\n"),
            ),
            (
                "b.spi1d",
                format!("Version 1\nFrom 0 {value}\nLength 2\nComponents 1\n{{\n0\n1\n}}\n"),
            ),
            ("a.spimtx", format!("1 0 0 0\n0 {value} 0 0\n0 0 1 0\n")),
            (
                "a.itx",
                format!("LUT_3D_SIZE 2\n{}0 0 {value}\n", "0 0 0\n".repeat(7)),
            ),
            (
                "a.clf",
                format!(
                    "{CLF}<Matrix inBitDepth=\"32f\" outBitDepth=\"32f\">\n<Array dim=\"3 3\">1 0 0 0 {value} 0 0 0 1</Array></Matrix></ProcessList>"
                ),
            ),
            (
                "a.cc",
                format!(
                    "<ColorCorrection id=\"a\">\n<SOPNode><Slope>1 {value} 1</Slope></SOPNode></ColorCorrection>"
                ),
            ),
        ];
        for (name, text) in &cases {
            let e = refused(name, text.as_bytes());
            placed(name, &e);
        }
    }
}

#[test]
fn unknown_content_is_an_error_that_names_the_file() {
    let e = refused("x.txt", b"nothing that anybody knows\n");
    assert!(e.to_string().contains("x.txt"), "{e}");
    assert!(matches!(e, ColorError::UnknownFormat { .. }));
    let e = file::load(Path::new("/nowhere/x.cube"), &FileOptions::default()).unwrap_err();
    assert!(e.to_string().contains("/nowhere/x.cube"), "{e}");
}
