//! Deep images in the facade: an [`Image`] that has samples beside its flattened view.
//!
//! Operations that keep samples (crop, channel selection, merge, holdout) make another deep image; every other one works on the flattened view, and says so. Saving to
//! OpenEXR keeps the samples, any other format gets the flattened view. Chunks are read, made and compressed on all threads and written in order.

use crate::{Error, Image, Output, Session};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use vfx_core::{
    ChannelSet, DeepPixels, DeepPlane, DeepSink, DeepSource, EncodedChunk, ImageSpec, IoError,
    Region, Report, SampleType, Written,
};
use vfx_ops::deep::{Flatten, Holdout, Merge, Select};
use vfx_ops::{Args, OpError};

/// The image of a deep source, with its flattened view as the graph.
pub(crate) fn image(source: Arc<dyn DeepSource>, session: &Session) -> Image {
    let graph = vfx_compute::Image::from_source(Arc::new(Flatten::new(source.clone())));
    // The view is computed in f32 and saved in the types of the samples.
    let mut spec = graph.spec().clone();
    for (c, of) in spec.channels.iter_mut().zip(&source.spec().channels) {
        c.format = of.format;
    }
    Image::with_deep(graph.with_spec(spec), session, source)
}

/// What an operation makes of deep images; `None` where it works on the flattened view.
pub(crate) fn apply(
    name: &'static str,
    images: &[Image],
    args: &Args,
    session: &Session,
) -> Result<Option<Image>, Error> {
    let deep: Option<Vec<_>> = images.iter().map(|i| i.deep().cloned()).collect();
    let Some(deep) = deep else {
        return Ok(None);
    };
    let refused = |problem: &str| {
        Error::Op(OpError::Images {
            op: name,
            problem: problem.into(),
        })
    };
    Ok(Some(match (name, &deep[..]) {
        ("deepmerge", [a, b]) => image(Arc::new(Merge::new(a.clone(), b.clone())), session),
        ("deepholdout", [a, b]) => image(Arc::new(Holdout::new(a.clone(), b.clone())), session),
        ("crop" | "ch" | "chnames", [one]) => {
            let op = vfx_ops::find(name).ok_or_else(|| Error::unknown_op(name))?;
            let flat = op.apply(&[images[0].graph().clone()], args)?;
            let spec = flat.spec().clone();
            let picks = match name {
                "ch" => {
                    let find = |c: &vfx_core::Channel| one.spec().channel_index(&c.name);
                    let picks: Option<Vec<usize>> = spec.channels.iter().map(find).collect();
                    picks.ok_or_else(|| {
                        refused("deep images take the names of their channels, nothing else")
                    })?
                }
                _ => (0..spec.channels.len()).collect(),
            };
            image(Arc::new(Select::new(one.clone(), spec, picks)), session)
        }
        _ => {
            if name != "flatten" {
                session.open_options().reporter.report(Report::Note {
                    file: images[0].spec().name.clone(),
                    message: format!("--{name} works on the flattened image"),
                });
            }
            return Ok(None);
        }
    }))
}

/// The same samples under another spec.
pub(crate) fn respecified(
    source: &Arc<dyn DeepSource>,
    spec: ImageSpec,
    picks: Vec<usize>,
) -> Arc<dyn DeepSource> {
    Arc::new(Select::new(source.clone(), spec, picks))
}

/// The deep sources of an output whose samples are to be kept: all of its parts are deep and the format can hold that.
pub(crate) fn sources(
    session: &Session,
    output: &Output,
) -> Result<Option<Vec<Arc<dyn DeepSource>>>, Error> {
    let format = match &output.options.write.format {
        Some(name) => vfx_io::by_name(name),
        None => vfx_io::by_extension(&output.path),
    };
    if output.options.flatten || !output.parts.iter().any(|p| p.deep().is_some()) {
        return Ok(None);
    }
    let holds = format.is_some_and(|f| f.name == vfx_io::formats::exr::FORMAT.name);
    let all: Option<Vec<_>> = output.parts.iter().map(|p| p.deep().cloned()).collect();
    let (true, Some(all)) = (holds, all) else {
        session.open_options().reporter.report(Report::Note {
            file: output.path.display().to_string(),
            message: if holds {
                "some parts are deep and some flat: the deep ones are flattened".into()
            } else {
                "the image is deep: its flattened view is written".into()
            },
        });
        return Ok(None);
    };
    let Some(names) = &output.options.channels else {
        return Ok(Some(all));
    };
    let select = |source: &Arc<dyn DeepSource>| {
        let mut spec = source.spec().clone();
        let find = |name: &String| {
            spec.channel_index(name)
                .ok_or_else(|| Error::UnknownChannel {
                    name: name.clone(),
                    known: crate::image::join_names(&spec),
                })
        };
        let picks = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        spec.channels = picks.iter().map(|&i| spec.channels[i].clone()).collect();
        Ok(respecified(source, spec, picks))
    };
    Ok(Some(all.iter().map(select).collect::<Result<_, Error>>()?))
}

/// Writes deep images as the parts of one file.
pub(crate) fn save(
    session: &Session,
    sources: &[Arc<dyn DeepSource>],
    output: &Output,
) -> Result<Written, Error> {
    let mut specs: Vec<ImageSpec> = sources.iter().map(|s| s.spec().clone()).collect();
    if let Some(format) = output.options.format {
        let colour = |c: &&mut vfx_core::Channel| c.format.is_float();
        for c in specs
            .iter_mut()
            .flat_map(|s| &mut s.channels)
            .filter(colour)
        {
            c.format = format;
        }
    }
    let mut sink = vfx_io::create_deep(&output.path, &specs, &output.options.write)?;
    for (image, source) in sources.iter().enumerate() {
        part(session, &mut sink, image, source).map_err(|e| e.in_file(&output.path))?;
    }
    Ok(sink.finish().map_err(|e| e.in_file(&output.path))?)
}

/// Chunks that are made and not yet written, and the first error.
#[derive(Default)]
struct Made {
    chunks: BTreeMap<usize, EncodedChunk>,
    failed: Option<IoError>,
}

fn part(
    session: &Session,
    sink: &mut Box<dyn DeepSink>,
    image: usize,
    source: &Arc<dyn DeepSource>,
) -> Result<(), IoError> {
    let job = session.job();
    let layout = sink.layout(image);
    job.progress.expect(layout.window.pixels());
    let formats: Vec<SampleType> = sink.specs()[image]
        .channels
        .iter()
        .map(|c| c.format.sample)
        .collect();
    let threads = job.budget.threads.max(1).min(layout.len().max(1));
    // Batches keep what is made and not written small.
    let batch = threads * 4;
    let all = ChannelSet::all(formats.len());
    let mut first = 0;
    while first < layout.len() {
        let end = (first + batch).min(layout.len());
        let next = AtomicUsize::new(first);
        let made = Mutex::new(Made::default());
        let shared: &dyn DeepSink = &**sink;
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= end {
                    return;
                }
                let chunk = if job.cancel.is_cancelled() {
                    Err(IoError::Cancelled)
                } else {
                    let region: Region = layout.region(index);
                    source
                        .read(region, &all)
                        .map(|p| converted(p, &formats))
                        .and_then(|p| shared.encode(image, index, &p))
                };
                let mut made = made.lock().expect("chunk lock");
                match chunk {
                    Ok(c) => drop(made.chunks.insert(index, c)),
                    Err(e) => {
                        made.failed.get_or_insert(e);
                        next.store(end, Ordering::Relaxed);
                    }
                }
            }
        };
        std::thread::scope(|s| {
            for _ in 1..threads {
                s.spawn(work);
            }
            work();
        });
        let made = made.into_inner().expect("chunk lock");
        if let Some(e) = made.failed {
            return Err(e);
        }
        for (index, chunk) in made.chunks {
            sink.commit(image, chunk)?;
            job.progress.advance(layout.region(index).pixels());
        }
        first = end;
    }
    Ok(())
}

/// Planes in the types that the sink takes.
fn converted(mut pixels: DeepPixels, to: &[SampleType]) -> DeepPixels {
    for (plane, to) in pixels.planes.iter_mut().zip(to) {
        let other = match (&*plane, to) {
            (DeepPlane::F16(v), SampleType::F32) => Some(DeepPlane::F32(
                v.iter()
                    .map(|&b| half::f16::from_bits(b).to_f32())
                    .collect(),
            )),
            (DeepPlane::F32(v), SampleType::F16) => Some(DeepPlane::F16(
                v.iter()
                    .map(|&v| half::f16::from_f32(v).to_bits())
                    .collect(),
            )),
            _ => None,
        };
        if let Some(other) = other {
            *plane = other;
        }
    }
    pixels
}
