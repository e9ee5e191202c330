//! Several views in one part: further views have their name before the last dot of each channel (`right.R`, `diffuse.right.R`).
//!
//! Source: OpenEXR, "Multi-view OpenEXR". Parts with a `view` attribute are the newer way, which hands chunks on; this one compresses again.

use super::{Repacked, in_file};
use crate::Error;
use std::collections::HashMap;
use std::io::{BufWriter, Seek};
use std::path::Path;
use vfx_core::{Cancel, IoError};
use vfx_exr::{
    Attribute, AttributeValue, Channel, ChunkIndex, Header, PlaneMut, PlaneRef, Reader, Writer,
};
use vfx_io::Output;

/// A view and where its pixels are.
pub struct View<'a> {
    /// Its name: `left`, `right`.
    pub name: String,
    /// The file.
    pub reader: &'a Reader,
    /// The part of it.
    pub part: usize,
}

/// The name of a channel of a view that is not the default one.
fn channel_of_view(channel: &str, view: &str) -> String {
    match channel.rsplit_once('.') {
        Some((layer, base)) => format!("{layer}.{view}.{base}"),
        None => format!("{view}.{channel}"),
    }
}

/// Writes views of equal data windows as one part; the first is the default view.
///
/// # Errors
/// [`Error::Parts`] when the windows differ or a part is deep; [`Error::Exr`], [`Error::Io`] for the files.
pub fn combine_views(path: &Path, views: &[View<'_>], cancel: &Cancel) -> Result<Repacked, Error> {
    let refused = |what: String| Error::Parts {
        what,
        remedy: "without --single-part each view becomes a part",
    };
    let Some(first) = views.first() else {
        return Err(refused("there are no views".into()));
    };
    let mut header = header_of(first).clone();
    header.channels.clear();
    header.view = None;
    header.attributes.retain(|a| a.name != "multiView");
    let names = views.iter().map(|v| v.name.clone()).collect();
    header.attributes.push(Attribute {
        name: "multiView".into(),
        value: AttributeValue::StringVector(names),
    });
    let mut from: HashMap<String, (usize, usize)> = HashMap::new();
    for (i, view) in views.iter().enumerate() {
        let h = header_of(view);
        if h.data_window != header.data_window {
            return Err(refused(format!(
                "the data windows of {} and {} differ",
                first.name, view.name
            )));
        }
        if h.is_deep() {
            return Err(refused(format!("the view {} is deep", view.name)));
        }
        for (c, channel) in h.channels.iter().enumerate() {
            let name = if i == 0 {
                channel.name.clone()
            } else {
                channel_of_view(&channel.name, &view.name)
            };
            from.insert(name.clone(), (i, c));
            header.channels.push(Channel {
                name,
                ..channel.clone()
            });
        }
    }
    let failed = in_file(path);
    let mut output = Output::create(path).map_err(|e| e.in_file(path))?;
    let buffered = BufWriter::with_capacity(1 << 20, output.file().clone());
    let mut writer = Writer::create(buffered, vec![header]).map_err(&failed)?;
    let encoder = writer.encoder(0).expect("one part");
    let channels = encoder.header().channels.clone();
    for index in encoder.file_order() {
        if cancel.is_cancelled() {
            return Err(IoError::Cancelled.into());
        }
        let planes = read(views, &channels, &from, &encoder, index).map_err(&failed)?;
        let refs: Vec<PlaneRef<'_>> = planes
            .iter()
            .map(|(bytes, stride)| PlaneRef {
                bytes,
                stride: *stride,
            })
            .collect();
        let chunk = encoder.encode(index, &refs).map_err(&failed)?;
        writer.commit(chunk).map_err(&failed)?;
    }
    let mut buffered = writer.finish().map_err(&failed)?;
    let end = buffered
        .stream_position()
        .map_err(|e| IoError::os("write")(e).in_file(path))?;
    output.reserve_to(end);
    Ok(Repacked {
        bytes: output.finish().map_err(|e| e.in_file(path))?.bytes,
        recompressed: 1,
        ..Repacked::default()
    })
}

fn header_of<'a>(view: &View<'a>) -> &'a Header {
    &view.reader.headers()[view.part]
}

/// The planes of a chunk in the new part's order, each with its stride.
fn read(
    views: &[View<'_>],
    channels: &[Channel],
    from: &HashMap<String, (usize, usize)>,
    encoder: &vfx_exr::Encoder,
    index: ChunkIndex,
) -> Result<Vec<(Vec<u8>, usize)>, vfx_exr::Error> {
    let place = encoder.chunk_region(index).expect("a chunk of the part");
    let mut planes: Vec<(Vec<u8>, usize)> = channels
        .iter()
        .map(|c| {
            let grid = place.region.sampled(c.sampling);
            let stride = grid.width as usize * c.sample_type.size();
            (vec![0; stride * grid.height as usize], stride)
        })
        .collect();
    for (i, view) in views.iter().enumerate() {
        let mut list = Vec::new();
        let mut out = Vec::new();
        for (c, (bytes, stride)) in channels.iter().zip(&mut planes) {
            let (of, channel) = from[&c.name];
            if of == i {
                list.push(channel);
                out.push(PlaneMut {
                    bytes,
                    stride: *stride,
                });
            }
        }
        view.reader
            .read(view.part, place.level, place.region, &list, &mut out)?;
    }
    Ok(planes)
}
