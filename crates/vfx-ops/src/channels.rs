//! Which channels there are, and what they are called. Samples are not touched.

use crate::OpError;
use crate::args::{Param, ParamKind};
use crate::registry::OpSpec;
use vfx_compute::{ChannelPick, Image};
use vfx_core::Channel;

const LIST: Param = Param {
    name: "list",
    kind: ParamKind::Text,
    unit: "",
    default: "",
    doc: "names or numbers separated by commas; NEW=OLD renames, =0.5 or NEW=0.5 is constant",
};

/// The registry's line of `ch`.
pub const CH: OpSpec = OpSpec {
    name: "ch",
    doc: "select, shuffle, rename or make constant channels",
    example: "--ch R,G,B,A=1.0",
    images: 1,
    args: &[LIST],
    modifiers: &[],
    build: |images, args| {
        select(
            &images[0],
            &args.of("ch", CH.args, CH.modifiers).text("list"),
        )
    },
};
/// The registry's line of `chnames`.
pub const CHNAMES: OpSpec = OpSpec {
    name: "chnames",
    doc: "rename channels, in order; an empty name keeps the old one",
    example: "--chnames Y,,Z",
    images: 1,
    args: &[Param {
        name: "names",
        kind: ParamKind::Text,
        unit: "",
        default: "",
        doc: "names separated by commas",
    }],
    modifiers: &[],
    build: |images, args| {
        let mut spec = images[0].spec().clone();
        let names = args
            .of("chnames", CHNAMES.args, CHNAMES.modifiers)
            .text("names");
        for (c, name) in spec
            .channels
            .iter_mut()
            .zip(names.split(','))
            .filter(|(_, n)| !n.is_empty())
        {
            c.name = name.into();
        }
        Ok(images[0].with_spec(spec))
    },
};
/// The registry's line of `nchannels`.
pub const NCHANNELS: OpSpec = OpSpec {
    name: "nchannels",
    doc: "keep the first channels, or add black ones",
    example: "--nchannels 3",
    images: 1,
    args: &[Param {
        name: "count",
        kind: ParamKind::Int,
        unit: "",
        default: "",
        doc: "how many",
    }],
    modifiers: &[],
    build: |images, args| {
        let n = args
            .of("nchannels", NCHANNELS.args, NCHANNELS.modifiers)
            .int("count")?;
        let n = usize::try_from(n)
            .ok()
            .filter(|n| (1..=4096).contains(n))
            .ok_or_else(|| OpError::Argument {
                op: "nchannels",
                argument: "count".into(),
                found: n.to_string(),
                expected: "1 to 4096",
            })?;
        let have = &images[0].spec().channels;
        let usual = vfx_core::ImageSpec::default_channels(n, images[0].spec().widest_format());
        let channels = (0..n)
            .map(|i| have.get(i).unwrap_or(&usual[i]).clone())
            .collect();
        let picks = (0..n).map(|i| {
            if i < have.len() {
                ChannelPick::Input(i)
            } else {
                ChannelPick::Constant(0.0)
            }
        });
        Ok(images[0].channels(picks.collect(), channels))
    },
};
/// The registry's line of `chappend`.
pub const CHAPPEND: OpSpec = OpSpec {
    name: "chappend",
    doc: "append the channels of the second image to the first's, over the first's window",
    example: "rgb.exr z.exr --chappend",
    images: 2,
    args: &[],
    modifiers: &[],
    build: |images, _| {
        let mut channels: Vec<Channel> = Vec::new();
        let mut picks = Vec::new();
        for (i, image) in images.iter().enumerate() {
            for (c, channel) in image.spec().channels.iter().enumerate() {
                let mut channel = channel.clone();
                // A name must say one thing: a repeated one gets a number.
                let base = channel.name.clone();
                let mut n = 1;
                while channels.iter().any(|h| h.name == channel.name) {
                    n += 1;
                    channel.name = format!("{base}{n}");
                }
                channels.push(channel);
                picks.push(ChannelPick::Of(i, c));
            }
        }
        Ok(Image::gather(images.to_vec(), picks, channels))
    },
};

/// Channels by a list such as `R,G,B`, `B=R,0,=1.0`, `A=0.5`.
///
/// # Errors
/// [`OpError::Argument`] naming the entry that is no channel.
pub fn select(image: &Image, list: &str) -> Result<Image, OpError> {
    let spec = image.spec();
    let widest = spec.widest_format();
    let (mut picks, mut channels) = (Vec::new(), Vec::<Channel>::new());
    for entry in list.split(',') {
        let (new, old) = match entry.split_once('=') {
            Some((n, o)) => (Some(n.trim()).filter(|n| !n.is_empty()), o.trim()),
            None => (None, entry.trim()),
        };
        let index = spec.channel_index(old).or_else(|| {
            old.parse::<usize>()
                .ok()
                .filter(|i| *i < spec.channels.len())
        });
        let constant = entry
            .contains('=')
            .then(|| old.parse::<f32>().ok())
            .flatten();
        let (pick, mut channel) = match (index, constant) {
            (Some(i), _) => (ChannelPick::Input(i), spec.channels[i].clone()),
            (None, Some(v)) => (
                ChannelPick::Constant(v),
                Channel::new(format!("channel{}", picks.len()), widest),
            ),
            (None, None) => {
                return Err(OpError::Argument {
                    op: "ch",
                    argument: "list".into(),
                    found: entry.into(),
                    expected: "names or numbers of channels that the image has, or NAME=VALUE",
                });
            }
        };
        if let Some(n) = new {
            channel.name = n.into();
        }
        picks.push(pick);
        channels.push(channel);
    }
    Ok(image.channels(picks, channels))
}
