//! The parsers against arbitrary and damaged bytes: they answer, they never panic, and what they accept is inside the limits.

use std::path::Path;

use proptest::prelude::*;
use vfx_lutbox::bson::{Document, Writer};
use vfx_lutbox::files::Grade;
use vfx_lutbox::{AxisOrder, CdlValues, Cube, files, opengradeio};

fn nested(depth: usize) -> Vec<u8> {
    (1..depth).fold(Writer::new().finish(), |inner, _| {
        Writer::new().document("d", &inner).finish()
    })
}

#[test]
fn depth_and_elements_are_limited() {
    assert!(Document::parse(&nested(8)).is_ok());
    assert!(Document::parse(&nested(9)).is_err());
    let many = |n: i32| (0..n).fold(Writer::new(), |w, i| w.int32("k", i)).finish();
    assert!(Document::parse(&many(1024)).is_ok());
    assert!(Document::parse(&many(1025)).is_err());
    assert!(Document::parse(&Writer::new().int32(&"k".repeat(256), 0).finish()).is_ok());
    assert!(Document::parse(&Writer::new().int32(&"k".repeat(257), 0).finish()).is_err());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = opengradeio::parse(&bytes);
        let _ = files::raw(&bytes);
        let _ = files::json(&bytes);
        for name in ["a.cube", "a.clf", "a.3dl", "a.cc"] {
            let _ = files::parse(&bytes, Path::new(name));
        }
    }

    #[test]
    fn damaged_frames_are_answered(at in 0usize..253, to in any::<u8>()) {
        let mut frame = opengradeio::client::set_lut(Some("A"), &Cube::identity(2), AxisOrder::BlueFastest);
        let at = at % frame.len();
        frame[at] = to;
        let _ = opengradeio::parse(&frame);
    }

    #[test]
    fn every_prefix_of_a_frame_is_refused(cut in 0usize..200) {
        let frame = opengradeio::client::set_cdl(Some("A"), &CdlValues::default());
        prop_assume!(cut < frame.len());
        prop_assert!(Document::parse(&frame[..cut]).is_err());
    }

    #[test]
    fn cube_text_keeps_bits(bits in proptest::collection::vec(any::<[u32; 3]>(), 8)) {
        let entries: Vec<[f32; 3]> = bits.iter().map(|e| e.map(f32::from_bits)).collect();
        prop_assume!(entries.iter().flatten().all(|v| v.is_finite()));
        let cube = Cube::new(AxisOrder::RedFastest, entries).unwrap();
        let text = files::text(&cube.clone().into(), "cube").unwrap();
        let Grade::Lut(again) = files::parse(text.as_bytes(), Path::new("a.cube")).unwrap() else {
            panic!("no LUT");
        };
        prop_assert!(again.shaper.is_none());
        let again = again.cube;
        let raw = |c: &Cube| -> Vec<[u32; 3]> { c.entries().iter().map(|e| e.map(f32::to_bits)).collect() };
        prop_assert_eq!(raw(&again), raw(&cube));
    }
}
