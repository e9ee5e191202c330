//! OpenEXR codec: positional, streaming, safe.
