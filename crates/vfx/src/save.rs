//! From lazy images to a file: what the format takes decides windows, channels and alpha; the engine converts the samples.
//!
//! Parts beyond the first are written where the format holds several. A format without a data window of its own gets the display
//! window, padded with black and moved to the origin (as oiiotool does). The sink's channels are found by name, then by meaning
//! (grey for R, G and B), then by place; alpha that is missing is 1, anything else 0. Colour is multiplied or divided by alpha
//! only where the file wants it otherwise and alpha is written.

use crate::image::associate;
use crate::{Error, Image, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vfx_compute::{ChannelPick, Explanation, GridMap, Outcome};
use vfx_core::{
    Alpha, ChunkEncoder, ChunkLayout, EncodedChunk, ImageSink, ImageSpec, IoError, Origin,
    PlanesRef, Region, Report, SampleFormat, Written,
};
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
    /// Deep images are composited, also where the format could keep their samples.
    pub flatten: bool,
}

/// What was written, and how.
pub type Saved = Outcome;

/// One file to write: its parts, its name, and how.
#[derive(Clone)]
pub struct Output {
    /// The parts, in order.
    pub parts: Vec<Image>,
    /// The name.
    pub path: PathBuf,
    /// How.
    pub options: SaveOptions,
}

/// Graphs and the file that takes them.
struct Prepared {
    graphs: Vec<vfx_compute::Image>,
    sink: Box<dyn ImageSink>,
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
        self.save_all(&[Output {
            parts: images.to_vec(),
            path: path.as_ref().into(),
            options: options.clone(),
        }])
    }
    /// Writes several files at once: what they share is read and computed once, in one pass.
    ///
    /// # Errors
    /// What reading, computing or writing gives; no file is then left or changed that was not complete before.
    pub fn save_all(&self, outputs: &[Output]) -> Result<Saved, Error> {
        let mut all = Vec::new();
        let mut deep = Vec::new();
        for (place, o) in outputs.iter().enumerate() {
            if let Some(sources) = crate::deep::sources(self, o)? {
                deep.push((place, sources, o));
                continue;
            }
            let p = prepare(self, &o.parts, &o.path, &o.options)?;
            let sink: Box<dyn ImageSink> = Box::new(Addressed {
                sink: p.sink,
                path: o.path.clone(),
            });
            all.push((p.graphs, sink));
        }
        let mut written = Vec::new();
        for (place, sources, output) in deep {
            written.push((place, crate::deep::save(self, &sources, output)?));
        }
        let mut saved = self.job().run(all)?;
        for (place, file) in written {
            saved.written.insert(place, file);
        }
        Ok(saved)
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
        self.explain_all(&[Output {
            parts: images.to_vec(),
            path: path.as_ref().into(),
            options: options.clone(),
        }])
    }
    /// How [`Session::save_all`] would go about it.
    ///
    /// # Errors
    /// As [`Session::explain`].
    pub fn explain_all(&self, outputs: &[Output]) -> Result<Vec<Explanation>, Error> {
        let all = outputs
            .iter()
            .map(|o| prepare(self, &o.parts, &o.path, &o.options))
            .collect::<Result<Vec<_>, _>>()?;
        let all: Vec<_> = all.iter().map(|p| (&p.graphs[..], &*p.sink)).collect();
        Ok(self.job().explain(&all)?)
    }
}

/// A sink whose errors name its file; what a source could not read names its own already.
struct Addressed {
    sink: Box<dyn ImageSink>,
    path: PathBuf,
}

impl ImageSink for Addressed {
    fn specs(&self) -> &[ImageSpec] {
        self.sink.specs()
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        self.sink.layout(image)
    }
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(AddressedEncoder {
            encoder: self.sink.encoder(image),
            path: self.path.clone(),
        })
    }
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let done = self.sink.commit(image, chunk);
        done.map_err(|e| e.in_file(&self.path))
    }
    fn flusher(&self) -> Option<Box<dyn Fn() + Send>> {
        self.sink.flusher()
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        let done = self.sink.finish();
        done.map_err(|e| e.in_file(&self.path))
    }
}

struct AddressedEncoder {
    encoder: Arc<dyn ChunkEncoder>,
    path: PathBuf,
}

impl ChunkEncoder for AddressedEncoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let done = self.encoder.encode(index, planes);
        done.map_err(|e| e.in_file(&self.path))
    }
    fn stored_form(&self) -> Option<String> {
        self.encoder.stored_form()
    }
    fn adopt(&self, index: usize, stored: &[u8]) -> Result<EncodedChunk, IoError> {
        let done = self.encoder.adopt(index, stored);
        done.map_err(|e| e.in_file(&self.path))
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
        // Luminance and chroma stay in OpenEXR unless a colour is asked for by name.
        let colour = |n: &String| matches!(n.as_str(), "R" | "G" | "B");
        let named = options.channels.iter().flatten().any(colour);
        let exr = format.is_some_and(|f| f.name == vfx_io::formats::exr::FORMAT.name);
        if (named || !exr)
            && let Some(rgb) = crate::exr::to_rgb(image.graph())
        {
            image = Image::from_graph(rgb, session);
        }
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
