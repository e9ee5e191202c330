//! Every shared OpenEXR file opens or fails with a typed error; the compression set decodes to the same samples.

mod support;

use support::*;
use vfx_exr::*;

/// Reads every level of every part of reasonable size; returns the levels read and the errors.
fn read_all(reader: &Reader) -> (usize, Vec<Error>) {
    let (mut good, mut bad) = (0, Vec::new());
    for part in 0..reader.headers().len() {
        for level in reader.levels(part) {
            if u64::from(level.width) * u64::from(level.height) > 1 << 24 {
                continue;
            }
            match read_level(reader, part, &level) {
                Ok(_) => good += 1,
                Err(e) => bad.push(e),
            }
        }
    }
    (good, bad)
}

#[test]
fn shared_files_open_or_fail_typed() {
    let Some(dir) = shared_files() else { return };
    let (mut opened, mut refused, mut levels) = (0, 0, 0);
    for path in files_below(&dir) {
        let name = path.strip_prefix(&dir).unwrap().display().to_string();
        if [".rst", ".txt", ".md"].iter().any(|e| name.ends_with(e)) || name.starts_with("LICENSE")
        {
            continue;
        }
        match Reader::open(std::fs::File::open(&path).unwrap(), &Limits::default()) {
            Ok(reader) => {
                opened += 1;
                let (good, bad) = read_all(&reader);
                levels += good;
                if let Some(e) = bad.first() {
                    println!("{name}: {good} levels read, {} not: {e} ({e:?})", bad.len());
                }
            }
            Err(e) => {
                refused += 1;
                println!("{name}: {e}");
                assert!(
                    !name.contains("ScanLines") && !name.contains("compression/"),
                    "{name}"
                );
            }
        }
    }
    println!("{opened} opened, {refused} refused, {levels} levels read");
    assert!(opened > 100);
}

fn samples(path: &std::path::Path) -> Vec<Vec<u8>> {
    let reader = Reader::open(std::fs::File::open(path).unwrap(), &Limits::default()).unwrap();
    read_level(&reader, 0, &reader.levels(0)[0]).unwrap()
}

#[test]
fn lossless_compressions_decode_alike() {
    let Some(dir) = shared_files() else { return };
    let dir = dir.join("compression");
    for kind in ["half", "float"] {
        let expected = samples(&dir.join(format!("{kind}_scan_none.exr")));
        for layout in ["scan", "tile32"] {
            for method in ["rle", "zips", "zip", "piz"] {
                let path = dir.join(format!("{kind}_{layout}_{method}.exr"));
                if path.exists() && (method != "piz" || Compression::Piz.can_read()) {
                    assert!(samples(&path) == expected, "{}", path.display());
                }
            }
        }
    }
}

#[test]
fn lossy_compressions_decode_as_the_reference_did() {
    let Some(dir) = shared_files() else { return };
    let mut compared = 0;
    for path in files_below(&dir.join("compression")) {
        let Some(stem) = path.to_str().and_then(|p| p.strip_suffix(".decoded.exr")) else {
            continue;
        };
        let packed = std::path::PathBuf::from(format!("{stem}.exr"));
        let reader =
            Reader::open(std::fs::File::open(&packed).unwrap(), &Limits::default()).unwrap();
        if reader.headers()[0].compression.can_read() {
            assert!(samples(&packed) == samples(&path), "{}", packed.display());
            compared += 1;
        }
    }
    assert!(compared >= 3, "{compared}");
}

#[test]
fn rewritten_header_keeps_every_attribute() {
    let Some(dir) = shared_files() else { return };
    let mut kept = 0;
    for path in files_below(&dir.join("openexr-images")) {
        let Ok(reader) = Reader::open(std::fs::File::open(&path).unwrap(), &Limits::default())
        else {
            continue;
        };
        let mut headers = reader.headers().to_vec();
        if headers
            .iter()
            .any(|h| h.is_deep() || h.data_window.height() > 100_000)
        {
            continue;
        }
        for h in &mut headers {
            h.compression = Compression::None;
        }
        let mut file = std::io::Cursor::new(Vec::new());
        if Writer::create(&mut file, headers.clone()).is_err() {
            continue;
        }
        let again = Reader::open(file.into_inner(), &Limits::default()).unwrap();
        for (a, b) in headers.iter().zip(again.headers()) {
            assert_eq!(a.attributes, b.attributes, "{}", path.display());
            assert_eq!(
                (a.data_window, a.display_window, a.tiles),
                (b.data_window, b.display_window, b.tiles)
            );
            kept += 1;
        }
    }
    assert!(kept > 20, "{kept}");
}
