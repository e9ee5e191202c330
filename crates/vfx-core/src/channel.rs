//! Channels and selections of them.

use crate::SampleFormat;

/// One plane of an image: its name and how its samples are stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Channel {
    /// Full name, layer prefix included: `R`, `diffuse.G`, `Z`.
    pub name: String,
    /// Type and significant bits of its samples.
    pub format: SampleFormat,
    /// One sample every so many columns and rows; `(1, 1)` for all but chroma planes.
    pub sampling: (u32, u32),
}

impl Channel {
    /// A channel with a sample a pixel.
    pub fn new(name: impl Into<String>, format: SampleFormat) -> Self {
        Self {
            name: name.into(),
            format,
            sampling: (1, 1),
        }
    }
    /// The name without its layer: `G` of `diffuse.G`.
    pub fn base_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
    /// Whether this is an alpha channel by its name (`A`, `x.A`, `Alpha`).
    pub fn is_alpha(&self) -> bool {
        matches!(self.base_name(), "A" | "a" | "Alpha" | "alpha")
    }
    /// Whether operations on colour leave it alone: alpha, depth and ids.
    pub fn is_data(&self) -> bool {
        self.is_alpha()
            || matches!(
                self.base_name(),
                "Z" | "z" | "ZBack" | "zback" | "depth" | "id"
            )
    }
}

/// Which channels of a source to read, in the order wanted: indices into its spec, repeats allowed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ChannelSet(pub Vec<usize>);

impl ChannelSet {
    /// The first `n` channels.
    pub fn all(n: usize) -> Self {
        Self((0..n).collect())
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether these are channels 0, 1 .. n - 1 of an image with `n`.
    pub fn is_all(&self, n: usize) -> bool {
        self.0.len() == n && self.0.iter().enumerate().all(|(i, &c)| i == c)
    }
}
