//! From transforms to operations: conversions, views, looks, files.
//!
//! The list is what OpenColorIO builds with optimisation NONE; `ColorProgram` simplifies it. A conversion goes to the source's
//! reference space, between the references by the default view transform, and from the destination's. Data spaces are left
//! alone, spaces of one equality group are equal. Spaces, looks and transforms that need themselves are found as a cycle;
//! the number of steps is bounded, since a config can name itself exponentially often without a cycle.

mod view;

use crate::OcioError;
use crate::context::{Context, Found};
use crate::model::{ColorSpace, Config, Line, Reference, ViewTransform};
use crate::names::same;
use crate::transform::{Allocation, FileInterpolation, FileTransform, Transform};
use std::sync::Arc;
use vfx_color::op::{Cdl, Exponent, Interpolation, Log, Matrix, NegativeStyle, Op};
use vfx_color::{Direction, file};

/// Transforms that one program may visit.
const MAX_STEPS: u64 = 200_000;

impl Config {
    /// The operations of a transform.
    ///
    /// # Errors
    ///
    /// If a name is unknown, a file is missing or invalid, something needs itself, or an inverse does not exist.
    pub fn ops(
        &self,
        transform: &Transform,
        direction: Direction,
        context: &Context,
    ) -> Result<Vec<Op>, OcioError> {
        let mut b = Builder::new(self, context);
        b.transform(transform, direction)?;
        Ok(b.ops)
    }

    /// The operations from one colour space to another; roles and named transforms serve as well.
    ///
    /// # Errors
    ///
    /// As [`Config::ops`].
    pub fn conversion(
        &self,
        src: &str,
        dst: &str,
        context: &Context,
    ) -> Result<Vec<Op>, OcioError> {
        let t = Transform::ColorSpace {
            src: src.into(),
            dst: dst.into(),
            data_bypass: true,
            direction: Direction::Forward,
        };
        self.ops(&t, Direction::Forward, context)
    }

    /// The operations from a colour space to a view of a display, or back.
    ///
    /// # Errors
    ///
    /// As [`Config::ops`].
    pub fn view_ops(
        &self,
        src: &str,
        display: &str,
        view: &str,
        direction: Direction,
        context: &Context,
    ) -> Result<Vec<Op>, OcioError> {
        let t = Transform::DisplayView {
            src: src.into(),
            display: display.into(),
            view: view.into(),
            looks_bypass: false,
            data_bypass: true,
            direction: Direction::Forward,
        };
        self.ops(&t, direction, context)
    }

    /// The operations of a named transform.
    ///
    /// # Errors
    ///
    /// As [`Config::ops`].
    pub fn named_ops(
        &self,
        name: &str,
        direction: Direction,
        context: &Context,
    ) -> Result<Vec<Op>, OcioError> {
        let mut b = Builder::new(self, context);
        b.named(name, direction)?;
        Ok(b.ops)
    }

    /// The operations from a space of this config to a space of another, through the spaces that both know: of the
    /// role `aces_interchange`, or `cie_xyz_d65_interchange` where both spaces are display-referred.
    ///
    /// # Errors
    ///
    /// As [`Config::ops`], and [`OcioError::NoInterchange`].
    pub fn conversion_to(
        &self,
        src: &str,
        other: &Config,
        dst: &str,
    ) -> Result<Vec<Op>, OcioError> {
        let from = self
            .color_space(src)
            .ok_or_else(|| self.unknown("colour space", src))?;
        let to = other
            .color_space(dst)
            .ok_or_else(|| other.unknown("colour space", dst))?;
        let both = from.reference == Reference::Display && to.reference == Reference::Display;
        let roles: &[&'static str] = if both {
            &["cie_xyz_d65_interchange", "aces_interchange"]
        } else {
            &["aces_interchange"]
        };
        let shared = |r: &&&str| self.color_space(r).is_some() && other.color_space(r).is_some();
        let role = roles
            .iter()
            .find(shared)
            .ok_or(OcioError::NoInterchange { role: roles[0] })?;
        if from.is_data || to.is_data {
            return Ok(Vec::new());
        }
        let mut ops = self.conversion(src, role, &self.context())?;
        ops.extend(other.conversion(role, dst, &other.context())?);
        Ok(ops)
    }
}

struct Builder<'a> {
    config: &'a Config,
    context: &'a Context,
    ops: Vec<Op>,
    /// What is being built: address of the transform, and name and line of what has it, for messages.
    stack: Vec<(usize, String, usize)>,
    steps: u64,
}

impl<'a> Builder<'a> {
    fn new(config: &'a Config, context: &'a Context) -> Self {
        Self {
            config,
            context,
            ops: Vec::new(),
            stack: Vec::new(),
            steps: 0,
        }
    }

    /// Builds a transform that has a name in the config, and must not need itself.
    fn owned(
        &mut self,
        t: &Transform,
        (name, line): (String, Line),
        direction: Direction,
    ) -> Result<(), OcioError> {
        let key = std::ptr::from_ref(t) as usize;
        if let Some(i) = self.stack.iter().position(|(k, ..)| *k == key) {
            let mut chain: Vec<String> =
                self.stack[i..].iter().map(|(_, n, _)| n.clone()).collect();
            chain.push(name);
            return Err(OcioError::Cycle {
                line: line.0,
                chain,
            });
        }
        self.stack.push((key, name, line.0));
        let built = self.transform(t, direction);
        self.stack.pop();
        built
    }

    fn transform(&mut self, t: &Transform, direction: Direction) -> Result<(), OcioError> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(OcioError::Limit {
                line: 0,
                what: "the transforms of one conversion",
                limit: MAX_STEPS,
            });
        }
        match t {
            Transform::Op(op) => self.ops.push(turned(op.clone(), direction)?),
            Transform::Matrix(m, d) => {
                let op = Op::Matrix(*m);
                self.ops.push(turned(op, d.then(direction))?);
            }
            Transform::Cdl(c) => self.cdl(c, direction)?,
            Transform::Allocation {
                allocation,
                vars,
                direction: d,
            } => {
                self.allocation(*allocation, vars, d.then(direction))?;
            }
            Transform::Builtin {
                style,
                direction: d,
            } => {
                self.ops
                    .extend(vfx_color::builtin::ops(style, d.then(direction))?);
            }
            Transform::ColorSpace {
                src,
                dst,
                data_bypass,
                direction: d,
            } => {
                let (src, dst) = match d.then(direction) {
                    Direction::Forward => (src, dst),
                    Direction::Inverse => (dst, src),
                };
                let src = self.context.resolve(src)?;
                let dst = self.context.resolve(dst)?;
                self.color_space(&src, &dst, *data_bypass)?;
            }
            Transform::DisplayView {
                src,
                display,
                view,
                looks_bypass,
                data_bypass,
                direction: d,
            } => {
                self.display_view(
                    src,
                    [display, view],
                    *looks_bypass,
                    *data_bypass,
                    d.then(direction),
                )?;
            }
            Transform::File(f) => self.file(f, f.direction.then(direction))?,
            Transform::Group {
                children,
                direction: d,
                ..
            } => match d.then(direction) {
                Direction::Forward => {
                    for c in children {
                        self.transform(c, Direction::Forward)?;
                    }
                }
                Direction::Inverse => {
                    for c in children.iter().rev() {
                        self.transform(c, Direction::Inverse)?;
                    }
                }
            },
            Transform::Look {
                src,
                dst,
                looks,
                skip_conversion,
                direction: d,
            } => {
                self.look(src, dst, looks, *skip_conversion, d.then(direction))?;
            }
        }
        Ok(())
    }

    /// Version 1 configs know a CDL as scale, power with clamp at 0, and saturation.
    fn cdl(&mut self, c: &Cdl, direction: Direction) -> Result<(), OcioError> {
        let direction = c.direction.then(direction);
        if self.config.version.major >= 2 {
            self.ops.push(Op::Cdl(Cdl { direction, ..*c }));
            return Ok(());
        }
        let scale = |i: usize, s: f64| {
            let mut row = [0.0; 4];
            row[i] = s;
            row
        };
        let rgb = |v: [f64; 3], alpha: f64| [v[0], v[1], v[2], alpha];
        let slope = rgb(c.slope, 1.0);
        let scaled = Op::Matrix(Matrix {
            m: std::array::from_fn(|i| scale(i, slope[i])),
            offset: rgb(c.offset, 0.0),
        });
        let power = Op::Exponent(Exponent {
            value: rgb(c.power, 1.0),
            style: NegativeStyle::Clamp,
            direction: Direction::Forward,
        });
        // Rec. 709 luma, whatever the config's.
        let luma = [0.2126, 0.7152, 0.0722];
        let mut m = [[0.0; 4]; 4];
        for (i, row) in m.iter_mut().enumerate().take(3) {
            for (j, w) in luma.iter().enumerate() {
                row[j] = w * (1.0 - c.saturation) + if i == j { c.saturation } else { 0.0 };
            }
        }
        m[3][3] = 1.0;
        let saturation = Op::Matrix(Matrix {
            m,
            offset: [0.0; 4],
        });
        let mut steps = vec![scaled];
        #[expect(
            clippy::float_cmp,
            reason = "exactly one is no operation, and does not clamp"
        )]
        if c.power != [1.0; 3] {
            steps.push(power);
        }
        #[expect(clippy::float_cmp, reason = "exactly one is no operation")]
        if c.saturation != 1.0 {
            steps.push(saturation);
        }
        if direction == Direction::Inverse {
            steps.reverse();
        }
        for s in steps {
            self.ops.push(turned(s, direction)?);
        }
        Ok(())
    }

    fn allocation(
        &mut self,
        kind: Allocation,
        vars: &[f32],
        direction: Direction,
    ) -> Result<(), OcioError> {
        let lg2 = match kind {
            Allocation::Uniform => false,
            Allocation::Lg2 => true,
            Allocation::Unknown => {
                return Err(OcioError::Invalid {
                    line: 0,
                    object: "an AllocationTransform".into(),
                    reason: "expected the allocation uniform or lg2".into(),
                });
            }
        };
        let (min, max) = match vars {
            [min, max, ..] => (f64::from(*min), f64::from(*max)),
            _ if lg2 => (-10.0, 6.0),
            _ => (0.0, 1.0),
        };
        let mut m = [[0.0; 4]; 4];
        for (i, row) in m.iter_mut().enumerate() {
            row[i] = if i < 3 { 1.0 / (max - min) } else { 1.0 };
        }
        let o = -min / (max - min);
        let fit = Op::Matrix(Matrix {
            m,
            offset: [o, o, o, 0.0],
        });
        let log = Op::Log(Log {
            base: 2.0,
            log_side_slope: [1.0; 3],
            log_side_offset: [0.0; 3],
            lin_side_slope: [1.0; 3],
            lin_side_offset: [vars.get(2).map_or(0.0, |v| f64::from(*v)); 3],
            lin_side_break: None,
            linear_slope: None,
            direction: Direction::Forward,
        });
        let mut steps = if lg2 { vec![log, fit] } else { vec![fit] };
        if direction == Direction::Inverse {
            steps.reverse();
        }
        for s in steps {
            self.ops.push(turned(s, direction)?);
        }
        Ok(())
    }

    fn file(&mut self, f: &FileTransform, direction: Direction) -> Result<(), OcioError> {
        if f.src.is_empty() {
            return Err(OcioError::Missing {
                line: 0,
                object: "a FileTransform".into(),
                key: "src",
            });
        }
        let cccid = self.context.resolve(&f.cccid)?;
        let options = file::FileOptions {
            cccid: Some(cccid).filter(|c| !c.is_empty()),
            cdl_style: f.cdl_style,
            interpolation: match f.interpolation {
                FileInterpolation::Nearest => Some(Interpolation::Nearest),
                FileInterpolation::Linear => Some(Interpolation::Linear),
                FileInterpolation::Tetrahedral => Some(Interpolation::Tetrahedral),
                FileInterpolation::Cubic => Some(Interpolation::Cubic),
                _ => None,
            },
            icc: file::icc::IccOptions::default(),
        };
        let found = self.config.find_file(&f.src, self.context);
        let found = found.map_err(|mut e| {
            if let (OcioError::MissingFile { line, .. }, Some(owner)) = (&mut e, self.stack.last())
            {
                *line = owner.2;
            }
            e
        })?;
        let read = match found {
            Found::Disk(path) => file::load(&path, &options)?,
            Found::Memory(path, bytes) => file::parse(&bytes, &path, &options)?,
        };
        let (mut ops, direction) = match (direction, read.backward) {
            (Direction::Inverse, Some(back)) => (back, Direction::Forward),
            _ => (read.ops, direction),
        };
        if f.interpolation == FileInterpolation::Best {
            for op in &mut ops {
                if let Op::Lut3D(lut, _) = op {
                    Arc::make_mut(lut).interpolation = Interpolation::Tetrahedral;
                }
            }
        }
        if direction == Direction::Inverse {
            ops.reverse();
        }
        for op in ops {
            self.ops.push(turned(op, direction)?);
        }
        Ok(())
    }

    fn named(&mut self, name: &str, direction: Direction) -> Result<(), OcioError> {
        let config = self.config;
        let n = config
            .named_transform(name)
            .ok_or_else(|| config.unknown("named transform", name))?;
        if let Some((t, d)) = n.transform(direction) {
            self.owned(t, (format!("named transform '{}'", n.name), n.line), d)?;
        }
        Ok(())
    }

    fn color_space(&mut self, src: &str, dst: &str, data_bypass: bool) -> Result<(), OcioError> {
        let config = self.config;
        let (from, to) = (config.color_space(src), config.color_space(dst));
        let known = |name: &str, space: Option<&ColorSpace>| {
            if space.is_none() && config.named_transform(name).is_none() {
                return Err(config.unknown("colour space", name));
            }
            Ok(())
        };
        known(src, from)?;
        known(dst, to)?;
        // A named transform stands for the whole conversion; the space on the other side does not count.
        if let (Some(from), Some(to)) = (from, to) {
            return self.between(from, to, data_bypass);
        }
        if from.is_none() {
            self.named(src, Direction::Forward)?;
        }
        if to.is_none() {
            self.named(dst, Direction::Inverse)?;
        }
        Ok(())
    }

    fn between(
        &mut self,
        from: &ColorSpace,
        to: &ColorSpace,
        data_bypass: bool,
    ) -> Result<(), OcioError> {
        let group = &from.equality_group;
        if same(&from.name, &to.name) || (!group.is_empty() && *group == to.equality_group) {
            return Ok(());
        }
        if data_bypass && (from.is_data || to.is_data) {
            return Ok(());
        }
        self.space_to_reference(from, data_bypass)?;
        self.references(from.reference, to.reference)?;
        self.reference_to_space(to, data_bypass)
    }

    fn space_to_reference(&mut self, s: &ColorSpace, data_bypass: bool) -> Result<(), OcioError> {
        if data_bypass && s.is_data {
            return Ok(());
        }
        let name = || (format!("colour space '{}'", s.name), s.line);
        match (&s.to_reference, &s.from_reference) {
            (Some(t), _) => self.owned(t, name(), Direction::Forward),
            (None, Some(t)) => self.owned(t, name(), Direction::Inverse),
            (None, None) => Ok(()),
        }
    }

    fn reference_to_space(&mut self, s: &ColorSpace, data_bypass: bool) -> Result<(), OcioError> {
        if data_bypass && s.is_data {
            return Ok(());
        }
        let name = || (format!("colour space '{}'", s.name), s.line);
        match (&s.from_reference, &s.to_reference) {
            (Some(t), _) => self.owned(t, name(), Direction::Forward),
            (None, Some(t)) => self.owned(t, name(), Direction::Inverse),
            (None, None) => Ok(()),
        }
    }

    /// Between the scene and the display reference, by the default view transform.
    fn references(&mut self, from: Reference, to: Reference) -> Result<(), OcioError> {
        if from == to {
            return Ok(());
        }
        let config = self.config;
        let v = config.default_scene_to_display().ok_or_else(|| OcioError::Invalid {
            line: 0,
            object: "the config".into(),
            reason: "expected a view transform from the scene reference to convert between the references".into(),
        })?;
        let direction = match from {
            Reference::Scene => Direction::Forward,
            Reference::Display => Direction::Inverse,
        };
        self.view_transform(v, direction)
    }

    fn view_transform(&mut self, v: &ViewTransform, direction: Direction) -> Result<(), OcioError> {
        let name = (format!("view transform '{}'", v.name), v.line);
        let (own, other) = match direction {
            Direction::Forward => (&v.from_reference, &v.to_reference),
            Direction::Inverse => (&v.to_reference, &v.from_reference),
        };
        match (own, other) {
            (Some(t), _) => self.owned(t, name, Direction::Forward),
            (None, Some(t)) => self.owned(t, name, Direction::Inverse),
            (None, None) => Ok(()),
        }
    }
}

/// The operation in a direction.
fn turned(op: Op, direction: Direction) -> Result<Op, OcioError> {
    if direction == Direction::Forward {
        return Ok(op);
    }
    crate::inverse::inverse(op)
}
