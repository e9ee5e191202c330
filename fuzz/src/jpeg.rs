//! What the JPEG codec must keep whatever it is given: sound files out of the encoder and the transforms, the same pixels from
//! the decoder however the input is cut.

use vfx_jpeg::{
    Channels, ColorModel, Config, Crop, DecodeOptions, Decoder, Encoder, Image, InputFormat,
    JpegError, Mode, SampleKind, Sampling, Scale, Script, Status, TransformOptions, Turn, decode,
    decode_planes,
};

/// Numbers out of the input; zeros when it has ended.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }
    fn below(&mut self, n: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % n
    }
    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

fn options(strict: bool) -> DecodeOptions {
    let mut options = DecodeOptions::default();
    options.strict = strict;
    options.block_smoothing = !strict;
    options.limits.pixels = 1 << 22;
    options.limits.memory = 64 << 20;
    options.limits.block_visits = 1 << 20;
    options
}

/// The first bytes choose how the rest is decoded: an error, or a picture of the size that was announced, previews too.
///
/// # Panics
/// When the decoder has a fault.
pub fn read(data: &[u8]) {
    let (head, file) = data.split_at(data.len().min(16));
    let mut s = Source(head);
    let mut options = options(s.below(4) == 0);
    options.samples = s.pick(&[
        SampleKind::Native,
        SampleKind::U8,
        SampleKind::U16,
        SampleKind::F32,
    ]);
    options.channels = s.pick(&[
        Channels::Native,
        Channels::Gray,
        Channels::Rgb,
        Channels::Rgba,
        Channels::Cmyk,
        Channels::Components,
    ]);
    options.scale = s.pick(&[
        Scale::Full,
        Scale::Full,
        Scale::Half,
        Scale::Quarter,
        Scale::Eighth,
    ]);
    options.fancy_upsampling = s.below(4) != 0;
    options.dequantisation_bias = s.below(2) == 0;
    options.stop_at_scans = true;
    let mut previews = s.below(4);
    let mut decoder = Decoder::new(options.clone());
    let mut input = file;
    loop {
        match decoder.write(input) {
            Ok(Status::Scan { .. }) if previews > 0 => {
                previews -= 1;
                if let Ok(Some(image)) = decoder.current_preview() {
                    assert_eq!(
                        (image.width, image.height),
                        (decoder.width(), decoder.height())
                    );
                }
            }
            Ok(Status::Header | Status::Scan { .. }) => {}
            Ok(_) | Err(_) => break,
        }
        input = &[];
    }
    if let Ok(Some(hdr)) = vfx_jpeg::decode_hdr(file, &options, None) {
        assert_eq!(hdr.pixels.len(), hdr.width * hdr.height * 3);
    }
    if let Ok((image, decoder)) = decode(file, options.clone()) {
        let len = image.width * image.height * image.channels;
        let found = image.u8s().map(<[u8]>::len);
        let found = found.or(image.u16s().map(<[u16]>::len));
        assert_eq!(found.or(image.f32s().map(<[f32]>::len)), Some(len));
        assert_eq!(
            (image.width, image.height),
            (decoder.width(), decoder.height())
        );
        regions(file, options, &image, &mut s);
    }
}

/// On several threads, and at rows reached by jumps, the pixels are those of the whole.
fn regions(file: &[u8], mut options: DecodeOptions, whole: &Image, s: &mut Source<'_>) {
    options.stop_at_scans = false;
    options.threads = 2;
    let (again, decoder) = decode(file, options.clone()).expect("one thread could");
    assert!(same(whole, &again), "other pixels on two threads");
    options.threads = 1;
    options.checkpoints = true;
    options.index = Some(std::sync::Arc::new(decoder.index().clone()));
    let mut decoder = Decoder::new(options);
    let mut at = 0;
    while decoder.header().is_none() && at < file.len() {
        let n = (file.len() - at).min(100);
        decoder.write(&file[at..at + n]).expect("it could be read");
        at += n;
    }
    if decoder.header().is_none() {
        return;
    }
    for _ in 0..3 {
        let row = s.below(whole.height);
        if let (true, Some(o)) = (s.below(2) == 0, decoder.scout_offset()) {
            decoder.scout(&file[(o as usize).min(file.len())..], row);
        }
        if let Some(offset) = decoder.seek(row).expect("checkpoints are kept") {
            at = (offset as usize).min(file.len());
        }
        macro_rules! check {
            ($all:expr, $zero:expr, $bits:expr) => {{
                let len = whole.width * whole.channels;
                let mut out = vec![$zero; len];
                let mut ended = false;
                while decoder.read_rows(&mut out).expect("it could be read") == 0 {
                    assert!(!ended, "no row {row}");
                    let n = (file.len() - at).min(1 + s.below(500));
                    if n == 0 {
                        ended = true;
                        decoder.finish().expect("it could be read");
                    } else {
                        decoder.write(&file[at..at + n]).expect("it could be read");
                        at += n;
                    }
                }
                let expected = &$all[row * len..(row + 1) * len];
                assert!(
                    out.iter().map($bits).eq(expected.iter().map($bits)),
                    "row {row} differs after a jump"
                );
            }};
        }
        if let Some(all) = whole.u8s() {
            check!(all, 0u8, |v: &u8| u32::from(*v));
        } else if let Some(all) = whole.u16s() {
            check!(all, 0u16, |v: &u16| u32::from(*v));
        } else if let Some(all) = whole.f32s() {
            check!(all, 0f32, |v: &f32| v.to_bits());
        }
    }
}

/// A picture and a configuration out of `data`: refused with an error, or a file that decodes strictly to its size.
///
/// # Panics
/// When the encoder has a fault.
pub fn encode(data: &[u8]) {
    let mut s = Source(data);
    let (input, color) = s.pick(&[
        (InputFormat::Gray, ColorModel::Gray),
        (InputFormat::Rgb, ColorModel::YCbCr),
        (InputFormat::Rgba, ColorModel::YCbCr),
        (InputFormat::Rgb, ColorModel::Gray),
        (InputFormat::Rgb, ColorModel::Rgb),
        (InputFormat::Rgb, ColorModel::Xyb),
        (InputFormat::Cmyk, ColorModel::Cmyk),
        (InputFormat::Cmyk, ColorModel::Ycck),
        (InputFormat::Gray, ColorModel::YCbCr),
    ]);
    let config = Config {
        input,
        color,
        sampling: s.pick(&[
            Sampling::S444,
            Sampling::S422,
            Sampling::S440,
            Sampling::S420,
            Sampling::S411,
        ]),
        mode: s.pick(&[
            Mode::Streaming,
            Mode::Sequential,
            Mode::Progressive(Script::Level1),
            Mode::Progressive(Script::Level2),
            Mode::Progressive(Script::Spectral),
        ]),
        distance: s.below(2700) as f32 * 0.01,
        effort: s.below(11) as u8,
        adaptive: s.below(2) == 0,
        restart_interval: s.pick(&[0, 0, 1, 2, 7, 100]),
        threads: 1 + s.below(3),
        icc: vec![1; s.pick(&[0, 0, 5, 70_000])],
        xmp: vec![b' '; s.pick(&[0, 0, 5, 70_000])],
        ..Config::default()
    };
    let (width, height) = (1 + s.below(150), 1 + s.below(70));
    let Ok(mut encoder) = Encoder::new(width as u32, height as u32, config, Vec::new()) else {
        return;
    };
    let row = width * input.channels();
    let kind = s.below(3);
    let mut left = height;
    while left > 0 {
        let count = 1 + s.below(left);
        let bytes: Vec<u8> = (0..row * count).map(|_| s.byte()).collect();
        let written = match kind {
            0 => encoder.write_rows(&bytes),
            1 => {
                let words: Vec<u16> = bytes.iter().map(|b| u16::from(*b) * 257).collect();
                encoder.write_rows(&words)
            }
            // Also numbers that are none, negative or far above white.
            _ => {
                let bits = |b: &u8| f32::from_bits(u32::from(*b) * 0x0101_0101);
                let floats: Vec<f32> = bytes.iter().map(bits).collect();
                encoder.write_rows(&floats)
            }
        };
        written.expect("rows of the right length");
        left -= count;
    }
    let file = encoder.finish().expect("memory takes everything");
    let (image, decoder) = decode(&file, options(true)).expect("a sound file");
    assert_eq!((image.width, image.height), (width, height));
    assert!(decoder.report().is_clean());
}

/// The first bytes say where the rest is cut; whole and in pieces the outcome is the same.
///
/// # Panics
/// When the decoder has a fault.
pub fn split(data: &[u8]) {
    let (cuts, file) = data.split_at(data.len().min(16));
    let mut s = Source(cuts);
    let mut options = options(false);
    options.samples = s.pick(&[SampleKind::Native, SampleKind::F32]);
    options.dequantisation_bias = s.below(2) == 0;
    let whole = decode(file, options.clone()).map(|d| d.0);
    let pieces = (|| -> Result<Image, JpegError> {
        let mut decoder = Decoder::new(options);
        let mut rest = file;
        while !rest.is_empty() {
            let n = (1 + s.below(300)).min(rest.len());
            decoder.write(&rest[..n])?;
            rest = &rest[n..];
        }
        decoder.decode_all(&[])
    })();
    match (whole, pieces) {
        (Ok(a), Ok(b)) => assert!(same(&a, &b), "other pixels"),
        (Err(_), Err(_)) => {}
        (a, b) => panic!("whole {:?}, in pieces {:?}", a.err(), b.err()),
    }
}

/// Equal bits: not-a-number equals itself.
fn same(a: &Image, b: &Image) -> bool {
    let bits = |i: &Image| {
        i.f32s()
            .map(|v| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
    };
    (a.width, a.height, a.channels) == (b.width, b.height, b.channels)
        && bits(a) == bits(b)
        && a.u8s() == b.u8s()
        && a.u16s() == b.u16s()
}

/// The first bytes choose a transform of the rest: refused, or a sound file, with the same samples where nothing moves.
///
/// # Panics
/// When the transforms have a fault.
pub fn transform(data: &[u8]) {
    let (head, file) = data.split_at(data.len().min(16));
    let mut s = Source(head);
    let mut wanted = TransformOptions::default();
    wanted.turn = s.pick(&[
        Turn::None,
        Turn::FlipHorizontal,
        Turn::FlipVertical,
        Turn::Rotate90,
        Turn::Rotate180,
        Turn::Rotate270,
        Turn::Transpose,
        Turn::Transverse,
    ]);
    wanted.progressive = s.below(2) == 0;
    wanted.strip = s.below(2) == 0;
    wanted.perfect = s.below(4) == 0;
    wanted.crop = (s.below(2) == 0).then(|| Crop {
        x: s.below(64) as u32,
        y: s.below(64) as u32,
        width: s.below(100) as u32,
        height: s.pick(&[0, 1, 9, u32::MAX]),
    });
    wanted.limits = options(true).limits;
    let Ok(out) = vfx_jpeg::transform(file, &wanted) else {
        return;
    };
    let (after, _) = decode_planes(&out, options(true)).expect("a sound file");
    if wanted.turn == Turn::None && wanted.crop.is_none() {
        let (before, _) = decode_planes(file, options(true)).expect("it was transformed");
        assert!(before == after, "samples changed");
    }
}
