//! Composites a deep part, a band of lines at a time: samples are sorted by Z and put over each other by A.
//!
//! Volumes that overlap need more than sorting: `vfx convert --flatten` follows all rules of the standard.
//! `cargo run --example flatten_deep -- DEEP.exr FLAT.exr`

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use vfx_exr::{
    Channel, Compression, Header, Limits, PartType, PlaneRef, Reader, SampleType, Writer,
};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &args[..] else {
        return Err("flatten_deep DEEP.exr FLAT.exr".into());
    };
    let reader = Reader::open(File::open(from)?, &Limits::default())?;
    let deep = &reader.headers()[0];
    let find = |name: &str| deep.channels.iter().position(|c| c.name == name);
    let (Some(a), Some(z)) = (find("A"), find("Z")) else {
        return Err("A and Z are needed".into());
    };
    let colours: Vec<usize> = ["R", "G", "B"].into_iter().filter_map(find).collect();

    let mut list: Vec<Channel> = colours
        .iter()
        .map(|&c| Channel::new(deep.channels[c].name.clone(), SampleType::Float))
        .collect();
    list.push(Channel::new("A", SampleType::Float));
    let mut header = Header::new(deep.data_window, list.clone(), Compression::Zip);
    header.display_window = deep.display_window;
    header.part_type = Some(PartType::Scanline);
    let mut writer = Writer::create(BufWriter::new(File::create(to)?), vec![header])?;
    let encoder = writer.encoder(0).expect("one part");

    // Planes come in the order in which channels are asked for: A, Z, then the colours.
    let wanted: Vec<usize> = [a, z].into_iter().chain(colours.iter().copied()).collect();
    let types: Vec<SampleType> = wanted
        .iter()
        .map(|&c| deep.channels[c].sample_type)
        .collect();
    for index in encoder.file_order() {
        let place = encoder.chunk_region(index).expect("a chunk of the part");
        let samples = reader.read_deep(0, (0, 0), place.region, &wanted)?;
        let value = |plane: usize, sample: usize| {
            let size = types[plane].size();
            let b = &samples.planes[plane][sample * size..(sample + 1) * size];
            match types[plane] {
                SampleType::Half => half::f16::from_ne_bytes([b[0], b[1]]).to_f32(),
                SampleType::Float => f32::from_ne_bytes([b[0], b[1], b[2], b[3]]),
                SampleType::Uint => u32::from_ne_bytes([b[0], b[1], b[2], b[3]]) as f32,
            }
        };
        let mut out = vec![Vec::new(); list.len()];
        for pixel in samples.offsets.windows(2) {
            let mut order: Vec<usize> = (pixel[0] as usize..pixel[1] as usize).collect();
            order.sort_by(|&i, &j| value(1, i).total_cmp(&value(1, j)));
            let mut over = vec![0.0f32; list.len()];
            let alpha = list.len() - 1;
            for i in order {
                let left = 1.0 - over[alpha];
                for (c, over) in over[..alpha].iter_mut().enumerate() {
                    *over += left * value(2 + c, i);
                }
                over[alpha] += left * value(0, i);
            }
            for (out, v) in out.iter_mut().zip(over) {
                out.extend_from_slice(&v.to_ne_bytes());
            }
        }
        // The writer's channels are sorted by name.
        let stride = place.region.width() as usize * 4;
        let by_name = encoder.header().channels.iter().map(|c| {
            let i = list.iter().position(|l| l.name == c.name);
            let bytes = &out[i.expect("the same channels")];
            PlaneRef { bytes, stride }
        });
        let planes: Vec<PlaneRef<'_>> = by_name.collect();
        writer.commit(encoder.encode(index, &planes)?)?;
    }
    writer.finish()?;
    Ok(())
}
