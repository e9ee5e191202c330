//! Damaged HTJ2K and LJ2K chunks: a typed error or samples, never a panic, however the codestream is cut or changed.

mod support;

use support::*;
use vfx_exr::*;

/// Files with one chunk, and where the chunk's bytes begin.
fn files() -> Vec<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let layouts: [&[(&str, SampleType)]; 3] = [
        &[
            ("R", SampleType::Half),
            ("G", SampleType::Half),
            ("B", SampleType::Half),
            ("A", SampleType::Half),
        ],
        &[
            ("R", SampleType::Float),
            ("G", SampleType::Float),
            ("B", SampleType::Float),
        ],
        &[("id", SampleType::Uint), ("Y", SampleType::Half)],
    ];
    for layout in layouts {
        for compression in [
            Compression::Htj2k256,
            Compression::Htj2k32,
            Compression::Lj2k,
        ] {
            let channels = layout.iter().map(|(n, t)| Channel::new(*n, *t)).collect();
            let header = Header::new(Box2i::from_size(70, 30), channels, compression);
            let (file, _) = write(vec![header], Content::Smooth);
            let at = file
                .windows(3)
                .position(|w| w == [0x48, 0x54, 0] || w == [0x48, 0x4c, 0])
                .expect("a packed chunk");
            out.push((file, at));
        }
    }
    out
}

/// Reads everything; returns whether it could.
fn reads(file: Vec<u8>) -> bool {
    let Ok(reader) = Reader::open(file, &Limits::default()) else {
        return false;
    };
    let level = reader.levels(0)[0];
    match read_level(&reader, 0, &level) {
        Ok(_) => true,
        Err(Error::Corrupt { .. } | Error::MissingChunk { .. }) => false,
        Err(e) => panic!("{e:?}"),
    }
}

#[test]
fn codestream_changes_never_panic() {
    let mut noise = Noise(11);
    let (mut good, mut bad) = (0, 0);
    for (file, at) in files() {
        assert!(reads(file.clone()));
        for round in 0..1500 {
            let mut damaged = file.clone();
            // Mostly in the headers, which decide most.
            let range = if round % 2 == 0 {
                200.min(file.len() - at)
            } else {
                file.len() - at
            };
            for _ in 0..=noise.next() % 3 {
                let place = at + noise.next() as usize % range;
                damaged[place] = match noise.next() % 4 {
                    0 => 0,
                    1 => 0xff,
                    2 => damaged[place] ^ 1 << (noise.next() % 8),
                    _ => noise.next() as u8,
                };
            }
            if reads(damaged) {
                good += 1;
            } else {
                bad += 1;
            }
        }
    }
    println!("{good} read, {bad} refused");
    assert!(bad > 1000);
}

#[test]
fn codestream_cut_short_is_refused() {
    for (file, at) in files() {
        let packed = file.len() - at;
        for keep in 0..packed {
            // The chunk's size field is right before it.
            let mut cut = file[..at + keep].to_vec();
            cut[at - 4..at].copy_from_slice(&(keep as i32).to_le_bytes());
            // The end marker is not needed.
            assert!(!reads(cut) || keep + 2 >= packed, "{keep} of {packed}");
        }
    }
}
