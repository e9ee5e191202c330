//! ASC CDL values on their way in: from BSON, JSON and XML, checked against the limits of the LUT box.
//!
//! Limits: finite, slope and saturation 0 or more, power above 0, magnitudes at most 1e4. Names are taken liberally (arrays, `r g b`
//! or `x y z` members, nested under `cdl`) because the wire names of setCDL have no public specification.

use crate::LutBoxError;
use crate::bson::{Document, Value};
use serde_json::{Value as Json, json};

/// Slope, offset, power and saturation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CdlValues {
    /// Factors of R, G, B.
    pub slope: [f64; 3],
    /// Summands of R, G, B.
    pub offset: [f64; 3],
    /// Exponents of R, G, B.
    pub power: [f64; 3],
    /// Distance from luma, 1 keeps it.
    pub saturation: f64,
}

impl Default for CdlValues {
    fn default() -> Self {
        Self {
            slope: [1.0; 3],
            offset: [0.0; 3],
            power: [1.0; 3],
            saturation: 1.0,
        }
    }
}

const MAX_VALUE: f64 = 1e4;

impl CdlValues {
    /// Nothing is changed.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// Checks the limits.
    ///
    /// # Errors
    ///
    /// Naming the first value outside.
    pub fn validate(self) -> Result<Self, LutBoxError> {
        let check = |field, values: &[f64], low: f64, open: bool, expected| {
            let fits =
                |v: f64| v.is_finite() && v.abs() <= MAX_VALUE && (v > low || (!open && v == low));
            match values.iter().find(|v| !fits(**v)) {
                Some(v) => Err(LutBoxError::message(field, v.to_string(), expected)),
                None => Ok(()),
            }
        };
        check("slope", &self.slope, 0.0, false, "0 to 10000")?;
        check("offset", &self.offset, -MAX_VALUE, false, "-10000 to 10000")?;
        check("power", &self.power, 0.0, true, "above 0, at most 10000")?;
        check("saturation", &[self.saturation], 0.0, false, "0 to 10000")?;
        Ok(self)
    }

    /// The arguments of setCDL.
    ///
    /// # Errors
    ///
    /// If no CDL value is there, one is no number, or a limit is broken.
    pub fn from_bson(arguments: &Document<'_>) -> Result<Self, LutBoxError> {
        let inner = match arguments.get("cdl") {
            Some(Value::Document(d)) => d,
            _ => *arguments,
        };
        let triple = |key: &'static str, fallback: [f64; 3]| match inner.get(key) {
            None => Ok((fallback, false)),
            Some(Value::Array(d) | Value::Document(d)) => {
                let names = [["0", "1", "2"], ["r", "g", "b"], ["x", "y", "z"]];
                let find = |n: [&str; 3]| {
                    let mut out = [0.0; 3];
                    for (o, k) in out.iter_mut().zip(n) {
                        *o = d.get(k)?.number()?;
                    }
                    Some(out)
                };
                let found = names.into_iter().find_map(find);
                found
                    .map(|v| (v, true))
                    .ok_or_else(|| LutBoxError::message(key, "other content", "three numbers"))
            }
            Some(_) => Err(LutBoxError::message(key, "another type", "three numbers")),
        };
        let d = Self::default();
        let (slope, a) = triple("slope", d.slope)?;
        let (offset, b) = triple("offset", d.offset)?;
        let (power, c) = triple("power", d.power)?;
        let found = inner.get("saturation").or_else(|| inner.get("sat"));
        let saturation = match found {
            None => d.saturation,
            Some(v) => v
                .number()
                .ok_or_else(|| LutBoxError::message("saturation", "another type", "a number"))?,
        };
        if !(a || b || c || found.is_some()) {
            return Err(LutBoxError::message(
                "arguments",
                "no CDL values",
                "slope, offset, power or saturation",
            ));
        }
        Self {
            slope,
            offset,
            power,
            saturation,
        }
        .validate()
    }

    /// A JSON object, as [`CdlValues::from_bson`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_json(value: &Json) -> Result<Self, LutBoxError> {
        let inner = value.get("cdl").unwrap_or(value);
        let mut out = Self::default();
        let mut any = false;
        for (key, slot) in [
            ("slope", &mut out.slope),
            ("offset", &mut out.offset),
            ("power", &mut out.power),
        ] {
            let Some(v) = inner.get(key) else { continue };
            let wrong = || LutBoxError::message(key, "other content", "three numbers");
            let names = [["r", "g", "b"], ["x", "y", "z"]];
            let triple = if let Some(a) = v.as_array().filter(|a| a.len() == 3) {
                [a[0].as_f64(), a[1].as_f64(), a[2].as_f64()]
            } else {
                let n = names.into_iter().find(|n| v.get(n[0]).is_some());
                let n = n.ok_or_else(wrong)?;
                n.map(|k| v.get(k).and_then(Json::as_f64))
            };
            for (s, t) in slot.iter_mut().zip(triple) {
                *s = t.ok_or_else(wrong)?;
            }
            any = true;
        }
        if let Some(v) = inner.get("saturation").or_else(|| inner.get("sat")) {
            out.saturation = v
                .as_f64()
                .ok_or_else(|| LutBoxError::message("saturation", "another type", "a number"))?;
            any = true;
        }
        if !any {
            return Err(LutBoxError::message(
                "cdl",
                "no CDL values",
                "slope, offset, power or saturation",
            ));
        }
        out.validate()
    }

    /// ASC CDL 1.2 XML (`.cc`, `.ccc`, `.cdl`): the first correction.
    ///
    /// # Errors
    ///
    /// If the XML is not well-formed or a value is missing or out of range.
    pub fn from_xml(text: &str) -> Result<Self, LutBoxError> {
        let wrong = |reason: String| LutBoxError::File {
            format: "ASC CDL",
            line: 0,
            reason,
        };
        let xml = roxmltree::Document::parse(text).map_err(|e| wrong(e.to_string()))?;
        let correction = xml
            .descendants()
            .find(|n| n.tag_name().name() == "ColorCorrection")
            .ok_or_else(|| wrong("no ColorCorrection".into()))?;
        let numbers = |name: &str| -> Result<Option<Vec<f64>>, LutBoxError> {
            let node = correction
                .descendants()
                .find(|n| n.tag_name().name() == name);
            let Some(text) = node.and_then(|n| n.text()) else {
                return Ok(None);
            };
            let parsed: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
            parsed
                .map(Some)
                .map_err(|_| wrong(format!("{name} is no list of numbers")))
        };
        let mut out = Self::default();
        for (name, slot) in [
            ("Slope", &mut out.slope),
            ("Offset", &mut out.offset),
            ("Power", &mut out.power),
        ] {
            if let Some(v) = numbers(name)? {
                *slot = v
                    .try_into()
                    .map_err(|_| wrong(format!("{name} needs three numbers")))?;
            }
        }
        if let Some(v) = numbers("Saturation")? {
            out.saturation = *v
                .first()
                .ok_or_else(|| wrong("Saturation is empty".into()))?;
        }
        out.validate()
    }

    /// As JSON.
    pub fn to_json(self) -> Json {
        json!({"slope": self.slope, "offset": self.offset, "power": self.power, "saturation": self.saturation})
    }
}
