//! Metadata blocks that live inside many formats: Exif, XMP and IPTC-IIM, translated to named attributes and back.
//!
//! Names are OpenImageIO's. A decoder takes bytes of any origin: damage ends it early, it never fails. Encoders take what
//! they know by name, and put a raw block back where an attribute still holds one.

pub mod exif;
mod exif_tags;
pub mod iptc;
pub mod xmp;
