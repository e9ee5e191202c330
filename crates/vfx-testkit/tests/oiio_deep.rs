//! Flatten, deepmerge and deepholdout of every shared deep file, against OpenImageIO.
//!
//! Two differences are meant: ids are those of the front sample (OpenImageIO mixes their numbers), and samples at one depth are merged by the rules of the
//! standard (OpenImageIO composites them in file order).

use vfx::{Image, SaveOptions, Session};
use vfx_core::SampleFormat;
use vfx_testkit::{peers, workspace};

#[test]
fn deep_operations_agree_with_openimageio() {
    let Some(data) = workspace::data("exr") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let session = Session::default();
    let mut args = Vec::new();
    for (i, path) in workspace::files(&data).iter().enumerate() {
        let exr = path.extension().is_some_and(|e| e == "exr");
        let Ok(file) = session.open(path) else {
            continue;
        };
        let Ok(image) = file.image(0, 0) else {
            continue;
        };
        // OpenImageIO flattens nothing without alpha.
        if !exr || image.deep().is_none() || image.spec().alpha_index().is_none() {
            continue;
        }
        let out = |what: &str| dir.path().join(format!("{i}.{what}.exr"));
        let float = SaveOptions {
            format: Some(SampleFormat::F32),
            ..SaveOptions::default()
        };
        let (flat, merged, held) = (out("flat"), out("merged"), out("held"));
        image.flattened().save_with(&flat, &float).unwrap();
        let both = [image.clone(), image.clone()];
        let made = |name: &str| Image::apply(name, &both, &Default::default()).unwrap();
        made("deepmerge").save(&merged).unwrap();
        made("deepholdout").save(&held).unwrap();
        for p in [path, &flat, &merged, &held] {
            args.push(p.display().to_string());
        }
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert!(args.len() >= 4 * 4, "{} deep files", args.len() / 4);
    let Some(text) = peers::script("oiio_deep.py", &["OpenImageIO", "numpy"], &args) else {
        return;
    };
    print!("{text}");
    assert_eq!(text.lines().count(), args.len() / 4);
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| fields[i].parse::<f64>().unwrap();
        assert!(number(1) < 1e-6, "flattened: {line}");
        assert_eq!((fields[2], fields[3]), ("0", "0"), "sample counts: {line}");
        // Merged samples are rounded to half once here, several times there.
        assert!(number(4) < 1e-3, "merged: {line}");
    }
}
