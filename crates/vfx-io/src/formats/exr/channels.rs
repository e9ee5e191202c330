//! Order of channels: files sort them by name, people and OpenImageIO want R G B A first in every layer.

use vfx_core::{Channel, SampleFormat};
use vfx_exr::SampleType;

/// Names that come first in their layer, in this order, whatever their case.
const FIRST: [&str; 21] = [
    "R", "Red", "G", "Green", "B", "Blue", "Y", "real", "imag", "RY", "BY", "A", "Alpha", "AR",
    "RA", "AG", "GA", "AB", "BA", "Z", "Depth",
];

/// The index into the file's channels of each channel of the spec: by layer (unnamed first), then known names.
pub(super) fn order(channels: &[vfx_exr::Channel]) -> Vec<usize> {
    let key = |i: usize| {
        let name = &channels[i].name;
        let (layer, base) = name.rsplit_once('.').unwrap_or(("", name));
        let rank = FIRST
            .iter()
            .position(|f| f.eq_ignore_ascii_case(base))
            .unwrap_or(FIRST.len());
        (layer.to_owned(), rank, i)
    };
    let mut order: Vec<usize> = (0..channels.len()).collect();
    order.sort_by_cached_key(|&i| key(i));
    order
}

pub(super) fn to_core(c: &vfx_exr::Channel) -> Channel {
    let format = match c.sample_type {
        SampleType::Uint => SampleFormat::U32,
        SampleType::Half => SampleFormat::F16,
        SampleType::Float => SampleFormat::F32,
    };
    Channel {
        name: c.name.clone(),
        format,
        sampling: c.sampling,
    }
}

/// The type a file has for a format: integers of up to 16 bits are half, as OpenImageIO writes them.
pub(super) fn fit(format: SampleFormat) -> SampleFormat {
    match format {
        SampleFormat::F32 => SampleFormat::F32,
        f if !f.is_float() && f.bits > 16 => SampleFormat::U32,
        _ => SampleFormat::F16,
    }
}

pub(super) fn sample_type(format: SampleFormat) -> SampleType {
    match format {
        SampleFormat::F32 => SampleType::Float,
        SampleFormat::F16 => SampleType::Half,
        _ => SampleType::Uint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exr_channels_are_rgba_first_in_each_layer() {
        let names = [
            "A",
            "B",
            "G",
            "R",
            "Z",
            "diffuse.B",
            "diffuse.G",
            "diffuse.R",
            "id",
        ];
        let channels: Vec<_> = names
            .iter()
            .map(|n| vfx_exr::Channel::new(*n, SampleType::Half))
            .collect();
        let sorted: Vec<&str> = order(&channels).into_iter().map(|i| names[i]).collect();
        assert_eq!(
            sorted,
            [
                "R",
                "G",
                "B",
                "A",
                "Z",
                "id",
                "diffuse.R",
                "diffuse.G",
                "diffuse.B"
            ]
        );
    }
}
