//! Colour: which space the components are in (JFIF, Adobe and the habits of libjpeg), and integer rows to output channels.
//!
//! YCbCr to RGB is full-range Rec. 601 in 16-bit fixed point, exact to libjpeg's tables: the products are rounded at 2^-16
//! and clamped at the end. The AVX2 form splits the factors (1.402 = 1 + 26345/65536, 1.772 = 2 - 14942/65536) so that 16-bit
//! lanes suffice, still exact.

use super::frame::Frame;
use super::options::Channels;
use super::upsample::Code;

/// The colour space of the components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColourSpace {
    /// One component.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Full-range Rec. 601.
    YCbCr,
    /// Inks.
    Cmyk,
    /// Inks, of which the first three are stored as YCbCr.
    Ycck,
    /// No rule says.
    Unknown,
}

impl ColourSpace {
    /// The space of a frame, from its markers (`adobe` is the transform byte of APP14) and component identifiers.
    pub(crate) fn of(frame: &Frame, jfif: bool, adobe: Option<u8>) -> Self {
        let ids: Vec<u8> = frame.components.iter().map(|c| c.id).collect();
        match ids.len() {
            1 => ColourSpace::Gray,
            3 if jfif => ColourSpace::YCbCr,
            3 => match adobe {
                Some(0) => ColourSpace::Rgb,
                Some(_) => ColourSpace::YCbCr,
                None if ids == *b"RGB" || frame.lossless => ColourSpace::Rgb,
                None => ColourSpace::YCbCr,
            },
            4 => match adobe {
                None | Some(0) => ColourSpace::Cmyk,
                Some(_) => ColourSpace::Ycck,
            },
            _ => ColourSpace::Unknown,
        }
    }

    /// Output channels of a choice, and how to get there.
    pub(crate) fn plan(self, wanted: Channels, components: usize) -> Option<Plan> {
        use ColourSpace as C;
        let native = match self {
            C::Gray => Target::Gray,
            C::Rgb | C::YCbCr => Target::Rgb,
            C::Cmyk | C::Ycck => Target::Cmyk,
            C::Unknown => Target::Components,
        };
        let target = match wanted {
            Channels::Native => native,
            Channels::Gray => Target::Gray,
            Channels::Rgb => Target::Rgb,
            Channels::Rgba => Target::Rgba,
            Channels::Cmyk => Target::Cmyk,
            Channels::Components => Target::Components,
        };
        let fits = match (self, target) {
            (_, Target::Components) => true,
            (C::Unknown, _) => false,
            (C::Cmyk | C::Ycck, _) => true,
            (_, Target::Cmyk) => false,
            _ => true,
        };
        let channels = match target {
            Target::Gray => 1,
            Target::Rgb => 3,
            Target::Rgba | Target::Cmyk => 4,
            Target::Components => components,
        };
        fits.then_some(Plan {
            space: self,
            target,
            channels,
        })
    }
}

/// Where a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Gray,
    Rgb,
    Rgba,
    Cmyk,
    Components,
}

/// From components to channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub space: ColourSpace,
    pub target: Target,
    pub channels: usize,
}

/// Red, green, blue of one sample, unclamped; `centre` is half the code range.
#[inline(always)]
fn rgb(y: i32, cb: i32, cr: i32, centre: i32) -> [i32; 3] {
    let (cb, cr) = (cb - centre, cr - centre);
    [
        y + ((91881 * cr + 32768) >> 16),
        y + ((-22554 * cb - 46802 * cr + 32768) >> 16),
        y + ((116_130 * cb + 32768) >> 16),
    ]
}

/// One output row from component rows, exact integers; `max` is the largest code.
#[inline(always)]
pub(crate) fn convert<T: Code>(
    plan: Plan,
    inverted: bool,
    max: i32,
    rows: &[&[T]],
    width: usize,
    out: &mut [T],
) {
    use ColourSpace as C;
    let clamp = |v: i32| T::put(v.clamp(0, max));
    let centre = (max + 1) / 2;
    match (plan.space, plan.target) {
        (C::Gray | C::YCbCr, Target::Gray) => out[..width].copy_from_slice(&rows[0][..width]),
        (C::Gray, Target::Rgb) => {
            for (o, y) in out.as_chunks_mut::<3>().0.iter_mut().zip(&rows[0][..width]) {
                *o = [*y; 3];
            }
        }
        (C::Gray, Target::Rgba) => {
            for (o, y) in out.as_chunks_mut::<4>().0.iter_mut().zip(&rows[0][..width]) {
                *o = [*y, *y, *y, T::put(max)];
            }
        }
        (C::YCbCr, Target::Rgb) => {
            let (y, cb, cr) = (&rows[0][..width], &rows[1][..width], &rows[2][..width]);
            for (((o, y), cb), cr) in out.as_chunks_mut::<3>().0.iter_mut().zip(y).zip(cb).zip(cr) {
                *o = rgb(y.get(), cb.get(), cr.get(), centre).map(clamp);
            }
        }
        (_, Target::Components) => {
            for (i, row) in rows.iter().enumerate() {
                for (o, v) in out[i..]
                    .iter_mut()
                    .step_by(plan.channels)
                    .zip(&row[..width])
                {
                    *o = *v;
                }
            }
        }
        _ => {
            for x in 0..width {
                let v = |i: usize| rows[i][x].get();
                let native = match plan.space {
                    C::Gray => [v(0), v(0), v(0), 0],
                    C::Rgb => [v(0), v(1), v(2), 0],
                    C::YCbCr => {
                        let [r, g, b] = rgb(v(0), v(1), v(2), centre).map(|c| c.clamp(0, max));
                        [r, g, b, 0]
                    }
                    C::Ycck => {
                        let [r, g, b] =
                            rgb(v(0), v(1), v(2), centre).map(|c| max - c.clamp(0, max));
                        [r, g, b, v(3)]
                    }
                    C::Cmyk | C::Unknown => [v(0), v(1), v(2), v(3)],
                };
                let ink = matches!(plan.space, C::Cmyk | C::Ycck);
                let [r, g, b] = if ink && plan.target != Target::Cmyk {
                    // Light that is left: stored inverted means stored as light already.
                    let light = |i: usize| if inverted { native[i] } else { max - native[i] };
                    [0, 1, 2].map(|i| {
                        ((i64::from(light(i)) * i64::from(light(3)) * 2 + i64::from(max))
                            / (2 * i64::from(max))) as i32
                    })
                } else {
                    [native[0], native[1], native[2]]
                };
                let o = &mut out[x * plan.channels..(x + 1) * plan.channels];
                match plan.target {
                    Target::Gray => {
                        let y = 19595 * i64::from(r)
                            + 38470 * i64::from(g)
                            + 7471 * i64::from(b)
                            + 32768;
                        o[0] = T::put((y >> 16) as i32);
                    }
                    Target::Rgb => o.copy_from_slice(&[r, g, b].map(T::put)),
                    Target::Rgba => o.copy_from_slice(&[r, g, b, max].map(T::put)),
                    Target::Cmyk | Target::Components => o.copy_from_slice(&native.map(T::put)),
                }
            }
        }
    }
}
