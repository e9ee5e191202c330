//! The little of XMP that gain maps need: properties of one namespace, as attributes or elements, single or in a list.
//!
//! A packet is searched as text, not parsed as XML: prefixes are taken from their declarations, entities do not occur in
//! numbers. What does not look right is taken as absent.

/// A packet and the prefix of a namespace in it.
pub(super) struct Packet<'a> {
    text: &'a str,
    prefix: &'a str,
}

impl<'a> Packet<'a> {
    /// `None` where the packet does not declare the namespace.
    pub fn new(text: &'a str, namespace: &str) -> Option<Self> {
        let at = text.find(namespace)?;
        let before = text[..at].trim_end_matches(['"', '\'']).trim_end();
        let before = before.strip_suffix('=')?.trim_end();
        let start = before.rfind("xmlns:")? + "xmlns:".len();
        let prefix = &before[start..];
        let named = !prefix.is_empty() && prefix.chars().all(|c| c.is_alphanumeric() || c == '_');
        named.then_some(Packet { text, prefix })
    }

    /// The value of the first attribute or element of this name.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        let full = format!("{}:{name}", self.prefix);
        let mut from = 0;
        while let Some(i) = self.text[from..].find(&full) {
            let (start, at) = (from + i, from + i + full.len());
            from = at;
            let rest = &self.text[at..];
            if self.text[..start].ends_with('<') {
                let body = rest.find('>').map(|i| &rest[i + 1..])?;
                return body.find(&format!("</{full}")).map(|end| &body[..end]);
            }
            let Some(value) = rest.trim_start().strip_prefix('=') else {
                continue;
            };
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return value[1..].split(quote).next();
        }
        None
    }

    /// Its numbers, of one or of the items of a list; `None` where it is absent or something else.
    pub fn numbers(&self, name: &str) -> Option<Vec<f32>> {
        let text = self.text(name)?;
        let mut out = Vec::new();
        if !text.contains("<rdf:li") {
            out.push(text.trim().parse().ok()?);
            return Some(out);
        }
        for item in text.split("<rdf:li").skip(1).take(3) {
            let value = item.split_once('>')?.1.split('<').next()?;
            out.push(value.trim().parse().ok()?);
        }
        Some(out)
    }

    /// The values of an attribute in every element that has it, in order.
    pub fn all(&self, name: &str) -> Vec<&'a str> {
        let full = format!("{}:{name}", self.prefix);
        let mut found = Vec::new();
        let mut rest = self.text;
        while let Some(i) = rest.find(&full) {
            rest = &rest[i + full.len()..];
            let value = rest.trim_start().strip_prefix('=').map(str::trim_start);
            if let Some(quote) = value.and_then(|v| v.chars().next())
                && matches!(quote, '"' | '\'')
                && let Some(v) = value.and_then(|v| v[1..].split(quote).next())
            {
                found.push(v);
            }
        }
        found
    }
}
