//! The metadata of every public EXR, TIFF, PNG and DPX file against OpenImageIO's: names and values.
//!
//! Compared are the first levels of the parts of files in which both find as many. Counts stand in `metadata.md`, renewed
//! by `cargo xtask bless`; the test fails when an attribute listed there is equal in fewer places than before, or different
//! or missing in more.

mod metadata;

use metadata::table::{self, Counts};
use metadata::values;
use std::collections::BTreeMap;
use vfx_io::OpenOptions;
use vfx_testkit::{peers, workspace};

const AREAS: &[&str] = &["exr", "tiff", "png", "dpx"];

/// What has a place of its own in our specs and layouts, or is worked out from what is compared already: not compared.
const NOT_COMPARED: &[&str] = &[
    "oiio:BitsPerSample",
    "oiio:RowsPerChunk",
    "oiio:miplevels",
    "oiio:subimages",
    "openexr:chunkCount",
    "planarconfig",
    "thumbnail_height",
    "thumbnail_nchannels",
    "thumbnail_width",
    "tiff:BitsPerSample",
    "tiff:ColorSpace",
    "tiff:Compression",
    "tiff:PhotometricInterpretation",
    "tiff:PlanarConfiguration",
    "tiff:RowsPerStrip",
    "tiff:UnassociatedAlpha",
    "tiff:subfiletype",
];

fn compared(name: &str) -> bool {
    !NOT_COMPARED.contains(&name) && !name.starts_with("ICCProfile:")
}

/// The row of an attribute: `a0`, `a1` ... of files that hold thousands are one.
fn row(area: &str, name: &str) -> (String, String) {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = stem.len() < name.len();
    let name = if numbered {
        format!("{stem}#")
    } else {
        name.into()
    };
    (area.into(), name)
}

#[test]
fn metadata_is_as_in_openimageio() {
    let mut files = Vec::new();
    for area in AREAS {
        let Some(folder) = workspace::data(area) else {
            return;
        };
        files.extend(workspace::files(&folder).into_iter().map(|f| (*area, f)));
    }
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let (list, answers) = (folder.path().join("list"), folder.path().join("answers"));
    let lines: Vec<_> = files.iter().map(|f| f.1.display().to_string()).collect();
    std::fs::write(&list, lines.join("\n")).expect("the scratch folder can be written");
    let args = [&list, &answers].map(|p| p.to_str().expect("a plain path"));
    if peers::script("oiio_metadata.py", &["OpenImageIO", "numpy"], &args).is_none() {
        return;
    }
    let answers = std::fs::read(&answers).expect("answers");
    let theirs = values::theirs(&String::from_utf8_lossy(&answers));

    let mut counts: BTreeMap<(String, String), Counts> = BTreeMap::new();
    for (number, (area, path)) in files.iter().enumerate() {
        let Ok(file) = vfx_io::open(path, &OpenOptions::default()) else {
            continue;
        };
        // Where a page is left out the others have moved.
        let theirs = theirs.get(&number).filter(|t| t.len() == file.parts.len());
        let specs = file.parts.iter().map(|p| p.levels[0].spec());
        for (spec, theirs) in specs.zip(theirs.into_iter().flatten()) {
            let mut ours = values::ours(spec, theirs);
            for (name, theirs) in theirs.iter().filter(|t| compared(t.0)) {
                let count = counts.entry(row(area, name)).or_default();
                count.add(ours.remove(name).as_ref(), Some(theirs));
            }
            for (name, value) in ours.iter().filter(|o| compared(o.0)) {
                let count = counts.entry(row(area, name)).or_default();
                count.add(Some(value), None);
            }
        }
    }
    println!("{}", table::scores(&counts));
    let page = workspace::root().join("crates/vfx-testkit/metadata.md");
    if std::env::var_os("VFX_BLESS").is_some() {
        std::fs::write(&page, table::page(&counts)).expect("metadata.md can be written");
        return;
    }
    let blessed = std::fs::read_to_string(&page).unwrap_or_default();
    let worse = table::regressions(&blessed, &counts);
    assert!(
        worse.is_empty(),
        "worse than metadata.md:\n{}",
        worse.join("\n")
    );
}
