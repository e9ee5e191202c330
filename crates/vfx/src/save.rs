//! From lazy images to a file: what the format takes decides windows, channels and alpha; the engine converts the samples.
//!
//! Parts beyond the first are written where the format holds several. A format without a data window of its own gets the display
//! window, padded with black and moved to the origin (as oiiotool does). The sink's channels are found by name, then by meaning
//! (grey for R, G and B), then by place; alpha that is missing is 1, anything else 0. Colour is multiplied or divided by alpha
//! only where the file wants it otherwise and alpha is written.

use crate::image::associate;
use crate::{Error, Image, Session};
use std::path::Path;
use vfx_compute::{ChannelPick, Explanation, GridMap, Outcome};
use vfx_core::{Alpha, ImageSink, ImageSpec, Origin, Region, Report, SampleFormat};
use vfx_io::{Format, WriteOptions};

/// How to save.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaveOptions {
    /// What the writer is asked for: format, compression, tiles, quality.
    pub write: WriteOptions,
    /// The type of every channel but ids; `None` keeps them.
    pub format: Option<SampleFormat>,
    /// Channels by name, in the order wanted; `None` keeps them.
    pub channels: Option<Vec<String>>,
    /// Metadata that the format cannot hold is reported.
    pub note_losses: bool,
}

/// What was written, and how.
pub type Saved = Outcome;

/// Graphs and the file that takes them.
struct Prepared {
    graphs: Vec<vfx_compute::Image>,
    sink: Box<dyn ImageSink>,
}

/// Writes images as the parts of one file.
///
/// # Errors
/// What reading, computing or writing gives; no file is then left or changed.
pub fn save(
    session: &Session,
    images: &[Image],
    path: &Path,
    options: &SaveOptions,
) -> Result<Saved, Error> {
    let p = prepare(session, images, path, options)?;
    let saved = session.job().run(&p.graphs, p.sink);
    // What a source could not read names its own file already.
    Ok(saved.map_err(|e| e.in_file(path))?)
}

impl Session {
    /// Writes images as the parts of one file; a format that holds one part takes the first and says so.
    ///
    /// # Errors
    /// What reading, computing or writing gives; no file is then left or changed.
    pub fn save(
        &self,
        images: &[Image],
        path: impl AsRef<Path>,
        options: &SaveOptions,
    ) -> Result<Saved, Error> {
        save(self, images, path.as_ref(), options)
    }
    /// How [`Session::save`] would go about it; no pixel is computed, no file changed.
    ///
    /// # Errors
    /// As [`Session::save`], but for reading and computing.
    pub fn explain(
        &self,
        images: &[Image],
        path: impl AsRef<Path>,
        options: &SaveOptions,
    ) -> Result<Vec<Explanation>, Error> {
        let p = prepare(self, images, path.as_ref(), options)?;
        Ok(self.job().explain(&p.graphs, &*p.sink)?)
    }
}

fn prepare(
    session: &Session,
    images: &[Image],
    path: &Path,
    options: &SaveOptions,
) -> Result<Prepared, Error> {
    let format = match &options.write.format {
        Some(name) => vfx_io::by_name(name),
        None => vfx_io::by_extension(path),
    };
    let note = |message: String| {
        session.open_options().reporter.report(Report::Note {
            file: path.display().to_string(),
            message,
        });
    };
    let mut images = images;
    if let Some(f) = format.filter(|f| !f.holds.parts && images.len() > 1) {
        note(format!(
            "{} holds one part: the first of {} is written",
            f.name,
            images.len()
        ));
        images = &images[..1];
    }
    let mut graphs = Vec::new();
    for image in images {
        let mut image = image.clone();
        if let Some(names) = &options.channels {
            image = image.select(names)?;
        }
        if let Some(format) = options.format {
            image = image.format(format);
        }
        let mut graph = full_resolution(image.graph());
        if let Some(f) = format {
            let spec = graph.spec();
            let whole = spec.data_window == spec.display_window;
            if !(f.holds.windows || f.holds.origin && whole) {
                graph = framed(&graph);
            }
            if options.note_losses {
                losses(f, graph.spec()).into_iter().for_each(&note);
            }
        }
        graphs.push(graph);
    }
    let specs: Vec<ImageSpec> = graphs.iter().map(|g| g.spec().clone()).collect();
    let sink = vfx_io::create(path, &specs, &options.write)?;
    let graphs = graphs
        .iter()
        .zip(sink.specs())
        .map(|(g, want)| fitted(g, want))
        .collect();
    Ok(Prepared { graphs, sink })
}

/// Subsampled channels as they are shown: writers take one sample a pixel.
fn full_resolution(graph: &vfx_compute::Image) -> vfx_compute::Image {
    let mut spec = graph.spec().clone();
    if spec.channels.iter().all(|c| c.sampling == (1, 1)) {
        return graph.clone();
    }
    for c in &mut spec.channels {
        c.sampling = (1, 1);
    }
    graph.with_spec(spec)
}

/// The display window alone, at the origin.
fn framed(graph: &vfx_compute::Image) -> vfx_compute::Image {
    let spec = graph.spec();
    let (data, display) = (spec.data_window, spec.display_window);
    let frame = if display.is_empty() { data } else { display };
    let origin = Region::sized(0, 0, frame.width(), frame.height());
    if data == origin && display == origin {
        return graph.clone();
    }
    let moved = if data == origin {
        graph.clone()
    } else {
        graph.mapped(GridMap::shift(-frame.x0, -frame.y0), origin)
    };
    let spec = ImageSpec {
        display_window: origin,
        ..moved.spec().clone()
    };
    moved.with_spec(spec)
}

/// Alpha, windows and channels as the sink wants them.
fn fitted(graph: &vfx_compute::Image, want: &ImageSpec) -> vfx_compute::Image {
    let alpha = if want.alpha_index().is_some() {
        want.alpha
    } else {
        // Without alpha in the file, colour stands over black.
        Alpha::Associated
    };
    let mut graph = associate(graph, alpha);
    if graph.spec().data_window != want.data_window {
        graph = graph.window(want.data_window);
    }
    let have = graph.spec();
    let same = have.channels.len() == want.channels.len()
        && have
            .channels
            .iter()
            .zip(&want.channels)
            .all(|(a, b)| a.name == b.name);
    if same {
        return graph;
    }
    let picks = (0..want.channels.len())
        .map(|i| pick(have, want, i))
        .collect();
    graph.channels(picks, want.channels.clone())
}

/// The image's channel for channel `i` of the sink.
fn pick(have: &ImageSpec, want: &ImageSpec, i: usize) -> ChannelPick {
    let channel = &want.channels[i];
    if let Some(c) = have.channel_index(&channel.name) {
        return ChannelPick::Input(c);
    }
    if have.channels.len() == want.channels.len() {
        return ChannelPick::Input(i);
    }
    let base = |c: &vfx_core::Channel| c.base_name().eq_ignore_ascii_case(channel.base_name());
    if let Some(c) = have.channels.iter().position(base) {
        return ChannelPick::Input(c);
    }
    if channel.is_alpha() {
        return match have.channels.iter().position(vfx_core::Channel::is_alpha) {
            Some(c) => ChannelPick::Input(c),
            None => ChannelPick::Constant(1.0),
        };
    }
    let colours: Vec<usize> = (0..have.channels.len())
        .filter(|&c| !have.channels[c].is_alpha())
        .collect();
    match (&colours[..], colours.get(i)) {
        // Grey stands for every colour.
        (&[grey], _) => ChannelPick::Input(grey),
        (_, Some(&c)) => ChannelPick::Input(c),
        _ => ChannelPick::Constant(0.0),
    }
}

/// What of the metadata the format has no place for.
fn losses(format: &Format, spec: &ImageSpec) -> Vec<String> {
    let h = format.holds;
    let count = |wanted: &dyn Fn(&Origin) -> bool| {
        spec.attributes.iter().filter(|a| wanted(&a.origin)).count()
    };
    let kinds: [(&str, bool, usize); 3] = [
        ("Exif", h.exif, count(&|o| *o == Origin::Exif)),
        ("XMP", h.xmp, count(&|o| *o == Origin::Xmp)),
        ("IPTC", h.iptc, count(&|o| *o == Origin::Iptc)),
    ];
    let mut out: Vec<String> = kinds
        .iter()
        .filter(|(_, held, n)| !held && !h.attributes && *n > 0)
        .map(|(kind, _, n)| format!("{} cannot hold {kind}: {n} item(s) dropped", format.name))
        .collect();
    let lacking =
        |name: &str, held: bool| !held && !h.attributes && spec.attributes.get(name).is_some();
    if lacking("ICCProfile", h.icc) {
        out.push(format!(
            "{} cannot hold an ICC profile: dropped",
            format.name
        ));
    }
    if lacking("smpte:TimeCode", h.timecode) {
        out.push(format!("{} cannot hold a time code: dropped", format.name));
    }
    out
}
