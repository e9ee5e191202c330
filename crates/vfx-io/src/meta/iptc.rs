//! IPTC-IIM: the application record (record 2) of a block of data sets to `IPTC:*` attributes and back.
//!
//! Text is UTF-8 or else Latin-1; data sets that may repeat become one text joined by `; `. The block itself stays as the
//! attribute `IPTC`, so that what has no name survives. Extended lengths (over 32767 bytes) end the decoding.
//! Source: IPTC-NAA Information Interchange Model 4.2; names are OpenImageIO's.

use super::exif::text;
use std::sync::Arc;
use vfx_core::{Attributes, Origin, Value};

struct DataSet(u8, &'static str, bool, usize);

/// Number, name, whether it may repeat, longest text in bytes.
const DATA_SETS: &[DataSet] = &[
    DataSet(3, "IPTC:ObjectTypeReference", false, 67),
    DataSet(4, "IPTC:ObjectAttributeReference", true, 68),
    DataSet(5, "IPTC:ObjectName", false, 64),
    DataSet(7, "IPTC:EditStatus", false, 64),
    DataSet(10, "IPTC:Urgency", false, 1),
    DataSet(12, "IPTC:SubjectReference", true, 236),
    DataSet(15, "IPTC:Category", false, 3),
    DataSet(20, "IPTC:SupplementalCategories", true, 32),
    DataSet(22, "IPTC:FixtureIdentifier", false, 32),
    DataSet(25, "IPTC:Keywords", true, 64),
    DataSet(26, "IPTC:ContentLocationCode", true, 3),
    DataSet(27, "IPTC:ContentLocationName", true, 64),
    DataSet(30, "IPTC:ReleaseDate", false, 8),
    DataSet(35, "IPTC:ReleaseTime", false, 11),
    DataSet(37, "IPTC:ExpirationDate", false, 8),
    DataSet(38, "IPTC:ExpirationTime", false, 11),
    DataSet(40, "IPTC:Instructions", false, 256),
    DataSet(45, "IPTC:ReferenceService", true, 10),
    DataSet(47, "IPTC:ReferenceDate", false, 8),
    DataSet(50, "IPTC:ReferenceNumber", true, 8),
    DataSet(55, "IPTC:DateCreated", false, 8),
    DataSet(60, "IPTC:TimeCreated", false, 11),
    DataSet(62, "IPTC:DigitalCreationDate", false, 8),
    DataSet(63, "IPTC:DigitalCreationTime", false, 11),
    DataSet(65, "IPTC:OriginatingProgram", false, 32),
    DataSet(70, "IPTC:ProgramVersion", false, 10),
    DataSet(80, "IPTC:Creator", true, 32),
    DataSet(85, "IPTC:AuthorsPosition", true, 32),
    DataSet(90, "IPTC:City", false, 32),
    DataSet(92, "IPTC:Sublocation", false, 32),
    DataSet(95, "IPTC:State", false, 32),
    DataSet(100, "IPTC:CountryCode", false, 3),
    DataSet(101, "IPTC:Country", false, 64),
    DataSet(103, "IPTC:TransmissionReference", false, 32),
    DataSet(105, "IPTC:Headline", false, 256),
    DataSet(110, "IPTC:Provider", false, 32),
    DataSet(115, "IPTC:Source", false, 32),
    DataSet(116, "IPTC:CopyrightNotice", false, 128),
    DataSet(118, "IPTC:Contact", false, 128),
    DataSet(120, "IPTC:Caption", false, 2000),
    DataSet(121, "IPTC:LocalCaption", false, 256),
    DataSet(122, "IPTC:CaptionWriter", false, 32),
    DataSet(184, "IPTC:JobID", false, 64),
    DataSet(185, "IPTC:MasterDocumentID", false, 256),
    DataSet(186, "IPTC:ShortDocumentID", false, 64),
    DataSet(187, "IPTC:UniqueDocumentID", false, 128),
    DataSet(188, "IPTC:OwnerID", false, 128),
    DataSet(221, "IPTC:Prefs", false, 64),
    DataSet(225, "IPTC:ClassifyState", false, 64),
    DataSet(228, "IPTC:SimilarityIndex", false, 32),
    DataSet(230, "IPTC:DocumentNotes", false, 1024),
    DataSet(231, "IPTC:DocumentHistory", false, 256),
];

/// Data sets taken from one block.
const MAX_DATA_SETS: usize = 4096;

/// Decodes a block, which begins with a data set's marker 1C.
pub fn decode(bytes: &[u8], to: &mut Attributes) {
    if bytes.first() != Some(&0x1c) {
        return;
    }
    let blob = Value::Blob {
        kind: "iptc".into(),
        bytes: Arc::from(bytes),
    };
    to.set("IPTC", blob, Origin::Iptc);
    let mut repeated: Vec<(&str, String)> = Vec::new();
    let mut rest = bytes;
    for _ in 0..MAX_DATA_SETS {
        let [0x1c, record, number, high, low, tail @ ..] = rest else {
            break;
        };
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        if len > 0x7fff {
            break;
        }
        let (data, tail) = tail.split_at(len.min(tail.len()));
        rest = tail;
        let Some(set) = DATA_SETS.iter().find(|s| *record == 2 && s.0 == *number) else {
            continue;
        };
        let value = text(data).trim_end_matches('\0').to_owned();
        if !set.2 {
            to.set(set.1, Value::String(value), Origin::Iptc);
        } else if let Some((_, all)) = repeated.iter_mut().find(|r| r.0 == set.1) {
            all.push_str("; ");
            all.push_str(value.trim());
        } else {
            repeated.push((set.1, value.trim().to_owned()));
        }
    }
    for (name, value) in repeated {
        to.set(name, Value::String(value), Origin::Iptc);
    }
}

/// The block of an image: the one it came with, or one made of its `IPTC:*` attributes where there is none or the user
/// has set some. Those that only XMP has said are no reason for a block.
pub fn block(from: &Attributes) -> Option<Vec<u8>> {
    let named = |a: &&vfx_core::Attribute| DATA_SETS.iter().any(|s| s.1 == a.name);
    let edited = from.iter().filter(named).any(|a| a.origin == Origin::User);
    if let (Some(raw), false) = (from.bytes("IPTC"), edited) {
        return Some(raw.to_vec());
    }
    if from.iter().filter(named).all(|a| a.origin == Origin::Xmp) {
        return None;
    }
    let mut out = Vec::new();
    for set in DATA_SETS {
        let Some(value) = from.text(set.1) else {
            continue;
        };
        let parts: Vec<&str> = if set.2 {
            value.split(';').map(str::trim).collect()
        } else {
            vec![value]
        };
        for part in parts.iter().filter(|p| !p.is_empty()) {
            push(
                &mut out,
                2,
                set.0,
                &part.as_bytes()[..part.floor_char_boundary(set.3)],
            );
        }
    }
    if out.is_empty() {
        return None;
    }
    let mut block = Vec::new();
    if !out.is_ascii() {
        push(&mut block, 1, 90, b"\x1b%G"); // coded character set: UTF-8
    }
    push(&mut block, 2, 0, &[0, 4]); // record version
    block.extend_from_slice(&out);
    Some(block)
}

fn push(out: &mut Vec<u8>, record: u8, number: u8, data: &[u8]) {
    let len = (data.len() as u16).to_be_bytes();
    out.extend_from_slice(&[0x1c, record, number, len[0], len[1]]);
    out.extend_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iptc_round_trips() {
        let mut a = Attributes::new();
        a.set("IPTC:Caption", Value::String("Näme".into()), Origin::User);
        a.set(
            "IPTC:Keywords",
            Value::String("one; two".into()),
            Origin::User,
        );
        let made = block(&a).unwrap();
        let mut b = Attributes::new();
        decode(&made, &mut b);
        assert_eq!(b.text("IPTC:Caption"), Some("Näme"));
        assert_eq!(b.text("IPTC:Keywords"), Some("one; two"));
        assert_eq!(block(&b), Some(made.clone()));
        for n in 0..made.len() {
            decode(&made[..n], &mut Attributes::new());
        }
        assert_eq!(block(&Attributes::new()), None);
    }
}
