//! The graph: cheap handles on what shall be computed.

use crate::{GridMap, Op, Pointwise};
use std::sync::Arc;
use vfx_core::{Channel, ImageSource, ImageSpec, Region};

/// Where a channel of a selection comes from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ChannelPick {
    /// Channel of the (first) input.
    Input(usize),
    /// Channel `1` of input `0`.
    Of(usize, usize),
    /// The same value everywhere.
    Constant(f32),
}

/// A lazy image: a node of the graph with its spec. Cloning shares it.
#[derive(Clone)]
pub struct Image(pub(crate) Arc<Node>);

pub(crate) struct Node {
    pub spec: ImageSpec,
    pub kind: Kind,
}

pub(crate) enum Kind {
    Source(Arc<dyn ImageSource>),
    /// Another grid and window of the same samples; black beyond them.
    View(Image, GridMap),
    /// Other channels of the same samples, from one or several images on one grid.
    Channels(Vec<Image>, Vec<ChannelPick>),
    Pointwise(Image, Arc<dyn Pointwise>),
    Op(Vec<Image>, Arc<dyn Op>),
    /// Computed whole, once, into the tile store.
    Barrier(Image),
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Image({} x {})",
            self.0.spec.data_window,
            self.0.spec.channels.len()
        )
    }
}

impl Image {
    fn node(spec: ImageSpec, kind: Kind) -> Self {
        Self(Arc::new(Node { spec, kind }))
    }
    /// The pixels of a source.
    pub fn from_source(source: Arc<dyn ImageSource>) -> Self {
        Self::node(source.spec().clone(), Kind::Source(source))
    }
    /// What it is.
    pub fn spec(&self) -> &ImageSpec {
        &self.0.spec
    }
    /// The same pixels under another spec: names, metadata, display window, channel formats (to which a writer converts).
    ///
    /// # Panics
    /// When the data window or the number of channels differ.
    #[must_use]
    pub fn with_spec(&self, spec: ImageSpec) -> Self {
        assert_eq!(
            (spec.data_window, spec.channels.len()),
            (self.spec().data_window, self.spec().channels.len())
        );
        Self::node(spec, Kind::View(self.clone(), GridMap::default()))
    }
    /// The pixels of `window`, black where there are none.
    #[must_use]
    pub fn window(&self, window: Region) -> Self {
        self.mapped(GridMap::default(), window)
    }
    /// On another grid: pixel `p` goes to `map(p)`; then only `window` is kept, black where nothing went.
    #[must_use]
    pub fn mapped(&self, map: GridMap, window: Region) -> Self {
        let spec = ImageSpec {
            data_window: window,
            ..self.spec().clone()
        };
        Self::node(spec, Kind::View(self.clone(), map))
    }
    /// Channels selected, repeated, or constant; `channels` names them and gives their formats.
    ///
    /// # Panics
    /// When the lists differ in length or name a channel that is not there.
    #[must_use]
    pub fn channels(&self, picks: Vec<ChannelPick>, channels: Vec<Channel>) -> Self {
        Self::gather(vec![self.clone()], picks, channels)
    }
    /// Channels of several images over the first one's window.
    ///
    /// # Panics
    /// As [`Image::channels`].
    #[must_use]
    pub fn gather(images: Vec<Self>, picks: Vec<ChannelPick>, channels: Vec<Channel>) -> Self {
        assert_eq!(picks.len(), channels.len());
        for p in &picks {
            match *p {
                ChannelPick::Input(c) => assert!(c < images[0].spec().channels.len()),
                ChannelPick::Of(i, c) => assert!(c < images[i].spec().channels.len()),
                ChannelPick::Constant(_) => {}
            }
        }
        let spec = ImageSpec {
            channels,
            ..images[0].spec().clone()
        };
        Self::node(spec, Kind::Channels(images, picks))
    }
    /// Changed pixel by pixel; the channels' formats become what `spec` says.
    #[must_use]
    pub fn pointwise(&self, op: Arc<dyn Pointwise>) -> Self {
        Self::node(self.spec().clone(), Kind::Pointwise(self.clone(), op))
    }
    /// The result of an operation on images; `spec` describes it.
    #[must_use]
    pub fn op(op: Arc<dyn Op>, inputs: Vec<Self>, spec: ImageSpec) -> Self {
        Self::node(spec, Kind::Op(inputs, op))
    }
    /// The same image, computed whole before anything above it, held in the tile store.
    #[must_use]
    pub fn barrier(&self) -> Self {
        Self::node(self.spec().clone(), Kind::Barrier(self.clone()))
    }
}
