//! Parameters that make no sense are typed errors, and a failing output ends the encoder.

use vfx_jpeg::{
    ColorModel, Config, Encoder, InputFormat, JpegError, Mode, PlanarRows, Sampling, Scan, Script,
};

fn refuses(width: u32, height: u32, config: Config) -> JpegError {
    Encoder::new(width, height, config, Vec::new()).expect_err("must be refused")
}

#[test]
fn size_outside_1_to_65535_is_refused() {
    for (w, h) in [(0, 0), (0, 5), (5, 0)] {
        assert!(matches!(
            refuses(w, h, Config::default()),
            JpegError::Parameter { .. }
        ));
    }
    for (w, h) in [(65_536, 1), (1, 65_536), (u32::MAX, u32::MAX)] {
        assert!(matches!(
            refuses(w, h, Config::default()),
            JpegError::Limit { limit: 65_535, .. }
        ));
    }
}

#[test]
fn contradicting_configurations_are_refused() {
    let base = Config::default;
    let wrong = [
        Config {
            distance: 0.0,
            ..base()
        },
        Config {
            distance: f32::NAN,
            ..base()
        },
        Config {
            distance: f32::INFINITY,
            ..base()
        },
        Config {
            distance: 26.0,
            ..base()
        },
        Config {
            effort: 0,
            ..base()
        },
        Config {
            effort: 10,
            ..base()
        },
        Config {
            threads: 0,
            ..base()
        },
        Config {
            input: InputFormat::Gray,
            ..base()
        },
        Config {
            input: InputFormat::Cmyk,
            ..base()
        },
        Config {
            color: ColorModel::Ycck,
            ..base()
        },
        Config {
            color: ColorModel::Rgb,
            sampling: Sampling::S420,
            ..base()
        },
        Config {
            color: ColorModel::Gray,
            sampling: Sampling::S422,
            ..base()
        },
        Config {
            color: ColorModel::Xyb,
            icc: vec![1],
            ..base()
        },
        Config {
            exif: vec![0; 65_530],
            ..base()
        },
        Config {
            icc: vec![0; 255 * 65_519 + 1],
            ..base()
        },
        Config {
            comments: vec![vec![0; 65_534]],
            ..base()
        },
    ];
    for config in wrong {
        let text = format!(
            "{:?} {:?} {}",
            config.color, config.sampling, config.distance
        );
        assert!(
            matches!(refuses(8, 8, config), JpegError::Parameter { .. }),
            "{text}"
        );
    }
}

#[test]
fn scripts_against_t81_are_refused() {
    let scan = |components: &[u8], ss, se, ah, al| Scan {
        components: components.to_vec(),
        ss,
        se,
        ah,
        al,
    };
    let dc = || scan(&[0, 1, 2], 0, 0, 0, 0);
    let ac = |c| scan(&[c], 1, 63, 0, 0);
    let wrong: Vec<Vec<Scan>> = vec![
        vec![],
        vec![dc()],
        vec![dc(), ac(0), ac(1)],
        vec![ac(0), dc(), ac(1), ac(2)],
        vec![dc(), ac(0), ac(0), ac(1), ac(2)],
        vec![dc(), ac(0), ac(1), ac(3)],
        vec![dc(), scan(&[0, 1], 1, 63, 0, 0), ac(2)],
        vec![scan(&[0, 1, 2], 0, 63, 0, 0)],
        vec![dc(), scan(&[0], 1, 64, 0, 0), ac(1), ac(2)],
        vec![dc(), scan(&[0], 9, 3, 0, 0), ac(1), ac(2)],
        vec![dc(), scan(&[0], 1, 63, 0, 1), ac(1), ac(2)],
        vec![
            dc(),
            scan(&[0], 1, 63, 0, 2),
            scan(&[0], 1, 63, 2, 0),
            ac(1),
            ac(2),
        ],
        vec![dc(), scan(&[0], 1, 63, 1, 0), ac(1), ac(2)],
        vec![dc(), scan(&[0], 1, 63, 0, 14), ac(1), ac(2)],
        vec![scan(&[1, 0, 2], 0, 0, 0, 0), ac(0), ac(1), ac(2)],
        vec![scan(&[], 0, 0, 0, 0), ac(0), ac(1), ac(2)],
        vec![dc(); 1001],
    ];
    for scans in wrong {
        let text = format!("{:?}", scans.get(..4.min(scans.len())));
        let config = Config {
            mode: Mode::Progressive(Script::Custom(scans)),
            ..Config::default()
        };
        assert!(
            matches!(
                refuses(8, 8, config),
                JpegError::Parameter {
                    parameter: "script",
                    ..
                }
            ),
            "{text}"
        );
    }
    let right = vec![dc(), ac(0), ac(1), ac(2)];
    let config = Config {
        mode: Mode::Progressive(Script::Custom(right)),
        ..Config::default()
    };
    assert!(Encoder::new(8, 8, config, Vec::new()).is_ok());
}

#[test]
fn wrong_rows_are_refused_and_do_no_harm() {
    let mut encoder = Encoder::new(10, 4, Config::default(), Vec::new()).unwrap();
    let parameter =
        |r: Result<(), JpegError>| assert!(matches!(r, Err(JpegError::Parameter { .. })));
    parameter(encoder.write_rows(&vec![0u8; 29]));
    parameter(encoder.write_rows(&vec![0u8; 150]));
    let (short, long) = ([0u8; 10], [0u8; 20]);
    parameter(encoder.write_rows(&PlanarRows {
        planes: &[&short, &short],
    }));
    parameter(encoder.write_rows(&PlanarRows {
        planes: &[&short, &long, &short],
    }));
    encoder.write_rows(&vec![0u8; 0]).unwrap();
    encoder.write_rows(&vec![9u8; 60]).unwrap();
    assert_eq!(encoder.rows_written(), 2);
    encoder.write_rows(&vec![9u8; 60]).unwrap();
    parameter(encoder.write_rows(&vec![9u8; 30]));
    assert!(encoder.finish().unwrap().ends_with(&[0xff, 0xd9]));
}

#[test]
fn missing_rows_are_an_error() {
    let mut encoder = Encoder::new(10, 4, Config::default(), Vec::new()).unwrap();
    encoder.write_rows(&vec![0u8; 90]).unwrap();
    assert!(matches!(encoder.finish(), Err(JpegError::Parameter { .. })));
}

#[test]
fn failing_output_is_reported() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            if buf.len() > self.0 {
                return Err(std::io::Error::other("full"));
            }
            self.0 -= buf.len();
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let rows: Vec<u8> = (0..256 * 256 * 3u32)
        .map(|i| (i.wrapping_mul(i) >> 5) as u8)
        .collect();
    for mode in [
        Mode::Streaming,
        Mode::Sequential,
        Mode::Progressive(Script::Level2),
    ] {
        for room in [10, 1000, 20_000] {
            let config = Config {
                mode: mode.clone(),
                ..Config::default()
            };
            let result = Encoder::new(256, 256, config, Full(room)).and_then(|mut e| {
                e.write_rows(&rows)?;
                e.finish()
            });
            assert!(
                matches!(result.err(), Some(JpegError::Write(_))),
                "{mode:?} {room}"
            );
        }
    }
}
