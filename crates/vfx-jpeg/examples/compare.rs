//! Decodes every file named and prints one line each with size and a checksum of the samples: `compare [1|2|4|8] FILES`.
//! Lines compare with those of another decoder (samples little endian when 16-bit).

use vfx_jpeg::{DecodeOptions, Decoder, Pixels, Scale};

fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn main() {
    let mut args = std::env::args().skip(1);
    let scale = match args.next().as_deref() {
        Some("2") => Scale::Half,
        Some("4") => Scale::Quarter,
        Some("8") => Scale::Eighth,
        _ => Scale::Full,
    };
    for name in args {
        let Ok(bytes) = std::fs::read(&name) else {
            continue;
        };
        let mut options = DecodeOptions::default();
        options.scale = scale;
        let mut decoder = Decoder::new(options);
        match decoder.decode_all(&bytes) {
            Ok(image) => {
                let sum = match &image.pixels {
                    Pixels::U8(v) => fnv(v.iter().copied()),
                    Pixels::U16(v) => fnv(v.iter().flat_map(|v| v.to_le_bytes())),
                    _ => 0,
                };
                println!(
                    "{name} {} {} {} {sum:016x} {:?}",
                    image.width,
                    image.height,
                    image.channels,
                    decoder.report()
                );
            }
            Err(e) => println!("{name} error {e}"),
        }
    }
}
