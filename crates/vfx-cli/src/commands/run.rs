//! `vfx run`: an ordered chain in oiiotool's spelling, on a stack of images.
//!
//! An input pushes; `--op ARGS` takes as many images as it is declared with and pushes the result; `-o` writes the top as it is
//! then. Nothing is computed before the words are all understood, so a misspelt last word costs nothing.

use crate::color::{ColorWords, is_color};
use crate::globals::Globals;
use crate::progress::Watch;
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::process::ExitCode;
use vfx::ops::Args;
use vfx::{Error, Image, Output, SaveOptions, Session};
use vfx_core::{Origin, Value};

/// Arguments of `run`.
#[derive(clap::Args)]
#[command(
    override_usage = "vfx run IN... --OP ARGS ... -o OUT [...]",
    after_help = "Words, in order:\n  \
        FILE, -i FILE          push an image (or one named by --label)\n  \
        --OP[:KEY=VALUE] ARGS  an operation; `vfx ops` lists them\n  \
        --dup --swap --pop     the stack\n  \
        --label NAME           name the top image\n  \
        -a                     all parts of the inputs that follow\n  \
        --attrib NAME VALUE    set metadata of the top image\n  \
        -d TYPE                sample type of the outputs that follow\n  \
        --compression NAME, --quality N, --tile W H, --scanline\n  \
        --subsampling NAME, --distance D, --progressive, --effort N, --restart N, --xyb\n  \
                               JPEG outputs that follow\n  \
        --from A --to B, --display D --view V, --look L, --lut F, --config C\n  \
                               convert colours (--colorconvert, --ociodisplay ... as oiiotool)\n  \
        -o FILE                write the top image\n\n\
        Examples:\n  vfx run scan.tif --crop 1920x1080+0+0 --resize:filter=lanczos3 90% -o out.tif\n  \
        vfx run fg.exr bg.exr --over -o comp.exr --resize 25% -d u8 -o proxy.png"
)]
pub struct RunArgs {
    /// Inputs, operations and outputs, in order
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "WORD"
    )]
    words: Vec<String>,
}

/// All parts of one entry of the stack.
type Entry = Vec<Image>;

struct Chain {
    session: Session,
    stack: Vec<Entry>,
    labels: HashMap<String, Entry>,
    options: SaveOptions,
    all_parts: bool,
    outputs: Vec<Output>,
    color: ColorWords,
    /// The file that was pushed last, for the file rules of colour configs.
    last_file: Option<std::path::PathBuf>,
}

/// Reads the words, then writes the outputs.
pub fn run(mut globals: Globals, args: RunArgs) -> Result<ExitCode> {
    let mut words = Vec::new();
    let mut rest = args.words.into_iter();
    while let Some(word) = rest.next() {
        if word == "--help" || word == "-h" {
            return help();
        }
        if !globals.take(&word, &mut rest)? {
            words.push(word);
        }
    }
    let (session, console) = globals.session()?;
    let mut chain = Chain {
        session: session.clone(),
        stack: Vec::new(),
        labels: HashMap::new(),
        options: SaveOptions::default(),
        all_parts: false,
        outputs: Vec::new(),
        color: ColorWords::default(),
        last_file: None,
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        chain.word(&word, &mut words)?;
    }
    if chain.outputs.is_empty() {
        bail!("nothing to write: end with -o OUT");
    }
    if globals.explain {
        let mut out = std::io::stdout().lock();
        let plan = session.explain_all(&chain.outputs)?;
        let names: Vec<_> = chain
            .outputs
            .iter()
            .map(|o| o.path.to_string_lossy())
            .collect();
        super::print_plan(&mut out, &names.join(", "), &plan, globals.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let watch = Watch::start(&globals, &session.job().progress, &console);
    let done = session.save_all(&chain.outputs);
    drop(watch);
    done?;
    Ok(ExitCode::SUCCESS)
}

fn help() -> Result<ExitCode> {
    use std::io::Write;
    let mut whole = <crate::cli::Cli as clap::CommandFactory>::command();
    whole.build();
    let run = whole.find_subcommand_mut("run").expect("run is a command");
    write!(std::io::stdout().lock(), "{}", run.render_long_help())?;
    Ok(ExitCode::SUCCESS)
}

impl Chain {
    fn word(&mut self, word: &str, rest: &mut impl Iterator<Item = String>) -> Result<()> {
        let Some(flag) = word.strip_prefix('-').filter(|f| !f.is_empty()) else {
            self.run_color("")?;
            return self.push(word);
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, modifiers) = Args::split_flag(flag);
        self.run_color(name)?;
        let mut next = |what: &str| {
            rest.next()
                .with_context(|| format!("{word} needs {what} after it"))
        };
        if is_color(name) {
            return self.color.take(name, &modifiers, &mut next);
        }
        match name {
            "i" => {
                let file = next("a file")?;
                self.push(&file)?;
            }
            "o" => {
                let path = next("a file")?;
                let mut options = self.options.clone();
                for (key, value) in &modifiers {
                    match key.as_str() {
                        "type" | "datatype" => options.format = Some(value.parse()?),
                        "compression" => options.write.compression = Some(value.clone()),
                        "tile" => options.write.tile = Some(super::convert::tile(value)?),
                        "quality" => options.write.quality = Some(quality(value)?),
                        "fileformatname" | "format" => options.write.format = Some(value.clone()),
                        _ => bail!(
                            "-o has no modifier '{key}'; it has: type, compression, tile, quality, format"
                        ),
                    }
                }
                let parts = self.top(word)?.clone();
                self.outputs.push(Output {
                    parts,
                    path: path.into(),
                    options,
                });
            }
            "a" => self.all_parts = true,
            "d" => self.options.format = Some(next("a sample type")?.parse()?),
            "compression" => self.options.write.compression = Some(next("a name")?),
            "quality" => self.options.write.quality = Some(quality(&next("a number")?)?),
            "tile" => {
                let (w, h) = (next("a width")?, next("a height")?);
                self.options.write.tile = Some(super::convert::tile(&format!("{w}x{h}"))?);
            }
            "subsampling" => self.options.write.subsampling = Some(next("a name")?),
            "distance" => {
                let d = number(word, &next("a number")?)?;
                self.options.write.jpeg.distance = Some(super::convert::in_distance(d)?);
            }
            "progressive" => self.options.write.jpeg.progressive = true,
            "effort" => {
                let n = number(word, &next("a number")?)?;
                self.options.write.jpeg.effort = Some(super::convert::in_effort(n)?);
            }
            "restart" => self.options.write.jpeg.restart = Some(number(word, &next("a number")?)?),
            "xyb" => self.options.write.jpeg.xyb = true,
            "scanline" => self.options.write.tile = None,
            "label" => {
                let label = next("a name")?;
                let top = self.top(word)?.clone();
                self.labels.insert(label, top);
            }
            "dup" => {
                let top = self.top(word)?.clone();
                self.stack.push(top);
            }
            "pop" => {
                self.top(word)?;
                self.stack.pop();
            }
            "swap" => {
                let n = self.stack.len();
                if n < 2 {
                    bail!("{word} needs two images, there are {n}");
                }
                self.stack.swap(n - 1, n - 2);
            }
            "iscolorspace" => {
                let space = next("a colour space")?;
                for image in self.top(word)? {
                    let mut spec = image.spec().clone();
                    spec.color_space = Some(space.clone());
                    *image = image.with_spec(spec);
                }
            }
            "attrib" => {
                let (name, value) = (next("a name and a value")?, next("a value")?);
                for image in self.top(word)? {
                    let mut spec = image.spec().clone();
                    spec.attributes
                        .set(name.clone(), typed(&value), Origin::User);
                    *image = image.with_spec(spec);
                }
            }
            _ => {
                let op = vfx::ops::find(name).map_or((0, 1), |o| (o.args.len(), o.images));
                let mut args = Args::default();
                if vfx::ops::find(name).is_some() {
                    for i in 0..op.0 {
                        args.positional.push(next(if i == 0 {
                            "an argument"
                        } else {
                            "more arguments"
                        })?);
                    }
                }
                args.modifiers = modifiers;
                self.apply(name, op.1, &args)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, name: &str) -> Result<()> {
        if let Some(entry) = self.labels.get(name) {
            self.stack.push(entry.clone());
            return Ok(());
        }
        let file = self.session.open(name)?;
        self.last_file = Some(name.into());
        self.stack.push(if self.all_parts {
            file.images()
        } else {
            vec![file.image(0, 0)?]
        });
        Ok(())
    }

    /// Runs the colour words so far on the top image, unless `name` continues them.
    fn run_color(&mut self, name: &str) -> Result<()> {
        if self.color.ends_before(name) {
            let top = self
                .stack
                .last_mut()
                .context("a colour conversion needs an image before it")?;
            self.color.apply(top, self.last_file.as_deref())?;
        }
        Ok(())
    }

    fn top(&mut self, word: &str) -> Result<&mut Entry> {
        self.stack
            .last_mut()
            .with_context(|| format!("{word} needs an image before it"))
    }

    /// Takes the top `images` entries and pushes the result, part by part; an entry of one part serves all.
    fn apply(&mut self, name: &str, images: usize, args: &Args) -> Result<()> {
        if vfx::ops::find(name).is_none() {
            return Err(Error::unknown_op(name).into());
        }
        let n = self.stack.len();
        if images == 0 || n < images {
            bail!("--{name} needs {images} image(s) before it, there are {n}");
        }
        let inputs = self.stack.split_off(n - images);
        let parts = inputs.iter().map(Vec::len).max().unwrap_or(0);
        let mut result = Vec::new();
        for p in 0..parts {
            let one: Vec<Image> = inputs
                .iter()
                .map(|e| e.get(p).unwrap_or(&e[0]).clone())
                .collect();
            result.push(Image::apply(name, &one, args)?);
        }
        self.stack.push(result);
        Ok(())
    }
}

fn number<T: std::str::FromStr>(word: &str, text: &str) -> Result<T> {
    text.parse()
        .ok()
        .with_context(|| format!("{word} is '{text}', expected a number"))
}

fn quality(s: &str) -> Result<f32> {
    s.parse()
        .ok()
        .filter(|q| (1.0..=100.0).contains(q))
        .with_context(|| format!("quality is '{s}', expected 1 to 100"))
}

/// A number where the text is one.
fn typed(s: &str) -> Value {
    if let Ok(v) = s.parse() {
        Value::Int(v)
    } else if let Ok(v) = s.parse() {
        Value::Float(v)
    } else {
        Value::String(s.into())
    }
}
