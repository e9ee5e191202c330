//! The text instance of [`Math`]: a formula run with an [`Emitter`] writes itself in a shading language.
//!
//! Every value is a named temporary, written once, so that no expression is evaluated twice; operations on constants are
//! folded. [`Program`] collects the body, the tables and the uniforms of a chain of formulas on R, G, B, A and assembles a
//! function that a host can paste into its shader. Names begin with the prefix given and stay the same from run to run.
//!
//! NaN: `min` and `max` of GPUs may return either operand, the logarithm of zero is -inf, and `pow` of negatives is open:
//! formulas guard themselves, as for SIMD.

mod dialect;
mod program;

use std::cell::{Cell, RefCell};

pub use dialect::{Dialect, TEXTURE_WIDTH, TableKind};
pub use program::{Program, Resource, Uniform};

use crate::{Math, Table};

/// A number or truth value in a text.
#[derive(Clone, Copy, Debug)]
pub enum Val {
    /// A constant.
    K(f32),
    /// A constant truth value.
    Truth(bool),
    /// A temporary that is already written.
    Id(u32),
    /// A uniform.
    Uniform(u32),
}

/// A declaration. Temporaries, rows of tables, arrays and bits are `t`, `r`, `a` and `b` with a number that none shares.
#[derive(Debug)]
struct Line {
    id: u32,
    text: String,
}

/// Writes what formulas do.
#[derive(Debug)]
pub struct Emitter {
    dialect: Dialect,
    prefix: String,
    body: RefCell<Vec<Line>>,
    next: Cell<u32>,
    tables: RefCell<Vec<Table>>,
    /// Arrays written so far and their names: drivers take seconds over many equal ones.
    arrays: RefCell<Vec<([u32; 16], String)>>,
    uniforms: RefCell<Vec<Uniform>>,
    /// How many uniforms the formulas before this one have.
    taken: Cell<usize>,
}

impl Emitter {
    /// An emitter whose names begin with `prefix`.
    pub fn new(dialect: Dialect, prefix: &str) -> Self {
        Self {
            dialect,
            prefix: prefix.into(),
            body: RefCell::default(),
            next: Cell::new(0),
            tables: RefCell::default(),
            arrays: RefCell::default(),
            uniforms: RefCell::default(),
            taken: Cell::new(0),
        }
    }

    /// Another formula begins: its uniforms are its own, those of equal names before it are others.
    fn begin(&self) {
        self.taken.set(self.uniforms.borrow().len());
    }

    /// A temporary that holds the expression `text`.
    fn declare(&self, text: &str, truth: bool) -> Val {
        let id = self.fresh();
        let local = self.dialect.local(&format!("t{id}"), truth);
        self.line(id, format!("{local} = {text};"));
        Val::Id(id)
    }

    fn line(&self, id: u32, text: String) {
        self.body.borrow_mut().push(Line { id, text });
    }

    /// The declarations that `result` needs, and which names it needs: compilers remark on others.
    fn needed(&self, result: &str) -> (String, Vec<bool>) {
        let mut used = vec![false; self.next.get() as usize];
        mark(result, &mut used);
        let body = self.body.borrow();
        let mut kept = Vec::new();
        for line in body.iter().rev() {
            if used[line.id as usize] {
                mark(&line.text, &mut used);
                kept.push(line.text.as_str());
            }
        }
        let text = kept.iter().rev().flat_map(|l| ["    ", l, "\n"]);
        (text.collect(), used)
    }

    /// A number for a name beside those of temporaries.
    fn fresh(&self) -> u32 {
        let id = self.next.get();
        self.next.set(id + 1);
        id
    }

    fn show(&self, v: Val) -> String {
        match v {
            Val::K(v) => self.dialect.literal(v),
            Val::Truth(b) => match (self.dialect, b) {
                (Dialect::Osl, b) => i32::from(b).to_string(),
                (_, b) => b.to_string(),
            },
            Val::Id(id) => format!("t{id}"),
            Val::Uniform(i) => {
                let name = &self.uniforms.borrow()[i as usize].name;
                program::uniform_access(self.dialect, &self.prefix, name)
            }
        }
    }

    /// The name of a local array of these values.
    fn array(&self, table: &[f32; 16]) -> String {
        let bits = table.map(f32::to_bits);
        let known = self.arrays.borrow().iter().find(|a| a.0 == bits).cloned();
        if let Some((_, name)) = known {
            return name;
        }
        let id = self.fresh();
        let name = format!("a{id}");
        self.line(id, self.dialect.small_array(&name, table));
        self.arrays.borrow_mut().push((bits, name.clone()));
        name
    }

    fn word1(&self, word: &str, a: Val, fold: impl Fn(f32) -> f32) -> Val {
        match a {
            Val::K(a) => Val::K(fold(a)),
            _ => self.declare(&self.dialect.call1(word, &self.show(a)), false),
        }
    }

    fn word2(&self, word: &str, a: Val, b: Val, fold: impl Fn(f32, f32) -> f32) -> Val {
        match (a, b) {
            (Val::K(a), Val::K(b)) => Val::K(fold(a, b)),
            _ => self.declare(
                &self.dialect.call2(word, &self.show(a), &self.show(b)),
                false,
            ),
        }
    }

    fn compare(&self, word: &str, a: Val, b: Val, fold: impl Fn(&f32, &f32) -> bool) -> Val {
        match (a, b) {
            (Val::K(a), Val::K(b)) => Val::Truth(fold(&a, &b)),
            _ => self.declare(
                &self.dialect.call2(word, &self.show(a), &self.show(b)),
                true,
            ),
        }
    }

    /// The name of a table, listed once however often it is used.
    fn table(&self, table: &Table) -> String {
        let mut tables = self.tables.borrow_mut();
        let at = tables.iter().position(|t| t == table).unwrap_or_else(|| {
            tables.push(table.clone());
            tables.len() - 1
        });
        program::table_name(&self.prefix, at)
    }
}

/// Notes the declared names that a text has.
fn mark(text: &str, used: &mut [bool]) {
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        let id = word.strip_prefix(['t', 'r', 'a', 'b']);
        let id = id.and_then(|w| w.parse::<usize>().ok());
        if let Some(used) = id.and_then(|i| used.get_mut(i)) {
            *used = true;
        }
    }
}

impl Math for &Emitter {
    type F = Val;
    type B = Val;

    fn k(self, v: f32) -> Val {
        Val::K(v)
    }
    fn uniform(self, name: &'static str, v: f32) -> Val {
        if self.dialect == Dialect::Osl {
            // OSL has no variables outside of functions that a host may set.
            return Val::K(v);
        }
        let mut uniforms = self.uniforms.borrow_mut();
        let first = self.taken.get();
        let at = uniforms[first..].iter().position(|u| u.role == name);
        let at = at.map_or(uniforms.len(), |i| first + i);
        if at == uniforms.len() {
            let same = uniforms.iter().filter(|u| u.role == name).count();
            uniforms.push(Uniform {
                name: match same {
                    0 => name.into(),
                    n => format!("{name}_{}", n + 1),
                },
                role: name,
                value: v,
            });
        }
        Val::Uniform(at as u32)
    }
    fn add(self, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::K(0.0), x) | (x, Val::K(0.0)) => x,
            _ => self.word2("+", a, b, |a, b| a + b),
        }
    }
    fn sub(self, a: Val, b: Val) -> Val {
        match b {
            Val::K(0.0) => a,
            _ => self.word2("-", a, b, |a, b| a - b),
        }
    }
    fn mul(self, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::K(1.0), x) | (x, Val::K(1.0)) => x,
            _ => self.word2("*", a, b, |a, b| a * b),
        }
    }
    fn div(self, a: Val, b: Val) -> Val {
        match b {
            Val::K(1.0) => a,
            _ => self.word2("/", a, b, |a, b| a / b),
        }
    }
    fn min(self, a: Val, b: Val) -> Val {
        self.word2("min", a, b, f32::min)
    }
    fn max(self, a: Val, b: Val) -> Val {
        self.word2("max", a, b, f32::max)
    }
    fn fma(self, a: Val, b: Val, c: Val) -> Val {
        match (a, b, c) {
            (Val::K(a), Val::K(b), Val::K(c)) => Val::K(a.mul_add(b, c)),
            (_, _, Val::K(0.0)) => self.mul(a, b),
            (Val::K(_), Val::K(_), _) => self.add(self.mul(a, b), c),
            (Val::K(1.0), x, c) | (x, Val::K(1.0), c) => self.add(x, c),
            _ => self.declare(
                &self
                    .dialect
                    .fma(&self.show(a), &self.show(b), &self.show(c)),
                false,
            ),
        }
    }
    fn floor(self, a: Val) -> Val {
        self.word1("floor", a, f32::floor)
    }
    fn abs(self, a: Val) -> Val {
        self.word1("abs", a, f32::abs)
    }
    fn neg(self, a: Val) -> Val {
        self.word1("neg", a, |a| -a)
    }
    fn copysign(self, a: Val, sign: Val) -> Val {
        match (a, sign) {
            (Val::K(a), Val::K(s)) => Val::K(a.copysign(s)),
            _ => self.declare(
                &self.dialect.copysign(&self.show(a), &self.show(sign)),
                false,
            ),
        }
    }
    fn sqrt(self, a: Val) -> Val {
        self.word1("sqrt", a, f32::sqrt)
    }
    fn exp2(self, a: Val) -> Val {
        self.word1("exp2", a, f32::exp2)
    }
    fn log2(self, a: Val) -> Val {
        self.word1("log2", a, f32::log2)
    }
    fn sin(self, a: Val) -> Val {
        self.word1("sin", a, f32::sin)
    }
    fn cos(self, a: Val) -> Val {
        self.word1("cos", a, f32::cos)
    }
    fn atan2(self, y: Val, x: Val) -> Val {
        self.word2("atan2", y, x, f32::atan2)
    }
    fn pow_by(self, x: Val, e: Val) -> Val {
        match e {
            Val::K(1.0) => x,
            _ => self.word2("pow", x, e, f32::powf),
        }
    }
    fn ge(self, a: Val, b: Val) -> Val {
        self.compare(">=", a, b, f32::ge)
    }
    fn gt(self, a: Val, b: Val) -> Val {
        self.compare(">", a, b, f32::gt)
    }
    fn le(self, a: Val, b: Val) -> Val {
        self.compare("<=", a, b, f32::le)
    }
    fn lt(self, a: Val, b: Val) -> Val {
        self.compare("<", a, b, f32::lt)
    }
    fn eq(self, a: Val, b: Val) -> Val {
        self.compare("==", a, b, f32::eq)
    }
    fn and(self, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::Truth(true), x) | (x, Val::Truth(true)) => x,
            (Val::Truth(false), _) | (_, Val::Truth(false)) => Val::Truth(false),
            _ => self.declare(
                &self.dialect.call2("&&", &self.show(a), &self.show(b)),
                true,
            ),
        }
    }
    fn or(self, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::Truth(false), x) | (x, Val::Truth(false)) => x,
            (Val::Truth(true), _) | (_, Val::Truth(true)) => Val::Truth(true),
            _ => self.declare(
                &self.dialect.call2("||", &self.show(a), &self.show(b)),
                true,
            ),
        }
    }
    fn not(self, a: Val) -> Val {
        match a {
            Val::Truth(b) => Val::Truth(!b),
            _ => self.declare(&format!("!{}", self.show(a)), true),
        }
    }
    fn select(self, c: Val, yes: Val, no: Val) -> Val {
        match c {
            Val::Truth(true) => yes,
            Val::Truth(false) => no,
            _ => self.declare(
                &self
                    .dialect
                    .select(&self.show(c), &self.show(yes), &self.show(no)),
                false,
            ),
        }
    }
    fn fetch(self, table: &Table, index: Val) -> [Val; 4] {
        let last = (table.entries().len() - 1) as f32;
        let index = self.min(self.max(index, Val::K(0.0)), Val::K(last));
        let name = self.table(table);
        let id = self.fresh();
        let row = format!("r{id}");
        let at = self.dialect.index(&self.show(index));
        self.line(id, self.dialect.fetch(&row, &name, &at));
        let part = |i| self.declare(&self.dialect.component(&row, &name, i), false);
        [part(0), part(1), part(2), part(3)]
    }
    fn small(self, table: &[f32; 16], index: Val) -> Val {
        if let Val::K(i) = index {
            return Val::K(table[i as usize]);
        }
        let name = self.array(table);
        let index = self.min(self.max(index, Val::K(0.0)), Val::K(15.0));
        let at = self.dialect.index(&self.show(index));
        self.declare(&format!("{name}[{at}]"), false)
    }
    fn cell(self, x: Val, k: u32) -> (Val, Val) {
        if !self.dialect.has_bits() {
            return self.cell_by_logarithm(x, k);
        }
        let d = self.dialect;
        let id = self.fresh();
        let name = format!("b{id}");
        let shift = 23 - k;
        self.line(id, d.bits(&name, &self.show(x)));
        let cell = self.declare(&d.unsigned_to_float(&format!("{name} >> {shift}u")), false);
        let mask = (1u32 << shift) - 1;
        let rest = self.declare(&d.unsigned_to_float(&format!("{name} & {mask}u")), false);
        (cell, self.mul(rest, Val::K((-(shift as f32)).exp2())))
    }
}

impl Emitter {
    /// [`Math::cell`] where bits cannot be read: the exponent from a logarithm, put right by one where that rounded.
    fn cell_by_logarithm(&self, x: Val, k: u32) -> (Val, Val) {
        let m = self;
        let e = m.floor(m.log2(x));
        let mantissa = m.mul(x, m.exp2(m.neg(e)));
        let (high, low) = (m.ge(mantissa, m.k(2.0)), m.lt(mantissa, m.k(1.0)));
        let step = m.select(high, m.k(1.0), m.select(low, m.k(-1.0), m.k(0.0)));
        let e = m.add(e, step);
        let scale = m.select(high, m.k(0.5), m.select(low, m.k(2.0), m.k(1.0)));
        let mantissa = m.mul(mantissa, scale);
        let steps = (k as f32).exp2();
        let place = m.mul(m.sub(mantissa, m.k(1.0)), m.k(steps));
        let whole = m.min(m.floor(place), m.k(steps - 1.0));
        let cell = m.fma(m.add(e, m.k(127.0)), m.k(steps), whole);
        (cell, m.sub(place, whole))
    }
}
