//! Lines of YAML: indentation, quoting, numbers.

/// The text so far.
#[derive(Default)]
pub(super) struct Out {
    text: String,
}

impl Out {
    pub fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// One empty line.
    pub fn gap(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A key with a text that is there.
    pub fn text(&mut self, depth: usize, key: &str, value: &str) {
        if !value.is_empty() {
            self.line(depth, &format!("{key}: {}", quoted(value)));
        }
    }

    /// A key with a text of one or more lines.
    pub fn prose(&mut self, depth: usize, key: &str, value: &str) {
        // A literal block cannot begin with a space, nor hold control characters.
        let block = value.contains('\n')
            && !value.starts_with([' ', '\n', '\t'])
            && value
                .chars()
                .all(|c| c == '\n' || c == '\t' || !c.is_control());
        if !block {
            self.text(depth, key, value);
            return;
        }
        self.line(depth, &format!("{key}: |"));
        for l in value.lines() {
            if l.is_empty() {
                self.text.push('\n');
            } else {
                self.line(depth + 1, l);
            }
        }
    }

    /// A key with a list, if there is anything in it.
    pub fn list<T>(&mut self, depth: usize, key: &str, items: &[T], each: impl Fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.line(depth, &format!("{key}:"));
        for i in items {
            each(self, i);
        }
        self.gap();
    }

    pub fn finish(self) -> String {
        format!("{}\n", self.text.trim_end())
    }
}

/// The text as a scalar that reads back as the same text, in a block or a flow.
pub(super) fn quoted(s: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || "_-./() +$%;=".contains(c);
    let plain = !s.is_empty()
        && s.chars().all(word)
        && s.starts_with(|c: char| {
            c.is_alphanumeric() || c == '_' || c == '/' || c == '$' || c == '('
        })
        && !s.ends_with(' ')
        && !matches!(
            s.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain || s == crate::model::USE_DISPLAY_NAME {
        return s.to_owned();
    }
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\U{:08x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub(super) fn flow_list(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|i| quoted(i)).collect();
    format!("[{}]", items.join(", "))
}

/// The shortest text of a number.
pub(super) fn number(v: f64) -> String {
    let plain = format!("{v}");
    let exponent = format!("{v:e}");
    if exponent.len() < plain.len() {
        exponent
    } else {
        plain
    }
}

pub(super) fn numbers(v: &[f64]) -> String {
    let items: Vec<_> = v.iter().map(|v| number(*v)).collect();
    format!("[{}]", items.join(", "))
}

pub(super) fn floats(v: &[f32]) -> String {
    let items: Vec<_> = v.iter().map(|v| format!("{v}")).collect();
    format!("[{}]", items.join(", "))
}
