//! Exif, XMP and IPTC blocks to attributes and back.
