//! Attributes of both sides as lists of numbers and texts.
//!
//! Numbers are equal when they are so in single precision, which is what OpenImageIO keeps of rationals, give or take one
//! step. Profiles and other bytes are equal when both sides have them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use vfx_core::{Alpha, ImageSpec, Value};

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Held {
    Numbers(Vec<f64>),
    /// Equal to the quotient and to both numbers: OpenImageIO has either.
    Ratio(i64, i64),
    Texts(Vec<String>),
    Bytes,
}

/// The attributes of a subimage.
pub type Named = BTreeMap<String, Held>;

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| {
            a as f32 == b as f32 || (a - b).abs() <= b.abs() * 2e-7 || a.is_nan() && b.is_nan()
        };
        match (self, other) {
            (Self::Numbers(a), Self::Numbers(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(*a, *b))
            }
            (Self::Ratio(n, d), Self::Numbers(b)) => match b[..] {
                [quotient] => near(ratio(*n, *d), quotient),
                [b_n, b_d] => (*n as f64, *d as f64) == (b_n, b_d),
                _ => false,
            },
            (Self::Texts(a), Self::Texts(b)) => a == b,
            (Self::Bytes, Self::Bytes) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = match self {
            Self::Numbers(v) => v.iter().map(f64::to_string).collect::<Vec<_>>().join(" "),
            Self::Texts(v) => format!("\"{}\"", v.join("\" \"")),
            Self::Ratio(n, d) => format!("{n}/{d}"),
            Self::Bytes => "bytes".into(),
        };
        write!(f, "{joined}")
    }
}

/// What the peer's script wrote: the subimages of each file.
pub fn theirs(answers: &str) -> HashMap<usize, Vec<Named>> {
    let mut files: HashMap<usize, Vec<Named>> = HashMap::new();
    for line in answers.split('\n').filter(|l| !l.is_empty()) {
        let mut fields = line.splitn(5, '\t');
        let mut next = || fields.next().unwrap_or_default();
        let (file, _, name, base, values) = (next(), next(), next(), next(), next());
        let file = files
            .entry(file.parse().expect("a file number"))
            .or_default();
        if base.is_empty() {
            file.push(Named::new());
            continue;
        }
        let values = values.split('\u{1f}');
        let held = match base {
            "string" => Held::Texts(values.map(plain).collect()),
            "blob" => Held::Bytes,
            _ => Held::Numbers(values.map(|v| v.parse().expect("a number")).collect()),
        };
        let subimage = file.last_mut().expect("a subimage begins with its line");
        subimage.insert(name.to_owned(), held);
    }
    files
}

/// Text without the script's escapes.
fn plain(s: &str) -> String {
    let mut out = String::new();
    let mut chars = s.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('u') => '\u{1f}',
                _ => '\\',
            },
            c => c,
        });
    }
    out
}

/// Ours under the same names. What every spec has is there where they have it.
pub fn ours(spec: &ImageSpec, theirs: &Named) -> Named {
    let mut out: Named = spec
        .attributes
        .iter()
        .map(|a| (a.name.clone(), held(&a.value)))
        .collect();
    let mut also = |name: &str, value: Option<Held>| {
        if let Some(v) = value {
            out.entry(name.to_owned()).or_insert(v);
        }
    };
    let asked = |name: &str, v: f64| theirs.get(name).map(|_| Held::Numbers(vec![v]));
    also(
        "Orientation",
        asked("Orientation", spec.orientation.0.into()),
    );
    also(
        "PixelAspectRatio",
        asked("PixelAspectRatio", spec.pixel_aspect.into()),
    );
    // Without alpha it says nothing, and PNG has it always.
    let unassociated = spec.alpha_index().is_none() || spec.alpha == Alpha::Unassociated;
    also(
        "oiio:UnassociatedAlpha",
        asked("oiio:UnassociatedAlpha", u8::from(unassociated).into()),
    );
    let text = |s: &str| Held::Texts(vec![s.to_owned()]);
    also("oiio:ColorSpace", spec.color_space.as_deref().map(text));
    for name in ["name", "oiio:subimagename"] {
        let wanted = theirs.contains_key(name) && !spec.name.is_empty();
        also(name, wanted.then(|| text(&spec.name)));
    }
    out
}

/// The quotient; 0/0 is 0 in OpenImageIO.
fn ratio(n: i64, d: i64) -> f64 {
    if n == 0 && d == 0 {
        0.0
    } else {
        n as f64 / d as f64
    }
}

fn held(value: &Value) -> Held {
    let number = |v: f64| Held::Numbers(vec![v]);
    match value {
        Value::Int(v) => number(*v as f64),
        Value::Float(v) => number((*v).into()),
        Value::Double(v) => number(*v),
        Value::Rational(n, d) => Held::Ratio(*n, *d),
        Value::String(s) => Held::Texts(vec![s.clone()]),
        Value::Ints(v) => Held::Numbers(v.iter().map(|v| *v as f64).collect()),
        Value::Floats(v) => Held::Numbers(v.iter().map(|v| (*v).into()).collect()),
        Value::Doubles(v) => Held::Numbers(v.clone()),
        Value::Rationals(v) => Held::Numbers(v.iter().map(|v| ratio(v.0, v.1)).collect()),
        Value::Strings(v) => Held::Texts(v.clone()),
        Value::TimeCode(t) => Held::Numbers(vec![t.time.into(), t.user.into()]),
        Value::KeyCode(k) => Held::Numbers(k.iter().map(|v| f64::from(*v)).collect()),
        _ => Held::Bytes,
    }
}

#[test]
fn answers_are_read() {
    let got = theirs("0\t0\t\t\t\n0\t0\ta\tstring\tx\\ty\\\\\n0\t0\tb\tfloat\t1.5\u{1f}nan\n");
    let first = &got[&0][0];
    assert_eq!(first["a"], Held::Texts(vec!["x\ty\\".into()]));
    assert_eq!(first["b"], Held::Numbers(vec![1.5, f64::NAN]));
}
