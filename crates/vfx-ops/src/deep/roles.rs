//! What the channels of a deep image mean, by their names.
//!
//! Source: OpenEXR, "Interpreting OpenEXR Deep Pixels", sections on channel names: A for all colours, or AR, AG, AB (earlier RA, GA, BA) for one each; Z and
//! ZBack. A channel of a layer has the layer's alpha where there is one.

use vfx_core::{Channel, SampleType};

/// How opaque a channel's samples are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum AlphaOf {
    /// The value of an alpha channel.
    Channel(usize),
    /// The mean of three.
    Mean([usize; 3]),
    /// Nothing says so: wholly opaque.
    Opaque,
}

/// What a channel is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Premultiplied by its alpha.
    Colour,
    /// An alpha.
    Alpha,
    /// Z or ZBack.
    Depth,
    /// Whole numbers, which are never averaged.
    Id,
}

/// The channels of an image.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    pub role: Vec<Role>,
    pub alpha: Vec<AlphaOf>,
    pub z: Option<usize>,
    pub zback: Option<usize>,
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

impl Roles {
    pub fn new(channels: &[Channel]) -> Self {
        let named = |layer: &str, names: &[&str]| {
            let is = |c: &Channel| {
                let (l, base) = split(&c.name);
                l == layer && names.iter().any(|n| n.eq_ignore_ascii_case(base))
            };
            channels.iter().position(is)
        };
        let is_id = |c: &Channel| !matches!(c.format.sample, SampleType::F16 | SampleType::F32);
        let z = named("", &["Z"]).filter(|&i| !is_id(&channels[i]));
        let zback = named("", &["ZBack"]).filter(|&i| !is_id(&channels[i]));
        let alphas = |layer: &str| {
            let one = |names: &[&str]| named(layer, names).filter(|&i| !is_id(&channels[i]));
            (
                one(&["A", "Alpha"]),
                [one(&["AR", "RA"]), one(&["AG", "GA"]), one(&["AB", "BA"])],
            )
        };
        let mut role = Vec::with_capacity(channels.len());
        let mut alpha = Vec::with_capacity(channels.len());
        for (i, c) in channels.iter().enumerate() {
            let (layer, base) = split(&c.name);
            let (mut all, mut own) = alphas(layer);
            if all.is_none() && own.iter().all(Option::is_none) {
                (all, own) = alphas("");
            }
            let colour = ["R", "G", "B"]
                .iter()
                .position(|n| n.eq_ignore_ascii_case(base));
            let kind = if Some(i) == z || Some(i) == zback {
                Role::Depth
            } else if is_id(c) {
                Role::Id
            } else if all == Some(i) || own.contains(&Some(i)) {
                Role::Alpha
            } else {
                Role::Colour
            };
            let of = if kind == Role::Alpha {
                AlphaOf::Channel(i)
            } else if let Some(a) = colour.and_then(|n| own[n]) {
                AlphaOf::Channel(a)
            } else if let Some(a) = all {
                AlphaOf::Channel(a)
            } else if let [Some(r), Some(g), Some(b)] = own {
                AlphaOf::Mean([r, g, b])
            } else {
                AlphaOf::Opaque
            };
            role.push(kind);
            alpha.push(of);
        }
        Self {
            role,
            alpha,
            z,
            zback,
        }
    }

    /// The alpha of a channel's sample, between 0 and 1; NaN is 0.
    pub fn alpha_of(&self, channel: usize, values: &[f64]) -> f64 {
        let clamp = |v: f64| if v > 0.0 { v.min(1.0) } else { 0.0 };
        match self.alpha[channel] {
            AlphaOf::Channel(a) => clamp(values[a]),
            AlphaOf::Mean([r, g, b]) => clamp((values[r] + values[g] + values[b]) / 3.0),
            AlphaOf::Opaque => 1.0,
        }
    }

    /// The alpha of a whole sample: what depth and ids go by.
    pub fn alpha_of_sample(&self, values: &[f64]) -> f64 {
        let mut alphas = (0..self.role.len()).filter(|&c| self.role[c] == Role::Alpha);
        match self.z.or_else(|| alphas.next()) {
            Some(c) => self.alpha_of(c, values),
            None => 1.0,
        }
    }
}
