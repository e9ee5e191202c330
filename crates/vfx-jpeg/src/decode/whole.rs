//! Whole images: decoding a buffer at once, and previews of what came so far.

use super::drive::{Decoder, Status};
use super::options::Options;
use super::output::{Sample, SampleType};
use crate::error::JpegError;

/// Interleaved samples.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Pixels {
    /// 8-bit codes.
    U8(Vec<u8>),
    /// 16-bit codes.
    U16(Vec<u16>),
    /// 0 to 1.
    F32(Vec<f32>),
}

/// A decoded image, rows top down, channels interleaved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Image {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Numbers a pixel.
    pub channels: usize,
    /// The numbers.
    pub pixels: Pixels,
}

impl Image {
    /// The 8-bit codes, if that is what it holds.
    pub fn u8s(&self) -> Option<&[u8]> {
        match &self.pixels {
            Pixels::U8(v) => Some(v),
            _ => None,
        }
    }

    /// The 16-bit codes.
    pub fn u16s(&self) -> Option<&[u16]> {
        match &self.pixels {
            Pixels::U16(v) => Some(v),
            _ => None,
        }
    }

    /// The floats.
    pub fn f32s(&self) -> Option<&[f32]> {
        match &self.pixels {
            Pixels::F32(v) => Some(v),
            _ => None,
        }
    }
}

/// Decodes a whole file; damage that lenient decoding survives is in the decoder's report, which is given too.
///
/// # Errors
/// As [`Decoder::write`].
pub fn decode(bytes: &[u8], options: Options) -> Result<(Image, Decoder), JpegError> {
    if options.threads > 1 {
        return Decoder::decode_bands(bytes, options);
    }
    let mut decoder = Decoder::new(options);
    let image = decoder.decode_all(bytes)?;
    Ok((image, decoder))
}

impl Decoder {
    /// Feeds all of `bytes` as the rest of the file and collects the rows that were not read yet.
    ///
    /// # Errors
    /// As [`Decoder::write`].
    pub fn decode_all(&mut self, bytes: &[u8]) -> Result<Image, JpegError> {
        let mut pieces = bytes.chunks(1 << 14);
        while self.header().is_none() {
            match pieces.next() {
                Some(p) => self.write(p)?,
                None => {
                    self.finish()?;
                    break;
                }
            };
        }
        if self.channels() == 0 {
            return Err(JpegError::Parameter {
                parameter: "channels",
                reason: "the file's colour space does not convert to them",
            });
        }
        Ok(match self.sample_type() {
            SampleType::U8 => self.collect(&mut pieces, Pixels::U8)?,
            SampleType::U16 => self.collect(&mut pieces, Pixels::U16)?,
            SampleType::F32 => self.collect(&mut pieces, Pixels::F32)?,
        })
    }

    fn collect<'a, T: Sample>(
        &mut self,
        pieces: &mut impl Iterator<Item = &'a [u8]>,
        wrap: impl FnOnce(Vec<T>) -> Pixels,
    ) -> Result<Image, JpegError> {
        let (len, height) = (self.row_len(), self.height());
        // Zeroed memory is mapped only as rows arrive.
        let mut out = vec![T::default(); len * height];
        let mut row = 0;
        let mut finished = false;
        while row < height {
            let read = self.read_rows(&mut out[row * len..])?;
            row += read;
            if read == 0 {
                match pieces.next() {
                    Some(p) => {
                        let mut status = self.write(p)?;
                        while matches!(status, Status::Scan { .. }) {
                            status = self.write(&[])?;
                        }
                    }
                    None if !finished => {
                        finished = true;
                        self.finish()?;
                    }
                    None => break,
                }
            }
        }
        for p in pieces {
            self.write(p)?;
        }
        self.finish()?;
        Ok(Image {
            width: self.width(),
            height,
            channels: self.channels(),
            pixels: wrap(out),
        })
    }

    /// The image as far as it came, for files of several scans, block smoothed; `None` before the first scan began or for
    /// files that stream.
    ///
    /// # Errors
    /// A conversion that does not exist, or the memory limit.
    pub fn current_preview(&self) -> Result<Option<Image>, JpegError> {
        if self.streaming || (self.scan.is_none() && self.scans == 0) {
            return Ok(None);
        }
        Ok(Some(match self.sample_type() {
            SampleType::U8 => self.preview_as(Pixels::U8)?,
            SampleType::U16 => self.preview_as(Pixels::U16)?,
            SampleType::F32 => self.preview_as(Pixels::F32)?,
        }))
    }

    fn preview_as<T: Sample>(
        &self,
        wrap: impl FnOnce(Vec<T>) -> Pixels,
    ) -> Result<Image, JpegError> {
        let (len, height) = (self.row_len(), self.height());
        let mut out = vec![T::default(); len * height];
        let quant = self.quantisers();
        if let (Some(mut output), Some(frame), Some(stored)) =
            (self.new_output()?, &self.frame, self.stored(&quant))
        {
            for row in out.chunks_exact_mut(len) {
                while output.next >= output.ready {
                    output.render(frame, &stored);
                }
                output.emit(row);
            }
        }
        Ok(Image {
            width: self.width(),
            height,
            channels: self.channels(),
            pixels: wrap(out),
        })
    }
}
