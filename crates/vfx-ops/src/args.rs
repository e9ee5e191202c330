//! Arguments and modifiers of operations, as text and as typed values.

use crate::OpError;
use std::collections::BTreeMap;

/// What kind of value a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Numbers, one a channel, separated by commas; one stands for all.
    Floats,
    /// `0` or `1`.
    Bool,
    /// A size or window: `WxH`, `WxH+X+Y`, `X0,Y0,X1,Y1`, `50%`.
    Geometry,
    /// One of a list of names.
    Choice(&'static [&'static str]),
    /// Any text.
    Text,
}

/// A declared argument or modifier.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name; a modifier is written `:name=value`.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// Unit, empty for pure numbers.
    pub unit: &'static str,
    /// What holds when it is not given; empty for arguments, which must be.
    pub default: &'static str,
    /// One line.
    pub doc: &'static str,
}

/// What a user gave an operation: positional arguments in order, and modifiers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Args {
    /// Positional arguments.
    pub positional: Vec<String>,
    /// Modifiers by name.
    pub modifiers: BTreeMap<String, String>,
}

/// A size or window as written, before it meets an image.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Geometry {
    /// `WxH`, and `+X+Y` if given; 0 keeps the aspect ratio.
    Size {
        /// Width and height in pixels.
        size: (u64, u64),
        /// Origin.
        origin: Option<(i64, i64)>,
    },
    /// `50%` or `50%x25%`, as fractions.
    Scale(f64, f64),
    /// `X0,Y0,X1,Y1`, inclusive corners.
    Corners(i64, i64, i64, i64),
}

impl Geometry {
    /// Reads oiiotool's spellings.
    pub fn parse(s: &str) -> Option<Self> {
        let s = s.trim();
        let corners: Vec<&str> = s.split(',').collect();
        if let [a, b, c, d] = corners[..] {
            let n = |t: &str| {
                t.trim()
                    .parse::<i64>()
                    .ok()
                    .filter(|v| v.unsigned_abs() < 1 << 40)
            };
            return Some(Self::Corners(n(a)?, n(b)?, n(c)?, n(d)?));
        }
        if s.contains('%') {
            let p = |t: &str| {
                t.strip_suffix('%')?
                    .parse::<f64>()
                    .ok()
                    .filter(|v| v.is_finite() && *v > 0.0 && *v < 1e7)
                    .map(|v| v / 100.0)
            };
            return match s.split_once('x') {
                Some((a, b)) => Some(Self::Scale(p(a)?, p(b)?)),
                None => p(s).map(|v| Self::Scale(v, v)),
            };
        }
        let (size, origin) = match s.find(['+', '-']) {
            Some(i) => (&s[..i], Some(&s[i..])),
            None => (s, None),
        };
        let n = |t: &str| t.parse::<u64>().ok().filter(|v| *v < 1 << 40);
        let (w, h) = size.split_once('x')?;
        let origin = match origin {
            Some(o) => {
                let j = 1 + o[1..].find(['+', '-'])?;
                let n = |t: &str| t.parse::<i64>().ok().filter(|v| v.unsigned_abs() < 1 << 40);
                Some((n(&o[..j])?, n(&o[j..])?))
            }
            None => None,
        };
        Some(Self::Size {
            size: (n(w)?, n(h)?),
            origin,
        })
    }
}

impl Args {
    /// Positional arguments alone.
    pub fn new(positional: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            positional: positional.into_iter().map(Into::into).collect(),
            modifiers: BTreeMap::new(),
        }
    }
    /// With a modifier.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.modifiers.insert(name.into(), value.into());
        self
    }
    /// From a command line: `resize:filter=lanczos3:from=..` without its dashes gives the name and the modifiers. A colon that
    /// is followed by no `name=` belongs to the value before it.
    pub fn split_flag(flag: &str) -> (&str, BTreeMap<String, String>) {
        let mut parts = flag.split(':');
        let name = parts.next().unwrap_or_default();
        let mut modifiers: BTreeMap<String, String> = BTreeMap::new();
        let mut last: Option<String> = None;
        for p in parts {
            match (p.split_once('='), &last) {
                (Some((k, v)), _) => {
                    modifiers.insert(k.into(), v.into());
                    last = Some(k.into());
                }
                (None, Some(k)) => {
                    if let Some(v) = modifiers.get_mut(k) {
                        *v += ":";
                        *v += p;
                    }
                }
                (None, None) => {
                    modifiers.insert(p.into(), "1".into());
                }
            }
        }
        (name, modifiers)
    }
    fn text(&self, params: (&[Param], &[Param]), name: &str) -> String {
        if let Some(i) = params.0.iter().position(|p| p.name == name) {
            return self.positional.get(i).cloned().unwrap_or_default();
        }
        let p = params.1.iter().find(|p| p.name == name);
        self.modifiers
            .get(name)
            .cloned()
            .unwrap_or_else(|| p.map_or("", |p| p.default).into())
    }
    /// A typed view for one operation.
    pub(crate) fn of<'a>(
        &'a self,
        op: &'static str,
        args: &'static [Param],
        modifiers: &'static [Param],
    ) -> Typed<'a> {
        Typed {
            op,
            args: self,
            params: (args, modifiers),
        }
    }
}

/// Reads values by the operation's declarations.
pub(crate) struct Typed<'a> {
    op: &'static str,
    args: &'a Args,
    params: (&'static [Param], &'static [Param]),
}

impl Typed<'_> {
    fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, OpError> {
        let found = self.args.text(self.params, name);
        parse(&found).ok_or_else(|| OpError::Argument {
            op: self.op,
            argument: name.into(),
            found,
            expected,
        })
    }
    pub fn text(&self, name: &str) -> String {
        self.args.text(self.params, name)
    }
    pub fn int(&self, name: &str) -> Result<i64, OpError> {
        self.read(name, "a whole number", |s| s.trim().parse().ok())
    }
    pub fn float(&self, name: &str) -> Result<f32, OpError> {
        self.read(name, "a number", |s| s.trim().parse().ok())
    }
    pub fn bool(&self, name: &str) -> Result<bool, OpError> {
        self.read(name, "0 or 1", |s| match s {
            "1" | "true" | "yes" | "on" => Some(true),
            "0" | "false" | "no" | "off" | "" => Some(false),
            _ => None,
        })
    }
    /// Numbers separated by commas; empty text gives none.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>, OpError> {
        self.read(name, "numbers separated by commas", |s| {
            if s.is_empty() {
                return Some(Vec::new());
            }
            s.split(',').map(|t| t.trim().parse().ok()).collect()
        })
    }
    pub fn geometry(&self, name: &str) -> Result<Geometry, OpError> {
        self.read(
            name,
            "a geometry such as 1920x1080+0+0, 1920x0 or 50%",
            Geometry::parse,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometry_spellings() {
        let size = |w, h, o| {
            Some(Geometry::Size {
                size: (w, h),
                origin: o,
            })
        };
        assert_eq!(Geometry::parse("1920x1080"), size(1920, 1080, None));
        assert_eq!(Geometry::parse("10x0-5+7"), size(10, 0, Some((-5, 7))));
        assert_eq!(Geometry::parse("50%"), Some(Geometry::Scale(0.5, 0.5)));
        assert_eq!(Geometry::parse("50%x25%"), Some(Geometry::Scale(0.5, 0.25)));
        assert_eq!(
            Geometry::parse("1,2,3,4"),
            Some(Geometry::Corners(1, 2, 3, 4))
        );
        for bad in [
            "",
            "x",
            "10",
            "10x",
            "-1x5",
            "1x2+3",
            "nan%",
            "99999999999999999999x1",
        ] {
            assert_eq!(Geometry::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn flags_split() {
        let (name, m) = Args::split_flag("resize:filter=lanczos3:to=10x10");
        assert_eq!(
            (name, m["filter"].as_str(), m["to"].as_str()),
            ("resize", "lanczos3", "10x10")
        );
        assert_eq!(Args::split_flag("x:key=a:b").1["key"], "a:b");
    }
}
