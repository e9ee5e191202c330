//! A lazy image with the session it belongs to.

use crate::{Error, SaveOptions, Saved, Session};
use std::path::Path;
use std::sync::Arc;
use vfx_compute::ChannelPick;
use vfx_core::{Alpha, DeepSource, ImageSpec, SampleFormat};
use vfx_ops::{Args, ImageStats};

/// Operations that only move samples: they mean the same on straight and on premultiplied colour.
const MOVES: &[&str] = &[
    "barrier",
    "ch",
    "chappend",
    "chnames",
    "crop",
    "croptofull",
    "cut",
    "flip",
    "flop",
    "fullpixels",
    "fullsize",
    "nchannels",
    "orient180",
    "origin",
    "originoffset",
    "premult",
    "rotate180",
    "rotate270",
    "rotate90",
    "transpose",
    "trim",
    "unpremult",
];

/// What is wanted, not yet computed. Cloning is cheap.
#[derive(Clone)]
pub struct Image {
    graph: vfx_compute::Image,
    session: Session,
    /// The samples of a deep image, whose flattened view the graph is.
    deep: Option<Arc<dyn DeepSource>>,
}

impl Image {
    /// The first part of a file, under a session of its own.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Session::default().open(path)?.image(0, 0)
    }
    /// A graph under a session.
    pub fn from_graph(graph: vfx_compute::Image, session: &Session) -> Self {
        Self {
            graph,
            session: session.clone(),
            deep: None,
        }
    }
    /// A deep image with its flattened view.
    pub(crate) fn with_deep(
        graph: vfx_compute::Image,
        session: &Session,
        deep: Arc<dyn DeepSource>,
    ) -> Self {
        Self {
            deep: Some(deep),
            ..Self::from_graph(graph, session)
        }
    }
    /// The samples, where the image is deep.
    pub fn deep(&self) -> Option<&Arc<dyn DeepSource>> {
        self.deep.as_ref()
    }
    /// The flattened view of a deep image, any other as it is.
    #[must_use]
    pub fn flattened(&self) -> Self {
        self.with(self.graph.clone())
    }
    /// What it is.
    pub fn spec(&self) -> &ImageSpec {
        self.graph.spec()
    }
    /// The session it belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }
    /// The graph underneath.
    pub fn graph(&self) -> &vfx_compute::Image {
        &self.graph
    }
    /// The same pixels under another spec: names, metadata, display window, formats to be written.
    ///
    /// # Panics
    /// When the data window or the number of channels differ.
    #[must_use]
    pub fn with_spec(&self, spec: ImageSpec) -> Self {
        let deep = self.deep.as_ref().map(|d| {
            let picks = (0..spec.channels.len()).collect();
            crate::deep::respecified(d, spec.clone(), picks)
        });
        Self {
            deep,
            ..self.with(self.graph.with_spec(spec))
        }
    }
    pub(crate) fn with(&self, graph: vfx_compute::Image) -> Self {
        Self::from_graph(graph, &self.session)
    }
    /// An operation of the registry on this image, as `--name args` on the command line.
    ///
    /// # Errors
    /// [`Error::UnknownOp`], or what the operation says of its arguments.
    pub fn op<S: Into<String>>(
        &self,
        name: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        Self::apply(name, std::slice::from_ref(self), &Args::new(args))
    }
    /// An operation of the registry on as many images as it takes, with modifiers. Straight colour is premultiplied
    /// first, unless the operation only moves samples.
    ///
    /// # Errors
    /// As [`Image::op`].
    ///
    /// # Panics
    /// Without images.
    pub fn apply(name: &str, images: &[Self], args: &Args) -> Result<Self, Error> {
        let op = vfx_ops::find(name).ok_or_else(|| Error::unknown_op(name))?;
        if let Some(deep) = crate::deep::apply(op.name, images, args, &images[0].session)? {
            return Ok(deep);
        }
        let graphs: Vec<_> = images
            .iter()
            .map(|i| {
                if MOVES.contains(&name) {
                    i.graph.clone()
                } else {
                    associate(&i.graph, Alpha::Associated)
                }
            })
            .collect();
        Ok(images[0].with(op.apply(&graphs, args)?))
    }
    /// Resized to a geometry such as `1920x1080`, `1920x0` or `50%`.
    ///
    /// # Errors
    /// As [`Image::op`].
    pub fn resize(&self, geometry: &str) -> Result<Self, Error> {
        self.op("resize", [geometry])
    }
    /// Cropped to a window such as `1920x1080+0+0`; its place stays.
    ///
    /// # Errors
    /// As [`Image::op`].
    pub fn crop(&self, geometry: &str) -> Result<Self, Error> {
        self.op("crop", [geometry])
    }
    /// The channels of these names, in this order.
    ///
    /// # Errors
    /// [`Error::UnknownChannel`].
    pub fn select(&self, names: &[impl AsRef<str>]) -> Result<Self, Error> {
        let spec = self.spec();
        let mut picks = Vec::new();
        let mut channels = Vec::new();
        for name in names.iter().map(AsRef::as_ref) {
            let i = spec
                .channel_index(name)
                .ok_or_else(|| Error::UnknownChannel {
                    name: name.into(),
                    known: join_names(spec),
                })?;
            picks.push(ChannelPick::Input(i));
            channels.push(spec.channels[i].clone());
        }
        Ok(self.with(self.graph.channels(picks, channels)))
    }
    /// With colour multiplied by alpha, or not; an image without alpha only gets the mark.
    #[must_use]
    pub fn with_alpha(&self, alpha: Alpha) -> Self {
        self.with(associate(&self.graph, alpha))
    }
    /// Statistics of every channel.
    ///
    /// # Errors
    /// What reading gives.
    pub fn stats(&self) -> Result<ImageStats, Error> {
        Ok(vfx_ops::measure(self.session.job(), &self.graph)?)
    }
    /// SHA-1 of the native samples; see [`crate::pixel_sha1`].
    ///
    /// # Errors
    /// What reading gives.
    pub fn sha1(&self) -> Result<String, Error> {
        crate::pixel_sha1(self.session.job(), &self.graph)
    }
    /// Computes and writes it; the format is the extension's.
    ///
    /// # Errors
    /// What reading, computing or writing gives; no file is then left or changed.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<Saved, Error> {
        self.save_with(path, &SaveOptions::default())
    }
    /// Computes and writes it as `options` say.
    ///
    /// # Errors
    /// As [`Image::save`].
    pub fn save_with(&self, path: impl AsRef<Path>, options: &SaveOptions) -> Result<Saved, Error> {
        self.session.save(std::slice::from_ref(self), path, options)
    }
    /// Every channel's format set but those of ids, which are no quantities.
    pub(crate) fn format(&self, format: SampleFormat) -> Self {
        let mut spec = self.spec().clone();
        for c in &mut spec.channels {
            if c.base_name() != "id" {
                c.format = format;
            }
        }
        self.with_spec(spec)
    }
}

/// Channel names with commas.
pub(crate) fn join_names(spec: &ImageSpec) -> String {
    let names: Vec<_> = spec.channels.iter().map(|c| c.name.as_str()).collect();
    names.join(", ")
}

/// Multiplies or divides by alpha where the image is otherwise and has both colour and alpha.
pub(crate) fn associate(graph: &vfx_compute::Image, alpha: Alpha) -> vfx_compute::Image {
    let spec = graph.spec();
    if spec.alpha == alpha {
        return graph.clone();
    }
    let name = match alpha {
        Alpha::Associated => "premult",
        Alpha::Unassociated => "unpremult",
    };
    let both = spec.alpha_index().is_some() && spec.channels.iter().any(|c| !c.is_data());
    let changed = vfx_ops::find(name)
        .filter(|_| both)
        .and_then(|op| op.apply(std::slice::from_ref(graph), &Args::default()).ok())
        .unwrap_or_else(|| graph.clone());
    let spec = ImageSpec {
        alpha,
        ..changed.spec().clone()
    };
    changed.with_spec(spec)
}

/// The operation whose name is nearest by edits, if it is near.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let distance = |a: &str, b: &str| {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, ca) in a.chars().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, cb) in b.iter().enumerate() {
                let best = (diagonal + usize::from(ca != *cb))
                    .min(row[j] + 1)
                    .min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    };
    vfx_ops::OPS
        .iter()
        .map(|o| (distance(name, o.name), o.name))
        .min()
        .filter(|(d, _)| *d <= 2)
        .map(|(_, n)| n)
}
