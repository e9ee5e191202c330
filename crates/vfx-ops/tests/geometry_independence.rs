//! Random graphs give the bits of the naive executor, whatever the chunks, tiles, threads and budget.

use std::sync::{Arc, Mutex};
use vfx_compute::{Image, Job, naive};
use vfx_core::*;
use vfx_ops::{Args, find};

/// A small generator of pseudo-random numbers: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Pixels in memory that claim some way of access.
struct Memory {
    spec: ImageSpec,
    planes: Planes,
    access: Access,
}

impl ImageSource for Memory {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        self.access
    }
    fn read(
        &self,
        r: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let w = self.spec.data_window;
        assert!(w.contains(&r) && !r.is_empty(), "{r} of {w}");
        for (o, &c) in out.iter_mut().zip(&channels.0) {
            let (x, y) = ((r.x0 - w.x0) as usize, (r.y0 - w.y0) as usize);
            o.copy_from(&self.planes.plane(c).window(x, y, r.width(), r.height()));
        }
        Ok(())
    }
}

fn source(rng: &mut Random, n: usize) -> Image {
    let (w, h) = (1 + rng.below(300), 1 + rng.below(200));
    let formats = [
        SampleFormat::U8,
        SampleFormat::U10,
        SampleFormat::U16,
        SampleFormat::F16,
        SampleFormat::F32,
    ];
    let format = *rng.pick(&formats);
    let mut spec = ImageSpec::new(w, h, ImageSpec::default_channels(n, format));
    let (dx, dy) = (rng.below(40) as i64 - 20, rng.below(40) as i64 - 20);
    spec.data_window = spec.data_window.offset(dx, dy);
    if rng.below(2) == 0 {
        spec.display_window = spec.data_window;
    }
    let mut planes = Planes::for_channels(w, h, &spec.channels);
    for mut p in planes.views_mut() {
        for y in 0..h {
            match format.sample {
                SampleType::U8 => p.row::<u8>(y).fill_with(|| rng.next() as u8),
                SampleType::U16 => p
                    .row::<u16>(y)
                    .fill_with(|| rng.next() as u16 & format.full_scale() as u16),
                SampleType::F16 => p
                    .row::<half::f16>(y)
                    .fill_with(|| half::f16::from_f32((rng.next() % 4000) as f32 / 1000.0 - 0.5)),
                _ => p
                    .row::<f32>(y)
                    .fill_with(|| (rng.next() % 40_000) as f32 / 10_000.0 - 0.5),
            }
        }
    }
    let chunk = (1 + rng.below(150), 1 + rng.below(80));
    let access = match rng.below(5) {
        0 => Access::Random {
            chunk,
            partial: true,
        },
        1 => Access::Random {
            chunk,
            partial: false,
        },
        2 => Access::Random {
            chunk: (w, chunk.1),
            partial: false,
        },
        3 => Access::TopDown {
            rows: 1 + rng.below(20),
        },
        _ => Access::Whole,
    };
    Image::from_source(Arc::new(Memory {
        spec,
        planes,
        access,
    }))
}

fn apply(name: &str, images: &[Image], args: Args) -> Image {
    find(name)
        .unwrap_or_else(|| panic!("{name}"))
        .apply(images, &args)
        .unwrap_or_else(|e| panic!("{e}"))
}

/// A random chain; now and then an image on the way is kept, as by an `-o` in the middle.
fn graph(rng: &mut Random, log: &mut Vec<String>, kept: &mut Vec<Image>) -> Image {
    let n = *rng.pick(&[1, 2, 3, 4]);
    let mut image = source(rng, n);
    let none: [&str; 0] = [];
    if rng.below(4) == 0 {
        kept.push(image.clone());
    }
    for _ in 0..rng.below(6) {
        let d = image.spec().data_window;
        let count = image.spec().channels.len();
        let (name, args) = match rng.below(18) {
            // A window larger than the image: a consumer may then ask for rows further up than another one that comes first.
            16 | 17 => {
                let mut pad = || rng.below(30) as i64;
                let (x0, y0, x1, y1) = (d.x0 - pad(), d.y0 - pad(), d.x1 + pad(), d.y1 + pad());
                ("crop", Args::new([format!("{x0},{y0},{x1},{y1}")]))
            }
            0 => {
                let w = 1 + rng.below(d.width() + 20);
                let h = 1 + rng.below(d.height() + 20);
                let x = d.x0 + rng.below(d.width()) as i64 - 10;
                let y = d.y0 + rng.below(d.height()) as i64 - 10;
                ("crop", Args::new([format!("{w}x{h}{x:+}{y:+}")]))
            }
            1 => {
                let f = *rng.pick(&[
                    "lanczos3",
                    "triangle",
                    "box",
                    "mitchell",
                    "blackman-harris",
                    "gaussian",
                ]);
                let s = *rng.pick(&["90%", "50%", "13%", "137%", "100%", "64%x120%", "250%"]);
                ("resize", Args::new([s]).with("filter", f))
            }
            2 => (
                "resample",
                Args::new(["71%"]).with("interp", if rng.below(2) == 0 { "0" } else { "1" }),
            ),
            3 => (*rng.pick(&["flip", "flop", "rotate180"]), Args::new(none)),
            4 => (
                *rng.pick(&["rotate90", "rotate270", "transpose"]),
                Args::new(none),
            ),
            5 => ("mulc", Args::new(["1.7"])),
            6 => ("exposure", Args::new(["0.6"])),
            7 => (
                "blur",
                Args::new([*rng.pick(&["3x3", "5x9", "1x7", "21x3"])]),
            ),
            8 => ("unsharp", Args::new(none).with("width", "5")),
            9 => (
                "convolve",
                Args::new(none)
                    .with("kernel", "-1,-1,-1,-1,16,-1,-1,-1,-1")
                    .with("scale", "8"),
            ),
            10 if count == 4 => ("premult", Args::new(none)),
            10 | 11 => (
                "ch",
                Args::new([(0..count)
                    .rev()
                    .map(|c| c.to_string())
                    .collect::<Vec<_>>()
                    .join(",")]),
            ),
            12 if count >= 3 => {
                let matrices = [
                    "0.8,0.1,0,0.2,0.7,0.1,0,0.2,0.9",
                    "0.8,0.1,0,0.1,0.2,0.7,0.1,0,0,0.2,0.9,0.2,0.1,0,0.2,0.9",
                ];
                ("ccmatrix", Args::new([*rng.pick(&matrices)]))
            }
            12 | 13 => (
                "cut",
                Args::new([format!(
                    "{}x{}{:+}{:+}",
                    d.width().div_ceil(2),
                    d.height().div_ceil(2),
                    d.x0 + 1,
                    d.y0
                )]),
            ),
            14 => ("barrier", Args::new(none)),
            15 if rng.below(2) == 0 => ("powc", Args::new([*rng.pick(&["2", "3", "-1", "0.7"])])),
            _ => ("addc", Args::new(["0.125"])),
        };
        log.push(format!("{name} {args:?}"));
        let before = image.clone();
        image = apply(name, &[image], args);
        // A diamond now and then.
        if rng.below(5) == 0 && image.spec().channels.len() == before.spec().channels.len() {
            log.push("merged with the image before".into());
            let pair = if image.spec().alpha_index().is_some() && rng.below(2) == 0 {
                let names = |i: &Image| i.spec().channels.clone();
                if names(&image) == names(&before) {
                    "over"
                } else {
                    "absdiff"
                }
            } else {
                "absdiff"
            };
            image = apply(pair, &[image, before], Args::new(none));
        }
        if rng.below(5) == 0 {
            log.push("kept".into());
            kept.push(image.clone());
        }
    }
    image
}

/// A sink in memory with any chunks.
struct Collect {
    specs: [ImageSpec; 1],
    layout: ChunkLayout,
    out: Arc<Mutex<Planes>>,
    next: usize,
}

struct Encoder(Arc<Mutex<Planes>>, ChunkLayout);

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let r = self.1.region(index);
        let mut out = self.0.lock().unwrap();
        for (c, p) in planes.iter().enumerate() {
            let (x, y) = (
                (r.x0 - self.1.window.x0) as usize,
                (r.y0 - self.1.window.y0) as usize,
            );
            out.plane_mut(c)
                .window(x, y, r.width(), r.height())
                .copy_from(p);
        }
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

impl ImageSink for Collect {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, _: usize) -> ChunkLayout {
        self.layout
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Encoder(self.out.clone(), self.layout))
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        if self.layout.order == ChunkOrder::Increasing {
            assert_eq!(chunk.index, self.next);
        }
        self.next += 1;
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        assert_eq!(self.next, self.layout.len(), "every chunk once");
        Ok(Written::default())
    }
}

/// What is wanted of an image, how it is cut, and what came of it.
struct Wanted {
    spec: ImageSpec,
    layout: ChunkLayout,
    out: Arc<Mutex<Planes>>,
}

impl Wanted {
    fn new(rng: &mut Random, spec: &ImageSpec) -> Self {
        let window = spec.data_window;
        let chunk = match rng.below(3) {
            0 => (window.width().max(1), 1 + rng.below(70)),
            1 => (1 + rng.below(100), 1 + rng.below(100)),
            _ => (64, 64),
        };
        let order = if rng.below(2) == 0 {
            ChunkOrder::Any
        } else {
            ChunkOrder::Increasing
        };
        let (w, h) = (window.width(), window.height());
        Self {
            spec: spec.clone(),
            layout: ChunkLayout {
                window,
                chunk,
                order,
            },
            out: Arc::new(Mutex::new(Planes::for_channels(w, h, &spec.channels))),
        }
    }
    fn sink(&self) -> Box<dyn ImageSink> {
        Box::new(Collect {
            specs: [self.spec.clone()],
            layout: self.layout,
            out: self.out.clone(),
            next: 0,
        })
    }
}

fn check(seed: u64) {
    let mut rng = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (mut log, mut images) = (Vec::new(), Vec::new());
    let image = graph(&mut rng, &mut log, &mut images);
    images.push(image);
    let specs: Vec<ImageSpec> = images
        .iter()
        .map(|image| {
            let mut spec = image.spec().clone();
            spec.set_format(*rng.pick(&[
                SampleFormat::U8,
                SampleFormat::U16,
                SampleFormat::F16,
                SampleFormat::F32,
            ]));
            spec
        })
        .collect();
    let want: Vec<Planes> = images
        .iter()
        .zip(&specs)
        .map(|(image, spec)| naive::render(image, spec).unwrap())
        .collect();
    for _ in 0..3 {
        let wanted: Vec<Wanted> = specs.iter().map(|s| Wanted::new(&mut rng, s)).collect();
        let memory = *rng.pick(&[3 << 20, 8 << 20, 1 << 30]);
        let budget = Budget {
            memory,
            threads: 1 + rng.below(4),
            scratch: std::env::temp_dir(),
        };
        let outputs = images.iter().zip(&wanted);
        let job = Job::new(budget.clone());
        match job.run(outputs.map(|(i, w)| (vec![i.clone()], w.sink())).collect()) {
            Ok(_) => {}
            // A refusal is an answer too, where the budget is small.
            Err(e) if memory < 1 << 30 && e.to_string().contains("plan") => continue,
            Err(e) => panic!("seed {seed}: {e} {log:?}"),
        }
        for (i, (want, wanted)) in want.iter().zip(&wanted).enumerate() {
            let (got, layout) = (wanted.out.lock().unwrap(), &wanted.layout);
            for c in 0..want.len() {
                for y in 0..layout.window.height() {
                    assert!(
                        want.plane(c).row_bytes(y) == got.plane(c).row_bytes(y),
                        "seed {seed}: image {i} channel {c} row {y} differs: {budget:?} {layout:?} {log:#?}"
                    );
                }
            }
        }
    }
}

#[test]
fn random_graphs_do_not_depend_on_geometry() {
    let count = std::env::var("VFX_CASES")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(2000);
    let first = std::env::var("VFX_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(1);
    for seed in first..first + count {
        check(seed);
    }
}

/// Counts the samples it is asked to change.
struct Counter(std::sync::atomic::AtomicUsize);

impl vfx_compute::Pointwise for Counter {
    fn name(&self) -> String {
        "count".into()
    }
    fn apply(&self, _: usize, rows: &mut [&mut [f32]]) {
        let samples = rows.iter().map(|r| r.len()).sum();
        self.0
            .fetch_add(samples, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn several_outputs_compute_what_they_share_once() {
    let mut rng = Random(7);
    let (w, h) = (700, 3000);
    let spec = ImageSpec::new(w, h, ImageSpec::default_channels(1, SampleFormat::U8));
    let planes = Planes::for_channels(w, h, &spec.channels);
    let access = Access::Random {
        chunk: (64, 64),
        partial: true,
    };
    let source = Image::from_source(Arc::new(Memory {
        spec,
        planes,
        access,
    }));
    let counter = Arc::new(Counter(0.into()));
    let whole = source.pointwise(counter.clone());
    let half = apply("resize", &[whole.clone()], Args::new(["50%"]));
    let small = apply("resize", &[half.clone()], Args::new(["30%"]));
    let blurred = apply("blur", &[whole.clone()], Args::new(["5x5"]));
    let images = [small, whole, blurred, half];
    let wanted: Vec<Wanted> = images
        .iter()
        .map(|i| Wanted::new(&mut rng, i.spec()))
        .collect();
    let job = Job::new(Budget {
        memory: 64 << 20,
        threads: 2,
        scratch: std::env::temp_dir(),
    });
    let outputs = images.iter().zip(&wanted);
    let outcome = job
        .run(outputs.map(|(i, w)| (vec![i.clone()], w.sink())).collect())
        .unwrap();
    assert_eq!(outcome.explanations.len(), 1, "one pass");
    let counted = counter.0.load(std::sync::atomic::Ordering::Relaxed);
    // Bands overlap by the halos and by what it takes to make cut chunks whole.
    assert!(
        counted < w * h * 3 / 2,
        "{counted} samples computed for {}",
        w * h
    );
}
