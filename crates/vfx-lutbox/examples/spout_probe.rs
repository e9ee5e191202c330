//! The Spout sender against receivers in other processes: named objects, then the whole box with Direct3D. Prints PASS, FAIL or SKIPPED
//! a check; exit status 0 when nothing failed. Runs on Windows and under wine (there without shared textures).

#[cfg(windows)]
mod on_windows {
    use std::process::{Child, Command, ExitCode, Stdio};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use vfx_lutbox::opengradeio::client::{Client, set_lut};
    use vfx_lutbox::spout::info::{RGBA32F, SenderInfo};
    use vfx_lutbox::spout::{Options, Registration, Seen, Spout};
    use vfx_lutbox::{
        AxisOrder, ChannelId, Channels, Config, Cube, Layout, LutBox, LutBoxError, Output,
        Publication,
    };

    type Checked = Result<(), String>;

    fn text(e: impl std::fmt::Display) -> String {
        e.to_string()
    }

    fn check(ok: bool, what: &str, found: &dyn std::fmt::Debug) -> Checked {
        ok.then_some(()).ok_or_else(|| format!("{what}: {found:?}"))
    }

    fn this(arguments: &[&str]) -> Command {
        let mut c = Command::new(std::env::current_exe().unwrap_or_default());
        c.args(arguments);
        c
    }

    /// What another process sees.
    fn look(name: &str) -> Result<Seen, String> {
        let out = this(&["look", name]).output().map_err(text)?;
        let out = String::from_utf8(out.stdout).map_err(text)?;
        let v: Vec<&str> = out.trim_end_matches(['\r', '\n']).split('\t').collect();
        let [active, names, info] = v.as_slice() else {
            return Err(format!("the other process said {out:?}"));
        };
        let numbers: Vec<&str> = info.split(',').collect();
        let sender = match numbers.as_slice() {
            [
                handle,
                width,
                height,
                format,
                usage,
                partner,
                count,
                description,
            ] => {
                let n = |t: &str| t.parse::<u32>().map_err(text);
                let info = SenderInfo {
                    share_handle: n(handle)?,
                    width: n(width)?,
                    height: n(height)?,
                    format: n(format)?,
                    usage: n(usage)?,
                    description: (*description).into(),
                    partner: n(partner)?,
                };
                Some((info, n(count)?))
            }
            _ => None,
        };
        Ok(Seen {
            names: names
                .split('|')
                .map(str::to_owned)
                .filter(|n| !n.is_empty())
                .collect(),
            active: (*active).into(),
            sender,
        })
    }

    fn print_look(name: &str) -> Result<(), LutBoxError> {
        let s = Seen::look(name)?;
        let info = s.sender.map_or(String::new(), |(i, count)| {
            let SenderInfo {
                share_handle,
                width,
                height,
                format,
                usage,
                description,
                partner,
            } = i;
            format!(
                "{share_handle},{width},{height},{format},{usage},{partner},{count},{description}"
            )
        });
        println!("{}\t{}\t{info}", s.active, s.names.join("|"));
        Ok(())
    }

    fn info(size: [u32; 2]) -> SenderInfo {
        SenderInfo {
            share_handle: 0x4000_0042,
            width: size[0],
            height: size[1],
            format: RGBA32F,
            description: "C:\\box.exe".into(),
            ..SenderInfo::default()
        }
    }

    /// Another process that holds the texture of `name` and then sleeps or crashes.
    fn holder(name: &str, how: &str) -> Result<Child, String> {
        let mut child = this(&[how, name]);
        let mut child = child.stdout(Stdio::piped()).spawn().map_err(text)?;
        let mut first = [0; 1];
        // It writes a byte when it has the mutex.
        if let Some(out) = child.stdout.as_mut() {
            std::io::Read::read_exact(out, &mut first).map_err(text)?;
        }
        Ok(child)
    }

    fn names_and_blocks() -> Checked {
        let a = Registration::new("vglb-probe-b", &info([1089, 33])).map_err(text)?;
        let seen = look("vglb-probe-b")?;
        let expected = Seen {
            names: vec!["vglb-probe-b".into()],
            active: "vglb-probe-b".into(),
            sender: Some((info([1089, 33]), 0)),
        };
        check(seen == expected, "a first sender", &seen)?;
        let b = Registration::new("vglb-probe-b", &info([64, 8])).map_err(text)?;
        let c = Registration::new("vglb-probe-a", &info([4, 2])).map_err(text)?;
        check(
            b.name() == "vglb-probe-b_1",
            "a name that is taken",
            &b.name(),
        )?;
        let seen = look("vglb-probe-b_1")?;
        let sorted = ["vglb-probe-a", "vglb-probe-b", "vglb-probe-b_1"];
        check(seen.names == sorted, "the list is sorted", &seen)?;
        check(seen.active == "vglb-probe-a", "the last is active", &seen)?;
        check(
            seen.sender == Some((info([64, 8]), 0)),
            "the second block",
            &seen,
        )?;
        a.describe(&info([4096, 64])).map_err(text)?;
        let seen = look("vglb-probe-b")?;
        check(
            seen.sender == Some((info([4096, 64]), 0)),
            "a new size",
            &seen,
        )?;
        drop(c);
        let seen = look("vglb-probe-a")?;
        check(
            seen.active == "vglb-probe-b",
            "the first becomes active",
            &seen,
        )?;
        check(
            seen.names == sorted[1..] && seen.sender.is_none(),
            "one left",
            &seen,
        )?;
        drop((a, b));
        let seen = look("vglb-probe-b")?;
        check(seen == Seen::default(), "nothing is left", &seen)
    }

    fn frame_count() -> Checked {
        let r = Registration::new("vglb-probe", &info([4, 2])).map_err(text)?;
        for expected in 1..6 {
            r.frame(|| Ok(())).map_err(text)?;
            let seen = look("vglb-probe")?;
            let count = seen.sender.as_ref().map(|s| s.1);
            check(count == Some(expected), "one more a frame", &seen)?;
        }
        let failed = r.frame(|| {
            Err(LutBoxError::NoChannel {
                channel: "x".into(),
            })
        });
        let seen = look("vglb-probe")?;
        let count = seen.sender.as_ref().map(|s| s.1);
        check(
            failed.is_err() && count == Some(5),
            "none without a picture",
            &seen,
        )
    }

    fn mutex_of_others() -> Checked {
        let r = Registration::new("vglb-probe", &info([4, 2])).map_err(text)?;
        let mut other = holder("vglb-probe", "hold")?;
        let begin = Instant::now();
        let mut drawn = false;
        let result = r.frame(|| {
            drawn = true;
            Ok(())
        });
        let took = begin.elapsed();
        // Killed while it holds the mutex: abandoned.
        other.kill().and_then(|()| other.wait()).map_err(text)?;
        check(
            result.is_err() && !drawn,
            "a receiver that holds the texture",
            &result,
        )?;
        let waited = (50..2000).contains(&took.as_millis());
        check(waited, "waited 67 ms", &took)?;
        r.frame(|| Ok(())).map_err(text)?;
        holder("vglb-probe", "crash")?.wait().map_err(text)?;
        r.frame(|| Ok(())).map_err(text)?;
        let seen = look("vglb-probe")?;
        let count = seen.sender.as_ref().map(|s| s.1);
        check(count == Some(2), "frames after abandoned mutexes", &seen)
    }

    fn crashed_sender() -> Checked {
        // The list lives as long as somebody has it open.
        let first = Registration::new("vglb-probe-a", &info([4, 2])).map_err(text)?;
        holder("vglb-crashed", "sender")?.wait().map_err(text)?;
        let seen = look("vglb-crashed")?;
        check(
            seen.sender.is_none(),
            "the block went with its process",
            &seen,
        )?;
        check(seen.names.len() == 2, "the name stayed", &seen)?;
        let second = Registration::new("vglb-crashed", &info([4, 2])).map_err(text)?;
        check(
            second.name() == "vglb-crashed",
            "the name is free again",
            &second.name(),
        )?;
        holder("vglb-gone", "sender")?.wait().map_err(text)?;
        drop(first);
        let seen = look("vglb-crashed")?;
        check(
            seen.names == ["vglb-crashed"],
            "cleaned by who leaves",
            &seen,
        )
    }

    #[derive(Debug)]
    struct Kept(Arc<Spout>);

    impl Output for Kept {
        fn publish(&self, p: &Publication<'_>) -> Result<(), LutBoxError> {
            self.0.publish(p)
        }
        fn retire(&self, id: &ChannelId) {
            self.0.retire(id);
        }
    }

    /// Values outside of 0 to 1, denormals, signed zeros.
    fn pattern(edge: usize, seed: u32) -> Result<Cube, String> {
        let entry = |i: usize| {
            let v = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed);
            [
                v as f32,
                -(v as f32) * 1e-20,
                f32::from_bits(v & 0x807f_ffff),
            ]
        };
        let entries = (0..edge.pow(3)).map(entry).collect();
        Cube::new(AxisOrder::BlueFastest, entries).map_err(text)
    }

    fn options(heartbeat_ms: u64) -> Options {
        Options {
            heartbeat: Duration::from_millis(heartbeat_ms),
            without_handle: true,
            ..Options::default()
        }
    }

    fn textures() -> Checked {
        let bits =
            |t: &[[f32; 4]]| -> Vec<[u32; 4]> { t.iter().map(|t| t.map(f32::to_bits)).collect() };
        for layout in vfx_lutbox::layout::LAYOUTS {
            let spout = Arc::new(Spout::new(layout, options(0)).map_err(text)?);
            let channels = Channels::new(vec![Box::new(Kept(spout.clone()))], None);
            let id = ChannelId::from_instance(Some("A")).map_err(text)?;
            for (edge, seed) in [(4, 1), (4, 2), (16, 3), (64, 4), (4, 5)] {
                let cube = pattern(edge, seed)?;
                channels.set_lut(&id, cube.clone()).map_err(text)?;
                let (name, texels) = spout.read_back(&id).map_err(text)?;
                check(name == "vglb-lut-A", "the name", &name)?;
                let same = bits(&texels) == bits(&layout.texels(&cube));
                check(same, "the texture has the bits of the LUT", &(layout, edge))?;
                let seen = Seen::look(&name).map_err(text)?;
                let [w, h, d] = layout.size(edge).map_err(text)?;
                let size = seen.sender.as_ref().map(|s| [s.0.width, s.0.height]);
                check(size == Some([w as u32, (h * d) as u32]), "the size", &seen)?;
            }
        }
        Ok(())
    }

    /// A(33), B(33), none(33), B(17), A(33) over TCP leaves three senders; a heartbeat counts on; the end leaves nothing.
    fn whole_box() -> Checked {
        let b = LutBox::start(Config {
            port: 0,
            spout: Some(options(50)),
            layout: Layout::UnrealStrip,
            ..Config::default()
        });
        let b = b.map_err(text)?;
        let mut client = Client::connect(b.address()).map_err(text)?;
        for (instance, edge) in [
            (Some("A"), 33),
            (Some("B"), 33),
            (None, 33),
            (Some("B"), 17),
            (Some("A"), 33),
        ] {
            let frame = set_lut(instance, &pattern(edge, 7)?, AxisOrder::BlueFastest);
            client.send(&frame).map_err(text)?;
        }
        let all = ["OpenGradeIO-LUT", "vglb-lut-A", "vglb-lut-B"];
        let sizes = [[1089, 33], [1089, 33], [289, 17]];
        for (name, size) in all.into_iter().zip(sizes) {
            let seen = look(name)?;
            check(seen.names == all, "three senders", &seen)?;
            let Some((info, count)) = seen.sender else {
                return Err(format!("no block of {name}"));
            };
            check(
                [info.width, info.height] == size && info.format == RGBA32F,
                "the block",
                &info,
            )?;
            std::thread::sleep(Duration::from_millis(400));
            let later = look(name)?.sender.map(|s| s.1);
            check(
                later.is_some_and(|l| l > count),
                "the heartbeat",
                &(count, later),
            )?;
        }
        drop(b);
        let seen = look("vglb-lut-A")?;
        check(seen == Seen::default(), "nothing is left", &seen)
    }

    pub fn run() -> ExitCode {
        let arguments: Vec<String> = std::env::args().collect();
        if let [_, role, name] = arguments.as_slice() {
            let end = match role.as_str() {
                "look" => print_look(name),
                "sender" => Registration::new(name, &info([4, 2])).map(|_alive| {
                    println!("x");
                    std::process::abort();
                }),
                _ => Seen::with_texture(name, || {
                    println!("x");
                    if role == "crash" {
                        std::process::abort();
                    }
                    std::thread::sleep(Duration::from_secs(30));
                }),
            };
            return end.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
        }
        let device = vfx_lutbox::spout::adapters().and_then(|a| {
            println!("     adapters: {a:?}");
            Spout::new(Layout::default(), options(0)).map(drop)
        });
        let checks: [(&str, bool, fn() -> Checked); 6] = [
            ("names and blocks", false, names_and_blocks),
            ("frame count", false, frame_count),
            ("mutex of others", false, mutex_of_others),
            ("crashed sender", false, crashed_sender),
            ("textures", true, textures),
            ("whole box", true, whole_box),
        ];
        let mut good = true;
        for (name, graphics, run) in checks {
            if let (true, Err(e)) = (graphics, &device) {
                println!("SKIPPED {name}: no Direct3D 11: {e}");
                continue;
            }
            match run() {
                Ok(()) => println!("PASS {name}"),
                Err(e) => {
                    good = false;
                    println!("FAIL {name}: {e}");
                }
            }
        }
        ExitCode::from(u8::from(!good))
    }
}

#[cfg(windows)]
fn main() -> std::process::ExitCode {
    on_windows::run()
}

#[cfg(not(windows))]
fn main() {
    println!("SKIPPED: Spout exists on Windows only");
}
