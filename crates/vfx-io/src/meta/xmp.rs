//! XMP: the packet as it is, and its properties as attributes.
//!
//! Properties that OpenImageIO has a name for get it (`tiff:Make` is `Make`, `dc:creator` is `Artist`), others keep prefix and
//! name (`crs:Tint`); prefixes are the customary ones whatever the packet binds. Lists and repeated structure fields are
//! one text joined by `; `. What Exif, IPTC or the format has already said is not overruled. Depth, number and length are
//! bounded; a packet that is no well-formed XML keeps only its bytes.
//! Source: ISO 16684-1; the name table follows OpenImageIO.

use super::exif;
use super::exif_tags::{ASCII, RATIONAL, SRATIONAL, UNDEFINED};
use roxmltree::{Document, Node, ParsingOptions};
use std::sync::Arc;
use vfx_core::{Attributes, Origin, Value};

const MAX_PACKET: usize = 16 << 20;
const MAX_NODES: u32 = 200_000;
const MAX_DEPTH: usize = 24;
const MAX_PROPERTIES: usize = 2048;
/// Longest text of one attribute; Photoshop leaves lists of megabytes that say nothing.
const MAX_TEXT: usize = 64 << 10;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Customary prefixes of name spaces.
const PREFIXES: &[(&str, &str)] = &[
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://ns.adobe.com/xap/1.0/", "xmp"),
    ("http://ns.adobe.com/xap/1.0/mm/", "xmpMM"),
    ("http://ns.adobe.com/xap/1.0/rights/", "xmpRights"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceEvent#", "stEvt"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceRef#", "stRef"),
    ("http://ns.adobe.com/tiff/1.0/", "tiff"),
    ("http://ns.adobe.com/exif/1.0/", "exif"),
    ("http://ns.adobe.com/exif/1.0/aux/", "aux"),
    ("http://cipa.jp/exif/1.0/", "exifEX"),
    ("http://ns.adobe.com/photoshop/1.0/", "photoshop"),
    ("http://ns.adobe.com/camera-raw-settings/1.0/", "crs"),
    (
        "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
        "Iptc4xmpCore",
    ),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "Iptc4xmpExt"),
    ("http://ns.google.com/photos/1.0/panorama/", "GPano"),
];

/// Properties whose attribute has another name; an empty one is left out.
const NAMES: &[(&str, &str)] = &[
    ("photoshop:AuthorsPosition", "IPTC:AuthorsPosition"),
    ("photoshop:CaptionWriter", "IPTC:CaptionWriter"),
    ("photoshop:Category", "IPTC:Category"),
    ("photoshop:City", "IPTC:City"),
    ("photoshop:Country", "IPTC:Country"),
    ("photoshop:Credit", "IPTC:Provider"),
    ("photoshop:DateCreated", "DateTime"),
    ("photoshop:DocumentAncestors", ""),
    ("photoshop:Headline", "IPTC:Headline"),
    ("photoshop:History", "ImageHistory"),
    ("photoshop:Instructions", "IPTC:Instructions"),
    ("photoshop:Source", "IPTC:Source"),
    ("photoshop:State", "IPTC:State"),
    (
        "photoshop:SupplementalCategories",
        "IPTC:SupplementalCategories",
    ),
    (
        "photoshop:TransmissionReference",
        "IPTC:TransmissionReference",
    ),
    ("tiff:ImageWidth", ""),
    ("tiff:ImageLength", ""),
    ("tiff:BitsPerSample", ""),
    ("tiff:SamplesPerPixel", ""),
    ("tiff:Compression", ""),
    ("tiff:PlanarConfiguration", ""),
    ("tiff:PhotometricInterpretation", ""),
    ("tiff:NativeDigest", ""),
    ("exif:NativeDigest", ""),
    ("exif:PixelXDimension", ""),
    ("exif:PixelYDimension", ""),
    ("tiff:Orientation", "Orientation"),
    ("tiff:XResolution", "XResolution"),
    ("tiff:YResolution", "YResolution"),
    ("tiff:ResolutionUnit", "ResolutionUnit"),
    ("tiff:Artist", "Artist"),
    ("tiff:Copyright", "Copyright"),
    ("tiff:DateTime", "DateTime"),
    ("tiff:ImageDescription", "ImageDescription"),
    ("tiff:Make", "Make"),
    ("tiff:Model", "Model"),
    ("tiff:Software", "Software"),
    ("exif:ISOSpeedRatings", "Exif:PhotographicSensitivity"),
    (
        "exifEX:PhotographicSensitivity",
        "Exif:PhotographicSensitivity",
    ),
    ("xmp:CreateDate", "DateTime"),
    ("xmp:CreatorTool", "Software"),
    ("xmp:Label", "IPTC:Label"),
    ("xmp:MetadataDate", "IPTC:MetadataDate"),
    ("xmp:ModifyDate", "IPTC:ModifyDate"),
    ("xmp:Rating", "IPTC:Rating"),
    ("xmpMM:DocumentID", "IPTC:DocumentID"),
    ("xmpMM:InstanceID", "IPTC:InstanceID"),
    ("xmpMM:OriginalDocumentID", "IPTC:OriginalDocumentID"),
    ("xmpRights:Marked", "IPTC:CopyrightStatus"),
    ("xmpRights:WebStatement", "IPTC:CopyrightInfoURL"),
    ("xmpRights:UsageTerms", "IPTC:RightsUsageTerms"),
    ("dc:format", ""),
    ("dc:description", "ImageDescription"),
    ("dc:creator", "Artist"),
    ("dc:rights", "Copyright"),
    ("dc:title", "IPTC:ObjectName"),
    ("dc:subject", "Keywords"),
    ("dc:keywords", "Keywords"),
    ("Iptc4xmpCore:IntellectualGenre", "IPTC:IntellectualGenre"),
    ("Iptc4xmpCore:CountryCode", "IPTC:CountryCode"),
    ("Iptc4xmpCore:CreatorContactInfo", "IPTC:CreatorContactInfo"),
    ("Iptc4xmpCore:CiAdrExtadr", "IPTC:ContactInfoAddress"),
    ("Iptc4xmpCore:CiAdrCity", "IPTC:ContactInfoCity"),
    ("Iptc4xmpCore:CiAdrRegion", "IPTC:ContactInfoState"),
    ("Iptc4xmpCore:CiAdrPcode", "IPTC:ContactInfoPostalCode"),
    ("Iptc4xmpCore:CiAdrCtry", "IPTC:ContactInfoCountry"),
    ("Iptc4xmpCore:CiEmailWork", "IPTC:ContactInfoEmail"),
    ("Iptc4xmpCore:CiTelWork", "IPTC:ContactInfoPhone"),
    ("Iptc4xmpCore:CiUrlWork", "IPTC:ContactInfoURL"),
    ("Iptc4xmpCore:Location", "IPTC:Sublocation"),
    ("Iptc4xmpCore:SubjectCode", "IPTC:SubjectCode"),
    ("Iptc4xmpCore:Scene", "IPTC:SceneCode"),
    ("Iptc4xmpExt:PersonInImage", "IPTC:PersonInImage"),
];

/// Keeps the packet as attribute `XMP` and adds its properties.
pub fn decode(bytes: &[u8], to: &mut Attributes) {
    if bytes.is_empty() || bytes.len() > MAX_PACKET {
        return;
    }
    let blob = Value::Blob {
        kind: "xmp".into(),
        bytes: Arc::from(bytes),
    };
    to.set("XMP", blob, Origin::Xmp);
    let Ok(packet) = std::str::from_utf8(bytes) else {
        return;
    };
    let packet = packet
        .trim_start_matches('\u{feff}')
        .trim_end_matches('\0')
        .trim();
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let Ok(document) = Document::parse_with_options(packet, options) else {
        return;
    };
    let mut found = Properties::default();
    let rdf = document
        .descendants()
        .filter(|n| n.has_tag_name((RDF, "RDF")));
    for description in rdf.flat_map(|n| n.children()) {
        if description.has_tag_name((RDF, "Description")) {
            found.structure(description, 0);
        }
    }
    for (name, value) in found.0 {
        let known = name.as_str();
        let known = NAMES
            .iter()
            .find(|n| n.0.eq_ignore_ascii_case(known))
            .map_or(known, |n| n.1);
        if known.is_empty() || to.get(known).is_some_and(|a| a.origin != Origin::Xmp) {
            continue;
        }
        let (name, value) = typed(known, value);
        if to.get(&name).is_none_or(|a| a.origin == Origin::Xmp) {
            to.set(name, value, Origin::Xmp);
        }
    }
}

/// The packet an image came with.
pub fn packet(from: &Attributes) -> Option<Vec<u8>> {
    from.bytes("XMP").map(|b| b.to_vec())
}

/// Names with their texts, in document order.
#[derive(Default)]
struct Properties(Vec<(String, String)>);

impl Properties {
    fn add(&mut self, name: String, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let full = self.0.len() >= MAX_PROPERTIES;
        match self.0.iter_mut().find(|p| p.0 == name) {
            Some((_, all)) => {
                if all.len() + value.len() < MAX_TEXT && !all.split("; ").any(|v| v == value) {
                    all.push_str("; ");
                    all.push_str(value);
                }
            }
            None if !full && value.len() < MAX_TEXT => {
                self.0.push((name, value.to_owned()));
            }
            None => {}
        }
    }
    /// Attributes and child elements of a description or of a structure.
    fn structure(&mut self, node: Node<'_, '_>, depth: usize) {
        for a in node.attributes() {
            if let Some(uri) = a.namespace().filter(|u| *u != RDF && *u != XML) {
                self.add(name(node, uri, a.name()), a.value());
            }
        }
        for child in node.children().filter(Node::is_element) {
            self.property(child, depth + 1);
        }
    }
    fn property(&mut self, node: Node<'_, '_>, depth: usize) {
        let tag = node.tag_name();
        let full = name(node, tag.namespace().unwrap_or(""), tag.name());
        if depth > MAX_DEPTH || NAMES.iter().any(|n| n.1.is_empty() && n.0 == full) {
            return;
        }
        if let Some(resource) = node.attribute((RDF, "resource")) {
            self.add(full, resource);
            return;
        }
        self.value(node, &full, depth);
    }
    /// The value of a property or list item: text, list or structure.
    fn value(&mut self, node: Node<'_, '_>, full: &str, depth: usize) {
        let mut elements = node.children().filter(Node::is_element).peekable();
        if elements.peek().is_none() {
            self.add(full.to_owned(), node.text().unwrap_or(""));
            self.structure(node, depth);
            return;
        }
        if depth > MAX_DEPTH {
            return;
        }
        for e in elements {
            let rdf = e.tag_name().namespace() == Some(RDF);
            match e.tag_name().name() {
                "Bag" | "Seq" if rdf => {
                    for item in e.children().filter(Node::is_element) {
                        self.value(item, full, depth + 2);
                    }
                }
                "Alt" if rdf => {
                    let default = |n: &Node<'_, '_>| {
                        n.attribute((XML, "lang")).is_none_or(|l| l == "x-default")
                    };
                    let items = || e.children().filter(Node::is_element);
                    if let Some(item) = items().find(default).or_else(|| items().next()) {
                        self.value(item, full, depth + 2);
                    }
                }
                "Description" if rdf => self.structure(e, depth + 1),
                _ => self.property(e, depth + 1),
            }
        }
        if node.has_attribute((RDF, "parseType")) || node.tag_name().namespace() != Some(RDF) {
            return;
        }
        for a in node.attributes() {
            if let Some(uri) = a.namespace().filter(|u| *u != RDF && *u != XML) {
                self.add(name(node, uri, a.name()), a.value());
            }
        }
    }
}

fn name(node: Node<'_, '_>, uri: &str, local: &str) -> String {
    let known = PREFIXES.iter().find(|p| p.0 == uri).map(|p| p.1);
    match known.or_else(|| node.lookup_prefix(uri)) {
        Some(prefix) => format!("{prefix}:{local}"),
        None => local.to_owned(),
    }
}

/// The attribute's final name and typed value: an Exif property as its tag has it, a date as Exif writes it, else what the
/// text looks like.
fn typed(name: &str, text: String) -> (String, Value) {
    let local = name
        .strip_prefix("exif:")
        .or_else(|| name.strip_prefix("exifEX:"));
    let tag = match local {
        Some(l) => exif::by_name(&format!("Exif:{l}")).or_else(|| exif::by_name(l)),
        None => exif::by_name(name),
    };
    if let Some(tag) = tag {
        let value = match tag.kind {
            ASCII if tag.name.contains("DateTime") => Value::String(date(&text)),
            ASCII | UNDEFINED => Value::String(text),
            RATIONAL | SRATIONAL => {
                let fraction = text
                    .split_once('/')
                    .and_then(|(n, d)| Some((n.trim().parse().ok()?, d.trim().parse().ok()?)));
                match fraction {
                    Some((n, d))
                        if tag.name.ends_with("XResolution")
                            || tag.name.ends_with("YResolution") =>
                    {
                        Value::Float((n as f64 / d as f64) as f32)
                    }
                    Some((n, d)) => Value::Rational(n, d),
                    None => guess(text),
                }
            }
            _ if tag.name == "ResolutionUnit" => Value::String(
                match text.as_str() {
                    "2" => "in",
                    "3" => "cm",
                    _ => "none",
                }
                .into(),
            ),
            _ => guess(text),
        };
        return (tag.name.to_owned(), value);
    }
    let value = match text.as_str() {
        "True" if name != "IPTC:Label" => Value::Int(1),
        "False" if name != "IPTC:Label" => Value::Int(0),
        _ if name.starts_with("IPTC:") && name != "IPTC:Rating" => Value::String(text),
        _ => guess(text),
    };
    (name.to_owned(), value)
}

fn guess(text: String) -> Value {
    if let Ok(v) = text.parse::<i64>() {
        return Value::Int(v);
    }
    let digits = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    match text.parse::<f32>() {
        Ok(v) if digits => Value::Float(v),
        _ => Value::String(text),
    }
}

/// `2021-10-27T18:58:46+02:00` as `2021:10:27 18:58:46`; anything else as it is.
fn date(text: &str) -> String {
    let b = text.as_bytes();
    if b.len() < 19 || !b.is_ascii() || b[4] != b'-' || b[7] != b'-' || b[10] != b'T' {
        return text.to_owned();
    }
    format!(
        "{}:{}:{} {}",
        &text[..4],
        &text[5..7],
        &text[8..10],
        &text[11..19]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:q="http://ns.adobe.com/tiff/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" xmlns:my="http://example.com/my/"
 q:Make="ACME" xmp:CreateDate="2021-10-27T18:58:46+02:00" my:Count="7" my:Scale="1.5" exif:FNumber="28/10">
<dc:creator><rdf:Seq><rdf:li>A</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>
<dc:title><rdf:Alt><rdf:li xml:lang="de">Titel</rdf:li><rdf:li xml:lang="x-default">title</rdf:li></rdf:Alt></dc:title>
<xmp:Rating>4</xmp:Rating>
<xmpMM:History><rdf:Seq><rdf:li rdf:parseType="Resource"><stEvt:action>saved</stEvt:action></rdf:li>
<rdf:li stEvt:action="opened"/></rdf:Seq></xmpMM:History>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;

    #[test]
    fn xmp_properties_get_names_and_types() {
        let mut a = Attributes::new();
        decode(PACKET.as_bytes(), &mut a);
        assert_eq!(a.text("Make"), Some("ACME"));
        assert_eq!(a.text("Artist"), Some("A; B"));
        assert_eq!(a.text("IPTC:ObjectName"), Some("title"));
        assert_eq!(a.text("DateTime"), Some("2021:10:27 18:58:46"));
        assert_eq!(a.value("IPTC:Rating"), Some(&Value::Int(4)));
        assert_eq!(a.value("my:Count"), Some(&Value::Int(7)));
        assert_eq!(a.value("my:Scale"), Some(&Value::Float(1.5)));
        assert_eq!(a.value("FNumber"), Some(&Value::Rational(28, 10)));
        assert_eq!(a.text("stEvt:action"), Some("saved; opened"));
        assert_eq!(packet(&a).as_deref(), Some(PACKET.as_bytes()));
    }

    #[test]
    fn xmp_damage_and_depth_are_bounded() {
        for n in (0..PACKET.len()).step_by(7) {
            decode(&PACKET.as_bytes()[..n], &mut Attributes::new());
        }
        let open = "<a:b xmlns:a=\"x\">".repeat(20_000);
        let close = "</a:b>".repeat(20_000);
        let deep = format!(
            "<rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description>{open}x{close}</rdf:Description></rdf:RDF>"
        );
        decode(deep.as_bytes(), &mut Attributes::new());
    }

    #[test]
    fn xmp_does_not_overrule_exif() {
        let mut a = Attributes::new();
        a.set("Make", Value::String("Exif".into()), Origin::Exif);
        decode(PACKET.as_bytes(), &mut a);
        assert_eq!(a.text("Make"), Some("Exif"));
    }
}
