//! Comparing pixels bit by bit, with a message that says where they first differ.

use crate::generate::positions;
use std::fmt;
use vfx_core::{ChannelSet, ImageSource, IoError, PlaneRef, Planes, Region, SampleType};

/// Reads all of a source; one [`Planes`] with a single plane a channel, so that subsampled ones have their own size.
///
/// # Errors
/// What the source says.
pub fn read_whole(source: &dyn ImageSource) -> Result<Vec<Planes>, IoError> {
    read_region(source, source.spec().data_window)
}

/// Reads a region of all channels, as [`read_whole`].
///
/// # Errors
/// What the source says.
pub fn read_region(source: &dyn ImageSource, region: Region) -> Result<Vec<Planes>, IoError> {
    let channels = &source.spec().channels;
    let mut planes: Vec<Planes> = channels
        .iter()
        .map(|c| {
            let width = positions(region.x0, region.x1, c.sampling.0).count();
            let height = positions(region.y0, region.y1, c.sampling.1).count();
            Planes::new(width, height, [c.format.sample])
        })
        .collect();
    let mut views: Vec<_> = planes.iter_mut().map(|p| p.plane_mut(0)).collect();
    source.read(region, &ChannelSet::all(channels.len()), &mut views)?;
    drop(views);
    Ok(planes)
}

/// The first sample in which two pictures differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// They have different channels, sizes or types.
    Shape {
        /// Of the first picture: `3 planes`, or `plane 1 is 64x48 u8`.
        first: String,
        /// Of the second.
        second: String,
    },
    /// A sample.
    Sample {
        /// Which plane.
        plane: usize,
        /// Column and row in it.
        at: (usize, usize),
        /// Value and bits in the first picture.
        first: String,
        /// Value and bits in the second.
        second: String,
        /// Samples that differ in all planes.
        count: usize,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { first, second } => write!(f, "{first} against {second}"),
            Self::Sample {
                plane,
                at: (x, y),
                first,
                second,
                count,
            } => write!(
                f,
                "{count} samples differ, first plane {plane} at {x},{y}: {first} against {second}"
            ),
        }
    }
}

/// Compares all bits, those of NaN included.
pub fn first_difference(a: &[Planes], b: &[Planes]) -> Option<Difference> {
    let shapes = |p: &[Planes]| -> Vec<PlaneShape> {
        p.iter()
            .flat_map(|p| p.views())
            .map(|v| PlaneShape(v.width(), v.height(), v.sample()))
            .collect()
    };
    let (sa, sb) = (shapes(a), shapes(b));
    if sa.len() != sb.len() {
        return Some(Difference::Shape {
            first: format!("{} planes", sa.len()),
            second: format!("{} planes", sb.len()),
        });
    }
    if let Some(i) = (0..sa.len()).find(|&i| sa[i] != sb[i]) {
        return Some(Difference::Shape {
            first: format!("plane {i} is {}", sa[i]),
            second: sb[i].to_string(),
        });
    }
    let mut first = None;
    let mut count = 0;
    let views = a
        .iter()
        .flat_map(Planes::views)
        .zip(b.iter().flat_map(Planes::views));
    for (plane, (va, vb)) in views.enumerate() {
        let size = va.sample().size();
        for y in 0..va.height() {
            if va.row_bytes(y) == vb.row_bytes(y) {
                continue;
            }
            let pairs = va
                .row_bytes(y)
                .chunks(size)
                .zip(vb.row_bytes(y).chunks(size));
            for (x, _) in pairs.enumerate().filter(|(_, (p, q))| p != q) {
                count += 1;
                first.get_or_insert_with(|| (plane, (x, y), show(&va, x, y), show(&vb, x, y)));
            }
        }
    }
    let (plane, at, first, second) = first?;
    Some(Difference::Sample {
        plane,
        at,
        first,
        second,
        count,
    })
}

#[derive(PartialEq)]
struct PlaneShape(usize, usize, SampleType);

impl fmt::Display for PlaneShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} {:?}", self.0, self.1, self.2)
    }
}

fn show(plane: &PlaneRef<'_>, x: usize, y: usize) -> String {
    match plane.sample() {
        SampleType::U8 => plane.row::<u8>(y)[x].to_string(),
        SampleType::U16 => plane.row::<u16>(y)[x].to_string(),
        SampleType::U32 => plane.row::<u32>(y)[x].to_string(),
        SampleType::F16 => {
            let v = plane.row::<half::f16>(y)[x];
            format!("{v} (0x{:04x})", v.to_bits())
        }
        SampleType::F32 => {
            let v = plane.row::<f32>(y)[x];
            format!("{v} (0x{:08x})", v.to_bits())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_names_the_first_sample() {
        let make = || vec![Planes::new(4, 2, [SampleType::F32])];
        let (a, mut b) = (make(), make());
        b[0].plane_mut(0).row::<f32>(1)[2] = f32::NAN;
        b[0].plane_mut(0).row::<f32>(1)[3] = -0.0;
        let text = first_difference(&a, &b).unwrap().to_string();
        assert_eq!(
            text,
            "2 samples differ, first plane 0 at 2,1: 0 (0x00000000) against NaN (0x7fc00000)"
        );
        assert!(first_difference(&b, &b).is_none());
        let c = vec![Planes::new(4, 2, [SampleType::U32])];
        assert!(matches!(
            first_difference(&a, &c),
            Some(Difference::Shape { .. })
        ));
    }
}
